/* cmd_lang.c - sluice lang: the language of each document. */
#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "filters/language.h"

struct lang {
    struct fasttext *model;
    struct language_options options;
};

static void *scratch_new(const void *ctx)
{
    return language_scratch_new(((const struct lang *)ctx)->model);
}

static void scratch_free(void *scratch)
{
    language_scratch_free(scratch);
}

static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    const struct lang *l = ctx;
    int rc = language_identify(l->model, scratch, &l->options, d, e);
    if (rc)
        return rc;
    doc_write(d, out);
    return 0;
}

int cmd_lang(int argc, char **argv)
{
    struct lang l = { .model = NULL };
    struct error e = { 0 };
    const char *model = LANGUAGE_MODEL;
    uint64_t jobs = opt_default_jobs();
    int rest;
    const struct opt options[] = {
        { "model", 0, OPT_STR, &model, "FILE", "fastText model, .bin or .ftz, trained supervised [" LANGUAGE_MODEL "]", NULL },
        { "all", 0, OPT_FLAG, &l.options.all, NULL,
          "also metadata.top_language_LABEL_score for every label with a score above 0.01", NULL },
        { "delete-newlines", 0, OPT_FLAG, &l.options.delete_newlines, NULL,
          "delete line breaks, as FineWeb of April 2024 did [each becomes a space]", NULL },
        OPT_JOBS(&jobs),
        { 0 },
    };
    int status = cmd_options(options, "lang [options] [FILE...]",
                             "Adds metadata.language (the model's label) and metadata.language_score (6 decimals; may exceed 1\n"
                             "by rounding).  Every document is kept: the gate language.min_score is a stage of run.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    if (language_model(&l.model, model, &e))
        return cmd_fail(&e);
    struct filter f = { .ctx = &l, .scratch_new = scratch_new, .scratch_free = scratch_free, .document = document };
    status = filter_run(&f, argv + rest, argc - rest, jobs);
    fasttext_close(l.model);
    return status;
}
