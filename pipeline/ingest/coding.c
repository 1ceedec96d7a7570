/* coding.c - see coding.h. */
#include "pipeline/ingest/coding.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#define PIECE (256u << 10)

static void add_named(struct span value, bool transfer, struct coding_list *l)
{
    static const struct { const char *name; enum coding coding; } names[] = {
        { "gzip", CODING_GZIP }, { "x-gzip", CODING_GZIP }, { "deflate", CODING_DEFLATE }, { "chunked", CODING_CHUNKED },
        { "br", CODING_BROTLI }, { "zstd", CODING_ZSTD },
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

/* Blanks, a size in hexadecimal, blanks, and from ';' on an extension.  Sizes of 2^60 and more are none. */
static bool parse_size(struct span line, uint64_t *size)
{
    size_t digits = 0;
    line = span_trim(span_head(line, span_chr(line, ';', 0)));
    for (*size = 0; digits < line.n && hex_digit(line.p[digits]) >= 0; digits++) {
        if (*size >> 56)
            return false;
        *size = *size << 4 | (uint64_t)hex_digit(line.p[digits]);
    }
    return digits && digits == line.n;
}

#define MAX_SIZE_LINE 1024

/* The size line of a chunk; false if there is none here. */
static bool chunk_size(struct span *in, uint64_t *size)
{
    size_t eol = span_chr(*in, '\n', 0);
    if (eol == in->n || eol > MAX_SIZE_LINE || !parse_size(span_head(*in, eol), size))
        return false;
    *in = span_from(*in, eol + 1);
    return true;
}

/* The data breaks off inside a size line. */
static bool breaks_off(struct span in)
{
    uint64_t size;
    return in.n == 0 || (in.n <= MAX_SIZE_LINE && span_chr(in, '\n', 0) == in.n && (parse_size(in, &size) || span_is(in, "\r")));
}

/* What fits of s. */
static void put_head(struct buf *out, struct span s)
{
    size_t room = out->max && out->max < out->n + s.n ? out->max - out->n : s.n;
    buf_span(out, span_head(s, room));
    out->over |= room < s.n;
}

static int dechunk(struct span in, struct buf *out, bool *cut)
{
    bool any = false;
    uint64_t size;
    for (; chunk_size(&in, &size); any = true) {
        if (size == 0) /* trailers are of no use to us */
            return 0;
        struct span data = span_head(in, size > in.n ? in.n : (size_t)size);
        put_head(out, data);
        if (out->over)
            return -ERR_TOO_BIG;
        in = span_from(in, data.n);
        if (span_starts(in, "\r\n"))
            in = span_from(in, 2);
        else if (span_starts(in, "\n"))
            in = span_from(in, 1);
        else if (in.n && !span_is(in, "\r"))
            return -ERR_FORMAT; /* the sizes lie: the bytes as they are say more */
    }
    *cut = any && breaks_off(in);
    return *cut ? 0 : -ERR_FORMAT;
}

/* Room for the next piece behind out->n; 0 when the ceiling is reached, which sets `over`. */
static size_t piece_room(struct buf *out)
{
    size_t room = PIECE;
    if (out->max && out->n + room > out->max)
        room = out->max - out->n;
    if (room)
        buf_reserve(out, room);
    else
        out->over = true;
    return room;
}

/*
 * bits as of inflateInit2().  Several gzip members follow each other.  Raw deflate has neither magic nor checksum: any bytes
 * give some nonsense before they break, so where it breaks it does not hold.
 */
static int inflate_with(int bits, struct span in, struct buf *out, bool *cut)
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
        size_t room = piece_room(out);
        if (room == 0) {
            rc = -ERR_TOO_BIG;
            break;
        }
        z.next_out = (unsigned char *)out->p + out->n;
        z.avail_out = (uInt)room;
        r = inflate(&z, Z_NO_FLUSH);
        out->n += room - z.avail_out;
        if (r == Z_BUF_ERROR || (r == Z_OK && z.avail_in == 0 && z.avail_out))
            break;
    }
    bool rest = bits < 0 && z.avail_in > 2; /* some servers end with CRLF */
    inflateEnd(&z);
    if (rc || (r == Z_STREAM_END && !rest))
        return rc;
    *cut = true;
    return out->n == before || rest || (bits < 0 && r != Z_OK && r != Z_BUF_ERROR) ? -ERR_FORMAT : 0;
}

/*
 * Brotli has no magic and no checksum: bytes that are not Brotli at all, as where the crawler has decoded already, fail
 * somewhere behind a few bytes of nonsense, so an error anywhere means that the coding does not hold.
 */
static int unbrotli(struct span in, struct buf *out, bool *cut)
{
    BrotliDecoderState *d = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *next_in = (const uint8_t *)in.p;
    size_t left = in.n;
    BrotliDecoderResult r = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    int rc = d ? 0 : -ERR_BUG;
    while (rc == 0 && r == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t room = piece_room(out), free_room = room;
        uint8_t *next_out = (uint8_t *)out->p + out->n;
        if (room == 0)
            rc = -ERR_TOO_BIG;
        else
            r = BrotliDecoderDecompressStream(d, &left, &next_in, &free_room, &next_out, NULL);
        out->n += room - free_room;
    }
    BrotliDecoderDestroyInstance(d);
    *cut = r == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
    bool text = *cut && in.n && in.p[0] == '<'; /* a page that happens to begin like Brotli, rather than the reverse */
    return rc ? rc : r == BROTLI_DECODER_RESULT_ERROR || text ? -ERR_FORMAT : 0;
}

#define ZSTD_HTTP_WINDOW_LOG 23 /* RFC 9659: a window of 8 MB at most */

static int unzstd(struct span in, struct buf *out, bool *cut)
{
    ZSTD_DCtx *d = ZSTD_createDCtx();
    ZSTD_inBuffer from = { in.p, in.n, 0 };
    int rc = d ? 0 : -ERR_BUG;
    size_t r = 1, before = out->n;
    if (d)
        ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, ZSTD_HTTP_WINDOW_LOG);
    while (rc == 0 && !ZSTD_isError(r) && (r != 0 || from.pos < from.size)) {
        ZSTD_outBuffer to = { NULL, piece_room(out), 0 };
        to.dst = out->p + out->n;
        size_t had = from.pos;
        if (to.size == 0)
            rc = -ERR_TOO_BIG;
        else
            r = ZSTD_decompressStream(d, &to, &from);
        out->n += to.pos;
        if (to.pos < to.size && from.pos == had)
            break; /* it breaks off */
    }
    *cut = r != 0;
    ZSTD_freeDCtx(d);
    return rc ? rc : ZSTD_isError(r) && out->n == before ? -ERR_FORMAT : 0;
}

int coding_undo(enum coding coding, struct span in, struct buf *out, bool *cut)
{
    *cut = false;
    if (in.n > UINT32_MAX)
        return -ERR_FORMAT;
    switch (coding) {
    case CODING_CHUNKED: return dechunk(in, out, cut);
    case CODING_GZIP:
        /* The header may say gzip where the crawler has decoded already. */
        return span_starts(in, "\x1f\x8b") ? inflate_with(15 + 16, in, out, cut) : -ERR_FORMAT;
    case CODING_DEFLATE: {
        /* "deflate" is zlib by the standard and raw deflate by some servers. */
        int rc = inflate_with(15, in, out, cut);
        if (rc == -ERR_FORMAT) {
            buf_reset(out);
            *cut = false;
            rc = inflate_with(-15, in, out, cut);
        }
        return rc;
    }
    case CODING_BROTLI: return unbrotli(in, out, cut);
    case CODING_ZSTD: return span_starts(in, "\x28\xb5\x2f\xfd") ? unzstd(in, out, cut) : -ERR_FORMAT;
    }
    return -ERR_BUG;
}
