/* test_words.c - words, sentences and characters as the recipes count them. */
#include "tests/unit/test.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "core/text/chars.h"
#include "core/text/words.h"
#include "core/utf8.h"

static struct segmenter *seg;

static int set_up(void **state)
{
    seg = segmenter_new();
    return 0;
}

static int tear_down(void **state)
{
    segmenter_free(seg);
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

/* The fast path for ASCII against ICU itself. */
static void test_ascii_words_equal_icus(void **state)
{
    static const char alphabet[] = "aZ09_'.:,; \t-\"@/\x1c\x0b\r(";
    uint32_t x = 1;
    struct arena a;
    arena_init(&a, 0);
    UErrorCode status = U_ZERO_ERROR;
    UBreakIterator *it = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
    UText ut = UTEXT_INITIALIZER;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t n = next_random(&x) >> 8, want = 0;
        n %= sizeof text;
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[(next_random(&x) >> 8) % (sizeof alphabet - 1)];
        struct words w;
        arena_reset(&a);
        assert_int_equal(words_split(seg, WORDS_UAX29, span_of(text, n), &a, &w), 0);
        status = U_ZERO_ERROR;
        utext_openUTF8(&ut, text, (int64_t)n, &status);
        ubrk_setUText(it, &ut, &status);
        for (int32_t from = ubrk_first(it), to; (to = ubrk_next(it)) != UBRK_DONE; from = to) {
            struct span s = span_of(text + from, (size_t)(to - from));
            if (!text_strip(s).n)
                continue;
            if (want >= w.n || !span_eq(w.w[want], s))
                fail_msg("round %d: word %zu of \"%.*s\"", round, want, (int)n, text);
            want++;
        }
        assert_int_equal(want, w.n);
    }
    utext_close(&ut);
    ubrk_close(it);
    arena_release(&a);
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
        cmocka_unit_test(test_ascii_words_equal_icus),
        cmocka_unit_test(test_whitespace_sentences_are_the_matches_of_the_expression),
        cmocka_unit_test(test_case_and_normal_forms),
    };
    return cmocka_run_group_tests_name("words", tests, set_up, tear_down);
}
