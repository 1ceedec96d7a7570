/*
 * jsonld.h - what a page says of itself in its JSON-LD scripts (schema.org).
 *
 * One entity speaks for the page: an article before another work (recipe, product, question...) before the page
 * itself; what it leaves out the next may say.  Two articles of different headlines are a list, and none of them is
 * the page.  Scripts that are no JSON are passed over.
 */
#ifndef SLUICE_JSONLD_H
#define SLUICE_JSONLD_H

#include "core/arena.h"
#include "pipeline/extract/strip.h"

/* p == NULL: not declared.  As written: not cleaned, not NFC, white space and control characters included. */
struct jsonld {
    struct span title, author, published, licence, language;
    struct span body; /* articleBody of the article: plain text as a rule, some write markup */
};

/* Bounds, by count: a longer script is passed over, more entities are not looked at. */
#define JSONLD_MAX_SCRIPT (1u << 20)
#define JSONLD_MAX_ENTITIES 256u
/* Of the arena that trees are built in, for all scripts of a page: a value takes 112 bytes. */
#define JSONLD_MAX_MEMORY (8u << 20)

/* Linear in the scripts.  *ld borrows the scripts and `a`, whose limit should be JSONLD_MAX_MEMORY. */
void jsonld_read(const struct strip_data *scripts, struct arena *a, struct jsonld *ld);

#endif
