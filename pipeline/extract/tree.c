/*
 * tree.c - see tree.h.  Tags and text come from strip.c; what is open and closed when follows libxml2's HTML parser to the letter
 * (HTMLparser.c of 2.9.14), which this replaces at a tenth of its cost: tests/unit/test_tree.c holds both trees to be equal, node by
 * node, on real pages and on made ones.
 */
#include "pipeline/extract/tree.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "pipeline/extract/charref.h"
#include "pipeline/extract/classes.h"
#include "pipeline/extract/elements.h"
#include "pipeline/extract/strip.h"

#define MAX_HASHED_NAME 300
#define NAMES_START 2166136261u
/* White space before anything else becomes text of its own behind so many bytes (HTML_PARSER_BIG_BUFFER_SIZE). */
#define BLANK_RUN 1000
#define NONE UINT32_MAX
#define MAX_SAME_GROUP 64 /* open elements of unknown names that are looked at for the one that an end tag names */

/* An element that is open. */
struct open {
    struct span name;
    uint16_t id;
    uint8_t level;
    uint32_t node;
    uint32_t same_id, same_level; /* the one below it in the stack of that id or level, or NONE */
};

/* What a class or an id says, for the next element that has the same one: pages repeat theirs. */
#define REMEMBERED 512 /* a power of two */
struct remembered {
    uint64_t value; /* hash of it; 0: none yet */
    uint32_t names; /* hash_names() of it alone */
    uint8_t hints;
};

struct builder {
    struct tree *t;
    struct buf value; /* the one that is looked at, decoded */
    struct remembered remembered[REMEMBERED];
    uint32_t depth;
    uint32_t top_of_id[ELEMENT_IDS], top_of_level[ELEMENT_LEVELS + 1]; /* in the stack, or NONE */
    bool begun, had_head, had_body, stopped;
    unsigned ignored; /* start tags of html, head and body that were one too many: their end tags are, too */
    struct open stack[TREE_MAX_DEPTH]; /* written before it is read */
};

static void cut(struct builder *b, const char *bound)
{
    b->t->truncated = bound;
    b->stopped = true;
}

static uint32_t parent_of(const struct builder *b)
{
    return b->depth ? b->stack[b->depth - 1].node : 0;
}

static struct node *add_node(struct builder *b, enum tag tag)
{
    struct tree *t = b->t;
    if (t->n >= TREE_MAX_NODES) {
        cut(b, "nodes");
        return NULL;
    }
    GROW(t->v, t->n, t->cap);
    struct node *n = &t->v[t->n++];
    *n = (struct node){ .tag = (uint8_t)tag, .parent = parent_of(b), .text = (uint32_t)t->text.n };
    n->end = (uint32_t)t->n;
    n->text_end = n->text;
    return n;
}

static void keep_value(struct builder *b, const char *name, struct span value)
{
    struct tree *t = b->t;
    if (t->n_fields >= TREE_MAX_FIELDS || t->values.n + value.n >= TREE_MAX_VALUES) {
        t->truncated = "metas";
        return;
    }
    GROW(t->fields, t->n_fields, t->cap_fields);
    /* values may move: offsets now, spans when the tree is done */
    t->fields[t->n_fields++] = (struct head_field){ (uint32_t)(t->n - 1), name, span_of((const char *)(uintptr_t)t->values.n, value.n) };
    buf_span(&t->values, value);
    buf_putc(&t->values, 0);
}

/* FNV-1a over a class or id without its digits, so that the elements of a list have one name. */
static uint32_t hash_names(uint32_t h, struct span value)
{
    for (size_t i = 0; i < MAX_HASHED_NAME && i < value.n; i++)
        if (!ascii_digit(value.p[i]))
            h = (h ^ (unsigned char)ascii_lower(value.p[i])) * 16777619u;
    return h;
}

/* ---- attributes ---- */

/* The hash of two names goes on from the first to the second. */
static void take_name(struct builder *b, struct node *n, const char *attribute, struct span value)
{
    uint64_t h = hash_fast(value) | 1;
    struct remembered *r = &b->remembered[h >> 7 & (REMEMBERED - 1)];
    if (r->value != h)
        *r = (struct remembered){ h, hash_names(NAMES_START, value), class_hints(attribute, value) };
    n->names = n->names ? hash_names(n->names, value) : r->names;
    n->hints |= r->hints;
}

static void take_attribute(struct builder *b, struct node *n, bool head, enum attribute which, struct span value)
{
    if (which == AT_HIDDEN) {
        n->hidden = true;
        return;
    }
    if (charref_in(value)) {
        buf_reset(&b->value);
        charref_put(value, true, &b->value);
        value = buf_view(&b->value);
    }
    if (which == AT_CLASS || which == AT_ID)
        take_name(b, n, attribute_names[which], value);
    else if (which <= AT_ITEMPROP)
        n->hints |= class_hints(attribute_names[which], value);
    if (head ? which == AT_ITEMPROP || which > AT_HIDDEN : which == AT_ITEMPROP && tree_is_fact(value))
        keep_value(b, attribute_names[which], value);
}

/* ---- start and end of elements ---- */

static void close_top(struct builder *b)
{
    const struct open *o = &b->stack[--b->depth];
    struct node *n = &b->t->v[o->node];
    n->end = (uint32_t)b->t->n;
    n->text_end = (uint32_t)b->t->text.n;
    b->top_of_id[o->id] = o->same_id;
    b->top_of_level[o->level] = o->same_level;
}

/* NULL: past a bound. */
static struct node *open_element(struct builder *b, unsigned id, struct span name)
{
    const struct element *e = element_of(id);
    if (b->depth == TREE_MAX_DEPTH) {
        b->t->truncated = "depth";
        return NULL;
    }
    struct node *n = add_node(b, (enum tag)e->tag);
    if (!n)
        return NULL;
    b->had_head = b->had_head || id == ELEMENT_HEAD;
    b->had_body = b->had_body || id == ELEMENT_BODY;
    b->stack[b->depth] = (struct open){ .name = name, .id = (uint16_t)id, .level = e->level, .node = (uint32_t)(b->t->n - 1),
                                        .same_id = b->top_of_id[id], .same_level = b->top_of_level[e->level] };
    b->top_of_id[id] = b->top_of_level[e->level] = b->depth++;
    return n;
}

static void open_implied(struct builder *b, unsigned id)
{
    open_element(b, id, span_cstr(id == ELEMENT_HTML ? "html" : id == ELEMENT_HEAD ? "head" : id == ELEMENT_BODY ? "body" : "p"));
}

/* htmlAutoClose() */
static void close_by_start(struct builder *b, unsigned id)
{
    while (b->depth && element_closes(element_of(b->stack[b->depth - 1].id), id))
        close_top(b);
}

/* htmlCheckImplied() */
static void imply(struct builder *b, unsigned id)
{
    if (id == ELEMENT_HTML)
        return;
    if (!b->depth)
        open_implied(b, ELEMENT_HTML);
    if (id == ELEMENT_BODY || id == ELEMENT_HEAD)
        return;
    if (b->depth <= 1 && id >= ELEMENT_SCRIPT && id <= ELEMENT_BASE) {
        if (!b->had_head && !b->had_body)
            open_implied(b, ELEMENT_HEAD);
    } else if (id != ELEMENT_NOFRAMES && id != ELEMENT_FRAME && id != ELEMENT_FRAMESET) {
        if (!b->had_body && b->top_of_id[ELEMENT_HEAD] == NONE)
            open_implied(b, ELEMENT_BODY);
    }
}

/* Text in nothing, in html or in head stands in a paragraph... */
static bool wants_paragraph(const struct builder *b)
{
    return !b->depth || b->stack[b->depth - 1].id == ELEMENT_HTML || b->stack[b->depth - 1].id == ELEMENT_HEAD;
}

/* ... which is implied: htmlCheckParagraph(). */
static void imply_paragraph(struct builder *b)
{
    if (!wants_paragraph(b))
        return;
    close_by_start(b, ELEMENT_P);
    imply(b, ELEMENT_P);
    open_implied(b, ELEMENT_P);
}

/* A second html or body, a head that is not the first in html. */
static bool is_misplaced(const struct builder *b, unsigned id)
{
    return (id == ELEMENT_HTML && b->depth) || (id == ELEMENT_HEAD && b->depth != 1) ||
           (id == ELEMENT_BODY && b->top_of_id[ELEMENT_BODY] != NONE);
}

/* htmlAutoCloseOnClose(): the place in the stack of what an end tag closes, or NONE. */
static uint32_t closed_by_end(const struct builder *b, unsigned id, struct span name)
{
    uint32_t at = b->top_of_id[id];
    for (unsigned seen = 0; at != NONE && id >= ELEMENTS_MAX && !span_eqi(b->stack[at].name, name); at = b->stack[at].same_id)
        if (++seen == MAX_SAME_GROUP)
            return NONE;
    for (unsigned level = element_of(id)->level + 1u; at != NONE && level <= ELEMENT_LEVELS; level++)
        if (b->top_of_level[level] != NONE && b->top_of_level[level] > at)
            return NONE;
    return at;
}

/* ---- what strip.c finds ---- */

static void on_start(void *to, const struct strip_tag *tag)
{
    struct builder *b = to;
    size_t dot = span_chr(tag->name, '.', 0);
    b->begun = true;
    if (b->stopped)
        return;
    if (dot < tag->name.n) /* the parser looks ahead without dots */
        close_by_start(b, element_id(span_head(tag->name, dot)));
    close_by_start(b, tag->id);
    imply(b, tag->id);
    if (is_misplaced(b, tag->id)) {
        b->ignored++;
        return;
    }
    struct node *n = open_element(b, tag->id, tag->name);
    if (!n)
        return;
    bool head = n->tag == TAG_META || n->tag == TAG_LINK || n->tag == TAG_A || n->tag == TAG_HTML || n->tag == TAG_TIME;
    for (size_t i = 0; i < tag->n; i++)
        take_attribute(b, n, head, tag->attributes[i].name, tag->attributes[i].value);
    if (element_of(tag->id)->empty)
        close_top(b);
}

static void on_end(void *to, const struct strip_tag *tag)
{
    struct builder *b = to;
    b->begun = true;
    if (b->stopped)
        return;
    if (b->ignored && tag->id <= ELEMENT_BODY) {
        b->ignored--;
        return;
    }
    uint32_t at = closed_by_end(b, tag->id, tag->name);
    while (at != NONE && b->depth > at)
        close_top(b);
}

static void put_text(struct builder *b, const char *p, size_t n)
{
    struct tree *t = b->t;
    if (!n || b->stopped)
        return;
    if (t->text.n + n > TREE_MAX_TEXT) {
        cut(b, "text");
        return;
    }
    struct node *last = t->n ? &t->v[t->n - 1] : NULL; /* one node a run */
    if (!last || last->tag != TAG_TEXT || last->parent != parent_of(b) || last->text_end != t->text.n)
        last = add_node(b, TAG_TEXT);
    if (!last)
        return;
    buf_put(&t->text, p, n);
    last->text_end = (uint32_t)t->text.n;
}

/* Bytes of what XML calls no character at s, or 0: most control characters, U+FFFE and U+FFFF. */
static size_t no_character(struct span s)
{
    unsigned char c = (unsigned char)s.p[0];
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    bool last = c == 0xEF && s.n > 2 && (unsigned char)s.p[1] == 0xBF && (unsigned char)s.p[2] >= 0xBE;
    return last ? 3 : 0;
}

/* Bytes before the first that may begin no character, eight at a time. */
static size_t plain_prefix(struct span s)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (uint64_t v; i + 8 <= s.n; i += 8) {
        memcpy(&v, s.p + i, 8);
        uint64_t low = (v - ones * 0x20) & ~v, ef = v ^ ones * 0xEF;
        if ((low | ((ef - ones) & ~ef)) & tops)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] != 0xEF)
        i++;
    return i;
}

/* A run without '<' and '&', but for what is no character. */
static void put_run(struct builder *b, struct span s)
{
    size_t from = 0, i = 0;
    while ((i += plain_prefix(span_from(s, i))) < s.n) {
        size_t gone = no_character(span_from(s, i));
        if (gone)
            put_text(b, s.p + from, i - from);
        i += gone ? gone : 1;
        if (gone)
            from = i;
    }
    put_text(b, s.p + from, s.n - from);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* areBlanks(): white space before a tag or the end asks for no paragraph; nor does what is no text at all. */
static bool is_between(struct span run, bool before_tag)
{
    size_t kept = 0;
    bool blank = true;
    for (size_t i = 0, gone; i < run.n; i += gone ? gone : 1) {
        gone = no_character(span_from(run, i));
        kept += !gone;
        blank = blank && (gone || is_blank(run.p[i]));
    }
    return !kept || (blank && before_tag && kept < BLANK_RUN);
}

/* To libxml2 a '&' or a '<', which are references in a page, parts the text that may ask for a paragraph. */
static struct span until_reference(struct span run)
{
    return span_head(run, span_chr(span_head(run, span_chr(run, '<', 0)), '&', 0));
}

static void on_text(void *to, struct span run)
{
    struct builder *b = to;
    for (; !b->begun && run.n && is_blank(run.p[0]); run = span_from(run, 1)) /* a page begins with what is not blank */
        ;
    b->begun = b->begun || run.n;
    while (run.n && !b->stopped && wants_paragraph(b)) {
        struct span piece = until_reference(run);
        if (!piece.n)
            piece = span_head(run, 1);
        if (!is_between(piece, piece.n == run.n) || run.p[0] == '&' || run.p[0] == '<')
            imply_paragraph(b);
        put_run(b, piece);
        run = span_from(run, piece.n);
    }
    put_run(b, run);
}

/* U+3001 and U+3002 (and their neighbours), U+060C: prose marks by their first bytes. */
static uint32_t foreign_commas(const unsigned char *p, const unsigned char *end)
{
    uint32_t commas = 0;
    for (; end - p > 1; p++) {
        commas += p[0] == 0xE3 && end - p > 2 && p[1] == 0x80 && (p[2] == 0x81 || p[2] == 0x82);
        commas += p[0] == 0xD8 && p[1] == 0x8C;
    }
    return commas;
}

#define EACH_BYTE(x) (0x0101010101010101u * (x))

/* The top bit of each byte of v that is c. */
static uint64_t equal_bytes(uint64_t v, unsigned char c)
{
    const uint64_t low = EACH_BYTE(0x7F), x = v ^ EACH_BYTE(c);
    return ~(((x & low) + low) | x | low);
}

/* Non-blank characters and prose marks of a run of text, eight bytes at a time; the zeros that fill up the last eight are blank. */
static void measure(const struct tree *t, struct node *n)
{
    const char *p = t->text.p + n->text, *end = t->text.p + n->text_end;
    const uint64_t tops = EACH_BYTE(0x80);
    uint64_t foreign = 0;
    uint32_t chars = 0, commas = 0;
    for (const char *at = p; at < end; at += 8) {
        uint64_t v = 0;
        memcpy(&v, at, end - at < 8 ? (size_t)(end - at) : 8);
        uint64_t seen = (v & ~tops) + EACH_BYTE(0x7F - ' '); /* top bit: behind the space, if it is ASCII */
        chars += (uint32_t)__builtin_popcountll((v & v << 1 & tops) | (seen & ~v & tops));
        commas += (uint32_t)__builtin_popcountll(equal_bytes(v, ',') | equal_bytes(v, ';') | equal_bytes(v, '.'));
        foreign |= equal_bytes(v, 0xE3) | equal_bytes(v, 0xD8);
    }
    n->own_chars = chars;
    n->own_commas = commas + (foreign ? foreign_commas((const unsigned char *)p, (const unsigned char *)end) : 0);
}

void tree_finish(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].tag == TAG_TEXT)
            measure(t, &t->v[i]);
    for (size_t i = 0; i < t->n_fields; i++)
        t->fields[i].value.p = t->values.p + (uintptr_t)t->fields[i].value.p;
}

int tree_build(struct tree *t, struct span html)
{
    t->n = t->n_fields = 0;
    buf_reset(&t->text);
    buf_reset(&t->values);
    t->truncated = NULL;
    t->data.n = 0;
    if (html.n > INT32_MAX)
        return -ERR_TOO_BIG;
    struct builder *b = xmalloc(sizeof *b);
    memset(b, 0, offsetof(struct builder, stack));
    b->t = t;
    memset(b->top_of_id, 0xFF, sizeof b->top_of_id);
    memset(b->top_of_level, 0xFF, sizeof b->top_of_level);
    strip_page(html, &(struct strip_sink){ on_text, on_start, on_end, b, &t->data });
    while (b->depth)
        close_top(b);
    tree_finish(t);
    buf_release(&b->value);
    free(b);
    return 0;
}

void tree_release(struct tree *t)
{
    free(t->v);
    free(t->fields);
    buf_release(&t->text);
    buf_release(&t->values);
    *t = (struct tree){ 0 };
}
