/*
 * choice.h - what dedup decided, a file a part: one decision a kept document of the part, in its order.
 */
#ifndef SLUICE_CHOICE_H
#define SLUICE_CHOICE_H

#include "core/outfile.h"

struct choice {
    bool kept;
    const char *rule;         /* static: "text", "url", "minhash"; NULL where kept */
    struct span duplicate_of; /* id of the kept document that stands for it; p == NULL where kept, empty if that one has none */
    uint64_t cluster_size;    /* kept: documents of its MinHash cluster, itself included; else 0 */
};

/* ---- reading (pack) ---- */

struct choice_reader;
/* Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT. */
int choice_open(struct choice_reader **out, const char *path, struct error *e) MUST_USE;
/* The same over bytes that the caller keeps. */
int choice_parse(struct choice_reader **out, struct span bytes, const char *name, struct error *e) MUST_USE;
uint64_t choice_count(const struct choice_reader *r);
/*
 * The next decision: 1, or 0 at the end.  Spans live until choice_close().  Errors: -ERR_FORMAT.
 */
int choice_next(struct choice_reader *r, struct choice *c, struct error *e) MUST_USE;
/* NULL is fine. */
void choice_close(struct choice_reader *r);

/* ---- writing ---- */

struct choice_writer;
/* n: how many decisions there will be. */
int choice_create(struct choice_writer **out, const char *path, const char *tmp_dir, uint64_t n, struct error *e) MUST_USE;
/* rule: NULL keeps. */
int choice_put(struct choice_writer *w, const struct choice *c, struct error *e) MUST_USE;
/* The writer is gone either way.  Other than n decisions is a bug of the caller: -ERR_BUG. */
int choice_commit(struct choice_writer *w, struct outfile_done *done, struct error *e) MUST_USE;
void choice_abandon(struct choice_writer *w);

#endif
