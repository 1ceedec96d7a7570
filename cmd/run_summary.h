/*
 * run_summary.h - what a run says at its end, to people and in OUT/run.json.
 *
 * The summary is the answer of `run`, so it goes to standard output; what needs attention (refused hosts, damage,
 * records that killed their worker, no opt-out stage) goes to standard error as messages do.
 */
#ifndef SLUICE_RUN_SUMMARY_H
#define SLUICE_RUN_SUMMARY_H

#include "pipeline/run/drive.h"

/* A run that just ended.  Errors: -ERR_IO, -ERR_PIPE (standard output), those of corpus_manifest(). */
int summary_show(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers, double seconds,
                 struct error *e) MUST_USE;
/* One that was sealed before: says so, and what is there.  *damage: runs of damaged bytes it met. */
int summary_done(const struct run *r, uint64_t *damage, struct error *e) MUST_USE;

/*
 * OUT/run.json: what differs from run to run, and where the inputs lay: times (of each step, too), host, speed, peak
 * memory, workers, [{"name","path"}].  Errors: -ERR_IO.
 */
int summary_write_json(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers,
                       double seconds, struct error *e) MUST_USE;

/* Of the largest process so far, this one included: KiB. */
uint64_t summary_peak_kib(const struct super_report *report);

#endif
