/* scorer_run.c - the trees of scorer_model.h, asked for sixteen blocks at a time. */
#include "pipeline/extract/scorer_model.h"

#include <string.h>
#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

static int16_t add_saturated(int16_t a, int16_t b)
{
    int v = a + b;
    return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

void scorer_run_plainly(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict)
{
    const int16_t *cut = pass->cuts;
    for (size_t c = 0; c < pass->n_columns; cut += pass->columns[c++].n_cuts)
        for (size_t k = 0; k < n; k++) {
            uint8_t below = 0;
            for (size_t i = 0; i < pass->columns[c].n_cuts; i++)
                below = (uint8_t)(below + (values[pass->columns[c].feature * SCORER_STRIDE + k] > cut[i]));
            bytes[c * SCORER_STRIDE + k] = below;
        }
    for (size_t k = 0; k < n; k++) {
        const struct scorer_node *node = pass->nodes;
        int16_t sum = 0;
        for (size_t t = 0; t < pass->n_trees; t++) {
            unsigned alive = 0xFF;
            for (size_t i = 1; i < pass->sizes[t]; i++, node++)
                if (bytes[node->column * SCORER_STRIDE + k] >= node->cut)
                    alive &= node->mask;
            sum = add_saturated(sum, pass->leaves[t][__builtin_ctz(alive)]);
        }
        verdict[k] = scorer_verdict(sum);
    }
}

#ifdef __SSSE3__

#define LANES 16

static void read_bytes(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes)
{
    const int16_t *cut = pass->cuts;
    for (size_t c = 0; c < pass->n_columns; cut += pass->columns[c++].n_cuts) {
        const int16_t *v = values + pass->columns[c].feature * SCORER_STRIDE;
        for (size_t k = 0; k < n; k += LANES) {
            __m128i a = _mm_loadu_si128((const __m128i *)(v + k)), b = _mm_loadu_si128((const __m128i *)(v + k + 8));
            __m128i below_a = _mm_setzero_si128(), below_b = below_a;
            for (size_t i = 0; i < pass->columns[c].n_cuts; i++) {
                __m128i x = _mm_set1_epi16(cut[i]);
                below_a = _mm_sub_epi16(below_a, _mm_cmpgt_epi16(a, x));
                below_b = _mm_sub_epi16(below_b, _mm_cmpgt_epi16(b, x));
            }
            _mm_storeu_si128((__m128i *)(bytes + c * SCORER_STRIDE + k), _mm_packus_epi16(below_a, below_b));
        }
    }
}

/* Twice the place of the only bit that is set in each byte: of its lower half, of its upper half. */
#define LOW_PLACE _mm_setr_epi8(0, 0, 2, 0, 4, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0)
#define HIGH_PLACE _mm_setr_epi8(0, 8, 10, 0, 12, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0)

static __m128i first_alive(__m128i alive)
{
    __m128i half = _mm_set1_epi8(15), first = _mm_and_si128(alive, _mm_sub_epi8(_mm_setzero_si128(), alive));
    __m128i low = _mm_shuffle_epi8(LOW_PLACE, _mm_and_si128(first, half));
    return _mm_or_si128(low, _mm_shuffle_epi8(HIGH_PLACE, _mm_and_si128(_mm_srli_epi16(first, 4), half)));
}

static void ask_trees(const struct scorer_pass *pass, const uint8_t *bytes, uint8_t *verdict)
{
    const struct scorer_node *node = pass->nodes;
    __m128i a = _mm_setzero_si128(), b = a;
    int16_t sums[LANES];
    for (size_t t = 0; t < pass->n_trees; t++) {
        __m128i alive = _mm_set1_epi8(-1);
        for (size_t i = 1; i < pass->sizes[t]; i++, node++) {
            __m128i x = _mm_loadu_si128((const __m128i *)(bytes + node->column * SCORER_STRIDE)), cut = _mm_set1_epi8((char)node->cut);
            __m128i stays = _mm_cmpgt_epi8(cut, x); /* both are below 128 */
            alive = _mm_and_si128(alive, _mm_or_si128(stays, _mm_set1_epi8((char)node->mask)));
        }
        __m128i leaves = _mm_loadu_si128((const __m128i *)pass->leaves[t]), at = first_alive(alive);
        __m128i low = _mm_shuffle_epi8(leaves, at), high = _mm_shuffle_epi8(leaves, _mm_or_si128(at, _mm_set1_epi8(1)));
        a = _mm_adds_epi16(a, _mm_unpacklo_epi8(low, high));
        b = _mm_adds_epi16(b, _mm_unpackhi_epi8(low, high));
    }
    _mm_storeu_si128((__m128i *)sums, a);
    _mm_storeu_si128((__m128i *)(sums + 8), b);
    for (size_t k = 0; k < LANES; k++)
        verdict[k] = scorer_verdict(sums[k]);
}

void scorer_run_sixteen(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict)
{
    uint8_t lanes[LANES];
    read_bytes(pass, values, n, bytes); /* lanes behind n hold what was there before: never looked at */
    for (size_t k = 0; k < n; k += LANES) {
        ask_trees(pass, bytes + k, lanes);
        memcpy(verdict + k, lanes, n - k < LANES ? n - k : LANES);
    }
}

#else

void scorer_run_sixteen(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict)
{
    scorer_run_plainly(pass, values, n, bytes, verdict);
}

#endif

void scorer_run(const struct scorer_pass *pass, const int16_t *values, size_t n, uint8_t *bytes, uint8_t *verdict)
{
    if (!scorer_run_avx2(pass, values, n, bytes, verdict))
        scorer_run_sixteen(pass, values, n, bytes, verdict);
}
