/*
 * settings.h - what counts as a duplicate, and which copy stays.
 */
#ifndef SLUICE_DEDUP_SETTINGS_H
#define SLUICE_DEDUP_SETTINGS_H

#include "core/hash.h"
#include "pipeline/dedup/minhash.h"

/* Never renumber: links and choices hold these. */
enum dedup_kind { DEDUP_NONE, DEDUP_TEXT, DEDUP_URL, DEDUP_MINHASH };
#define DEDUP_KINDS 4

/* "text", "url", "minhash": the rule's name in rows; NULL for DEDUP_NONE. */
const char *dedup_kind_name(enum dedup_kind k);

enum keep_key { KEEP_LONGEST, KEEP_SHORTEST, KEEP_EARLIEST, KEEP_NEWEST, KEEP_ID };
#define KEEP_KEYS 5

/* The first key that differs decides; then the text's digest, then the record's key, then its place. */
struct keep_list {
    enum keep_key v[KEEP_KEYS];
    unsigned n;
};

struct dedup_settings {
    enum dedup_kind kinds[DEDUP_KINDS]; /* in the order of removal */
    unsigned n_kinds;
    struct keep_list keep[DEDUP_KINDS]; /* by kind */
    struct minhash_params minhash;      /* bands 0 (and no arrays) where minhash is not among the kinds */
    uint64_t memory;                    /* bytes that one sort may take */
    unsigned slices;                    /* tasks that share the keys of one band */
};

/* From section dedup.  Release it in any case.  Errors: -ERR_USAGE. */
int dedup_settings_open(struct dedup_settings *s, const struct config *c, struct error *e) MUST_USE;
/* Only whether they can be opened. */
int dedup_settings_check(const struct config *c, struct error *e) MUST_USE;
void dedup_settings_release(struct dedup_settings *s);

/* "longest,earliest,id".  Errors: -ERR_USAGE (unknown, twice, none). */
int keep_list_parse(struct keep_list *l, const char *text, struct error *e) MUST_USE;
/* INTERFACE's defaults. */
const char *keep_list_default(enum dedup_kind k);

/* Signature files of other parameters than these are refused. */
void dedup_settings_digest(const struct dedup_settings *s, uint8_t out[SHA256_BYTES]);

#endif
