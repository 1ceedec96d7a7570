/*
 * quality.h - the quality rules of FineWeb and FineWeb-2, as datatrove runs them.
 *
 * A profile fixes its rules, their order and their thresholds: a name that stands for a published recipe must not mean
 * two things.  Only FineWeb-2's per-language values come from outside (quality_table.h).
 */
#ifndef SLUICE_QUALITY_H
#define SLUICE_QUALITY_H

#include "core/config.h"
#include "core/doc.h"
#include "core/text/words.h"
#include "filters/quality_table.h"

enum quality_profile {
    QUALITY_FINEWEB_2024_04, /* the code published with FineWeb v1.0: datatrove 0.2.0 */
    QUALITY_FINEWEB,         /* the same recipe in current datatrove (0.10.1) */
    QUALITY_FINEWEB2,        /* per-language thresholds and stop words, no C4 rules */
};

struct quality_options {
    enum quality_profile profile;
    enum words_mode words;
    const char *table;     /* FineWeb-2's values as one file, for data_find() */
    const char *languages; /* NULL, or a folder of FineWeb-2's own files: used instead of the table */
    bool language_gate;    /* QUALITY_FINEWEB2: whether the language's own score threshold is the first rule */
    bool values;           /* compute every value whole, also where a bound of it decides (`filter --all`) */
};

struct quality;

/* Borrows the texts of `c`. */
void quality_options_from(const struct config *c, struct quality_options *o);

/* Errors: -ERR_MISSING (no table), -ERR_USAGE (the table or the folder is not what it should be). */
int quality_open(struct quality **out, const struct quality_options *o, struct error *e) MUST_USE;
void quality_close(struct quality *q);

/* Of one thread. */
void *quality_scratch_new(void);
void quality_scratch_free(void *scratch);

/*
 * A text of more words than this is judged by the number of its words alone: Gopher's rule refuses it from a fifth of that on, so
 * no recipe keeps it, and counting its runs of words would take memory that grows with it.
 */
#define QUALITY_MAX_WORDS 500000

/*
 * quality_apply() - run the rules until one drops the document; every value computed so far is in d->measures.
 * The FineWeb profiles replace d->text by C4's rewritten text once the C4 rules let it through.
 * Time and memory are linear in the text.  Errors: -ERR_TOO_BIG (the arena's limit; more than QUALITY_MAX_WORDS
 * words of which nearly all are punctuation), -ERR_USAGE (a language file that cannot be read).
 */
int quality_apply(const struct quality *q, void *scratch, struct document *d, struct error *e) MUST_USE;

#endif
