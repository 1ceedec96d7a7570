/*
 * corpus.h - a sealed output folder, read: manifest, ledger rows in order, shards.
 *
 * Kept rows of the ledger and documents of the shards stand in the same order, so the k-th kept row is
 * the k-th document: that is how a row finds its tokens.
 */
#ifndef SLUICE_CORPUS_H
#define SLUICE_CORPUS_H

#include "core/json.h"
#include "shards/shard.h"

/* A row is far smaller: evidence lines and a URL are its longest parts. */
#define ROW_MAX_BYTES ((size_t)16 << 20)

struct corpus_shard {
    struct span name;   /* "shards/00000.zst" */
    uint64_t first, n;  /* documents: ordinal of its first, how many */
    uint64_t tokens;
};

struct corpus {
    char *out;
    struct arena arena; /* of the manifest */
    struct buf text;
    const struct json *manifest;
    struct span *ledgers; /* names, in order */
    size_t n_ledgers;
    struct corpus_shard *shards;
    size_t n_shards;
    struct shard open;    /* the shard that was asked for last */
    size_t open_at;       /* its place + 1; 0: none */
};

/*
 * corpus_manifest() - manifest.json alone.  Errors: -ERR_MISSING (not sealed), -ERR_FORMAT (not a manifest of ours).
 * corpus_open() - and the documents of every shard counted, by the heads of the indexes: a shard is checked when it is asked for.
 */
int corpus_manifest(struct corpus *c, const char *out, struct error *e) MUST_USE;
int corpus_open(struct corpus *c, const char *out, struct error *e) MUST_USE;
void corpus_close(struct corpus *c);
/* OUT/NAME, malloc'd. */
char *corpus_path(const struct corpus *c, struct span name);

struct ledger_row {
    struct span text;   /* without its line break */
    struct json *json;
    struct span ledger; /* name of its file */
    uint64_t offset;    /* of the line in that file, inflated */
    bool kept;
    uint64_t ordinal;   /* of kept rows: which document */
};

/*
 * corpus_rows() - every row to `take`, in order; it returns 0 to go on, 1 to end, negative on an error.
 * *next (in and out): ordinal of the next kept row.  One ledger, or all of them.
 */
typedef int (*row_taker)(void *ctx, const struct ledger_row *row, struct error *e);
int corpus_ledger(const struct corpus *c, size_t ledger, uint64_t *next, row_taker take, void *ctx, struct error *e) MUST_USE;
int corpus_rows(const struct corpus *c, row_taker take, void *ctx, struct error *e) MUST_USE;

/* Which shard holds the document; n_shards if none does. */
size_t corpus_shard_of(const struct corpus *c, uint64_t ordinal);
/* The document of that ordinal: *shard borrowed until the next call.  Errors: -ERR_FORMAT (there is none). */
int corpus_doc(struct corpus *c, uint64_t ordinal, struct shard **shard, size_t *number, struct shard_doc *d, struct error *e) MUST_USE;

/* The row with `shard` and `first_token`, as audit and inspect print it. */
int corpus_put_row(struct corpus *c, const struct ledger_row *row, struct buf *out, struct error *e) MUST_USE;

#endif
