/*
 * registry.h - the one place that names every stage, and the stages of one configuration.
 */
#ifndef SLUICE_REGISTRY_H
#define SLUICE_REGISTRY_H

#include "core/stage.h"

#define MAX_STAGES 16

/* The stages that a configuration asks for (run.stages), opened, in their order. */
struct stage_list {
    struct {
        const struct stage_ops *ops;
        void *state;
        void *scratch; /* of the process that called stages_scratch() */
    } v[MAX_STAGES];
    size_t n;
};

/*
 * stages_open() - open those of phases [from, to].  Errors: -ERR_USAGE (no such stage), and those of
 * each stage's open().
 */
int stages_open(struct stage_list *l, const struct config *c, enum phase from, enum phase to, struct error *e) MUST_USE;
/* Gives scratch memory back; stages_scratch() makes it anew. */
void stages_drop_scratch(struct stage_list *l);
void stages_scratch(struct stage_list *l);
void stages_close(struct stage_list *l);
/* What a row's `stage` may be, in the order of a run, for funnels: "ingest", the stages, what follows them; NULL-ended, static. */
const char *const *funnel_stages(void);
/* Whether run.stages names it. */
bool stages_want(const struct config *c, const char *name);

/*
 * stages_apply() - run the document through the stages of phases [from, to] while it is kept.
 * A stage's fault makes the document DOC_FAILED, rule "error".
 */
void stages_apply(struct stage_list *l, enum phase from, enum phase to, struct document *d);

#endif
