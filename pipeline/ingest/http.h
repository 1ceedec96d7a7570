/*
 * http.h - an HTTP response as archives store it.
 */
#ifndef SLUICE_HTTP_H
#define SLUICE_HTTP_H

#include "core/doc.h"
#include "core/error.h"

#define HTTP_MAX_FIELDS 2000 /* more is no HTTP head */

struct http_message {
    int status;              /* 0: none or not a number */
    struct field *fields;    /* header fields in order, in the arena */
    struct span content_type; /* one value (content_type.h); p == NULL if absent */
    struct span mime;        /* Content-Type without parameters, lower case, trimmed; p == NULL if absent */
    struct span charset;     /* its charset parameter, unquoted; p == NULL if absent */
    struct span head;        /* status line and fields as they stand */
    struct span stored_body; /* behind the empty line, as stored */
};

/*
 * http_parse() - split `block`.  Tolerant: LF line ends, folded fields, a missing reason, "ICY 200 OK".
 * Returns 0, or -ERR_FORMAT if there is no HTTP head.
 */
int http_parse(struct span block, struct arena *a, struct http_message *out) MUST_USE;

/* How the codings that the header names held; of several, the worst. */
enum http_coded {
    HTTP_CODED_WELL,   /* or there are none */
    HTTP_CODED_NOT,    /* the bytes are not so coded (often: the crawler has decoded already), and stay as they are */
    HTTP_CODED_CUT,    /* the data breaks off: what there is up to there */
};

/*
 * http_body() - the entity body: transfer codings (chunked, also where the header lies) and
 * content codings (gzip, x-gzip, deflate in both forms, br, zstd, stacked) taken off, as far as they hold.
 * *out is in `buf` or borrows the block.
 * buf->max bounds the size at every step: past it the body is cut there and -ERR_TOO_BIG is returned
 * with *out set to what fits.  coded may be NULL.
 */
int http_body(const struct http_message *m, struct buf *buf, struct span *out, enum http_coded *coded, struct error *e) MUST_USE;

#endif
