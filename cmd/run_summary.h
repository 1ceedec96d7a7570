/*
 * run_summary.h - what a run says at its end, to people and in OUT/run.json.
 */
#ifndef SLUICE_RUN_SUMMARY_H
#define SLUICE_RUN_SUMMARY_H

#include "pipeline/run/drive.h"

/* The summary of a run that just ended, on standard output. */
void summary_show(const struct run *r, const struct run_totals *t, const struct super_report *report, double seconds);
/* A run that was sealed before: says so. */
void summary_done(const struct run *r);

/*
 * OUT/run.json: what differs from run to run, and where the inputs lay: times, host, speed, peak memory, workers,
 * [{"name","path"}].  Errors: -ERR_IO.
 */
int summary_write_json(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers,
                       double seconds, struct error *e) MUST_USE;

#endif
