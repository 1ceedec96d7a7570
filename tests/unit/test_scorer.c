/* test_scorer.c - the block scorer: both ways of asking the trees agree, and what it says does not hang on a page's size. */
#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/extract/features.h"
#include "pipeline/extract/scorer_model.h"
#include "tests/unit/test.h"

/* xorshift: the same numbers everywhere. */
static uint32_t next(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void test_vectors_and_plain_code_agree(void **state)
{
    size_t columns = N_FEATURES + N_CONTEXT;
    int16_t *values = xcalloc(columns * SCORER_STRIDE, sizeof *values);
    uint8_t *bytes = xcalloc(columns, SCORER_STRIDE), one[SCORER_STRIDE], other[SCORER_STRIDE];
    static const size_t sizes[] = { 1, 7, 15, 16, 17, 100, 1000, SCORER_STRIDE };
    const struct scorer_pass *passes[] = { &scorer_first, &scorer_second };
    uint32_t seed = 2463534242u;
    unsigned verdicts[256] = { 0 };
    for (size_t s = 0; s < COUNT(sizes); s++) {
        for (size_t i = 0; i < columns * SCORER_STRIDE; i++)
            values[i] = (int16_t)(next(&seed) >> (next(&seed) % 16 + 16)); /* of every magnitude */
        for (size_t p = 0; p < COUNT(passes); p++) {
            scorer_run(passes[p], values, sizes[s], bytes, one);
            scorer_run_plainly(passes[p], values, sizes[s], bytes, other);
            assert_memory_equal(one, other, sizes[s]);
            scorer_run_sixteen(passes[p], values, sizes[s], bytes, one);
            assert_memory_equal(one, other, sizes[s]);
            bool wide = scorer_run_avx2(passes[p], values, sizes[s], bytes, one);
            if (wide)
                assert_memory_equal(one, other, sizes[s]);
            else if (s == 0 && p == 0)
                print_message("no AVX2 here: that code is not tested\n");
            for (size_t k = 0; k < sizes[s]; k++)
                verdicts[one[k]]++;
        }
    }
    unsigned different = 0;
    for (size_t i = 0; i < 256; i++)
        different += verdicts[i] > 0;
    assert_true(different > 100); /* the numbers did ask the trees something */
    free(values);
    free(bytes);
}

static void test_the_table_is_sound_and_small(void **state)
{
    const struct scorer_pass *passes[] = { &scorer_first, &scorer_second };
    size_t limit[] = { N_FEATURES, N_FEATURES + N_CONTEXT }, bytes = 256;
    for (size_t p = 0; p < COUNT(passes); p++) {
        const struct scorer_pass *x = passes[p];
        const int16_t *cut = x->cuts;
        for (size_t c = 0; c < x->n_columns; cut += x->columns[c++].n_cuts) {
            assert_true(x->columns[c].feature < limit[p]);
            assert_in_range(x->columns[c].n_cuts, 1, 127); /* bytes are compared as signed ones */
            for (size_t i = 1; i < x->columns[c].n_cuts; i++)
                assert_true(cut[i - 1] < cut[i]);
        }
        const struct scorer_node *node = x->nodes;
        for (size_t t = 0; t < x->n_trees; t++) {
            assert_in_range(x->sizes[t], 1, SCORER_LEAVES);
            for (size_t i = 1; i < x->sizes[t]; i++, node++) {
                assert_true(node->column < x->n_columns);
                assert_in_range(node->cut, 1, x->columns[node->column].n_cuts);
                assert_true(node->mask >> (x->sizes[t] - 1) & 1); /* the last leaf always stays */
            }
        }
        bytes += (size_t)(cut - x->cuts) * 2 + x->n_columns * sizeof *x->columns + x->n_trees * (1 + SCORER_LEAVES * 2) +
                 (size_t)(node - x->nodes) * sizeof *node;
    }
    assert_true(bytes <= 64 * 1024);
}

static void test_counts_and_shares_saturate(void **state)
{
    assert_int_equal(feature_count(5), 5);
    assert_int_equal(feature_count(40000), INT16_MAX);
    assert_int_equal(feature_share(1, 2), FEATURE_ONE / 2);
    assert_int_equal(feature_share(0, 0), 0);
    assert_int_equal(feature_share(1000, 1), INT16_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_and_plain_code_agree),
        cmocka_unit_test(test_the_table_is_sound_and_small),
        cmocka_unit_test(test_counts_and_shares_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
