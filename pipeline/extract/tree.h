/*
 * tree.h - a page as a flat array of nodes in document order, with the elements that libxml2's HTML parser would open.
 *
 * A node's subtree is the nodes behind it up to `end`.  Text lies in one buffer in document order, so
 * the text of a subtree is one slice of it.
 */
#ifndef SLUICE_TREE_H
#define SLUICE_TREE_H

#include "core/buf.h"
#include "pipeline/extract/strip.h"
#include "pipeline/extract/tags.h"

/* What class, id, role and itemprop say of an element (classes.c). */
enum hint {
    HINT_DISCARD = 1,    /* named like navigation, sharing, advertising... */
    HINT_CONTENT = 2,    /* named like the article's own container */
    HINT_STRONG = 4,     /* articleBody and its kin */
    HINT_COMMENTS = 8,   /* readers' comments */
    HINT_FORUM = 16,     /* a post or answer of a forum */
    HINT_MAIN = 32,      /* role=main, id=main, id=content */
    HINT_ARTICLE = 64,   /* id or class article, story */
    HINT_TEASER = 128,   /* related, teaser: discarded unless it holds the text */
};

struct node {
    uint8_t tag;      /* enum tag */
    bool hidden;      /* hidden, aria-hidden, display:none */
    bool pruned;      /* no content in here (prune.c) */
    uint8_t hints;
    uint8_t parts;    /* paragraphs inside, up to 2; and in a row or cell: */
    bool layout;      /* of the page, not of a table of data (render.c) */
    uint32_t parent;
    uint32_t end;     /* index behind the subtree */
    uint32_t text;    /* place in the text buffer where the subtree's text begins */
    uint32_t text_end;
    union {
        uint32_t names;     /* of an element: hash of class and id without their digits; 0: none */
        uint32_t own_chars; /* of a run of text: its characters that are not white space */
    };
    uint32_t own_commas;  /* of a run of text */
    /* sums over the subtree, without what is pruned (prune.c) */
    uint32_t chars;   /* characters that are not white space */
    uint32_t link_chars; /* of those, inside <a> */
    uint32_t commas;  /* , 、 ， ; and sentence ends: prose has them */
    uint32_t paras;   /* <p> with text */
};

/*
 * Attribute values that facts.c reads: of head elements, links and times, and itemprops
 * that are facts (tree_is_fact).  Those of one node are neighbours.
 */
struct head_field {
    uint32_t node;
    const char *name;  /* static: "name" "property" "content" "href" "rel" "lang" "xml:lang" "http-equiv" "datetime" "itemprop" */
    struct span value; /* in tree.values */
};

struct tree {
    struct node *v;
    size_t n, cap;
    struct buf text;
    struct buf values;
    struct head_field *fields;
    size_t n_fields, cap_fields;
    struct strip_data data; /* in the page */
    const char *truncated;  /* bound that cut it, or NULL */
};

/* Bounds, by count (reference performance 1.2): past them the page is cut there. */
#define TREE_MAX_NODES 2000000u
#define TREE_MAX_DEPTH 1000u
#define TREE_MAX_FIELDS 32768u
#define TREE_MAX_VALUES (4u << 20)
#define TREE_MAX_TEXT (64u << 20)

/* Build from a page of valid UTF-8, of which strip.h leaves out what no reader sees.  The tree is reset first.  Errors: -ERR_TOO_BIG. */
int tree_build(struct tree *t, struct span html);
/* Its last step: what runs of text hold, and values as spans (for tests that build a tree in another way). */
void tree_finish(struct tree *t);
void tree_release(struct tree *t);

/* An itemprop whose element's own text is a fact of the page. */
static inline bool tree_is_fact(struct span itemprop)
{
    return span_is(itemprop, "author") || span_is(itemprop, "datePublished");
}

static inline struct span tree_text(const struct tree *t, const struct node *n)
{
    return span_of(t->text.p + n->text, n->text_end - n->text);
}

#endif
