/*
 * prune.h - take out of a tree what is no content: navigation, controls, sharing, advertising, comments.
 */
#ifndef SLUICE_PRUNE_H
#define SLUICE_PRUNE_H

#include "pipeline/extract/extract.h"
#include "pipeline/extract/tree.h"

/* Sums (chars, link_chars, commas, paras) of every node, bottom up, without pruned subtrees. */
void tree_sum(struct tree *t);

/* Mark what is no content; sums are fresh afterwards. */
void tree_prune(struct tree *t, enum extract_mode mode);

#endif
