/*
 * registry.c - every stage and every configuration table, one line each.
 *
 * To add a stage: its line in `stages`.  To add settings that belong to no stage: a line in conf_tables().
 */
#include "pipeline/run/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/filters.h"
#include "pipeline/dedup/sigfile.h"
#include "pipeline/extract/extract.h"
#include "pipeline/run/record.h"
#include "pipeline/run/run.h"

/* In the order of a run. */
static const struct stage_ops *const stages[] = {
    &optout_url_stage, &extract_stage, &optout_page_stage, &language_stage, &quality_stage, &pii_stage,
};
#define N_STAGES (sizeof stages / sizeof *stages)

/* A stage may be two functions of one name, before and after extraction. */
static bool named_before(size_t i)
{
    size_t k = 0;
    while (k < i && strcmp(stages[k]->name, stages[i]->name) != 0)
        k++;
    return k < i;
}

/* Each name once. */
static size_t names_of_stages(const char **names)
{
    size_t n = 0;
    for (size_t i = 0; i < N_STAGES; i++)
        if (!named_before(i))
            names[n++] = stages[i]->name;
    return n;
}

const char *const *funnel_stages(void)
{
    static const char *names[N_STAGES + 5];
    if (names[0])
        return names;
    size_t n = 1 + names_of_stages(names + 1);
    names[n++] = "prepare"; /* a record that killed its worker */
    names[n++] = "dedup";
    names[n++] = "pack";
    names[n] = NULL;
    names[0] = "ingest";
    return names;
}

static char all_stages[MAX_STAGES * 32];

static const struct conf_key run_keys[] = {
    { "run.stages", CONF_LIST, all_stages, 0, 0, NULL,
      "stages a record goes through; order is fixed, leaving one out says so in the report" },
    { "run.part_bytes", CONF_SIZE, "0", 0, 0, NULL, "stored bytes of one prepare task; 0: a 256th of the inputs, 1M to 256M" },
    { "run.group_bytes", CONF_SIZE, "0", 0, 0, NULL, "stored bytes of one tokenize task; 0: a 64th of the inputs, 2M to 1G" },
    { "run.worker_memory", CONF_SIZE, "448M", 128 << 20, 64e9, NULL, "anonymous memory of one worker; a record that needs more fails" },
    { 0 },
};

const struct conf_key *const *conf_tables(void)
{
    static const struct conf_key *tables[N_STAGES + 8];
    if (tables[0])
        return tables;
    const char *names[N_STAGES];
    for (size_t i = 0, k = names_of_stages(names); i < k; i++)
        snprintf(all_stages + strlen(all_stages), sizeof all_stages - strlen(all_stages), "%s%s", i ? "," : "", names[i]);
    size_t n = 1;
    for (size_t i = 0; i < N_STAGES; i++)
        if (stages[i]->keys)
            tables[n++] = stages[i]->keys;
    tables[n++] = ingest_keys;
    tables[n++] = dedup_keys;
    tables[n++] = pack_keys;
    tables[n++] = seal_keys;
    tables[n] = NULL;
    tables[0] = run_keys;
    return tables;
}

bool stages_want(const struct config *c, const char *name)
{
    const char *const *v;
    size_t n = config_list(c, "run.stages", &v);
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i], name) == 0)
            return true;
    return false;
}

static int check_names(const struct config *c, struct error *e)
{
    const char *const *v;
    size_t n = config_list(c, "run.stages", &v);
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < N_STAGES && strcmp(stages[j]->name, v[i]) != 0)
            j++;
        if (j == N_STAGES)
            return error_set(e, ERR_USAGE, "run.stages", "there is no stage '%s'", v[i]);
    }
    return stages_want(c, "extract") ? 0 : error_set(e, ERR_USAGE, "run.stages", "'extract' cannot be left out");
}

/*
 * What a worker must hold at once fits: a sort, or a record's block (its member's bytes grow by doubling, and the head of a larger
 * block is kept beside them).  Otherwise no record could be blamed when memory is used up.
 */
static int check_memory(const struct config *c, struct error *e)
{
    const uint64_t worker = config_size(c, "run.worker_memory"), beside = 64u << 20;
    if (config_size(c, "dedup.memory") + beside > worker)
        return error_set(e, ERR_USAGE, "dedup.memory", "is too much for a worker: at most run.worker_memory less 64M; lower it or raise that");
    if (3 * config_size(c, "ingest.max_block") + beside > worker)
        return error_set(e, ERR_USAGE, "ingest.max_block",
                         "is too much for a worker: three times this and 64M must fit in run.worker_memory; lower it or raise that");
    return 0;
}

int config_open(struct config **out, const char *name, const char *const *sets, size_t n_sets, struct error *e)
{
    char *path = NULL, *preset = xasprintf("%s.yml", name);
    struct config *c = config_new(conf_tables());
    int rc = 0;
    if (strchr(name, '/') || file_exists(name))
        path = xstrdup(name);
    else if (data_find(preset, &path, NULL))
        rc = error_set(e, ERR_USAGE, name, "no such file or preset; presets are the .yml files of configs/");
    if (rc == 0)
        rc = config_load(c, path, e);
    if (rc == -ERR_MISSING)
        rc = error_set(e, ERR_USAGE, name, "no such file or preset; presets are the .yml files of configs/");
    for (size_t i = 0; rc == 0 && i < n_sets; i++)
        rc = config_set(c, sets[i], e);
    if (rc == 0)
        rc = dedup_settings_check(c, e);
    if (rc == 0)
        rc = check_names(c, e);
    if (rc == 0)
        rc = check_memory(c, e);
    free(path);
    free(preset);
    if (rc)
        config_free(c);
    else
        *out = c;
    return rc;
}

int stages_open(struct stage_list *l, const struct config *c, enum phase from, enum phase to, struct error *e)
{
    *l = (struct stage_list){ 0 };
    int rc = check_names(c, e);
    for (size_t i = 0; rc == 0 && i < N_STAGES; i++) {
        const struct stage_ops *ops = stages[i];
        if (ops->phase < from || ops->phase > to || !stages_want(c, ops->name))
            continue;
        l->v[l->n].ops = ops;
        if (ops->open)
            rc = ops->open(c, &l->v[l->n].state, e);
        if (rc == 0)
            l->n++;
    }
    if (rc)
        stages_close(l);
    return rc;
}

void stages_scratch(struct stage_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->v[i].scratch && l->v[i].ops->scratch_new)
            l->v[i].scratch = l->v[i].ops->scratch_new(l->v[i].state);
}

void stages_drop_scratch(struct stage_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].scratch && l->v[i].ops->scratch_free)
            l->v[i].ops->scratch_free(l->v[i].scratch);
        l->v[i].scratch = NULL;
    }
}

void stages_close(struct stage_list *l)
{
    stages_drop_scratch(l);
    while (l->n) {
        l->n--;
        if (l->v[l->n].ops->close)
            l->v[l->n].ops->close(l->v[l->n].state);
    }
}

void stages_apply(struct stage_list *l, enum phase from, enum phase to, struct document *d)
{
    for (size_t i = 0; i < l->n && d->verdict == DOC_KEPT; i++) {
        const struct stage_ops *ops = l->v[i].ops;
        struct error e = { 0 };
        if (ops->phase < from || ops->phase > to)
            continue;
        if (ops->apply(l->v[i].state, l->v[i].scratch, d, &e) < 0)
            doc_fail(d, ops->name, "error", e.msg);
    }
}
