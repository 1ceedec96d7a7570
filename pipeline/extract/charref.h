/*
 * charref.h - HTML's character references ("&eacute;", "&#8217;"), decoded as the standard says.
 *
 * libxml2 knows the 253 names of HTML 4 with their semicolon, and takes &#128; to &#159; for control
 * characters.  Pages are written for browsers, which know 2,231 forms, 106 of them without a semicolon
 * ("&nbsp", "&copy 2025"), and read those numbers as windows-1252 (HTML 13.2.5.72 to 13.2.5.80).
 */
#ifndef SLUICE_CHARREF_H
#define SLUICE_CHARREF_H

#include "core/buf.h"

struct charref {
    const char *name; /* without '&' and ';' */
    const char *text; /* UTF-8, one or two characters */
    bool bare;        /* also without a semicolon */
};

#define CHARREFS 2125
extern const struct charref charrefs[CHARREFS]; /* in the byte order of their names */

/* May charref_put() change s?  False: it appends s as it is. */
bool charref_in(struct span s);

/*
 * charref_put() - append text, or an attribute's value, with the references in it decoded and without U+0000.  A number that is no
 * character gives nothing; what is no reference stays as it stands.  Linear in s.
 */
void charref_put(struct span s, bool value, struct buf *out);
/* Append s without U+0000, references as they stand. */
void charref_put_plain(struct span s, struct buf *out);

#endif
