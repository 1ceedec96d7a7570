/* member.c - see member.h. */
#include "pipeline/ingest/member.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>

#include "core/alloc.h"
#include "pipeline/ingest/unpack.h"

void member_init(struct member *m, struct window *w)
{
    *m = (struct member){ .w = w, .inflater = libdeflate_alloc_decompressor(), .zstd = ZSTD_createDCtx() };
    if (!m->inflater || !m->zstd)
        abort();
}

void member_release(struct member *m)
{
    if (m->u)
        m->u->end(m);
    libdeflate_free_decompressor(m->inflater);
    ZSTD_freeDCtx(m->zstd);
    ZSTD_freeDDict(m->dictionary);
    buf_release(&m->bytes);
}

static int begin_pieces(struct member *m, struct error *e)
{
    m->state = MEMBER_OPEN;
    return m->u->begin(m, e);
}

/* Inflate the next piece behind m->bytes. */
static int inflate_piece(struct member *m, struct error *e)
{
    struct span in;
    int rc = window_get(m->w, m->stored_end, UNPACK_PIECE, &in, e);
    if (rc)
        return rc;
    if (in.n == 0) {
        member_bad(m, m->u->cut, false);
        return 0;
    }
    buf_reserve(&m->bytes, UNPACK_PIECE);
    return m->u->piece(m, in, e);
}

int member_begin(struct member *m, uint64_t offset, struct error *e)
{
    if (m->u)
        m->u->end(m);
    if (m->bytes.cap > WHOLE_INFLATED_MAX) /* one giant record must not stay in memory */
        buf_release(&m->bytes);
    buf_reset(&m->bytes);
    m->fault = NULL;
    m->end_known = m->joining = false;
    m->offset = m->stored_end = offset;
    m->base = m->known_end = m->joint = m->joint_offset = 0;
    m->state = MEMBER_OPEN;
    if (!m->u)
        return 0;
    int rc = m->u->whole(m, e);
    if (rc == 0) {
        rc = begin_pieces(m, e);
        while (rc == 0 && m->state == MEMBER_OPEN && m->bytes.n < WHOLE_INFLATED_MAX) /* is it large, or bad? */
            rc = inflate_piece(m, e);
    }
    return rc < 0 ? rc : 0;
}

void member_bad(struct member *m, const char *fault, bool end_known)
{
    m->state = MEMBER_BAD;
    m->fault = fault;
    m->end_known = end_known;
}

bool member_begins_record(const struct member *m, struct span in)
{
    char head[FORMAT_SIGHT];
    if (!unpack_magic(m->u, in))
        return false;
    struct span s = span_of(head, m->u->probe(m, in, head, sizeof head));
    return m->format->begins(span_from(s, span_line_ends(s)));
}

/* A document ends in a brace; block-wise compressors cut lines anywhere, before a brace, too. */
static bool may_end_here(const struct member *m)
{
    return !m->format->bare || (m->bytes.n && m->bytes.p[m->bytes.n - 1] == '}');
}

/* Go on in the member behind a whole one.  Returns 1 if there is one that does not begin with a record, else 0. */
static int join(struct member *m, struct error *e)
{
    struct span in;
    if (!m->joining || m->state != MEMBER_WHOLE)
        return 0;
    int rc = window_get(m->w, m->stored_end, m->u->probe_bytes, &in, e);
    if (rc || !unpack_magic(m->u, in) || (may_end_here(m) && member_begins_record(m, in)))
        return rc;
    m->u->end(m);
    m->joint = m->base + m->bytes.n;
    m->joint_offset = m->stored_end;
    m->known_end = 0;
    rc = begin_pieces(m, e);
    return rc ? rc : 1;
}

void member_rebase(struct member *m, uint64_t *at)
{
    m->joining = false;
    if (!m->joint || *at < m->joint)
        return;
    size_t gone = m->joint > m->base ? (size_t)(m->joint - m->base) : 0;
    memmove(m->bytes.p, m->bytes.p + gone, m->bytes.n - gone);
    m->bytes.n -= gone;
    m->base = m->base + gone - m->joint;
    *at -= m->joint;
    m->offset = m->joint_offset;
    m->joint = m->joint_offset = 0;
}

static int plain_get(struct member *m, uint64_t at, size_t want, struct span *out, struct error *e)
{
    int rc = window_get(m->w, m->offset + at, want, out, e);
    if (rc == 0 && out->n < want)
        m->state = MEMBER_WHOLE;
    if (rc == 0)
        m->stored_end = m->offset + at + out->n;
    return rc;
}

/* Let go of what lies before `at`, when that is worth a copy. */
static void let_go(struct member *m, uint64_t at)
{
    if (m->state != MEMBER_OPEN || at <= m->base + UNPACK_PIECE)
        return;
    size_t gone = at - m->base < m->bytes.n ? (size_t)(at - m->base) : m->bytes.n;
    if (gone < m->bytes.n / 2)
        return;
    memmove(m->bytes.p, m->bytes.p + gone, m->bytes.n - gone);
    m->bytes.n -= gone;
    m->base += gone;
}

int member_get(struct member *m, uint64_t at, size_t want, struct span *out, struct error *e)
{
    if (!m->u)
        return plain_get(m, at, want, out, e);
    let_go(m, at);
    while (m->base + m->bytes.n < at + want) {
        int rc = m->state == MEMBER_OPEN ? 1 : join(m, e);
        if (rc == 0)
            break;
        if (rc > 0)
            rc = inflate_piece(m, e);
        if (rc)
            return rc;
        let_go(m, at);
    }
    size_t from = at - m->base < m->bytes.n ? (size_t)(at - m->base) : m->bytes.n;
    *out = span_of(m->bytes.p + from, m->bytes.n - from);
    return 0;
}

int member_skip(struct member *m, uint64_t to, uint64_t *reached, struct error *e)
{
    struct span s;
    if (!m->u) {
        uint64_t end = m->offset + to < m->w->size ? m->offset + to : m->w->size;
        int rc = window_get(m->w, end, 0, &s, e);
        *reached = (m->w->size < end ? m->w->size : end) - m->offset; /* a pipe's size is known once its end was met */
        return rc;
    }
    uint64_t at = m->base + m->bytes.n < to ? m->base + m->bytes.n : m->base;
    while (at < to) {
        uint64_t step = to - at < UNPACK_PIECE ? to - at : UNPACK_PIECE;
        int rc = member_get(m, at, (size_t)step, &s, e);
        if (rc)
            return rc;
        if (s.n < step) {
            at += s.n;
            break;
        }
        at += step;
    }
    *reached = at;
    return 0;
}

int member_extent(struct member *m, uint64_t *length, struct error *e)
{
    int rc = 0;
    if (m->state == MEMBER_OPEN && !m->known_end) {
        struct member last = *m; /* the one that we are in */
        last.offset = m->joint ? m->joint_offset : m->offset;
        rc = m->u->extent(&last, &m->known_end, e);
    }
    *length = (m->state == MEMBER_OPEN ? m->known_end : m->stored_end) - m->offset;
    return rc;
}
