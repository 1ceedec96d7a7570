/*
 * record_document.h - a line of another pipeline's corpus as a document of ours.
 */
#ifndef SLUICE_RECORD_DOCUMENT_H
#define SLUICE_RECORD_DOCUMENT_H

#include "core/doc.h"

/*
 * Text, and what the producer said of its origin, out of a line that is a JSON object: datatrove's and FineWeb's
 * ("text", "id", "metadata" or columns beside the text), Dolma's ("source", "added", "created", "version"), C4's ("timestamp"),
 * and what Sluice writes.  The origin is d->producer and metadata's "source"; members that we know nothing of become metadata, as
 * they came.  Spans borrow the line or lie in the arena.  DOC_FAILED, rule "document", where there is no text.
 */
void record_document(struct span line, struct document *d);

/* A text that is not made by extraction may have U+0000, and a document's has none: s, or a copy in the arena.  Never absent. */
struct span text_without_nul(struct span s, struct arena *a);

#endif
