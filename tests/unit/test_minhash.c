/*
 * test_minhash.c - signatures as datatrove computes them.  Golden values: datatrove 0.10.1 run on the
 * same words, NumPy's RandomState(1) for the parameters.
 */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/utf8.h"
#include "pipeline/dedup/kernel.h"
#include "pipeline/dedup/minhash.h"
#include "pipeline/dedup/simplify.h"

static const char eight[] = "one two three four five six seven eight";

static void sha256_of_u64(const uint64_t *v, size_t n, const uint64_t *w, size_t m, char hex[65])
{
    struct buf b = { 0 };
    uint8_t le[8];
    for (size_t i = 0; i < n + m; i++) {
        put_le64(le, i < n ? v[i] : w[i - n]);
        buf_put(&b, le, 8);
    }
    sha256_hex_of(buf_view(&b), hex);
    buf_release(&b);
}

static void parameters_are_numpys(void **state)
{
    static const uint64_t a[] = { 775169054918279404u, 1758426461858698313u, 2109959069025162u, 965365488286768774u };
    static const uint64_t b[] = { 1062448801025099917u, 1324811268927594100u, 1217488311597731462u, 100775521383383736u };
    struct minhash_params p;
    struct error e;
    char hex[65];
    assert_int_equal(minhash_init(&p, 14, 8, 5, MINHASH_SHA1, WORDS_WHITESPACE, &e), 0);
    for (size_t i = 0; i < COUNT(a); i++) {
        assert_true(p.a[i] == a[i]);
        assert_true(p.b[i] == b[i]);
    }
    sha256_of_u64(p.a, 112, p.b, 112, hex);
    assert_string_equal(hex, "3b8ce0e5ff06d6950b72f62ef5ff619cfa984cd0c52ce62b94ae10ded4e80c8d");
    minhash_release(&p);
}

static int sign(unsigned ngram, enum minhash_hash hash, enum words_mode words, struct span text, uint64_t *sig)
{
    struct minhash_params p;
    struct error e;
    assert_int_equal(minhash_init(&p, 14, 8, ngram, hash, words, &e), 0);
    struct signer *s = signer_new(&p);
    int rc = minhash_sign(s, text, sig, &e);
    signer_free(s);
    minhash_release(&p);
    return rc;
}

static void signatures_are_datatroves(void **state)
{
    static const struct {
        enum minhash_hash hash;
        uint64_t first, second;
        const char *sha256;
    } golden[] = {
        { MINHASH_XXH64, 699275049159941947u, 880031562034117741u, "f152b29e9c236cfe797964359ba17394f233fe54403f1606ffda1ed24b0bfc38" },
        { MINHASH_SHA1, 420801314452551838u, 764261876401202511u, "6ac57158aadadff34d9960f6821f3a78e90dc5008c382637cf009dd83be39b1d" },
    };
    for (size_t i = 0; i < COUNT(golden); i++) {
        uint64_t sig[112];
        char hex[65];
        assert_int_equal(sign(5, golden[i].hash, WORDS_WHITESPACE, span_cstr(eight), sig), 1);
        assert_true(sig[0] == golden[i].first && sig[1] == golden[i].second);
        sha256_of_u64(sig, 112, NULL, 0, hex);
        assert_string_equal(hex, golden[i].sha256);
    }
}

static void shingles_hash_as_told(void **state)
{
    static const struct {
        const char *shingle;
        uint64_t xxh64;
    } golden[] = {
        { "one two three four five", 0xe8dafd0b12a0a05eu },
        { "two three four five six", 0x745ceeedb4c870e0u },
        { "three four five six seven", 0xcf46943f33b3fe38u },
        { "four five six seven eight", 0x59df6ca3cb30bf91u },
    };
    for (size_t i = 0; i < COUNT(golden); i++)
        assert_true(hash_xxh64(span_cstr(golden[i].shingle), 0) == golden[i].xxh64);
}

static void short_texts_have_no_signature(void **state)
{
    static const struct {
        const char *text;
        unsigned ngram;
        int want;
    } cases[] = {
        { "", 5, 0 }, { "one two three four", 5, 0 }, { "one two three four five", 5, 1 }, { "...", 1, 0 },
        { "a", 1, 1 }, { " \t\n ", 1, 0 }, { "a, b, c, d; e", 5, 1 }, { "1.2 3", 2, 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t sig[112] = { 12345 };
        assert_int_equal(sign(cases[i].ngram, MINHASH_XXH64, WORDS_UAX29, span_cstr(cases[i].text), sig), cases[i].want);
        assert_true(cases[i].want || sig[0] == 12345);
    }
}

static void numbers_out_of_range_are_refused(void **state)
{
    static const unsigned bad[][3] = { { 0, 8, 5 }, { 14, 0, 5 }, { 14, 8, 0 }, { 65536, 65536, 5 }, { 4097, 1, 5 }, { 1, 1, 257 } };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct minhash_params p;
        struct error e;
        assert_int_equal(minhash_init(&p, bad[i][0], bad[i][1], bad[i][2], MINHASH_SHA1, WORDS_UAX29, &e), -ERR_USAGE);
        minhash_release(&p);
    }
}

static void texts_are_simplified_in_datatroves_order(void **state)
{
    static const char *const cases[][2] = {
        { "  Hello,  World! ", "hello world" },
        { "a/b", "a b" },
        { "1,000.5 and 1.2.3 and 7.", "0 0 and 0 0 and 0" },
        { "\xD9\xA1\xD9\xAB\xD9\xA2 x", "0 x" },                /* Arabic digits round U+066B */
        { "\xEF\xBC\x91", "0" },                                /* U+FF11: a digit before it is punctuation */
        { "Cr\xC3\xA8me Br\xC3\xBBl\xC3\xA9""e", "creme brulee" },
        { "\xC4\xB0stanbul", "istanbul" },                      /* U+0130 */
        { "\xCE\xA3\xCE\x9F\xCE\xA3 \xCE\xA3", "\xCF\x83\xCE\xBF\xCF\x82 \xCF\x83" }, /* final sigma, and one alone */
        { "x\xC2\xA0\xE3\x80\x80y\x1Fz", "x y z" },
        { "a \xCC\x81 b", "a  b" },                             /* a mark alone goes after white space was folded */
        { "\xEA\xB0\x80", "\xE1\x84\x80\xE1\x85\xA1" },         /* Hangul comes apart */
        { "\xF0\x9D\x85\x9F", "\xF0\x9D\x85\x98\xF0\x9D\x85\xA5" }, /* U+1D15F: a mark that stays (Mc) */
        { "\xE2\x80\x94\xE2\x80\xA6", "" },
        { "$5 {x} ~y", "0 x y" },
    };
    struct simplifier *s = simplifier_new();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf fast = { 0 }, slow = { 0 };
        buf_puts(&fast, ">");
        assert_int_equal(simplify_text(s, span_cstr(cases[i][0]), &fast), 0);
        assert_int_equal(simplify_text_slowly(s, span_cstr(cases[i][0]), &slow), 0);
        expect_span(span_from(buf_view(&fast), 1), cases[i][1]);
        expect_span(buf_view(&slow), cases[i][1]);
        buf_release(&fast);
        buf_release(&slow);
    }
    simplifier_free(s);
}

/* ---- random texts: the fast ways equal the plain ones ---- */

static uint64_t seed = 42;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

static uint32_t random_char(void)
{
    static const uint32_t ranges[][2] = {
        { 0x61, 26 }, { 0x61, 26 }, { 0x61, 26 }, { 0x20, 1 }, { 0x20, 1 }, { 0x21, 0x5E }, { 0xA0, 0x160 }, { 0x300, 0x70 },
        { 0x370, 0x90 }, { 0x400, 0x100 }, { 0x5D0, 0x130 }, { 0x900, 0x80 }, { 0xE01, 0x5B }, { 0x1E00, 0x200 }, { 0x2000, 0x70 },
        { 0x3040, 0xC0 },
        { 0x4E00, 0x1000 }, { 0xAC00, 0x400 }, { 0xFF01, 0x5E }, { 0x1D150, 0x40 }, { 0x1F1E6, 26 }, { 0x1F600, 0x50 }, { 0x200C, 2 },
    };
    size_t i = draw(COUNT(ranges));
    return ranges[i][0] + draw(ranges[i][1]);
}

static void random_text(struct buf *b, size_t chars, unsigned ascii_of_16)
{
    buf_reset(b);
    while (chars--) {
        if (draw(16) < ascii_of_16)
            buf_putc(b, draw(6) ? (char)('a' + draw(26)) : ' ');
        else
            buf_put_utf8(b, random_char());
    }
}

static void fast_simplification_equals_the_slow_one(void **state)
{
    struct simplifier *s = simplifier_new();
    struct buf text = { 0 }, fast = { 0 }, slow = { 0 };
    for (int i = 0; i < 3000; i++) {
        random_text(&text, draw(80), draw(16));
        buf_reset(&fast);
        buf_reset(&slow);
        assert_int_equal(simplify_text(s, buf_view(&text), &fast), 0);
        assert_int_equal(simplify_text_slowly(s, buf_view(&text), &slow), 0);
        assert_true(span_eq(buf_view(&fast), buf_view(&slow)));
    }
    buf_release(&text);
    buf_release(&fast);
    buf_release(&slow);
    simplifier_free(s);
}

/* Straight from the definition: all the words at once, all the shingles, one minimum at a time. */
static int plain_sign(const struct minhash_params *p, struct span text, uint64_t *sig)
{
    struct simplifier *x = simplifier_new();
    struct segmenter *seg = segmenter_new();
    struct buf simple = { 0 }, shingle = { 0 };
    struct arena a;
    struct words w;
    arena_init(&a, 0);
    assert_int_equal(simplify_text_slowly(x, text, &simple), 0);
    assert_int_equal(words_split(seg, p->words, buf_view(&simple), &a, &w), 0);
    for (unsigned i = 0; i < p->n_perm; i++)
        sig[i] = UINT64_MAX;
    for (size_t i = 0; i + p->ngram <= w.n; i++) {
        buf_reset(&shingle);
        for (unsigned j = 0; j < p->ngram; j++) {
            if (j)
                buf_putc(&shingle, ' ');
            buf_span(&shingle, w.w[i + j]);
        }
        uint64_t h = hash_xxh64(buf_view(&shingle), 0);
        for (unsigned k = 0; k < p->n_perm; k++) {
            uint64_t v = (h * p->a[k] + p->b[k]) % MERSENNE_61;
            sig[k] = v < sig[k] ? v : sig[k];
        }
    }
    int had = w.n >= p->ngram;
    simplifier_free(x);
    segmenter_free(seg);
    buf_release(&simple);
    buf_release(&shingle);
    arena_release(&a);
    return had;
}

static void pieces_and_stretches_change_no_signature(void **state)
{
    struct buf text = { 0 };
    for (int i = 0; i < 400; i++) {
        struct minhash_params p;
        struct error e;
        enum words_mode mode = i % 3 ? WORDS_UAX29 : WORDS_WHITESPACE;
        uint64_t got[112] = { 0 }, want[112] = { 0 };
        assert_int_equal(minhash_init(&p, 14, 8, 1 + draw(6), MINHASH_XXH64, mode, &e), 0);
        random_text(&text, i % 100 == 0 ? 150000 : draw(900), 8 + draw(9));
        struct signer *s = signer_new(&p);
        int rc = minhash_sign(s, buf_view(&text), got, &e);
        assert_int_equal(minhash_sign(s, buf_view(&text), got, &e), rc); /* nothing runs from one text into the next */
        assert_int_equal(plain_sign(&p, buf_view(&text), want), rc);
        if (rc == 1)
            assert_memory_equal(got, want, sizeof got);
        signer_free(s);
        minhash_release(&p);
    }
    buf_release(&text);
}

static void kernels_agree(void **state)
{
    uint64_t a[37], b[37], h[50], x[37], y[37];
    if (!kernel_has_avx512())
        skip();
    for (int round = 0; round < 200; round++) {
        size_t n_perm = draw(38), n = draw(51);
        for (size_t i = 0; i < 37; i++) {
            a[i] = (uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX);
            b[i] = draw(4) ? (uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX) : MERSENNE_61;
            x[i] = y[i] = UINT64_MAX;
        }
        for (size_t i = 0; i < 50; i++)
            h[i] = draw(8) ? (uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX) : 0;
        kernel_scalar(a, b, n_perm, h, n, x);
        kernel_avx512(a, b, n_perm, h, n, y);
        assert_memory_equal(x, y, sizeof x);
        for (size_t p = 0; p < n_perm; p++) {
            uint64_t least = UINT64_MAX;
            for (size_t i = 0; i < n; i++) {
                uint64_t v = (h[i] * a[p] + b[p]) % MERSENNE_61;
                least = v < least ? v : least;
            }
            assert_true(least == x[p]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_numpys),
        cmocka_unit_test(signatures_are_datatroves),
        cmocka_unit_test(shingles_hash_as_told),
        cmocka_unit_test(short_texts_have_no_signature),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(texts_are_simplified_in_datatroves_order),
        cmocka_unit_test(fast_simplification_equals_the_slow_one),
        cmocka_unit_test(pieces_and_stretches_change_no_signature),
        cmocka_unit_test(kernels_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
