/*
 * unpack_zstd.c - zstd frames; see unpack.h.  ".warc.zst" is the IIPC's specification ("Zstandard-compressed WARC files", 2021):
 * a frame a record, and perhaps a dictionary in a skippable frame that opens the file.
 */
#include "pipeline/ingest/unpack_zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

/* A frame's window, as most tools that read zstd take it (zstd --long=27). */
#define WINDOW_LOG 27
/* A block inflates to 128 KiB at most (RFC 8878 3.1.1.2.4), and nothing comes out before the first is whole. */
#define PROBE (160u << 10)
#define BLOCK_HEADER 3
#define SKIPPABLE_HEADER 8
#define DICTIONARY_MAGIC 0x184D2A5Du
#define MAX_DICTIONARY (64u << 20)

static uint32_t le32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static ZSTD_DCtx *context(const struct member *m)
{
    ZSTD_DCtx *d = m->zstd;
    ZSTD_DCtx_reset(d, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG);
    ZSTD_DCtx_refDDict(d, m->dictionary);
    return d;
}

static int whole(struct member *m, struct error *e)
{
    struct span in;
    size_t stored = 0;
    for (size_t want = WHOLE_STORED_FIRST; !stored && want <= WHOLE_STORED_MAX; want *= 4) {
        int rc = window_get(m->w, m->offset, want, &in, e);
        if (rc)
            return rc;
        stored = ZSTD_findFrameCompressedSize(in.p, in.n);
        if (ZSTD_isError(stored)) {
            if (in.n < want)
                return 0;
            stored = 0;
        }
    }
    unsigned long long size = stored ? ZSTD_getFrameContentSize(in.p, in.n) : ZSTD_CONTENTSIZE_ERROR;
    if (!stored || size == ZSTD_CONTENTSIZE_ERROR || (size != ZSTD_CONTENTSIZE_UNKNOWN && size > WHOLE_INFLATED_MAX))
        return 0;
    size_t room = size != ZSTD_CONTENTSIZE_UNKNOWN ? (size_t)size : WHOLE_INFLATED_FIRST, made;
    for (;; room *= 4) {
        buf_reserve(&m->bytes, room + 1);
        made = ZSTD_decompressDCtx(context(m), m->bytes.p, room, in.p, stored);
        if (ZSTD_getErrorCode(made) != ZSTD_error_dstSize_tooSmall || room >= WHOLE_INFLATED_MAX)
            break;
    }
    if (ZSTD_isError(made))
        return 0;
    m->bytes.n = made;
    m->stored_end = m->offset + stored;
    m->state = MEMBER_WHOLE;
    return 1;
}

static int begin(struct member *m, struct error *e)
{
    context(m);
    return 0;
}

static void end(struct member *m)
{
}

/* Bytes of the frame's header (RFC 8878 3.1.1.1), and whether a checksum ends the frame. */
static size_t header_size(struct span s, bool *checksum)
{
    static const unsigned char id_bytes[] = { 0, 1, 2, 4 }, size_bytes[] = { 0, 2, 4, 8 };
    unsigned char flags = (unsigned char)s.p[4];
    bool single = flags >> 5 & 1;
    *checksum = flags >> 2 & 1;
    return 5 + !single + id_bytes[flags & 3] + (flags >> 6 ? size_bytes[flags >> 6] : single);
}

/* From block header to block header, without inflating. */
static int extent(struct member *m, uint64_t *stored_end, struct error *e)
{
    struct span s;
    bool checksum, last = false;
    *stored_end = m->offset;
    int rc = window_get(m->w, m->offset, 5, &s, e);
    if (rc || s.n < 5)
        return rc;
    uint64_t at = m->offset + header_size(s, &checksum);
    while (!last) {
        rc = window_get(m->w, at, BLOCK_HEADER, &s, e);
        if (rc || s.n < BLOCK_HEADER)
            return rc;
        const unsigned char *p = (const unsigned char *)s.p;
        uint32_t header = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
        unsigned type = header >> 1 & 3;
        if (type == 3) /* reserved */
            return 0;
        last = header & 1;
        at += BLOCK_HEADER + (type == 1 ? 1 : header >> 3); /* a run has one byte */
        *stored_end = at;
    }
    *stored_end = at + (checksum ? 4 : 0);
    return 0;
}

static int fault(struct member *m, ZSTD_ErrorCode code, struct error *e)
{
    const char *what = "zstd frame cannot be inflated";
    bool checksum = code == ZSTD_error_checksum_wrong; /* everything before it held */
    if (checksum)
        what = "zstd frame fails its checksum";
    else if (code == ZSTD_error_dictionary_wrong)
        what = "zstd frame needs another dictionary than the file begins with";
    else if (code == ZSTD_error_frameParameter_windowTooLarge)
        what = "zstd frame needs a window of more than 128 MiB";
    struct member last = *m;
    last.offset = m->joint ? m->joint_offset : m->offset;
    member_bad(m, what, checksum);
    return checksum ? extent(&last, &m->stored_end, e) : 0;
}

static int piece(struct member *m, struct span in, struct error *e)
{
    ZSTD_inBuffer from = { in.p, in.n, 0 };
    ZSTD_outBuffer to = { m->bytes.p + m->bytes.n, m->bytes.cap - m->bytes.n, 0 };
    size_t r = ZSTD_decompressStream(m->zstd, &to, &from);
    m->bytes.n += to.pos;
    m->stored_end += from.pos;
    if (ZSTD_isError(r))
        return fault(m, ZSTD_getErrorCode(r), e);
    if (r == 0)
        m->state = MEMBER_WHOLE;
    return 0;
}

static size_t probe(const struct member *m, struct span in, char *out, size_t n)
{
    ZSTD_inBuffer from = { in.p, in.n < PROBE ? in.n : PROBE, 0 };
    ZSTD_outBuffer to = { out, n, 0 };
    ZSTD_DCtx *d = context(m);
    size_t r = 1, had;
    do {
        had = from.pos;
        r = ZSTD_decompressStream(d, &to, &from);
    } while (!ZSTD_isError(r) && r && to.pos == 0 && from.pos > had);
    ZSTD_DCtx_reset(d, ZSTD_reset_session_only);
    return to.pos;
}

static uint64_t skippable(struct span in)
{
    if (in.n < SKIPPABLE_HEADER || (le32(in.p) & 0xFFFFFFF0u) != 0x184D2A50u)
        return 0;
    return SKIPPABLE_HEADER + (uint64_t)le32(in.p + 4);
}

const struct unpacker zstd_unpacker = {
    .magic = "\x28\xb5\x2f\xfd", .magic_n = 4, .probe_bytes = PROBE, .cut = "zstd frame is cut off by the end of the file",
    .whole = whole, .begin = begin, .piece = piece, .extent = extent, .probe = probe, .end = end, .skippable = skippable,
};

/* The dictionary's bytes may be a zstd frame themselves. */
static struct ZSTD_DDict_s *make_dictionary(struct span s)
{
    if (!unpack_magic(&zstd_unpacker, s))
        return ZSTD_createDDict(s.p, s.n);
    struct buf b = BUF_MAX(MAX_DICTIONARY + 1);
    unsigned long long size = ZSTD_getFrameContentSize(s.p, s.n);
    size_t room = size < MAX_DICTIONARY ? (size_t)size : MAX_DICTIONARY, made = 0;
    if (buf_reserve(&b, room + 1) == 0)
        made = ZSTD_decompress(b.p, room, s.p, s.n);
    struct ZSTD_DDict_s *d = made && !ZSTD_isError(made) ? ZSTD_createDDict(b.p, made) : NULL;
    buf_release(&b);
    return d;
}

int zstd_read_dictionary(struct window *w, struct ZSTD_DDict_s **out, struct error *e)
{
    struct span s;
    *out = NULL;
    int rc = window_get(w, 0, SKIPPABLE_HEADER, &s, e);
    if (rc || s.n < SKIPPABLE_HEADER || le32(s.p) != DICTIONARY_MAGIC || le32(s.p + 4) > MAX_DICTIONARY)
        return rc;
    size_t size = le32(s.p + 4);
    rc = window_get(w, SKIPPABLE_HEADER, size, &s, e);
    if (rc == 0 && s.n >= size)
        *out = make_dictionary(span_head(s, size));
    return rc;
}
