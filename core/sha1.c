/*
 * sha1.c - see sha1.h.  The order of the instructions follows Intel's "New Instructions Supporting the Secure Hash Algorithm" (2013): a
 * quad of rounds takes four words of the schedule, whose next ones are made meanwhile.
 */
#include "core/sha1.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/cpu.h"

#define BLOCK 64

static const uint32_t start[5] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 };

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3")))

struct lane {
    __m128i abcd, e[2], m[4], saved_abcd, saved_e;
};

/* Quad q of 20, its words in m[q % 4]; k is q / 5. */
#define QUAD(l, q, k)                                                                              \
    do {                                                                                           \
        (l)->e[(q) & 1] = (q) == 0 ? _mm_add_epi32((l)->e[0], (l)->m[0])                           \
                                   : _mm_sha1nexte_epu32((l)->e[(q) & 1], (l)->m[(q) & 3]);        \
        (l)->e[((q) + 1) & 1] = (l)->abcd;                                                         \
        if ((q) >= 3 && (q) < 19)                                                                  \
            (l)->m[((q) + 1) & 3] = _mm_sha1msg2_epu32((l)->m[((q) + 1) & 3], (l)->m[(q) & 3]);    \
        (l)->abcd = _mm_sha1rnds4_epu32((l)->abcd, (l)->e[(q) & 1], k);                            \
        if ((q) >= 1 && (q) < 17)                                                                  \
            (l)->m[((q) + 3) & 3] = _mm_sha1msg1_epu32((l)->m[((q) + 3) & 3], (l)->m[(q) & 3]);    \
        if ((q) >= 2 && (q) < 18)                                                                  \
            (l)->m[((q) + 2) & 3] = _mm_xor_si128((l)->m[((q) + 2) & 3], (l)->m[(q) & 3]);         \
    } while (0)
#define BOTH(q, k)                                                                                 \
    do {                                                                                           \
        QUAD(&a, q, k);                                                                            \
        if (two)                                                                                   \
            QUAD(&b, q, k);                                                                        \
    } while (0)
#define FIVE(q, k)                                                                                 \
    do {                                                                                           \
        BOTH(q, k);                                                                                \
        BOTH((q) + 1, k);                                                                          \
        BOTH((q) + 2, k);                                                                          \
        BOTH((q) + 3, k);                                                                          \
        BOTH((q) + 4, k);                                                                          \
    } while (0)

SHA static inline __attribute__((always_inline)) void load_state(struct lane *l, const uint32_t h[5])
{
    l->abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0x1B);
    l->e[0] = _mm_set_epi32((int)h[4], 0, 0, 0);
    l->e[1] = l->e[0];
}

SHA static inline __attribute__((always_inline)) void store_state(const struct lane *l, uint32_t h[5])
{
    _mm_storeu_si128((__m128i *)h, _mm_shuffle_epi32(l->abcd, 0x1B));
    h[4] = (uint32_t)_mm_extract_epi32(l->e[0], 3);
}

SHA static inline __attribute__((always_inline)) void load_block(struct lane *l, const char *p)
{
    const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    for (int i = 0; i < 4; i++)
        l->m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), order);
    l->saved_abcd = l->abcd;
    l->saved_e = l->e[0];
}

SHA static inline __attribute__((always_inline)) void add_saved(struct lane *l)
{
    l->e[0] = _mm_sha1nexte_epu32(l->e[0], l->saved_e);
    l->abcd = _mm_add_epi32(l->abcd, l->saved_abcd);
}

/* n blocks of p into h and, if q is not NULL, as many of q into g. */
SHA static inline __attribute__((always_inline)) void run(uint32_t h[5], const char *p, uint32_t g[5], const char *q, size_t n, bool two)
{
    struct lane a, b = { 0 };
    load_state(&a, h);
    if (two)
        load_state(&b, g);
    for (size_t i = 0; i < n; i++) {
        load_block(&a, p + BLOCK * i);
        if (two)
            load_block(&b, q + BLOCK * i);
        FIVE(0, 0);
        FIVE(5, 1);
        FIVE(10, 2);
        FIVE(15, 3);
        add_saved(&a);
        if (two)
            add_saved(&b);
    }
    store_state(&a, h);
    if (two)
        store_state(&b, g);
}

SHA static void blocks(uint32_t h[5], const char *p, size_t n)
{
    run(h, p, NULL, NULL, n, false);
}

SHA static void blocks_pair(uint32_t h[5], const char *p, uint32_t g[5], const char *q, size_t n)
{
    run(h, p, g, q, n, true);
}

static bool has_extensions(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}
#else
static void blocks(uint32_t h[5], const char *p, size_t n)
{
    abort();
}

static void blocks_pair(uint32_t h[5], const char *p, uint32_t g[5], const char *q, size_t n)
{
    abort();
}

static bool has_extensions(void)
{
    return false;
}
#endif

static bool fast;

static void decide(void)
{
    fast = !cpu_baseline_only() && has_extensions();
}

bool sha1_is_fast(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, decide);
    return fast;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* The last bytes, a one bit, zeros and the length in bits (FIPS 180-4, 5.1.1). */
static void finish(uint32_t h[5], const char *rest, uint64_t length, uint8_t out[SHA1_BYTES])
{
    char last[2 * BLOCK] = { 0 };
    size_t n = (size_t)(length % BLOCK), end = n < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    if (n)
        memcpy(last, rest, n);
    last[n] = (char)0x80;
    put_be32((uint8_t *)last + end - 8, (uint32_t)(length >> 29));
    put_be32((uint8_t *)last + end - 4, (uint32_t)(length << 3));
    blocks(h, last, end / BLOCK);
    for (int i = 0; i < 5; i++)
        put_be32(out + 4 * i, h[i]);
}

void sha1_fast(struct span s, uint8_t out[SHA1_BYTES])
{
    uint32_t h[5];
    memcpy(h, start, sizeof h);
    blocks(h, s.p, s.n / BLOCK);
    finish(h, s.n ? s.p + s.n / BLOCK * BLOCK : s.p, s.n, out);
}

void sha1_pair(struct span a, struct span b, uint8_t of_a[SHA1_BYTES], uint8_t of_b[SHA1_BYTES])
{
    if (!sha1_is_fast()) {
        sha1_of(a, of_a);
        sha1_of(b, of_b);
        return;
    }
    uint32_t h[5], g[5];
    size_t na = a.n / BLOCK, nb = b.n / BLOCK, n = na < nb ? na : nb;
    memcpy(h, start, sizeof h);
    memcpy(g, start, sizeof g);
    blocks_pair(h, a.p, g, b.p, n);
    blocks(h, a.p + BLOCK * n, na - n);
    blocks(g, b.p + BLOCK * n, nb - n);
    finish(h, a.p + BLOCK * na, a.n, of_a);
    finish(g, b.p + BLOCK * nb, b.n, of_b);
}
