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

#endif
