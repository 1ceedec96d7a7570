/* relate.c - blocks put in relation (features.h): sums, groups of one build, copies, what is said elsewhere, the title. */
#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/extract/features.h"

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

/* Blocks by a key of 32 bits, those of one key in their order: counting sorts, 8 bits at a time, to and fro. */
static void sort_blocks(struct feature_page *p)
{
    uint32_t count[4][256] = { 0 };
    size_t n = p->b->n;
    struct keyed_block *from = p->order, *to = p->order + n;
    for (size_t k = 0; k < n; k++)
        for (unsigned pass = 0; pass < 4; pass++)
            count[pass][from[k].key >> 8 * pass & 255]++;
    for (unsigned pass = 0; pass < 4; pass++) {
        uint32_t at = 0;
        for (size_t d = 0; d < 256; d++) {
            uint32_t some = count[pass][d];
            count[pass][d] = at;
            at += some;
        }
        for (size_t k = 0; k < n; k++)
            to[count[pass][from[k].key >> 8 * pass & 255]++] = from[k];
        struct keyed_block *swap = from;
        from = to;
        to = swap;
    }
}

/* Behind the last block of order[i]'s key. */
static size_t end_of_key(const struct feature_page *p, size_t i)
{
    size_t j = i + 1;
    while (j < p->b->n && p->order[j].key == p->order[i].key)
        j++;
    return j;
}

static void relate_group(struct feature_page *p, const struct keyed_block *member, size_t n)
{
    uint64_t chars = 0, links = 0, commas = 0;
    uint32_t span = member[n - 1].block - member[0].block;
    for (size_t i = 0; i < n; i++) {
        const struct block *x = &p->b->v[member[i].block];
        chars += x->chars;
        links += x->link_chars;
        commas += x->commas + x->ends;
    }
    for (size_t i = 0; i < n; i++) {
        struct block_relation *r = &p->r[member[i].block];
        feature *g = r->of_group;
        r->group = member[0].block;
        g[0] = feature_count(n);
        g[1] = feature_share(chars - links, p->total);
        g[2] = feature_share(links, chars);
        g[3] = feature_count(chars / n);
        g[4] = feature_share(commas, chars);
        g[5] = feature_share(span, p->b->n);
        g[6] = feature_share(member[i].block - member[0].block, span + UINT64_C(1));
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
        p->order[k] = (struct keyed_block){ h, k };
    }
    sort_blocks(p);
    for (size_t i = 0, j; i < n; i = j) {
        j = end_of_key(p, i);
        relate_group(p, p->order + i, j - i);
    }
}

static void relate_copies(struct feature_page *p)
{
    size_t n = p->b->n;
    for (uint32_t k = 0; k < n; k++)
        p->order[k] = (struct keyed_block){ p->b->v[k].hash, k };
    sort_blocks(p);
    for (size_t i = 0, j; i < n; i = j) {
        j = end_of_key(p, i);
        for (size_t k = i; k < j; k++)
            p->r[p->order[k].block].copies = feature_count(j - i);
    }
}

/* ---- what was said elsewhere: runs of words ---- */

static uint32_t run_hash(const struct blocks *b, size_t w)
{
    uint32_t h = 0;
    for (size_t i = 0; i < FEATURES_RUN; i++)
        h = mix(h, b->words[w + i]);
    return h | 1; /* 0 is an empty slot */
}

/* Slots that are looked at for a run: more only where a page was made to fill them, and then it is like no other. */
#define MAX_PROBES 64

static size_t slot_of(const struct feature_page *p, uint32_t hash)
{
    size_t mask = p->n_runs - 1, i = hash * 0x85EBCA6Bu & mask;
    for (unsigned probes = 0; probes < MAX_PROBES; probes++, i = (i + 1) & mask)
        if (!p->runs[i].hash || p->runs[i].hash == hash)
            return i;
    return p->n_runs;
}

static void find_runs(struct feature_page *p)
{
    const struct blocks *b = p->b;
    memset(p->runs, 0, p->n_runs * sizeof *p->runs);
    p->runs[p->n_runs] = (struct word_run){ .first = UINT32_MAX };
    for (uint32_t k = 0; k < b->n; k++) {
        for (size_t w = b->v[k].word; w + FEATURES_RUN <= b->v[k].word_end; w++) {
            uint32_t h = run_hash(b, w);
            size_t i = slot_of(p, h);
            p->run_of[w] = (uint32_t)i;
            if (i == p->n_runs)
                continue;
            if (!p->runs[i].hash)
                p->runs[i] = (struct word_run){ .hash = h, .first = k };
            p->runs[i].last = k;
        }
    }
}

/* Of a block's runs, the share that blocks before it have, and blocks behind it. */
static void relate_runs(struct feature_page *p)
{
    const struct blocks *b = p->b;
    find_runs(p);
    for (uint32_t k = 0; k < b->n; k++) {
        uint64_t before = 0, after = 0, all = 0;
        for (size_t w = b->v[k].word; w + FEATURES_RUN <= b->v[k].word_end; w++, all++) {
            before += p->runs[p->run_of[w]].first < k;
            after += p->runs[p->run_of[w]].last > k;
        }
        p->r[k].before = feature_share(before, all);
        p->r[k].after = feature_share(after, all);
    }
}

/* ---- the title ---- */

/* One of 64 bits that stands for a word: nearly all words of a page are not in its title. */
static uint64_t title_bit(uint32_t word)
{
    return UINT64_C(1) << (word * 0x9E3779B1u >> 26);
}

static bool in_title(const struct feature_page *p, uint32_t word, size_t *place)
{
    if (!(p->title_bits & title_bit(word)))
        return false;
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
    p->title_bits = 0;
    for (size_t i = 0; i < t->n && t->v[i].tag != TAG_BODY; i++) {
        if (t->v[i].tag != TAG_TITLE)
            continue;
        struct node text = { .tag = TAG_TEXT, .text = t->v[i].text, .text_end = t->v[i].text_end, .end = 1 };
        struct tree alone = { .v = &text, .n = 1, .text = t->text };
        struct blocks b = { 0 };
        blocks_read(&b, &alone);
        for (size_t w = 0; w < b.n_words && p->n_title < sizeof p->title / sizeof *p->title; w++)
            if (b.words[w]) {
                p->title_bits |= title_bit(b.words[w]);
                p->title[p->n_title++] = b.words[w];
            }
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
    size_t slots = 64; /* at most half full */
    while (slots < b->n_words * 2)
        slots *= 2;
    p->n_runs = slots;
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
        p->order = xreallocarray(p->order, p->cap_blocks, 2 * sizeof *p->order);
        p->group_content = xreallocarray(p->group_content, p->cap_blocks, sizeof *p->group_content);
        p->group_chars = xreallocarray(p->group_chars, p->cap_blocks, sizeof *p->group_chars);
    }
    if (p->cap_runs <= slots) {
        p->cap_runs = slots + 1;
        p->runs = xreallocarray(p->runs, p->cap_runs, sizeof *p->runs);
        p->run_of = xreallocarray(p->run_of, p->cap_runs, sizeof *p->run_of);
    }
    sum_nodes(p);
    sum_blocks(p);
    read_title(p);
    relate_builds(p);
    relate_copies(p);
    relate_runs(p);
    relate_sequence(p);
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
    free(p->runs);
    free(p->run_of);
    *p = (struct feature_page){ 0 };
}
