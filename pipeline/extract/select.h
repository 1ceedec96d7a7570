/*
 * select.h - which parts of a page are its main content.
 */
#ifndef SLUICE_SELECT_H
#define SLUICE_SELECT_H

#include "pipeline/extract/extract.h"
#include "pipeline/extract/tree.h"

/* The roots whose subtrees, without what is pruned, are the content; not nested: the article's in document order, then comments. */
struct selection {
    uint32_t *roots;
    size_t n, cap;
    float *scores; /* scratch: one a node */
    size_t cap_scores;
    uint32_t prose, shown; /* characters of the page outside links, and all; chosen or not (scorer.c) */
    uint32_t top;    /* the densest element; 0: none */
    unsigned method; /* which opinion was believed: 0 none, 1 to 6 a named container, 7 density */
};

/* By rules alone: prune the tree (sets `pruned` and the sums) and choose the roots.  Linear in the nodes. */
void select_rules(struct tree *t, enum extract_mode mode, struct selection *s);
/* Everything visible. */
void select_all(struct tree *t, struct selection *s);
/* The body, whose text nodes have been judged one by one. */
void select_body(const struct tree *t, struct selection *s);
void selection_release(struct selection *s);

#endif
