/* leafsort.c - see leafsort.h. */
#include "shards/leafsort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"

#define READ_LEAVES 1024u /* of each run at a time while merging */

struct run {
    uint64_t at, end; /* leaves in the scratch file */
    uint8_t (*v)[LEAF_BYTES];
    size_t n, next; /* of v */
};

struct leafsort {
    uint8_t (*v)[LEAF_BYTES];
    size_t n, cap, most;
    const char *scratch;
    int fd; /* -1: nothing spilled */
    uint64_t spilled;
    struct run *runs;
    size_t n_runs, cap_runs;
};

struct leafsort *leafsort_new(uint64_t memory, const char *scratch)
{
    struct leafsort *s = xcalloc(1, sizeof *s);
    s->most = memory / LEAF_BYTES < READ_LEAVES ? READ_LEAVES : memory / LEAF_BYTES;
    s->scratch = scratch;
    s->fd = -1;
    return s;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, LEAF_BYTES);
}

static int transfer(struct leafsort *s, bool out, void *p, size_t leaves, uint64_t at, struct error *e)
{
    size_t left = leaves * LEAF_BYTES;
    off_t offset = (off_t)(at * LEAF_BYTES);
    for (char *q = p; left;) {
        ssize_t n = out ? pwrite(s->fd, q, left, offset) : pread(s->fd, q, left, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_errno(e, ERR_IO, s->scratch, "cannot %s scratch; free some space and run again", out ? "write" : "read");
        q += n;
        left -= (size_t)n;
        offset += n;
    }
    return 0;
}

static int spill(struct leafsort *s, struct error *e)
{
    if (s->fd < 0 && (s->fd = open(s->scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) < 0)
        return error_errno(e, ERR_IO, s->scratch, "cannot create a scratch file; is the folder writable and not full?");
    qsort(s->v, s->n, LEAF_BYTES, by_bytes);
    int rc = transfer(s, true, s->v, s->n, s->spilled, e);
    GROW(s->runs, s->n_runs, s->cap_runs);
    s->runs[s->n_runs++] = (struct run){ .at = s->spilled, .end = s->spilled + s->n };
    s->spilled += s->n;
    s->n = 0;
    return rc;
}

int leafsort_add(struct leafsort *s, const uint8_t leaf[LEAF_BYTES], struct error *e)
{
    int rc = s->n == s->most ? spill(s, e) : 0;
    GROW(s->v, s->n, s->cap);
    memcpy(s->v[s->n++], leaf, LEAF_BYTES);
    return rc;
}

/* The next leaf of a run stands at v[next]; n is 0 at its end. */
static int refill(struct leafsort *s, struct run *r, struct error *e)
{
    if (r->next < r->n)
        return 0;
    size_t n = r->end - r->at < READ_LEAVES ? (size_t)(r->end - r->at) : READ_LEAVES;
    if (!r->v)
        r->v = xreallocarray(NULL, READ_LEAVES, LEAF_BYTES);
    int rc = n ? transfer(s, false, r->v, n, r->at, e) : 0;
    r->at += n;
    r->n = n;
    r->next = 0;
    return rc;
}

static bool before(const struct run *a, const struct run *b)
{
    return memcmp(a->v[a->next], b->v[b->next], LEAF_BYTES) < 0;
}

static void sift(struct run **heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        if (left < n && before(heap[left], heap[least]))
            least = left;
        if (left + 1 < n && before(heap[left + 1], heap[least]))
            least = left + 1;
        if (least == i)
            return;
        struct run *r = heap[i];
        heap[i] = heap[least];
        heap[least] = r;
        i = least;
    }
}

static void add_document(struct merkle *m, const uint8_t leaf[LEAF_BYTES])
{
    uint8_t h[SHA256_BYTES];
    merkle_leaf(span_of((const char *)leaf, LEAF_BYTES), h);
    merkle_add(m, h);
}

static int merge(struct leafsort *s, struct merkle *m, struct error *e)
{
    struct run **heap = xcalloc(s->n_runs, sizeof *heap);
    size_t n = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->n_runs; i++) {
        rc = refill(s, &s->runs[i], e);
        if (s->runs[i].n)
            heap[n++] = &s->runs[i];
    }
    for (size_t i = n / 2; rc == 0 && i-- > 0;)
        sift(heap, n, i);
    while (rc == 0 && n) {
        struct run *r = heap[0];
        add_document(m, r->v[r->next++]);
        rc = refill(s, r, e);
        if (r->n == 0)
            heap[0] = heap[--n];
        sift(heap, n, 0);
    }
    free(heap);
    return rc;
}

int leafsort_root(struct leafsort *s, uint8_t out[SHA256_BYTES], struct error *e)
{
    struct merkle m = { 0 };
    int rc = 0;
    if (s->n_runs) {
        if (s->n)
            rc = spill(s, e);
        free(s->v);
        s->v = NULL;
        s->cap = s->n = 0;
        if (rc == 0)
            rc = merge(s, &m, e);
    } else {
        if (s->n)
            qsort(s->v, s->n, LEAF_BYTES, by_bytes);
        for (size_t i = 0; i < s->n; i++)
            add_document(&m, s->v[i]);
    }
    merkle_root(&m, out);
    return rc;
}

void leafsort_free(struct leafsort *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_runs; i++)
        free(s->runs[i].v);
    free(s->runs);
    free(s->v);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
