/*
 * strip.h - a page without what no reader sees: scripts, styles, comments, drawings, and the
 * attributes that extraction does not look at.
 *
 * One pass driven by memchr; what is left has one form of everything, and a third of the bytes (tree.h reads it).
 * Scripts that are data about the page (JSON-LD) are handed over as they stand.
 */
#ifndef SLUICE_STRIP_H
#define SLUICE_STRIP_H

#include "core/buf.h"

/* Attributes looked at in one tag; the rest of that tag is passed over. */
#define STRIP_MAX_ATTRIBUTES 128

/* Does a style attribute hide its element (display:none, visibility:hidden)? */
bool strip_hides(struct span style);

/* The first JSON-LD scripts of a page, in its order: slices of the page, end tags not with them. */
#define STRIP_MAX_DATA 16
struct strip_data {
    struct span v[STRIP_MAX_DATA];
    size_t n;
};

/* Append the stripped page to out, NUL-terminated behind n; *data is reset first, or NULL.  Returns 0 or -ERR_TOO_BIG (out's ceiling). */
int strip_html(struct span html, struct buf *out, struct strip_data *data);

#endif
