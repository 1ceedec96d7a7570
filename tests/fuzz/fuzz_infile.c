/*
 * fuzz_infile.c - any bytes as a file of lines, plain, gzip or zstd: its lines with their ends are its bytes, and none is
 * longer than asked for.
 */
#include "tests/fuzz/fuzz.h"

#include "core/infile.h"

#define MOST (1u << 20) /* inflated bytes looked at */

/* Returns what the end was: 0 or an error. */
static int whole(const char *path, struct buf *out)
{
    struct infile *f;
    struct error e;
    size_t got = 1;
    expect(infile_open(&f, path, &e) == 0);
    int rc = 0;
    while (rc == 0 && got && out->n < MOST) {
        buf_reserve(out, 777);
        rc = infile_read(f, out->p + out->n, 777, &got, &e);
        if (rc == 0)
            out->n += got;
    }
    infile_close(f);
    return rc;
}

static void lines(const char *path, const struct buf *all, int end)
{
    struct infile *f;
    struct error e;
    struct span line;
    uint64_t at = 0, offset;
    int rc;
    expect(infile_open(&f, path, &e) == 0);
    while ((rc = infile_line(f, MOST, &line, &offset, &e)) > 0) {
        expect(offset == at && at + line.n <= all->n);
        expect(span_eq(line, span_of(all->p + at, line.n)) && span_chr(line, '\n', 0) == line.n);
        at += line.n;
        expect(at == all->n || all->p[at] == '\n');
        at += at < all->n;
    }
    expect(rc == end && (rc || at == all->n));
    infile_close(f);
}

/* Lines past the bound are named and passed over; the others still come. */
static void short_lines(const char *path)
{
    struct infile *f;
    struct error e;
    struct span line;
    uint64_t offset, last = 0;
    int rc;
    expect(infile_open(&f, path, &e) == 0);
    for (bool first = true; (rc = infile_line(f, 10, &line, &offset, &e)) > 0 || rc == -ERR_TOO_BIG; first = false) {
        expect(rc < 0 || line.n <= 10);
        expect(first || offset > last);
        last = offset;
    }
    infile_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_path path;
    struct buf all = { 0 };
    int fd = fuzz_file(span_of((const char *)data, size), &path);
    int end = whole(path.s, &all);
    if (all.n < MOST) {
        lines(path.s, &all, end);
        short_lines(path.s);
    }
    buf_release(&all);
    close(fd);
    return 0;
}
