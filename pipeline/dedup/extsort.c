/* extsort.c - see extsort.h. */
#include "pipeline/dedup/extsort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"

#define MIN_MEMORY (64u << 10)
/* Runs merged at once.  More of them than this are merged to longer ones first. */
#define FAN 64u

/* A sorted run in a file without a name. */
struct sorted {
    int fd;
    unsigned level;     /* merges that made it */
    uint64_t n, read;   /* pairs */
    struct pair *window;
    size_t at, have;
};

struct extsort {
    const char *scratch;
    uint64_t memory, spilled;
    struct pair *v, *other; /* the chunk, and room for the radix sort */
    size_t n, cap, at;
    struct sorted *runs;
    size_t n_runs, cap_runs;
    struct pair *windows; /* of all the runs that are being merged */
    size_t *heap, n_heap;
};

struct extsort *extsort_new(uint64_t memory, uint64_t at_most, const char *scratch)
{
    struct extsort *s = xcalloc(1, sizeof *s);
    s->scratch = scratch;
    s->memory = memory < MIN_MEMORY ? MIN_MEMORY : memory;
    s->cap = s->memory / (2 * sizeof *s->v);
    if (s->cap > at_most)
        s->cap = at_most ? (size_t)at_most : 1;
    return s;
}

/* ---- in memory ---- */

static bool before(const struct pair *a, const struct pair *b)
{
    if (a->hi != b->hi)
        return a->hi < b->hi;
    return a->lo != b->lo ? a->lo < b->lo : a->doc < b->doc;
}

static int compare(const void *x, const void *y)
{
    return before(x, y) ? -1 : before(y, x);
}

/* One pass of a stable radix sort by 11 bits of hi. */
static void pass(const struct pair *from, struct pair *to, size_t n, unsigned shift)
{
    size_t place[2048] = { 0 }, sum = 0;
    for (size_t i = 0; i < n; i++)
        place[from[i].hi >> shift & 2047]++;
    for (size_t d = 0; d < 2048; d++) {
        size_t here = place[d];
        place[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++)
        to[place[from[i].hi >> shift & 2047]++] = from[i];
}

/*
 * Keys are digests, so the first 33 bits tell nearly all of them apart; what they do not is sorted by
 * comparing, unless it is in order already, as equal keys in the order of their documents are.
 */
static void sort_chunk(struct extsort *s)
{
    if (s->n < 4096) {
        qsort(s->v, s->n, sizeof *s->v, compare);
        return;
    }
    pass(s->v, s->other, s->n, 31);
    pass(s->other, s->v, s->n, 42);
    pass(s->v, s->other, s->n, 53);
    struct pair *swap = s->v;
    s->v = s->other;
    s->other = swap;
    for (size_t i = 0, j; i < s->n; i = j) {
        bool ordered = true;
        for (j = i + 1; j < s->n && s->v[j].hi >> 31 == s->v[i].hi >> 31; j++)
            ordered &= before(&s->v[j - 1], &s->v[j]);
        if (!ordered)
            qsort(s->v + i, j - i, sizeof *s->v, compare);
    }
}

/* ---- runs on disk ---- */

static int unnamed_file(const char *folder, int *fd, struct error *e)
{
    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return 0;
    char *path = xasprintf("%s/sort.XXXXXX.tmp", folder); /* a file system without O_TMPFILE */
    *fd = mkostemps(path, 4, O_CLOEXEC);
    int rc = *fd < 0 ? error_errno(e, ERR_IO, folder, "cannot make a scratch file; is the folder there, writable and not full?") : 0;
    if (rc == 0)
        unlink(path);
    free(path);
    return rc;
}

static int write_all(struct extsort *s, int fd, const void *p, size_t n, struct error *e)
{
    s->spilled += n;
    for (const char *q = p; n;) {
        ssize_t w = write(fd, q, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return error_errno(e, ERR_IO, s->scratch, "cannot write a scratch file; free some space or choose another folder");
        q += w;
        n -= (size_t)w;
    }
    return 0;
}

static int read_all(const struct extsort *s, struct sorted *r, size_t n, struct error *e)
{
    char *q = (char *)r->window;
    size_t left = n * sizeof(struct pair);
    off_t at = (off_t)(r->read * sizeof(struct pair));
    while (left) {
        ssize_t got = pread(r->fd, q, left, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO; /* it was longer when we wrote it */
        if (got <= 0)
            return error_errno(e, ERR_IO, s->scratch, "cannot read a scratch file");
        q += got;
        at += got;
        left -= (size_t)got;
    }
    r->read += n;
    r->at = 0;
    r->have = n;
    return 0;
}

static size_t window_pairs(const struct extsort *s, size_t runs)
{
    size_t n = s->memory / (runs + 1) / sizeof(struct pair); /* one window is for what is written */
    return n < 16 ? 16 : n > 65536 ? 65536 : n;
}

static int refill(const struct extsort *s, struct sorted *r, size_t pairs, struct error *e)
{
    uint64_t left = r->n - r->read;
    return read_all(s, r, left < pairs ? (size_t)left : pairs, e);
}

/* ---- the heap of runs, the least pair on top ---- */

static const struct pair *top_of(const struct extsort *s, size_t h)
{
    const struct sorted *r = &s->runs[s->heap[h]];
    return &r->window[r->at];
}

static void sift_down(struct extsort *s, size_t h)
{
    for (;;) {
        size_t c = 2 * h + 1, least = h;
        if (c < s->n_heap && before(top_of(s, c), top_of(s, least)))
            least = c;
        if (c + 1 < s->n_heap && before(top_of(s, c + 1), top_of(s, least)))
            least = c + 1;
        if (least == h)
            return;
        size_t swap = s->heap[h];
        s->heap[h] = s->heap[least];
        s->heap[least] = swap;
        h = least;
    }
}

/* Begin to merge the runs from `first` on. */
static int merge_begin(struct extsort *s, size_t first, struct error *e)
{
    size_t runs = s->n_runs - first, pairs = window_pairs(s, runs);
    free(s->windows);
    free(s->heap);
    s->windows = xreallocarray(NULL, runs * pairs, sizeof *s->windows);
    s->heap = xreallocarray(NULL, runs, sizeof *s->heap);
    s->n_heap = runs;
    for (size_t i = 0; i < runs; i++) {
        struct sorted *r = &s->runs[first + i];
        r->window = s->windows + i * pairs;
        s->heap[i] = first + i;
        int rc = refill(s, r, pairs, e);
        if (rc)
            return rc;
    }
    for (size_t h = runs / 2; h-- > 0;)
        sift_down(s, h);
    return 0;
}

static int merge_next(struct extsort *s, size_t first, struct pair *p, struct error *e)
{
    if (s->n_heap == 0)
        return 0;
    struct sorted *r = &s->runs[s->heap[0]];
    *p = r->window[r->at++];
    if (r->at == r->have) {
        if (r->read == r->n) {
            s->heap[0] = s->heap[--s->n_heap];
        } else {
            int rc = refill(s, r, window_pairs(s, s->n_runs - first), e);
            if (rc)
                return rc;
        }
    }
    sift_down(s, 0);
    return 1;
}

static int write_merged(struct extsort *s, size_t first, struct sorted *made, struct error *e)
{
    size_t pairs = window_pairs(s, s->n_runs - first), n = 0;
    struct pair *out = xreallocarray(NULL, pairs, sizeof *out);
    int rc, wrote = 0;
    while (wrote == 0 && (rc = merge_next(s, first, &out[n], e)) > 0) {
        made->n++;
        if (++n == pairs) {
            wrote = write_all(s, made->fd, out, n * sizeof *out, e);
            n = 0;
        }
    }
    if (wrote == 0 && rc == 0)
        wrote = write_all(s, made->fd, out, n * sizeof *out, e);
    free(out);
    return wrote ? wrote : rc;
}

/* The last FAN runs of one level become one of the next. */
static int merge_level(struct extsort *s, struct error *e)
{
    size_t first = s->n_runs - FAN;
    struct sorted made = { .level = s->runs[first].level + 1 };
    int rc = unnamed_file(s->scratch, &made.fd, e);
    if (rc)
        return rc;
    rc = merge_begin(s, first, e);
    if (rc == 0)
        rc = write_merged(s, first, &made, e);
    free(s->windows);
    s->windows = NULL;
    if (rc) {
        close(made.fd);
        return rc;
    }
    for (size_t i = first; i < s->n_runs; i++)
        close(s->runs[i].fd);
    s->n_runs = first;
    s->runs[s->n_runs++] = made;
    return 0;
}

static bool level_is_full(const struct extsort *s)
{
    return s->n_runs >= FAN && s->runs[s->n_runs - FAN].level == s->runs[s->n_runs - 1].level;
}

static void free_chunk(struct extsort *s)
{
    free(s->v);
    free(s->other);
    s->v = s->other = NULL;
}

static int spill(struct extsort *s, struct error *e)
{
    struct sorted r = { .n = s->n };
    sort_chunk(s);
    int rc = unnamed_file(s->scratch, &r.fd, e);
    if (rc)
        return rc;
    GROW(s->runs, s->n_runs, s->cap_runs);
    s->runs[s->n_runs++] = r;
    rc = write_all(s, r.fd, s->v, s->n * sizeof *s->v, e);
    s->n = 0;
    while (rc == 0 && level_is_full(s)) {
        free_chunk(s); /* the windows take its place */
        rc = merge_level(s, e);
    }
    return rc;
}

int extsort_add(struct extsort *s, struct pair p, struct error *e)
{
    if (s->n == s->cap) {
        int rc = spill(s, e);
        if (rc)
            return rc;
    }
    if (!s->v) {
        s->v = xreallocarray(NULL, s->cap, sizeof *s->v);
        s->other = xreallocarray(NULL, s->cap, sizeof *s->other);
    }
    s->v[s->n++] = p;
    return 0;
}

int extsort_finish(struct extsort *s, struct error *e)
{
    if (s->n_runs == 0) {
        if (s->n)
            sort_chunk(s);
        return 0;
    }
    int rc = s->n ? spill(s, e) : 0;
    free_chunk(s);
    while (rc == 0 && s->n_runs > FAN) /* runs of several levels */
        rc = merge_level(s, e);
    return rc ? rc : merge_begin(s, 0, e);
}

int extsort_next(struct extsort *s, struct pair *p, struct error *e)
{
    if (s->n_runs)
        return merge_next(s, 0, p, e);
    if (s->at == s->n)
        return 0;
    *p = s->v[s->at++];
    return 1;
}

uint64_t extsort_spilled(const struct extsort *s)
{
    return s->spilled;
}

void extsort_free(struct extsort *s)
{
    if (!s)
        return;
    free_chunk(s);
    for (size_t i = 0; i < s->n_runs; i++)
        close(s->runs[i].fd);
    free(s->runs);
    free(s->windows);
    free(s->heap);
    free(s);
}
