/*
 * extsort.h - sort (128-bit key, document) pairs in bounded memory; what does not fit goes to
 * unnamed files of a scratch folder, so that nothing is left of a task that was killed.
 */
#ifndef SLUICE_EXTSORT_H
#define SLUICE_EXTSORT_H

#include "core/error.h"

struct pair {
    uint64_t hi, lo; /* the key */
    uint64_t doc;
};

struct extsort;

/*
 * memory: bytes for pairs, at least 64 KiB (less is taken as that); at_most: how many will come, so that
 * little work takes little memory.  scratch is borrowed.
 */
struct extsort *extsort_new(uint64_t memory, uint64_t at_most, const char *scratch) __attribute__((returns_nonnull));
/* Errors: -ERR_IO (scratch). */
int extsort_add(struct extsort *s, struct pair p, struct error *e) MUST_USE;
/* All are there. */
int extsort_finish(struct extsort *s, struct error *e) MUST_USE;
/* In the order (key, document): 1, or 0 at the end. */
int extsort_next(struct extsort *s, struct pair *p, struct error *e) MUST_USE;
uint64_t extsort_spilled(const struct extsort *s); /* bytes that went to scratch */
/* NULL is fine. */
void extsort_free(struct extsort *s);

#endif
