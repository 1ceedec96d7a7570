/*
 * report.h - OUT/report.html: one self-contained page for people.
 *
 * Inline style, no scripts, nothing fetched; light and dark, wide and narrow.  It holds no
 * time, host, speed or worker count: two runs over the same input give the same bytes.
 */
#ifndef SLUICE_REPORT_H
#define SLUICE_REPORT_H

#include "core/config.h"
#include "core/outfile.h"
#include "pipeline/run/stats.h"

struct report_file {
    const char *path;   /* name of an input or output, relative */
    uint64_t bytes;
    const char *sha256; /* NULL: unknown */
    uint64_t records;   /* inputs only */
};

struct report_source {
    const char *kind;    /* "model" | "list" */
    const char *name, *version, *sha256; /* version may be NULL */
};

/* Everything borrowed for the call. */
struct report_input {
    const struct stats *stats;
    const struct config *config; /* run.stages and section optout: what was left out is said first and loudly */
    struct span config_text;     /* canonical */
    const char *config_sha256;
    const struct report_file *inputs;
    size_t n_inputs;
    uint64_t inputs_failed;    /* inputs that could not be read */
    uint64_t damage;           /* runs of damaged bytes */
    const struct report_file *shards; /* the .zst files */
    size_t n_shards;
    const struct report_source *sources;
    size_t n_sources;
    const char *tokenizer, *tokenizer_sha256;
    uint32_t vocab_size;
    unsigned token_bytes;
    const char *merkle_root, *ledger_root; /* hex */
    const char *version, *commit;          /* of the program; not NULL */
};

/*
 * report_write() - the page at `path`, through a temporary in tmp_dir.  Errors: -ERR_IO.
 * Only the first REPORT_MAX_LIST inputs, shards, hosts and languages are listed; the rest is counted.
 */
#define REPORT_MAX_LIST 100
int report_write(const struct report_input *in, const char *path, const char *tmp_dir, struct outfile_done *done,
                 struct error *e) MUST_USE;
/* The page as text, for tests. */
void report_put(const struct report_input *in, struct buf *out);

#endif
