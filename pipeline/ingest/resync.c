/* resync.c - see resync.h. */
#include "pipeline/ingest/resync.h"

#include <string.h>

#include "pipeline/ingest/unpack.h"
#include "pipeline/ingest/warc_header.h"

#define SCAN (1u << 20)
/* Heads that are tried as the beginning of a chain that runs past a declared end: bounds the work a false length costs. */
#define MAX_CANDIDATES 32

static bool parses(const struct record_format *f, struct span head)
{
    struct arena a;
    struct warc_record r = { 0 };
    arena_init(&a, 0);
    bool yes = !f->parse(head, &a, &r);
    arena_release(&a);
    return yes;
}

bool head_stands(const struct record_format *f, struct span s)
{
    size_t n = f->begins(s) ? f->head_length(s) : 0;
    return n && n <= f->max_head && parses(f, span_head(s, n));
}

int resync_member(struct member *m, uint64_t from, uint64_t limit, uint64_t *found, struct error *e)
{
    const struct span magic = span_of(m->u->magic, m->u->magic_n);
    size_t probe = m->u->probe_bytes;
    struct span s;
    for (uint64_t at = from;;) {
        int rc = window_get(m->w, at, SCAN, &s, e);
        if (rc)
            return rc;
        size_t i = limit && at >= limit ? s.n : span_find(s, magic);
        bool last = s.n < SCAN;
        for (; i + probe < s.n || (last && i < s.n); i += 1 + span_find(span_from(s, i + 1), magic)) {
            if (member_begins_record(m, span_head(span_from(s, i), probe))) {
                *found = at + i;
                return 0;
            }
        }
        if (last || (limit && at >= limit)) {
            *found = m->w->size != UINT64_MAX ? m->w->size : at + s.n;
            return 0;
        }
        at += s.n - probe < i ? s.n - probe : i;
    }
}

/* A head that parses, at `at`: its length and the block's; 0 if there is none. */
static int head_at(struct window *w, const struct record_format *f, uint64_t at, uint64_t *head, uint64_t *block, struct error *e)
{
    struct span s;
    *head = 0;
    for (size_t want = 4096; want <= f->max_head; want *= 16) {
        int rc = window_get(w, at, want, &s, e);
        if (rc)
            return rc;
        if (!f->begins(s))
            return 0;
        size_t n = f->head_length(s);
        if (n) {
            struct arena a;
            struct warc_record r = { 0 };
            arena_init(&a, 0);
            if (!f->parse(span_head(s, n), &a, &r)) {
                *head = n;
                *block = r.content_length;
            }
            arena_release(&a);
            return 0;
        }
        if (s.n < want)
            return 0;
    }
    return 0;
}

/*
 * The first head in s that begins before `stop` and parses; s.n if there is none.  Every head ends at an empty line, and of
 * all that could begin before one only the last and the first are tried: so the work is linear, whatever the bytes are.
 */
static size_t find_warc(struct span s, size_t stop)
{
    size_t first = warc_find_version(s, 0);
    while (first < stop && first < s.n) {
        size_t head = warc_head_length(span_from(s, first)), end = head ? first + head : s.n, last = first;
        for (size_t next = first; next < end && next < s.n; next = warc_find_version(s, next + 1))
            last = next;
        if (head && end - last <= WARC_MAX_HEADER && parses(&warc_format, span_of(s.p + last, end - last)))
            return last;
        if (head && head <= WARC_MAX_HEADER && first < last && parses(&warc_format, span_of(s.p + first, head)))
            return first;
        first = warc_find_version(s, end);
    }
    return s.n;
}

/* The same for a format of lines, behind a line's end.  What a document's line holds is seen when it is read. */
static size_t find_line(const struct record_format *f, struct span s, size_t stop)
{
    for (size_t i = span_chr(s, '\n', 0) + 1; i < stop; i = span_chr(s, '\n', i) + 1) {
        struct span line = span_from(s, i);
        if (f->bare ? f->begins(line) : head_stands(f, line))
            return i;
    }
    return s.n;
}

static size_t find_head(const struct record_format *f, struct span s, size_t stop)
{
    return f->lines ? find_line(f, s, stop) : find_warc(s, stop);
}

/* Bytes behind a place that show whether a record begins there. */
static size_t sight(const struct record_format *f)
{
    return f->bare ? FORMAT_SIGHT : f->max_head;
}

int resync_plain(struct window *w, const struct record_format *f, uint64_t from, uint64_t limit, uint64_t *found, struct error *e)
{
    struct span s;
    for (uint64_t at = f->lines && from ? from - 1 : from;;) {
        int rc = window_get(w, at, SCAN + sight(f), &s, e);
        if (rc)
            return rc;
        bool last = s.n < SCAN + sight(f);
        size_t stop = last ? s.n : s.n - sight(f), i = limit && at >= limit ? s.n : find_head(f, s, stop);
        if (i < s.n) {
            *found = at + i;
            return 0;
        }
        if (last || (limit && at + stop >= limit)) {
            *found = w->size != UINT64_MAX ? w->size : at + s.n;
            return 0;
        }
        at += f->lines ? stop - 1 : stop;
    }
}

int resync_in_member(struct member *m, uint64_t from, uint64_t *found, struct error *e)
{
    const struct record_format *f = m->format;
    struct span s;
    for (uint64_t at = f->lines && from ? from - 1 : from;;) {
        int rc = member_get(m, at, SCAN + sight(f), &s, e);
        if (rc)
            return rc;
        bool last = s.n < SCAN + sight(f);
        size_t stop = last ? s.n : s.n - sight(f), i = find_head(f, s, stop);
        *found = i < s.n ? at + i : UINT64_MAX;
        if (i < s.n || last)
            return 0;
        at += f->lines ? stop - 1 : stop;
    }
}

int only_zeros(struct window *w, uint64_t from, bool *yes, struct error *e)
{
    struct span s;
    for (uint64_t at = from;; at += s.n) {
        int rc = window_get(w, at, SCAN, &s, e);
        if (rc)
            return rc;
        for (size_t i = 0; i < s.n; i++) {
            if (s.p[i]) {
                *yes = false;
                return 0;
            }
        }
        if (s.n < SCAN) {
            *yes = true;
            return 0;
        }
    }
}

int member_edge_at(struct member *m, uint64_t at, bool *yes, struct error *e)
{
    struct span s;
    int rc = window_get(m->w, at, m->u->probe_bytes, &s, e);
    if (rc)
        return rc;
    *yes = s.n == 0 || member_begins_record(m, span_head(s, m->u->probe_bytes)) || (m->u->skippable && m->u->skippable(s));
    return *yes || s.p[0] ? 0 : only_zeros(m->w, at, yes, e);
}

/* edge_at() with at least `marks` bytes of line ends before what follows. */
static int edge_behind(struct window *w, const struct record_format *f, uint64_t end, size_t marks, bool *yes, struct error *e)
{
    struct span s;
    *yes = false;
    if (end > w->size)
        return 0;
    int rc = window_get(w, end, 64, &s, e);
    if (rc)
        return rc;
    size_t i = span_line_ends(span_head(s, 8));
    if (i < marks)
        return 0;
    if (i == s.n || f->begins(span_from(s, i))) {
        *yes = true;
        return 0;
    }
    return s.p[i] ? 0 : only_zeros(w, end + i, yes, e);
}

int edge_at(struct window *w, const struct record_format *f, uint64_t end, bool *yes, struct error *e)
{
    return edge_behind(w, f, end, f->lines, yes, e);
}

/*
 * Follow records from `at`; *past: one of them ends beyond `end`, every one of them at an edge.  Records that a chain which passes
 * has gone over are records, and one that does not stays within a record: so a file is gone over a bounded number of times.
 */
static int chain_passes(struct window *w, const struct record_format *f, uint64_t at, uint64_t end, bool *past, struct error *e)
{
    uint64_t most = w->seekable ? w->size : WINDOW_KEEP;
    *past = false;
    for (;;) {
        uint64_t head, block;
        bool edge;
        int rc = head_at(w, f, at, &head, &block, e);
        if (rc || !head || block > most)
            return rc;
        at += head + block;
        rc = edge_behind(w, f, at, 1, &edge, e); /* as evidence only what a writer ended as it should */
        if (rc || !edge)
            return rc;
        struct span s;
        rc = window_get(w, at, 8, &s, e);
        if (rc)
            return rc;
        size_t blank = span_line_ends(s);
        at += blank;
        if (at > end || at >= w->size || s.n == blank) {
            *past = true;
            return 0;
        }
    }
}

int resync_inside(struct window *w, const struct record_format *f, uint64_t block, uint64_t end, uint64_t *found, struct error *e)
{
    uint64_t at = block, stop = w->size < end ? w->size : end;
    *found = end;
    for (unsigned n = 0; n < MAX_CANDIDATES; n++, at++) {
        bool past = false;
        int rc = resync_plain(w, f, at, stop, &at, e);
        if (rc || at >= stop)
            return rc;
        rc = chain_passes(w, f, at, end, &past, e);
        if (rc)
            return rc;
        if (past) {
            *found = at;
            return 0;
        }
    }
    return 0;
}
