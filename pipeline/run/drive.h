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
    uint64_t killed; /* records that killed their worker and are failed rows */
    uint64_t documents, tokens;
    uint64_t input_bytes;
};

/* Locks OUT against a second `run`; workers do not inherit it.  Errors: -ERR_LOCKED, -ERR_IO. */
int run_lock(const char *out, int *fd, struct error *e) MUST_USE;
/* Does a run hold the lock now?  Changes nothing. */
bool run_is_locked(const char *out);

/*
 * run_plan() - what a run of these inputs into `out` would do.  Writes nothing.  The run owns config, on errors too.
 * Errors: those of plan_make(); -ERR_USAGE when the folder belongs to another configuration or other inputs.
 */
int run_plan(struct run *r, const char *out, struct config *c, char **inputs, size_t n_inputs, const char *base, struct error *e) MUST_USE;
/* Models, snapshot and vocabulary are there and may be used.  Errors: those of stages_open() and pack_vocab(). */
int run_check(const struct run *r, struct error *e) MUST_USE;
/*
 * run_claim() - make the folder this run's: lock, folders, the plan.  *lock is to be closed at the end, -1 on a failure to lock.
 * Errors: -ERR_LOCKED, -ERR_IO, -ERR_USAGE as run_plan(), those of run_check().
 */
int run_claim(const struct run *r, int *lock, struct error *e) MUST_USE;

/* Every step in order; finished tasks are left alone. */
int run_all(const struct run *r, unsigned workers, struct super_report *report, struct error *e) MUST_USE;

/*
 * The folder holds a sealed corpus of this very plan, whole: the manifest is that of manifest.sha256 and of this
 * configuration, and every output is there with its size.  With or without OUT/tmp.
 */
bool run_sealed(const struct run *r);

/* The step of that name in that phase; name NULL: the phase's first.  NULL if there is none. */
const struct step *step_find(const char *phase, const char *name);
/*
 * run_task() - one task of a step, for array jobs: what is done is left, the chain of parts is put right around it, what
 * it wrote is flushed to the disk.  Errors: -ERR_MISSING (a step before is not done), -ERR_USAGE (no such task), those
 * of the task, -ERR_IO.
 */
int run_task(const struct run *r, const struct step *s, uint64_t task, struct super_report *report, struct error *e) MUST_USE;
/* Every task of every step before `s` is done, and the chain holds.  Errors: -ERR_MISSING naming the task to run. */
int steps_before(const struct run *r, const struct step *s, struct error *e) MUST_USE;

/* Inputs that could not be read are named on standard error; *n their number. */
int run_failed_inputs(const struct run *r, uint64_t *n, struct error *e) MUST_USE;
/* The same for the input of one part, where it is the part that begins it. */
int run_failed_input(const struct run *r, uint64_t part, uint64_t *n, struct error *e) MUST_USE;
int run_gather(const struct run *r, struct run_totals *t, struct error *e) MUST_USE;

#endif
