/*
 * verification.h - what the parts of verify share (verify.c: rows and tokens; verify_manifest.c: the manifest, the
 * files that it names, and its sums).
 */
#ifndef SLUICE_VERIFICATION_H
#define SLUICE_VERIFICATION_H

#include "pipeline/run/stats.h"
#include "pipeline/run/verify.h"
#include "shards/leafsort.h"

struct verification {
    struct corpus c;
    fault_taker take;
    void *ctx;
    struct stats stats;
    struct merkle rows;
    struct leafsort *leaves;
    struct tally inputs;  /* rows by input name */
    struct tally outputs; /* names that the manifest lists */
    struct buf last_warc, tokens, canonical;
    uint64_t last_offset, last_at;
    uint64_t n_rows, damage; /* damage: rows of that rule */
    unsigned said;
    bool broken;    /* a ledger cannot be read: which document is which is no longer known */
    bool no_shards; /* their indexes cannot be read */
    size_t bad_shard; /* place + 1 of one that cannot be opened: told once */
};

/* One fault; file relative to OUT. */
void verify_fault(struct verification *v, const char *file, uint64_t offset, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* An error of a library call as a fault of the file that it names below OUT, else of `file`. */
void verify_fault_of(struct verification *v, const char *file, const struct error *e);

/* Before the rows are read: form, digests, and that exactly the files are there which are listed. */
void verify_manifest(struct verification *v);
/* After them: counts and roots are those of the rows and the shards.  Errors: -ERR_IO. */
int verify_sums(struct verification *v, struct error *e) MUST_USE;

#endif
