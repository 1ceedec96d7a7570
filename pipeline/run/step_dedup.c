/*
 * step_dedup.c - phase 2: duplicates, over the signature files that prepare left.
 *
 * group   a task a key column and slice   OUT/tmp/dedup/JJJJJ.groups
 *         facts: "kind", "band", "groups", "members", "spilled" (bytes)
 * link    once                            OUT/tmp/dedup/links, counts (u64 a part and one more: number of its first document)
 *         facts: "documents", "removed" {KIND:n}
 * choose  a task a group of parts         OUT/tmp/dedup/PPPPPPPP.choice
 *         facts: "kept", "rules" {"dedup.KIND":n}
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "pipeline/dedup/group.h"
#include "pipeline/dedup/link.h"
#include "pipeline/run/run.h"

/* Made before the workers fork: every part is opened once to count its documents, not once a task. */
struct dedup {
    struct dedup_settings settings;
    struct sigset set; /* what it has mapped is each worker's own */
};

static char **sig_paths(const struct run *r)
{
    char **paths = xcalloc(r->plan.n_parts, sizeof *paths);
    for (size_t i = 0; i < r->plan.n_parts; i++)
        paths[i] = run_tmp_path(r, "prepare/%08zu.sigs", i);
    return paths;
}

static void dedup_close(void *state)
{
    struct dedup *x = state;
    if (!x)
        return;
    sigset_close(&x->set);
    dedup_settings_release(&x->settings);
    free(x);
}

static int open_set(struct dedup *x, const struct run *r, struct error *e)
{
    return sigset_open(&x->set, &x->settings, sig_paths(r), r->plan.n_parts, e);
}

/* The same by the numbers that link left: each of many choose tasks touches the files it needs, not all there are. */
static int open_counted(struct dedup *x, const struct run *r, struct error *e)
{
    char *path = run_tmp_path(r, "dedup/counts");
    struct span map = { 0 };
    int rc = file_map(path, &map, e);
    if (rc == 0 && map.n != (r->plan.n_parts + 1) * sizeof(uint64_t))
        rc = error_set(e, ERR_FORMAT, path, "is not of this plan's parts; run dedup link again");
    if (rc == 0) {
        uint64_t *first = xcalloc(r->plan.n_parts + 1, sizeof *first);
        for (size_t i = 0; i <= r->plan.n_parts; i++)
            first[i] = get_le64((const uint8_t *)map.p + i * sizeof *first);
        sigset_open_counted(&x->set, &x->settings, sig_paths(r), r->plan.n_parts, first);
        free(first);
    }
    file_unmap(map);
    free(path);
    return rc;
}

static int open_by(int (*open_how)(struct dedup *, const struct run *, struct error *), const struct run *r, void **state,
                   struct error *e)
{
    struct dedup *x = xcalloc(1, sizeof *x);
    int rc = dedup_settings_open(&x->settings, r->plan.config, e);
    if (rc == 0)
        rc = open_how(x, r, e);
    if (rc)
        dedup_close(x);
    else
        *state = x;
    return rc;
}

static int open_to_link(const struct run *r, void **state, struct error *e)
{
    return open_by(open_set, r, state, e);
}

static int open_to_choose(const struct run *r, void **state, struct error *e)
{
    return open_by(open_counted, r, state, e);
}

/* Settings were checked when the plan was made; should they be wrong all the same, `link` says so. */
static size_t n_jobs(const struct run *r)
{
    struct dedup_settings s;
    size_t n = dedup_settings_open(&s, r->plan.config, NULL) == 0 ? group_n_jobs(&s) : 0;
    dedup_settings_release(&s);
    return n;
}

static void output(struct task *t, const char *name, const struct outfile_done *done)
{
    char *relative = xasprintf("tmp/dedup/%s", name);
    task_output(t, relative, done);
    free(relative);
}

/* ---- group ---- */

static int group_task(struct task *t, struct error *e)
{
    struct dedup *x = t->state;
    struct group_counts counts;
    struct outfile_done done;
    struct group_job job = group_job_at(&x->settings, t->index);
    char name[32];
    snprintf(name, sizeof name, "%05zu.groups", t->index);
    char *path = run_tmp_path(t->run, "dedup/%s", name);
    int rc = group_make(&x->set, &job, path, t->run->tmp, &done, &counts, e);
    free(path);
    if (rc == 0) {
        struct json_writer w = { &t->facts, t->facts.n > 0 };
        jw_member_str(&w, "kind", span_cstr(dedup_kind_name(job.kind)));
        jw_member_u64(&w, "band", job.band);
        jw_member_u64(&w, "groups", counts.groups);
        jw_member_u64(&w, "members", counts.members);
        jw_member_u64(&w, "spilled", counts.spilled);
        output(t, name, &done);
    }
    return rc;
}

/* ---- link ---- */

static size_t once(const struct run *r)
{
    return 1;
}

/* Every part left as many signatures as it kept documents. */
static int check_count(void *ctx, size_t part, const struct json *done, struct error *e)
{
    const struct sigset *set = ctx;
    if (json_u64(json_get(done, "facts"), "kept_documents", UINT64_MAX) == set->first[part + 1] - set->first[part])
        return 0;
    return error_set(e, ERR_FORMAT, set->paths[part], "has not as many signatures as the part has documents; prepare it again");
}

static void put_kinds(struct task *t, const char *name, const char *prefix, const struct dedup_settings *s,
                      const uint64_t removed[DEDUP_KINDS])
{
    struct json_writer w = { &t->facts, true };
    jw_key(&w, name);
    jw_begin(&w, '{');
    for (unsigned i = 0; i < s->n_kinds; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s", prefix, dedup_kind_name(s->kinds[i]));
        jw_member_u64(&w, key, removed[s->kinds[i]]);
    }
    jw_end(&w, '}');
}

static int make_links(struct task *t, struct dedup *x, struct error *e)
{
    size_t n = group_n_jobs(&x->settings);
    char **groups = xcalloc(n, sizeof *groups), *path = run_tmp_path(t->run, "dedup/links");
    struct link_counts counts;
    struct outfile_done done;
    for (size_t i = 0; i < n; i++)
        groups[i] = run_tmp_path(t->run, "dedup/%05zu.groups", i);
    int rc = link_make(&x->set, groups, path, t->run->tmp, &done, &counts, e);
    if (rc == 0) {
        struct json_writer w = { &t->facts, t->facts.n > 0 };
        jw_member_u64(&w, "documents", sigset_count(&x->set));
        put_kinds(t, "removed", "", &x->settings, counts.removed);
        output(t, "links", &done);
    }
    for (size_t i = 0; i < n; i++)
        free(groups[i]);
    free(groups);
    free(path);
    return rc;
}

static int put_counts(struct task *t, const struct sigset *set, struct error *e)
{
    struct outfile_done done;
    struct buf b = { 0 };
    char *path = run_tmp_path(t->run, "dedup/counts");
    for (size_t i = 0; i <= set->n_parts; i++) {
        uint8_t v[8];
        put_le64(v, set->first[i]);
        buf_put(&b, v, sizeof v);
    }
    int rc = file_write(path, t->run->tmp, buf_view(&b), &done, e);
    if (rc == 0)
        output(t, "counts", &done);
    buf_release(&b);
    free(path);
    return rc;
}

static int link_task(struct task *t, struct error *e)
{
    struct dedup *x = t->state;
    int rc = done_each(t->run, &prepare_parts_step, 0, x->set.n_parts, check_count, &x->set, e);
    if (rc == 0)
        rc = make_links(t, x, e);
    return rc ? rc : put_counts(t, &x->set, e);
}

/* ---- choose ---- */

static size_t n_groups(const struct run *r)
{
    return r->plan.n_groups;
}

static int choose_part(struct task *t, struct dedup *x, const struct links *l, size_t part, uint64_t removed[DEDUP_KINDS],
                       struct error *e)
{
    struct outfile_done done;
    char name[32], *path;
    snprintf(name, sizeof name, "%08zu.choice", part);
    path = run_tmp_path(t->run, "dedup/%s", name);
    int rc = links_choose_part(l, &x->set, part, path, t->run->tmp, &done, removed, e);
    if (rc == 0)
        output(t, name, &done);
    free(path);
    return rc;
}

static int choose_task(struct task *t, struct error *e)
{
    const struct plan_group *g = &t->run->plan.groups[t->index];
    uint64_t removed[DEDUP_KINDS] = { 0 };
    struct dedup *x = t->state;
    struct links l = { 0 };
    char *path = run_tmp_path(t->run, "dedup/links");
    int rc = links_open(&l, path, sigset_count(&x->set), e);
    for (size_t i = g->first; rc == 0 && i < g->first + g->n; i++)
        rc = choose_part(t, x, &l, i, removed, e);
    if (rc == 0) {
        struct json_writer w = { &t->facts, t->facts.n > 0 };
        jw_member_u64(&w, "kept", removed[DEDUP_NONE]);
        put_kinds(t, "rules", "dedup.", &x->settings, removed);
    }
    links_close(&l);
    free(path);
    return rc;
}

const struct step dedup_group_step = {
    .phase = "dedup", .name = "group", .n_tasks = n_jobs, .task = group_task, .open = open_to_link, .close = dedup_close,
};
const struct step dedup_link_step = {
    .phase = "dedup", .name = "link", .n_tasks = once, .task = link_task, .open = open_to_link, .close = dedup_close,
};
const struct step dedup_choose_step = {
    .phase = "dedup", .name = "choose", .n_tasks = n_groups, .task = choose_task, .open = open_to_choose, .close = dedup_close,
};
