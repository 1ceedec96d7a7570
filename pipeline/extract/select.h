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
};

/*
 * select_content() - prune the tree (sets `pruned` and the sums) and choose the roots.
 * EXTRACT_ALL_TEXT: everything visible.  Linear in the nodes.
 */
void select_content(struct tree *t, enum extract_mode mode, struct selection *s);
void selection_release(struct selection *s);

#endif
