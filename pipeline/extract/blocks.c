/* blocks.c - see blocks.h. */
#include "pipeline/extract/blocks.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/utf8.h"

#define HASH_BEGIN 2166136261u /* FNV-1a */
#define HASH_STEP 16777619u

struct undo {
    uint32_t old;
    uint8_t kind;
};

/* A hint a bit, and at most two of tag and `hidden` an element. */
#define NEAR_OF_ONE 10

struct walker {
    struct blocks *b;
    const struct tree *t;
    unsigned depth, n_undo, in_a, in_strong;
    uint32_t near[N_NEAR], articles;
    uint32_t word, word_chars; /* of the open word */
    bool open;
    /* 90 KB that are written before they are read */
    uint32_t stack[TREE_MAX_DEPTH + 1], mark[TREE_MAX_DEPTH + 1];
    struct undo undo[(TREE_MAX_DEPTH + 1) * NEAR_OF_ONE];
};

static struct block *current(struct walker *w)
{
    return &w->b->v[w->b->n - 1];
}

static void end_word(struct walker *w)
{
    struct blocks *b = w->b;
    if (!w->word_chars)
        return;
    if (b->n_words < BLOCKS_MAX_WORDS) {
        GROW(b->words, b->n_words, b->cap_words);
        b->words[b->n_words++] = w->word_chars >= 3 ? w->word | 1 : 0;
    }
    w->word_chars = 0;
}

static void end_block(struct walker *w)
{
    end_word(w);
    if (w->open) {
        current(w)->word_end = (uint32_t)w->b->n_words;
        if (!current(w)->chars)
            w->b->n--;
    }
    w->open = false;
}

static void begin_block(struct walker *w, uint32_t i)
{
    struct blocks *b = w->b;
    GROW(b->v, b->n, b->cap);
    b->v[b->n++] = (struct block){ .first = i, .box = b->box[i], .depth = w->depth, .articles = w->articles, .hash = HASH_BEGIN,
                                   .word = (uint32_t)b->n_words };
    w->open = true;
}

/* A character without spaces around it is a word of its own where scripts have none. */
static void put_letter(struct walker *w, uint32_t cp)
{
    if (cp >= 0x2E80 && cp < 0xE000) {
        end_word(w);
        w->word = HASH_BEGIN * cp;
        w->word_chars = 3;
        end_word(w);
        return;
    }
    if (!w->word_chars)
        w->word = HASH_BEGIN;
    w->word = (w->word ^ (cp < 0x80 ? (uint32_t)ascii_lower((char)cp) : cp)) * HASH_STEP;
    w->word_chars++;
}

enum { BLANK = 1, LETTER = 2, COMMA = 4, END = 8, SPECIAL = 16, DIGIT = 32, UPPER = 64, UNSEEN = 128 };

static const uint8_t ascii_class[256] = { /* what is not ASCII has none */
    [0 ... ' '] = BLANK, ['0' ... '9'] = LETTER | DIGIT, ['A' ... 'Z'] = LETTER | UPPER, ['a' ... 'z'] = LETTER,
    [','] = COMMA, [';'] = COMMA, ['.'] = END, ['!'] = END, ['?'] = END,
    ['|'] = SPECIAL, ['@'] = SPECIAL, ['#'] = SPECIAL, ['/'] = SPECIAL, ['>'] = SPECIAL,
};

static unsigned class_of(uint32_t cp)
{
    switch (cp) {
    case 0xA0: case 0x2028: case 0x2029: case 0x3000: return BLANK;
    case 0xAD: case 0x200B: case 0x2060: case 0xFEFF: return UNSEEN;
    case 0x3001: case 0xFF0C: case 0x60C: case 0x61B: return COMMA;
    case 0x3002: case 0xFF01: case 0xFF1F: case 0x61F: case 0x964: return END;
    case 0xA9: case 0xB7: case 0xBB: case 0x2022: case 0x203A: return SPECIAL;
    default: break;
    }
    return cp >= 0xC0 && !(cp >= 0x2000 && cp < 0x2E80) && !(cp >= 0x3000 && cp < 0x3040) ? LETTER : 0;
}

static void add_char(struct walker *w, struct block *b, uint32_t cp, unsigned class)
{
    if (!b->chars++) {
        b->head = cp;
        memcpy(b->near, w->near, sizeof w->near);
    }
    b->tail = cp;
    b->hash = (b->hash ^ cp) * HASH_STEP;
    b->commas += (class & COMMA) != 0;
    b->ends += (class & END) != 0;
    b->specials += (class & SPECIAL) != 0;
    b->digits += (class & DIGIT) != 0;
    b->uppers += (class & UPPER) != 0;
    if (class & LETTER)
        put_letter(w, cp);
    else
        end_word(w);
}

/* The ASCII letters and digits at p, nearly all of most texts: add_char() of each, with the sums in registers.  Returns their end. */
static const char *add_letters(struct walker *w, struct block *b, const char *p, const char *end)
{
    uint32_t hash = b->hash, word = w->word_chars ? w->word : HASH_BEGIN, digits = 0, uppers = 0;
    const char *from = p;
    for (unsigned class; p < end && (class = ascii_class[(unsigned char)*p]) & LETTER; p++) {
        uint32_t c = (unsigned char)*p;
        hash = (hash ^ c) * HASH_STEP;
        word = (word ^ (c | (class & UPPER ? 0x20 : 0))) * HASH_STEP;
        digits += class / DIGIT & 1;
        uppers += class / UPPER & 1;
    }
    w->word = word;
    w->word_chars += (uint32_t)(p - from);
    b->hash = hash;
    b->chars += (uint32_t)(p - from);
    b->digits += digits;
    b->uppers += uppers;
    b->tail = (unsigned char)p[-1];
    return p;
}

static const char *add_one(struct walker *w, struct block *b, const char *p, const char *end)
{
    bool ascii = (unsigned char)*p < 0x80;
    uint32_t cp = utf8_next(&p, end);
    unsigned class = ascii ? ascii_class[cp] : class_of(cp);
    if (class & BLANK)
        end_word(w);
    else if (!(class & UNSEEN))
        add_char(w, b, cp, class);
    return p;
}

static void add_text(struct walker *w, uint32_t i)
{
    const struct node *n = &w->t->v[i];
    if (!w->open && w->b->n == BLOCKS_MAX) {
        w->b->cut = true;
        return;
    }
    if (!w->open)
        begin_block(w, i);
    struct block *b = current(w);
    uint32_t before = b->chars;
    const char *p = w->t->text.p + n->text, *end = w->t->text.p + n->text_end;
    b->last = i + 1;
    while (p < end) {
        unsigned class = ascii_class[(unsigned char)*p];
        if (class & BLANK) {
            end_word(w);
            do
                p++;
            while (p < end && ascii_class[(unsigned char)*p] & BLANK);
        } else if (class & LETTER && b->chars) {
            p = add_letters(w, b, p, end);
        } else {
            p = add_one(w, b, p, end);
        }
    }
    if (w->in_a)
        b->link_chars += b->chars - before;
    if (w->in_strong)
        b->strong_chars += b->chars - before;
}

static void set_near(struct walker *w, enum near kind, uint32_t i)
{
    w->undo[w->n_undo++] = (struct undo){ w->near[kind], (uint8_t)kind };
    w->near[kind] = i;
}

/* The element's own kind, or N_NEAR. */
static enum near kind_of(enum tag tag)
{
    switch (tag) {
    case TAG_NAV: return NEAR_NAV;
    case TAG_ASIDE: return NEAR_ASIDE;
    case TAG_FOOTER: return NEAR_FOOTER;
    case TAG_HEADER: return NEAR_HEADER;
    case TAG_FORM:
    case TAG_FIELDSET: return NEAR_FORM;
    case TAG_ARTICLE: return NEAR_ARTICLE;
    case TAG_MAIN: return NEAR_MAIN;
    case TAG_TABLE: return NEAR_TABLE;
    case TAG_UL:
    case TAG_OL:
    case TAG_DL: return NEAR_LIST;
    case TAG_FIGURE:
    case TAG_FIGCAPTION:
    case TAG_PICTURE:
    case TAG_CAPTION: return NEAR_FIGURE;
    case TAG_BUTTON:
    case TAG_LABEL:
    case TAG_SELECT:
    case TAG_OPTION:
    case TAG_DIALOG:
    case TAG_MENU:
    case TAG_LEGEND: return NEAR_CONTROL;
    case TAG_BLOCKQUOTE:
    case TAG_Q: return NEAR_QUOTE;
    default: return N_NEAR;
    }
}

static bool is_strong(enum tag tag)
{
    return tag == TAG_B || tag == TAG_STRONG || tag == TAG_EM || tag == TAG_I;
}

static void open_node(struct walker *w, uint32_t i)
{
    const struct node *n = &w->t->v[i];
    if (n->tag == TAG_BR || tag_flags(n->tag) & TAG_BLOCK)
        end_block(w);
    w->mark[w->depth] = w->n_undo;
    w->stack[w->depth++] = i;
    for (unsigned hints = n->hints; hints; hints &= hints - 1)
        set_near(w, (enum near)__builtin_ctz(hints), i); /* the first eight kinds are the hints in their order */
    if (n->hidden)
        set_near(w, NEAR_HIDDEN, i);
    enum near kind = kind_of(n->tag);
    if (kind != N_NEAR)
        set_near(w, kind, i);
    w->articles += n->tag == TAG_ARTICLE;
    w->in_strong += is_strong(n->tag);
    if (n->tag == TAG_A) {
        w->in_a++;
        if (w->open)
            current(w)->links++;
    }
}

static void close_node(struct walker *w)
{
    const struct node *n = &w->t->v[w->stack[--w->depth]];
    while (w->n_undo > w->mark[w->depth]) {
        struct undo u = w->undo[--w->n_undo];
        w->near[u.kind] = u.old;
    }
    w->in_a -= n->tag == TAG_A;
    w->in_strong -= is_strong(n->tag);
    if (tag_flags(n->tag) & TAG_BLOCK)
        end_block(w);
}

static void find_boxes(struct blocks *b, const struct tree *t)
{
    if (b->cap_box < t->n) {
        b->cap_box = t->n * 2;
        b->box = xreallocarray(b->box, b->cap_box, sizeof *b->box);
    }
    for (uint32_t i = 0; i < t->n; i++)
        b->box[i] = i == 0 || tag_flags(t->v[i].tag) & TAG_BLOCK ? i : b->box[t->v[i].parent];
}

void blocks_read(struct blocks *b, const struct tree *t)
{
    struct walker *w = xmalloc(sizeof *w);
    memset(w, 0, offsetof(struct walker, stack));
    w->b = b;
    w->t = t;
    b->n = b->n_words = 0;
    b->cut = false;
    find_boxes(b, t);
    for (uint32_t i = 0; i < t->n;) {
        const struct node *n = &t->v[i];
        while (w->depth && t->v[w->stack[w->depth - 1]].end <= i)
            close_node(w);
        if (n->tag == TAG_HEAD) {
            i = n->end;
            continue;
        }
        if (n->tag == TAG_TEXT)
            add_text(w, i);
        else if (w->depth < TREE_MAX_DEPTH)
            open_node(w, i);
        i++;
    }
    end_block(w);
    free(w);
}

void blocks_release(struct blocks *b)
{
    free(b->v);
    free(b->words);
    free(b->box);
    *b = (struct blocks){ 0 };
}
