/* member.c - see member.h. */
#include "pipeline/ingest/member.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/alloc.h"

/* Members up to these sizes are inflated whole; Common Crawl's are 10 to 60 KB stored. */
#define WHOLE_STORED_FIRST (256u << 10)
#define WHOLE_STORED_MAX (4u << 20)
#define WHOLE_INFLATED_FIRST (1u << 20)
#define WHOLE_INFLATED_MAX (16u << 20)
#define PIECE (128u << 10)

void member_init(struct member *m, struct window *w)
{
    *m = (struct member){ .w = w, .inflater = libdeflate_alloc_decompressor() };
    if (!m->inflater)
        abort();
}

static void end_pieces(struct member *m)
{
    if (m->z) {
        inflateEnd(m->z);
        free(m->z);
        m->z = NULL;
    }
}

void member_release(struct member *m)
{
    end_pieces(m);
    libdeflate_free_decompressor(m->inflater);
    buf_release(&m->bytes);
}

/* Through libdeflate at one go.  1: done; 0: not this way (too large, cut by the window, or damaged). */
static int inflate_whole(struct member *m, struct error *e)
{
    for (size_t want = WHOLE_STORED_FIRST; want <= WHOLE_STORED_MAX; want *= 4) {
        struct span in;
        int rc = window_get(m->w, m->offset, want, &in, e);
        if (rc)
            return rc;
        enum libdeflate_result r = LIBDEFLATE_INSUFFICIENT_SPACE;
        size_t used = 0, made = 0, room = m->bytes.cap < WHOLE_INFLATED_FIRST ? WHOLE_INFLATED_FIRST : m->bytes.cap;
        if (room > WHOLE_INFLATED_MAX) /* what was read before decides nothing */
            room = WHOLE_INFLATED_MAX;
        for (; r == LIBDEFLATE_INSUFFICIENT_SPACE; room = room * 4 < WHOLE_INFLATED_MAX ? room * 4 : WHOLE_INFLATED_MAX) {
            buf_reserve(&m->bytes, room);
            r = libdeflate_gzip_decompress_ex(m->inflater, in.p, in.n, m->bytes.p, room, &used, &made);
            if (room == WHOLE_INFLATED_MAX)
                break;
        }
        if (r == LIBDEFLATE_SUCCESS) {
            m->bytes.n = made;
            m->stored_end = m->offset + used;
            m->state = MEMBER_WHOLE;
            return 1;
        }
        /* Bad data may only mean that the window ends inside the member. */
        if (r != LIBDEFLATE_BAD_DATA || in.n < want)
            return 0;
    }
    return 0;
}

static int begin_pieces(struct member *m, struct error *e)
{
    z_stream *z = xcalloc(1, sizeof *z);
    if (inflateInit2(z, 15 + 16) != Z_OK) {
        free(z);
        return error_set(e, ERR_BUG, m->w->name, "zlib does not start");
    }
    m->z = z;
    m->state = MEMBER_OPEN;
    m->bytes.n = 0;
    m->stored_end = m->offset;
    return 0;
}

int member_begin(struct member *m, uint64_t offset, bool plain, struct error *e)
{
    end_pieces(m);
    if (m->bytes.cap > WHOLE_INFLATED_MAX) /* one giant record must not stay in memory */
        buf_release(&m->bytes);
    buf_reset(&m->bytes);
    m->plain = plain;
    m->fault = NULL;
    m->crc_only = false;
    m->offset = offset;
    m->stored_end = offset;
    m->base = 0;
    m->known_end = 0;
    m->state = MEMBER_OPEN;
    if (plain)
        return 0;
    int rc = inflate_whole(m, e);
    return rc < 0 ? rc : rc ? 0 : begin_pieces(m, e);
}

static void set_bad(struct member *m, const char *fault, bool crc_only)
{
    m->state = MEMBER_BAD;
    m->fault = fault;
    m->crc_only = crc_only;
}

/* Inflate the next piece behind m->bytes. */
static int inflate_piece(struct member *m, struct error *e)
{
    z_stream *z = m->z;
    struct span in;
    int rc = window_get(m->w, m->stored_end, PIECE, &in, e);
    if (rc)
        return rc;
    if (in.n == 0) {
        set_bad(m, "gzip member is cut off by the end of the file", false);
        return 0;
    }
    buf_reserve(&m->bytes, PIECE);
    z->next_in = (unsigned char *)(uintptr_t)in.p;
    z->avail_in = (uInt)(in.n < (1u << 30) ? in.n : 1u << 30);
    z->next_out = (unsigned char *)m->bytes.p + m->bytes.n;
    z->avail_out = (uInt)(m->bytes.cap - m->bytes.n);
    uInt room = z->avail_out, had = z->avail_in;
    int r = inflate(z, Z_NO_FLUSH);
    m->bytes.n += room - z->avail_out;
    m->stored_end += had - z->avail_in;
    if (r == Z_STREAM_END) {
        m->state = MEMBER_WHOLE;
    } else if (r == Z_DATA_ERROR) {
        /* zlib is past the data and in the trailer when it says so: the member's extent is known. */
        bool trailer = z->msg && (strcmp(z->msg, "incorrect data check") == 0 || strcmp(z->msg, "incorrect length check") == 0);
        if (trailer && strcmp(z->msg, "incorrect data check") == 0) { /* the length field stands behind the CRC */
            if ((rc = window_get(m->w, m->stored_end, 4, &in, e)))
                return rc;
            m->stored_end += in.n < 4 ? in.n : 4;
        }
        set_bad(m, trailer ? "gzip member fails its CRC" : "gzip member holds invalid deflate data", trailer);
    } else if (r != Z_OK && r != Z_BUF_ERROR) {
        set_bad(m, "gzip member cannot be inflated", false);
    }
    return 0;
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
    if (m->state != MEMBER_OPEN || at <= m->base + PIECE)
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
    if (m->plain)
        return plain_get(m, at, want, out, e);
    let_go(m, at);
    while (m->state == MEMBER_OPEN && m->base + m->bytes.n < at + want) {
        int rc = inflate_piece(m, e);
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
    if (m->plain) {
        uint64_t end = m->offset + to < m->w->size ? m->offset + to : m->w->size;
        int rc = window_get(m->w, end, 0, &s, e);
        *reached = (m->w->size < end ? m->w->size : end) - m->offset; /* a pipe's size is known once its end was met */
        return rc;
    }
    uint64_t at = m->base + m->bytes.n < to ? m->base + m->bytes.n : m->base;
    while (at < to) {
        uint64_t step = to - at < PIECE ? to - at : PIECE;
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

/* Inflate on the side from the member's first byte; *end is behind the last that belongs to it. */
static int look_ahead(struct member *m, z_stream *z, uint64_t *end, struct error *e)
{
    unsigned char nowhere[32u << 10];
    struct span in;
    int r = Z_OK;
    *end = m->offset;
    while (r == Z_OK) {
        int rc = window_get(m->w, *end, PIECE, &in, e);
        if (rc || in.n == 0)
            return rc;
        z->next_in = (unsigned char *)(uintptr_t)in.p;
        z->avail_in = (uInt)(in.n < (1u << 30) ? in.n : 1u << 30);
        uInt had = z->avail_in;
        do {
            z->next_out = nowhere;
            z->avail_out = sizeof nowhere;
            r = inflate(z, Z_NO_FLUSH);
        } while (r == Z_OK && z->avail_in);
        *end += had - z->avail_in;
    }
    return 0;
}

int member_extent(struct member *m, uint64_t *length, struct error *e)
{
    int rc = 0;
    if (m->state == MEMBER_OPEN && !m->known_end) {
        z_stream z = { 0 };
        if (inflateInit2(&z, 15 + 16) != Z_OK)
            return error_set(e, ERR_BUG, m->w->name, "zlib does not start");
        rc = look_ahead(m, &z, &m->known_end, e);
        inflateEnd(&z);
    }
    *length = (m->state == MEMBER_OPEN ? m->known_end : m->stored_end) - m->offset;
    return rc;
}
