/* test_quality_repetition.c - Gopher's repetition rules at, below and above their thresholds, and datatrove's ways of counting. */
#include "tests/unit/test_quality.h"

static struct judge now, april;

static int set_up(void **state)
{
    judge_open(&now, QUALITY_FINEWEB, WORDS_WHITESPACE, NULL, NULL, false);
    judge_open(&april, QUALITY_FINEWEB_2024_04, WORDS_WHITESPACE, NULL, NULL, false);
    return 0;
}

static int tear_down(void **state)
{
    judge_close(&now);
    judge_close(&april);
    return 0;
}

/* n pieces, the last `same` of them equal to the first, which is `head`; each of the others is `filler` and its number. */
static struct span repeat(struct buf *b, const char *head, const char *filler, unsigned n, unsigned same, const char *between)
{
    buf_reset(b);
    for (unsigned i = 0; i < n; i++) {
        if (i)
            buf_puts(b, between);
        if (i == 0 || i >= n - same)
            buf_puts(b, head);
        else
            buf_printf(b, "%s%u", filler, 100 + i);
    }
    return buf_view(b);
}

static void test_the_share_of_paragraphs(void **state)
{
    struct buf b = { 0 };
    expect_rule(&now, repeat(&b, "a", "longer than it ", 10, 3, "\n\n"), "dup_para_frac", 0.3, false);
    expect_rule(&now, repeat(&b, "a", "longer than it ", 100, 31, "\n\n\n"), "dup_para_frac", 0.31, true);
    expect_rule(&now, repeat(&b, "a", "longer than it ", 100, 29, "\n\n"), "dup_para_frac", 0.29, false);
    /* Stripped first, and a blank that is not empty does not end a paragraph. */
    expect_rule(&now, SPAN("\n\n a\n\na \n\n"), "dup_para_frac", 0.5, true);
    expect_rule(&now, SPAN("a\n \na"), "dup_para_frac", 0, false);
    expect_rule(&now, SPAN(" \n\n "), "dup_para_frac", 0, false);
    buf_release(&b);
}

static void test_the_characters_of_paragraphs_and_lines(void **state)
{
    /* The copy's code points, of those of the text with its line feeds. */
    expect_rule(&now, SPAN("\xC3\xA9\xC3\xA9\n\n\xC3\xA9\xC3\xA9\n\nb\n\nc"), "dup_para_char_frac", 2.0 / 12, false);
    expect_rule(&now, SPAN("\xC3\xA9\xC3\xA9\xC3\xA9\n\n\xC3\xA9\xC3\xA9\xC3\xA9\n\nb\n\ncd"), "dup_para_char_frac", 0.2, false);
    expect_rule(&now, SPAN("\xC3\xA9\xC3\xA9\xC3\xA9\n\n\xC3\xA9\xC3\xA9\xC3\xA9\n\nb\n\nc"), "dup_para_char_frac", 3.0 / 14, true);
    expect_rule(&now, SPAN("aaaa\naaaa\nb\nc\nd\n12345"), "dup_line_char_frac", 0.19047619047619047, false);
    expect_rule(&now, SPAN("aaaa\naaaa\nb\nc\nd\n1234"), "dup_line_char_frac", 0.2, false);
    expect_rule(&now, SPAN("aaaa\naaaa\nb\nc\nd\n123"), "dup_line_char_frac", 4.0 / 19, true);
}

static void test_the_share_of_lines(void **state)
{
    struct buf b = { 0 };
    expect_rule(&now, repeat(&b, "a", "longer than it ", 10, 3, "\n"), "dup_line_frac", 0.3, false);
    expect_rule(&now, repeat(&b, "a", "longer than it ", 100, 31, "\n"), "dup_line_frac", 0.31, true);
    expect_rule(&now, repeat(&b, "a", "longer than it ", 100, 29, "\n"), "dup_line_frac", 0.29, false);
    /* Not stripped: what stands before the first and behind the last line feed is an element, and they are equal. */
    expect_rule(&now, SPAN("\nab\n"), "dup_line_frac", 1.0 / 3, true);
    expect_rule(&now, SPAN("ab\n\n\ncd"), "dup_line_frac", 0, false);
    /* In April 2024 lines were those of str.splitlines(): no element behind the last, but one between two line feeds. */
    expect_rule(&april, SPAN("\nab\n"), "dup_line_frac", 0, false);
    expect_rule(&april, SPAN("ab\n\n\ncd"), "dup_line_frac", 0.25, false);
    expect_rule(&april, SPAN("ab\vab\xE2\x80\xA8" "ab"), "dup_line_frac", 2.0 / 3, true);
    expect_rule(&now, SPAN("ab\vab\xE2\x80\xA8" "ab"), "dup_line_frac", 0, false);
    buf_release(&b);
}

static void test_the_most_frequent_run_of_words(void **state)
{
    struct buf b = { 0 };
    /* Overlapping ones count, with the space between the words: "a a" three times of 7 characters. */
    expect_rule(&now, SPAN("a a a a"), "top_2_gram", 9.0 / 7, true);
    /* One alone counts too. */
    expect_rule(&now, SPAN("aaaa bbbb"), "top_2_gram", 1, true);
    /* "xx yy" and "dddd e" both stand twice: the first seen is taken, not the longest. */
    expect_rule(&now, SPAN("xx yy 1 xx yy 2 dddd e 3 dddd e"), "top_2_gram", 10.0 / 31, true);
    /* At the threshold of 0.2: "ab cd" twice of 50 characters, and of 49. */
    expect_rule(&now, SPAN("ab cd 1 ab cd 2 3 4 5 6 7 8 9 0 a b c d e f g h ij"), "top_2_gram", 0.2, false);
    expect_rule(&now, SPAN("ab cd 1 ab cd 2 3 4 5 6 7 8 9 0 a b c d e f g h i"), "top_2_gram", 10.0 / 49, true);
    /* Three and four words: 0.18 and 0.16 of 100 characters. */
    for (unsigned n = 3; n <= 4; n++) {
        const char *run = n == 3 ? "aa bbb cc" : "a b c de", *rule = n == 3 ? "top_3_gram" : "top_4_gram";
        for (unsigned length = 99; length <= 101; length++) {
            buf_reset(&b);
            buf_printf(&b, "%s ! %s", run, run);
            for (unsigned i = 0; b.n + 4 <= length; i++)
                buf_printf(&b, " %c%c", 'A' + i, 'Z' - i);
            while (b.n < length)
                buf_putc(&b, 'q');
            assert_int_equal(b.n, length);
            double value = 2.0 * (double)strlen(run) / length;
            expect_rule(&now, buf_view(&b), rule, value, length == 99);
        }
    }
    /* A text of one word has no run of two, and none that stands there again. */
    assert_string_equal(judge_text(&now, SPAN("alone")), "gopher_short_doc");
    assert_true(isnan(measured(&now, "top_2_gram")));
    assert_true(measured(&now, "duplicated_5_n_grams") == 0);
    buf_release(&b);
}

/* `times` runs of n words of six letters, each of them twice, among other words; `chars` in all. */
static struct span runs(struct buf *b, unsigned n, unsigned times, size_t chars)
{
    unsigned filler = 5000;
    buf_reset(b);
    for (unsigned i = 0; i < 2 * times; i++) {
        for (unsigned k = 0; k < n; k++) {
            put_word(b, i % times * n + k);
            buf_putc(b, ' ');
        }
        put_word(b, filler++);
        buf_putc(b, ' ');
    }
    while (b->n + 7 <= chars) {
        put_word(b, filler++);
        buf_putc(b, ' ');
    }
    while (b->n < chars)
        buf_putc(b, 'z');
    return buf_view(b);
}

static void test_runs_of_words_that_stand_there_again(void **state)
{
    struct buf b = { 0 };
    /* The first copy does not count, spaces do not either: 15 in 100 is the threshold, then 14 ... 10. */
    static const struct { unsigned n, times; size_t chars; const char *rule; } rows[] = {
        { 5, 3, 600, "duplicated_5_n_grams" },  { 6, 7, 1800, "duplicated_6_n_grams" }, { 7, 13, 4200, "duplicated_7_n_grams" },
        { 8, 3, 1200, "duplicated_8_n_grams" }, { 9, 11, 5400, "duplicated_9_n_grams" }, { 10, 2, 1200, "duplicated_10_n_grams" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double repeated = 6.0 * rows[i].n * rows[i].times;
        for (size_t chars = rows[i].chars - 1; chars <= rows[i].chars + 1; chars++)
            expect_rule(&now, runs(&b, rows[i].n, rows[i].times, chars), rows[i].rule, repeated / (double)chars, chars < rows[i].chars);
    }
    /* Keys are words without what parts them: 1 23 4 5 6 and 12 3 4 5 6 are one. */
    judge_text(&now, SPAN("Aa Bb Cc 1 23 4 5 6 Dd Ee Ff 12 3 4 5 6 Gg Hh Ii Jj Kk Ll Mm Nn Oo Pp Qq"));
    assert_true(measured(&now, "duplicated_5_n_grams") == 6.0 / 72);
    /* Behind a hit the scan goes on n words later: of twelve equal words the runs at 1 and at 6. */
    buf_reset(&b);
    buf_puts(&b, "a a a a a a a a a a a a ");
    for (unsigned i = 0; i < 58; i++) {
        put_word(&b, i);
        buf_putc(&b, ' ');
    }
    judge_text(&now, buf_view(&b));
    assert_int_equal(b.n, 430);
    assert_true(measured(&now, "duplicated_5_n_grams") == 10.0 / 430);
    buf_release(&b);
}

static void test_an_empty_text(void **state)
{
    assert_string_equal(judge_text(&now, SPAN("")), "empty");
    assert_false(now.d.has_value);
    assert_string_equal(judge_text(&april, SPAN("")), "empty");
    assert_string_equal(judge_text(&now, SPAN("   ")), "gopher_short_doc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_share_of_paragraphs),
        cmocka_unit_test(test_the_characters_of_paragraphs_and_lines),
        cmocka_unit_test(test_the_share_of_lines),
        cmocka_unit_test(test_the_most_frequent_run_of_words),
        cmocka_unit_test(test_runs_of_words_that_stand_there_again),
        cmocka_unit_test(test_an_empty_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
