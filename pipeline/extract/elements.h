/*
 * elements.h - which start tag closes what, and which end tag may close what: the rules of HTML 4 as libxml2's parser has them
 * (HTMLparser.c of 2.9.14: htmlStartClose, htmlEndPriority, the empty elements of html40ElementTable).
 */
#ifndef SLUICE_ELEMENTS_H
#define SLUICE_ELEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "pipeline/extract/tags.h"

#define ELEMENTS_MAX 128 /* known names; 118 are */
/* Names that nobody knows are told apart by their bytes; this many groups of them keep looking short. */
#define ELEMENT_GROUPS 64
#define ELEMENT_IDS (ELEMENTS_MAX + ELEMENT_GROUPS)

/* Of an end tag: it closes elements of its own level and below, and stops at one above. */
#define ELEMENT_LEVELS 7

struct element {
    uint8_t tag;   /* enum tag */
    uint8_t level; /* 0: any other; div, td and th, tr, thead tbody tfoot, table, head and body, html */
    bool empty;    /* has no content: its start tag is all of it */
    uint64_t closed_by[ELEMENTS_MAX / 64]; /* start tags of which elements close it, a bit an id */
};

/* Ids that rules name. */
enum { ELEMENT_HTML, ELEMENT_HEAD, ELEMENT_BODY, ELEMENT_P, ELEMENT_SCRIPT, ELEMENT_STYLE, ELEMENT_META, ELEMENT_LINK, ELEMENT_TITLE,
       ELEMENT_BASE, ELEMENT_NOFRAMES, ELEMENT_FRAME, ELEMENT_FRAMESET, ELEMENT_A, ELEMENT_NOSCRIPT, ELEMENT_TIME };

/* The id of a name, in any case: below ELEMENTS_MAX if it is known. */
unsigned element_id(struct span name);
/* Of a known one; others have no rule, and TAG_OTHER. */
const struct element *element_of(unsigned id);

static inline bool element_closes(const struct element *open, unsigned id)
{
    return id < ELEMENTS_MAX && (open->closed_by[id / 64] >> (id % 64) & 1);
}

#endif
