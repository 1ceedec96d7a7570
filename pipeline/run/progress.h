/*
 * progress.h - the line a person watches while a run works.
 */
#ifndef SLUICE_PROGRESS_H
#define SLUICE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* "prepare parts 12/17  5,310 records  742/s  88.1 MB"; records and bytes of this step's workers so far. */
void progress_show(const char *phase, const char *step, size_t done, size_t total, uint64_t records, uint64_t bytes);

/* Seconds of a monotonic clock: for telling, never for deciding. */
double progress_clock(void);

#endif
