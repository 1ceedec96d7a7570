/*
 * coding.h - HTTP transfer and content codings (RFC 9110 8.4.1, RFC 9112 7; br RFC 7932, zstd RFC 8878).
 */
#ifndef SLUICE_CODING_H
#define SLUICE_CODING_H

#include "core/doc.h"

enum coding { CODING_CHUNKED, CODING_GZIP, CODING_DEFLATE, CODING_BROTLI, CODING_ZSTD };

#define MAX_CODINGS 8
struct coding_list {
    enum coding v[MAX_CODINGS]; /* in the order they were applied: content codings first, then transfer codings */
    size_t n;
};

/* The codings that the header fields name and that we know; "identity" and unknown ones are passed over. */
void coding_list_from(const struct field *fields, struct coding_list *out);
/* The transfer codings alone. */
void coding_list_transfer(const struct field *fields, struct coding_list *out);

/*
 * coding_undo() - append the decoded bytes.  Returns 0, -ERR_FORMAT where the bytes do not hold to
 * the coding at all (out is then to be ignored), or -ERR_TOO_BIG with what fits.  *cut: the data breaks off, or breaks,
 * behind a good beginning, and that is what there is.
 */
int coding_undo(enum coding coding, struct span in, struct buf *out, bool *cut);

#endif
