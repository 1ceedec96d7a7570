/* scorer.c - see scorer.h. */
#include "pipeline/extract/scorer.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/extract/features.h"
#include "pipeline/extract/prune.h"
#include "pipeline/extract/scorer_model.h"

#define TITLE_REACH 12 /* blocks between a title and the text: bylines, dates, a picture */
#define TEXT_SHARE 4   /* a text that comments stand under is at least a fourth of all */
#define MAX_COLUMNS (N_FEATURES + N_CONTEXT)

_Static_assert(FEATURES_CHUNK == SCORER_STRIDE && FEATURES_CHUNK % 16 == 0, "columns are read sixteen at a time");

struct scorer {
    struct blocks blocks;
    struct feature_page page;
    feature values[MAX_COLUMNS * FEATURES_CHUNK];
    uint8_t bytes[MAX_COLUMNS * FEATURES_CHUNK];
    uint8_t *first, *second; /* a verdict a block */
    size_t cap;
};

struct scorer *scorer_new(void)
{
    return xcalloc(1, sizeof(struct scorer));
}

void scorer_free(struct scorer *x)
{
    if (!x)
        return;
    blocks_release(&x->blocks);
    features_release(&x->page);
    free(x->first);
    free(x->second);
    free(x);
}

static void judge(struct scorer *x)
{
    size_t n = x->blocks.n;
    if (x->cap < n) {
        x->cap = n * 2;
        x->first = xreallocarray(x->first, x->cap, 1);
        x->second = xreallocarray(x->second, x->cap, 1);
    }
    for (size_t from = 0; from < n; from += FEATURES_CHUNK) {
        size_t some = n - from < FEATURES_CHUNK ? n - from : FEATURES_CHUNK;
        features_fill(&x->page, from, some, x->values);
        scorer_run(&scorer_first, x->values, some, x->bytes, x->first + from);
    }
    context_begin(&x->page, x->first);
    for (size_t from = 0; from < n; from += FEATURES_CHUNK) {
        size_t some = n - from < FEATURES_CHUNK ? n - from : FEATURES_CHUNK;
        if (n > FEATURES_CHUNK) /* else they are there still */
            features_fill(&x->page, from, some, x->values);
        context_fill(&x->page, x->first, from, some, x->values + (size_t)N_FEATURES * FEATURES_CHUNK);
        scorer_run(&scorer_second, x->values, some, x->bytes, x->second + from);
    }
}

/* Readers' comments under a text are content for recall alone; where nothing else is, they are the text. */
static bool is_comment(const struct block *b)
{
    return b->near[NEAR_COMMENTS] && !b->near[NEAR_HIDDEN] && !b->near[NEAR_CONTROL] && !b->near[NEAR_FORM] && b->link_chars * 2 < b->chars;
}

static void drop_comments(struct scorer *x, int threshold)
{
    uint64_t outside = 0, all = 0;
    for (size_t k = 0; k < x->blocks.n; k++) {
        uint32_t chars = x->second[k] > threshold ? x->blocks.v[k].chars : 0;
        all += chars;
        outside += x->blocks.v[k].near[NEAR_COMMENTS] ? 0 : chars;
    }
    for (size_t k = 0; outside * TEXT_SHARE >= all && k < x->blocks.n; k++)
        if (x->blocks.v[k].near[NEAR_COMMENTS])
            x->second[k] = 0;
}

static int threshold_of(enum extract_mode mode)
{
    switch (mode) {
    case EXTRACT_PRECISION: return (scorer_threshold + 255) / 2;
    case EXTRACT_RECALL: return scorer_threshold / 2;
    default: return scorer_threshold;
    }
}

/*
 * The heading above the text is the page's title, a fact of its own.  The benchmarks of bodies leave it out; so do we, on every
 * page alike, or two copies of one article would differ by it.  Markdown and recall have it.
 */
static void judge_title(struct scorer *x, const struct tree *t, int threshold, bool keep)
{
    const struct block *v = x->blocks.v;
    size_t first = 0;
    while (first < x->blocks.n && (x->second[first] <= threshold || t->v[v[first].box].tag == TAG_H1))
        first++;
    if (first == x->blocks.n)
        return;
    for (size_t k = first; k-- > 0 && first - k <= TITLE_REACH;) {
        if (t->v[v[k].box].tag == TAG_H1) {
            x->second[k] = keep ? 255 : 0;
            return;
        }
    }
}

/* All text, for blocks to take back. */
static void prune_text(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        bool control = t->v[i].tag == TAG_BUTTON && t->v[i].pruned;
        t->v[i].pruned = t->v[i].tag == TAG_TEXT || t->v[i].tag == TAG_RT || t->v[i].tag == TAG_RP || t->v[i].tag == TAG_OPTION || control;
    }
}

/* What no block has, though it stands in one: readings beside characters, options, buttons. */
static void prune_inside_blocks(struct tree *t)
{
    for (size_t i = 0; i < t->n;) {
        struct node *n = &t->v[i];
        if (n->tag == TAG_TEXT || !n->pruned) {
            i++;
            continue;
        }
        for (; i < n->end; i++)
            t->v[i].pruned = true;
    }
}

void scorer_select(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s)
{
    int threshold = threshold_of(o->mode);
    blocks_read(&x->blocks, t);
    features_begin(&x->page, t, &x->blocks, s);
    judge(x);
    if (o->mode != EXTRACT_RECALL)
        drop_comments(x, threshold);
    judge_title(x, t, threshold, o->mode == EXTRACT_RECALL || o->markdown);
    prune_text(t);
    for (size_t k = 0; k < x->blocks.n; k++) {
        const struct block *b = &x->blocks.v[k];
        bool keep = x->second[k] > threshold || (o->mode == EXTRACT_RECALL && is_comment(b));
        for (uint32_t i = b->first; keep && i < b->last; i++)
            if (t->v[i].tag == TAG_TEXT)
                t->v[i].pruned = false;
    }
    prune_inside_blocks(t);
    if (x->blocks.cut)
        t->truncated = "blocks";
    tree_sum(t);
    select_body(t, s);
}
