/* decide.c - see decide.h. */
#include "pipeline/extract/decide.h"

#include <stdlib.h>

#include "core/alloc.h"

#define TITLE_REACH 12 /* blocks between a title and the text: bylines, dates, a picture */
#define TEXT_SHARE 4   /* a text that comments stand under is at least a fourth of all */

/*
 * The cut that makes the expected F1 best is half of that F1 (Lipton, Elkan and Narayanaswamy 2014).  Beliefs are a little high where a
 * benchmark of bodies is strict: STRICTER takes that back.  Five folds by site, cuts of 0.50, 0.54, 0.58 and 0.62 of F1: bodies .976, .977,
 * .978, .977; snippets .942, .941, .940, .939.
 */
#define STRICTER 138u /* of 256: 0.54 */
#define LEAST_CUT 97u /* of 255: 0.38 */

/* What balanced mode asks of a block, of 255. */
static unsigned cut_of(const struct feature_page *p, const uint8_t *belief)
{
    uint64_t words[256] = { 0 }, all = 0, taken = 0, hits = 0;
    unsigned best = 0; /* the best F1, of 255 */
    for (size_t k = 0; k < p->b->n; k++)
        words[belief[k]] += p->b->v[k].word_end - p->b->v[k].word;
    for (unsigned v = 0; v < 256; v++)
        all += words[v] * v;
    for (unsigned v = 256; v-- > 1;) {
        taken += words[v];
        hits += words[v] * v;
        uint64_t f = hits ? 2 * 255 * hits / (taken * 255 + all) : 0;
        if (f > best)
            best = (unsigned)f;
    }
    unsigned cut = best * STRICTER / 256;
    return cut > LEAST_CUT ? cut : LEAST_CUT;
}

static unsigned cut_for(enum extract_mode mode, unsigned balanced)
{
    switch (mode) {
    case EXTRACT_PRECISION: return (balanced + 255) / 2;
    case EXTRACT_RECALL: return balanced / 2;
    default: return balanced;
    }
}

/* ---- comments ---- */

/* Readers' comments under a text are content for recall alone; where nothing else is, they are the text. */
static bool is_comment(const struct block *b)
{
    return b->near[NEAR_COMMENTS] && !b->near[NEAR_HIDDEN] && !b->near[NEAR_CONTROL] && !b->near[NEAR_FORM] && b->link_chars * 2 < b->chars;
}

static void keep_comments(const struct blocks *b, uint8_t *kept)
{
    for (size_t k = 0; k < b->n; k++)
        if (is_comment(&b->v[k]))
            kept[k] = 255;
}

static void drop_comments(const struct blocks *b, uint8_t *kept)
{
    uint64_t outside = 0, all = 0;
    for (size_t k = 0; k < b->n; k++) {
        uint32_t chars = kept[k] ? b->v[k].chars : 0;
        all += chars;
        outside += b->v[k].near[NEAR_COMMENTS] ? 0 : chars;
    }
    for (size_t k = 0; outside * TEXT_SHARE >= all && k < b->n; k++)
        if (b->v[k].near[NEAR_COMMENTS])
            kept[k] = 0;
}

/* ---- the title ---- */

/*
 * The heading above the text is the page's title, a fact of its own.  The benchmarks of bodies leave it out; so do we, on every
 * page alike, or two copies of one article would differ by it.  Markdown and recall have it.
 */
static void decide_title(const struct tree *t, const struct blocks *b, uint8_t *kept, bool keep)
{
    size_t first = 0;
    while (first < b->n && (!kept[first] || t->v[b->v[first].box].tag == TAG_H1))
        first++;
    if (first == b->n)
        return;
    for (size_t k = first; k-- > 0 && first - k <= TITLE_REACH;) {
        uint32_t heading = b->v[k].box;
        if (t->v[heading].tag != TAG_H1)
            continue;
        for (size_t i = k + 1; i-- > 0 && b->v[i].box == heading;) /* it may have line breaks */
            kept[i] = keep ? 255 : 0;
        return;
    }
}

/* ---- what stands and falls together ---- */

#define SHORT 40       /* characters: of so few nobody can tell what they are, but for what they stand among */
#define LONGEST_ROW 400 /* characters: a longer one lays out the page */

/* Shares, in hundredths, that must be kept of a row, of a list, for its short rest to stay. */
#define ROW_KEPT 60u
#define LIST_KEPT 80u

#define ROW_REACH 6 /* elements between a block and its row: a cell and what is in it */

/* The row of a table that a block stands in, or 0. */
static uint32_t row_of(const struct tree *t, const struct block *x)
{
    uint32_t table = x->near[NEAR_TABLE], i = table ? x->box : 0;
    for (unsigned up = 0; up < ROW_REACH && i > table; up++, i = t->v[i].parent)
        if (t->v[i].tag == TAG_TR)
            return i;
    return 0;
}

/* The row or the list around a short block, or 0. */
static uint32_t whole_of(const struct tree *t, const struct block *x, enum near kind)
{
    return kind == NEAR_TABLE ? row_of(t, x) : x->near[kind];
}

static bool is_kept(const struct inside *x, enum near kind)
{
    if (kind == NEAR_TABLE)
        return x->chars <= LONGEST_ROW && x->kept * 100 >= x->chars * ROW_KEPT;
    return x->kept * UINT64_C(100) >= (uint64_t)x->chars * LIST_KEPT;
}

/* A cell of a kept row, an item of a kept list: a few characters say too little to be judged alone. */
static void complete(struct decider *d, const struct feature_page *p, enum near kind, uint8_t *kept)
{
    const struct blocks *b = p->b;
    bool any = false;
    for (size_t k = 0; k < b->n && !any; k++)
        any = !kept[k] && b->v[k].near[kind] && b->v[k].chars < SHORT;
    if (!any)
        return;
    if (d->cap_nodes < p->t->n) {
        d->cap_nodes = p->t->n * 2;
        d->inside = xreallocarray(d->inside, d->cap_nodes, sizeof *d->inside);
    }
    memset(d->inside, 0, p->t->n * sizeof *d->inside);
    for (size_t k = 0; k < b->n; k++) {
        uint32_t whole = whole_of(p->t, &b->v[k], kind);
        d->inside[whole].chars += b->v[k].chars;
        d->inside[whole].kept += kept[k] ? b->v[k].chars : 0;
    }
    for (size_t k = 0; k < b->n; k++) {
        const struct block *x = &b->v[k];
        uint32_t whole = kept[k] || x->chars >= SHORT ? 0 : whole_of(p->t, x, kind);
        bool odd = x->near[NEAR_HIDDEN] || x->near[NEAR_CONTROL] || x->link_chars * 2 > x->chars;
        if (whole && !odd && is_kept(&d->inside[whole], kind))
            kept[k] = 1;
    }
}

/* ---- what is said twice ---- */

#define FEWEST_RUNS 16 /* of a block that is looked at: nineteen words and more; a refrain has less */
#define SURE 242      /* of 255, 0.95: a plan of meals says things twice, and means it */

/* May others say all of it?  What stands before and behind it on the page, kept or not, must. */
static bool may_repeat(const struct feature_page *p, size_t k)
{
    const struct block *x = &p->b->v[k];
    int elsewhere = p->r[k].before + p->r[k].after;
    return x->word_end - x->word >= FEWEST_RUNS + FEATURES_RUN - 1 && elsewhere >= FEATURE_ONE - 2; /* both were rounded down */
}

/* In how many kept blocks a run stands. */
struct kept_run {
    uint32_t blocks;
    uint32_t seen; /* number of the block that was counted last */
};

static void count_runs(struct decider *d, const struct feature_page *p, const uint8_t *kept)
{
    memset(d->runs, 0, (p->n_runs + 1) * sizeof *d->runs);
    for (uint32_t k = 0; k < p->b->n; k++) {
        for (size_t w = p->b->v[k].word; kept[k] && w + FEATURES_RUN <= p->b->v[k].word_end; w++) {
            struct kept_run *r = &d->runs[p->run_of[w]];
            r->blocks += r->seen != k + 1;
            r->seen = k + 1;
        }
    }
}

/* Does every run of it stand in another kept block, too?  Then it goes from their count. */
static bool take_away(struct decider *d, const struct feature_page *p, uint32_t k)
{
    const struct block *x = &p->b->v[k];
    uint32_t taken = (uint32_t)p->b->n + k + 1; /* count_runs() had the numbers up to n */
    for (size_t w = x->word; w + FEATURES_RUN <= x->word_end; w++)
        if (p->run_of[w] == p->n_runs || d->runs[p->run_of[w]].blocks < 2)
            return false;
    for (size_t w = x->word; w + FEATURES_RUN <= x->word_end; w++) {
        struct kept_run *r = &d->runs[p->run_of[w]];
        r->blocks -= r->seen != taken; /* once, however often it says it */
        r->seen = taken;
    }
    return true;
}

static int by_belief(const void *a, const void *b, void *ctx)
{
    const uint8_t *belief = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return belief[x] != belief[y] ? belief[x] - belief[y] : (x > y) - (x < y);
}

/* An abstract, a teaser, a second form of the text for small screens: the copy that is believed least goes. */
static void drop_repeats(struct decider *d, const struct feature_page *p, uint8_t *kept)
{
    size_t n = 0;
    for (uint32_t k = 0; k < p->b->n; k++) {
        if (!kept[k] || kept[k] >= SURE || !may_repeat(p, k))
            continue;
        GROW(d->doubtful, n, d->cap_doubtful);
        d->doubtful[n++] = k;
    }
    if (!n)
        return;
    if (d->cap_runs <= p->n_runs) {
        d->cap_runs = p->n_runs + 1;
        d->runs = xreallocarray(d->runs, d->cap_runs, sizeof *d->runs);
    }
    count_runs(d, p, kept);
    qsort_r(d->doubtful, n, sizeof *d->doubtful, by_belief, kept);
    for (size_t i = 0; i < n; i++)
        if (take_away(d, p, d->doubtful[i]))
            kept[d->doubtful[i]] = 0;
}

void decide(struct decider *d, const struct feature_page *p, const struct extract_options *o, uint8_t *belief)
{
    unsigned cut = cut_for(o->mode, cut_of(p, belief));
    for (size_t k = 0; k < p->b->n; k++)
        belief[k] = belief[k] > cut ? belief[k] : 0;
    if (o->mode != EXTRACT_RECALL) {
        drop_comments(p->b, belief);
        drop_repeats(d, p, belief);
    }
    complete(d, p, NEAR_TABLE, belief);
    complete(d, p, NEAR_LIST, belief);
    decide_title(p->t, p->b, belief, o->mode == EXTRACT_RECALL || o->markdown);
    if (o->mode == EXTRACT_RECALL)
        keep_comments(p->b, belief);
}

void decider_release(struct decider *d)
{
    free(d->runs);
    free(d->doubtful);
    free(d->inside);
    *d = (struct decider){ 0 };
}
