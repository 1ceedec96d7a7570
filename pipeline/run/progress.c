/* progress.c - see progress.h. */
#include "pipeline/run/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/log.h"

double progress_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_show(const char *phase, const char *step, size_t done, size_t total, uint64_t records, uint64_t bytes)
{
    static char last[64];
    static double since, shown;
    char name[64];
    if (!log_progress_on())
        return;
    double now = progress_clock();
    snprintf(name, sizeof name, "%s %s", phase, step);
    if (strcmp(name, last) != 0) {
        snprintf(last, sizeof last, "%s", name);
        since = now;
        shown = 0;
    }
    if (now - shown < 0.4 && done < total)
        return;
    shown = now;
    double took = now - since;
    double percent = total ? 100.0 * (double)done / (double)total : 100;
    if (records)
        log_progress("%-14s %3.0f %%  %zu of %zu tasks  %" PRIu64 " records  %.0f/s  %.1f MB read", name, percent, done, total, records,
                     took > 0 ? (double)records / took : 0, (double)bytes / 1e6);
    else
        log_progress("%-14s %3.0f %%  %zu of %zu tasks", name, percent, done, total);
}
