/*
 * leafsort.h - the leaves of all kept documents in the order of their bytes, in bounded memory: what
 * does not fit goes to unnamed files of a scratch folder in sorted runs, which are merged.
 */
#ifndef SLUICE_LEAFSORT_H
#define SLUICE_LEAFSORT_H

#include "core/error.h"
#include "shards/merkle.h"

struct leafsort;

/* memory: bytes for leaves in memory; scratch: a folder, borrowed. */
struct leafsort *leafsort_new(uint64_t memory, const char *scratch) __attribute__((returns_nonnull));
/* Errors: -ERR_IO (scratch). */
int leafsort_add(struct leafsort *s, const uint8_t leaf[LEAF_BYTES], struct error *e) MUST_USE;
/* All are there; the root of the tree over them.  Errors: -ERR_IO. */
int leafsort_root(struct leafsort *s, uint8_t out[SHA256_BYTES], struct error *e) MUST_USE;
/* NULL is fine. */
void leafsort_free(struct leafsort *s);

#endif
