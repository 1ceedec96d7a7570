/* drive.c - see drive.h. */
#include "pipeline/run/drive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "core/log.h"
#include "core/outfile.h"
#include "pipeline/run/chain.h"
#include "pipeline/run/corpus.h"
#include "pipeline/run/pack.h"
#include "pipeline/run/registry.h"

int run_lock(const char *out, int *fd, struct error *e)
{
    char *tmp = xasprintf("%s/tmp", out), *path = xasprintf("%s/tmp/lock", out);
    int rc = dir_make(tmp, e);
    *fd = -1;
    if (rc == 0 && (*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)) < 0)
        rc = error_errno(e, ERR_IO, path, "cannot create; is the output folder writable and not full?");
    /* A record lock belongs to this process alone: a worker that outlives us does not hold it. */
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (rc == 0 && fcntl(*fd, F_SETLK, &whole) < 0) {
        rc = errno == EACCES || errno == EAGAIN
                 ? error_set(e, ERR_LOCKED, out, "another run works in this folder; wait for it or choose another (-o)")
                 : error_errno(e, ERR_IO, path, "cannot lock");
        close(*fd);
        *fd = -1;
    }
    free(tmp);
    free(path);
    return rc;
}

bool run_is_locked(const char *out)
{
    char *path = xasprintf("%s/tmp/lock", out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    bool held = fd >= 0 && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    free(path);
    return held;
}

bool run_sealed(const struct run *r)
{
    struct corpus c;
    struct stat st;
    char hex[65], *path = run_path(r, "manifest.sha256"), want[128];
    struct buf sum = { 0 };
    bool whole = false;
    if (file_exists(path) && corpus_manifest(&c, r->out, NULL) == 0) {
        const struct json *outputs = json_get(c.manifest, "outputs"), *config = json_get(c.manifest, "config");
        sha256_hex_of(buf_view(&c.text), hex);
        snprintf(want, sizeof want, "%s  manifest.json\n", hex);
        whole = file_read(path, 4096, &sum, NULL) == 0 && span_is(buf_view(&sum), want) &&
                span_is(json_str(config, "sha256", SPAN("")), r->plan.config_sha256);
        for (const struct json *o = outputs ? outputs->first : NULL; whole && o; o = o->next) {
            char *p = corpus_path(&c, json_str(o, "path", SPAN("")));
            whole = stat(p, &st) == 0 && (uint64_t)st.st_size == json_u64(o, "bytes", UINT64_MAX);
            free(p);
        }
        corpus_close(&c);
    }
    buf_release(&sum);
    free(path);
    return whole;
}

static void adopt_date(struct config *c, const struct plan *old)
{
    char set[64];
    if (!config_has(c, "optout.as_of") || *config_str(c, "optout.as_of"))
        return;
    snprintf(set, sizeof set, "optout.as_of=%s", config_str(old->config, "optout.as_of"));
    if (config_set(c, set, NULL))
        abort();
}

/*
 * What every task will want: better to miss it before any work.  Models are opened, the snapshot's age is judged, the
 * vocabulary is wanted last.
 */
int run_check(const struct run *r, struct error *e)
{
    struct stage_list l;
    struct vocab *v;
    int rc = stages_open(&l, r->plan.config, PHASE_URL, PHASE_SCRUB, e);
    if (rc)
        return rc;
    stages_close(&l);
    rc = pack_vocab(r, &v, e);
    if (rc == 0)
        vocab_close(v);
    return rc;
}

static int not_ours(const struct plan *old, const struct run *r, struct error *e)
{
    if (strcmp(old->sha256, r->plan.sha256) == 0)
        return 0;
    return error_set(e, ERR_USAGE, r->out, "belongs to a run of %s; choose another folder (-o) or remove this one",
                     strcmp(old->config_sha256, r->plan.config_sha256) ? "another configuration" : "other or changed inputs");
}

int run_plan(struct run *r, const char *out, struct config *c, char **inputs, size_t n_inputs, const char *base, struct error *e)
{
    struct plan old;
    *r = (struct run){ .out = xstrdup(out), .tmp = xasprintf("%s/tmp", out), .plan = { .config = c } };
    char *path = run_path(r, "plan.json");
    bool had = file_exists(path);
    free(path);
    int rc = had ? plan_read(&old, out, e) : 0;
    if (rc == 0 && had)
        adopt_date(c, &old); /* a day later it is still the same run */
    if (rc == 0)
        rc = plan_make(&r->plan, c, inputs, n_inputs, base, e);
    if (rc == 0 && had)
        rc = not_ours(&old, r, e);
    if (had)
        plan_release(&old);
    return rc;
}

int run_claim(const struct run *r, int *lock, struct error *e)
{
    struct plan old;
    char *path = run_path(r, "plan.json");
    int rc = run_lock(r->out, lock, e);
    if (rc == 0 && file_exists(path)) { /* another run may have made it after we looked */
        rc = plan_read(&old, r->out, e);
        if (rc == 0)
            rc = not_ours(&old, r, e);
        plan_release(&old);
    }
    if (rc == 0)
        rc = run_make_folders(r, e);
    if (rc == 0)
        rc = run_check(r, e);
    if (rc == 0)
        run_sweep(r->out);
    free(path);
    return rc ? rc : plan_write(&r->plan, r->out, e);
}

const struct step *step_find(const char *phase, const char *name)
{
    for (const struct step *const *s = run_steps; *s; s++)
        if (strcmp((*s)->phase, phase) == 0 && (!name || strcmp((*s)->name, name) == 0))
            return *s;
    return NULL;
}

/*
 * OUT/tmp/done/PHASE.STEP.all.json: every task of the step was proven done, and the chain of parts too.  Without it each of
 * a hundred thousand array jobs would prove a hundred thousand tasks again.
 */
static char *proof_path(const struct run *r, const struct step *s)
{
    return run_tmp_path(r, "done/%s.%s.all.json", s->phase, s->name);
}

static void proof_put(const struct run *r, const struct step *s, struct buf *out)
{
    struct json_writer w = { out, false };
    jw_begin(&w, '{');
    jw_member_str(&w, "plan", span_cstr(r->plan.sha256));
    jw_member_u64(&w, "tasks", s->n_tasks(r));
    jw_end(&w, '}');
}

static int prove_step(const struct run *r, const struct step *s, struct error *e)
{
    size_t broken = r->plan.n_parts;
    int rc = done_all(r, s, e);
    if (rc == 0 && s == &prepare_parts_step)
        rc = chain_broken(r, 0, &broken, e);
    if (rc == 0 && broken < r->plan.n_parts)
        rc = error_set(e, ERR_MISSING, NULL, "part %zu did not begin where part %zu ended; run sluice prepare OUT --task %zu again", broken,
                       broken - 1, broken);
    return rc;
}

int steps_before(const struct run *r, const struct step *s, struct error *e)
{
    int rc = 0;
    for (const struct step *const *q = run_steps; rc == 0 && *q && *q != s; q++) {
        struct buf want = { 0 }, is = { 0 };
        char *path = proof_path(r, *q);
        proof_put(r, *q, &want);
        if (!file_exists(path) || file_read(path, 4096, &is, NULL) || !span_eq(buf_view(&want), buf_view(&is))) {
            rc = prove_step(r, *q, e);
            if (rc == 0)
                rc = file_write(path, r->tmp, buf_view(&want), NULL, e);
        }
        buf_release(&want);
        buf_release(&is);
        free(path);
    }
    return rc;
}

/* Undo a task: without its done file it will be run again. */
static void forget(const struct run *r, const struct step *s, size_t task)
{
    char *p = run_tmp_path(r, "done/%s.%s.%08zu.json", s->phase, s->name, task), *proof = proof_path(r, s);
    unlink(proof);
    unlink(p);
    free(p);
    free(proof);
}

static int do_part_again(const struct run *r, size_t part, struct super_report *report, struct error *e)
{
    forget(r, &prepare_parts_step, part);
    return super_run(r, &prepare_parts_step, &part, 1, 1, report, e);
}

/* All parts are done, by us or others. */
static int mend_chain(const struct run *r, struct super_report *report, struct error *e)
{
    size_t broken = 0;
    for (;;) {
        int rc = chain_broken(r, broken, &broken, e);
        if (rc || broken == r->plan.n_parts)
            return rc;
        rc = do_part_again(r, broken, report, e);
        if (rc)
            return rc;
    }
}

/*
 * One part is done, others are under way elsewhere.  Whoever writes a part looks at both neighbours afterwards,
 * so of two that do not meet the second to be finished sees it, and the later in the input is done again.  Two who
 * wrote this part at once from different places may have mixed their files: then it is not done after all.
 */
static int mend_around(const struct run *r, size_t part, struct super_report *report, struct error *e)
{
    int rc = 0;
    while (rc == 0) {
        if (done_is(r, &prepare_parts_step, part) && !chain_gap(r, part)) {
            if (!chain_gap(r, part + 1))
                break;
            part++;
        }
        rc = do_part_again(r, part, report, e);
    }
    return rc;
}

int run_task(const struct run *r, const struct step *s, uint64_t task, struct super_report *report, struct error *e)
{
    size_t index = (size_t)task, n = s->n_tasks(r);
    int rc = steps_before(r, s, e);
    if (rc || n == 0)
        return rc;
    if (task >= n)
        return error_set(e, ERR_USAGE, NULL, "%s %s has tasks 0 to %zu, not %" PRIu64, s->phase, s->name, n - 1, task);
    rc = super_run(r, s, &index, 1, 1, report, e);
    if (rc == 0 && s == &prepare_parts_step)
        rc = mend_around(r, index, report, e);
    if (rc == 0 && report->n_steps && s != &seal_step) /* seal, on another machine perhaps, cannot do it for us */
        rc = disk_flush(r->out, e);
    return rc;
}

static int run_step(const struct run *r, const struct step *s, unsigned workers, struct super_report *report, struct error *e)
{
    size_t n = s->n_tasks(r);
    size_t *tasks = xcalloc(n, sizeof *tasks);
    for (size_t i = 0; i < n; i++)
        tasks[i] = i;
    int rc = super_run(r, s, tasks, n, workers, report, e);
    if (rc == 0 && s == &prepare_parts_step)
        rc = mend_chain(r, report, e);
    free(tasks);
    return rc;
}

int run_all(const struct run *r, unsigned workers, struct super_report *report, struct error *e)
{
    int rc = 0;
    for (const struct step *const *s = run_steps; rc == 0 && *s; s++)
        rc = run_step(r, *s, workers, report, e);
    return rc;
}

/* ---- what it came to ---- */

struct gathering {
    const struct run *r;
    struct run_totals *t;
    uint64_t *failed;
};

static int name_failed(void *ctx, size_t i, const struct json *done, struct error *e)
{
    const struct gathering *g = ctx;
    const struct plan *p = &g->r->plan;
    struct span why = json_str(json_get(done, "facts"), "input_failed", (struct span){ 0 });
    struct error input;
    if (!why.p || p->parts[i].begin != 0)
        return 0;
    error_set(&input, ERR_INPUT, p->inputs[p->parts[i].input].path, "%.*s", SPAN_ARG(why));
    log_error(&input);
    ++*g->failed;
    return 0;
}

int run_failed_inputs(const struct run *r, uint64_t *n, struct error *e)
{
    struct gathering g = { .r = r, .failed = n };
    *n = 0;
    return done_each(r, &prepare_parts_step, 0, r->plan.n_parts, name_failed, &g, e);
}

int run_failed_input(const struct run *r, uint64_t part, uint64_t *n, struct error *e)
{
    struct gathering g = { .r = r, .failed = n };
    *n = 0;
    return done_each(r, &prepare_parts_step, (size_t)part, (size_t)part + 1, name_failed, &g, e);
}

static int add_part(void *ctx, size_t i, const struct json *done, struct error *e)
{
    const struct gathering *g = ctx;
    const struct json *facts = json_get(done, "facts");
    struct run_totals *t = g->t;
    t->records += json_u64(facts, "records", 0);
    t->failed += json_u64(facts, "failed", 0);
    t->damage += json_u64(facts, "damage", 0);
    t->killed += json_u64(facts, "killed", 0);
    t->unknown_hosts += json_u64(facts, "unknown_hosts", 0);
    t->inputs_failed += json_get(facts, "input_failed") && g->r->plan.parts[i].begin == 0;
    return 0;
}

static int add_group(void *ctx, size_t i, const struct json *done, struct error *e)
{
    const struct gathering *g = ctx;
    const struct json *facts = json_get(done, "facts");
    g->t->killed += json_u64(facts, "killed", 0);
    g->t->documents += json_u64(facts, "documents", 0);
    g->t->tokens += json_u64(facts, "tokens", 0);
    return 0;
}

int run_gather(const struct run *r, struct run_totals *t, struct error *e)
{
    struct gathering g = { .r = r, .t = t };
    *t = (struct run_totals){ 0 };
    for (size_t i = 0; i < r->plan.n_inputs; i++)
        t->input_bytes += r->plan.inputs[i].bytes;
    int rc = done_each(r, &prepare_parts_step, 0, r->plan.n_parts, add_part, &g, e);
    if (rc == 0)
        rc = done_each(r, &pack_tokenize_step, 0, r->plan.n_groups, add_group, &g, e);
    t->kept = t->documents;
    t->dropped = t->records - t->failed - t->kept;
    return rc;
}
