/*
 * super.h - workers are processes under a supervisor.
 *
 * A worker takes one task at a time and says in its slot, a page it shares with the supervisor,
 * which record it works on.  If it dies inside a record of SEGV, ABRT, FPE or ILL, or because its memory
 * is used up (run.worker_memory), that record is tried once more, alone, in a fresh worker; if that one dies
 * too, the record's key is written to the task's list of bad records and the task is done again with that
 * record as a `failed` row.  What a record may take is decided by the fresh worker alone: where that one had
 * memory enough, the task is done again with a little more for that record than a fresh worker has.
 *
 * Any other death (SIGKILL, SIGTERM, SIGBUS: a mapped file that the machine cannot read) is the machine's and
 * fails the task.
 */
#ifndef SLUICE_SUPER_H
#define SLUICE_SUPER_H

#include "pipeline/run/run.h"

/* A record of the run: the part of the plan that it was read in (which names the input), and its key there. */
struct record_key {
    uint64_t part, offset, at;
};

static inline bool record_key_eq(const struct record_key *a, const struct record_key *b)
{
    return a->part == b->part && a->offset == b->offset && a->at == b->at;
}

struct worker_slot {
    struct record_key key;
    bool in_record;          /* what happens now is the doing of the record `key` */
    int out_of_memory;       /* the worker ends because its memory is used up */
    uint64_t records, bytes; /* progress: since the worker began */
    bool raised;             /* the record may take what is kept in reserve */
    bool only;               /* in: process only this record, leave no output */
    struct record_key only_key;
};

/* Whether the task is to process that record; if so, and it has done so, slot_leave().  bad: what bad_record_find() found. */
struct bad_record;
bool slot_enter(struct worker_slot *s, const struct record_key *key, const struct bad_record *bad);
void slot_leave(struct worker_slot *s);

/*
 * A task in this process, with no supervisor: for tools and tests.  Writes the done file.
 */
int super_run_here(const struct run *r, const struct step *s, size_t task, struct error *e) MUST_USE;

/* A record that killed its worker twice; or, with signal 0, once, for want of memory, and then had enough when it was alone. */
struct bad_record {
    struct record_key key;
    int signal;
    bool memory; /* there was not enough of it */
};
static inline bool bad_record_fails(const struct bad_record *b)
{
    return b && b->signal;
}
/* Bad records of a task, as they were found; *list malloc'd. */
int bad_records_read(const struct run *r, const struct step *s, size_t task, struct bad_record **list, size_t *n,
                     struct error *e) MUST_USE;
const struct bad_record *bad_record_find(const struct bad_record *list, size_t n, const struct record_key *key);
/* "crash" or "memory", the rule of its row; and its error: one line for people. */
const char *bad_record_rule(const struct bad_record *b);
void bad_record_reason(const struct bad_record *b, char *out, size_t n);

/* What a step took: seconds of wall, CPU of its tasks, and of the longest of them. */
struct step_time {
    const struct step *step;
    size_t tasks; /* that were done now */
    double wall, cpu, longest;
};
#define MAX_STEPS 16

struct super_report {
    uint64_t crashes;      /* records that became bad ones now */
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
