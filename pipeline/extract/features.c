/* features.c - see features.h. */
#include "pipeline/extract/features.h"

#include <stdlib.h>

#include "core/alloc.h"

const char *const feature_names[N_FEATURES] = {
#define F(name) #name,
#include "pipeline/extract/features.def"
#undef F
};

static uint32_t prose(const struct feature_sums *s)
{
    return s->chars - s->link_chars;
}

/* ---- sums ---- */

static void sum_nodes(struct feature_page *p)
{
    const struct tree *t = p->t;
    struct feature_sums *s = p->sums;
    memset(s, 0, t->n * sizeof *s);
    for (size_t k = 0; k < p->b->n; k++) {
        const struct block *x = &p->b->v[k];
        struct feature_sums *q = &s[x->box];
        q->chars += x->chars;
        q->link_chars += x->link_chars;
        q->commas += x->commas + x->ends;
        q->blocks++;
        q->paras += t->v[x->box].tag == TAG_P && x->chars > 40;
    }
    for (size_t i = t->n; i-- > 1;) {
        struct feature_sums *q = &s[t->v[i].parent];
        q->chars += s[i].chars;
        q->link_chars += s[i].link_chars;
        q->commas += s[i].commas;
        q->blocks += s[i].blocks;
        q->paras += s[i].paras;
    }
    p->total = t->n ? prose(&s[0]) : 0;
}

static void sum_blocks(struct feature_page *p)
{
    struct feature_prefix at = { 0 };
    for (size_t k = 0; k < p->b->n; k++) {
        const struct block *x = &p->b->v[k];
        p->prefix[k] = at;
        at.chars += x->chars;
        at.link_chars += x->link_chars;
        at.commas += x->commas + x->ends;
    }
    p->prefix[p->b->n] = at;
}

/* ---- blocks of one build ---- */

static uint32_t mix(uint32_t h, uint32_t x)
{
    return (h ^ x) * 0x9E3779B1u ^ h >> 15;
}

static int by_build(const void *a, const void *b, void *ctx)
{
    const struct block_relation *r = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return r[x].build != r[y].build ? (r[x].build > r[y].build ? 1 : -1) : (x > y) - (x < y);
}

static int by_text(const void *a, const void *b, void *ctx)
{
    const struct block *v = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return v[x].hash != v[y].hash ? (v[x].hash > v[y].hash ? 1 : -1) : (x > y) - (x < y);
}

static void relate_group(struct feature_page *p, const uint32_t *member, size_t n)
{
    uint64_t chars = 0, links = 0, commas = 0;
    uint32_t span = member[n - 1] - member[0];
    for (size_t i = 0; i < n; i++) {
        const struct block *x = &p->b->v[member[i]];
        chars += x->chars;
        links += x->link_chars;
        commas += x->commas + x->ends;
    }
    for (size_t i = 0; i < n; i++) {
        feature *g = p->r[member[i]].of_group;
        p->r[member[i]].group = member[0];
        g[0] = feature_count(n);
        g[1] = feature_share(chars - links, p->total);
        g[2] = feature_share(links, chars);
        g[3] = feature_count(chars / n);
        g[4] = feature_share(commas, chars);
        g[5] = feature_share(span, p->b->n);
        g[6] = feature_share(member[i] - member[0], span + UINT64_C(1));
    }
}

static void relate_builds(struct feature_page *p)
{
    size_t n = p->b->n;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t h = 0, i = p->b->v[k].box;
        for (int level = 0; level < 4 && i; level++, i = p->t->v[i].parent)
            h = mix(mix(h, p->t->v[i].tag), p->t->v[i].names);
        p->r[k].build = h;
        p->order[k] = k;
    }
    qsort_r(p->order, n, sizeof *p->order, by_build, p->r);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && p->r[p->order[j]].build == p->r[p->order[i]].build; j++)
            ;
        relate_group(p, p->order + i, j - i);
    }
}

static void relate_copies(struct feature_page *p)
{
    size_t n = p->b->n;
    qsort_r(p->order, n, sizeof *p->order, by_text, p->b->v);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && p->b->v[p->order[j]].hash == p->b->v[p->order[i]].hash; j++)
            ;
        for (size_t k = i; k < j; k++)
            p->r[p->order[k]].copies = feature_count(j - i);
    }
}

/* ---- what was said elsewhere: runs of four words ---- */

#define GRAM 4

static uint32_t gram_at(const struct blocks *b, size_t w)
{
    uint32_t h = 0;
    for (size_t i = 0; i < GRAM; i++)
        h = mix(h, b->words[w + i]);
    return h | 1;
}

/* Go over the blocks in one direction; *of(k) = share of the block's runs that a block before it had. */
static void relate_grams(struct feature_page *p, bool backwards, size_t slots)
{
    const struct blocks *b = p->b;
    memset(p->grams, 0, slots * sizeof *p->grams);
    for (size_t at = 0; at < b->n; at++) {
        size_t k = backwards ? b->n - 1 - at : at;
        const struct block *x = &b->v[k];
        size_t n = x->word_end - x->word, hits = 0, runs = n >= GRAM ? n - GRAM + 1 : 0;
        for (int put = 0; put < 2; put++) { /* look first: a block does not repeat itself */
            for (size_t i = 0; i < runs; i++) {
                uint32_t h = gram_at(b, x->word + i);
                size_t slot = (h * 0x85EBCA6Bu) & (slots - 1);
                while (p->grams[slot] && p->grams[slot] != h)
                    slot = (slot + 1) & (slots - 1);
                if (put)
                    p->grams[slot] = h;
                else
                    hits += p->grams[slot] == h;
            }
        }
        feature said = feature_share(hits, runs);
        if (backwards)
            p->r[k].after = said;
        else
            p->r[k].before = said;
    }
}

/* ---- the title ---- */

static bool in_title(const struct feature_page *p, uint32_t word, size_t *place)
{
    for (*place = 0; *place < p->n_title; ++*place)
        if (p->title[*place] == word)
            return true;
    return false;
}

#define TITLE_WORDS_READ 60

static void relate_title(struct feature_page *p, const struct block *x, struct block_relation *r)
{
    uint64_t seen = 0;
    unsigned words = 0, hits = 0;
    for (uint32_t w = x->word; w < x->word_end && words < TITLE_WORDS_READ; w++) {
        size_t place;
        if (!p->b->words[w])
            continue;
        words++;
        if (in_title(p, p->b->words[w], &place)) {
            hits++;
            seen |= UINT64_C(1) << place;
        }
    }
    r->title_hits = feature_share(hits, words);
    r->title_cover = feature_share((uint64_t)__builtin_popcountll(seen), p->n_title);
}

/* The page's <title> is in its head, which has no blocks: its words are read by a tree of their own. */
static void read_title(struct feature_page *p)
{
    const struct tree *t = p->t;
    p->n_title = 0;
    for (size_t i = 0; i < t->n && t->v[i].tag != TAG_BODY; i++) {
        if (t->v[i].tag != TAG_TITLE)
            continue;
        struct node text = { .tag = TAG_TEXT, .text = t->v[i].text, .text_end = t->v[i].text_end, .end = 1 };
        struct tree alone = { .v = &text, .n = 1, .text = t->text };
        struct blocks b = { 0 };
        blocks_read(&b, &alone);
        for (size_t w = 0; w < b.n_words && p->n_title < sizeof p->title / sizeof *p->title; w++)
            if (b.words[w])
                p->title[p->n_title++] = b.words[w];
        blocks_release(&b);
        return;
    }
}

/* ---- the sequence ---- */

static int8_t tag_class(enum tag tag)
{
    switch (tag) {
    case TAG_P: return 10;
    case TAG_BLOCKQUOTE: return 9;
    case TAG_PRE: return 8;
    case TAG_H1: return 7;
    case TAG_H2:
    case TAG_H3:
    case TAG_H4:
    case TAG_H5:
    case TAG_H6: return 6;
    case TAG_ARTICLE:
    case TAG_SECTION:
    case TAG_MAIN: return 5;
    case TAG_DIV: return 4;
    case TAG_TD:
    case TAG_TH: return 3;
    case TAG_DD:
    case TAG_DT: return 2;
    case TAG_LI: return 1;
    case TAG_FIGCAPTION:
    case TAG_CAPTION:
    case TAG_FIGURE: return 0;
    default: return -1;
    }
}

/* How much the last character looks like the end of a sentence: 0 to 4. */
static uint8_t terminal_class(uint32_t c)
{
    switch (c) {
    case '.': case '!': case '?': case 0x3002: case 0x2026: case 0x61F: case 0x964: return 4;
    case '"': case ')': case 0xBB: case 0x201C: case 0x201D: return 3;
    case ':': return 2;
    case ',': return 1;
    default: return 0;
    }
}

static void relate_sequence(struct feature_page *p)
{
    long h1 = -1, heading = -1;
    feature h1_cover = -1;
    unsigned headings = 0;
    size_t root = 0;
    for (size_t k = 0; k < p->b->n; k++) {
        const struct block *x = &p->b->v[k];
        struct block_relation *r = &p->r[k];
        enum tag tag = p->t->v[x->box].tag;
        r->tag = tag_class(tag);
        r->terminal = terminal_class(x->tail);
        relate_title(p, x, r);
        if (tag_flags(tag) & TAG_HEADING) {
            heading = (long)k;
            headings++;
            if (tag == TAG_H1) {
                h1 = (long)k;
                h1_cover = r->title_cover;
            }
        }
        r->from_h1 = h1 < 0 ? -1 : feature_count((uint64_t)((long)k - h1));
        r->from_heading = heading < 0 ? -1 : feature_count((uint64_t)((long)k - heading));
        r->headings = feature_count(headings);
        r->h1_cover = h1_cover;
        while (root < p->s->n && p->t->v[p->s->roots[root]].end <= x->first)
            root++;
        r->rule_in = root < p->s->n && x->first >= p->s->roots[root];
    }
}

void features_begin(struct feature_page *p, const struct tree *t, const struct blocks *b, const struct selection *s)
{
    size_t slots = 64;
    while (slots < b->n_words * 2)
        slots *= 2;
    p->t = t;
    p->b = b;
    p->s = s;
    if (p->cap_nodes < t->n + 1) { /* a page of nothing has its arrays, too */
        p->cap_nodes = (t->n + 1) * 2;
        p->sums = xreallocarray(p->sums, p->cap_nodes, sizeof *p->sums);
        p->node_content = xreallocarray(p->node_content, p->cap_nodes, sizeof *p->node_content);
    }
    if (p->cap_blocks < b->n + 1) {
        p->cap_blocks = (b->n + 1) * 2;
        p->r = xreallocarray(p->r, p->cap_blocks, sizeof *p->r);
        p->prefix = xreallocarray(p->prefix, p->cap_blocks, sizeof *p->prefix);
        p->order = xreallocarray(p->order, p->cap_blocks, sizeof *p->order);
        p->group_content = xreallocarray(p->group_content, p->cap_blocks, sizeof *p->group_content);
        p->group_chars = xreallocarray(p->group_chars, p->cap_blocks, sizeof *p->group_chars);
    }
    if (p->cap_grams < slots) {
        p->cap_grams = slots;
        p->grams = xreallocarray(p->grams, slots, sizeof *p->grams);
    }
    sum_nodes(p);
    sum_blocks(p);
    read_title(p);
    relate_builds(p);
    relate_copies(p);
    relate_grams(p, false, slots);
    relate_grams(p, true, slots);
    relate_sequence(p);
}

/* ---- the columns ---- */

struct row {
    const struct feature_page *p;
    const struct block *x;
    size_t k;
    feature *v; /* of this block: feature f is v[f * FEATURES_CHUNK] */
};

static void put(const struct row *w, int f, feature value)
{
    w->v[(size_t)f * FEATURES_CHUNK] = value;
}

static void put_own(const struct row *w)
{
    const struct block *x = w->x;
    const struct block_relation *r = &w->p->r[w->k];
    uint64_t chars = x->chars, words = x->word_end - x->word;
    enum tag tag = w->p->t->v[x->box].tag;
    put(w, F_chars, feature_count(chars));
    put(w, F_words, feature_count(words));
    put(w, F_link, feature_share(x->link_chars, chars));
    put(w, F_links, feature_count(x->links));
    put(w, F_strong, feature_share(x->strong_chars, chars));
    put(w, F_commas, feature_count(x->commas));
    put(w, F_ends, feature_count(x->ends));
    put(w, F_comma_rate, feature_share(x->commas + x->ends, chars));
    put(w, F_digits, feature_share(x->digits, chars));
    put(w, F_uppers, feature_share(x->uppers, chars));
    put(w, F_specials, feature_share(x->specials, chars));
    put(w, F_word_len, words ? feature_count(chars * 256 / words) : 0); /* in 256ths */
    put(w, F_terminal, r->terminal);
    uint32_t c = x->head;
    put(w, F_head_kind, c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : c >= '0' && c <= '9' ? 0 : c < 0x80 ? -1 : 3);
    put(w, F_tag, r->tag);
    put(w, F_heading, tag_flags(tag) & TAG_HEADING ? (feature)(tag - TAG_H1 + 1) : 0);
    for (int i = 0; i < 7; i++)
        put(w, F_group_n + i, r->of_group[i]);
    put(w, F_copies, r->copies);
    put(w, F_said_before, r->before);
    put(w, F_said_after, r->after);
    put(w, F_title_hits, r->title_hits);
    put(w, F_title_cover, r->title_cover);
    put(w, F_h1_cover, r->h1_cover);
}

static uint32_t parent_box(const struct feature_page *p, uint32_t i)
{
    return i ? p->b->box[p->t->v[i].parent] : 0;
}

static void put_around(const struct row *w)
{
    static const int up[] = { F_up1_chars, F_up2_chars, F_up3_chars, F_up4_chars };
    const struct feature_page *p = w->p;
    uint32_t i = w->x->box;
    put(w, F_box_chars, feature_count(p->sums[i].chars));
    put(w, F_box_link, feature_share(p->sums[i].link_chars, p->sums[i].chars));
    put(w, F_box_blocks, feature_count(p->sums[i].blocks));
    for (size_t level = 0; level < sizeof up / sizeof *up; level++) {
        i = parent_box(p, i);
        const struct feature_sums *s = &p->sums[i];
        put(w, up[level], feature_count(s->chars));
        put(w, up[level] + 1, feature_share(s->link_chars, s->chars));
        put(w, up[level] + 2, feature_share(s->commas, s->chars));
        put(w, up[level] + 3, feature_count(s->paras));
        put(w, up[level] + 4, feature_count(s->blocks));
        put(w, up[level] + 5, feature_share(w->x->chars, s->chars));
    }
    for (int kind = 0; kind < N_NEAR; kind++) {
        uint32_t a = w->x->near[kind];
        put(w, F_near_discard + kind, a ? feature_share(prose(&p->sums[a]), p->total) : -1);
    }
}

#define MAX_UP 60 /* steps counted between a block and the densest element */

static bool holds(const struct tree *t, uint32_t outer, uint32_t inner)
{
    return inner >= outer && inner < t->v[outer].end;
}

/* Where a node stands in the densest element: below 0 before it, above 1 behind it. */
static feature top_place(uint32_t node, uint32_t top, uint32_t end)
{
    if (!top)
        return 0;
    int64_t v = ((int64_t)node - top) * FEATURE_ONE / ((int64_t)end - top);
    return (feature)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static void put_top(const struct row *w)
{
    const struct feature_page *p = w->p;
    const struct tree *t = p->t;
    uint32_t top = p->s->top, box = w->x->box, i = top;
    unsigned up = 0, below = 0;
    for (; i && up < MAX_UP && !holds(t, i, box); up++)
        i = t->v[i].parent;
    for (i = box; !up && i && i != top && below < MAX_UP; below++)
        i = t->v[i].parent;
    put(w, F_depth, (feature)(w->x->depth < MAX_UP ? w->x->depth : MAX_UP));
    put(w, F_top_up, (feature)(top ? (int)up : -1));
    put(w, F_top_below, (feature)(up ? -1 : (int)below));
    put(w, F_top_share, top ? feature_share(prose(&p->sums[top]), p->total) : 0);
    put(w, F_top_link, top ? feature_share(p->sums[top].link_chars, p->sums[top].chars) : 0);
    put(w, F_top_place, top_place(w->x->first, top, t->v[top].end));
    float best = top ? p->s->scores[top] : 0, score = 0;
    i = box;
    for (int level = 0; top && level < 3 && i; level++, i = t->v[i].parent)
        if (p->s->scores[i] > score)
            score = p->s->scores[i];
    float part = best > 0 ? score / best : 0;
    put(w, F_score, (feature)((part < 2 ? part : 2) * FEATURE_ONE));
    put(w, F_rule_in, p->r[w->k].rule_in);
    put(w, F_rule_pruned, t->v[w->x->first].pruned);
    put(w, F_rule_method, (feature)p->s->method);
}

static void put_place(const struct row *w)
{
    const struct feature_page *p = w->p;
    const struct block_relation *r = &p->r[w->k];
    const struct feature_prefix *at = &p->prefix[w->k];
    size_t n = p->b->n;
    put(w, F_place, feature_share(w->k, n));
    put(w, F_place_chars, feature_share(at->chars - at->link_chars, p->total));
    put(w, F_from_start, feature_count(w->k));
    put(w, F_from_end, feature_count(n - w->k));
    put(w, F_from_h1, r->from_h1);
    put(w, F_from_heading, r->from_heading);
    put(w, F_headings, r->headings);
    put(w, F_articles, feature_count(w->x->articles));
    put(w, F_page_blocks, feature_count(n));
    put(w, F_page_chars, feature_count(p->total));
}

/* Own element, own container, or the same build: how near a neighbour is. */
static feature kinship(const struct feature_page *p, size_t k, size_t m)
{
    const struct block *x = &p->b->v[k], *y = &p->b->v[m];
    if (p->r[m].build == p->r[k].build)
        return 3;
    if (p->t->v[y->box].parent == p->t->v[x->box].parent)
        return 2;
    return y->box == x->box ? 1 : 0;
}

static void put_neighbours(const struct row *w)
{
    static const struct { int f, off; } at[] = { { F_p1_chars, -1 }, { F_p2_chars, -2 }, { F_p3_chars, -3 },
                                                 { F_n1_chars, 1 },  { F_n2_chars, 2 },  { F_n3_chars, 3 } };
    const struct feature_page *p = w->p;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        size_t m = w->k + (size_t)at[i].off;
        if (m >= p->b->n) { /* below 0, too */
            for (int j = 0; j < 5; j++)
                put(w, at[i].f + j, -1);
            continue;
        }
        const struct block *y = &p->b->v[m];
        put(w, at[i].f, feature_count(y->chars));
        put(w, at[i].f + 1, feature_share(y->link_chars, y->chars));
        put(w, at[i].f + 2, p->r[m].tag);
        put(w, at[i].f + 3, p->r[m].terminal);
        put(w, at[i].f + 4, kinship(p, w->k, m));
    }
    static const struct { int f; size_t reach; } window[] = { { F_w4_chars, 4 }, { F_w10_chars, 10 } };
    for (size_t i = 0; i < sizeof window / sizeof *window; i++) {
        size_t from = w->k > window[i].reach ? w->k - window[i].reach : 0, to = w->k + window[i].reach + 1;
        if (to > p->b->n)
            to = p->b->n;
        const struct feature_prefix *a = &p->prefix[from], *z = &p->prefix[to];
        put(w, window[i].f, feature_count((z->chars - a->chars) / (to - from)));
        put(w, window[i].f + 1, feature_share(z->link_chars - a->link_chars, z->chars - a->chars));
        put(w, window[i].f + 2, feature_share(z->commas - a->commas, z->chars - a->chars));
    }
}

void features_fill(const struct feature_page *p, size_t from, size_t n, feature *v)
{
    for (size_t k = 0; k < n; k++) {
        struct row w = { p, &p->b->v[from + k], from + k, v + k };
        put_own(&w);
        put_around(&w);
        put_top(&w);
        put_place(&w);
        put_neighbours(&w);
    }
}

void features_release(struct feature_page *p)
{
    free(p->sums);
    free(p->r);
    free(p->prefix);
    free(p->order);
    free(p->node_content);
    free(p->group_content);
    free(p->group_chars);
    free(p->grams);
    *p = (struct feature_page){ 0 };
}
