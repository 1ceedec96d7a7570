/* files.c - whole files, folders and where set-up put its data; declared in infile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"

#ifndef SLUICE_PREFIX
#define SLUICE_PREFIX "/usr/local"
#endif

int file_read(const char *path, size_t max, struct buf *out, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno == ENOENT ? ERR_MISSING : ERR_INPUT, path, "cannot open");
    int rc = 0;
    for (;;) {
        buf_reserve(out, (64u << 10) + 1);
        ssize_t n = out->over ? 0 : read(fd, out->p + out->n, out->cap - out->n - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = error_errno(e, ERR_INPUT, path, "cannot read");
        if (n <= 0)
            break;
        out->n += (size_t)n;
        if (out->n > max) {
            rc = error_set(e, ERR_TOO_BIG, path, "is larger than %zu bytes", max);
            break;
        }
    }
    if (rc == 0)
        out->p[out->n] = 0;
    close(fd);
    return rc;
}

int file_map(const char *path, struct span *out, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return error_errno(e, errno == ENOENT ? ERR_MISSING : ERR_INPUT, path, "cannot open");
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return error_set(e, ERR_INPUT, path, "is not a regular file");
    }
    *out = span_of("", 0);
    if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED) {
            int rc = error_errno(e, ERR_INPUT, path, "cannot map");
            close(fd);
            return rc;
        }
        *out = span_of(p, (size_t)st.st_size);
    }
    close(fd);
    return 0;
}

void file_unmap(struct span s)
{
    if (s.n)
        munmap((void *)(uintptr_t)s.p, s.n);
}

int file_sha256(const char *path, char hex[65], uint64_t *bytes, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno == ENOENT ? ERR_MISSING : ERR_INPUT, path, "cannot open");
    struct sha256 *h = sha256_new();
    size_t window = 1u << 20;
    char *p = xmalloc(window);
    uint64_t total = 0;
    ssize_t n;
    while ((n = read(fd, p, window)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0)
            continue;
        sha256_add(h, p, (size_t)n);
        total += (uint64_t)n;
    }
    int rc = n < 0 ? error_errno(e, ERR_INPUT, path, "cannot read") : 0;
    uint8_t d[SHA256_BYTES];
    sha256_take(h, d);
    hex_put(d, sizeof d, hex);
    if (bytes)
        *bytes = total;
    sha256_free(h);
    free(p);
    close(fd);
    return rc;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int dir_make(const char *path, struct error *e)
{
    char *p = xstrdup(path);
    int rc = 0;
    for (char *q = p + 1; rc == 0; q++) {
        if (*q != '/' && *q != 0)
            continue;
        char c = *q;
        *q = 0;
        if (mkdir(p, 0777) < 0 && errno != EEXIST)
            rc = error_errno(e, ERR_IO, p, "cannot make the folder");
        *q = c;
        if (!c)
            break;
    }
    struct stat st;
    if (rc == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
        rc = error_set(e, ERR_IO, path, "is not a folder");
    free(p);
    return rc;
}

/* dir/sub/name if it exists; else NULL. */
static char *there(const char *dir, const char *sub, const char *name)
{
    char *p = xasprintf("%s/%s%s", dir, sub, name);
    if (file_exists(p))
        return p;
    free(p);
    return NULL;
}

int data_find(const char *name, char **path, struct error *e)
{
    *path = NULL;
    if (strchr(name, '/') || file_exists(name)) {
        *path = xstrdup(name);
        return file_exists(name) ? 0 : error_set(e, ERR_MISSING, name, "no such file");
    }
    const char *env = getenv("SLUICE_DATA");
    if (env && (*path = there(env, "", name)))
        return 0;
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n > 0) {
        exe[n] = 0;
        char *slash = strrchr(exe, '/');
        if (slash)
            *slash = 0;
        /* A test or tool in build/ finds the checkout's files two to four folders up; an installed program its own, wherever
           the whole was moved to. */
        static const char *const subs[] = { "models/", "configs/", "../share/sluice/", "../models/", "../configs/", "../../models/",
                                            "../../configs/", "../../../models/", "../../../configs/", "../../../../models/",
                                            "../../../../configs/" };
        for (size_t i = 0; i < sizeof subs / sizeof *subs; i++)
            if ((*path = there(exe, subs[i], name)))
                return 0;
    }
    if ((*path = there(SLUICE_PREFIX, "share/sluice/", name)))
        return 0;
    return error_set(e, ERR_MISSING, name, "not found; run scripts/setup, or set SLUICE_DATA to the folder that has it");
}
