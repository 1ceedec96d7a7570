/*
 * run.h - a run: its plan, its steps, and how a task is proven done.
 *
 * A run is four phases of steps; a step is an array of tasks that know nothing of each other.  A
 * task writes files by core/outfile.h (whole or not there), then its done file, which names the plan it
 * belongs to and every output with its digest.  That file is what resume, `status` and the next
 * step look at: never at the mere existence of an output.
 *
 * OUT/plan.json                        the plan (plan.h)
 * OUT/tmp/done/PHASE.STEP.IIIIIIII.json   a task's done file: {"facts":{...},"outputs":[{"bytes","path","sha256"}],"plan":HEX}
 * OUT/tmp/prepare/PPPPPPPP.docs.zst    kept documents of a part, JSON lines (doc_write), in record order
 * OUT/tmp/prepare/PPPPPPPP.rows.zst    one ledger row a record of the part (row.h), in record order: rows
 *                                      of dropped and failed records are final, those of kept ones become so in pack
 * OUT/tmp/prepare/PPPPPPPP.sigs        dedup/sigfile.h: one record a kept document, in the same order
 * OUT/tmp/dedup/...                    what group and link leave (step_dedup.c)
 * OUT/tmp/dedup/PPPPPPPP.choice        one decision a kept document of the part (dedup/choice.h)
 * OUT/tmp/pack/...                     what tokenize and assign leave (step_pack.c)
 * OUT/tmp/running/, OUT/tmp/failed/    marks for `status` (taskstate.h)
 * OUT/shards/NNNNN.zst, .idx           write
 * OUT/ledger/GGGGG.jsonl.zst           tokenize: one file a group of parts
 */
#ifndef SLUICE_RUN_H
#define SLUICE_RUN_H

#include "core/json.h"
#include "core/outfile.h"
#include "pipeline/run/plan.h"

struct task_output {
    char *path; /* relative to OUT */
    struct outfile_done done;
};

struct run {
    char *out;        /* the output folder, as given */
    char *tmp;        /* OUT/tmp: pass it to outfile_open() as tmp_dir */
    struct plan plan;
};

/* One task while it runs. */
struct task {
    const struct run *run;
    size_t index;
    struct buf facts; /* members of a JSON object, "name":value,...: counts for seal and for the step that follows */
    struct task_output *outputs;
    size_t n_outputs;
    void *state;              /* what the step's open() made; each worker process has its own copy of it */
    struct worker_slot *slot; /* shared with the supervisor: which record we work on (super.h); never NULL */
};

/* One step.  `task` leaves its outputs by task_output() and its facts; it never writes its own done file. */
struct step {
    const char *phase, *name;
    size_t (*n_tasks)(const struct run *r);
    int (*task)(struct task *t, struct error *e);
    /* Once before the workers fork, so that models are loaded once and shared; both may be NULL. */
    int (*open)(const struct run *r, void **state, struct error *e);
    void (*close)(void *state);
};

extern const struct step prepare_parts_step;
extern const struct step dedup_group_step, dedup_link_step, dedup_choose_step;
extern const struct step pack_tokenize_step, pack_assign_step, pack_write_step;
extern const struct step seal_step;
/* Settings that belong to steps: sections tokenizer, shards; sections inputs, audit. */
extern const struct conf_key pack_keys[], seal_keys[];
/* In the order they run; NULL-ended. */
extern const struct step *const run_steps[];

/* OUT/tmp/... or OUT/...: malloc'd, printf-like. */
char *run_tmp_path(const struct run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *run_path(const struct run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A path of this task's run relative to OUT, e.g. "tmp/prepare/00000003.docs.zst" -> absolute. */
void task_output(struct task *t, const char *relative, const struct outfile_done *done);

/*
 * done_facts() - the facts of a finished task as a JSON object in the arena.
 * Errors: -ERR_MISSING (not done, of another plan, or an output is not there as it was written).
 */
int done_facts(const struct run *r, const struct step *s, size_t index, struct arena *a, const struct json **facts,
               struct error *e) MUST_USE;
/* The whole done file: {"facts","outputs","plan"}.  Errors as done_facts(). */
int done_read(const struct run *r, const struct step *s, size_t index, struct arena *a, const struct json **done,
              struct error *e) MUST_USE;
/*
 * done_each() - the done files of tasks [from, to), in order, to `take`, which ends it by a negative return; what it gets lives
 * until it returns.  Errors: as done_facts(), and those of take.
 */
typedef int (*done_taker)(void *ctx, size_t index, const struct json *done, struct error *e);
int done_each(const struct run *r, const struct step *s, size_t from, size_t to, done_taker take, void *ctx, struct error *e) MUST_USE;
bool done_is(const struct run *r, const struct step *s, size_t index);
/* Every task of the step; names the first that is not.  Errors: -ERR_MISSING. */
int done_all(const struct run *r, const struct step *s, struct error *e) MUST_USE;

#endif
