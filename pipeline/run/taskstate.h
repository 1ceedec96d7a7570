/*
 * taskstate.h - what `status` tells of tasks that are not done: which run now, which failed, and why.
 *
 * OUT/tmp/running/PHASE.STEP.IIIIIIII       a symbolic link that says HOST.PID, while that process has a worker at the task
 * OUT/tmp/failed/PHASE.STEP.IIIIIIII.json   {"error":...}: how the last try ended
 *
 * For people: nothing is decided by them, so a mark that cannot be set (a full disk) is no error, and one that
 * a killed process left is told by its process being gone.
 */
#ifndef SLUICE_TASKSTATE_H
#define SLUICE_TASKSTATE_H

#include "pipeline/run/run.h"

void task_running(const struct run *r, const struct step *s, size_t index);
/* It ended: e == NULL: well, or was stopped; else with that error. */
void task_ended(const struct run *r, const struct step *s, size_t index, const struct error *e);
/* It is done: no earlier failure counts. */
void task_forget_failure(const struct run *r, const struct step *s, size_t index);

enum task_state { TASK_OPEN, TASK_RUNNING, TASK_FAILED, TASK_DONE };
/* reason: of TASK_FAILED, at most n bytes with its NUL. */
enum task_state task_look(const struct run *r, const struct step *s, size_t index, char *reason, size_t n);

#endif
