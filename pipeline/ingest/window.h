/*
 * window.h - a file seen through a window of memory that moves.
 */
#ifndef SLUICE_WINDOW_H
#define SLUICE_WINDOW_H

#include "core/error.h"
#include "core/span.h"

struct remote;
struct sha256;

/* What a pipe keeps behind the place that was last asked for, at most: twice the largest block that readers keep. */
#define WINDOW_KEEP ((uint64_t)128 << 20)

struct window {
    int fd;
    struct remote *remote; /* instead of fd, or NULL */
    struct sha256 *hash;   /* of the bytes up to `hashed`, or NULL */
    uint64_t hashed;
    char *name;
    bool seekable;
    uint64_t size;   /* of the file; UINT64_MAX for a pipe until its end was seen */
    char *p;
    size_t n, cap;   /* bytes [base, base + n) are in memory */
    uint64_t base;
    uint64_t floor;  /* pipe: bytes from here on are kept, see window_keep() */
};

/*
 * path "-" is standard input; http://, https:// and s3:// are read from there (remote.h).  `version`: what a remote file must be, or
 * NULL.  Errors: -ERR_INPUT; remote: -ERR_AGAIN, -ERR_USAGE, from here and from window_get().
 */
int window_open(struct window *w, const char *path, const char *version, struct error *e) MUST_USE;
void window_close(struct window *w);

/*
 * window_get() - bytes from `offset` on: at least `want` of them, fewer only where the file ends;
 * valid until the next call.  A pipe goes back to what window_keep() named, if that is no more than
 * WINDOW_KEEP behind.  Errors: -ERR_INPUT (the file cannot be read, or so far back).
 */
int window_get(struct window *w, uint64_t offset, size_t want, struct span *out, struct error *e) MUST_USE;

/*
 * From the first byte on, everything that is read is hashed once; nothing is skipped from then on.  window_digest() reads what
 * is left of the file and gives its SHA-256 and size.
 */
void window_hash(struct window *w);
int window_digest(struct window *w, char hex[65], uint64_t *bytes, struct error *e) MUST_USE;

/* What lies before `offset` will not be asked for again. */
void window_keep(struct window *w, uint64_t offset);

#endif
