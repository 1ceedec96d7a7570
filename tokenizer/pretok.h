/*
 * pretok.h - the patterns that cut text into the pieces BPE works on, as hand-written scanners.
 *
 * Each gives what a backtracking matcher gives for the pattern's text, leftmost and first
 * alternative first, with Unicode 16.0 classes.
 */
#ifndef SLUICE_PRETOK_H
#define SLUICE_PRETOK_H

#include "core/span.h"

/* Values are in compiled files: add at the end. */
enum pattern {
    PATTERN_NONE,
    PATTERN_TEKKEN, /* as o200k, without contractions, digits one by one */
    PATTERN_R50K,   /* GPT-2; p50k has the same */
    PATTERN_CL100K,
    PATTERN_O200K,
    PATTERNS,
};

/*
 * pretok_fn - the end of the piece that begins at p (p < end); always past p, never past end.
 * Linear over a text: what one call reads beyond its piece, the next call's piece takes.  Bytes that are not
 * UTF-8 are read as they come, within bounds.
 */
typedef const char *pretok_fn(const char *p, const char *end);

/* NULL for PATTERN_NONE and values that do not exist. */
pretok_fn *pretok_of(enum pattern pattern);
/* By the name INTERFACE gives ("cl100k"), or PATTERN_NONE. */
enum pattern pretok_by_name(struct span name);
/* By the pattern's own text, as vocabulary files hold it, or PATTERN_NONE. */
enum pattern pretok_by_text(struct span text);

#endif
