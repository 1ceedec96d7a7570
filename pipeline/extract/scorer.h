/*
 * scorer.h - which blocks of a page are its main content, by a trained scorer.
 *
 * Two passes of boosted trees over the features of features.h.  The second also sees what the first says of the blocks around.
 * scripts/train-extraction makes the tables from ../shared/data/web.  Whole numbers alone are compared and added: every CPU gives
 * the same verdict.
 */
#ifndef SLUICE_SCORER_H
#define SLUICE_SCORER_H

#include "pipeline/extract/extract.h"
#include "pipeline/extract/select.h"

/* Memory of one thread, kept from page to page. */
struct scorer;
struct scorer *scorer_new(void);
void scorer_free(struct scorer *x);

/*
 * scorer_select() - after select_rules(): the selection becomes the whole body, in which every text node
 * that is no content is pruned; sums are fresh.  Linear in the page but for one sort of its blocks.
 *
 * The page's own heading (<h1>) is a fact, its title: only Markdown and recall have it above the text.  Recall also keeps readers'
 * comments.
 */
void scorer_select(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s);
/* The same by another's judgement, a byte a block of blocks_read(): for scripts/train-extraction, which scores folds so. */
void scorer_select_believing(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s, const uint8_t *belief);

#endif
