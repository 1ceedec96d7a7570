/* test_quality_gopher.c - Gopher's quality rules at, below and above their thresholds, and datatrove's ways of counting. */
#include "tests/unit/test_quality.h"

static struct judge now, april, uax29;
static struct buf b;

static int set_up(void **state)
{
    judge_open(&now, QUALITY_FINEWEB, WORDS_WHITESPACE, NULL, NULL, false);
    judge_open(&april, QUALITY_FINEWEB_2024_04, WORDS_WHITESPACE, NULL, NULL, false);
    judge_open(&uax29, QUALITY_FINEWEB, WORDS_UAX29, NULL, NULL, false);
    return 0;
}

static int tear_down(void **state)
{
    judge_close(&now);
    judge_close(&april);
    judge_close(&uax29);
    buf_release(&b);
    return 0;
}

/* n words of their own, one line of ten each; `each` stands behind every one. */
static void words(unsigned n, const char *each)
{
    buf_reset(&b);
    for (unsigned i = 0; i < n; i++) {
        put_word(&b, i);
        buf_puts(&b, each);
        buf_putc(&b, i % 10 == 9 ? '\n' : ' ');
    }
}

static struct span and(const char *more)
{
    buf_puts(&b, more);
    return buf_view(&b);
}

static void test_the_number_of_words(void **state)
{
    for (unsigned n = 49; n <= 51; n++) {
        words(n, "");
        expect_rule(&now, and(" . -- \xE2\x80\xA6 %"), "gopher_short_doc", n, n < 50);
        assert_true(n < 50 ? isnan(measured(&now, "gopher_long_doc")) : measured(&now, "gopher_long_doc") == n);
    }
    for (unsigned n = 99999; n <= 100001; n++) {
        words(n, "");
        expect_rule(&now, and(""), "gopher_long_doc", n, n > 100000);
    }
}

static void test_a_text_without_end_is_judged_by_its_words_alone(void **state)
{
    /* Were its runs of words looked at, the most frequent would refuse it first. */
    for (unsigned n = QUALITY_MAX_WORDS; n <= QUALITY_MAX_WORDS + 1; n++) {
        buf_reset(&b);
        for (unsigned i = 0; i < n; i++)
            buf_puts(&b, i % 3 ? "the " : "x.\n");
        for (struct judge *j = &now; j; j = j == &now ? &uax29 : NULL) {
            bool stops = j == &uax29; /* are words of their own there */
            assert_string_equal(judge_text(j, buf_view(&b)), n > QUALITY_MAX_WORDS || stops ? "gopher_long_doc" : "dup_line_frac");
            if (n > QUALITY_MAX_WORDS || stops)
                assert_true(j->d.value == n && j->d.threshold == 100000);
        }
    }
    /* Punctuation alone is not many words, and past the bound nothing else can be said of it. */
    buf_reset(&b);
    for (unsigned i = 0; i <= QUALITY_MAX_WORDS; i++)
        buf_puts(&b, ". ");
    now.d = (struct document){ .arena = &now.a, .text = buf_view(&b) };
    assert_int_equal(quality_apply(now.q, now.scratch, &now.d, &now.e), -ERR_TOO_BIG);
}

static void test_what_a_symbol_word_is(void **state)
{
    /* The Arabic question mark ends sentences, and is punctuation since those of all scripts are; a full-width 1 always was. */
    words(50, "");
    expect_rule(&now, and(" \xD8\x9F ."), "gopher_short_doc", 50, false);
    expect_rule(&april, and(""), "gopher_short_doc", 51, false);
    expect_rule(&now, and(" \xEF\xBC\x91 \x7F\xC2\x9F \x01 $+<=>^`|~ \xE2\x80\x99"), "gopher_short_doc", 50, false);
    expect_rule(&now, and(" 1 \xC2\xA1 \xE2\x80\xA2"), "gopher_short_doc", 53, false);
}

static void test_the_mean_length_of_words(void **state)
{
    /* 25 of two letters and 25 of four: 3; one more letter or one less. */
    for (int delta = -1; delta <= 1; delta++) {
        buf_reset(&b);
        for (unsigned i = 0; i < 50; i++)
            buf_printf(&b, i % 2 ? "%c%c " : "%c%c\xC3\xA9\xC3\xA9 ", 'a' + i % 26, 'a' + i / 2);
        b.n -= delta < 0 ? 2 : 1;
        if (delta < 0)
            buf_putc(&b, ' ');
        expect_rule(&now, and(delta > 0 ? "x ..." : " ..."), "gopher_below_avg_threshold", (150.0 + delta) / 50, delta < 0);
    }
    for (int delta = -1; delta <= 1; delta++) {
        words(50, "abcd");
        b.n -= delta < 0 ? 2 : 1;
        expect_rule(&now, and(delta > 0 ? "x ." : " ."), "gopher_above_avg_threshold", (500.0 + delta) / 50, delta > 0);
    }
}

static void test_hashes_and_ellipses_by_word(void **state)
{
    for (unsigned n = 59; n <= 61; n++) { /* six of 60 are a tenth */
        words(n, "");
        expect_rule(&now, and("######"), "gopher_too_many_hashes", 6.0 / (n + 1), n + 1 < 60);
        words(n, "");
        expect_rule(&now, and("......\xE2\x80\xA6\xE2\x80\xA6\xE2\x80\xA6\xE2\x80\xA6"), "gopher_too_many_ellipsis", 6.0 / (n + 1), n + 1 < 60);
    }
    /* They do not overlap: five dots are one. */
    words(59, "");
    expect_rule(&now, and("....."), "gopher_too_many_ellipsis", 1.0 / 60, false);
    expect_rule(&now, and(" #"), "gopher_too_many_hashes", 1.0 / 61, false);
}

static struct span lines(unsigned n, unsigned k, const char *head, const char *tail)
{
    return put_lines(&b, n, k, head, tail, "");
}

static void test_lines_that_begin_with_a_bullet(void **state)
{
    expect_rule(&now, lines(10, 9, "- ", ""), "gopher_too_many_bullets", 0.9, false);
    expect_rule(&now, lines(10, 9, " \t\xE2\x80\xA2", ""), "gopher_too_many_bullets", 0.9, false);
    expect_rule(&now, lines(10, 10, "\xC2\xA0-", ""), "gopher_too_many_bullets", 1, true);
    expect_rule(&now, lines(100, 91, "\xE2\x80\xA2", ""), "gopher_too_many_bullets", 0.91, true);
    expect_rule(&now, lines(100, 89, "-", ""), "gopher_too_many_bullets", 0.89, false);
    expect_rule(&now, lines(10, 10, "* ", ""), "gopher_too_many_bullets", 0, false);
    expect_rule(&now, lines(10, 10, "\xE2\x80\x93 ", ""), "gopher_too_many_bullets", 0, false);
    /* Lines are those of str.splitlines(): a line separator makes two of one. */
    expect_rule(&now, lines(10, 10, "-\xE2\x80\xA8", ""), "gopher_too_many_bullets", 0.5, false);
}

static void test_lines_that_end_with_an_ellipsis(void **state)
{
    expect_rule(&now, lines(10, 3, "", "..."), "gopher_too_many_end_ellipsis", 0.3, false);
    expect_rule(&now, lines(10, 4, "", "\xE2\x80\xA6 \t"), "gopher_too_many_end_ellipsis", 0.4, true);
    expect_rule(&now, lines(100, 31, "", "....\xE3\x80\x80"), "gopher_too_many_end_ellipsis", 0.31, true);
    expect_rule(&now, lines(100, 29, "", "..."), "gopher_too_many_end_ellipsis", 0.29, false);
    expect_rule(&now, lines(10, 10, "", ".."), "gopher_too_many_end_ellipsis", 0, false);
}

static void test_the_least_share_of_alphabetic_words(void **state)
{
    for (unsigned digits = 12; digits <= 14; digits++) { /* 13 of 65 are a fifth */
        words(65 - digits, "");
        for (unsigned i = 0; i < digits; i++)
            buf_printf(&b, "%u ", 100 + i);
        expect_rule(&now, and(""), "gopher_below_alpha_threshold", (65.0 - digits) / 65, digits > 13);
    }
    /* Letters of any script and kind are alphabetic; number forms, marks and digits of other scripts are not. */
    words(50, "");
    expect_rule(&now, and("\xE6\xBC\xA2 \xC2\xAA \xCA\xB0 1\xD0\xB6 "), "gopher_below_alpha_threshold", 1, false);
    expect_rule(&now, and("\xE2\x85\xA7 \xC2\xBD \xCC\x81 \xE0\xA5\xA7"), "gopher_below_alpha_threshold", 54.0 / 58, false);
}

static void test_stop_words(void **state)
{
    words(60, "");
    expect_rule(&now, and("the the The THE of, with."), "gopher_enough_stop_words", 1, true);
    expect_rule(&now, and(" of"), "gopher_enough_stop_words", 2, false);
    expect_rule(&now, and(" and that have with to be"), "gopher_enough_stop_words", 8, false);
    words(60, "");
    expect_rule(&april, and("the"), "gopher_enough_stop_words", 1, true);
    expect_rule(&april, and(" the"), "gopher_enough_stop_words", 2, false);
    words(60, "");
    expect_rule(&uax29, and("the (of) with."), "gopher_enough_stop_words", 3, false);
}

static void test_punctuation_is_a_word_of_uax29(void **state)
{
    words(50, ".");
    expect_rule(&uax29, and(""), "gopher_short_doc", 50, false);
    assert_true(measured(&uax29, "gopher_below_alpha_threshold") == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_number_of_words),
        cmocka_unit_test(test_a_text_without_end_is_judged_by_its_words_alone),
        cmocka_unit_test(test_what_a_symbol_word_is),
        cmocka_unit_test(test_the_mean_length_of_words),
        cmocka_unit_test(test_hashes_and_ellipses_by_word),
        cmocka_unit_test(test_lines_that_begin_with_a_bullet),
        cmocka_unit_test(test_lines_that_end_with_an_ellipsis),
        cmocka_unit_test(test_the_least_share_of_alphabetic_words),
        cmocka_unit_test(test_stop_words),
        cmocka_unit_test(test_punctuation_is_a_word_of_uax29),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
