/*
 * tree_reference.h - the tree of a page by libxml2's SAX parser: what pipeline/extract/tree.c must give, node by node.
 */
#ifndef SLUICE_TREE_REFERENCE_H
#define SLUICE_TREE_REFERENCE_H

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "core/alloc.h"
#include "pipeline/extract/classes.h"
#include "pipeline/extract/strip.h"
#include "pipeline/extract/tree.h"

#define MAX_HASHED_NAME 300

struct reference {
    struct tree *t;
    uint32_t stack[TREE_MAX_DEPTH]; /* open elements */
    unsigned depth, skipped;        /* skipped: open elements past the depth bound */
    unsigned dropped;               /* open elements from one of strip_dropped on */
    xmlParserCtxt *ctxt;
};

static void cut(struct reference *b, const char *bound)
{
    b->t->truncated = bound;
    xmlStopParser(b->ctxt);
}

static struct node *add_node(struct reference *b, enum tag tag)
{
    struct tree *t = b->t;
    if (t->n >= TREE_MAX_NODES) {
        cut(b, "nodes");
        return NULL;
    }
    GROW(t->v, t->n, t->cap);
    struct node *n = &t->v[t->n++];
    *n = (struct node){ .tag = (uint8_t)tag, .parent = b->depth ? b->stack[b->depth - 1] : 0, .text = (uint32_t)t->text.n };
    n->end = (uint32_t)t->n;
    n->text_end = n->text;
    return n;
}

static void keep_value(struct reference *b, const char *name, const char *value)
{
    struct tree *t = b->t;
    size_t n = strlen(value);
    if (t->n_fields >= TREE_MAX_FIELDS || t->values.n + n >= TREE_MAX_VALUES) {
        t->truncated = "metas";
        return;
    }
    GROW(t->fields, t->n_fields, t->cap_fields);
    /* values may move: offsets now, spans when the tree is done */
    t->fields[t->n_fields++] = (struct head_field){ (uint32_t)(t->n - 1), name, span_of((const char *)(uintptr_t)t->values.n, n) };
    buf_put(&t->values, value, n + 1);
}

/* FNV-1a over a class or id without its digits, so that the elements of a list have one name. */
static uint32_t hash_names(uint32_t h, const char *value)
{
    h = h ? h : 2166136261u;
    for (size_t i = 0; i < MAX_HASHED_NAME && value[i]; i++)
        if (!ascii_digit(value[i]))
            h = (h ^ (unsigned char)ascii_lower(value[i])) * 16777619u;
    return h;
}

static void attributes(struct reference *b, struct node *n, enum tag tag, const xmlChar **atts)
{
    static const char *const kept[] = { "name", "property", "content", "href", "rel", "lang", "xml:lang", "http-equiv", "datetime", "itemprop" };
    bool head = tag == TAG_META || tag == TAG_LINK || tag == TAG_A || tag == TAG_HTML || tag == TAG_TIME;
    for (; atts && atts[0]; atts += 2) {
        const char *name = (const char *)atts[0], *value = atts[1] ? (const char *)atts[1] : "";
        bool named = strcmp(name, "class") == 0 || strcmp(name, "id") == 0;
        if (named)
            n->names = hash_names(n->names, value);
        if (named || strcmp(name, "role") == 0 || strcmp(name, "itemprop") == 0)
            n->hints |= class_hints(name, span_cstr(value));
        else if (strcmp(name, "hidden") == 0 || (strcmp(name, "aria-hidden") == 0 && span_isi(span_cstr(value), "true")) ||
                 (strcmp(name, "style") == 0 && strip_hides(span_cstr(value))))
            n->hidden = true;
        bool fact = strcmp(name, "itemprop") == 0 && tree_is_fact(span_cstr(value));
        for (size_t i = 0; (head || fact) && i < sizeof kept / sizeof *kept; i++)
            if (strcmp(name, kept[i]) == 0)
                keep_value(b, kept[i], value);
    }
}

static void on_end(void *ctx, const xmlChar *name)
{
    struct reference *b = ctx;
    (void)name; /* libxml2 balances its own events */
    if (b->dropped) {
        b->dropped--;
        return;
    }
    if (b->skipped) {
        b->skipped--;
        return;
    }
    if (!b->depth)
        return;
    struct node *n = &b->t->v[b->stack[--b->depth]];
    n->end = (uint32_t)b->t->n;
    n->text_end = (uint32_t)b->t->text.n;
}

static void on_text(void *ctx, const xmlChar *p, int len)
{
    struct reference *b = ctx;
    struct tree *t = b->t;
    if (b->dropped)
        return;
    if (t->text.n + (size_t)len > TREE_MAX_TEXT) {
        cut(b, "text");
        return;
    }
    /* One node a run: libxml2 gives text in pieces. */
    struct node *last = t->n ? &t->v[t->n - 1] : NULL;
    if (!last || last->tag != TAG_TEXT || last->parent != (b->depth ? b->stack[b->depth - 1] : 0) || last->text_end != t->text.n)
        last = add_node(b, TAG_TEXT);
    if (!last)
        return;
    buf_put(&t->text, p, (size_t)len);
    last->text_end = (uint32_t)t->text.n;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
    struct reference *b = ctx;
    enum tag tag = tag_by_name((const char *)name, strlen((const char *)name));
    if (b->dropped || tag == TAG_DROPPED || tag == TAG_UNSEEN) {
        if (!b->dropped && tag == TAG_DROPPED)
            on_text(b, (const xmlChar *)" ", 1);
        b->dropped++;
        return;
    }
    if (b->depth == TREE_MAX_DEPTH) {
        b->skipped++;
        b->t->truncated = "depth";
        return;
    }
    struct node *n = add_node(b, tag);
    if (!n)
        return;
    if (atts)
        attributes(b, n, tag, atts);
    b->stack[b->depth++] = (uint32_t)(b->t->n - 1);
}

static void close_open(struct reference *b)
{
    b->skipped = b->dropped = 0;
    while (b->depth)
        on_end(b, NULL);
}

static int reference_build(struct tree *t, struct span html)
{
    static htmlSAXHandler handler = { .startElement = on_start, .endElement = on_end, .characters = on_text,
                                      .ignorableWhitespace = on_text, .cdataBlock = on_text };
    t->n = t->n_fields = 0;
    buf_reset(&t->text);
    buf_reset(&t->values);
    t->truncated = NULL;
    if (!html.n)
        return 0;
    if (html.n > INT32_MAX)
        return -ERR_TOO_BIG;
    xmlParserCtxt *ctxt = htmlCreateMemoryParserCtxt(html.p, (int)html.n);
    if (!ctxt)
        return -ERR_BUG;
    struct reference *b = xcalloc(1, sizeof *b);
    b->t = t;
    b->ctxt = ctxt;
    htmlSAXHandlerPtr own = ctxt->sax;
    void *own_data = ctxt->userData;
    ctxt->sax = &handler;
    ctxt->userData = b;
    htmlCtxtUseOptions(ctxt, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC |
                                 XML_PARSE_HUGE);
    xmlSwitchEncoding(ctxt, XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(ctxt);
    close_open(b);
    tree_finish(t);
    ctxt->sax = own;
    ctxt->userData = own_data;
    htmlFreeParserCtxt(ctxt);
    xmlResetLastError();
    free(b);
    return 0;
}

#endif
