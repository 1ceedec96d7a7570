/*
 * quality_table.h - thresholds and stop words of a language: FineWeb-2's table, or its files as they are.
 */
#ifndef SLUICE_QUALITY_TABLE_H
#define SLUICE_QUALITY_TABLE_H

#include "core/error.h"
#include "core/span.h"

#define QUALITY_TOP_FROM 2 /* n of the first of top_grams */
#define QUALITY_TOP_GRAMS 3
#define QUALITY_DUP_FROM 5
#define QUALITY_DUP_GRAMS 6

/* A share of characters of more than 1e300 is never met: how a rule that a file leaves out is switched off. */
#define QUALITY_NEVER 1e300

/* What differs from language to language.  Shares are of 1; lengths are in code points. */
struct quality_limits {
    double language_score;                /* kept if >= */
    double dup_line_frac;                 /* 0: off */
    double top_grams[QUALITY_TOP_GRAMS];  /* n = 2, 3, 4 */
    double dup_grams[QUALITY_DUP_GRAMS];  /* n = 5 to 10 */
    double line_punct;                    /* dropped if <; 0 and less: never */
    double new_line_ratio;                /* dropped if > */
    double min_word, max_word;            /* mean length of a word; 0: off */
    double min_alpha;                     /* 0: off */
    const struct span *stop_words;        /* distinct */
    size_t n_stop_words;
};

/* The most stop words of a language (FineWeb-2 has at most 63), and the bytes of one (at most 69). */
#define QUALITY_MAX_STOP_WORDS 1024
#define QUALITY_MAX_STOP_WORD 1024

struct quality_table;

/*
 * quality_table_open() - the shipped table (configs/fineweb2-table.tsv; scripts/make-fineweb2-table has its form).
 * The whole file is checked.  Errors: -ERR_MISSING, -ERR_USAGE with file and line.
 */
int quality_table_open(struct quality_table **out, const char *path, struct error *e) MUST_USE;
/*
 * quality_files_open() - a folder of FineWeb-2's own files, DIR/LABEL.yml.  Each is read when its label is first asked for
 * and kept.  Errors: -ERR_USAGE (no such folder).
 */
int quality_files_open(struct quality_table **out, const char *dir, struct error *e) MUST_USE;
void quality_table_close(struct quality_table *t);

/*
 * quality_table_find() - the values of a label such as "deu_Latn".  Any thread.
 * Returns 1 with *out (valid until the table is closed), 0 if it has none, -ERR_USAGE for a file that cannot be used.
 */
int quality_table_find(const struct quality_table *t, struct span label, const struct quality_limits **out,
                       struct error *e) MUST_USE;

/* SHA-256 of the table's bytes; "" for a folder. */
const char *quality_table_sha256(const struct quality_table *t);
/* The revision of FineWeb-2 that the table's head names; "" for a folder. */
const char *quality_table_version(const struct quality_table *t);

/* ---- what the two readers share ---- */

/* One YAML file of FineWeb-2 into *out; stop words lie in *words, which is the caller's.  Errors: -ERR_USAGE with file and line. */
struct quality_row {
    struct quality_limits limits;
    char *label;
    char *bytes;        /* what the stop words point into, or NULL */
    struct span *words; /* limits.stop_words */
};
int quality_yaml_read(const char *path, struct quality_row *row, struct error *e) MUST_USE;
void quality_row_release(struct quality_row *row);

/* ---- labels ---- */

/*
 * quality_label() - the label whose values judge the document: `language` itself when the table has it, else that of lid.176's
 * label ("sr") with the script in which the text has most letters among those the table has for it ("srp_Cyrl").
 * Returns as quality_table_find().
 */
int quality_label_find(const struct quality_table *t, struct span language, struct span text,
                       const struct quality_limits **out, struct error *e) MUST_USE;

/* ISO 639-3 code under which FineWeb-2 has the language of a lid.176 label, or NULL. */
const char *quality_iso639_3(struct span lid176_label);

#endif
