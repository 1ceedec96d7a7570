/*
 * scorer_model.h - the tables that scripts/train-extraction writes.
 *
 * A feature is read as a byte: how many of its cuts lie below it.  A tree has at most 8 leaves: it begins with all of
 * them, each of its nodes whose byte is not below the cut takes those on its left side away, and the first that is left is the
 * answer (QuickScorer, Lucchese et al. 2015).  No jumps, so many blocks go at once.
 */
#ifndef SLUICE_SCORER_MODEL_H
#define SLUICE_SCORER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCORER_LEAVES 8

struct scorer_column {
    uint8_t feature; /* of N_FEATURES; of the second pass: those of the context behind them */
    uint8_t n_cuts;
};

struct scorer_node {
    uint8_t column, cut;
    uint8_t mask; /* leaves that stay where the byte is not below `cut` */
};

struct scorer_pass {
    const int16_t *cuts; /* of the columns, one after the other, each rising */
    const struct scorer_column *columns;
    size_t n_columns;
    const uint8_t *sizes; /* leaves of a tree; it has one node less */
    size_t n_trees;
    const struct scorer_node *nodes;
    const int16_t (*leaves)[SCORER_LEAVES]; /* 1024ths of a natural log-odds */
};

extern const struct scorer_pass scorer_first, scorer_second;
/* 255 / (1 + exp(-x)), x = (i - 128) / 16. */
extern const uint8_t scorer_sigmoid[256];

/*
 * scorer_run() - one pass over n blocks.  values: columns of SCORER_STRIDE int16 (features.h); verdict: n bytes.
 * bytes: scratch, n_columns * SCORER_STRIDE.  n <= SCORER_STRIDE.
 * scorer_run_plainly() - the same without vectors, for machines that have none; scorer_run_sixteen() - with the vectors that every
 * machine of the build has; scorer_run_avx2() - with those some have: false, and nothing done, on the others.  All agree
 * (tests/unit/test_scorer.c).
 */
#define SCORER_STRIDE 1056u
void scorer_run(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict);
bool scorer_run_avx2(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict);
void scorer_run_sixteen(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict);
void scorer_run_plainly(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict);

#define SCORER_SUM_SHIFT 6 /* of a sum, 1024ths to sixteenths */

static inline uint8_t scorer_verdict(int16_t sum)
{
    int i = (sum >> SCORER_SUM_SHIFT) + 128;
    return scorer_sigmoid[i < 0 ? 0 : i > 255 ? 255 : i];
}

#endif
