/*
 * manifest.h - OUT/manifest.json: what a corpus is (INTERFACE, "The output folder").
 *
 * One JSON object, a line a member and a line an element of its lists, members in byte order: the
 * same input and configuration give the same bytes.  Nothing in it is a time, a host or a local path.
 */
#ifndef SLUICE_MANIFEST_H
#define SLUICE_MANIFEST_H

#include "core/outfile.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/stats.h"
#include "tokenizer/tokenizer.h"

struct manifest_input {
    const char *name;
    uint64_t bytes, records;
    char sha256[65]; /* "" where it could not be read */
};

struct manifest_output {
    char *path; /* relative to OUT, owned by whoever made the list */
    uint64_t bytes;
    char sha256[65];
};

/* A model or list that decided. */
struct manifest_source {
    char *kind, *name, *version, *sha256; /* kind: "model" | "list" */
};

struct manifest {
    const struct plan *plan;
    struct stats stats;
    uint64_t damage, inputs_failed;
    struct manifest_input *inputs;
    size_t n_inputs;
    struct manifest_output *outputs; /* sorted by path before writing */
    size_t n_outputs;
    struct manifest_source *sources;
    size_t n_sources;
    struct vocab_info vocab;
    char merkle_root[65], ledger_root[65];
};

void manifest_add_output(struct manifest *m, const char *path, uint64_t bytes, const char *sha256);
void manifest_release(struct manifest *m);
/* The text. */
void manifest_put(const struct manifest *m, struct buf *out);
/* manifest.json, then manifest.sha256 as sha256sum writes it; done: of both, in that order.  Errors: -ERR_IO. */
int manifest_write(struct manifest *m, const char *out, const char *tmp_dir, struct outfile_done done[2], struct error *e) MUST_USE;

/* The list `funnel`: what went into each stage and what became of it there; what is left goes into the next. */
void manifest_put_funnel(const struct stats *s, struct json_writer *w);

/* Records that left at a stage (dropped and failed). */
uint64_t funnel_left(const struct stats *s, const char *stage, uint64_t *failed);

#endif
