/*
 * blocks.h - a page as a sequence of blocks: runs of text between the edges of block elements and line breaks.
 *
 * Everything that can be counted while walking the tree once.  features.c puts these counts in relation.
 */
#ifndef SLUICE_BLOCKS_H
#define SLUICE_BLOCKS_H

#include "pipeline/extract/tree.h"

/* What may stand around a block: one of the hints of tree.h, or an element that says what it holds. */
enum near {
    NEAR_DISCARD, NEAR_CONTENT, NEAR_STRONG, NEAR_COMMENTS, NEAR_FORUM, NEAR_MAIN_HINT, NEAR_ARTICLE_HINT, NEAR_TEASER, NEAR_HIDDEN,
    NEAR_NAV, NEAR_ASIDE, NEAR_FOOTER, NEAR_HEADER, NEAR_FORM, NEAR_ARTICLE, NEAR_MAIN, NEAR_TABLE, NEAR_LIST, NEAR_FIGURE,
    NEAR_CONTROL, NEAR_QUOTE, N_NEAR
};

/* All counts are of characters that a reader sees, unless they say words or nodes. */
struct block {
    uint32_t first, last;    /* nodes [first, last) hold its text nodes */
    uint32_t box;            /* nearest block element around it */
    uint32_t depth;          /* elements around it */
    uint32_t near[N_NEAR];   /* nearest element of that kind around it; 0: none */
    uint32_t articles;       /* <article> elements that began before it */
    uint32_t chars, link_chars, strong_chars, commas, ends, digits, uppers, specials;
    uint32_t links;          /* <a> elements that begin in it */
    uint32_t head, tail;     /* first and last character */
    uint32_t hash;           /* over its characters */
    uint32_t word, word_end; /* its words: [word, word_end) of blocks.words */
};

struct blocks {
    struct block *v;
    size_t n, cap;
    uint32_t *words;         /* a hash a word, letters without case; 0: too short to tell anything */
    size_t n_words, cap_words;
    uint32_t *box;           /* a node: the nearest block element, itself included */
    size_t cap_box;
    bool cut;                /* there were more than BLOCKS_MAX */
};

#define BLOCKS_MAX 100000u     /* blocks of a page that are looked at; the rest is no content */
#define BLOCKS_MAX_WORDS (1u << 20) /* words of a page that are compared */

/* Linear in nodes and text.  *b is reset first. */
void blocks_read(struct blocks *b, const struct tree *t);
void blocks_release(struct blocks *b);

#endif
