/*
 * simplify.h - datatrove's simplify_text(), current form: what MinHash calls the same text
 * (reference 2.0 and 2.10; datatrove utils/text.py since December 2024).
 */
#ifndef SLUICE_SIMPLIFY_H
#define SLUICE_SIMPLIFY_H

#include "core/buf.h"

/* Character tables of one thread, made as they are needed.  new/free; NULL to free is fine. */
struct simplifier;
struct simplifier *simplifier_new(void);
void simplifier_free(struct simplifier *s);

/*
 * simplify_text() - append the simplified form of valid UTF-8 `text` to *out, in this order: str.lower();
 * each number (\p{Nd}+, one of . , U+060C 066B 2396-2398, \p{Nd}+) to "0"; each of the 129
 * punctuation characters to a space; strip and runs of white space to one space; NFD without Mn; strip.
 * O(n).  Errors: -ERR_TOO_BIG (the ceiling of *out, or ICU's 256 MiB), -ERR_BUG (ICU).
 */
int simplify_text(struct simplifier *s, struct span text, struct buf *out) MUST_USE;

/* The same by whole-text passes through ICU, as the original does it: what tests compare with. */
int simplify_text_slowly(struct simplifier *s, struct span text, struct buf *out) MUST_USE;

#endif
