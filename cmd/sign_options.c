/* sign_options.c - see sign_options.h. */
#include "cmd/sign_options.h"

#include <limits.h>
#include <string.h>

static unsigned narrow(uint64_t v)
{
    return v > UINT_MAX ? UINT_MAX : (unsigned)v;
}

int sign_options_params(const struct sign_options *o, struct minhash_params *p, struct error *e)
{
    return minhash_init(p, narrow(o->bands), narrow(o->rows), narrow(o->ngram),
                        strcmp(o->hash, "sha1") == 0 ? MINHASH_SHA1 : MINHASH_XXH64,
                        strcmp(o->words, "uax29") == 0 ? WORDS_UAX29 : WORDS_WHITESPACE, e);
}
