/*
 * stage.h - the one contract of a stage.
 *
 * To add a filter: one file filters/x.c that exports `const struct stage_ops x_stage`, one line in
 * pipeline/run/registry.c, one test tests/unit/test_x.c, one section in configs/ (its conf_key
 * table).  Nothing else.
 *
 * A stage is a pure function of (document, configuration): no counters, clocks or state that runs
 * from one document into the next.  `apply` sees its shared state as const and has scratch of its
 * own, so the same stage runs in many threads.
 */
#ifndef SLUICE_STAGE_H
#define SLUICE_STAGE_H

#include "core/config.h"
#include "core/doc.h"

/* The order of a run; the planner refuses any other. */
enum phase { PHASE_URL, PHASE_EXTRACT, PHASE_PAGE, PHASE_LANGUAGE, PHASE_QUALITY, PHASE_SCRUB, PHASE_SIGN };

struct stage_ops {
    const char *name;            /* ledger and manifest: "optout", "extract", "language", "quality", "pii" */
    unsigned version;            /* bump when the same input gives other output */
    enum phase phase;
    const struct conf_key *keys; /* its configuration section(s); NULL: none */
    const char *const *rules;    /* NULL-ended: every rule it may drop with; counters are made from this */

    /*
     * open() reads models and tables; *state is shared and const from then on.  Errors:
     * -ERR_MISSING, -ERR_USAGE, -ERR_GATE.  *state may be NULL when there is nothing to hold.
     */
    int (*open)(const struct config *c, void **state, struct error *e);
    /* Per worker or thread; NULL if the stage needs none. */
    void *(*scratch_new)(const void *state);
    void (*scratch_free)(void *scratch);
    /*
     * apply() may change the document or doc_drop() it.  Called only while it is kept.
     * A negative return is a fault of this document: it becomes DOC_FAILED with e->msg.
     */
    int (*apply)(const void *state, void *scratch, struct document *d, struct error *e);
    void (*close)(void *state);

    /*
     * Models and lists that decided, for the manifest: one call of `add` each.  NULL: none.
     * kind: "model" | "list".
     */
    void (*sources)(const void *state, void (*add)(void *ctx, const char *kind, const char *name, const char *version,
                                                   const char *sha256), void *ctx);
};

#endif
