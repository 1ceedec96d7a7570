/* cmd_phase.c - prepare, dedup, pack, seal: one task of one step, for array jobs. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "pipeline/run/drive.h"

/* One task; inputs that cannot be read at all are named where they are met, and before seal refuses. */
static int one_task(const struct run *r, const struct step *s, uint64_t task, struct error *e)
{
    struct super_report report = { 0 };
    uint64_t failed;
    if (run_sealed(r))
        return 0;
    int rc = run_make_folders(r, e);
    if (rc == 0 && s == &seal_step)
        rc = steps_before(r, s, e);
    if (rc == 0 && s == &seal_step)
        rc = run_failed_inputs(r, &failed, e);
    if (rc == 0)
        rc = run_task(r, s, task, &report, e);
    if (rc == 0 && s == &prepare_parts_step)
        rc = run_failed_input(r, task, &failed, e);
    return rc;
}

static int phase_main(const char *phase, int argc, char **argv)
{
    const char *name = NULL;
    uint64_t task = UINT64_MAX;
    bool progress = false;
    const struct opt table[] = {
        { "step", 0, OPT_STR, &name, "NAME", "which step of the phase [its first]", NULL },
        { "task", 0, OPT_U64, &task, "I", "which task, from 0 [0 where the step has one]", NULL },
        { "progress", 0, OPT_FLAG, &progress, NULL, "show progress even when standard error is no terminal", NULL },
        { NULL },
    };
    char usage[128], notes[512] = "Steps:";
    snprintf(usage, sizeof usage, "%s OUT [--step NAME] --task I", phase);
    for (const struct step *const *s = run_steps; *s; s++)
        if (strcmp((*s)->phase, phase) == 0)
            snprintf(notes + strlen(notes), sizeof notes - strlen(notes), " %s", (*s)->name);
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes),
             ".\nplan.json has the number of tasks of each.  Finished work is recognised and left.\n");
    int rest, status = cmd_options(table, usage, notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice %s", usage);
    const struct step *s = step_find(phase, name);
    if (!s)
        return cmd_usage("%s has no step '%s'; see sluice help %s", phase, name, phase);
    struct run r;
    struct error e;
    log_progress_enable(progress);
    int rc = run_open(&r, argv[rest], &e);
    if (rc)
        return cmd_fail(&e);
    size_t n_tasks = s->n_tasks(&r);
    if (task == UINT64_MAX && n_tasks > 1) {
        run_release(&r);
        return cmd_usage("--task I is missing: %s %s has %zu tasks", phase, s->name, n_tasks);
    }
    rc = one_task(&r, s, task == UINT64_MAX ? 0 : task, &e);
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}

int cmd_prepare(int argc, char **argv)
{
    return phase_main("prepare", argc, argv);
}

int cmd_dedup(int argc, char **argv)
{
    return phase_main("dedup", argc, argv);
}

int cmd_pack(int argc, char **argv)
{
    return phase_main("pack", argc, argv);
}

int cmd_seal(int argc, char **argv)
{
    return phase_main("seal", argc, argv);
}
