/*
 * chain.h - parts of one input are a chain: each begins where the one before it ended.
 *
 * Parts that run side by side guess where their first record is; an archive stored inside a payload
 * can fool the guess.  So a part that did not begin where its predecessor ended is done again, from there:
 * by whoever finishes one of the two (drive.h), and the steps that follow check that the whole chain holds.
 */
#ifndef SLUICE_CHAIN_H
#define SLUICE_CHAIN_H

#include "pipeline/run/run.h"

/* Where part `index` must begin, when the part before it (of the same input) is done.  False: not known. */
bool chain_begin(const struct run *r, size_t index, uint64_t *begin);

/* Part `index` and the one before it are both done and do not meet. */
bool chain_gap(const struct run *r, size_t index);

/*
 * chain_broken() - the first part, from `from` on, that is done but did not begin where the one before it
 * ended; n_parts if the chain holds.  Errors: -ERR_MISSING (a part is not done).
 */
int chain_broken(const struct run *r, size_t from, size_t *index, struct error *e) MUST_USE;

#endif
