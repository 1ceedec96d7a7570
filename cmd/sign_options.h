/*
 * sign_options.h - the options that `sign` and `dups` share.
 */
#ifndef SLUICE_SIGN_OPTIONS_H
#define SLUICE_SIGN_OPTIONS_H

#include "core/opt.h"
#include "pipeline/dedup/minhash.h"

struct sign_options {
    uint64_t bands, rows, ngram;
    const char *hash, *words;
};

#define SIGN_OPTIONS_DEFAULT { 14, 8, 5, "sha1", "uax29" }
#define SIGN_OPTIONS(o)                                                                                                  \
    { "bands", 0, OPT_U64, &(o).bands, "N", "bands of a signature [14]", NULL },                                         \
    { "rows", 0, OPT_U64, &(o).rows, "N", "hashes of a band [8]", NULL },                                                \
    { "ngram", 0, OPT_U64, &(o).ngram, "N", "words of a shingle [5]", NULL },                                            \
    { "hash", 0, OPT_CHOICE, &(o).hash, "HASH", "hash of a shingle: sha1 (FineWeb) or xxh64 (FineWeb-2) [sha1]", "sha1|xxh64" }, \
    { "words", 0, OPT_CHOICE, &(o).words, "HOW", "words: uax29 (Unicode) or whitespace [uax29]", "uax29|whitespace" }

/* Release *p with minhash_release().  Errors: -ERR_USAGE. */
int sign_options_params(const struct sign_options *o, struct minhash_params *p, struct error *e) MUST_USE;

#endif
