/*
 * super.h - workers are processes under a supervisor.
 *
 * A worker takes one task at a time and says in its slot, a page it shares with the supervisor,
 * which record it works on.  If it dies of SEGV, ABRT, FPE, ILL or BUS inside a record, that record
 * is tried once more, alone, in a fresh worker; if that one dies too, the record's key is written
 * to the task's list of bad records and the task is done again with that record as a `failed` row.
 * Any other death (SIGKILL, SIGTERM) is the machine's and fails the task.
 */
#ifndef SLUICE_SUPER_H
#define SLUICE_SUPER_H

#include "pipeline/run/run.h"

struct worker_slot {
    uint64_t task;
    uint64_t offset, at; /* key of the record inside its input */
    int in_record;
    uint64_t records, bytes; /* progress: since the worker began */
    bool only;               /* in: process only the record at (only_offset, only_at), leave no output */
    uint64_t only_offset, only_at;
};

/*
 * A task in this process, with no supervisor: for tools and tests.  Writes the done file.
 */
int super_run_here(const struct run *r, const struct step *s, size_t task, struct error *e) MUST_USE;

/* A record that killed its worker twice. */
struct bad_record {
    uint64_t offset, at;
    int signal;
};
/* Bad records of a prepare task, in offset order; *list malloc'd. */
int bad_records_read(const struct run *r, size_t task, struct bad_record **list, size_t *n, struct error *e) MUST_USE;

/* What a step took: seconds of wall, CPU of its tasks, and of the longest of them. */
struct step_time {
    const struct step *step;
    size_t tasks; /* that were done now */
    double wall, cpu, longest;
};
#define MAX_STEPS 16

struct super_report {
    uint64_t crashes;      /* records that became failed rows */
    uint64_t max_rss_kib;  /* of the largest worker */
    double cpu_seconds;    /* of all workers */
    struct step_time steps[MAX_STEPS]; /* in the order they began */
    size_t n_steps;
};

/*
 * super_run() - run the tasks of a step with `workers` processes; finished ones are left alone.
 * `report` is added to.  Returns the first task's error, -ERR_BUG for a worker that died outside a record.
 */
int super_run(const struct run *r, const struct step *s, const size_t *tasks, size_t n, unsigned workers,
              struct super_report *report, struct error *e) MUST_USE;

#endif
