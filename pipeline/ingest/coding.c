/* coding.c - see coding.h. */
#include "pipeline/ingest/coding.h"

#include <zlib.h>

#define PIECE (256u << 10)

static void add_named(struct span value, bool transfer, struct coding_list *l)
{
    static const struct { const char *name; enum coding coding; } names[] = {
        { "gzip", CODING_GZIP }, { "x-gzip", CODING_GZIP }, { "deflate", CODING_DEFLATE }, { "chunked", CODING_CHUNKED },
    };
    struct span rest = value, one;
    while (span_cut(&rest, ',', &one)) {
        one = span_trim(one);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (span_isi(one, names[i].name) && (transfer || names[i].coding != CODING_CHUNKED) && l->n < MAX_CODINGS)
                l->v[l->n++] = names[i].coding;
    }
}

static void add_fields(const struct field *fields, const char *name, bool transfer, struct coding_list *out)
{
    for (const struct field *f = fields; f; f = f->next)
        if (span_isi(f->name, name))
            add_named(f->value, transfer, out);
}

void coding_list_from(const struct field *fields, struct coding_list *out)
{
    out->n = 0;
    add_fields(fields, "Content-Encoding", false, out);
    add_fields(fields, "Transfer-Encoding", true, out);
}

void coding_list_transfer(const struct field *fields, struct coding_list *out)
{
    out->n = 0;
    add_fields(fields, "Transfer-Encoding", true, out);
}

static int hex_digit(char c)
{
    c = ascii_lower(c);
    return ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The size line of a chunk; false if there is none here. */
static bool chunk_size(struct span *in, uint64_t *size)
{
    size_t i = 0;
    *size = 0;
    while (i < in->n && hex_digit(in->p[i]) >= 0) {
        if (i >= 15)
            return false;
        *size = *size << 4 | (uint64_t)hex_digit(in->p[i++]);
    }
    if (i == 0)
        return false;
    /* Extensions and blanks up to the line's end. */
    size_t eol = span_chr(*in, '\n', i);
    if (eol == in->n || eol - i > 1024)
        return false;
    for (size_t j = i; j < eol && in->p[j] != ';'; j++)
        if (!ascii_space(in->p[j]))
            return false;
    *in = span_from(*in, eol + 1);
    return true;
}

bool coding_dechunk(struct span in, struct buf *out)
{
    bool any = false;
    uint64_t size;
    while (chunk_size(&in, &size)) {
        any = true;
        if (size == 0)
            return true;
        struct span data = span_head(in, size > in.n ? in.n : (size_t)size);
        if (buf_span(out, data))
            return true;
        in = span_from(in, data.n);
        if (span_starts(in, "\r\n"))
            in = span_from(in, 2);
        else if (span_starts(in, "\n"))
            in = span_from(in, 1);
        else if (in.n)
            return false; /* the sizes lie: the bytes as they are say more */
    }
    return any && in.n == 0;
}

/* bits as of inflateInit2().  Several gzip members follow each other. */
static int inflate_with(int bits, struct span in, struct buf *out)
{
    z_stream z = { 0 };
    if (inflateInit2(&z, bits) != Z_OK)
        return -ERR_BUG;
    size_t before = out->n;
    int rc = 0, r = Z_OK;
    z.next_in = (unsigned char *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    while (r == Z_OK || r == Z_STREAM_END) {
        if (r == Z_STREAM_END && (z.avail_in < 18 || z.next_in[0] != 0x1F || inflateReset(&z) != Z_OK))
            break;
        size_t room = PIECE;
        if (out->max && out->n + room > out->max)
            room = out->max - out->n;
        if (room == 0) {
            out->over = true;
            rc = -ERR_TOO_BIG;
            break;
        }
        buf_reserve(out, room);
        z.next_out = (unsigned char *)out->p + out->n;
        z.avail_out = (uInt)room;
        r = inflate(&z, Z_NO_FLUSH);
        out->n += room - z.avail_out;
        if (r == Z_BUF_ERROR || (r == Z_OK && z.avail_in == 0 && z.avail_out))
            break;
    }
    inflateEnd(&z);
    if (rc == 0 && out->n == before && r != Z_STREAM_END)
        return -ERR_FORMAT;
    return rc;
}

int coding_undo(enum coding coding, struct span in, struct buf *out)
{
    if (in.n > UINT32_MAX)
        return -ERR_FORMAT;
    switch (coding) {
    case CODING_CHUNKED:
        if (!coding_dechunk(in, out))
            return -ERR_FORMAT;
        return out->over ? -ERR_TOO_BIG : 0;
    case CODING_GZIP:
        /* The header may say gzip where the crawler has decoded already. */
        return span_starts(in, "\x1f\x8b") ? inflate_with(15 + 16, in, out) : -ERR_FORMAT;
    case CODING_DEFLATE: {
        /* "deflate" is zlib by the standard and raw deflate by some servers. */
        int rc = inflate_with(15, in, out);
        if (rc == -ERR_FORMAT) {
            buf_reset(out);
            rc = inflate_with(-15, in, out);
        }
        return rc;
    }
    }
    return -ERR_BUG;
}
