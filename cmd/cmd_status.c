/* cmd_status.c - `sluice status` and `sluice clean`. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/drive.h"
#include "pipeline/run/taskstate.h"

#define MOST_FAILURES 5 /* told of each step; the rest are counted */

struct failure {
    size_t task;
    char why[600];
};

struct step_state {
    const struct step *step;
    size_t tasks, done, running, failed;
    struct failure first[MOST_FAILURES];
};

static void look(const struct run *r, const struct step *s, bool sealed, struct step_state *st)
{
    char why[600];
    *st = (struct step_state){ .step = s, .tasks = s->n_tasks(r) };
    if (sealed) { /* also when `clean` took the done files away */
        st->done = st->tasks;
        return;
    }
    for (size_t i = 0; i < st->tasks; i++) {
        enum task_state is = task_look(r, s, i, why, sizeof why);
        st->done += is == TASK_DONE;
        st->running += is == TASK_RUNNING;
        if (is == TASK_FAILED && st->failed++ < MOST_FAILURES) {
            struct failure *f = &st->first[st->failed - 1];
            f->task = i;
            snprintf(f->why, sizeof f->why, "%s", why);
        }
    }
}

static void put_numbers(const struct step_state *st, size_t n, struct json_writer *w)
{
    struct step_state sum = { 0 };
    for (size_t i = 0; i < n; i++) {
        sum.done += st[i].done;
        sum.failed += st[i].failed;
        sum.running += st[i].running;
        sum.tasks += st[i].tasks;
    }
    jw_member_u64(w, "done", sum.done);
    jw_member_u64(w, "failed", sum.failed);
    jw_member_u64(w, "running", sum.running);
    jw_member_u64(w, "tasks", sum.tasks);
}

static void put_failures(const struct step_state *st, size_t n, struct json_writer *w)
{
    jw_key(w, "failures");
    jw_begin(w, '[');
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < st[i].failed && k < MOST_FAILURES; k++) {
            jw_begin(w, '{');
            jw_member_str(w, "reason", span_cstr(st[i].first[k].why));
            jw_member_str(w, "step", span_cstr(st[i].step->name));
            jw_member_u64(w, "task", st[i].first[k].task);
            jw_end(w, '}');
        }
    jw_end(w, ']');
}

static void put_json(const struct step_state *st, size_t n, bool sealed, bool busy, struct buf *out)
{
    struct json_writer w = { out, false };
    jw_begin(&w, '{');
    jw_key(&w, "phases");
    jw_begin(&w, '[');
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && strcmp(st[k].step->phase, st[i].step->phase) == 0; k++)
            ;
        jw_begin(&w, '{');
        jw_member_str(&w, "phase", span_cstr(st[i].step->phase));
        put_numbers(st + i, k - i, &w);
        put_failures(st + i, k - i, &w);
        jw_key(&w, "steps");
        jw_begin(&w, '[');
        for (size_t s = i; s < k; s++) {
            jw_begin(&w, '{');
            jw_member_str(&w, "step", span_cstr(st[s].step->name));
            put_numbers(st + s, 1, &w);
            jw_end(&w, '}');
        }
        jw_end(&w, ']');
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_key(&w, "running");
    jw_bool(&w, busy);
    jw_key(&w, "sealed");
    jw_bool(&w, sealed);
    jw_end(&w, '}');
    buf_putc(out, '\n');
}

static void put_plain(const struct step_state *st, size_t n, bool sealed, bool busy, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%-8s %-9s %zu of %zu done", st[i].step->phase, st[i].step->name, st[i].done, st[i].tasks);
        if (st[i].running)
            buf_printf(out, ", %zu running", st[i].running);
        if (st[i].failed)
            buf_printf(out, ", %zu failed", st[i].failed);
        buf_putc(out, '\n');
        for (size_t k = 0; k < st[i].failed && k < MOST_FAILURES; k++)
            buf_printf(out, "%18s task %zu: %s\n", "", st[i].first[k].task, st[i].first[k].why);
        if (st[i].failed > MOST_FAILURES)
            buf_printf(out, "%18s and %zu more\n", "", st[i].failed - MOST_FAILURES);
    }
    buf_printf(out, "%s\n", sealed ? "sealed" : busy ? "not sealed; a run is working here" : "not sealed; no run is working here");
}

#define MAX_STEPS 16

static void show(const struct run *r, bool json, bool busy, struct buf *out)
{
    struct step_state st[MAX_STEPS];
    bool sealed = run_sealed(r);
    size_t n = 0;
    for (; n < MAX_STEPS && run_steps[n]; n++)
        look(r, run_steps[n], sealed, &st[n]);
    (json ? put_json : put_plain)(st, n, sealed, busy, out);
}

int cmd_status(int argc, char **argv)
{
    bool json = false;
    static const char notes[] = "Of each step of each phase: tasks done, running, and failed with the reason.  Changes nothing.\n";
    const struct opt table[] = {
        { "json", 0, OPT_FLAG, &json, NULL, "as one JSON object", NULL },
        { NULL },
    };
    int rest, status = cmd_options(table, "status OUT [--json]", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice status OUT");
    struct run r;
    struct error e;
    struct buf out = { 0 };
    int rc = run_open(&r, argv[rest], &e);
    if (rc)
        return cmd_fail(&e);
    show(&r, json, run_is_locked(argv[rest]), &out);
    rc = stdout_write(out.p, out.n, &e);
    buf_release(&out);
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

int cmd_clean(int argc, char **argv)
{
    bool force = false;
    const struct opt table[] = {
        { "force", 0, OPT_FLAG, &force, NULL, "also where the run is not sealed yet: its work is lost", NULL },
        { NULL },
    };
    int rest, status = cmd_options(table, "clean OUT", "Removes OUT/tmp after seal.\n", argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice clean OUT");
    struct run r;
    struct error e;
    int fd, rc = run_open(&r, argv[rest], &e);
    if (rc == 0)
        rc = run_lock(argv[rest], &fd, &e);
    if (rc)
        return cmd_fail(&e);
    if (!force && !run_sealed(&r))
        rc = error_set(&e, ERR_USAGE, r.out, "is not sealed, or not whole; finish the run, or say --force to throw its work away");
    else if (nftw(r.tmp, remove_one, 32, FTW_DEPTH | FTW_PHYS) < 0)
        rc = error_errno(&e, ERR_IO, r.tmp, "cannot remove");
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}
