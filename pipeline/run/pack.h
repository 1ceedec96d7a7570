/*
 * pack.h - what the three steps of pack share: the vocabulary, and the files between them.
 *
 * OUT/tmp/pack/vocab          the vocabulary's mapped form, where set-up made none
 * OUT/tmp/pack/GGGGG.tokens   tokens of a group's kept documents, little-endian, one after the other
 * OUT/tmp/pack/GGGGG.idx      whose they are (shards/index.h, without frames)
 * OUT/tmp/pack/GGGGG.rows     SHA-256 leaf digest (32 bytes) of each ledger row, in order
 * OUT/tmp/pack/GGGGG.leaves   key || value (64 bytes) of each kept document, in order (shards/merkle.h)
 * OUT/tmp/pack/shards         24 bytes a shard: group and document in it where the shard begins, documents (u64 each)
 */
#ifndef SLUICE_PACK_H
#define SLUICE_PACK_H

#include "pipeline/run/run.h"
#include "tokenizer/tokenizer.h"

/*
 * pack_vocab() - the vocabulary of the plan: its compiled form beside it or in tmp/pack when that was
 * made of the same bytes, else the source, compiled to tmp/pack on the way.
 * Errors: -ERR_MISSING, -ERR_USAGE (also: no BOS or EOS where the configuration asks for one), -ERR_IO.
 */
int pack_vocab(const struct run *r, struct vocab **v, struct error *e) MUST_USE;

/* encode() with the BOS and EOS that the configuration asks for; ids are appended as u32. */
int pack_encode(const struct config *c, const struct vocab_info *info, struct encoder *x, struct span text, struct buf *ids,
                struct error *e) MUST_USE;
/* u32 ids to what is stored, little-endian, 2 or 4 bytes each, in place. */
void pack_narrow(struct buf *ids, unsigned token_bytes);

/*
 * Names in the corpus, malloc'd: five digits, more where there are more than 100,000 of them, so that the order of the bytes
 * of the names is that of the numbers.
 */
char *ledger_name(const struct run *r, size_t group);
char *shard_name(size_t number, size_t n_shards, const char *end);

/* One entry of tmp/pack/shards. */
struct shard_span {
    uint64_t group, first, documents;
};
#define SHARD_SPAN_BYTES 24u
/* *v malloc'd.  Errors: -ERR_MISSING, -ERR_FORMAT. */
int shard_spans_read(const struct run *r, struct shard_span **v, size_t *n, struct error *e) MUST_USE;

#endif
