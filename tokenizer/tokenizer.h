/*
 * tokenizer.h - byte-level BPE with the vocabularies people publish.
 */
#ifndef SLUICE_TOKENIZER_H
#define SLUICE_TOKENIZER_H

#include "core/buf.h"
#include "core/error.h"

struct vocab; /* read-only, shared by threads and, being mapped or made before the fork, by processes */

struct vocab_info {
    char name[128];     /* base name of the file it came from */
    char sha256[65];    /* of the source file, also when opened from its compiled form */
    uint32_t vocab_size;
    int64_t bos, eos;   /* ids, or -1 */
    unsigned token_bytes; /* 2 when every id fits, else 4 */
};

/*
 * vocab_open() - a tekken.json, a .tiktoken rank file, or the compiled form of either (told by
 * content).  pattern: "cl100k" ... for rank files whose name does not tell; NULL otherwise.
 * Errors: -ERR_MISSING, -ERR_USAGE (not usable, or a feature that is not supported; names it).
 */
int vocab_open(struct vocab **out, const char *path, const char *pattern, struct error *e) MUST_USE;
void vocab_close(struct vocab *v);
void vocab_describe(const struct vocab *v, struct vocab_info *info);

/* Write the compiled form: a mapped file with a format version and the source's SHA-256. */
int vocab_compile(const struct vocab *v, const char *path, struct error *e) MUST_USE;

/* Pretoken cache and buffers of one thread.  new/free.  Answers never depend on what is cached. */
struct encoder;
struct encoder *encoder_new(const struct vocab *v);
void encoder_free(struct encoder *x);

/*
 * encode() - append the ids of valid UTF-8 `text` to *ids (an array of u32 in a buf: n is bytes).
 * No BOS or EOS.  Linear, also on a megabyte of one letter.  Errors: -ERR_TOO_BIG.
 */
int encode(struct encoder *x, struct span text, struct buf *ids, struct error *e) MUST_USE;

/* Append the text of ids; incomplete UTF-8 becomes U+FFFD per maximal subpart.  Errors: -ERR_FORMAT (unknown id). */
int decode(const struct vocab *v, const uint32_t *ids, size_t n, struct buf *text, struct error *e) MUST_USE;
/* The bytes of one id; p == NULL if there is no such id.  Special ids give an empty span. */
struct span vocab_token(const struct vocab *v, uint32_t id);

#endif
