/*
 * warc.c - see warc.h.  One loop for all packings and formats: a plain file is one member that is not compressed, in which the
 * place is the stored offset.
 */
#include "pipeline/ingest/warc.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/ingest/digest.h"
#include "pipeline/ingest/reader.h"
#include "pipeline/ingest/resync.h"
#include "pipeline/ingest/unpack.h"

#define DEFAULT_MAX_BLOCK (64u << 20)
/* Asked for with a block: its end marks and what edge_at() looks at, so that a member's CRC is seen with its only record and
 * the window does not move on and back. */
#define END_MARKS 72
#define MOST_MARKS 8 /* line ends behind a record */

#define CUT_OFF "record is cut off: its Content-Length runs past what there is"

static int find_start(struct warc_reader *r, struct error *e)
{
    return reader_is_plain(r) ? resync_plain(&r->w, r->m.format, r->o.begin, 0, &r->pos, e)
                              : resync_member(&r->m, r->o.begin, 0, &r->pos, e);
}

int warc_open(struct warc_reader **out, const char *path, const struct warc_options *o, struct error *e)
{
    struct warc_reader *r = xcalloc(1, sizeof *r);
    int rc = window_open(&r->w, path, o->version, e);
    if (rc) {
        free(r);
        return rc;
    }
    r->o = *o;
    if (o->hash)
        window_hash(&r->w);
    if (!r->o.max_block)
        r->o.max_block = DEFAULT_MAX_BLOCK;
    member_init(&r->m, &r->w);
    arena_init(&r->arena, 0);
    r->pos = o->begin;
    rc = reader_detect(r, e);
    if (rc == 0 && o->find_start)
        rc = find_start(r, e);
    if (rc) {
        warc_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void warc_close(struct warc_reader *r)
{
    if (!r)
        return;
    member_release(&r->m);
    window_close(&r->w);
    arena_release(&r->arena);
    buf_release(&r->cut);
    free(r);
}

int warc_digest(struct warc_reader *r, char hex[65], uint64_t *bytes, struct error *e)
{
    return window_digest(&r->w, hex, bytes, e);
}

bool warc_is_plain(const struct warc_reader *r)
{
    return reader_is_plain(r);
}

uint64_t warc_position(const struct warc_reader *r)
{
    return r->pos;
}

/* Zero padding to the end of the file is no damage.  1: that is all there is from `at` on. */
static int at_padding(struct warc_reader *r, struct span s, uint64_t at, struct error *e)
{
    bool zeros = false;
    int rc = s.p[0] == 0 ? only_zeros(&r->w, at, &zeros, e) : 0;
    if (rc || !zeros)
        return rc;
    r->ended = true;
    r->pos = reader_end(r, at);
    return 1;
}

/* A frame that is no member, at r->pos, ends where the next begins, or the file.  1: the reader stands behind it. */
static int over_skippable(struct warc_reader *r, uint64_t n, struct error *e)
{
    struct span s;
    if (r->w.size != UINT64_MAX && n > r->w.size - r->pos)
        return 0;
    int rc = window_get(&r->w, r->pos + n, 8, &s, e);
    if (rc || !(s.n == 0 || unpack_magic(r->m.u, s) || r->m.u->skippable(s) || s.p[0] == 0))
        return rc;
    r->pos += n;
    return 1;
}

/* 1: a member is open; 0: the end; 2: *out is damage. */
static int enter_member(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    struct span s;
    uint64_t skip;
    for (;;) {
        if (r->pos >= r->deep)
            r->tries = 0;
        /* A part ends where nothing is known that the next one would not know. */
        if (r->ended || (r->o.end && r->pos >= r->o.end && r->pos >= r->deep))
            return 0;
        window_keep(&r->w, r->pos);
        int rc = window_get(&r->w, r->pos, 8, &s, e);
        if (rc || s.n == 0)
            return rc;
        if (reader_is_plain(r)) {
            r->at = r->pos;
            rc = member_begin(&r->m, 0, e);
        } else if (unpack_magic(r->m.u, s)) {
            r->at = 0;
            rc = member_begin(&r->m, r->pos, e);
        } else if (r->m.u->skippable && (skip = r->m.u->skippable(s)) != 0 && (rc = over_skippable(r, skip, e)) != 0) {
            if (rc < 0)
                return rc;
            continue;
        } else {
            rc = at_padding(r, s, r->pos, e);
            if (rc)
                return rc < 0 ? rc : 0;
            rc = lost_between(r, out, e);
            return rc < 0 ? rc : 2;
        }
        r->in_member = rc == 0;
        r->gave = false;
        return rc ? rc : 1;
    }
}

/* The place behind blank lines from `at` on; *s what stands there. */
static int skip_blank(struct warc_reader *r, struct span *s, struct error *e)
{
    for (;;) {
        int rc = member_get(&r->m, r->at, FORMAT_SIGHT, s, e);
        if (rc)
            return rc;
        size_t i = span_line_ends(*s);
        r->at += i;
        *s = span_from(*s, i);
        if (i == 0 || s->n >= 8)
            return 0;
    }
}

/* The member is used up: 0 go on, 2 damage in *out. */
static int leave_member(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    bool plain = reader_is_plain(r);
    if (!plain && r->m.state == MEMBER_BAD)
        return lost_member(r, r->m.fault, out, e) < 0 ? -ERR_INPUT : 2;
    r->pos = plain ? r->at : r->m.stored_end;
    r->ended = plain;
    r->in_member = false;
    return 0;
}

static bool is_bad(const struct warc_reader *r)
{
    return r->m.u && r->m.state == MEMBER_BAD;
}

/* Where the member ends before the head does: into the next, as long as that takes the head further. */
static int join_head(struct warc_reader *r, struct span *s, size_t *n, struct error *e)
{
    size_t had;
    r->m.joining = r->m.u;
    do {
        had = s->n;
        int rc = member_get(&r->m, r->at, had + 1, s, e);
        if (rc)
            return rc;
        *n = r->m.format->head_length(*s);
    } while (!*n && s->n > had && s->n < r->m.format->max_head);
    r->m.joining = false;
    return 0;
}

/* The head at r->at: its length in *n, or 0 with *fault. */
static int get_head(struct warc_reader *r, struct span *s, size_t *n, const char **fault, struct error *e)
{
    const struct record_format *f = r->m.format;
    *n = 0;
    for (size_t want = 4096; !*n; want *= 4) {
        want = want < f->max_head ? want : f->max_head;
        int rc = member_get(&r->m, r->at, want, s, e);
        if (rc)
            return rc;
        *n = f->head_length(*s);
        if (s->n < want || want == f->max_head)
            break;
    }
    int rc = *n || s->n >= f->max_head ? 0 : join_head(r, s, n, e);
    if (!*n && f->bare && s->n < f->max_head && !is_bad(r)) /* the last line */
        *n = s->n;
    *fault = is_bad(r) ? r->m.fault : s->n < f->max_head ? "record head does not end" : "record head is larger than its bound";
    return rc;
}

/*
 * The record stands whole, and s behind it, in a member that is bad further on.  If another begins there the damage lies behind
 * it; but a member a record is the rule, and what damage makes of a page may look like a head.  So only where this is not the member's
 * only record: it has given others, opens a file that is one member, or has a digest that holds.
 */
static bool goes_on(const struct warc_reader *r, const struct warc_record *out, struct span s)
{
    size_t blank = span_line_ends(s);
    if (!blank || !head_stands(r->m.format, span_from(s, blank)))
        return false;
    return r->gave || out->kind == WARC_WARCINFO || r->m.format->bare || warc_check_digests(out) == DIGEST_OK;
}

/* The rest of a block behind its head, which is kept: read over, or through its digests. */
static int read_over(struct warc_reader *r, uint64_t from, uint64_t to, struct digest_stream *d, uint64_t *reached, struct error *e)
{
    struct span s;
    if (!d)
        return member_skip(&r->m, to, reached, e);
    for (*reached = from; *reached < to; *reached += s.n) {
        size_t step = to - *reached < UNPACK_PIECE ? (size_t)(to - *reached) : UNPACK_PIECE;
        int rc = member_get(&r->m, *reached, step, &s, e);
        if (rc || s.n == 0)
            return rc;
        s = span_head(s, step);
        digest_stream_add(d, s);
    }
    return 0;
}

/* A block that is larger than max_block, from place `from` on. */
static int get_cut_block(struct warc_reader *r, uint64_t from, struct warc_record *out, const char **fault, struct error *e)
{
    struct span s;
    uint64_t length = out->content_length, to = from > UINT64_MAX - length ? UINT64_MAX : from + length, reached;
    r->m.joining = true;
    int rc = member_get(&r->m, from, (size_t)r->o.max_block, &s, e);
    if (rc)
        return rc;
    buf_reset(&r->cut);
    buf_span(&r->cut, span_head(s, (size_t)r->o.max_block));
    out->block = buf_view(&r->cut);
    out->block_cut = true;
    struct digest_stream *d = r->o.digests ? digest_stream_new(out) : NULL;
    if (d)
        digest_stream_add(d, out->block);
    rc = read_over(r, from + out->block.n, to, d, &reached, e);
    if (d) {
        out->digest = digest_stream_take(d);
        out->digest_known = true;
    }
    r->m.joining = false;
    r->fits = reached == to;
    if (rc == 0 && reached < to)
        *fault = is_bad(r) ? r->m.fault : CUT_OFF;
    return rc;
}

/* The block behind the head.  *fault: it is not whole. */
static int get_block(struct warc_reader *r, size_t head, struct warc_record *out, const char **fault, struct error *e)
{
    uint64_t from = r->at + head, length = out->content_length;
    struct span s;
    int rc;
    *fault = NULL;
    if (length <= r->o.max_block) {
        r->m.joining = true; /* this far the record may go on in the next member */
        rc = member_get(&r->m, r->at, head + (size_t)length, &s, e);
        r->m.joining = false;
        if (rc == 0)
            rc = member_get(&r->m, r->at, head + (size_t)length + END_MARKS, &s, e);
        if (rc)
            return rc;
        r->fits = s.n >= head + length && s.n - (head + length) <= MOST_MARKS;
        if (s.n < head + length)
            *fault = is_bad(r) ? r->m.fault : CUT_OFF;
        else if (is_bad(r) && !goes_on(r, out, span_from(s, head + (size_t)length)))
            *fault = r->m.fault;
        out->block = span_head(span_from(s, head), (size_t)length);
        /* The bytes may have moved since the head was parsed: its spans are in them. */
        out->stored_header = span_head(s, head);
        return 0;
    }
    return get_cut_block(r, from, out, fault, e);
}

/* Plain: does the declared length end at a record's edge?  If not and it is false, 2 with damage in *out. */
static int check_edge(struct warc_reader *r, uint64_t block, uint64_t end, const char *fault, struct warc_record *out, struct error *e)
{
    bool edge = false;
    uint64_t from = r->at, found;
    if (!r->w.seekable && !fault && end - from > WINDOW_KEEP)
        return 0; /* a pipe cannot look so far ahead and come back */
    int rc = fault ? 0 : edge_at(&r->w, r->m.format, end, &edge, e);
    if (rc || edge)
        return rc;
    rc = resync_inside(&r->w, r->m.format, block, end, &found, e);
    if (rc)
        return rc;
    if (found < end) {
        r->pos = found;
        r->in_member = false;
        r->resynced = true;
        lost(out, "Content-Length is too large: other records begin inside it", from, found - from, 0);
        return 2;
    }
    if (!fault)
        return 0; /* too short, perhaps: what follows is damage of its own */
    r->pos = reader_end(r, end);
    r->in_member = false;
    r->ended = true;
    lost(out, fault, from, r->pos - from, 0);
    return 2;
}

/* ARC says of what type the payload is; that there is an HTTP head, the block alone tells. */
static void see_http(struct warc_record *out)
{
    if (out->kind == WARC_RESPONSE && span_starts(out->block, "HTTP/"))
        out->content_type = SPAN("application/http; msgtype=response");
}

/* The record stands whole at r->at: its place, and the reader behind it. */
static int give(struct warc_reader *r, uint64_t length, struct warc_record *out, struct error *e)
{
    bool plain = reader_is_plain(r);
    out->resynced = r->resynced;
    r->resynced = false;
    r->gave = true;
    out->offset = plain ? r->at : r->m.offset;
    out->at = plain ? 0 : r->at;
    out->length = length;
    if (out->arc)
        see_http(out);
    int rc = plain ? 0 : member_extent(&r->m, &out->length, e);
    if (rc)
        return rc;
    r->at += length;
    if (plain)
        r->pos = r->at;
    return 1;
}

static int lost_record(struct warc_reader *r, const char *what, bool head, struct warc_record *out, struct error *e)
{
    if (reader_is_plain(r))
        return lost_plain(r, what, out, e);
    /* A head that is none may stand before others in its member; of one whose block is cut nothing lies behind. */
    return head && !is_bad(r) ? lost_inside(r, what, out, e) : lost_member(r, what, out, e);
}

static int read_record(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    struct span s;
    size_t head;
    const char *fault;
    r->fits = false;
    int rc = get_head(r, &s, &head, &fault, e);
    if (rc)
        return rc;
    *out = (struct warc_record){ 0 };
    if (head) /* the head is copied: the window moves when the block is read */
        fault = r->m.format->parse(arena_dup(&r->arena, span_head(s, head)), &r->arena, out);
    if (!fault && r->m.format->bare && is_bad(r) && !goes_on(r, out, span_from(s, head)))
        fault = r->m.fault;
    if (fault)
        return lost_record(r, fault, true, out, e);
    if (r->m.format->bare)
        return give(r, head, out, e);
    rc = get_block(r, head, out, &fault, e);
    if (rc)
        return rc;
    uint64_t length = head + out->content_length;
    if (reader_is_plain(r)) {
        struct warc_record bad;
        rc = check_edge(r, r->at + head, r->at > UINT64_MAX - length ? UINT64_MAX : r->at + length, fault, &bad, e);
        if (rc == 2)
            *out = bad;
        if (rc)
            return rc < 0 ? rc : 1;
        /* Looking at the edge may have moved the window. */
        if (!out->block_cut && (rc = get_block(r, head, out, &fault, e)))
            return rc;
    } else if (fault) {
        return lost_record(r, fault, false, out, e);
    }
    return give(r, length, out, e);
}

/* Bytes at r->at that are no head. */
static int no_record(struct warc_reader *r, struct span s, struct warc_record *out, struct error *e)
{
    r->fits = false;
    if (reader_is_plain(r)) {
        int rc = at_padding(r, s, r->at, e);
        if (rc)
            r->in_member = false;
        return rc ? (rc < 0 ? rc : 0) : lost_plain(r, "bytes that are no record", out, e);
    }
    if (r->at == 0 && !r->m.format->lines && !(r->o.inside && r->m.offset == r->o.begin))
        return lost_member(r, r->m.state == MEMBER_BAD ? r->m.fault : "member that is no record", out, e);
    return lost_inside(r, "bytes that are no record", out, e);
}

int warc_next(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    arena_reset(&r->arena);
    buf_release(&r->cut);
    if (!reader_is_plain(r))
        member_rebase(&r->m, &r->at);
    for (;;) {
        struct span s;
        int rc = r->in_member ? 1 : enter_member(r, out, e);
        if (rc != 1)
            return rc == 2 ? 1 : rc;
        rc = skip_blank(r, &s, e);
        if (rc)
            return rc;
        if (reader_is_plain(r)) {
            r->pos = r->at;
            window_keep(&r->w, r->at);
            if (r->o.end && r->at >= r->o.end)
                return 0;
        }
        if (s.n == 0)
            rc = leave_member(r, out, e);
        else if (r->m.format->begins(s))
            return read_record(r, out, e);
        else
            rc = no_record(r, s, out, e);
        if (rc)
            return rc < 0 ? rc : 1;
    }
}
