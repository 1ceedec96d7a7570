/*
 * select.c - see select.h.
 *
 * Two opinions: the names of containers (articleBody, entry-content, article, main), and density of
 * prose as Readability scores it.  A named container counts when it holds most of what density finds.
 */
#include "pipeline/extract/select.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/extract/prune.h"

void selection_release(struct selection *s)
{
    free(s->roots);
    free(s->scores);
    *s = (struct selection){ 0 };
}

static void add_root(struct selection *s, uint32_t root)
{
    GROW(s->roots, s->n, s->cap);
    s->roots[s->n++] = root;
}

static uint32_t prose(const struct node *n)
{
    return n->chars - n->link_chars;
}

/* Text of the element itself, not of its element children, is a paragraph too where it is long (br-separated text). */
static bool has_own_text(const struct tree *t, uint32_t i)
{
    const struct node *n = &t->v[i];
    uint32_t own = 0;
    for (uint32_t c = i + 1; c < n->end && own < 80; c = t->v[c].end)
        if (t->v[c].tag == TAG_TEXT || !(tag_flags(t->v[c].tag) & TAG_BLOCK))
            own += t->v[c].chars;
    return own >= 80;
}

static bool is_paragraph(const struct tree *t, uint32_t i)
{
    const struct node *n = &t->v[i];
    switch (n->tag) {
    case TAG_P:
    case TAG_PRE:
    case TAG_BLOCKQUOTE: return n->chars >= 25;
    case TAG_DIV:
    case TAG_SECTION:
    case TAG_ARTICLE:
    case TAG_TD:
    case TAG_LI:
    case TAG_DD:
    case TAG_FONT:
    case TAG_SPAN:
    case TAG_CENTER: return n->chars >= 80 && has_own_text(t, i);
    default: return false;
    }
}

static float base_score(const struct node *n)
{
    float s = 0;
    switch (n->tag) {
    case TAG_ARTICLE: s = 10; break;
    case TAG_MAIN: s = 8; break;
    case TAG_DIV: s = 5; break;
    case TAG_PRE:
    case TAG_TD:
    case TAG_BLOCKQUOTE: s = 3; break;
    case TAG_UL:
    case TAG_OL:
    case TAG_DL:
    case TAG_LI:
    case TAG_FORM:
    case TAG_ADDRESS: s = -3; break;
    default: break;
    }
    if (n->hints & (HINT_STRONG | HINT_CONTENT | HINT_ARTICLE | HINT_MAIN | HINT_FORUM))
        s += 25;
    if (n->hints & (HINT_DISCARD | HINT_TEASER | HINT_COMMENTS))
        s -= 25;
    return s;
}

static void score_nodes(const struct tree *t, float *score)
{
    static const float share[] = { 1.0f, 0.5f, 0.17f, 0.12f, 0.1f };
    for (uint32_t i = 0; i < t->n; i++)
        score[i] = 0;
    for (uint32_t i = 1; i < t->n; i++) {
        const struct node *n = &t->v[i];
        if (n->pruned || n->tag == TAG_TEXT || !is_paragraph(t, i))
            continue;
        if (n->link_chars * 2 > n->chars)
            continue;
        float s = 1 + (float)n->commas + (n->chars > 300 ? 3 : (float)n->chars / 100);
        uint32_t up = n->tag == TAG_DIV || n->tag == TAG_TD || n->tag == TAG_SECTION || n->tag == TAG_ARTICLE ? i : n->parent;
        for (size_t level = 0; level < sizeof share / sizeof *share; level++) {
            score[up] += s * share[level];
            if (!up)
                break;
            up = t->v[up].parent;
        }
    }
    for (uint32_t i = 1; i < t->n; i++) {
        const struct node *n = &t->v[i];
        if (score[i] <= 0 || n->chars == 0)
            continue;
        score[i] = (score[i] + base_score(n)) * (1 - (float)n->link_chars / (float)n->chars);
    }
}

static uint32_t densest(const struct tree *t, const float *score)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < t->n; i++)
        if (!t->v[i].pruned && score[i] > score[best])
            best = i;
    return best;
}

static bool contains(const struct tree *t, uint32_t outer, uint32_t inner)
{
    return inner >= outer && inner < t->v[outer].end;
}

/* The smallest element that holds both. */
static uint32_t common(const struct tree *t, uint32_t a, uint32_t b)
{
    while (!contains(t, a, b))
        a = t->v[a].parent;
    return a;
}

/*
 * The container that elements with one of these hints (or this tag) make up together: the one of them that
 * has most of their prose, else the smallest element around all of them.  0: there is none with text.
 */
static uint32_t named(const struct tree *t, uint8_t hints, enum tag tag)
{
    uint32_t best = 0, around = 0;
    uint64_t sum = 0;
    for (uint32_t i = 1; i < t->n;) {
        const struct node *n = &t->v[i];
        bool is = !n->pruned && n->tag != TAG_TEXT && ((n->hints & hints) || (tag && n->tag == tag));
        if (!is || prose(n) < (hints == HINT_FORUM ? 20 : 100)) { /* answers may be short */
            i++;
            continue;
        }
        sum += prose(n);
        around = around ? common(t, around, i) : i;
        if (!best || prose(n) > prose(&t->v[best]))
            best = i;
        i = n->end;
    }
    if (!best)
        return 0;
    return (uint64_t)prose(&t->v[best]) * 10 >= sum * 6 ? best : around;
}

/* Siblings of the densest element that read like it: an article split over containers. */
static void join_siblings(struct tree *t, struct selection *s, uint32_t top)
{
    uint32_t parent = t->v[top].parent;
    float least = s->scores[top] * 0.2f;
    for (uint32_t c = parent + 1; c < t->v[parent].end; c = t->v[c].end) {
        const struct node *n = &t->v[c];
        if (n->pruned)
            continue;
        bool join = c == top || (s->scores[c] >= 10 && s->scores[c] >= least);
        if (!join && n->tag == TAG_P && n->chars > 80 && n->link_chars * 4 < n->chars)
            join = true;
        if (!join && (tag_flags(n->tag) & TAG_HEADING) && c < top)
            join = true;
        if (join)
            add_root(s, c);
    }
}

/* A named container is believed when it holds this share of the prose that density found, or is found inside it with it. */
static bool believable(const struct tree *t, uint32_t candidate, uint32_t top, unsigned percent)
{
    return candidate && (uint64_t)prose(&t->v[candidate]) * 100 >= (uint64_t)prose(&t->v[top]) * percent;
}

static uint32_t body_of(const struct tree *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->v[i].tag == TAG_BODY)
            return i;
    return 0;
}

static void choose(struct tree *t, struct selection *s)
{
    static const struct { uint8_t hints; enum tag tag; unsigned percent; } order[] = {
        { HINT_STRONG, TAG_OTHER, 60 }, { HINT_FORUM, TAG_OTHER, 50 }, { HINT_CONTENT, TAG_OTHER, 70 },
        { 0, TAG_ARTICLE, 70 }, { HINT_ARTICLE, TAG_OTHER, 80 }, { HINT_MAIN, TAG_MAIN, 90 },
    };
    score_nodes(t, s->scores);
    uint32_t top = densest(t, s->scores);
    s->top = top;
    s->method = 0;
    if (!top) {
        add_root(s, body_of(t));
        return;
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint32_t c = named(t, order[i].hints, order[i].tag);
        if (believable(t, c, top, order[i].percent)) {
            add_root(s, c);
            s->method = (unsigned)i + 1;
            return;
        }
    }
    s->method = sizeof order / sizeof *order + 1;
    join_siblings(t, s, top);
}

void select_all(struct tree *t, struct selection *s)
{
    for (size_t i = 0, gone = 0; i < t->n; i++) {
        const struct node *n = &t->v[i];
        if ((n->hidden || n->tag == TAG_HEAD || n->tag == TAG_OPTION || n->tag == TAG_RP || n->tag == TAG_RT) && n->end > gone)
            gone = n->end;
        t->v[i].pruned = i < gone;
    }
    tree_sum(t);
    s->n = 0;
    if (t->n)
        add_root(s, 0);
}

void select_body(const struct tree *t, struct selection *s)
{
    s->n = 0;
    if (t->n)
        add_root(s, body_of(t));
}

void select_rules(struct tree *t, enum extract_mode mode, struct selection *s)
{
    s->n = 0;
    s->top = s->method = 0;
    if (!t->n)
        return;
    if (s->cap_scores < t->n) {
        s->cap_scores = t->n * 2;
        s->scores = xreallocarray(s->scores, s->cap_scores, sizeof *s->scores);
    }
    tree_prune(t, mode);
    choose(t, s);
}
