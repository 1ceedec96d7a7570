/*
 * parallel.h - an ordered map over threads: items go in, are worked on by any thread, come out in
 * the order they went in.  The ring is bounded, so memory does not grow with the input.
 */
#ifndef SLUICE_PARALLEL_H
#define SLUICE_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/*
 * `ctx` is shared.  Items are `item_size` zeroed bytes of the ring, reused: what an item owns it may
 * keep for its next use; drop() releases it at the end.
 */
struct parallel {
    void *ctx;
    size_t item_size;
    /* Calling thread, in order: fill the item.  1; 0: no more; negative: an error, the map ends after what is in flight. */
    int (*next)(void *ctx, void *item, struct error *e);
    /* Any thread: work on it.  No return: what went wrong with an item is part of the item. */
    void (*work)(void *ctx, void *scratch, void *item);
    /* Calling thread, in order: take the result.  Negative ends the map. */
    int (*done)(void *ctx, void *item, struct error *e);
    void (*drop)(void *ctx, void *item);  /* NULL: nothing to release */
    /*
     * What an item takes, in bytes, once it is filled.  While those in flight take `budget` or more no other is read: so one
     * giant is in memory at a time, however many threads there are.  NULL: all are small.
     */
    size_t (*weight)(const void *item);
    size_t budget;
    void *(*scratch_new)(void *ctx);      /* one a thread; NULL: none */
    void (*scratch_free)(void *scratch);
};

/* jobs: threads, at least 1; with 1 everything runs in the calling thread.  Returns 0 or the first error. */
int parallel_run(const struct parallel *p, uint64_t jobs, struct error *e) MUST_USE;

#endif
