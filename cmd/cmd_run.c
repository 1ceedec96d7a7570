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
    const char *config, *out, *robots, *base;
    uint64_t jobs;
    bool dry, progress, fail_on_damage;
    struct opt_list sets;
};

static int damage_status(const struct run_arguments *a, uint64_t damage)
{
    if (!a->fail_on_damage || !damage)
        return 0;
    log_warn("%llu runs of damaged bytes, and --fail-on-damage was given", (unsigned long long)damage);
    return error_exit(ERR_DAMAGE);
}

static int work(const struct run_arguments *a, struct run *r, struct error *e)
{
    struct super_report report = { 0 };
    struct run_totals t;
    uint64_t failed = 0;
    double began = progress_clock();
    int rc = run_all(r, (unsigned)a->jobs, &report, e);
    struct error ignored;
    if (done_all(r, &prepare_parts_step, &ignored) == 0 && run_failed_inputs(r, &failed, &ignored))
        failed = 0;
    if (rc)
        return rc;
    rc = run_gather(r, &t, e);
    if (rc == 0)
        rc = summary_write_json(r, &t, &report, a->jobs, progress_clock() - began, e);
    if (rc == 0)
        rc = summary_show(r, &t, &report, a->jobs, progress_clock() - began, e);
    return rc ? rc : damage_status(a, t.damage);
}

static int run(const struct run_arguments *a, char **inputs, size_t n_inputs, struct error *e)
{
    struct config *c;
    struct run r = { 0 };
    uint64_t damage;
    int lock = -1, rc = plan_config(&c, a->config, a->robots, &a->sets, e);
    if (rc)
        return rc;
    rc = run_plan(&r, a->out, c, inputs, n_inputs, a->base, e);
    if (rc == 0 && a->dry) {
        rc = run_check(&r, e);
        if (rc == 0)
            plan_show(&r);
    } else if (rc == 0 && run_sealed(&r)) {
        rc = summary_done(&r, &damage, e);
        if (rc == 0)
            rc = damage_status(a, damage);
    } else if (rc == 0) {
        rc = run_claim(&r, &lock, e);
        if (rc == 0)
            rc = work(a, &r, e);
    }
    if (lock >= 0)
        close(lock);
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
        OPT_BASE(&a.base),
        { "dry-run", 0, OPT_FLAG, &a.dry, NULL, "say what would be done and do nothing", NULL },
        { "fail-on-damage", 0, OPT_FLAG, &a.fail_on_damage, NULL, "exit status 3 when an input is damaged (all is sealed first)", NULL },
        { "progress", 0, OPT_FLAG, &a.progress, NULL, "show progress even when standard error is no terminal", NULL },
        { NULL },
    };
    static const char notes[] = "INPUT: archives (WARC, ARC, WET) or documents as JSON lines, plain, .gz or .zst; folders of them; http(s):// and\n"
                                "s3:// URLs; or @LIST (a path or URL a line, plain or .gz, itself a path or URL).\n"
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
    int rc = run(&a, argv + rest, (size_t)(argc - rest), &e);
    free(a.sets.v);
    return rc < 0 ? cmd_fail(&e) : rc;
}
