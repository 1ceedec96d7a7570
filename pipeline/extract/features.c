/* features.c - see features.h. */
#include "pipeline/extract/features.h"

const char *const feature_names[N_FEATURES] = {
#define F(name) #name,
#include "pipeline/extract/features.def"
#undef F
};

static uint32_t prose(const struct feature_sums *s)
{
    return s->chars - s->link_chars;
}

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
