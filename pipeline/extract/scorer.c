/* scorer.c - see scorer.h. */
#include "pipeline/extract/scorer.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/extract/decide.h"
#include "pipeline/extract/prune.h"
#include "pipeline/extract/scorer_model.h"

#define MAX_COLUMNS (N_FEATURES + N_CONTEXT)

_Static_assert(FEATURES_CHUNK == SCORER_STRIDE && FEATURES_CHUNK % 32 == 0, "columns are read thirty-two at a time");

struct scorer {
    struct blocks blocks;
    struct feature_page page;
    struct decider decider;
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
    decider_release(&x->decider);
    free(x->first);
    free(x->second);
    free(x);
}

static void judge(struct scorer *x)
{
    size_t n = x->blocks.n;
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

static void read_page(struct scorer *x, const struct tree *t, const struct selection *s)
{
    blocks_read(&x->blocks, t);
    features_begin(&x->page, t, &x->blocks, s);
    if (x->cap < x->blocks.n) {
        x->cap = x->blocks.n * 2;
        x->first = xreallocarray(x->first, x->cap, 1);
        x->second = xreallocarray(x->second, x->cap, 1);
    }
}

static void take(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s)
{
    decide(&x->decider, &x->page, o, x->second);
    prune_text(t);
    for (size_t k = 0; k < x->blocks.n; k++)
        for (uint32_t i = x->blocks.v[k].first; x->second[k] && i < x->blocks.v[k].last; i++)
            if (t->v[i].tag == TAG_TEXT)
                t->v[i].pruned = false;
    prune_inside_blocks(t);
    if (x->blocks.cut)
        t->truncated = "blocks";
    tree_sum(t);
    select_body(t, s);
    s->prose = x->page.total;
    s->shown = t->n ? x->page.sums[0].chars : 0;
}

void scorer_select(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s)
{
    read_page(x, t, s);
    judge(x);
    take(x, t, o, s);
}

void scorer_select_believing(struct scorer *x, struct tree *t, const struct extract_options *o, struct selection *s, const uint8_t *belief)
{
    read_page(x, t, s);
    if (x->blocks.n)
        memcpy(x->second, belief, x->blocks.n);
    take(x, t, o, s);
}
