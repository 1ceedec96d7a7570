/*
 * render.h - the selected parts of a tree as text: blocks a line each, cells parted by tabs.
 */
#ifndef SLUICE_RENDER_H
#define SLUICE_RENDER_H

#include "pipeline/extract/select.h"

/* Append the text of the selection to `out` (not yet NFC).  Sets `layout` of cells.  Linear. */
void render(struct tree *t, const struct selection *s, const struct extract_options *o, struct buf *out);

#endif
