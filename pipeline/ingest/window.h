/*
 * window.h - a file seen through a window of memory that moves.
 */
#ifndef SLUICE_WINDOW_H
#define SLUICE_WINDOW_H

#include "core/error.h"
#include "core/span.h"

/* What a pipe keeps behind the place that was last asked for, at most: twice the largest block that readers keep. */
#define WINDOW_KEEP ((uint64_t)128 << 20)

struct window {
    int fd;
    char *name;
    bool seekable;
    uint64_t size;   /* of the file; UINT64_MAX for a pipe until its end was seen */
    char *p;
    size_t n, cap;   /* bytes [base, base + n) are in memory */
    uint64_t base;
    uint64_t floor;  /* pipe: bytes from here on are kept, see window_keep() */
};

/* path "-" is standard input.  Errors: -ERR_INPUT. */
int window_open(struct window *w, const char *path, struct error *e) MUST_USE;
void window_close(struct window *w);

/*
 * window_get() - bytes from `offset` on: at least `want` of them, fewer only where the file ends;
 * valid until the next call.  A pipe goes back to what window_keep() named, if that is no more than
 * WINDOW_KEEP behind.  Errors: -ERR_INPUT (the file cannot be read, or so far back).
 */
int window_get(struct window *w, uint64_t offset, size_t want, struct span *out, struct error *e) MUST_USE;

/* What lies before `offset` will not be asked for again. */
void window_keep(struct window *w, uint64_t offset);

#endif
