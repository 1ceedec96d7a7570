/*
 * row.h - a ledger row: canonical JSON (RFC 8785), one line a record (INTERFACE, "A run").
 */
#ifndef SLUICE_ROW_H
#define SLUICE_ROW_H

#include "core/doc.h"

/*
 * row_put() - append the row of a document as it stands, without line break.
 *
 * outcome by the verdict; `error` = the reason of a failed record; pii as counts by kind;
 * text_sha256 for kept documents.  Never text.
 */
void row_put(const struct document *d, struct buf *out);

/* A member that a later step sets: name, and its value as JSON. */
struct row_member {
    const char *name;
    struct span json;
};

/*
 * row_change() - append a canonical row with `n` members set, replaced where they were there, in the
 * byte order of their names.  members: sorted by name.  json: of type object.
 */
void row_change(const struct json *row, const struct row_member *members, size_t n, struct buf *out);

#endif
