/* test_quality_c4.c - C4's line rules, the text they leave, and FineWeb's own rules on it. */
#include "tests/unit/test_quality.h"

static struct judge now, april;
static struct buf b, want;

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
    buf_release(&b);
    buf_release(&want);
    return 0;
}

/* A good page of ten lines with `line` before its last; what is expected of it: `left` there, or no line if NULL. */
static void expect_line(const char *line, const char *left)
{
    buf_reset(&b);
    buf_reset(&want);
    put_good(&b, 9, 8, 0);
    put_good(&want, 9, 8, 0);
    buf_printf(&b, "\n%s\n", line);
    if (left)
        buf_printf(&want, "\n%s", left);
    buf_puts(&b, "This is the last line of the page.\n");
    buf_puts(&want, "\nThis is the last line of the page.");
    const char *got = judge_text(&now, buf_view(&b));
    assert_string_equal(got, "kept");
    if (!span_eq(now.d.text, buf_view(&want)))
        fail_msg("\"%s\": the text became \"%.*s\"", line, SPAN_ARG(now.d.text));
}

static const char *with_line(const char *line)
{
    buf_reset(&b);
    put_good(&b, 9, 8, 0);
    buf_printf(&b, "\n%s\n", line);
    return judge_text(&now, buf_view(&b));
}

static void test_lines_that_c4_keeps_and_drops(void **state)
{
    static const struct { const char *line, *left; } rows[] = {
        { "  Kept without its ends. \t", "Kept without its ends." },
        { "Two words", NULL },
        { "Three short words", "Three short words" },
        { "No full stop at the end", "No full stop at the end" },
        { "We need JAVAscript for this.", NULL },
        { "Read our Terms of Use first.", NULL },
        { "See the Privacy Policy of ours.", NULL },
        { "Our cookie policy is here.", NULL },
        { "This site uses cookies now.", NULL },
        { "About the use of cookies here.", NULL },
        { "We use cookies on it.", NULL },
        { "We use coo\xE2\x84\xAAies on it.", NULL },     /* KELVIN SIGN, whose lower case is k */
        { "We bake cookies all day.", "We bake cookies all day." },
        { "PR\xC4\xB0VACY POLICY is ours.", "PR\xC4\xB0VACY POLICY is ours." }, /* i with a dot above it */
        { "Facts[1] and more[edit] of[citation needed] them[].", "Facts and more of them." },
        { "Left: [ 1] [x] [EDIT] [12", "Left: [ 1] [x] [EDIT] [12" },
        { "Digits of any script [\xD9\xA1\xD9\xA2] go.", "Digits of any script  go." },
        { "A full stop. [3]", "A full stop. " },               /* not stripped again */
        { "word [1] [2]", "word  " },                          /* three words before its citations are deleted */
        { "java[1]script comes of it.", NULL },
        { "One\vtwo three four.", "two three four." },         /* VT ends a line, which has one word */
        { "Lorem ipsum", NULL },                               /* two words: dropped before the page could be */
        { "{ }", NULL },
        { "javascript: function() { return; }", NULL },        /* javascript comes before the bracket */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_line(rows[i].line, rows[i].left);
}

static void test_a_word_of_more_than_a_thousand_characters(void **state)
{
    for (unsigned n = 999; n <= 1001; n++) {
        buf_reset(&b);
        put_good(&b, 200, 8, 0);
        size_t before = b.n;
        buf_puts(&b, "\nhere is ");
        for (unsigned i = 0; i < n; i++)
            buf_puts(&b, "\xC3\xA9");
        assert_string_equal(judge_text(&now, buf_view(&b)), "kept");
        assert_int_equal(now.d.text.n, n > 1000 ? before : b.n);
    }
}

static void test_what_drops_the_page(void **state)
{
    assert_string_equal(with_line("With lOREM iPSUM in it."), "lorem_ipsum");
    assert_false(now.d.has_value);
    assert_string_equal(with_line("Code: { x }."), "curly_bracket");
    assert_string_equal(with_line("We use cookies { }."), "curly_bracket"); /* the bracket comes before policies */
    assert_string_equal(with_line("lorem ipsum { javascript"), "lorem_ipsum");
    assert_string_equal(with_line("lorem[1] ipsum here."), "lorem_ipsum");
    assert_true(span_eq(now.d.text, buf_view(&b))); /* and leaves the text */
}

/* A page of one line of enough words, and more lines behind it. */
static const char *one_line_and(struct judge *j, const char *more)
{
    buf_reset(&b);
    buf_puts(&b, "that the");
    for (unsigned i = 0; i < 60; i++) {
        buf_putc(&b, ' ');
        put_word(&b, i);
    }
    buf_puts(&b, more);
    return judge_text(j, buf_view(&b));
}

static void test_the_number_of_sentences(void **state)
{
    /* A line that the expression does not match has one sentence; in April 2024 it had none. */
    assert_string_equal(one_line_and(&now, "\na b c\nd e f\ng h i"), "too_few_sentences");
    assert_true(now.d.value == 4 && now.d.threshold == 5);
    one_line_and(&now, "\na b c\nd e f\ng h i\nj k l");
    assert_true(measured(&now, "too_few_sentences") == 5);
    assert_string_not_equal(now.d.rule, "too_few_sentences");
    assert_string_equal(one_line_and(&april, "\na b c\nd e f\ng h i\nj k l"), "too_few_sentences");
    assert_true(april.d.value == 0);
    assert_string_equal(one_line_and(&april, ". Here. And there! Is it?\na b \xE2\x80\x9Cso.\xE2\x80\x9D"), "kept");
    assert_true(measured(&april, "too_few_sentences") == 5);
    /* Lines that are dropped have none. */
    assert_string_equal(one_line_and(&now, "\nA. B.\nC. D.\nE. F. javascript. G."), "too_few_sentences");
    assert_true(now.d.value == 1);
}

static void test_a_page_of_which_c4_leaves_citations_alone_is_empty(void **state)
{
    buf_reset(&b);
    for (unsigned i = 0; i < 72; i++) {
        put_word(&b, i);
        buf_puts(&b, i == 7 ? " of the javascript\n" : i % 8 == 7 ? " javascript\n" : " ");
    }
    for (unsigned i = 0; i < 5; i++)
        buf_printf(&b, "[%u] [%u] [%u]\n", 3 * i, 3 * i + 1, 3 * i + 2);
    assert_string_equal(judge_text(&now, buf_view(&b)), "empty");
    assert_false(now.d.has_value);
    assert_true(measured(&now, "too_few_sentences") == 5);
    /* A blank line has no sentence, which counted in April 2024. */
    assert_string_equal(judge_text(&april, buf_view(&b)), "too_few_sentences");
    assert_true(april.d.value == 0);
}

/* FineWeb's rules see C4's text: n lines, the first k of which end with `odd`; the first word is before stop words. */
static struct span page(unsigned n, unsigned k, const char *odd, const char *tail)
{
    struct buf whole = { 0 };
    put_lines(&b, n, k, "", odd, tail);
    buf_puts(&whole, "the of ");
    buf_span(&whole, buf_view(&b));
    buf_reset(&b);
    buf_span(&b, buf_view(&whole));
    buf_release(&whole);
    return buf_view(&b);
}

static void test_lines_that_end_a_sentence(void **state)
{
    /* 3 of 25 are 0.12: too few in April 2024, enough now. */
    expect_rule(&now, page(25, 3, ".", ""), "line_punct_ratio", 0.12, false);
    expect_rule(&april, page(25, 3, ". Yes. No.", ""), "line_punct_ratio", 0.12, true);
    expect_rule(&now, page(100, 11, "?", ""), "line_punct_ratio", 0.11, true);
    expect_rule(&april, page(100, 13, "!", ""), "line_punct_ratio", 0.13, false);
    /* Quotes ended lines in April 2024; the ends of other scripts do now; an ellipsis never, a mark with a space behind it never. */
    expect_rule(&april, page(10, 10, ".\"", ""), "line_punct_ratio", 1, false);
    expect_rule(&now, page(10, 10, ".\"", ""), "line_punct_ratio", 0, true);
    expect_rule(&now, page(10, 10, "\xE3\x80\x82", ""), "line_punct_ratio", 1, false);
    expect_rule(&now, page(10, 2, "\xE2\x80\xA6", ""), "line_punct_ratio", 0, true);
    expect_rule(&now, page(10, 9, ". [1]", "."), "line_punct_ratio", 0.1, true);
}

/* Three words of six letters, a fourth of `pad` letters of two bytes, and a full stop: 22 + pad characters. */
static void put_padded(unsigned first, unsigned pad)
{
    for (unsigned w = 0; w < 3; w++) {
        put_word(&b, first + w);
        buf_putc(&b, ' ');
    }
    while (pad-- > 0)
        buf_puts(&b, "\xC3\xA9");
    buf_puts(&b, ".\n");
}

static void test_short_lines(void **state)
{
    /* Lines of 30 characters are short, those of 31 are not; 67 in 100 were too many in April 2024. */
    for (unsigned k = 66; k <= 68; k++) {
        buf_reset(&b);
        buf_puts(&b, "The first line has the word of stop words.\n");
        for (unsigned i = 1; i < 100; i++)
            put_padded(3 * i, i <= k ? 8 : 9);
        b.n--;
        expect_rule(&now, buf_view(&b), "short_line_ratio", k / 100.0, k > 67);
        expect_rule(&april, buf_view(&b), "short_line_ratio", k / 100.0, k >= 67);
    }
}

static void test_repeated_lines(void **state)
{
    /* A line of nine characters again: of 900 without line feeds it is the hundredth part. */
    for (unsigned chars = 899; chars <= 901; chars++) {
        buf_reset(&b);
        buf_puts(&b, "go to it.\n");
        put_good(&b, 6, 16, 0);
        buf_puts(&b, "\ngo to it.\n");
        size_t feeds = 8;
        for (unsigned w = 1000; b.n - feeds + 8 < chars; w++) {
            put_word(&b, w);
            buf_putc(&b, ' ');
        }
        while (b.n - feeds + 1 < chars)
            buf_putc(&b, 'z');
        buf_putc(&b, '.');
        expect_rule(&now, buf_view(&b), "char_dup_ratio", 9.0 / chars, chars < 900);
        expect_rule(&april, buf_view(&b), "char_dup_ratio", 9.0 / chars, chars <= 900);
    }
}

static void test_many_lines(void **state)
{
    /* 31 lines of 100 words: 30 line feeds are 0.3 of them.  Every third line is long, so that short_line_ratio does not mind. */
    for (unsigned n = 99; n <= 101; n++) {
        unsigned w = 0;
        buf_reset(&b);
        buf_puts(&b, "the of");
        for (unsigned i = 0; i < 31; i++) {
            for (unsigned k = 0; k < (i < n - 95 ? 4 : 3); k++) {
                buf_puts(&b, k || i == 0 ? " " : "\n");
                put_word(&b, w++);
                buf_puts(&b, i % 3 == 0 ? "xyzw" : "");
            }
            buf_puts(&b, ".");
        }
        assert_int_equal(w + 2, n);
        expect_rule(&now, buf_view(&b), "list_ratio", 30.0 / n, n < 100);
        expect_rule(&april, buf_view(&b), "list_ratio", 30.0 / n, n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_c4_keeps_and_drops),
        cmocka_unit_test(test_a_word_of_more_than_a_thousand_characters),
        cmocka_unit_test(test_what_drops_the_page),
        cmocka_unit_test(test_the_number_of_sentences),
        cmocka_unit_test(test_a_page_of_which_c4_leaves_citations_alone_is_empty),
        cmocka_unit_test(test_lines_that_end_a_sentence),
        cmocka_unit_test(test_short_lines),
        cmocka_unit_test(test_repeated_lines),
        cmocka_unit_test(test_many_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
