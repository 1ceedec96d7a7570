/*
 * stats.h - what the report tells, gathered from ledger rows as they become final.
 *
 * The tokenize tasks add their rows and leave the sums as facts; seal merges facts and never looks
 * at rows.  Sums depend on neither the order of rows nor that of tasks, as long as fewer hosts than the
 * bounds below occur; past them the smallest hosts of a task, then of the whole, are left out
 * (hosts_cut), in an order that the plan fixes.
 */
#ifndef SLUICE_STATS_H
#define SLUICE_STATS_H

#include "pipeline/run/tally.h"

/* Hosts that one task's facts hold, and that seal holds while it merges: facts of a thousand tasks stay small. */
#define STATS_HOSTS_TASK 4096
#define STATS_HOSTS_ALL (1u << 18)

enum { RULE_DROPPED, RULE_FAILED };                /* columns of rules */
enum { LANG_ROWS, LANG_KEPT, LANG_TOKENS };        /* columns of languages */
enum { HOST_KEPT, HOST_TOKENS };                   /* columns of hosts, years and licences */
enum { PII_SPANS, PII_DOCUMENTS };                 /* columns of pii */
enum { EVIDENCE_ALL, EVIDENCE_KEPT };              /* columns of evidence */

struct stats {
    uint64_t records, kept, dropped, failed; /* rows with an outcome; records is their sum */
    uint64_t files;                          /* file-level rows (inputs that could not be read) */
    uint64_t tokens;                         /* of kept rows */
    struct tally rules;                      /* "stage/rule" */
    struct tally languages;                  /* label, "" where there is none */
    struct tally hosts;                      /* host in lower case without "www." */
    struct tally years;                      /* "2025": kept rows by their date */
    struct tally evidence;                   /* "signal/verdict" */
    struct tally pii;                        /* kind, over kept rows */
    bool hosts_cut;
};

void stats_init(struct stats *s);
void stats_release(struct stats *s);

/*
 * stats_add_row() - one final ledger row.  A row whose `stage` is "input" (an input that could not
 * be read) counts in `files` and nowhere else.
 */
void stats_add_row(struct stats *s, const struct json *row);

/* One JSON object, members in byte order. */
void stats_put_json(const struct stats *s, struct json_writer *w);
/* Add what stats_put_json() wrote. */
void stats_merge_json(struct stats *s, const struct json *v);

/* {"stage":{"rule":n,...},...} of dropped and failed rows, as the manifest's `stages` has it; sorted. */
void stats_put_stages(const struct stats *s, struct json_writer *w);

#endif
