/*
 * quality_page.h - one document before the quality rules: what they share, computed once.  For filters/quality*.c.
 */
#ifndef SLUICE_QUALITY_PAGE_H
#define SLUICE_QUALITY_PAGE_H

#include "filters/quality.h"

#define QUALITY_STAGE "quality"

/* One distinct word. */
struct word_type {
    struct span w;
    uint64_t first, last; /* its first and its last eight bytes (w.n > 8), for a quick comparison */
    uint32_t count;       /* occurrences */
    uint32_t chars;       /* code points */
    bool symbol;          /* every character is punctuation */
    bool alpha;           /* at least one character is alphabetic */
};

struct quality_page {
    struct document *doc;
    struct segmenter *segmenter;
    enum words_mode mode;
    bool april; /* QUALITY_FINEWEB_2024_04 */
    bool fineweb2;
    const struct quality_limits *limits;

    struct span text;
    size_t chars; /* code points of text */

    uint64_t seed; /* of hashes: from the text, so that no page can be made to fit them */
    bool values;   /* every value is asked for, not verdicts alone */

    bool has_words; /* page_words() */
    struct words words;
    bool has_types; /* page_types() */
    uint32_t *ids;  /* a word's place in types */
    struct word_type *types;
    size_t n_types;
    uint32_t *type_slots;
    size_t type_mask;
    char *joined;     /* the words without what stands between them, and eight bytes that nobody reads a meaning into */
    uint32_t *starts; /* where word i begins in it; words.n + 1 of them */
};

/* Point the page at a text; what was computed of another is forgotten. */
void page_set_text(struct quality_page *p, struct span text);
/* Split the text into words, once.  Errors: -ERR_TOO_BIG (also past QUALITY_MAX_WORDS). */
int page_words(struct quality_page *p) MUST_USE;
/* The same, and its distinct words. */
int page_types(struct quality_page *p) MUST_USE;
/* Whether every character of the word is punctuation. */
bool page_is_symbol(const struct quality_page *p, struct span w);
/* NULL if the text has no such word.  After page_types(). */
const struct word_type *page_find_word(const struct quality_page *p, struct span w);

/*
 * Each rule set: 0, or a negative error; the verdict is in the document.
 * A rule set is called only while the document is kept.
 */
int quality_repetition(struct quality_page *p) MUST_USE; /* datatrove's GopherRepetitionFilter */
int quality_gopher(struct quality_page *p) MUST_USE;     /* GopherQualityFilter */
int quality_gopher_long(struct quality_page *p) MUST_USE; /* its rule of the most words alone, for a text that page_words() refuses */
int quality_c4(struct quality_page *p) MUST_USE;         /* C4QualityFilter without the terminal punctuation rule */
int quality_fineweb(struct quality_page *p) MUST_USE;    /* FineWebQualityFilter */

/* Note what a rule measured, and drop the document if `refused`.  Returns refused. */
static inline bool page_rule(struct quality_page *p, const char *rule, double value, double threshold, bool refused)
{
    doc_measure(p->doc, rule, value);
    if (refused)
        doc_drop_value(p->doc, QUALITY_STAGE, rule, value, threshold);
    return refused;
}

static inline bool page_over(struct quality_page *p, const char *rule, double value, double threshold)
{
    return page_rule(p, rule, value, threshold, value > threshold);
}

static inline bool page_under(struct quality_page *p, const char *rule, double value, double threshold)
{
    return page_rule(p, rule, value, threshold, value < threshold);
}

/* ---- duplicates (quality_dups.c) ---- */

/* Elements equal to an earlier one, and the code points in them. */
struct dups {
    size_t elements, chars;
};

/* A table of `n` places at most, all of it free: `mask` + 1 slots in the document's arena, or NULL past its limit. */
uint32_t *slots_new(struct arena *a, size_t n, size_t *mask);

/* Errors of all: -ERR_TOO_BIG. */
int dups_of_spans(struct arena *a, uint64_t seed, const struct span *v, size_t n, struct dups *out) MUST_USE;

/*
 * Places where a run of words may stand that stands elsewhere too: the others need not be looked at.
 * `at` is in rising order.
 */
struct places {
    uint32_t *at;
    size_t n;
};
int top_gram_places(struct quality_page *p, struct places *out) MUST_USE; /* runs of two */
int dup_gram_places(struct quality_page *p, struct places *out) MUST_USE; /* runs of QUALITY_DUP_FROM and more, joined */

/*
 * The most frequent run of n words (the first of equally frequent ones): its length joined by single spaces, times how often it
 * stands there, overlapping ones too.  The page has at least n words.  Call with n = 2, 3, 4 in turn: each leaves in `places`
 * what the next has to look at.
 */
int top_gram_chars(struct quality_page *p, unsigned n, struct places *places, size_t *chars) MUST_USE;
/*
 * What runs of n words stand there again: from left to right, a run whose words without spaces were seen before
 * counts with all its characters and is stepped over, any other is remembered and left by one word.
 */
int dup_gram_chars(struct quality_page *p, unsigned n, const struct places *places, size_t *chars) MUST_USE;

#endif
