/* kernel.c - see kernel.h. */
#include "pipeline/dedup/kernel.h"

#include "core/cpu.h"

/* x mod 2^61 - 1 for any 64-bit x: the high three bits weigh one each; what is left is below twice the modulus. */
static inline uint64_t reduce(uint64_t x)
{
    x = (x & MERSENNE_61) + (x >> 61);
    return x >= MERSENNE_61 ? x - MERSENNE_61 : x;
}

static inline uint64_t lesser(uint64_t x, uint64_t y)
{
    return x < y ? x : y;
}

/* Four permutations at a time, so that four multiplications are under way. */
void kernel_scalar(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least)
{
    size_t p = 0;
    for (; p + 4 <= n_perm; p += 4) {
        uint64_t m0 = least[p], m1 = least[p + 1], m2 = least[p + 2], m3 = least[p + 3];
        for (size_t i = 0; i < n; i++) {
            m0 = lesser(m0, reduce(h[i] * a[p] + b[p]));
            m1 = lesser(m1, reduce(h[i] * a[p + 1] + b[p + 1]));
            m2 = lesser(m2, reduce(h[i] * a[p + 2] + b[p + 2]));
            m3 = lesser(m3, reduce(h[i] * a[p + 3] + b[p + 3]));
        }
        least[p] = m0;
        least[p + 1] = m1;
        least[p + 2] = m2;
        least[p + 3] = m3;
    }
    for (; p < n_perm; p++)
        for (size_t i = 0; i < n; i++)
            least[p] = lesser(least[p], reduce(h[i] * a[p] + b[p]));
}

#if defined(__x86_64__)
#include <immintrin.h>

bool kernel_has_avx512(void)
{
    return !cpu_baseline_only() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
}

__attribute__((target("avx512f,avx512dq"))) static inline __m512i reduce8(__m512i x, __m512i m)
{
    x = _mm512_add_epi64(_mm512_and_si512(x, m), _mm512_srli_epi64(x, 61));
    /* x - m wraps to a large number where x < m, so the lesser of both is the residue. */
    return _mm512_min_epu64(x, _mm512_sub_epi64(x, m));
}

__attribute__((target("avx512f,avx512dq"))) void kernel_avx512(const uint64_t *a, const uint64_t *b, size_t n_perm,
                                                               const uint64_t *h, size_t n, uint64_t *least)
{
    const __m512i m = _mm512_set1_epi64((long long)MERSENNE_61);
    size_t p = 0;
    for (; p + 16 <= n_perm; p += 16) {
        __m512i a0 = _mm512_loadu_si512(a + p), a1 = _mm512_loadu_si512(a + p + 8);
        __m512i b0 = _mm512_loadu_si512(b + p), b1 = _mm512_loadu_si512(b + p + 8);
        __m512i m0 = _mm512_loadu_si512(least + p), m1 = _mm512_loadu_si512(least + p + 8);
        for (size_t i = 0; i < n; i++) {
            __m512i x = _mm512_set1_epi64((long long)h[i]);
            m0 = _mm512_min_epu64(m0, reduce8(_mm512_add_epi64(_mm512_mullo_epi64(x, a0), b0), m));
            m1 = _mm512_min_epu64(m1, reduce8(_mm512_add_epi64(_mm512_mullo_epi64(x, a1), b1), m));
        }
        _mm512_storeu_si512(least + p, m0);
        _mm512_storeu_si512(least + p + 8, m1);
    }
    kernel_scalar(a + p, b + p, n_perm - p, h, n, least + p);
}
#else
bool kernel_has_avx512(void)
{
    return false;
}

void kernel_avx512(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least)
{
    kernel_scalar(a, b, n_perm, h, n, least);
}
#endif

void kernel_best(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least)
{
    if (kernel_has_avx512())
        kernel_avx512(a, b, n_perm, h, n, least);
    else
        kernel_scalar(a, b, n_perm, h, n, least);
}
