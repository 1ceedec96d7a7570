/* cmd_config.c - `sluice config check FILE`. */
#include <string.h>

#include "cmd/cmd.h"
#include "core/outfile.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/registry.h"

int cmd_config(int argc, char **argv)
{
    struct opt_list sets = { 0 };
    const struct opt table[] = {
        { "set", 0, OPT_LIST, &sets, "KEY=VALUE", "set one key over the file; repeatable", NULL },
        { NULL },
    };
    static const char notes[] = "Prints the canonical configuration, every default filled in, or the line that is wrong.\n"
                                "FILE may be the name of a preset: strict, fineweb.\n";
    int rest, status = cmd_options(table, "config check FILE [--set KEY=VALUE]...", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 2 || strcmp(argv[rest], "check") != 0)
        return cmd_usage("say: sluice config check FILE");
    struct config *c;
    struct error e;
    struct buf out = { 0 };
    int rc = config_open(&c, argv[rest + 1], sets.v, sets.n, &e);
    if (rc)
        return cmd_fail(&e);
    config_show(c, &out);
    rc = stdout_write(out.p, out.n, &e);
    buf_release(&out);
    config_free(c);
    return rc ? cmd_fail(&e) : 0;
}
