/* plan_show.c - see plan_show.h. */
#include "cmd/plan_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"

int plan_config(struct config **c, const char *name, const char *robots, const struct opt_list *sets, struct error *e)
{
    size_t n = sets->n;
    const char **all = xcalloc(n + 1, sizeof *all);
    char *snapshot = robots ? xasprintf("optout.snapshot=%s", robots) : NULL;
    for (size_t i = 0; i < n; i++)
        all[i] = sets->v[i];
    if (snapshot)
        all[n++] = snapshot;
    int rc = config_open(c, name, all, n, e);
    free(all);
    free(snapshot);
    return rc;
}

void plan_show(const struct run *r)
{
    const struct plan *p = &r->plan;
    uint64_t bytes = 0;
    for (size_t i = 0; i < p->n_inputs; i++)
        bytes += p->inputs[i].bytes;
    printf("folder      %s\nconfig      sha256 %s\nplan        sha256 %s\n", r->out, p->config_sha256, p->sha256);
    printf("inputs      %zu, %" PRIu64 " bytes\n", p->n_inputs, bytes);
    for (const struct step *const *s = run_steps; *s; s++)
        printf("%-8s    %-9s %zu tasks\n", (*s)->phase, (*s)->name, (*s)->n_tasks(r));
}
