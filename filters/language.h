/*
 * language.h - which language a text is in, by a fastText model: for the stage and for `sluice lang`.
 */
#ifndef SLUICE_LANGUAGE_H
#define SLUICE_LANGUAGE_H

#include "core/doc.h"
#include "filters/fasttext.h"

#define LANGUAGE_MODEL "lid.176.ftz" /* what scripts/setup installs; labels are ISO 639-1, else 639-3 */

/* Recipes keep every label above this with `--all` (FineWeb-2's label files). */
#define LANGUAGE_ALL_ABOVE 0.01

struct language_options {
    bool delete_newlines; /* LF is deleted, which glues words (FineWeb of April 2024); else it becomes a space */
    bool all;             /* metadata.top_language_LABEL_score for every label above LANGUAGE_ALL_ABOVE */
};

/*
 * language_model() - open the model called `name`: a path, or a file that data_find() knows.
 * Errors: -ERR_MISSING with the cure, and those of fasttext_open() (a damaged model is -ERR_USAGE: another file is
 * to be named).  Close with fasttext_close().
 */
int language_model(struct fasttext **out, const char *name, struct error *e) MUST_USE;

/* Per thread. */
struct language_scratch;
struct language_scratch *language_scratch_new(const struct fasttext *m);
void language_scratch_free(struct language_scratch *x);

/*
 * language_identify() - set d->language and d->language_score (rounded to 6 decimals, as every decision takes it).
 * A model without any feature for the text leaves the document without a language.
 * Returns 0 or -ERR_FORMAT (the model's numbers give no score).
 */
int language_identify(const struct fasttext *m, struct language_scratch *x, const struct language_options *o,
                      struct document *d, struct error *e) MUST_USE;

#endif
