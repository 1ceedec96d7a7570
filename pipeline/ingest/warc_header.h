/*
 * warc_header.h - the head of one record: version line and named fields.
 */
#ifndef SLUICE_WARC_HEADER_H
#define SLUICE_WARC_HEADER_H

#include "pipeline/ingest/warc.h"

/* Bounds of a head: more is damage. */
#define WARC_MAX_HEADER (1u << 20)
#define WARC_MAX_FIELDS 1000

/* Does a record's version line begin here? ("WARC/" digit, upper case as both standards write it) */
bool warc_is_version(struct span s);
/* The same, and the line ends behind it: what is looked for among other bytes. */
bool warc_is_version_line(struct span s);
/* The first place at or after `from` where a version line begins, at the start of a line or not; s.n if there is none. */
size_t warc_find_version(struct span s, size_t from);

/*
 * warc_head_length() - bytes of the head at the start of s with its empty line, or 0 if it does not
 * end within s.  CRLF and LF line ends are taken.
 */
size_t warc_head_length(struct span s);

/*
 * warc_parse_head() - the fields of a whole head into *r (headers and the named spans; all in `a`).
 * Returns NULL, or what is wrong with it (static): no Content-Length, too many fields, no type, another head inside it...
 */
const char *warc_parse_head(struct span head, struct arena *a, struct warc_record *r);

#endif
