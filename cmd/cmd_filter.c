/* cmd_filter.c - sluice filter: the quality rules of a recipe. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "filters/quality.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/registry.h"

struct filtering {
    struct quality *quality;
    bool all;
};

static void *scratch_new(const void *ctx)
{
    return quality_scratch_new();
}

/* metadata.rules: every value that was computed. */
static void put_measures(struct document *d)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    jw_begin(&w, '{');
    for (const struct measure *m = d->measures; m; m = m->next)
        if (m->has_value)
            jw_member_num(&w, m->rule, m->value);
    jw_end(&w, '}');
    doc_extra(d, "rules", arena_dup(d->arena, buf_view(&b)));
    buf_release(&b);
}

static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    const struct filtering *f = ctx;
    int rc = quality_apply(f->quality, scratch, d, e);
    if (rc && e->where[0]) { /* a language's file; the driver names the document in its place */
        struct error file = *e;
        return error_set(e, file.code, NULL, "%s: %s", file.where, file.msg);
    }
    if (rc)
        return rc;
    if (f->all)
        put_measures(d);
    if (f->all || d->verdict == DOC_KEPT)
        doc_write(d, out);
    return 0;
}

/* The configuration's quality section, and the options over it. */
static int configure(struct config **c, const char *path, const char *profile, const char *words, struct error *e)
{
    char profile_key[64], words_key[64];
    const char *sets[2];
    size_t n = 0;
    if (profile) {
        snprintf(profile_key, sizeof profile_key, "quality.profile=%s", profile);
        sets[n++] = profile_key;
    }
    if (words) {
        snprintf(words_key, sizeof words_key, "quality.words=%s", words);
        sets[n++] = words_key;
    }
    if (path)
        return config_open(c, path, sets, n, e);
    *c = config_new(conf_tables());
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = config_set(*c, sets[i], e);
    if (rc)
        config_free(*c);
    return rc;
}

int cmd_filter(int argc, char **argv)
{
    struct filtering f = { .all = false };
    const char *path = NULL, *profile = NULL, *words = NULL, *languages = NULL;
    uint64_t jobs = opt_default_jobs();
    struct config *c;
    struct quality_options o;
    struct error e = { 0 };
    int rest;
    const struct opt table[] = {
        { "profile", 0, OPT_CHOICE, &profile, "NAME",
          "recipe: FineWeb v1.0's code, the same in current datatrove, FineWeb-2 [fineweb]", "fineweb-2024-04|fineweb|fineweb2" },
        { "config", 'c', OPT_STR, &path, "CONFIG", "configuration, or a preset, whose quality section is used", NULL },
        { "words", 0, OPT_CHOICE, &words, "HOW", "words: uax29 (Unicode) or whitespace [uax29]", "uax29|whitespace" },
        { "languages", 0, OPT_STR, &languages, "DIR", "fineweb2: folder of FineWeb-2's files LABEL.yml [the table that ships]", NULL },
        { "all", 0, OPT_FLAG, &f.all, NULL, "keep dropped documents, with drop, and add metadata.rules", NULL },
        OPT_JOBS(&jobs),
        { 0 },
    };
    int status = cmd_options(table, "filter [options] [FILE...]",
                             "Documents that pass the rules, which have the names that datatrove gives them.  The two FineWeb profiles\n"
                             "replace the text of a kept document by C4's rewritten text.  fineweb2 goes by metadata.language, as\n"
                             "FineWeb-2 spells it (deu_Latn) or as sluice lang does (de), and by metadata.language_score.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    if (configure(&c, path, profile, words, &e))
        return cmd_fail(&e);
    quality_options_from(c, &o);
    o.languages = languages;
    o.values = f.all;
    if (languages && o.profile != QUALITY_FINEWEB2)
        status = cmd_usage("--languages belongs to --profile fineweb2; give both");
    else if (quality_open(&f.quality, &o, &e))
        status = cmd_fail(&e);
    else
        status = filter_run(&(struct filter){ .ctx = &f, .scratch_new = scratch_new, .scratch_free = quality_scratch_free,
                                              .document = document },
                            argv + rest, argc - rest, jobs);
    quality_close(f.quality);
    config_free(c);
    return status;
}
