/* cmd_config.c - `sluice config check FILE`, `sluice config keys`. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/outfile.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/registry.h"

/* ---- keys ---- */

static int by_key(const void *a, const void *b)
{
    const struct conf_key *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

static const char *type_of(const struct conf_key *k)
{
    static const char *const names[] = {
        [CONF_BOOL] = "true|false", [CONF_INT] = "whole number", [CONF_SIZE] = "size",   [CONF_NUM] = "number", [CONF_STR] = "text",
        [CONF_FILE] = "file",       [CONF_LIST] = "list",        [CONF_DATE] = "date",
    };
    return k->type == CONF_CHOICE ? k->choices : names[k->type];
}

/* "dedup.bands  whole number, 1 to 64 [14]", then what it is. */
static void put_key(const struct conf_key *k, struct buf *out)
{
    buf_printf(out, "%s  %s", k->key, type_of(k));
    if (k->min < k->max)
        buf_printf(out, ", %.15g to %.15g", k->min, k->max);
    buf_printf(out, " [%s]\n    %s\n", k->def, k->help);
}

static int keys(struct error *e)
{
    const struct conf_key **all = NULL;
    size_t n = 0, cap = 0;
    struct buf out = { 0 };
    for (const struct conf_key *const *t = conf_tables(); *t; t++)
        for (const struct conf_key *k = *t; k->key; k++) {
            GROW(all, n, cap);
            all[n++] = k;
        }
    qsort(all, n, sizeof *all, by_key);
    for (size_t i = 0; i < n; i++)
        put_key(all[i], &out);
    int rc = stdout_write(out.p, out.n, e);
    buf_release(&out);
    free(all);
    return rc;
}

int cmd_config(int argc, char **argv)
{
    struct opt_list sets = { 0 };
    const struct opt table[] = {
        { "set", 0, OPT_LIST, &sets, "KEY=VALUE", "set one key over the file; repeatable", NULL },
        { NULL },
    };
    static const char notes[] = "check prints the configuration, every default filled in, or the line that is wrong.\n"
                                "FILE may be the name of a preset: strict, fineweb.\n"
                                "keys prints every key there is: its values, [its default] and what it does.\n";
    int rest, status = cmd_options(table, "config check FILE [--set KEY=VALUE]...\n       sluice config keys", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    struct error e;
    if (argc - rest == 1 && strcmp(argv[rest], "keys") == 0)
        return keys(&e) ? cmd_fail(&e) : 0;
    if (argc - rest != 2 || strcmp(argv[rest], "check") != 0)
        return cmd_usage("say: sluice config check FILE, or sluice config keys");
    struct config *c;
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
