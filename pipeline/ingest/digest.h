/*
 * digest.h - what the digest fields of a record's head ask for, for digest.c and digest_stream.c.
 */
#ifndef SLUICE_DIGEST_H
#define SLUICE_DIGEST_H

#include "core/hash.h"
#include "pipeline/ingest/warc.h"

struct digest_wanted {
    bool sha256; /* else SHA-1 */
    uint8_t bytes[SHA256_BYTES];
    size_t n;
};

/* DIGEST_OK: *w is filled; DIGEST_NONE; DIGEST_UNKNOWN: another algorithm; DIGEST_BAD: no digest of that algorithm. */
enum digest_verdict digest_parse(struct span value, struct digest_wanted *w);
/* Is it said of the payload?  DIGEST_UNKNOWN for records whose payload is elsewhere (revisit, segments). */
bool digest_is_of_payload(const struct field *f);
bool digest_is_of_block(const struct field *f);
bool digest_payload_is_here(const struct warc_record *r);

/*
 * Blocks that are too large for memory: the digests of one, from its pieces in order.  r has its head, and in r->block as much of
 * its beginning as is kept (its HTTP head must be in it); the pieces begin at the block's first byte.
 */
struct digest_stream;
struct digest_stream *digest_stream_new(const struct warc_record *r);
void digest_stream_add(struct digest_stream *s, struct span piece);
/* The verdict, as warc_check_digests() gives it; the stream is gone. */
enum digest_verdict digest_stream_take(struct digest_stream *s);

#endif
