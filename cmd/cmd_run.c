/* cmd_run.c - `sluice run`: everything, here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/plan_show.h"
#include "cmd/run_summary.h"
#include "core/infile.h"
#include "pipeline/run/drive.h"
#include "pipeline/run/progress.h"

struct run_arguments {
    const char *config, *out, *robots;
    uint64_t jobs;
    bool dry, progress, fail_on_damage;
    struct opt_list sets;
};

/* After `clean` the done files are gone, but a manifest of this very plan says it all. */
static bool is_sealed(const struct run *r)
{
    char *manifest = run_path(r, "manifest.json"), *digest = run_path(r, "manifest.sha256");
    bool whole = file_exists(manifest) && file_exists(digest);
    char *done = run_tmp_path(r, "done");
    bool cleaned = whole && !done_is(r, &prepare_parts_step, 0) && !done_is(r, &seal_step, 0);
    free(manifest);
    free(digest);
    free(done);
    return whole && (cleaned || done_is(r, &seal_step, 0));
}

static int damage_status(const struct run_arguments *a, const struct run_totals *t)
{
    if (!a->fail_on_damage || !t->damage)
        return 0;
    log_warn("%llu runs of damaged bytes; --fail-on-damage was given", (unsigned long long)t->damage);
    return error_exit(ERR_DAMAGE);
}

static int work(const struct run_arguments *a, struct run *r, struct error *e)
{
    struct super_report report = { 0 };
    struct run_totals t;
    uint64_t failed = 0;
    size_t worked;
    double began = progress_clock();
    int rc = run_all(r, (unsigned)a->jobs, &report, &worked, e);
    struct error ignored;
    if (done_all(r, &prepare_parts_step, &ignored) == 0 && run_failed_inputs(r, &failed, &ignored))
        failed = 0;
    if (rc)
        return rc;
    rc = run_gather(r, &t, e);
    if (rc == 0)
        rc = summary_write_json(r, &t, &report, a->jobs, progress_clock() - began, e);
    if (rc == 0)
        summary_show(r, &t, &report, progress_clock() - began);
    return rc ? rc : damage_status(a, &t);
}

static int run_locked(const struct run_arguments *a, char **inputs, size_t n_inputs, struct error *e)
{
    struct config *c;
    struct run r = { 0 };
    bool fresh;
    int rc = plan_config(&c, a->config, a->robots, &a->sets, e);
    if (rc)
        return rc;
    rc = run_begin(&r, a->out, c, inputs, n_inputs, a->dry, &fresh, e);
    if (rc == 0 && a->dry) {
        plan_show(&r);
    } else if (rc == 0 && is_sealed(&r)) {
        summary_done(&r);
    } else if (rc == 0) {
        rc = work(a, &r, e);
    }
    run_release(&r);
    return rc;
}

int cmd_run(int argc, char **argv)
{
    struct run_arguments a = { .config = "strict", .jobs = opt_default_jobs() };
    const struct opt table[] = {
        OPT_CONFIG(&a.config),
        OPT_OUTPUT(&a.out, "OUT"),
        OPT_JOBS(&a.jobs),
        { "robots", 0, OPT_STR, &a.robots, "SNAPSHOT", "robots.txt snapshot, made by sluice robots build (optout.snapshot)", NULL },
        { "set", 0, OPT_LIST, &a.sets, "KEY=VALUE", "set one key of the configuration; repeatable", NULL },
        { "dry-run", 0, OPT_FLAG, &a.dry, NULL, "say what would be done and do nothing", NULL },
        { "fail-on-damage", 0, OPT_FLAG, &a.fail_on_damage, NULL, "exit status 3 when an input is damaged (all is sealed first)", NULL },
        { "progress", 0, OPT_FLAG, &a.progress, NULL, "show progress even when standard error is no terminal", NULL },
        { NULL },
    };
    static const char notes[] = "INPUT: archives (.warc, .warc.gz), folders of them, or @LIST (a path a line).\n"
                                "A run that was interrupted goes on where it was when the same command is given again.\n";
    int rest, status = cmd_options(table, "run -c CONFIG -o OUT [-j N] [--robots SNAPSHOT] [--set KEY=VALUE] INPUT...", notes, argc,
                                   argv, &rest);
    if (status >= 0)
        return status;
    if (!a.out)
        return cmd_usage("-o OUT is missing: the folder to write to");
    if (a.jobs < 1 || a.jobs > 512)
        return cmd_usage("-j takes 1 to 512 workers");
    log_progress_enable(a.progress);
    struct error e = { 0 };
    int fd = -1;
    int rc = a.dry ? 0 : run_lock(a.out, &fd, &e);
    if (rc == 0)
        rc = run_locked(&a, argv + rest, (size_t)(argc - rest), &e);
    if (fd >= 0)
        close(fd);
    free(a.sets.v);
    return rc < 0 ? cmd_fail(&e) : rc;
}
