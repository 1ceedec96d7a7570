/* test_words.c - words, sentences and characters as the recipes count them. */
#include "tests/unit/test.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "core/text/chars.h"
#include "core/text/words.h"
#include "core/utf8.h"

static struct segmenter *seg;
static UBreakIterator *icu; /* of expect_icus() */

static int set_up(void **state)
{
    seg = segmenter_new();
    return 0;
}

static int tear_down(void **state)
{
    segmenter_free(seg);
    ubrk_close(icu);
    return 0;
}

static void expect_words(enum words_mode mode, const char *text, const char *joined)
{
    struct arena a;
    struct words w;
    struct buf b = { 0 };
    arena_init(&a, 0);
    assert_int_equal(words_split(seg, mode, span_cstr(text), &a, &w), 0);
    for (size_t i = 0; i < w.n; i++) {
        if (i)
            buf_putc(&b, '|');
        buf_span(&b, w.w[i]);
    }
    expect_span(buf_view(&b), joined);
    buf_release(&b);
    arena_release(&a);
}

static void test_punctuation_sets_have_the_published_sizes(void **state)
{
    int punct = 0, terminal = 0, either = 0;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        punct += char_is_punct(cp);
        terminal += char_is_terminal(cp);
        either += char_is_punct(cp) || char_is_terminal(cp);
    }
    assert_int_equal(punct, 129);
    assert_int_equal(terminal, 159);
    assert_int_equal(either, 281);
}

static void test_whitespace_is_pythons(void **state)
{
    int n = 0;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++)
        n += char_is_space(cp);
    assert_int_equal(n, 29);
    expect_words(WORDS_WHITESPACE, " a\xC2\xA0" "b\xE3\x80\x80" "c\x1C" "d\xE2\x80\x8B" "e \t", "a|b|c|d\xE2\x80\x8B" "e");
    expect_words(WORDS_WHITESPACE, "", "");
    expect_span(text_strip(SPAN("\xC2\x85 x y \n")), "x y");
}

static void test_lines_split_as_python_splits_them(void **state)
{
    struct span rest = SPAN("a\r\nb\n\nc\vd\xE2\x80\xA8" "e\xC2\x85" "f\n"), line;
    static const char *const want[] = { "a", "b", "", "c", "d", "e", "f" };
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_true(text_splitline(&rest, &line));
        expect_span(line, want[i]);
    }
    assert_false(text_splitline(&rest, &line));
}

static void test_words_follow_uax29(void **state)
{
    expect_words(WORDS_UAX29, "Don't stop, e.g. 3.14 or 1,000; x_1 (ok)!", "Don't|stop|,|e.g|.|3.14|or|1,000|;|x_1|(|ok|)|!");
    expect_words(WORDS_UAX29, "a\nb\tc", "a|b|c");
    expect_words(WORDS_UAX29, "caf\xC3\xA9 l'\xC3\xA9t\xC3\xA9", "caf\xC3\xA9|l'\xC3\xA9t\xC3\xA9");
}

static uint32_t next_random(uint32_t *x)
{
    return *x = *x * 1664525u + 1013904223u;
}

/* ICU's own words of a text, against ours. */
static void expect_icus(const char *text, size_t n)
{
    static struct arena a;
    UErrorCode status = U_ZERO_ERROR;
    UText ut = UTEXT_INITIALIZER;
    struct words w;
    size_t want = 0;
    if (!icu)
        icu = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
    arena_reset(&a);
    assert_int_equal(words_split(seg, WORDS_UAX29, span_of(text, n), &a, &w), 0);
    utext_openUTF8(&ut, text, (int64_t)n, &status);
    ubrk_setUText(icu, &ut, &status);
    assert_true(U_SUCCESS(status));
    for (int32_t from = ubrk_first(icu), to; (to = ubrk_next(icu)) != UBRK_DONE; from = to) {
        struct span s = span_of(text + from, (size_t)(to - from));
        if (!text_strip(s).n)
            continue;
        if (want >= w.n || !span_eq(w.w[want], s) || w.w[want].p != s.p) {
            struct buf hex = { 0 };
            for (size_t i = 0; i < n; i++)
                buf_printf(&hex, " %02x", (unsigned char)text[i]);
            fail_msg("word %zu of%.*s", want, SPAN_ARG(buf_view(&hex)));
        }
        want++;
    }
    assert_int_equal(want, w.n);
    utext_close(&ut);
}

static void test_words_equal_icus_on_random_text(void **state)
{
    /* Every word break class, scripts with and without a dictionary, emoji sequences, flags. */
    static const char *const alphabets[] = {
        "a|Z|0|9|_|'|.|:|,|;| |\t|-|\"|@|/|\x1c|\x0b|\r|(",
        "a|b|1|.|'|:|_| |\xC3\xA9|\xD0\xB6|\xD8\xB9|\xE0\xA4\x95|\xE0\xA5\x8D|\xCC\x81|\xC2\xAD|\xE2\x80\x99|\xC2\xB7|\xD9\xAC|\xD9\xA1",
        "a|1| |\xC2\xA0|\xE2\x80\xAF|\xE2\x80\x8B|\xEF\xBB\xBF|\xE2\x80\x83|\xE3\x80\x80|\xCC\x81|\xC2\x85|\xE2\x80\xA8|\xE2\x80\xBF|\xEF\xBC\x9A|\n",
        "a|1|'|\"|\xD7\x90|\xD7\x91|\xE3\x82\xAB|\xE3\x81\x82|\xE6\xBC\xA2|\xED\x95\x9C|\xE0\xB8\x81|\xE0\xB9\x8C|\xE3\x83\xBC| |\xCC\x81|\n",
        "a|\xF0\x9F\x98\x80|\xE2\x80\x8D|\xEF\xB8\x8F|\xF0\x9F\x8F\xBD|\xF0\x9F\x87\xA8|\xF0\x9F\x87\xAD|\xC2\xA9|\xE2\x9D\xA4|1|\xE2\x83\xA3| |\n",
        "\xF0\x90\x90\x80|\xF0\x9D\x9F\x8E|\xF0\x9D\x90\x80|\xF0\xA0\x80\x80|\xF3\xA0\x84\x80|.|'|a|\xC2\xB2|\xE2\x81\xBF|\xEF\xBC\x91|\xEF\xBC\x8E",
    };
    uint32_t x = 1;
    for (size_t k = 0; k < COUNT(alphabets); k++) {
        struct span letters[64], rest = span_cstr(alphabets[k]);
        size_t n_letters = 0;
        while (span_cut(&rest, '|', &letters[n_letters]))
            n_letters++;
        for (int round = 0; round < 20000; round++) {
            struct buf b = { 0 };
            for (size_t i = (next_random(&x) >> 8) % 24; i > 0; i--)
                buf_span(&b, letters[(next_random(&x) >> 8) % n_letters]);
            expect_icus(b.p ? b.p : "", b.n);
            buf_release(&b);
        }
    }
}

/* Every code point beside a letter, a numeric, a connector, a space and a mark, and twice. */
static void test_words_equal_icus_for_every_code_point(void **state)
{
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
        char c[5] = { 0 }, text[64];
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        if (cp > 0xFFFF && cp % 16 && !(cp >= 0x10000 && cp < 0x12000) && !(cp >= 0x1D000 && cp < 0x1FC00))
            continue; /* of the planes that are uniform every 16th */
        utf8_put(c, cp);
        expect_icus(text, (size_t)snprintf(text, sizeof text, "a%sb1%s2_%s_ %s %s%s\xCC\x81%s'%s.%s", c, c, c, c, c, c, c, c, c));
    }
}

static void test_whitespace_sentences_are_the_matches_of_the_expression(void **state)
{
    /* Counts by Python's regex module with the expression of INTERFACE. */
    static const struct { const char *line; size_t want; } rows[] = {
        { "One. Two! Three?", 3 }, { "", 0 }, { "no end", 0 }, { "A. B. C.", 1 }, { "I met J. Smith. He left.", 2 },
        { "...", 1 }, { "a...", 1 }, { "He said \"go.\" Then left.", 2 }, { "x.\"y.", 2 }, { "\xE4\xBD\xA0\xE3\x80\x82\xE5\xA5\xBD\xE3\x80\x82", 2 },
        { "A.", 1 }, { "!", 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (sentences_count(seg, WORDS_WHITESPACE, span_cstr(rows[i].line)) != rows[i].want)
            fail_msg("%s: %zu", rows[i].line, sentences_count(seg, WORDS_WHITESPACE, span_cstr(rows[i].line)));
    assert_int_equal(sentences_count(seg, WORDS_UAX29, SPAN("One. Two! Three?")), 3);
    assert_int_equal(sentences_count(seg, WORDS_UAX29, SPAN("  ")), 0);
}

static void test_case_and_normal_forms(void **state)
{
    struct buf b = { 0 };
    assert_int_equal(text_lower(SPAN("\xCE\x91\xCE\xA3 \xC4\xB0X"), &b), 0);
    expect_span(buf_view(&b), "\xCE\xB1\xCF\x82 i\xCC\x87x");
    buf_reset(&b);
    assert_int_equal(text_nfc(SPAN("e\xCC\x81"), &b), 0);
    expect_span(buf_view(&b), "\xC3\xA9");
    buf_reset(&b);
    assert_int_equal(text_nfd(SPAN("\xC3\xA9\xEA\xB0\x80"), &b), 0);
    expect_span(buf_view(&b), "e\xCC\x81\xE1\x84\x80\xE1\x85\xA1");
    buf_release(&b);
    assert_string_equal(text_script(SPAN("abc \xD0\xB0\xD0\xB1\xD0\xB2\xD0\xB3")), "Cyrl");
    assert_string_equal(text_script(SPAN("12 !")), "Zyyy");
    assert_string_equal(text_script(SPAN("\xE6\x97\xA5")), "Hani");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_punctuation_sets_have_the_published_sizes),
        cmocka_unit_test(test_whitespace_is_pythons),
        cmocka_unit_test(test_lines_split_as_python_splits_them),
        cmocka_unit_test(test_words_follow_uax29),
        cmocka_unit_test(test_words_equal_icus_on_random_text),
        cmocka_unit_test(test_words_equal_icus_for_every_code_point),
        cmocka_unit_test(test_whitespace_sentences_are_the_matches_of_the_expression),
        cmocka_unit_test(test_case_and_normal_forms),
    };
    return cmocka_run_group_tests_name("words", tests, set_up, tear_down);
}
