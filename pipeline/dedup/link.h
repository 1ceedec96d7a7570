/*
 * link.h - from groups to decisions: kind by kind, each over what the kinds before it left, clusters are
 * the connected components of the groups, one document of each stays.
 */
#ifndef SLUICE_DEDUP_LINK_H
#define SLUICE_DEDUP_LINK_H

#include "core/outfile.h"
#include "pipeline/dedup/choice.h"
#include "pipeline/dedup/sigset.h"

struct link_counts {
    uint64_t removed[DEDUP_KINDS]; /* by kind */
};

/*
 * link_make() - read the group files (in the order of group_job_at(), one a job) and write the links: a
 * number a document, see the .c file.  Needs 12 bytes of scratch a document, mapped; random access to the
 * records of documents that have a group.  Cluster sizes are those of MinHash; of the one kind where there is but one; else 1.
 * Errors: -ERR_IO (scratch), -ERR_FORMAT, those of sigset_record().
 */
int link_make(struct sigset *set, char *const *groups, const char *path, const char *scratch, struct outfile_done *done,
              struct link_counts *counts, struct error *e) MUST_USE;

/* The links file, mapped. */
struct links {
    struct span map;
    char *path;
    uint64_t n;
};
/* n: the documents there should be.  Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT. */
int links_open(struct links *l, const char *path, uint64_t n, struct error *e) MUST_USE;
void links_close(struct links *l);

/*
 * links_choose() - the decision on one document.  duplicate_of lives as a span of sigset_record() does.
 * Errors: those of sigset_record().
 */
int links_choose(const struct links *l, struct sigset *set, uint64_t doc, struct choice *c, struct error *e) MUST_USE;

/* All the decisions of one part, as a file; removed: counts by kind, added to; kept likewise at DEDUP_NONE. */
int links_choose_part(const struct links *l, struct sigset *set, size_t part, const char *path, const char *tmp_dir,
                      struct outfile_done *done, uint64_t removed[DEDUP_KINDS], struct error *e) MUST_USE;

#endif
