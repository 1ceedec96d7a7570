/*
 * content_type.h - what the Content-Type fields of a message say, as browsers read them (Fetch, "extract a MIME type"; MIME
 * Sniffing 4.4, "parse a MIME type").
 */
#ifndef SLUICE_CONTENT_TYPE_H
#define SLUICE_CONTENT_TYPE_H

#include "core/doc.h"

struct content_type {
    struct span value;   /* the value that counts, as it stands; p == NULL: there is none */
    struct span charset; /* unquoted; p == NULL: none */
};

/*
 * Of several fields or values the last that can be parsed counts, with the charset of an earlier one of the same type where it
 * has none itself; where none can be parsed, the last as it stands.  Spans borrow the fields or lie in the arena.
 */
struct content_type content_type(const struct field *fields, struct arena *a);

#endif
