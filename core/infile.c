/* infile.c - see infile.h. */
#include "core/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "core/alloc.h"

#define WINDOW (256u << 10)
#define LINE_KEEP (4u << 20)

enum coding { CODING_PLAIN, CODING_GZIP, CODING_ZSTD };

struct infile {
    int fd;
    char *name;
    enum coding coding;
    bool eof;       /* of the stored bytes */
    bool mid_frame; /* inside a gzip member or zstd frame */
    uint64_t stored_off, out_off;
    unsigned char *in;
    size_t in_pos, in_n;
    z_stream z;
    ZSTD_DStream *zd;
    struct buf line; /* inflated bytes not yet handed out as lines */
    size_t line_pos;
};

static int fill(struct infile *f, struct error *e)
{
    if (f->in_pos < f->in_n || f->eof)
        return 0;
    ssize_t n;
    do
        n = read(f->fd, f->in, WINDOW);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_errno(e, ERR_INPUT, f->name, "cannot read");
    f->eof = n == 0;
    f->in_pos = 0;
    f->in_n = (size_t)n;
    f->stored_off += (size_t)n;
    return 0;
}

static int detect(struct infile *f, struct error *e)
{
    /* Four bytes decide; a pipe may give them one at a time. */
    while (f->in_n < 4 && !f->eof) {
        ssize_t n = read(f->fd, f->in + f->in_n, WINDOW - f->in_n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, ERR_INPUT, f->name, "cannot read");
        f->eof = n == 0;
        f->in_n += (size_t)n;
    }
    f->stored_off = f->in_n;
    static const unsigned char zstd_magic[] = { 0x28, 0xB5, 0x2F, 0xFD };
    bool skippable = f->in_n >= 4 && (f->in[0] & 0xF0) == 0x50 && f->in[1] == 0x2A && f->in[2] == 0x4D && f->in[3] == 0x18;
    if (f->in_n >= 2 && f->in[0] == 0x1F && f->in[1] == 0x8B) {
        f->coding = CODING_GZIP;
        if (inflateInit2(&f->z, 15 + 16) != Z_OK)
            return error_set(e, ERR_BUG, f->name, "zlib does not start");
    } else if (skippable || (f->in_n >= 4 && memcmp(f->in, zstd_magic, 4) == 0)) {
        f->coding = CODING_ZSTD;
        f->zd = ZSTD_createDStream();
        ZSTD_DCtx_setParameter(f->zd, ZSTD_d_windowLogMax, 27);
    }
    return 0;
}

int infile_open(struct infile **out, const char *path, struct error *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? 0 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, ERR_INPUT, path, "cannot open");
    struct infile *f = xcalloc(1, sizeof *f);
    f->fd = fd;
    f->name = xstrdup(standard ? "(standard input)" : path);
    f->in = xmalloc(WINDOW);
    int rc = detect(f, e);
    if (rc) {
        infile_close(f);
        return rc;
    }
    *out = f;
    return 0;
}

void infile_close(struct infile *f)
{
    if (!f)
        return;
    if (f->coding == CODING_GZIP)
        inflateEnd(&f->z);
    ZSTD_freeDStream(f->zd);
    if (f->fd > 0)
        close(f->fd);
    buf_release(&f->line);
    free(f->in);
    free(f->name);
    free(f);
}

static int damaged(struct infile *f, const char *what, struct error *e)
{
    return error_at(e, ERR_DAMAGE, f->name, f->stored_off - (f->in_n - f->in_pos), "%s", what);
}

static int read_gzip(struct infile *f, void *p, size_t n, size_t *got, struct error *e)
{
    f->z.next_in = f->in + f->in_pos;
    f->z.avail_in = (uInt)(f->in_n - f->in_pos);
    f->z.next_out = p;
    f->z.avail_out = (uInt)n;
    int r = inflate(&f->z, Z_NO_FLUSH);
    *got = n - f->z.avail_out;
    f->in_pos = f->in_n - f->z.avail_in;
    f->mid_frame = true;
    if (r == Z_STREAM_END) {
        f->mid_frame = false;
        inflateReset(&f->z);
    } else if (r != Z_OK && r != Z_BUF_ERROR) {
        return damaged(f, "gzip data is damaged; fetch the file again", e);
    }
    return 0;
}

static int read_zstd(struct infile *f, void *p, size_t n, size_t *got, struct error *e)
{
    ZSTD_inBuffer in = { f->in, f->in_n, f->in_pos };
    ZSTD_outBuffer to = { p, n, 0 };
    size_t r = ZSTD_decompressStream(f->zd, &to, &in);
    if (ZSTD_isError(r))
        return damaged(f, "zstd data is damaged; fetch the file again", e);
    *got = to.pos;
    f->in_pos = in.pos;
    f->mid_frame = r != 0;
    return 0;
}

int infile_read(struct infile *f, void *p, size_t n, size_t *got, struct error *e)
{
    *got = 0;
    if (n > 1u << 30)
        n = 1u << 30;
    while (*got == 0 && n) {
        int rc = fill(f, e);
        if (rc)
            return rc;
        size_t have = f->in_n - f->in_pos;
        if (f->coding == CODING_PLAIN) {
            if (!have)
                return 0;
            *got = have < n ? have : n;
            memcpy(p, f->in + f->in_pos, *got);
            f->in_pos += *got;
            break;
        }
        if (!have && !f->mid_frame)
            return 0;
        rc = f->coding == CODING_GZIP ? read_gzip(f, p, n, got, e) : read_zstd(f, p, n, got, e);
        if (rc)
            return rc;
        if (!have && *got == 0 && f->mid_frame)
            return damaged(f, "ends in the middle of compressed data; fetch the file again", e);
    }
    f->out_off += *got;
    return 0;
}

/* Make room, then read more behind f->line.  *got = 0 at the end. */
static int more_line(struct infile *f, size_t *got, struct error *e)
{
    if (f->line_pos) {
        memmove(f->line.p, f->line.p + f->line_pos, f->line.n - f->line_pos);
        f->line.n -= f->line_pos;
        f->line_pos = 0;
    }
    if (f->line.cap > LINE_KEEP && f->line.n + WINDOW <= LINE_KEEP) { /* one giant line must not stay in memory */
        f->line.p = xrealloc(f->line.p, LINE_KEEP);
        f->line.cap = LINE_KEEP;
    }
    buf_reserve(&f->line, WINDOW);
    int rc = infile_read(f, f->line.p + f->line.n, f->line.cap - f->line.n, got, e);
    if (rc == 0)
        f->line.n += *got;
    return rc;
}

int infile_line(struct infile *f, size_t max, struct span *line, uint64_t *offset, struct error *e)
{
    size_t searched = 0, got;
    uint64_t at = f->out_off - (f->line.n - f->line_pos);
    bool skipping = false;
    if (offset)
        *offset = at;
    for (;;) {
        struct span have = span_of(f->line.p + f->line_pos, f->line.n - f->line_pos);
        size_t i = span_chr(have, '\n', searched);
        if (i < have.n) {
            f->line_pos += i + 1;
            *line = span_head(have, i);
            if (skipping || i > max)
                return error_at(e, ERR_TOO_BIG, f->name, at, "line is longer than %zu bytes; it is skipped", max);
            return 1;
        }
        searched = have.n;
        if (have.n > max) {
            skipping = true;
            f->line_pos = f->line.n;
            searched = 0;
        }
        int rc = more_line(f, &got, e);
        if (rc)
            return rc;
        if (got == 0)
            break;
    }
    *line = span_of(f->line.p + f->line_pos, f->line.n - f->line_pos);
    f->line_pos = f->line.n;
    if (skipping || line->n > max)
        return error_at(e, ERR_TOO_BIG, f->name, at, "line is longer than %zu bytes; it is skipped", max);
    return line->n ? 1 : 0;
}

const char *infile_name(const struct infile *f)
{
    return f->name;
}
