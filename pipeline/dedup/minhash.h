/*
 * minhash.h - MinHash signatures as datatrove computes them (reference 2.10).
 */
#ifndef SLUICE_MINHASH_H
#define SLUICE_MINHASH_H

#include "core/config.h"
#include "core/doc.h"
#include "core/text/words.h"

enum minhash_hash { MINHASH_SHA1, MINHASH_XXH64 };

struct minhash_params {
    unsigned bands, rows; /* 14, 8 */
    unsigned ngram;       /* 5 words */
    enum minhash_hash hash;
    enum words_mode words;
    unsigned n_perm;      /* bands * rows, at most MINHASH_MAX_PERM */
    uint64_t *a, *b;      /* RandomState(1): n_perm each */
};
#define MINHASH_MAX_PERM 4096
#define MINHASH_MAX_NGRAM 256

/* *p owns its arrays from then on, in an error too.  Errors: -ERR_USAGE (0 or too many). */
int minhash_init(struct minhash_params *p, unsigned bands, unsigned rows, unsigned ngram, enum minhash_hash hash,
                 enum words_mode words, struct error *e) MUST_USE;
void minhash_release(struct minhash_params *p);

/* Scratch of one thread.  new/free. */
struct signer;
struct signer *signer_new(const struct minhash_params *p);
void signer_free(struct signer *s);

/*
 * minhash_sign() - signature of valid UTF-8 `text`: simplify_text, shingles, minima.
 * sig: out, n_perm values; untouched when there is no signature.
 * Returns 1 with a signature, 0 if the text has fewer than ngram words, or a negative error.
 */
int minhash_sign(struct signer *s, struct span text, uint64_t *sig, struct error *e) MUST_USE;

#endif
