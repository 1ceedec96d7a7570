/* placeholder */
#include "pipeline/run/run.h"
static size_t n_tasks(const struct run *r) { return r->plan.n_parts; }
const struct step prepare_parts_step = { "prepare", "parts", n_tasks, NULL, NULL, NULL };
