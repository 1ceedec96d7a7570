/*
 * arena.h - all the memory of one batch, freed at once.
 *
 * Pieces are aligned to 16 bytes and live until arena_reset() or arena_release().  `limit` bounds
 * what hostile input can make us take: past it arena_try() gives NULL and the document fails.
 */
#ifndef SLUICE_ARENA_H
#define SLUICE_ARENA_H

#include "core/span.h"

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used;  /* bytes handed out since the last reset */
    size_t limit; /* 0: none */
};

void arena_init(struct arena *a, size_t limit);
/* Frees all but one block, so that a steady batch allocates nothing. */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

/* NULL past the limit. */
void *arena_try(struct arena *a, size_t n);
/* Ignores the limit: for sizes that we choose. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((returns_nonnull));
struct span arena_dup(struct arena *a, struct span s);        /* with a NUL behind it */
char *arena_cstr(struct arena *a, struct span s);
struct span arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
