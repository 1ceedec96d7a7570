/*
 * dups_scratch.h - what `dups` keeps of its documents while it decides: signature files, groups and links
 * in a folder of its own that is gone when it ends.
 */
#ifndef SLUICE_DUPS_SCRATCH_H
#define SLUICE_DUPS_SCRATCH_H

#include "core/outfile.h"
#include "pipeline/dedup/link.h"

struct dups_scratch {
    const struct dedup_settings *settings;
    char *folder;
    struct sigfile_writer *sigs;
    size_t n_sigs;
    struct outfile *lines; /* the documents themselves, where the input cannot be read twice */
    struct sigset set;
    struct links links;
};

/* A folder in `where`; NULL: $TMPDIR, else /var/tmp (a disk, where /tmp may be memory).  Errors: -ERR_IO. */
int dups_scratch_open(struct dups_scratch *s, const struct dedup_settings *settings, const char *where, bool spool,
                      struct error *e) MUST_USE;
/* Removes everything, after an error too. */
void dups_scratch_close(struct dups_scratch *s);

/* The next document.  line: its bytes, kept if lines are spooled.  Errors: -ERR_IO, -ERR_TOO_BIG. */
int dups_scratch_add(struct dups_scratch *s, const struct sig_record *r, struct span line, struct error *e) MUST_USE;

/*
 * dups_scratch_link() - all are there: group and link.  stopped: looked at between sorts; non-zero ends it with -ERR_IO.
 */
int dups_scratch_link(struct dups_scratch *s, const volatile int *stopped, struct error *e) MUST_USE;

static inline uint64_t dups_scratch_count(const struct dups_scratch *s)
{
    return sigset_count(&s->set);
}

/* Where the spooled lines are, after dups_scratch_link(): malloc'd. */
char *dups_scratch_lines(const struct dups_scratch *s);

#endif
