/*
 * fields.h - "Name: value" lines, as WARC and HTTP have them.
 */
#ifndef SLUICE_FIELDS_H
#define SLUICE_FIELDS_H

#include "core/doc.h"

/*
 * fields_parse() - the fields at the start of s, up to the empty line or the end.
 *
 * Line ends CRLF or LF; a line that begins with a blank continues the value before it (joined by one space, in
 * the arena); a line without a colon is passed over.  Values are trimmed.
 * Returns the bytes read with the empty line, or SIZE_MAX for more than max_fields.
 */
size_t fields_parse(struct span s, size_t max_fields, struct arena *a, struct field **out);

#endif
