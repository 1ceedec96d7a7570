/*
 * facts.h - what a page says of itself in its head, its links, its dates and its JSON-LD.
 */
#ifndef SLUICE_FACTS_H
#define SLUICE_FACTS_H

#include "core/doc.h"
#include "pipeline/extract/jsonld.h"
#include "pipeline/extract/tree.h"

/*
 * Fill *facts; strings are copied to the arena, bounded.  Where a page declares a fact twice, the element that is made for it
 * counts (<title>, <html lang>, rel=canonical, rel=license), then Open Graph and metas, JSON-LD, microdata, other
 * vocabularies; a <time> only where all of a page's stand in one article.
 */
void facts_read(const struct tree *t, const struct jsonld *ld, struct arena *a, struct page_facts *facts);

#endif
