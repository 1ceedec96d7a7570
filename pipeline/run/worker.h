/*
 * worker.h - the worker's side of super.h: a process that takes jobs from a socket until it is closed.
 */
#ifndef SLUICE_WORKER_H
#define SLUICE_WORKER_H

#include <sys/types.h>

#include "pipeline/run/super.h"

struct job {
    uint64_t task;
    bool only;              /* a trial of the record `key`, alone in a fresh worker */
    struct record_key key;
    bool memory;            /* a trial: memory was what it died for */
    unsigned survived;      /* trials of this task that went well although the task had died */
};

struct reply {
    int rc;
    double cpu; /* seconds of the task */
    struct error error;
};

/* The task, and its done file unless it was a trial. */
int worker_job(const struct run *r, const struct step *s, void *state, struct worker_slot *slot, const struct job *j,
               struct error *e) MUST_USE;

/* Jobs from fd, replies to it.  `parent` is the supervisor: the worker ends when it does. */
_Noreturn void worker_main(const struct run *r, const struct step *s, void *state, struct worker_slot *slot, int fd, pid_t parent);

#endif
