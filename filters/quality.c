/* quality.c - see quality.h: profiles, the order of their rule sets, and the stage. */
#include "filters/quality.h"

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/filters.h"
#include "filters/quality_page.h"

static const struct conf_key quality_keys[] = {
    { "quality.profile", CONF_CHOICE, "fineweb", 0, 0, "fineweb-2024-04|fineweb|fineweb2",
      "the recipe, which fixes rules, order and thresholds: FineWeb v1.0's code, the same in current datatrove, or FineWeb-2" },
    { "quality.words", CONF_CHOICE, "uax29", 0, 0, "uax29|whitespace", "what a word is: Unicode's segments, or Python's str.split()" },
    { "quality.table", CONF_FILE, "fineweb2-table.tsv", 0, 0, NULL,
      "fineweb2: thresholds and stop words by language (huggingface/fineweb-2)" },
    { "quality.language_gate", CONF_BOOL, "true", 0, 0, NULL,
      "fineweb2: first drop what scores below the table's language_score; fitted to GlotLID, so off with other models" },
    { 0 },
};

/* Every reason that datatrove gives, and the two of FineWeb-2's pipeline that have none there. */
static const char *const quality_rules[] = {
    "empty",
    "language_unsupported",
    "language_score",
    "dup_para_frac",
    "dup_para_char_frac",
    "dup_line_frac",
    "dup_line_char_frac",
    "top_2_gram",
    "top_3_gram",
    "top_4_gram",
    "duplicated_5_n_grams",
    "duplicated_6_n_grams",
    "duplicated_7_n_grams",
    "duplicated_8_n_grams",
    "duplicated_9_n_grams",
    "duplicated_10_n_grams",
    "gopher_short_doc",
    "gopher_long_doc",
    "gopher_below_avg_threshold",
    "gopher_above_avg_threshold",
    "gopher_too_many_hashes",
    "gopher_too_many_ellipsis",
    "gopher_too_many_bullets",
    "gopher_too_many_end_ellipsis",
    "gopher_below_alpha_threshold",
    "gopher_enough_stop_words",
    "lorem_ipsum",
    "curly_bracket",
    "too_few_sentences",
    "line_punct_ratio",
    "short_line_ratio",
    "char_dup_ratio",
    "list_ratio",
    NULL,
};

#define WORD(literal) { literal, sizeof literal - 1 }
static const struct span english[] = { WORD("the"), WORD("be"),   WORD("to"),   WORD("of"),
                                       WORD("and"), WORD("that"), WORD("have"), WORD("with") };

/* Defaults of datatrove's filters, which examples/fineweb.py leaves as they are: reference 2.5 to 2.8. */
static const struct quality_limits fineweb_limits = {
    .language_score = 0.65,
    .dup_line_frac = 0.3,
    .top_grams = { 0.2, 0.18, 0.16 },
    .dup_grams = { 0.15, 0.14, 0.13, 0.12, 0.11, 0.10 },
    .line_punct = 0.12,
    .new_line_ratio = 0.3,
    .min_word = 3,
    .max_word = 10,
    .min_alpha = 0.8,
    .stop_words = english,
    .n_stop_words = sizeof english / sizeof *english,
};

struct quality {
    struct quality_options o;
    struct quality_table *table; /* QUALITY_FINEWEB2 */
    char *table_name;
};

typedef int rule_set(struct quality_page *p);
/* FineWeb: examples/fineweb.py; FineWeb-2: fineweb-2-pipeline.py (reference 2.0). */
static rule_set *const fineweb_order[] = { quality_repetition, quality_gopher, quality_c4, quality_fineweb, NULL };
static rule_set *const fineweb2_order[] = { quality_repetition, quality_fineweb, quality_gopher, NULL };

void quality_options_from(const struct config *c, struct quality_options *o)
{
    const char *profile = config_str(c, "quality.profile");
    *o = (struct quality_options){
        .profile = strcmp(profile, "fineweb2") == 0  ? QUALITY_FINEWEB2
                   : strcmp(profile, "fineweb") == 0 ? QUALITY_FINEWEB
                                                     : QUALITY_FINEWEB_2024_04,
        .words = strcmp(config_str(c, "quality.words"), "uax29") == 0 ? WORDS_UAX29 : WORDS_WHITESPACE,
        .table = config_str(c, "quality.table"),
        .language_gate = config_bool(c, "quality.language_gate"),
    };
}

static int open_table(struct quality *q, struct error *e)
{
    char *path;
    if (q->o.languages)
        return quality_files_open(&q->table, q->o.languages, e);
    int rc = data_find(q->o.table, &path, e);
    if (rc)
        return rc;
    const char *slash = strrchr(path, '/');
    q->table_name = xstrdup(slash ? slash + 1 : path);
    rc = quality_table_open(&q->table, path, e);
    free(path);
    return rc;
}

int quality_open(struct quality **out, const struct quality_options *o, struct error *e)
{
    struct quality *q = xcalloc(1, sizeof *q);
    q->o = *o;
    int rc = o->profile == QUALITY_FINEWEB2 ? open_table(q, e) : 0;
    q->o.table = q->o.languages = NULL; /* borrowed */
    if (rc)
        quality_close(q);
    else
        *out = q;
    return rc;
}

void quality_close(struct quality *q)
{
    if (!q)
        return;
    quality_table_close(q->table);
    free(q->table_name);
    free(q);
}

void *quality_scratch_new(void)
{
    return segmenter_new();
}

void quality_scratch_free(void *scratch)
{
    segmenter_free(scratch);
}

/* Scores are rounded to 6 decimals before any decision (INTERFACE). */
static double rounded(double score)
{
    return rint(score * 1e6) / 1e6;
}

/* The language's values, and its gate.  A document without a score is not let through one. */
static int language(const struct quality *q, struct quality_page *p, struct error *e)
{
    struct document *d = p->doc;
    int rc = d->language.n ? quality_label_find(q->table, d->language, d->text, &p->limits, e) : 0;
    if (rc < 0)
        return rc;
    if (rc == 0)
        doc_drop(d, QUALITY_STAGE, "language_unsupported");
    else if (q->o.language_gate && !d->has_language_score)
        doc_drop(d, QUALITY_STAGE, "language_score");
    else if (q->o.language_gate)
        page_under(p, "language_score", rounded(d->language_score), p->limits->language_score);
    return 0;
}

int quality_apply(const struct quality *q, void *scratch, struct document *d, struct error *e)
{
    struct quality_page p = { .doc = d, .segmenter = scratch, .mode = q->o.words, .limits = &fineweb_limits,
                              .april = q->o.profile == QUALITY_FINEWEB_2024_04,
                              .fineweb2 = q->o.profile == QUALITY_FINEWEB2, .values = q->o.values };
    int rc = 0;
    if (!d->text.n) {
        doc_drop(d, QUALITY_STAGE, "empty");
        return 0;
    }
    if (p.fineweb2 && (rc = language(q, &p, e)))
        return rc;
    if (d->verdict != DOC_KEPT)
        return 0;
    page_set_text(&p, d->text);
    if (page_words(&p))
        rc = quality_gopher_long(&p);
    for (rule_set *const *set = p.fineweb2 ? fineweb2_order : fineweb_order; rc == 0 && *set && d->verdict == DOC_KEPT; set++)
        rc = (*set)(&p);
    return rc ? error_set(e, (enum err) - rc, NULL, "text is larger than the bound of a batch") : 0;
}

/* ---- the stage ---- */

static int stage_open(const struct config *c, void **state, struct error *e)
{
    struct quality_options o;
    struct quality *q = NULL;
    quality_options_from(c, &o);
    int rc = quality_open(&q, &o, e);
    *state = q;
    return rc;
}

static void *stage_scratch(const void *state)
{
    return quality_scratch_new();
}

static int stage_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    return quality_apply(state, scratch, d, e);
}

static void stage_close(void *state)
{
    quality_close(state);
}

static void stage_sources(const void *state,
                          void (*add)(void *ctx, const char *kind, const char *name, const char *version, const char *sha256),
                          void *ctx)
{
    const struct quality *q = state;
    if (q->table)
        add(ctx, "list", q->table_name, quality_table_version(q->table), quality_table_sha256(q->table));
}

const struct stage_ops quality_stage = { .name = QUALITY_STAGE,
                                         .version = 1,
                                         .phase = PHASE_QUALITY,
                                         .keys = quality_keys,
                                         .rules = quality_rules,
                                         .open = stage_open,
                                         .scratch_new = stage_scratch,
                                         .scratch_free = quality_scratch_free,
                                         .apply = stage_apply,
                                         .close = stage_close,
                                         .sources = stage_sources };
