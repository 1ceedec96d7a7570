/*
 * alloc.h - memory that we size ourselves.
 *
 * These end the process by SIGABRT when memory is out: a batch job cannot go on.  Sizes that the
 * *input* controls go through a ceiling instead (core/buf.h, core/arena.h).
 */
#ifndef SLUICE_ALLOC_H
#define SLUICE_ALLOC_H

#include <stddef.h>

void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *xrealloc(void *p, size_t n) __attribute__((returns_nonnull));
/* n * size, checked for overflow. */
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull));
char *xmemdup0(const char *p, size_t n) __attribute__((returns_nonnull)); /* NUL-terminated copy */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* The same end, for a library that says it could not allocate. */
void out_of_memory(void) __attribute__((noreturn));

/* Before the process ends for want of memory *flag becomes 1, and nothing is said: whoever reads the flag says it. */
void alloc_tell(int *flag);

/*
 * GROW() - make room for one more element behind `n` used ones of array `p` with capacity `cap`.
 * Doubles; p, cap are lvalues.
 */
#define GROW(p, n, cap)                                                                            \
    do {                                                                                           \
        if ((n) >= (cap)) {                                                                        \
            (cap) = (cap) ? (cap) * 2 : 16;                                                        \
            (p) = xreallocarray((p), (cap), sizeof *(p));                                          \
        }                                                                                          \
    } while (0)

#endif
