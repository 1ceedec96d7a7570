/*
 * sigfile.h - what prepare leaves for dedup: one file a part, a fixed record a kept document.
 *
 * The layout is little-endian, versioned, and carries a digest of the dedup parameters so that
 * files of other parameters are refused.  See the .c file for offsets.
 */
#ifndef SLUICE_SIGFILE_H
#define SLUICE_SIGFILE_H

#include "core/outfile.h"
#include "pipeline/dedup/minhash.h"
#include "pipeline/dedup/settings.h"

extern const struct conf_key dedup_keys[]; /* section dedup: kinds, bands, rows, ngram, hash, words, keep_* , memory */

#define KEY_BYTES 16u /* of a band's or a URL's hash: 64 bits would collide at ten billion documents */

enum { SIG_DATE = 1, SIG_URL = 2, SIG_BANDS = 4 }; /* flags: what the document has */

/* One document.  Spans are borrowed. */
struct sig_record {
    int64_t date;     /* seconds since 1970; with SIG_DATE */
    uint32_t date_ns;
    uint32_t flags;
    uint64_t length;  /* of the text, in code points */
    uint8_t text[SHA256_BYTES];
    uint8_t url[KEY_BYTES];
    const uint8_t *bands; /* n_bands * KEY_BYTES; with SIG_BANDS */
    struct span id, key;  /* key: compares by bytes where all else is equal; may be empty */
};

/* Fill all but bands and key from a document: d->text, url, date, id. */
void sig_record_of(const struct document *d, struct sig_record *r);
/* One KEY_BYTES hash a band, of a signature of p->n_perm values. */
void sig_bands_of(const struct minhash_params *p, const uint64_t *sig, uint8_t *bands);

/* ---- writing ---- */

struct sigfile_writer;
int sigfile_create(struct sigfile_writer **out, const struct config *c, const char *path, const char *tmp_dir,
                   struct error *e) MUST_USE;
/* The same with settings that the caller holds; they outlive the writer. */
int sigfile_begin(struct sigfile_writer **out, const struct dedup_settings *s, const char *path, const char *tmp_dir,
                  struct error *e) MUST_USE;
/* Signs d->text if minhash is among dedup.kinds, and adds the document's record (id, url, date, length, digest, bands). */
int sigfile_add(struct sigfile_writer *w, const struct document *d, struct error *e) MUST_USE;
/* A record made elsewhere.  Errors: -ERR_IO. */
int sigfile_put(struct sigfile_writer *w, const struct sig_record *r, struct error *e) MUST_USE;
uint64_t sigfile_count(const struct sigfile_writer *w); /* records so far */
/* The writer is gone either way. */
int sigfile_commit(struct sigfile_writer *w, struct outfile_done *done, struct error *e) MUST_USE;
/* NULL is fine. */
void sigfile_abandon(struct sigfile_writer *w);

/* ---- reading ---- */

/* A run of documents whose columns lie together. */
struct sig_block {
    uint64_t first; /* ordinal of its first document in the file */
    size_t n;
    const uint8_t *meta, *text, *url, *bands; /* columns; bands: band 0, then band 1, ... */
    struct span pool;                         /* ids and keys */
};

struct sigfile {
    struct span map;
    char *path;
    unsigned n_bands;
    uint64_t n; /* documents */
    size_t n_blocks;
    struct sig_block *blocks;
};

/*
 * sigfile_open() - map a file of these parameters and check its shape.  Bounded by the file's size.
 * Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT (damaged, or of other parameters).
 */
int sigfile_open(struct sigfile *f, const char *path, const uint8_t digest[SHA256_BYTES], struct error *e) MUST_USE;
/* The same over bytes that the caller keeps. */
int sigfile_parse(struct sigfile *f, struct span bytes, const char *name, const uint8_t digest[SHA256_BYTES],
                  struct error *e) MUST_USE;
void sigfile_close(struct sigfile *f);

/* The record of document `ordinal` < f->n; spans lie in the map.  Errors: -ERR_FORMAT. */
int sigfile_record(const struct sigfile *f, uint64_t ordinal, struct sig_record *r, struct error *e) MUST_USE;

/*
 * The key of the i-th document of a block: its text, its URL or its band `band`.  NULL where it has none.
 */
const uint8_t *sig_block_key(const struct sig_block *b, size_t i, enum dedup_kind kind, unsigned band);

#endif
