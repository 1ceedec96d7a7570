/* partfile.c - see partfile.h. */
#include "core/partfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"

#define VERSION_MAX 1024

int partfile_open(struct partfile *p, const char *path, struct error *e)
{
    struct stat st;
    struct buf old = { 0 };
    *p = (struct partfile){ .path = xstrdup(path), .part = xasprintf("%s.part", path), .version = xasprintf("%s.part.version", path) };
    p->fd = open(p->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (p->fd < 0 || fstat(p->fd, &st) < 0) {
        error_errno(e, ERR_IO, p->part, "cannot write");
        partfile_close(p);
        return -ERR_IO;
    }
    p->n = (uint64_t)st.st_size;
    p->of = file_read(p->version, VERSION_MAX, &old, NULL) ? xstrdup("") : xmemdup0(old.p, old.n);
    buf_release(&old);
    return 0;
}

int partfile_hold(struct partfile *p, const char *version, struct error *e)
{
    if (*version && strcmp(p->of, version) == 0)
        return 0;
    p->n = 0;
    return ftruncate(p->fd, 0) < 0 ? error_errno(e, ERR_IO, p->part, "cannot write")
                                   : file_write(p->version, NULL, span_cstr(version), NULL, e);
}

int partfile_append(struct partfile *p, struct span bytes, struct error *e)
{
    while (bytes.n) {
        ssize_t put = pwrite(p->fd, bytes.p, bytes.n, (off_t)p->n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_errno(e, ERR_IO, p->part, "cannot write");
        bytes = span_from(bytes, (size_t)put);
        p->n += (uint64_t)put;
    }
    return 0;
}

int partfile_commit(struct partfile *p, struct error *e)
{
    if (fsync(p->fd) < 0 || rename(p->part, p->path) < 0)
        return error_errno(e, ERR_IO, p->path, "cannot write");
    unlink(p->version);
    return 0;
}

void partfile_close(struct partfile *p)
{
    if (p->fd >= 0) {
        close(p->fd);
        if (!p->n)
            unlink(p->part);
    }
    free(p->path);
    free(p->part);
    free(p->version);
    free(p->of);
    *p = (struct partfile){ .fd = -1 };
}
