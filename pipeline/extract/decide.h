/*
 * decide.h - from what the scorer believes of each block to what is content.
 */
#ifndef SLUICE_DECIDE_H
#define SLUICE_DECIDE_H

#include "pipeline/extract/extract.h"
#include "pipeline/extract/features.h"

/* Characters of the blocks in a node, and of those that are kept. */
struct inside {
    uint32_t chars, kept;
};

/* Memory of one thread, kept from page to page. */
struct decider {
    struct kept_run *runs; /* beside those of the page */
    uint32_t *doubtful;
    struct inside *inside;  /* a node */
    size_t cap_runs, cap_doubtful, cap_nodes;
};

/*
 * decide() - belief: a byte a block of the page, 255 is certain content; afterwards 0 is no content, all else is.
 *
 * The cut lies where the F1 that is expected of the page is best, so a page of which little is certain is cut lower (decide.c).
 * Linear in the page but for one sort of its blocks.
 */
void decide(struct decider *d, const struct feature_page *p, const struct extract_options *o, uint8_t *belief);
void decider_release(struct decider *d);

#endif
