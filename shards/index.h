/*
 * index.h - the document index beside a shard (NNNNN.idx): which tokens are whose.
 *
 * Little-endian; a file is
 *
 *   0   8  magic "SLUICEIX"
 *   8   4  format version, 1
 *   12  4  bytes a token, 2 or 4
 *   16  8  n: documents
 *   24  8  tokens, of all documents
 *   32  8  m: frames of the shard (0: the tokens are not in frames)
 *   40  8  p: bytes of the pool
 *   48  16 zero
 *   64  n records of 96 bytes, in the order of their tokens:
 *         0  8  first token          32  8  `at`: place in the member      56  8  place of the WARC's name in the pool
 *         8  8  tokens               40  4  bytes of the id                64  32 SHA-256 of the tokens (little-endian, as stored)
 *         16 8  offset in the WARC   44  4  bytes of the WARC's name
 *         24 8  stored length        48  8  place of the id in the pool
 *   then m numbers of 4 bytes: tokens of each frame (the frame cuts)
 *   then the pool: ids and names
 *
 * Documents follow each other without a gap, so the first token of one is where the one before it ends.
 */
#ifndef SLUICE_SHARDS_INDEX_H
#define SLUICE_SHARDS_INDEX_H

#include "core/hash.h"
#include "core/outfile.h"

/* Borrowed spans: of the caller when written, of the map when read. */
struct shard_doc {
    uint64_t first_token, tokens;
    uint64_t offset, length, at;
    struct span id, warc;
    uint8_t sha256[SHA256_BYTES];
};

/* ---- writing ---- */

struct index_writer;
struct index_writer *index_new(unsigned token_bytes) __attribute__((returns_nonnull));
/* first_token is set here.  Errors: -ERR_TOO_BIG (an id or name past 1 MiB). */
int index_add(struct index_writer *w, const struct shard_doc *d, struct error *e) MUST_USE;
void index_frame(struct index_writer *w, uint32_t tokens);
uint64_t index_tokens(const struct index_writer *w); /* so far */
/* The writer is gone either way.  Errors: -ERR_IO. */
int index_commit(struct index_writer *w, const char *path, const char *tmp_dir, struct outfile_done *done, struct error *e) MUST_USE;
/* NULL is fine. */
void index_abandon(struct index_writer *w);

/* ---- reading ---- */

struct shard_index {
    struct span map;
    unsigned token_bytes;
    uint64_t n, tokens, n_frames;
    const uint8_t *records, *frames;
    struct span pool;
};

/*
 * index_open() - map the file; its shape, and that the documents follow each other, are checked.
 * Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT.
 */
int index_open(struct shard_index *x, const char *path, struct error *e) MUST_USE;
/* The same over bytes that the caller keeps. */
int index_parse(struct shard_index *x, struct span bytes, const char *name, struct error *e) MUST_USE;
/* Documents and tokens, by the head of the file alone: nothing else is read or checked.  Errors as index_open(). */
int index_peek(const char *path, uint64_t *documents, uint64_t *tokens, struct error *e) MUST_USE;
void index_close(struct shard_index *x);
/* Document i < n. */
void index_doc(const struct shard_index *x, uint64_t i, struct shard_doc *d);
uint32_t index_frame_tokens(const struct shard_index *x, uint64_t frame);
/* The document that holds a token; false past the end. */
bool index_find(const struct shard_index *x, uint64_t token, uint64_t *i);

#endif
