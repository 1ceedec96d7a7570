/*
 * fuzz.h - what fuzz targets share: a target asserts laws by expect(), and gives bytes to code that wants a
 * path by fuzz_file().
 */
#ifndef SLUICE_FUZZ_H
#define SLUICE_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A law that does not hold is a find, as a crash is. */
static inline void expect(bool holds)
{
    if (!holds)
        abort();
}

/* Read every byte, so that a sanitizer sees a span that lies outside. */
static inline void touch(struct span s)
{
    static volatile uint8_t sink;
    for (size_t i = 0; i < s.n; i++)
        sink = (uint8_t)(sink + (uint8_t)s.p[i]);
}

/* Does `part` lie within `whole`?  An absent span does. */
static inline bool within(struct span part, struct span whole)
{
    return !part.p || (part.p >= whole.p && part.n <= whole.n && part.p - whole.p <= (ptrdiff_t)(whole.n - part.n));
}

/* The bytes as a file in memory: its path, and the descriptor to close. */
struct fuzz_path {
    char s[32];
};
static inline int fuzz_file(struct span bytes, struct fuzz_path *path)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    expect(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    snprintf(path->s, sizeof path->s, "/proc/self/fd/%d", fd);
    return fd;
}

/* The bytes as a file on disk; not flushed, so a target may write many. */
static inline void fuzz_put(const char *path, struct span bytes)
{
    FILE *f = fopen(path, "wb");
    expect(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
    fclose(f);
}

#endif
