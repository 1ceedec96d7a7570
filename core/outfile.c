/* outfile.c - see outfile.h. */
#include "core/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "core/alloc.h"
#include "core/hash.h"

#define WINDOW (256u << 10)

struct outfile {
    int fd;
    char *path, *tmp;
    bool flush; /* it belongs to no run */
    struct sha256 *sha;
    uint64_t stored;
    ZSTD_CCtx *z;
    unsigned char *out; /* stored bytes not yet written */
    size_t out_n;
};

int outfile_open(struct outfile **out, const char *path, const char *tmp_dir, int level, struct error *e)
{
    static unsigned serial;
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    int dir_n = tmp_dir ? 0 : (int)(base - path);
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    struct outfile *f = xcalloc(1, sizeof *f);
    f->path = xstrdup(path);
    f->flush = !tmp_dir;
    f->tmp = xasprintf("%.*s%s%s.%s.%s.%ld.%u.tmp", dir_n, path, tmp_dir ? tmp_dir : "", tmp_dir ? "/" : "", base,
                       host, (long)getpid(), __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
    f->fd = open(f->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (f->fd < 0) {
        int rc = error_errno(e, ERR_IO, f->tmp, "cannot create; is the folder there, writable and not full?");
        free(f->path);
        free(f->tmp);
        free(f);
        return rc;
    }
    f->sha = sha256_new();
    f->out = xmalloc(WINDOW);
    if (level) {
        f->z = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(f->z, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(f->z, ZSTD_c_checksumFlag, 1);
    }
    *out = f;
    return 0;
}

static int drain(struct outfile *f, struct error *e)
{
    sha256_add(f->sha, f->out, f->out_n);
    for (size_t at = 0; at < f->out_n;) {
        ssize_t n = write(f->fd, f->out + at, f->out_n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, ERR_IO, f->path, "cannot write; free some space and run again");
        at += (size_t)n;
    }
    f->stored += f->out_n;
    f->out_n = 0;
    return 0;
}

static int zstd_failed(const struct outfile *f, size_t code, struct error *e)
{
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
        out_of_memory();
    return error_set(e, ERR_BUG, f->path, "zstd: %s", ZSTD_getErrorName(code));
}

static int compress(struct outfile *f, const void *p, size_t n, ZSTD_EndDirective how, struct error *e)
{
    ZSTD_inBuffer in = { p, n, 0 };
    for (;;) {
        ZSTD_outBuffer to = { f->out, WINDOW, f->out_n };
        size_t left = ZSTD_compressStream2(f->z, &to, &in, how);
        if (ZSTD_isError(left))
            return zstd_failed(f, left, e);
        f->out_n = to.pos;
        bool done = how == ZSTD_e_end ? left == 0 : in.pos == in.size;
        if (f->out_n == WINDOW || (how == ZSTD_e_end && !done)) {
            int rc = drain(f, e);
            if (rc)
                return rc;
        }
        if (done)
            return 0;
    }
}

int outfile_write(struct outfile *f, const void *p, size_t n, struct error *e)
{
    if (f->z)
        return compress(f, p, n, ZSTD_e_continue, e);
    for (const unsigned char *q = p; n;) {
        size_t room = WINDOW - f->out_n, take = n < room ? n : room;
        memcpy(f->out + f->out_n, q, take);
        f->out_n += take;
        q += take;
        n -= take;
        if (f->out_n == WINDOW) {
            int rc = drain(f, e);
            if (rc)
                return rc;
        }
    }
    return 0;
}

uint64_t outfile_offset(const struct outfile *f)
{
    return f->stored + f->out_n;
}

static void dispose(struct outfile *f)
{
    if (f->fd >= 0)
        close(f->fd);
    ZSTD_freeCCtx(f->z);
    sha256_free(f->sha);
    free(f->out);
    free(f->path);
    free(f->tmp);
    free(f);
}

void outfile_abandon(struct outfile *f)
{
    if (!f)
        return;
    unlink(f->tmp);
    dispose(f);
}

int outfile_commit(struct outfile *f, struct outfile_done *done, struct error *e)
{
    int rc = f->z ? compress(f, NULL, 0, ZSTD_e_end, e) : 0;
    if (rc == 0)
        rc = drain(f, e);
    if (rc == 0 && f->flush && fsync(f->fd) < 0 && errno != EINVAL)
        rc = error_errno(e, ERR_IO, f->path, "cannot flush; free some space and run again");
    if (close(f->fd) < 0 && rc == 0 && errno != EINTR) /* where a network's file system tells of a full disk */
        rc = error_errno(e, ERR_IO, f->path, "cannot write; free some space and run again");
    f->fd = -1;
    if (rc == 0 && rename(f->tmp, f->path) < 0)
        rc = error_errno(e, ERR_IO, f->path, "cannot rename the finished file into place");
    if (rc) {
        outfile_abandon(f);
        return rc;
    }
    if (done) {
        uint8_t d[SHA256_BYTES];
        sha256_take(f->sha, d);
        hex_put(d, sizeof d, done->sha256);
        done->bytes = f->stored;
    }
    dispose(f);
    return 0;
}

int disk_flush(const char *path, struct error *e)
{
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) < 0)
        rc = error_errno(e, ERR_IO, path, "cannot flush to the disk; free some space and run again");
    if (fd >= 0)
        close(fd);
    return rc;
}

int file_write(const char *path, const char *tmp_dir, struct span bytes, struct outfile_done *done, struct error *e)
{
    struct outfile *f;
    int rc = outfile_open(&f, path, tmp_dir, 0, e);
    if (rc)
        return rc;
    rc = outfile_write(f, bytes.p, bytes.n, e);
    if (rc) {
        outfile_abandon(f);
        return rc;
    }
    return outfile_commit(f, done, e);
}

int stdout_write(const void *p, size_t n, struct error *e)
{
    if (n && fwrite(p, 1, n, stdout) != n)
        return error_errno(e, ERR_IO, "(standard output)", "cannot write");
    return 0;
}

int stdout_flush(struct error *e)
{
    if (fflush(stdout) != 0)
        return error_errno(e, ERR_IO, "(standard output)", "cannot write");
    return 0;
}
