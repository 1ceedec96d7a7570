/* unpack_gzip.c - gzip members: whole by libdeflate, in pieces by zlib; see unpack.h. */
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/alloc.h"
#include "pipeline/ingest/unpack.h"

/* Enough stored bytes of a member to see what it inflates to. */
#define PROBE 1024
#define MIN_MEMBER 18

static int whole(struct member *m, struct error *e)
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

static int begin(struct member *m, struct error *e)
{
    z_stream *z = xcalloc(1, sizeof *z);
    if (inflateInit2(z, 15 + 16) != Z_OK) {
        free(z);
        return error_set(e, ERR_BUG, m->w->name, "zlib does not start");
    }
    m->z = z;
    return 0;
}

static void end(struct member *m)
{
    if (m->z) {
        inflateEnd(m->z);
        free(m->z);
        m->z = NULL;
    }
}

static void put_input(z_stream *z, struct span in)
{
    z->next_in = (unsigned char *)(uintptr_t)in.p;
    z->avail_in = (uInt)(in.n < (1u << 30) ? in.n : 1u << 30);
}

static int piece(struct member *m, struct span in, struct error *e)
{
    z_stream *z = m->z;
    put_input(z, in);
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
            int rc = window_get(m->w, m->stored_end, 4, &in, e);
            if (rc)
                return rc;
            m->stored_end += in.n < 4 ? in.n : 4;
        }
        member_bad(m, trailer ? "gzip member fails its CRC" : "gzip member holds invalid deflate data", trailer);
    } else if (r != Z_OK && r != Z_BUF_ERROR) {
        member_bad(m, "gzip member cannot be inflated", false);
    }
    return 0;
}

/* Inflate on the side from the member's first byte. */
static int look_ahead(struct member *m, z_stream *z, uint64_t *stored_end, struct error *e)
{
    unsigned char nowhere[32u << 10];
    struct span in;
    int r = Z_OK;
    *stored_end = m->offset;
    while (r == Z_OK) {
        int rc = window_get(m->w, *stored_end, UNPACK_PIECE, &in, e);
        if (rc || in.n == 0)
            return rc;
        put_input(z, in);
        uInt had = z->avail_in;
        do {
            z->next_out = nowhere;
            z->avail_out = sizeof nowhere;
            r = inflate(z, Z_NO_FLUSH);
        } while (r == Z_OK && z->avail_in);
        *stored_end += had - z->avail_in;
    }
    return 0;
}

static int extent(struct member *m, uint64_t *stored_end, struct error *e)
{
    z_stream z = { 0 };
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return error_set(e, ERR_BUG, m->w->name, "zlib does not start");
    int rc = look_ahead(m, &z, stored_end, e);
    inflateEnd(&z);
    return rc;
}

static size_t probe(const struct member *m, struct span in, char *out, size_t n)
{
    z_stream z = { 0 };
    in = span_head(in, PROBE);
    if (in.n < MIN_MEMBER || (in.p[3] & 0xE0) || inflateInit2(&z, 15 + 16) != Z_OK)
        return 0;
    put_input(&z, in);
    z.next_out = (unsigned char *)out;
    z.avail_out = (uInt)n;
    inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return n - z.avail_out;
}

const struct unpacker gzip_unpacker = {
    .magic = "\x1f\x8b\x08", .magic_n = 3, .probe_bytes = PROBE, .cut = "gzip member is cut off by the end of the file",
    .whole = whole, .begin = begin, .piece = piece, .extent = extent, .probe = probe, .end = end,
};
