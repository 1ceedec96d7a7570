/*
 * drive.h - a whole run on one machine: lock, plan, every step in turn, and what it came to.
 */
#ifndef SLUICE_DRIVE_H
#define SLUICE_DRIVE_H

#include "pipeline/run/super.h"
#include "pipeline/run/tasks.h"

/* What a run came to, gathered from done files: for the summary and run.json. */
struct run_totals {
    uint64_t records, kept, dropped, failed; /* kept: after dedup */
    uint64_t damage, unknown_hosts, inputs_failed;
    uint64_t documents, tokens;
    uint64_t input_bytes;
};

/* Locks OUT against a second `run`; workers do not inherit it.  Errors: -ERR_LOCKED, -ERR_IO. */
int run_lock(const char *out, int *fd, struct error *e) MUST_USE;

/*
 * run_begin() - the plan of `out`: the one that is there if it is the same as what is asked
 * for, else a new one.  *fresh tells.  The run owns config.
 * Errors: -ERR_USAGE when the folder belongs to another configuration or other inputs.
 */
int run_begin(struct run *r, const char *out, struct config *c, char **inputs, size_t n_inputs, bool dry, bool *fresh,
              struct error *e) MUST_USE;

/* Every step in order; finished tasks are left alone.  *worked: tasks that were done now. */
int run_all(const struct run *r, unsigned workers, struct super_report *report, size_t *worked, struct error *e) MUST_USE;
/* One task of a step, with the chain of parts put right around it; a finished one is left alone. */
int run_one(const struct run *r, const struct step *s, size_t task, struct super_report *report, struct error *e) MUST_USE;

/* The step of that name in that phase; name NULL: the phase's first.  NULL if there is none. */
const struct step *step_find(const char *phase, const char *name);
/* Every task of every step before `s` is done, and the chain holds.  Errors: -ERR_MISSING naming the task to run. */
int steps_before(const struct run *r, const struct step *s, struct error *e) MUST_USE;

/* Inputs that could not be read are named on standard error; *n their number. */
int run_failed_inputs(const struct run *r, uint64_t *n, struct error *e) MUST_USE;
int run_gather(const struct run *r, struct run_totals *t, struct error *e) MUST_USE;

#endif
