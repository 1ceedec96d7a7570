/*
 * words.h - words and sentences, as the recipes count them (INTERFACE, "Filters, exactly").
 */
#ifndef SLUICE_WORDS_H
#define SLUICE_WORDS_H

#include "core/arena.h"
#include "core/error.h"

enum words_mode {
    WORDS_UAX29,      /* UAX #29 segments with ICU's dictionaries that are not white space; punctuation included */
    WORDS_WHITESPACE, /* Python's str.split() */
};

struct words {
    struct span *w; /* slices of the text that was split */
    size_t n;
};

/* Break iterators and buffers of one thread.  new/free; NULL to free is fine. */
struct segmenter;
struct segmenter *segmenter_new(void);
void segmenter_free(struct segmenter *s);

/*
 * words_split() - the words of valid UTF-8 `text`; the array lies in the arena.
 * Same boundaries as ubrk (UBRK_WORD, root locale) in WORDS_UAX29.  O(n).  Errors: -ERR_TOO_BIG.
 */
int words_split(struct segmenter *s, enum words_mode mode, struct span text, struct arena *a, struct words *out) MUST_USE;
/* The same, and -ERR_TOO_BIG as soon as there are more than `max` of them. */
int words_split_most(struct segmenter *s, enum words_mode mode, struct span text, size_t max, struct arena *a,
                     struct words *out) MUST_USE;

/*
 * sentences_count() - sentences of one line of text; may be 0 (the C4 rules of current datatrove then count 1).
 * WORDS_UAX29: UAX #29 sentence segments that are not blank.  WORDS_WHITESPACE: the matches of
 * datatrove's WhitespaceTokenizer that are not blank (INTERFACE gives the expression).
 */
size_t sentences_count(struct segmenter *s, enum words_mode mode, struct span line);

#endif
