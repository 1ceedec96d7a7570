/*
 * strip.h - a page's tags and text, one after the other, without what no reader sees: scripts, styles, comments, drawings, and
 * the attributes that extraction does not look at.
 *
 * One pass over the page, driven by memchr, that copies nothing but text with references in it (tree.h takes what it finds).
 * Scripts that are data about the page (JSON-LD) are handed over as they stand.
 */
#ifndef SLUICE_STRIP_H
#define SLUICE_STRIP_H

#include "core/buf.h"

/* Attributes looked at in one tag; the rest of that tag is passed over. */
#define STRIP_MAX_ATTRIBUTES 128

/* All that are kept; from AT_NAME on those of elements of the head, of times, and of a link that may name a licence or an author. */
enum attribute { AT_CLASS, AT_ID, AT_ROLE, AT_ITEMPROP, AT_HIDDEN, AT_NAME, AT_PROPERTY, AT_CONTENT, AT_HREF, AT_REL, AT_LANG,
                 AT_XML_LANG, AT_HTTP_EQUIV, AT_DATETIME, N_ATTRIBUTES };
extern const char *const attribute_names[N_ATTRIBUTES];

struct strip_tag {
    struct span whole; /* the name as written, up to white space, '/' or '>' */
    struct span name;  /* its head that is a name to libxml2: what stands behind is no part of it */
    unsigned id;       /* element_id(name) */
    size_t n;
    struct {
        enum attribute name;
        struct span value; /* as written (charref.h), cut at a bound; of AT_HIDDEN empty: whatever hides is that */
    } attributes[N_ATTRIBUTES]; /* each once, the first of its name, in the page's order */
};

/* The first JSON-LD scripts of a page, in its order: slices of the page, end tags not with them. */
#define STRIP_MAX_DATA 16
struct strip_data {
    struct span v[STRIP_MAX_DATA];
    size_t n;
};

/* What is found goes to these; `to` is handed on.  Spans of text are gone when the call returns, those of tags lie in the page. */
struct strip_sink {
    void (*text)(void *to, struct span text); /* decoded; never two in a row, never empty */
    void (*start)(void *to, const struct strip_tag *tag);
    void (*end)(void *to, const struct strip_tag *tag); /* has no attributes */
    void *to;
    struct strip_data *data; /* reset first; or NULL */
};

void strip_page(struct span html, const struct strip_sink *sink);

/* Does a style attribute hide its element (display:none, visibility:hidden)? */
bool strip_hides(struct span style);

#endif
