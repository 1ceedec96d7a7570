/*
 * verify.h - does a sealed folder hold: digests, counts, order, tokens, both roots.
 */
#ifndef SLUICE_VERIFY_H
#define SLUICE_VERIFY_H

#include "pipeline/run/corpus.h"

/* One fault: the file relative to OUT, the offset in it (bytes as stored; in a ledger: inflated), and what. */
typedef void (*fault_taker)(void *ctx, const char *file, uint64_t offset, const char *what);

/*
 * verify_folder() - check everything that the manifest says; each fault goes to `fault`.
 * Errors: -ERR_IO (scratch for sorting leaves, in $TMPDIR or /tmp).  *rows: ledger rows that were read.
 */
int verify_folder(const char *out, fault_taker fault, void *ctx, uint64_t *rows, struct error *e) MUST_USE;

/*
 * verify_sources() - the inputs in that folder are those of the manifest: sizes and digests; reads all of them.
 * *inputs: how many were read.  Errors: -ERR_INPUT (one is missing), those of corpus_manifest().
 */
int verify_sources(const char *out, const char *source, fault_taker fault, void *ctx, uint64_t *inputs, struct error *e) MUST_USE;

/*
 * verify_replay() - make n kept documents, spread evenly over the corpus, again from their source records,
 * and compare their tokens.  source: folder of the inputs, or NULL for where the plan found them.
 * *done: documents that were made again.  Errors: -ERR_INPUT (a source is missing), -ERR_MISSING (a model),
 * and those of the stages.
 */
int verify_replay(const char *out, const char *source, uint64_t n, fault_taker fault, void *ctx, uint64_t *done,
                  struct error *e) MUST_USE;

/* The same for the kept document of that ordinal alone. */
int verify_replay_one(const char *out, const char *source, uint64_t ordinal, fault_taker fault, void *ctx, struct error *e) MUST_USE;

#endif
