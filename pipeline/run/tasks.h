/*
 * tasks.h - what the runner itself needs of a run, besides run.h which is for the steps.
 */
#ifndef SLUICE_TASKS_H
#define SLUICE_TASKS_H

#include "pipeline/run/run.h"

/* Open the run whose plan lies in `out`.  Errors: -ERR_MISSING (no plan), -ERR_USAGE (not a plan of ours). */
int run_open(struct run *r, const char *out, struct error *e) MUST_USE;
void run_release(struct run *r);
/* OUT/tmp/..., OUT/shards, OUT/ledger.  Errors: -ERR_IO. */
int run_make_folders(const struct run *r, struct error *e) MUST_USE;
/* A process of this machine that writes no more: it ended, or was killed and nobody has asked after it yet. */
bool process_gone(long pid);
/* Remove the unfinished files in OUT/tmp of writers of this machine that are gone. */
void run_sweep(const char *out);

/* Write the task's done file.  Errors: -ERR_IO. */
int task_finish(struct task *t, const struct step *s, struct error *e) MUST_USE;
void task_release(struct task *t);

#endif
