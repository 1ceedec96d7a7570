/*
 * features.h - what tells a block of content from the rest, as numbers for the scorer.
 *
 * Whole numbers of 16 bits: counts up to 32767, and shares in 8192ths.  Names and order are those of features.def; the model in
 * scorer_model.c was trained on them (scripts/train-extraction).
 */
#ifndef SLUICE_FEATURES_H
#define SLUICE_FEATURES_H

#include "pipeline/extract/blocks.h"
#include "pipeline/extract/select.h"

enum {
#define F(name) F_##name,
#include "pipeline/extract/features.def"
#undef F
    N_FEATURES
};
/* Of the second pass, context.c: the first pass's verdicts around the block. */
#define N_CONTEXT 34

extern const char *const feature_names[N_FEATURES];

typedef int16_t feature;
#define FEATURE_ONE 8192 /* a share of 1 */

static inline feature feature_count(uint64_t n)
{
    return (feature)(n < INT16_MAX ? n : INT16_MAX);
}

/* a / b in 8192ths, cut at 4; 0 / 0 is 0. */
static inline feature feature_share(uint64_t a, uint64_t b)
{
    uint64_t v = b ? a * FEATURE_ONE / b : 0;
    return feature_count(v);
}

/* A matrix of columns: feature f of block k of the chunk is v[f * FEATURES_CHUNK + k]. */
#define FEATURES_CHUNK 1056u /* an odd number of cache lines: columns whose distance is a power of two would share a few of them */

struct feature_sums {
    uint32_t chars, link_chars, commas, paras, blocks;
};

struct block_relation {
    uint32_t build;     /* hash of tags and names of four levels */
    uint32_t group;     /* first block of that build */
    feature of_group[7]; /* F_group_n... */
    feature copies, before, after, title_hits, title_cover, h1_cover, from_h1, from_heading, headings;
    bool rule_in;
    int8_t tag;         /* how much the element looks like one of prose: -1 to 10 */
    uint8_t terminal;   /* how much the last character looks like the end of a sentence: 0 to 4 */
};

/* Sums over blocks [0, k). */
struct feature_prefix {
    uint64_t chars, link_chars, commas, content; /* content: characters times verdict */
};

/* What is said elsewhere is found by runs of so many words of one block. */
#define FEATURES_RUN 4
struct word_run {
    uint32_t hash, first, last; /* the first and the last block that has it */
};

struct keyed_block {
    uint32_t key, block;
};

/* Memory is kept from page to page. */
struct feature_page {
    const struct tree *t;
    const struct blocks *b;
    const struct selection *s;
    struct feature_sums *sums; /* a node */
    struct block_relation *r;  /* a block */
    struct feature_prefix *prefix; /* a block, and one behind the last */
    struct keyed_block *order; /* two for each block: room to sort */
    struct word_run *runs;     /* a hash table of n_runs, a power of two; one more is of runs that found no place */
    uint32_t *run_of;          /* a word that begins a run within its block: where in runs[] */
    size_t n_runs;
    uint64_t *node_content, *group_content, *group_chars; /* characters times verdict: a node's; those of a build, at its first block */
    size_t cap_nodes, cap_blocks, cap_runs;
    uint32_t title[64];
    size_t n_title;
    uint64_t title_bits;       /* of its words: relate.c */
    uint32_t total;            /* prose of the page: characters outside links */
};

/* Put the blocks in relation; t, b and s must stay.  Linear. */
void features_begin(struct feature_page *p, const struct tree *t, const struct blocks *b, const struct selection *s);
/* Blocks [from, from + n), n <= FEATURES_CHUNK, into N_FEATURES columns. */
void features_fill(const struct feature_page *p, size_t from, size_t n, feature *v);
/* verdict: a byte a block of the page, 255 is certain content. */
void context_begin(struct feature_page *p, const uint8_t *verdict);
/* As features_fill(), into N_CONTEXT columns. */
void context_fill(const struct feature_page *p, const uint8_t *verdict, size_t from, size_t n, feature *v);
void features_release(struct feature_page *p);

#endif
