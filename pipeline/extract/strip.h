/*
 * strip.h - a page without what no reader sees: scripts, styles, comments, drawings, and the
 * attributes that extraction does not look at.
 *
 * One pass driven by memchr; what is left has one form of everything, and a third of the bytes (tree.h reads it).
 */
#ifndef SLUICE_STRIP_H
#define SLUICE_STRIP_H

#include "core/buf.h"

/* Attributes looked at in one tag; the rest of that tag is passed over. */
#define STRIP_MAX_ATTRIBUTES 128

/* Does a style attribute hide its element (display:none, visibility:hidden)? */
bool strip_hides(struct span style);

/* Append the stripped page to out, NUL-terminated behind n.  Returns 0 or -ERR_TOO_BIG (out's ceiling). */
int strip_html(struct span html, struct buf *out);

#endif
