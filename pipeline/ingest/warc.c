/*
 * warc.c - see warc.h.  One loop for gzip members and plain files: a plain file is one member that
 * is not compressed, in which the place is the stored offset.
 */
#include "pipeline/ingest/warc.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/ingest/member.h"
#include "pipeline/ingest/resync.h"
#include "pipeline/ingest/warc_header.h"

#define DEFAULT_MAX_BLOCK (64u << 20)
/* A file whose first bytes are no record may still hold some behind damage: looked for this far. */
#define FIRST_RECORD_SEARCH (16u << 20)
/* Asked for with a block: its end marks and what edge_at() looks at, so that a member's CRC is seen with its only record and
 * the window does not move on and back. */
#define END_MARKS 72

/* Damaged members that are inflated over the same stored bytes, at most: what looks like one may run on over many others. */
#define MAX_TRIES 8

struct warc_reader {
    struct window w;
    struct warc_options o;
    struct member m;
    struct arena arena;
    struct buf cut;   /* head of a block that is larger than max_block */
    bool plain, in_member, resynced, ended;
    uint64_t pos;     /* stored: the next member or plain record */
    uint64_t at;      /* place in the member */
    uint64_t deep;    /* stored: how far damaged members were inflated, of which ... */
    unsigned tries;   /* ... this many began before it */
};

static int find_start(struct warc_reader *r, struct error *e)
{
    return r->plain ? resync_plain(&r->w, r->o.begin, 0, &r->pos, e) : resync_gzip(&r->w, r->o.begin, 0, &r->pos, e);
}

/* What the first bytes are that we know and do not read, with the cure; NULL: nothing of the kind. */
static const char *other_format(struct span s)
{
    bool skippable = s.n >= 4 && (s.p[0] & 0xF0) == 0x50 && memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0;
    if (skippable || span_starts(s, "\x28\xb5\x2f\xfd"))
        return "is a .warc.zst file, which is not read yet; give it as .warc or .warc.gz (zstd -d)";
    if (span_starts(s, "filedesc:"))
        return "is an ARC file, which is not read yet; give it as WARC";
    if (span_starts(s, "BZh") || span_starts(s, "\xfd" "7zXZ"))
        return "is compressed by bzip2 or xz; give it as .warc or .warc.gz";
    return NULL;
}

typedef int resync_fn(struct window *w, uint64_t from, uint64_t limit, uint64_t *found, struct error *e);

/* Is there a record of that form near the beginning? */
static int holds_record(struct warc_reader *r, resync_fn *resync, bool *yes, struct error *e)
{
    uint64_t found;
    struct span s = { 0 };
    int rc = resync(&r->w, 0, FIRST_RECORD_SEARCH, &found, e);
    if (rc == 0)
        rc = window_get(&r->w, found, 1, &s, e);
    *yes = rc == 0 && s.n > 0;
    return rc;
}

/* Two of the three bytes that open a gzip member: the file's very first may be damaged. */
static bool looks_gzip(struct span s)
{
    return s.n >= 3 && (s.p[0] == '\x1f') + (s.p[1] == '\x8b') + (s.p[2] == '\x08') >= 2;
}

/* Tell gzip from plain by the file's first bytes; something that holds no record is no WARC. */
static int detect(struct warc_reader *r, struct error *e)
{
    struct span s;
    int rc = window_get(&r->w, 0, 16, &s, e);
    if (rc || s.n == 0)
        return rc;
    r->plain = !looks_gzip(s);
    size_t blank = 0;
    while (blank < s.n && (s.p[blank] == '\r' || s.p[blank] == '\n'))
        blank++;
    if (r->plain && warc_is_version(span_from(s, blank)))
        return 0;
    const char *other = other_format(s);
    if (other)
        return error_set(e, ERR_INPUT, r->w.name, "%s", other);
    bool yes;
    rc = r->plain ? holds_record(r, resync_plain, &yes, e) : 0;
    if (rc || (r->plain && yes))
        return rc;
    r->plain = false; /* members may stand behind bytes that are none */
    rc = holds_record(r, resync_gzip, &yes, e);
    return rc || yes ? rc : error_set(e, ERR_INPUT, r->w.name, "is not a WARC file (.warc or .warc.gz); check what was downloaded");
}

int warc_open(struct warc_reader **out, const char *path, const struct warc_options *o, struct error *e)
{
    struct warc_reader *r = xcalloc(1, sizeof *r);
    int rc = window_open(&r->w, path, e);
    if (rc) {
        free(r);
        return rc;
    }
    r->o = *o;
    if (!r->o.max_block)
        r->o.max_block = DEFAULT_MAX_BLOCK;
    member_init(&r->m, &r->w);
    arena_init(&r->arena, 0);
    r->pos = o->begin;
    rc = detect(r, e);
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

bool warc_is_plain(const struct warc_reader *r)
{
    return r->plain;
}

uint64_t warc_position(const struct warc_reader *r)
{
    return r->pos;
}

static int damage(struct warc_record *out, const char *what, uint64_t offset, uint64_t length, uint64_t at)
{
    *out = (struct warc_record){ .kind = WARC_DAMAGE, .damage = what, .offset = offset, .length = length, .at = at };
    return 1;
}

/* The file's size; `place` for a pipe whose end was not met. */
static uint64_t file_end(const struct warc_reader *r, uint64_t place)
{
    return r->w.size != UINT64_MAX ? r->w.size : place;
}

/* Is the end that inflating gave the member's?  Where its CRC fails, its last bits may have been misread: then something must
 * begin there. */
static int trust_end(struct warc_reader *r, bool *yes, struct error *e)
{
    *yes = r->m.state == MEMBER_WHOLE;
    return r->m.crc_only ? member_edge_at(&r->w, r->m.stored_end, yes, e) : 0;
}

/* The end of a damaged member is not known: the next may begin anywhere behind its first byte, to be looked for MAX_TRIES times. */
static uint64_t search_from(struct warc_reader *r)
{
    if (r->m.stored_end > r->deep)
        r->deep = r->m.stored_end;
    return ++r->tries > MAX_TRIES && r->deep > r->m.offset ? r->deep : r->m.offset + 1;
}

/* Leave the member as damage from its offset; go on at its end if that is known, else where a member begins again. */
static int member_damage(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e)
{
    uint64_t from = r->m.offset, reached;
    bool trusted = false;
    int rc = r->m.state == MEMBER_OPEN ? member_skip(&r->m, UINT64_MAX, &reached, e) : 0;
    if (rc == 0)
        rc = trust_end(r, &trusted, e);
    if (rc == 0 && trusted)
        r->pos = r->m.stored_end;
    else if (rc == 0)
        rc = resync_gzip(&r->w, search_from(r), 0, &r->pos, e);
    r->in_member = false;
    r->resynced = true;
    return rc ? rc : damage(out, what, from, r->pos - from, r->at);
}

/* Plain: bytes from `from` on are damage; go on at the next head that parses. */
static int plain_damage(struct warc_reader *r, const char *what, uint64_t from, uint64_t search, struct warc_record *out, struct error *e)
{
    int rc = resync_plain(&r->w, search, 0, &r->pos, e);
    r->in_member = false;
    r->resynced = true;
    return rc ? rc : damage(out, what, from, r->pos - from, 0);
}

/* 1: a member is open; 0: the end; 2: *out is damage. */
static int enter_member(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    struct span s;
    if (r->pos >= r->deep)
        r->tries = 0;
    /* A part ends where nothing is known that the next one would not know. */
    if (r->ended || (r->o.end && r->pos >= r->o.end && r->pos >= r->deep))
        return 0;
    window_keep(&r->w, r->pos);
    int rc = window_get(&r->w, r->pos, 4, &s, e);
    if (rc || s.n == 0)
        return rc;
    if (r->plain) {
        rc = member_begin(&r->m, 0, true, e);
        r->at = r->pos;
    } else if (s.n >= 2 && s.p[0] == '\x1f' && s.p[1] == '\x8b') {
        rc = member_begin(&r->m, r->pos, false, e);
        r->at = 0;
    } else {
        bool zeros = false;
        if (s.p[0] == 0)
            rc = only_zeros(&r->w, r->pos, &zeros, e);
        if (rc)
            return rc;
        if (zeros) {
            r->ended = true;
            r->pos = file_end(r, r->pos);
            return 0;
        }
        uint64_t from = r->pos;
        rc = resync_gzip(&r->w, from + 1, 0, &r->pos, e);
        r->resynced = true;
        if (rc)
            return rc;
        damage(out, "bytes between gzip members", from, r->pos - from, 0);
        return 2;
    }
    r->in_member = rc == 0;
    return rc ? rc : 1;
}

/* The place behind blank lines from `at` on; *s what stands there. */
static int skip_blank(struct warc_reader *r, struct span *s, struct error *e)
{
    for (;;) {
        int rc = member_get(&r->m, r->at, 16, s, e);
        if (rc)
            return rc;
        size_t i = 0;
        while (i < s->n && (s->p[i] == '\r' || s->p[i] == '\n'))
            i++;
        r->at += i;
        *s = span_from(*s, i);
        if (i == 0 || s->n >= 8)
            return 0;
    }
}

/* The member is used up: 0 go on, 2 damage in *out. */
static int leave_member(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    if (!r->plain && r->m.state == MEMBER_BAD)
        return member_damage(r, r->m.fault, out, e) < 0 ? -ERR_INPUT : 2;
    r->pos = r->plain ? r->at : r->m.stored_end;
    r->ended = r->plain;
    r->in_member = false;
    return 0;
}

/* The head at r->at: its length in *n, or 0 with *fault. */
static int get_head(struct warc_reader *r, struct span *s, size_t *n, const char **fault, struct error *e)
{
    *n = 0;
    *fault = "record head does not end";
    for (size_t want = 4096;; want *= 4) {
        if (want > WARC_MAX_HEADER)
            want = WARC_MAX_HEADER;
        int rc = member_get(&r->m, r->at, want, s, e);
        if (rc)
            return rc;
        *n = warc_head_length(*s);
        if (*n || s->n < want)
            break;
        if (want == WARC_MAX_HEADER) {
            *fault = "record head is larger than 1 MiB";
            break;
        }
    }
    if (!*n && !r->plain && r->m.state == MEMBER_BAD)
        *fault = r->m.fault;
    return 0;
}

/* The block behind the head.  *fault: it is not whole. */
static int get_block(struct warc_reader *r, size_t head, struct warc_record *out, const char **fault, struct error *e)
{
    uint64_t from = r->at + head, length = out->content_length;
    struct span s;
    int rc;
    *fault = NULL;
    if (length <= r->o.max_block) {
        rc = member_get(&r->m, r->at, head + (size_t)length + END_MARKS, &s, e);
        if (rc)
            return rc;
        if (s.n < head + length)
            *fault = !r->plain && r->m.state == MEMBER_BAD ? r->m.fault : "record is cut off: its Content-Length runs past what there is";
        else if (!r->plain && r->m.state == MEMBER_BAD)
            *fault = r->m.fault;
        out->block = span_head(span_from(s, head), (size_t)length);
        /* The bytes may have moved since the head was parsed: its spans are in them. */
        out->stored_header = span_head(s, head);
        return 0;
    }
    rc = member_get(&r->m, from, (size_t)r->o.max_block, &s, e);
    if (rc)
        return rc;
    buf_span(&r->cut, span_head(s, (size_t)r->o.max_block));
    out->block = buf_view(&r->cut);
    out->block_cut = true;
    uint64_t reached, to = from > UINT64_MAX - length ? UINT64_MAX : from + length;
    rc = member_skip(&r->m, to, &reached, e);
    if (rc == 0 && reached < to)
        *fault = !r->plain && r->m.state == MEMBER_BAD ? r->m.fault : "record is cut off: its Content-Length runs past what there is";
    return rc;
}

/* Plain: does the declared length end at a record's edge?  If not and it is false, 2 with damage in *out. */
static int check_edge(struct warc_reader *r, uint64_t block, uint64_t end, const char *fault, struct warc_record *out, struct error *e)
{
    bool edge = false;
    uint64_t from = r->at, found;
    if (!r->w.seekable && !fault && end - from > WINDOW_KEEP)
        return 0; /* a pipe cannot look so far ahead and come back */
    int rc = fault ? 0 : edge_at(&r->w, end, &edge, e);
    if (rc || edge)
        return rc;
    rc = resync_inside(&r->w, block, end, &found, e);
    if (rc)
        return rc;
    if (found < end) {
        r->pos = found;
        r->in_member = false;
        r->resynced = true;
        damage(out, "Content-Length is too large: other records begin inside it", from, found - from, 0);
        return 2;
    }
    if (!fault)
        return 0; /* too short, perhaps: what follows is damage of its own */
    r->pos = file_end(r, end);
    r->in_member = false;
    r->ended = true;
    damage(out, fault, from, r->pos - from, 0);
    return 2;
}

static int read_record(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    struct span s;
    size_t head;
    const char *fault;
    int rc = get_head(r, &s, &head, &fault, e);
    if (rc)
        return rc;
    *out = (struct warc_record){ 0 };
    if (head) /* the head is copied: the window moves when the block is read */
        fault = warc_parse_head(arena_dup(&r->arena, span_head(s, head)), &r->arena, out);
    if (fault)
        return r->plain ? plain_damage(r, fault, r->at, r->at + 1, out, e) : member_damage(r, fault, out, e);
    rc = get_block(r, head, out, &fault, e);
    if (rc)
        return rc;
    uint64_t length = head + out->content_length;
    if (r->plain) {
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
        return member_damage(r, fault, out, e);
    }
    out->resynced = r->resynced;
    r->resynced = false;
    out->offset = r->plain ? r->at : r->m.offset;
    out->at = r->plain ? 0 : r->at;
    out->length = length;
    if (!r->plain && (rc = member_extent(&r->m, &out->length, e)))
        return rc;
    r->at += length;
    if (r->plain)
        r->pos = r->at;
    return 1;
}

/* Bytes at r->at that are no head. */
static int no_record(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    bool zeros = false;
    if (r->plain) {
        int rc = only_zeros(&r->w, r->at, &zeros, e);
        if (rc)
            return rc;
        if (!zeros)
            return plain_damage(r, "bytes that are no record", r->at, r->at + 1, out, e);
        r->at = file_end(r, r->at);
        return leave_member(r, out, e);
    }
    if (r->at == 0)
        return member_damage(r, "gzip member that is no record", out, e);
    uint64_t from = r->at, reached;
    int rc = member_skip(&r->m, UINT64_MAX, &reached, e);
    if (rc)
        return rc;
    r->at = reached;
    if (r->m.state == MEMBER_BAD)
        return member_damage(r, r->m.fault, out, e);
    return damage(out, "bytes behind a record that are no record", r->m.offset, reached - from, from);
}

int warc_next(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    arena_reset(&r->arena);
    buf_release(&r->cut);
    for (;;) {
        struct span s;
        int rc = r->in_member ? 1 : enter_member(r, out, e);
        if (rc != 1)
            return rc == 2 ? 1 : rc;
        rc = skip_blank(r, &s, e);
        if (rc)
            return rc;
        if (r->plain) {
            r->pos = r->at;
            window_keep(&r->w, r->at);
            if (r->o.end && r->at >= r->o.end)
                return 0;
        }
        if (s.n == 0)
            rc = leave_member(r, out, e);
        else if (warc_is_version(s))
            return read_record(r, out, e);
        else
            rc = no_record(r, out, e);
        if (rc)
            return rc < 0 ? rc : 1;
    }
}
