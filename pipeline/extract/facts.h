/*
 * facts.h - what a page says of itself in its head and links.
 */
#ifndef SLUICE_FACTS_H
#define SLUICE_FACTS_H

#include "core/doc.h"
#include "pipeline/extract/tree.h"

/* Fill *facts from the tree; strings are copied to the arena, bounded. */
void facts_read(const struct tree *t, struct arena *a, struct page_facts *facts);

#endif
