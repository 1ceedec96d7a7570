/* language.c - see language.h, and the stage `language`: identification and its gate. */
#include "filters/language.h"

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/filters.h"

struct language_scratch {
    struct fasttext_scratch *x;
    struct buf line;
    struct fasttext_guess *all; /* fasttext_labels(); made when first asked for */
};

int language_model(struct fasttext **out, const char *name, struct error *e)
{
    char *path = NULL;
    int rc = data_find(name, &path, NULL);
    if (rc == -ERR_MISSING) {
        rc = error_set(e, ERR_MISSING, name, "no such language model; run scripts/setup, which installs " LANGUAGE_MODEL
                                             ", or name a fastText model that is there");
    } else if (rc == 0) {
        struct error why;
        rc = fasttext_open(out, path, &why);
        if (rc == -ERR_FORMAT)
            rc = error_at(e, ERR_USAGE, path, why.offset, "%s; run scripts/setup for a good " LANGUAGE_MODEL, why.msg);
        else if (rc && e)
            *e = why;
    }
    free(path);
    return rc;
}

struct language_scratch *language_scratch_new(const struct fasttext *m)
{
    struct language_scratch *x = xcalloc(1, sizeof *x);
    x->x = fasttext_scratch_new(m);
    return x;
}

void language_scratch_free(struct language_scratch *x)
{
    if (!x)
        return;
    fasttext_scratch_free(x->x);
    buf_release(&x->line);
    free(x->all);
    free(x);
}

/* To 6 decimals.  rint() is exact, so the same everywhere. */
static double rounded(float score)
{
    return rint((double)score * 1e6) / 1e6;
}

static struct span without_newlines(struct language_scratch *x, struct span text)
{
    struct span rest = text, piece;
    buf_reset(&x->line);
    while (span_cut(&rest, '\n', &piece))
        buf_span(&x->line, piece);
    return buf_view(&x->line);
}

static int identify_all(const struct fasttext *m, struct language_scratch *x, struct span text, struct document *d,
                        struct fasttext_guess *best, struct error *e)
{
    size_t n;
    if (!x->all)
        x->all = xcalloc(fasttext_labels(m), sizeof *x->all);
    int rc = fasttext_all(m, x->x, text, x->all, &n, e);
    if (rc <= 0)
        return rc;
    *best = x->all[0];
    struct buf b = { 0 };
    for (size_t i = 0; i < n && rounded(x->all[i].score) > LANGUAGE_ALL_ABOVE; i++) {
        struct span name = arena_printf(d->arena, "top_language_%.*s_score", SPAN_ARG(fasttext_label(m, x->all[i].label)));
        buf_reset(&b);
        json_put_number(&b, rounded(x->all[i].score));
        doc_extra(d, name.p, arena_dup(d->arena, buf_view(&b)));
    }
    buf_release(&b);
    return 1;
}

int language_identify(const struct fasttext *m, struct language_scratch *x, const struct language_options *o,
                      struct document *d, struct error *e)
{
    struct span text = o->delete_newlines ? without_newlines(x, d->text) : d->text;
    struct fasttext_guess best;
    int rc = o->all ? identify_all(m, x, text, d, &best, e) : fasttext_best(m, x->x, text, &best, e);
    if (rc < 0)
        return rc;
    d->language = rc ? fasttext_label(m, best.label) : (struct span){ 0 };
    d->language_score = rc ? rounded(best.score) : 0;
    d->has_language_score = rc;
    return 0;
}

/* ---- the stage ---- */

#define STAGE "language"
#define RULE_SCORE "language_score"
#define RULE_LANGUAGE "language"

static const struct conf_key language_keys[] = {
    { "language.model", CONF_FILE, LANGUAGE_MODEL, 0, 0, NULL,
      "fastText model (.bin or .ftz), supervised; the default is what scripts/setup installs" },
    { "language.min_score", CONF_NUM, "0.65", 0, 1, NULL,
      "a document is kept if its score is above this (0.65: FineWeb)" },
    { "language.languages", CONF_LIST, "", 0, 0, NULL, "labels of the model that are kept, e.g. [en, de]; empty: all" },
    { 0 },
};
static const char *const language_rules[] = { RULE_SCORE, RULE_LANGUAGE, NULL };

struct language {
    struct fasttext *model;
    double min_score;
    bool *wanted; /* a label; NULL: all */
    char digest[SHA256_HEX + 1]; /* of the model's file */
};

static void language_close(void *state)
{
    struct language *l = state;
    if (!l)
        return;
    fasttext_close(l->model);
    free(l->wanted);
    free(l);
}

static int want(struct language *l, const char *name, struct error *e)
{
    size_t i = 0, n = fasttext_labels(l->model);
    while (i < n && !span_is(fasttext_label(l->model, i), name))
        i++;
    if (i == n)
        return error_set(e, ERR_USAGE, "language.languages", "the model %s has no label '%s'; lid.176 writes en, de, pt, not "
                         "eng or en-GB", fasttext_path(l->model), name);
    l->wanted[i] = true;
    return 0;
}

static int language_open(const struct config *c, void **state, struct error *e)
{
    struct language *l = xcalloc(1, sizeof *l);
    const char *const *names;
    size_t n = config_list(c, "language.languages", &names);
    int rc = language_model(&l->model, config_str(c, "language.model"), e);
    l->min_score = config_num(c, "language.min_score");
    if (rc == 0)
        fasttext_digest(l->model, l->digest);
    if (rc == 0 && n)
        l->wanted = xcalloc(fasttext_labels(l->model), sizeof *l->wanted);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = want(l, names[i], e);
    if (rc)
        language_close(l);
    else
        *state = l;
    return rc;
}

static void *scratch_new(const void *state)
{
    return language_scratch_new(((const struct language *)state)->model);
}

static void scratch_free(void *scratch)
{
    language_scratch_free(scratch);
}

static bool is_wanted(const struct language *l, struct span label)
{
    for (size_t i = 0; l->wanted && i < fasttext_labels(l->model); i++)
        if (l->wanted[i] && span_eq(fasttext_label(l->model, i), label))
            return true;
    return !l->wanted;
}

/* No language is no verdict: it is dropped with score 0, whatever the threshold. */
static int language_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    static const struct language_options plain;
    const struct language *l = state;
    int rc = language_identify(l->model, scratch, &plain, d, e);
    if (rc)
        return rc;
    if (!d->language.p || !(d->language_score > l->min_score))
        doc_drop_value(d, STAGE, RULE_SCORE, d->language_score, l->min_score);
    else if (!is_wanted(l, d->language))
        doc_drop(d, STAGE, RULE_LANGUAGE);
    return 0;
}

static void language_sources(const void *state, void (*add)(void *ctx, const char *kind, const char *name,
                                                            const char *version, const char *sha256), void *ctx)
{
    const struct language *l = state;
    const char *path = fasttext_path(l->model), *slash = strrchr(path, '/');
    add(ctx, "model", slash ? slash + 1 : path, "fastText", l->digest);
}

const struct stage_ops language_stage = {
    .name = STAGE,
    .version = 1,
    .phase = PHASE_LANGUAGE,
    .keys = language_keys,
    .rules = language_rules,
    .open = language_open,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .apply = language_apply,
    .close = language_close,
    .sources = language_sources,
};
