/*
 * shard.h - a shard: tokens in zstd frames (NNNNN.zst) and the index of its documents (NNNNN.idx).
 *
 * `zstd -dc` gives plain little-endian ids; numpy.frombuffer reads them.  A frame holds at most
 * SEEKABLE_FRAME_MAX bytes, never cuts a token, and ends with a document where that leaves at least a
 * quarter of the most in it.
 */
#ifndef SLUICE_SHARD_H
#define SLUICE_SHARD_H

#include "shards/index.h"
#include "shards/seekable.h"

struct shard_options {
    unsigned token_bytes; /* 2 or 4 */
    uint32_t frame_bytes; /* most bytes of a frame, 64 to 256 KiB */
    int level;            /* of zstd */
};

struct shard_writer;
/* Errors: -ERR_IO. */
int shard_create(struct shard_writer **out, const char *zst, const char *idx, const char *tmp_dir, const struct shard_options *o,
                 struct error *e) MUST_USE;
/* The next document, and its tokens in one piece or several; together d->tokens of them. */
int shard_begin(struct shard_writer *w, const struct shard_doc *d, struct error *e) MUST_USE;
int shard_put(struct shard_writer *w, const void *tokens, size_t bytes, struct error *e) MUST_USE;
/* The writer is gone either way.  Errors: -ERR_IO. */
int shard_commit(struct shard_writer *w, struct outfile_done *zst, struct outfile_done *idx, struct error *e) MUST_USE;
/* NULL is fine. */
void shard_abandon(struct shard_writer *w);

struct shard {
    struct shard_index index;
    struct seekable data;
    char *zst; /* owned */
};

/* Both files of a shard.  Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT (also: they do not fit each other). */
int shard_open(struct shard *s, const char *zst, const char *idx, struct error *e) MUST_USE;
void shard_close(struct shard *s);
/* The tokens of a document, as stored, appended to `out`.  Errors: -ERR_FORMAT. */
int shard_tokens(struct shard *s, const struct shard_doc *d, struct buf *out, struct error *e) MUST_USE;
/* Stored ids as u32s, appended to `out`. */
void shard_widen(struct span stored, unsigned token_bytes, struct buf *out);

#endif
