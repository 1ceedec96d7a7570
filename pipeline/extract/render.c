/* render.c - see render.h. */
#include "pipeline/extract/render.h"

#include "core/utf8.h"

#define MAX_LISTS 8 /* deeper lists are marked like this one */

struct renderer {
    const struct tree *t;
    const struct extract_options *o;
    struct buf *out;
    size_t block;          /* where the current block begins in out */
    unsigned in_pre, in_cell, in_heading, row_cells;
    bool space;            /* white space is due before the next character */
    size_t after_text;     /* out->n behind the last block that is no heading */
    uint32_t stack[TREE_MAX_DEPTH + 1];
    unsigned depth;
    /* Markdown: marks are put down with the first character of a block, so that an empty block has none. */
    size_t lead;           /* out->n behind the marks of the current block */
    unsigned quotes, lists, heading; /* open <blockquote>s, open lists, level of the open heading */
    bool item, fence;      /* a list item, a <pre> has begun and has no character yet */
    size_t fence_at;       /* out->n behind the ``` that is open; 0: none */
    uint32_t items[MAX_LISTS + 1]; /* of each open list: the next number, 0 where there are none */
};

#define LAYOUT_CHARS 60 /* of a paragraph: a datum may stand in a <p>, too */

static void trim_block(struct renderer *r)
{
    struct buf *b = r->out;
    while (b->n > r->block && (b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\t' || b->p[b->n - 1] == '\n'))
        b->n--;
}

/* Empty cells before the only one that has text say nothing. */
static void trim_lone_cell(struct renderer *r)
{
    size_t i = r->block;
    while (i < r->out->n && r->out->p[i] == '\t')
        i++;
    if (i > r->block && !memchr(r->out->p + i, '\t', r->out->n - i)) {
        memmove(r->out->p + r->block, r->out->p + i, r->out->n - i);
        r->out->n -= i - r->block;
    }
}

static void end_block(struct renderer *r)
{
    r->space = false;
    trim_block(r);
    if (r->row_cells)
        trim_lone_cell(r);
    if (r->out->n == r->block)
        return;
    buf_putc(r->out, '\n');
    r->block = r->out->n;
    if (!r->in_heading)
        r->after_text = r->out->n;
}

static void put_marks(struct renderer *r)
{
    for (unsigned i = 0; i < r->quotes; i++)
        buf_puts(r->out, "> ");
    unsigned depth = r->lists < MAX_LISTS ? r->lists : MAX_LISTS;
    if (r->item) {
        buf_printf(r->out, "%*s", (int)(4 * (depth ? depth - 1 : 0)), "");
        if (r->items[depth])
            buf_printf(r->out, "%u. ", r->items[depth]++);
        else
            buf_puts(r->out, "- ");
    }
    for (unsigned i = 0; i < r->heading; i++)
        buf_putc(r->out, '#');
    if (r->heading)
        buf_putc(r->out, ' ');
    if (r->fence && !r->fence_at) {
        buf_puts(r->out, "```\n");
        r->fence_at = r->out->n;
    }
    r->item = r->fence = false;
    r->lead = r->out->n;
}

static void begin_block(struct renderer *r)
{
    if (r->o->markdown && r->out->n == r->block && !r->in_cell)
        put_marks(r);
}

static void put_char(struct renderer *r, const char *p, size_t n)
{
    begin_block(r);
    if (r->space) {
        if (r->out->n > r->block && r->out->n != r->lead && r->out->p[r->out->n - 1] != '\t')
            buf_putc(r->out, ' ');
        r->space = false;
    }
    buf_put(r->out, p, n);
}

/* Not seen by a reader: soft hyphen, zero width space, word joiner, byte order mark. */
static bool invisible(uint32_t cp)
{
    return cp == 0xAD || cp == 0x200B || cp == 0x2060 || cp == 0xFEFF;
}

/* White space where it counts: CR LF and LF are one break, and breaks before the first character are none (HTML 13.1.2.5). */
static void put_pre_blank(struct renderer *r, uint32_t cp)
{
    if (cp == '\r' || (cp == '\n' && r->out->n == r->block))
        return;
    begin_block(r);
    buf_putc(r->out, cp == 0xA0 ? ' ' : (char)cp);
}

static void put_text(struct renderer *r, struct span s)
{
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        const char *from = p;
        unsigned char c = (unsigned char)*p;
        if (c > ' ' && c < 0x7F) {
            while (p < end && (unsigned char)*p > ' ' && (unsigned char)*p < 0x7F)
                p++;
            put_char(r, from, (size_t)(p - from));
            continue;
        }
        uint32_t cp = utf8_next(&p, end);
        if (invisible(cp))
            continue;
        bool blank = cp <= ' ' || cp == 0x7F || cp == 0xA0 || (cp >= 0x80 && cp < 0xA0) || cp == 0x2028 || cp == 0x2029;
        if (!blank)
            put_char(r, from, (size_t)(p - from));
        else if (r->in_pre && (cp == '\n' || cp == '\r' || cp == ' ' || cp == '\t' || cp == 0xA0))
            put_pre_blank(r, cp);
        else
            r->space = true;
    }
}

static void line_break(struct renderer *r)
{
    if (r->in_cell)
        r->space = true;
    else
        end_block(r);
}

static void open_cell(struct renderer *r)
{
    if (!r->in_cell && r->row_cells++) {
        while (r->out->n > r->block && r->out->p[r->out->n - 1] == ' ')
            r->out->n--;
        buf_putc(r->out, '\t');
        r->space = false;
    }
    r->in_cell++;
}

static void markdown_open(struct renderer *r, const struct node *n)
{
    switch (n->tag) {
    case TAG_LI: r->item = true; break;
    case TAG_BLOCKQUOTE: r->quotes++; break;
    case TAG_PRE: r->fence = true; break;
    case TAG_OL:
    case TAG_UL:
        if (++r->lists <= MAX_LISTS)
            r->items[r->lists] = n->tag == TAG_OL;
        break;
    default: break;
    }
    if (tag_flags(n->tag) & TAG_HEADING)
        r->heading = (unsigned)(n->tag - TAG_H1 + 1);
}

static void markdown_close(struct renderer *r, const struct node *n)
{
    switch (n->tag) {
    case TAG_LI: r->item = false; break;
    case TAG_BLOCKQUOTE: r->quotes--; break;
    case TAG_PRE: r->fence = false; break;
    case TAG_OL:
    case TAG_UL: r->lists--; break;
    default: break;
    }
    if (tag_flags(n->tag) & TAG_HEADING)
        r->heading = 0;
}

static void open_node(struct renderer *r, const struct node *n)
{
    unsigned flags = tag_flags(n->tag);
    switch (n->tag) {
    case TAG_BR:
        if (r->in_pre)
            put_pre_blank(r, '\n');
        else
            line_break(r);
        return;
    case TAG_TD:
    case TAG_TH:
        if (!n->layout) {
            open_cell(r);
            return;
        }
        break;
    default: break;
    }
    if (!(flags & TAG_BLOCK))
        return;
    line_break(r);
    if (n->tag == TAG_TR)
        r->row_cells = 0;
    if (n->tag == TAG_PRE)
        r->in_pre++;
    if (flags & TAG_HEADING)
        r->in_heading++;
    markdown_open(r, n);
}

static void close_node(struct renderer *r, const struct node *n)
{
    unsigned flags = tag_flags(n->tag);
    if ((n->tag == TAG_TD || n->tag == TAG_TH) && !n->layout) {
        r->in_cell--;
        r->space = false;
        return;
    }
    if (!(flags & TAG_BLOCK))
        return;
    if (n->tag == TAG_PRE && r->fence_at) {
        trim_block(r);
        buf_puts(r->out, r->out->n > r->block ? "\n```" : "```");
        r->fence_at = 0;
    }
    line_break(r);
    markdown_close(r, n);
    if (n->tag == TAG_PRE)
        r->in_pre--;
    if (flags & TAG_HEADING)
        r->in_heading--;
    if (n->tag == TAG_TABLE)
        r->row_cells = 0;
}

static void render_root(struct renderer *r, uint32_t root)
{
    const struct tree *t = r->t;
    r->depth = 0;
    for (uint32_t i = root; i < t->v[root].end;) {
        const struct node *n = &t->v[i];
        while (r->depth && t->v[r->stack[r->depth - 1]].end <= i)
            close_node(r, &t->v[r->stack[--r->depth]]);
        if (n->pruned) {
            if (tag_flags(n->tag) & TAG_BLOCK)
                line_break(r);
            i = n->end;
            continue;
        }
        if (n->tag == TAG_TEXT) {
            put_text(r, tree_text(t, n));
        } else {
            open_node(r, n);
            if (r->depth < TREE_MAX_DEPTH)
                r->stack[r->depth++] = i;
        }
        i++;
    }
    while (r->depth)
        close_node(r, &t->v[r->stack[--r->depth]]);
    end_block(r);
}

/*
 * A cell that holds two paragraphs, preformatted text or a table is a part of the page, not a datum:
 * in its row blocks are lines of their own.  Two passes, so linear whatever the nesting.
 */
static void mark_layout(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->v[i].parts = t->v[i].layout = 0;
    for (size_t i = t->n; i-- > 1;) {
        struct node *n = &t->v[i], *up = &t->v[n->parent];
        if (n->pruned)
            continue;
        unsigned parts = n->parts;
        if (n->tag == TAG_PRE || n->tag == TAG_TABLE)
            parts = 2;
        else if (n->tag == TAG_P && n->chars >= LAYOUT_CHARS)
            parts++;
        if (n->tag == TAG_TR)
            continue;
        if ((n->tag == TAG_TD || n->tag == TAG_TH) && parts >= 2)
            up->layout = true;
        parts += up->parts;
        up->parts = (uint8_t)(parts > 2 ? 2 : parts);
    }
    for (size_t i = 1; i < t->n; i++) {
        struct node *n = &t->v[i];
        if (n->tag == TAG_TD || n->tag == TAG_TH)
            n->layout = t->v[n->parent].layout;
    }
}

void render(struct tree *t, const struct selection *s, const struct extract_options *o, struct buf *out)
{
    struct renderer r = { .t = t, .o = o, .out = out };
    mark_layout(t);
    for (size_t i = 0; i < s->n; i++)
        render_root(&r, s->roots[i]);
    /* Headings with nothing behind them announce what was pruned. */
    if (o->mode != EXTRACT_ALL_TEXT && r.after_text)
        out->n = r.after_text;
    while (out->n && out->p[out->n - 1] == '\n')
        out->n--;
}
