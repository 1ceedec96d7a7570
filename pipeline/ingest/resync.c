/* resync.c - see resync.h. */
#include "pipeline/ingest/resync.h"

#include <string.h>
#include <zlib.h>

#include "pipeline/ingest/warc_header.h"

#define SCAN (1u << 20)
/* Enough stored bytes of a member to see the version line it inflates to. */
#define PROBE 1024
/* Heads that are tried as the beginning of a chain that runs past a declared end: bounds the work a false length costs. */
#define MAX_CANDIDATES 32

static bool inflates_to_warc(struct span in)
{
    unsigned char out[16];
    z_stream z = { 0 };
    if (in.n < 18 || (in.p[3] & 0xE0) || inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    z.next_in = (unsigned char *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = out;
    z.avail_out = sizeof out;
    inflate(&z, Z_SYNC_FLUSH);
    size_t n = sizeof out - z.avail_out;
    inflateEnd(&z);
    return warc_is_version(span_of((char *)out, n));
}

int resync_gzip(struct window *w, uint64_t from, uint64_t limit, uint64_t *found, struct error *e)
{
    struct span s;
    for (uint64_t at = from;;) {
        int rc = window_get(w, at, SCAN, &s, e);
        if (rc)
            return rc;
        if (s.n < 18 || (limit && at >= limit)) {
            *found = w->size != UINT64_MAX ? w->size : at + s.n;
            return 0;
        }
        size_t i = 0;
        while ((i = span_find(span_from(s, i), SPAN("\x1f\x8b\x08")) + i) + PROBE < s.n || (i < s.n && s.n < SCAN)) {
            if (inflates_to_warc(span_head(span_from(s, i), PROBE))) {
                *found = at + i;
                return 0;
            }
            i++;
        }
        if (s.n < SCAN) {
            *found = at + s.n;
            return 0;
        }
        at += s.n - PROBE < i ? s.n - PROBE : i;
    }
}

/* A head that parses, at `at`: its length and the block's; 0 if there is none. */
static int head_at(struct window *w, uint64_t at, uint64_t *head, uint64_t *block, struct error *e)
{
    struct span s;
    *head = 0;
    for (size_t want = 4096; want <= WARC_MAX_HEADER; want *= 16) {
        int rc = window_get(w, at, want, &s, e);
        if (rc)
            return rc;
        if (!warc_is_version(s))
            return 0;
        size_t n = warc_head_length(s);
        if (n) {
            struct arena a;
            struct warc_record r = { 0 };
            arena_init(&a, 0);
            if (!warc_parse_head(span_head(s, n), &a, &r)) {
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

static bool parses(struct span head)
{
    struct arena a;
    struct warc_record r = { 0 };
    arena_init(&a, 0);
    bool yes = !warc_parse_head(head, &a, &r);
    arena_release(&a);
    return yes;
}

/*
 * The first head in s that begins before `stop` and parses; s.n if there is none.  Every head ends at an empty line, and of
 * all that could begin before one only the last and the first are tried: so the work is linear, whatever the bytes are.
 */
static size_t find_head(struct span s, size_t stop)
{
    size_t first = warc_find_version(s, 0);
    while (first < stop && first < s.n) {
        size_t head = warc_head_length(span_from(s, first)), end = head ? first + head : s.n, last = first;
        for (size_t next = first; next < end && next < s.n; next = warc_find_version(s, next + 1))
            last = next;
        if (head && end - last <= WARC_MAX_HEADER && parses(span_of(s.p + last, end - last)))
            return last;
        if (head && head <= WARC_MAX_HEADER && first < last && parses(span_of(s.p + first, head)))
            return first;
        first = warc_find_version(s, end);
    }
    return s.n;
}

int resync_plain(struct window *w, uint64_t from, uint64_t limit, uint64_t *found, struct error *e)
{
    struct span s;
    for (uint64_t at = from;;) {
        int rc = window_get(w, at, SCAN + WARC_MAX_HEADER, &s, e);
        if (rc)
            return rc;
        bool last = s.n < SCAN + WARC_MAX_HEADER;
        size_t stop = last ? s.n : s.n - WARC_MAX_HEADER, i = limit && at >= limit ? s.n : find_head(s, stop);
        if (i < s.n) {
            *found = at + i;
            return 0;
        }
        if (last || (limit && at + stop >= limit)) {
            *found = w->size != UINT64_MAX ? w->size : at + s.n;
            return 0;
        }
        at += stop;
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

int member_edge_at(struct window *w, uint64_t at, bool *yes, struct error *e)
{
    struct span s;
    int rc = window_get(w, at, PROBE, &s, e);
    if (rc)
        return rc;
    *yes = s.n == 0 || (span_starts(s, "\x1f\x8b\x08") && inflates_to_warc(span_head(s, PROBE)));
    return *yes || s.p[0] ? 0 : only_zeros(w, at, yes, e);
}

/* edge_at() with at least `marks` bytes of line ends before what follows. */
static int edge_behind(struct window *w, uint64_t end, size_t marks, bool *yes, struct error *e)
{
    struct span s;
    *yes = false;
    if (end > w->size)
        return 0;
    int rc = window_get(w, end, 64, &s, e);
    if (rc)
        return rc;
    size_t i = 0;
    while (i < s.n && i < 8 && (s.p[i] == '\r' || s.p[i] == '\n'))
        i++;
    if (i < marks)
        return 0;
    if (i == s.n || warc_is_version(span_from(s, i))) {
        *yes = true;
        return 0;
    }
    return s.p[i] ? 0 : only_zeros(w, end + i, yes, e);
}

int edge_at(struct window *w, uint64_t end, bool *yes, struct error *e)
{
    return edge_behind(w, end, 0, yes, e);
}

/*
 * Follow records from `at`; *past: one of them ends beyond `end`, every one of them at an edge.  Records that a chain which passes
 * has gone over are records, and one that does not stays within a record: so a file is gone over a bounded number of times.
 */
static int chain_passes(struct window *w, uint64_t at, uint64_t end, bool *past, struct error *e)
{
    uint64_t most = w->seekable ? w->size : WINDOW_KEEP;
    *past = false;
    for (;;) {
        uint64_t head, block;
        bool edge;
        int rc = head_at(w, at, &head, &block, e);
        if (rc || !head || block > most)
            return rc;
        at += head + block;
        rc = edge_behind(w, at, 1, &edge, e); /* as evidence only what a writer ended as it should */
        if (rc || !edge)
            return rc;
        struct span s;
        rc = window_get(w, at, 8, &s, e);
        if (rc)
            return rc;
        size_t blank = 0;
        while (blank < s.n && (s.p[blank] == '\r' || s.p[blank] == '\n'))
            blank++;
        at += blank;
        if (at > end || at >= w->size || s.n == blank) {
            *past = true;
            return 0;
        }
    }
}

int resync_inside(struct window *w, uint64_t block, uint64_t end, uint64_t *found, struct error *e)
{
    uint64_t at = block, stop = w->size < end ? w->size : end;
    *found = end;
    for (unsigned n = 0; n < MAX_CANDIDATES; n++, at++) {
        bool past = false;
        int rc = resync_plain(w, at, stop, &at, e);
        if (rc || at >= stop)
            return rc;
        rc = chain_passes(w, at, end, &past, e);
        if (rc)
            return rc;
        if (past) {
            *found = at;
            return 0;
        }
    }
    return 0;
}
