/* cmd_plan.c - `sluice plan`: what a run would do, for a cluster that then runs its tasks. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/plan_show.h"
#include "core/infile.h"
#include "pipeline/run/drive.h"

int cmd_plan(int argc, char **argv)
{
    const char *config = "strict", *out = NULL, *robots = NULL, *base = NULL;
    struct opt_list sets = { 0 };
    const struct opt table[] = {
        OPT_CONFIG(&config),
        OPT_OUTPUT(&out, "OUT"),
        { "robots", 0, OPT_STR, &robots, "SNAPSHOT", "robots.txt snapshot (optout.snapshot)", NULL },
        OPT_BASE(&base),
        { "set", 0, OPT_LIST, &sets, "KEY=VALUE", "set one key of the configuration; repeatable", NULL },
        { NULL },
    };
    static const char notes[] = "Writes OUT/plan.json: the canonical configuration, the inputs with size and version, and the number\n"
                                "of tasks of each step.  Reads no input whole.\n";
    int rest, status = cmd_options(table, "plan -c CONFIG -o OUT INPUT...", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (!out)
        return cmd_usage("-o OUT is missing: the folder to write to");
    struct error e;
    struct config *c;
    struct run r;
    int lock = -1, rc = plan_config(&c, config, robots, &sets, &e);
    free(sets.v);
    if (rc)
        return cmd_fail(&e);
    rc = run_plan(&r, out, c, argv + rest, (size_t)(argc - rest), base, &e);
    if (rc == 0 && !run_sealed(&r)) /* a sealed folder is left as it is */
        rc = run_claim(&r, &lock, &e);
    if (rc == 0)
        plan_show(&r);
    if (lock >= 0)
        close(lock);
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}
