/*
 * group.h - which documents share a key: the groups of one kind and band, as runs of document numbers.
 */
#ifndef SLUICE_DEDUP_GROUP_H
#define SLUICE_DEDUP_GROUP_H

#include "core/outfile.h"
#include "pipeline/dedup/sigset.h"

/* One key column, and the share of its values that one task takes. */
struct group_job {
    enum dedup_kind kind;
    unsigned band;  /* of DEDUP_MINHASH; else 0 */
    unsigned slice; /* of settings->slices: by the first bits of the hash */
};

/* How many jobs the settings make, and the i-th: kinds in their order, then bands, then slices. */
size_t group_n_jobs(const struct dedup_settings *s);
struct group_job group_job_at(const struct dedup_settings *s, size_t i);

struct group_counts {
    uint64_t groups, members; /* groups of two and more, and the documents in them */
    uint64_t spilled;         /* bytes that went to scratch */
};

/*
 * group_make() - sort the column within settings->memory and write every group of two or more.
 * Documents of a group ascend, groups are in the order of their keys.
 * Errors: -ERR_IO, and those of sigfile_open().
 */
int group_make(const struct sigset *set, const struct group_job *job, const char *path, const char *scratch,
               struct outfile_done *done, struct group_counts *counts, struct error *e) MUST_USE;

/* ---- reading (link) ---- */

struct group_reader;
/* Errors: -ERR_INPUT, -ERR_FORMAT. */
int group_open(struct group_reader **out, const char *path, struct error *e) MUST_USE;
/* The next document, and whether it begins a group: 1, or 0 at the end.  Errors: -ERR_FORMAT, -ERR_INPUT. */
int group_next(struct group_reader *r, uint64_t *doc, bool *begins, struct error *e) MUST_USE;
/* NULL is fine. */
void group_close(struct group_reader *r);

#endif
