/*
 * record.h - a record of an archive as a document: the step that `run`, `extract` and replay share.
 *
 * In two halves, so that cheap refusals (type, status, MIME, then opt-out by URL and header) come
 * before the body is inflated and converted.
 */
#ifndef SLUICE_RECORD_H
#define SLUICE_RECORD_H

#include "core/config.h"
#include "core/doc.h"
#include "pipeline/ingest/charset.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc.h"

extern const struct conf_key ingest_keys[];

struct record_context {
    uint64_t max_block; /* bytes of a record's block that are looked at */
    bool drop_truncated; /* refuse records with WARC-Truncated, and segments */
    bool digests, drop_bad_digest;
    struct charset_converter *charset;
    uint64_t max_body, max_ratio; /* of a decoded body: bytes, and times the stored ones */
    struct buf body, utf8; /* reused */
    struct buf sight;      /* first bytes of a body */
    struct http_message http;
    bool has_http;
    struct charset_choice choice; /* after record_body() */
};

void record_context_init(struct record_context *x, const struct config *c);
void record_context_release(struct record_context *x);

/*
 * record_head() - id, url, date, origin, HTTP fields; then the gate: *d (zeroed here) is dropped, stage
 * "ingest", with rule = the record's type (also "robots" for a capture of /robots.txt), "status",
 * "mime" or "truncated"; DOC_FAILED, rule "damage" or "http", where bytes do not hold.
 */
void record_head(struct record_context *x, const struct warc_record *r, struct span input_name, struct arena *a,
                 struct document *d);

/*
 * record_body() - the decoded body as UTF-8 in d->payload (conversion records: straight in d->text).
 * Only while d is kept.  Valid until the next call with the same context.  Over ingest.max_body:
 * dropped, rule "too_large"; over ingest.max_ratio: rule "ratio".
 */
void record_body(struct record_context *x, const struct warc_record *r, struct document *d);

/* Both halves: what `extract` wants. */
void record_to_document(struct record_context *x, const struct warc_record *r, struct span input_name, struct arena *a,
                        struct document *d);

#endif
