/* test_tokenizer.c - loading, merging, the compiled form, and ids against mistral-common's own. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "tokenizer/merge.h"

static char folder[] = "/tmp/sluice-test-XXXXXX";

static char *in_folder(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    return rc;
}

static void put_base64(struct buf *b, const char *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < n ? (unsigned char)p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_putc(b, k > n - i ? '=' : digits[bits >> (18 - 6 * k) & 63]);
    }
}

/* A rank file: all bytes but `without` (-1: none), then the words. */
static void put_ranks(struct buf *b, int without, const char *const *words, size_t n)
{
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        if (c == without)
            continue;
        put_base64(b, &byte, 1);
        buf_printf(b, " %d\n", c);
    }
    for (size_t i = 0; i < n; i++) {
        put_base64(b, words[i], strlen(words[i]));
        buf_printf(b, " %zu\n", 256 + i);
    }
}

static int open_bytes(struct vocab **v, struct span bytes, const char *name, const char *pattern, struct error *e)
{
    char *path = in_folder(name);
    assert_int_equal(file_write(path, NULL, bytes, NULL, e), 0);
    int rc = vocab_open(v, path, pattern, e);
    free(path);
    return rc;
}

static struct vocab *open_words(const char *const *words, size_t n)
{
    struct buf b = { 0 };
    struct vocab *v;
    struct error e;
    put_ranks(&b, -1, words, n);
    if (open_bytes(&v, buf_view(&b), "words.tiktoken", "cl100k", &e))
        fail_msg("%s", e.msg);
    buf_release(&b);
    return v;
}

/* The definition, as plainly as it can be said: by bytes, not by ids. */
static size_t merge_plain(const struct vocab *v, struct span piece, uint32_t *out)
{
    struct span s[512];
    size_t n = piece.n;
    for (size_t i = 0; i < n; i++)
        s[i] = span_of(piece.p + i, 1);
    for (;;) {
        uint32_t least = NO_ID;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t id = vocab_find(v, span_of(s[i].p, s[i].n + s[i + 1].n));
            if (id < least) {
                least = id;
                at = i;
            }
        }
        if (least == NO_ID)
            break;
        s[at].n += s[at + 1].n;
        memmove(s + at + 1, s + at + 2, (n - at - 2) * sizeof *s);
        n--;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = vocab_find(v, s[i]);
    return n;
}

static uint64_t seed = 12345;
static unsigned rnd(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

/* Vocabularies of random words over three letters: most have tokens that merging cannot reach, and ranks in no order. */
static void test_the_three_ways_of_merging_give_the_definition(void **state)
{
    static char pool[64][16];
    const char *words[64];
    struct merger m = { 0 };
    uint32_t want[512], got[512];
    for (unsigned round = 0; round < 120; round++) {
        size_t n = 0;
        for (unsigned k = 0; k < 60; k++) {
            unsigned len = 2 + rnd(round % 2 ? 3 : 9), i;
            for (i = 0; i < len; i++)
                pool[n][i] = (char)('a' + rnd(1 + round % 3));
            pool[n][i] = 0;
            bool twin = false;
            for (size_t j = 0; j < n; j++)
                twin |= strcmp(pool[j], pool[n]) == 0;
            if (!twin) {
                words[n] = pool[n];
                n++;
            }
        }
        struct vocab *v = open_words(words, n);
        for (unsigned k = 0; k < 30; k++) {
            char text[512];
            struct span piece = span_of(text, 1 + rnd(k % 3 ? 60 : 500));
            for (size_t i = 0; i < piece.n; i++)
                text[i] = (char)('a' + rnd(1 + round % 3));
            size_t n_want = merge_plain(v, piece, want);
            assert_int_equal(merge_queue(&m, v, piece, got), n_want);
            assert_memory_equal(got, want, n_want * sizeof *got);
            assert_int_equal(merge_buckets(&m, v, piece, got), n_want);
            assert_memory_equal(got, want, n_want * sizeof *got);
            if (piece.n <= MERGE_SHORT) {
                assert_int_equal(merge_short(v, piece, got), n_want);
                assert_memory_equal(got, want, n_want * sizeof *got);
            }
        }
        merger_release(&m);
        vocab_close(v);
    }
}

static size_t encode_text(const struct vocab *v, struct span text, struct buf *ids)
{
    struct encoder *x = encoder_new(v);
    struct error e;
    buf_reset(ids);
    assert_int_equal(encode(x, text, ids, &e), 0);
    encoder_free(x);
    return ids->n / sizeof(uint32_t);
}

static void test_a_whole_piece_is_its_token_even_where_merging_would_not_reach_it(void **state)
{
    static const char *const words[] = { "bc", "abc", "ab", "xyz" }; /* no way to "xyz" */
    struct vocab *v = open_words(words, COUNT(words));
    struct buf ids = { 0 };
    assert_int_equal(encode_text(v, SPAN("xyz"), &ids), 1);
    assert_int_equal(*(uint32_t *)(void *)ids.p, 259);
    assert_int_equal(encode_text(v, SPAN("xyzx"), &ids), 4);
    assert_int_equal(encode_text(v, SPAN("abcabc"), &ids), 2);
    assert_int_equal(encode_text(v, SPAN(""), &ids), 0);
    buf_release(&ids);
    vocab_close(v);
}

static void test_a_megabyte_of_one_letter_is_encoded(void **state)
{
    static const char *const words[] = { "aa", "aaaa", "aaa", "aaaaaaaa" };
    struct vocab *v = open_words(words, COUNT(words));
    struct buf ids = { 0 };
    size_t n = (1u << 20) + 7;
    char *text = xmalloc(n);
    memset(text, 'a', n);
    assert_int_equal(encode_text(v, span_of(text, n), &ids), (n - 7) / 8 + 2); /* ..., aaaa, aaa */
    struct error e;
    char *huge = xmalloc(MERGE_MAX_PIECE + 1u);
    memset(huge, 'a', MERGE_MAX_PIECE + 1u);
    struct encoder *x = encoder_new(v);
    buf_reset(&ids);
    assert_int_equal(encode(x, span_of(huge, MERGE_MAX_PIECE + 1u), &ids, &e), -ERR_TOO_BIG);
    assert_int_equal(ids.n, 0);
    encoder_free(x);
    free(huge);
    free(text);
    buf_release(&ids);
    vocab_close(v);
}

static void test_what_was_encoded_before_does_not_change_ids(void **state)
{
    static const char *const words[] = { "th", "the", " th", " the", "he", "in", " in" };
    struct vocab *v = open_words(words, COUNT(words));
    struct encoder *warm = encoder_new(v);
    struct buf got = { 0 }, want = { 0 };
    struct error e;
    for (unsigned k = 0; k < 2000; k++) {
        char text[64];
        size_t n = 1 + rnd(63);
        for (size_t i = 0; i < n; i++)
            text[i] = "the in"[rnd(6)];
        buf_reset(&got);
        assert_int_equal(encode(warm, span_of(text, n), &got, &e), 0);
        encode_text(v, span_of(text, n), &want);
        assert_true(span_eq(buf_view(&got), buf_view(&want)));
    }
    encoder_free(warm);
    buf_release(&got);
    buf_release(&want);
    vocab_close(v);
}

static void test_decode_repairs_by_maximal_subpart_and_refuses_unknown_ids(void **state)
{
    static const char *const words[] = { "\xF0\x9F\x98", "\xE2\x82" };
    struct vocab *v = open_words(words, COUNT(words));
    struct buf text = { 0 };
    struct error e;
    const uint32_t ids[] = { 'a', 256, 'b', 257, 257, 0x80, 256, 0x80 };
    assert_int_equal(decode(v, ids, COUNT(ids), &text, &e), 0);
    expect_span(buf_view(&text), "a\uFFFDb\uFFFD\u2080\U0001F600");
    buf_reset(&text);
    const uint32_t unknown[] = { 'a', 258 };
    assert_int_equal(decode(v, unknown, 2, &text, &e), -ERR_FORMAT);
    assert_null(vocab_token(v, 258).p);
    assert_null(vocab_token(v, UINT32_MAX).p);
    buf_release(&text);
    vocab_close(v);
}

#define TEKKEN(pattern, size, special, more)                                                                  \
    "{\"config\":{\"pattern\":\"" pattern "\",\"num_vocab_tokens\":257,\"default_vocab_size\":" size          \
    ",\"default_num_special_tokens\":" special ",\"version\":\"v3\"}," more "\"vocab\":["
#define PATTERN_TEXT                                                                                          \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+|"        \
    "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*|"        \
    "\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"

/* head, then entries for all bytes and one word. */
static int open_tekken(struct vocab **v, const char *head, unsigned first, struct error *e)
{
    struct buf b = { 0 };
    buf_puts(&b, head);
    for (unsigned i = 0; i <= 256; i++) {
        char byte = (char)i;
        buf_printf(&b, "%s{\"rank\":%u,\"token_bytes\":\"", i ? "," : "", first + i);
        put_base64(&b, i < 256 ? &byte : "ab", i < 256 ? 1 : 2);
        buf_puts(&b, "\",\"token_str\":null}");
    }
    buf_puts(&b, "]}");
    int rc = open_bytes(v, buf_view(&b), "tekken.json", NULL, e);
    buf_release(&b);
    return rc;
}

static void test_tekken_ids_come_behind_the_special_ones(void **state)
{
    struct vocab *v;
    struct error e;
    struct vocab_info info;
    struct buf ids = { 0 };
    assert_int_equal(open_tekken(&v, TEKKEN(PATTERN_TEXT, "267", "10", ""), 0, &e), 0);
    vocab_describe(v, &info);
    assert_string_equal(info.name, "tekken.json");
    assert_int_equal(info.vocab_size, 267);
    assert_int_equal(info.bos, 1);
    assert_int_equal(info.eos, 2);
    assert_int_equal(info.token_bytes, 2);
    assert_int_equal(encode_text(v, SPAN("ab"), &ids), 1);
    assert_int_equal(*(uint32_t *)(void *)ids.p, 266);
    assert_true(vocab_token(v, 3).p && vocab_token(v, 3).n == 0);
    vocab_close(v);
    /* One id fewer: the last rank does not exist. */
    assert_int_equal(open_tekken(&v, TEKKEN(PATTERN_TEXT, "266", "10", ""), 0, &e), 0);
    assert_int_equal(encode_text(v, SPAN("ab"), &ids), 2);
    vocab_close(v);
    const char *own = TEKKEN(PATTERN_TEXT, "267", "10",
                             "\"special_tokens\":[{\"rank\":5,\"token_str\":\"</s>\"},{\"rank\":99,\"token_str\":\"<s>\"}],");
    assert_int_equal(open_tekken(&v, own, 0, &e), 0);
    vocab_describe(v, &info);
    assert_int_equal(info.bos, -1);
    assert_int_equal(info.eos, 5);
    vocab_close(v);
    buf_release(&ids);
}

static void expect_refused(struct span bytes, const char *name, const char *pattern, const char *why)
{
    struct vocab *v;
    struct error e;
    assert_int_equal(open_bytes(&v, bytes, name, pattern, &e), -ERR_USAGE);
    if (!strstr(e.msg, why))
        fail_msg("%s: said \"%s\", not \"%s\"", name, e.msg, why);
}

static void test_a_vocabulary_that_cannot_be_used_is_refused(void **state)
{
    struct vocab *v;
    struct error e;
    struct buf b = { 0 };
    assert_int_equal(open_tekken(&v, TEKKEN("\\\\w+", "267", "10", ""), 0, &e), -ERR_USAGE);
    assert_non_null(strstr(e.msg, "pattern"));
    assert_int_equal(open_tekken(&v, TEKKEN(PATTERN_TEXT, "268", "10", ""), 0, &e), -ERR_USAGE);
    assert_int_equal(open_tekken(&v, TEKKEN(PATTERN_TEXT, "10", "10", ""), 0, &e), -ERR_USAGE);
    assert_int_equal(open_tekken(&v, TEKKEN(PATTERN_TEXT, "267", "10", ""), 1, &e), -ERR_USAGE);
    put_ranks(&b, 'q', NULL, 0);
    expect_refused(buf_view(&b), "r50k_base.tiktoken", NULL, "no id for the byte 113");
    buf_reset(&b);
    put_ranks(&b, -1, NULL, 0);
    expect_refused(buf_view(&b), "unknown.tiktoken", NULL, "--pattern");
    expect_refused(buf_view(&b), "unknown.tiktoken", "gpt9", "no pattern 'gpt9'");
    buf_puts(&b, "YQ== 256\n");
    expect_refused(buf_view(&b), "twins.tiktoken", "r50k", "same bytes");
    buf_puts(&b, "eHh4 256\n");
    expect_refused(buf_view(&b), "twice.tiktoken", "r50k", "twice");
    buf_puts(&b, "what 9x\n");
    expect_refused(buf_view(&b), "line.tiktoken", "r50k", "line 259");
    expect_refused(SPAN("{\"model\":{\"type\":\"BPE\"}}"), "tokenizer.json", NULL, "not supported");
    expect_refused(SPAN("{\"num_vocab_tokens\":"), "cut.json", NULL, "not JSON");
    expect_refused(SPAN(""), "empty", NULL, "not a vocabulary");
    expect_refused(SPAN("hello\n"), "text", NULL, "not a vocabulary");
    expect_refused(SPAN(VOCAB_MAGIC), "short.vocab", NULL, "damaged");
    assert_int_equal(vocab_open(&v, "/nowhere/at/all", NULL, &e), -ERR_MISSING);
    buf_release(&b);
}

static void test_rank_files_of_known_names_have_their_special_ids(void **state)
{
    struct vocab *v;
    struct error e;
    struct vocab_info info;
    struct buf b = { 0 };
    put_ranks(&b, -1, NULL, 0);
    assert_int_equal(open_bytes(&v, buf_view(&b), "cl100k_base.tiktoken", NULL, &e), 0);
    vocab_describe(v, &info);
    assert_int_equal(info.vocab_size, 100277);
    assert_int_equal(info.eos, 100257);
    assert_int_equal(info.token_bytes, 4);
    assert_true(vocab_token(v, 100276).p && vocab_token(v, 100276).n == 0);
    assert_null(vocab_token(v, 100270).p);
    vocab_close(v);
    buf_release(&b);
}

static void test_the_compiled_form_is_the_same_vocabulary(void **state)
{
    static const char *const words[] = { "th", "the", " th", " the" };
    struct vocab *v = open_words(words, COUNT(words)), *again;
    char *path = in_folder("words.vocab"), *twin = in_folder("twin.vocab");
    struct vocab_info a, b;
    struct error e;
    struct buf one = { 0 }, two = { 0 };
    assert_int_equal(vocab_compile(v, path, &e), 0);
    assert_int_equal(vocab_open(&again, path, NULL, &e), 0);
    vocab_describe(v, &a);
    vocab_describe(again, &b);
    assert_memory_equal(&a, &b, sizeof a);
    encode_text(v, SPAN("the other thing"), &one);
    encode_text(again, SPAN("the other thing"), &two);
    assert_true(span_eq(buf_view(&one), buf_view(&two)));
    assert_int_equal(vocab_compile(again, twin, &e), 0);
    buf_reset(&one);
    buf_reset(&two);
    assert_int_equal(file_read(path, 1u << 28, &one, &e), 0);
    assert_int_equal(file_read(twin, 1u << 28, &two, &e), 0);
    assert_true(span_eq(buf_view(&one), buf_view(&two)));
    vocab_close(again);
    assert_int_equal(vocab_open(&again, path, "r50k", &e), -ERR_USAGE);
    for (size_t i = 0; i < sizeof(struct vocab_header); i += 3) { /* any field wrong: refused, or used within bounds */
        char old = one.p[i];
        one.p[i] = (char)(old ^ (1 << rnd(8)));
        if (open_bytes(&again, buf_view(&one), "flip.vocab", NULL, &e) == 0) {
            encode_text(again, SPAN("the other thing, \xC3\xA9 42"), &two);
            vocab_close(again);
        }
        one.p[i] = old;
    }
    expect_refused(span_head(buf_view(&one), one.n - 64), "cut.vocab", NULL, "damaged");
    buf_release(&one);
    buf_release(&two);
    free(path);
    free(twin);
    vocab_close(v);
}

/* Ids by mistral-common 1.13.1 with tekken_240911.json. */
static const struct {
    const char *text;
    uint32_t ids[24];
} golden[] = {
    { "Hello, World! it's DON'T", { 22177, 1044, 5325, 1033, 1494, 1681, 119801, 1039, 1084 } },
    { "Die Gr\303\266\303\237e des Flu\303\237es betr\303\244gt 1234 m.\012\012",
      { 6080, 69623, 1563, 4176, 12352, 1264, 68185, 1032, 1049, 1050, 1051, 1052, 1283, 1338 } },
    { "\320\241\321\212\320\265\321\210\321\214 \320\266\320\265 \320\265\321\211\321\221 \321\215\321"
      "\202\320\270\321\205 \320\274\321\217\320\263\320\272\320\270\321\205 \321\204\321\200\320\260"
      "\320\275\321\206\321\203\320\267\321\201\320\272\320\270\321\205 \320\261\321\203\320\273\320"
      "\276\320\272",
      { 5111, 3747, 67306, 10757, 34313, 49859, 37725, 1825, 14272, 61555, 11032, 6794, 46511 } },
    { "\346\225\217\346\215\267\347\232\204\346\243\225\350\211\262\347\213\220\347\213\270\350\267\263"
      "\350\277\207\344\272\206\346\207\222\347\213\227",
      { 126940, 11121, 1183, 2713, 26313, 1149, 26416, 31182, 1144, 31182, 1184, 118888, 99595, 50339,
        1146, 31182, 1151 } },
    { "\347\264\240\346\227\251\343\201\204\350\214\266\350\211\262\343\201\256\347\213\220\343\201\214"
      "\343\201\256\343\202\215\343\201\276\343\201\252\347\212\254\343\202\222\351\243\233\343\201\263"
      "\350\266\212\343\201\210\343\202\213",
      { 70690, 20597, 2393, 38409, 1182, 26416, 2439, 31182, 1144, 3322, 2439, 8754, 3012, 2768,
        33061, 1172, 4187, 88503, 19743, 51897, 85354 } },
    { "\327\224\327\251\327\225\327\242\327\234 \327\224\327\227\327\225\327\235 \327\224\327\236\327"
      "\224\327\231\327\250",
      { 6893, 1169, 14702, 2627, 16346, 14941, 9522, 1148, 8346 } },
    { "\340\270\252\340\270\247\340\270\261\340\270\252\340\270\224\340\270\265\340\270\212\340\270\262"
      "\340\270\247\340\271\202\340\270\245\340\270\201",
      { 8335, 61695, 8335, 64836, 125049, 68733, 5354 } },
    { "\360\237\221\250\342\200\215\360\237\221\251\342\200\215\360\237\221\247 ok\015\012",
      { 1240, 1159, 1145, 1168, 29568, 1240, 1159, 1145, 1169, 29568, 1240, 1159, 1145, 1167, 5913,
        1013, 1010 } },
    { "int main(void)\012{\012    return 0;\012}\012",
      { 1594, 2830, 20386, 1456, 2030, 1293, 1850, 1032, 1048, 1365, 2002 } },
    { "   ", { 1293 } },
    { "za\305\274\303\263\305\202\304\207 g\304\231\305\233l\304\205 ja\305\272\305\204",
      { 2712, 3562, 16211, 3723, 1343, 2900, 3914, 59697, 4042, 14721, 6771 } },
};

static void test_ids_of_tekken_are_mistral_commons(void **state)
{
    char *path;
    struct vocab *v;
    struct error e;
    struct buf ids = { 0 }, text = { 0 };
    if (data_find("tekken_240911.vocab", &path, &e) && data_find("tekken_240911.json", &path, &e)) {
        print_message("tekken_240911 is not set up: skipped\n");
        skip();
    }
    assert_int_equal(vocab_open(&v, path, NULL, &e), 0);
    struct vocab_info info;
    vocab_describe(v, &info);
    assert_int_equal(info.vocab_size, 131072);
    assert_string_equal(info.sha256, "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316");
    assert_null(vocab_token(v, 131072).p);
    for (size_t i = 0; i < COUNT(golden); i++) {
        size_t n = 0;
        while (n < COUNT(golden[i].ids) && golden[i].ids[n])
            n++;
        assert_int_equal(encode_text(v, span_cstr(golden[i].text), &ids), n);
        assert_memory_equal(ids.p, golden[i].ids, n * sizeof(uint32_t));
        buf_reset(&text);
        assert_int_equal(decode(v, golden[i].ids, n, &text, &e), 0);
        expect_span(buf_view(&text), golden[i].text);
    }
    buf_release(&ids);
    buf_release(&text);
    free(path);
    vocab_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_three_ways_of_merging_give_the_definition),
        cmocka_unit_test(test_a_whole_piece_is_its_token_even_where_merging_would_not_reach_it),
        cmocka_unit_test(test_a_megabyte_of_one_letter_is_encoded),
        cmocka_unit_test(test_what_was_encoded_before_does_not_change_ids),
        cmocka_unit_test(test_decode_repairs_by_maximal_subpart_and_refuses_unknown_ids),
        cmocka_unit_test(test_tekken_ids_come_behind_the_special_ones),
        cmocka_unit_test(test_a_vocabulary_that_cannot_be_used_is_refused),
        cmocka_unit_test(test_rank_files_of_known_names_have_their_special_ids),
        cmocka_unit_test(test_the_compiled_form_is_the_same_vocabulary),
        cmocka_unit_test(test_ids_of_tekken_are_mistral_commons),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
