/* test_decide.c - from beliefs to content: the cut, modes, comments, the title, what is said twice. */
#include <string.h>

#include "core/buf.h"
#include "pipeline/extract/decide.h"
#include "pipeline/extract/render.h"
#include "pipeline/extract/scorer.h"
#include "tests/unit/test.h"

/* The text of a page whose blocks are believed so. */
static const char *text_of(const char *html, const uint8_t *belief, enum extract_mode mode, bool markdown)
{
    static struct buf text;
    struct extract_options o = { .mode = mode, .markdown = markdown };
    struct tree t = { 0 };
    struct selection s = { 0 };
    struct scorer *x = scorer_new();
    assert_int_equal(tree_build(&t, span_cstr(html)), 0);
    select_rules(&t, EXTRACT_BALANCED, &s);
    scorer_select_believing(x, &t, &o, &s, belief);
    buf_reset(&text);
    render(&t, &s, &o, &text);
    buf_putc(&text, 0);
    tree_release(&t);
    selection_release(&s);
    scorer_free(x);
    return text.p;
}

static void test_a_sure_page_is_cut_higher_than_an_unsure_one(void **state)
{
    const char *page = "<p>one two three four five six seven eight nine ten<p>red green blue<p>tail of it";
    assert_string_equal(text_of(page, (uint8_t[]){ 250, 120, 5 }, EXTRACT_BALANCED, false), "one two three four five six seven eight nine ten");
    assert_string_equal(text_of(page, (uint8_t[]){ 130, 120, 90 }, EXTRACT_BALANCED, false),
                        "one two three four five six seven eight nine ten\nred green blue");
    assert_string_equal(text_of(page, (uint8_t[]){ 20, 10, 5 }, EXTRACT_BALANCED, false), "");
}

static void test_precision_takes_less_and_recall_more(void **state)
{
    const char *page = "<p>one two three four five six<p>doubtful words here<p>hardly any of it";
    uint8_t belief[] = { 250, 170, 80 };
    assert_string_equal(text_of(page, belief, EXTRACT_PRECISION, false), "one two three four five six");
    assert_string_equal(text_of(page, belief, EXTRACT_BALANCED, false), "one two three four five six\ndoubtful words here");
    assert_string_equal(text_of(page, belief, EXTRACT_RECALL, false), "one two three four five six\ndoubtful words here\nhardly any of it");
}

static void test_comments_under_a_text_are_for_recall(void **state)
{
    const char *page = "<p>one two three four five six</p><div class=comments><p>well said</div>";
    uint8_t belief[] = { 250, 250 };
    assert_string_equal(text_of(page, belief, EXTRACT_BALANCED, false), "one two three four five six");
    assert_string_equal(text_of(page, (uint8_t[]){ 250, 0 }, EXTRACT_RECALL, false), "one two three four five six\nwell said");
    /* where nearly all is comments, they are the text */
    assert_string_equal(text_of("<p>a b</p><div class=comments><p>a thread of words that is the page</div>", belief, EXTRACT_BALANCED, false),
                        "a b\na thread of words that is the page");
}

static void test_the_title_is_for_markdown_and_recall(void **state)
{
    const char *page = "<h1>Its title</h1><p>one two three four five six";
    assert_string_equal(text_of(page, (uint8_t[]){ 250, 250 }, EXTRACT_BALANCED, false), "one two three four five six");
    assert_string_equal(text_of(page, (uint8_t[]){ 0, 250 }, EXTRACT_BALANCED, true), "# Its title\none two three four five six");
    assert_string_equal(text_of(page, (uint8_t[]){ 0, 250 }, EXTRACT_RECALL, false), "Its title\none two three four five six");
    page = "<h1>Its title<br>in two lines</h1><p>one two three four five six";
    assert_string_equal(text_of(page, (uint8_t[]){ 250, 250, 250 }, EXTRACT_BALANCED, false), "one two three four five six");
    assert_string_equal(text_of(page, (uint8_t[]){ 0, 250, 250 }, EXTRACT_RECALL, false), "Its title\nin two lines\none two three four five six");
}

static void test_short_cells_and_items_stay_with_their_kin(void **state)
{
    const char *table = "<p>one two three four five six<table><tr><td>-w<td>the width of a line in characters</table>";
    assert_string_equal(text_of(table, (uint8_t[]){ 250, 10, 250 }, EXTRACT_BALANCED, false),
                        "one two three four five six\n-w\tthe width of a line in characters");
    assert_string_equal(text_of(table, (uint8_t[]){ 250, 10, 10 }, EXTRACT_BALANCED, false), "one two three four five six");
    const char *list = "<p>one two three four five six<ul><li>a long item of the list<li>short<li>another item of some length</ul>";
    assert_string_equal(text_of(list, (uint8_t[]){ 250, 250, 10, 250 }, EXTRACT_BALANCED, false),
                        "one two three four five six\na long item of the list\nshort\nanother item of some length");
    assert_string_equal(text_of(list, (uint8_t[]){ 250, 250, 250, 10 }, EXTRACT_BALANCED, false),
                        "one two three four five six\na long item of the list\nshort");
    /* a link is judged for itself */
    assert_string_equal(text_of("<ul><li>a long item of the list<li><a href=x>share</a></ul>", (uint8_t[]){ 250, 10 }, EXTRACT_BALANCED, false),
                        "a long item of the list");
}

#define SENTENCE "the quick brown fox jumps over the lazy dog while seven cats are asleep in the tall green grass behind the old mill"
#define SENTENCE2 "nine of them were seen in a field of wheat by noon today and not one of the nine was awake at dusk"
#define REFRAIN "pull together pull together and the tide will show the way"

static void test_of_what_is_said_twice_the_less_likely_copy_goes(void **state)
{
    const char *page = "<p>" SENTENCE "<p>words between<p>" SENTENCE " and more";
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 250, 240 }, EXTRACT_BALANCED, false), "words between\n" SENTENCE " and more");
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 250, 240 }, EXTRACT_RECALL, false), SENTENCE "\nwords between\n" SENTENCE " and more");
    /* a block that no doubt is about stays, and so does one that says anything of its own */
    assert_string_equal(text_of(page, (uint8_t[]){ 245, 250, 250 }, EXTRACT_BALANCED, false), SENTENCE "\nwords between\n" SENTENCE " and more");
    assert_string_equal(text_of(page, (uint8_t[]){ 250, 250, 200 }, EXTRACT_BALANCED, false), SENTENCE "\nwords between\n" SENTENCE " and more");
    /* of two that are the same, one stays; a copy that is not kept counts for nothing */
    page = "<p>" SENTENCE "<p>words between<p>" SENTENCE;
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 250, 200 }, EXTRACT_BALANCED, false), "words between\n" SENTENCE);
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 250, 10 }, EXTRACT_BALANCED, false), SENTENCE "\nwords between");
    /* a refrain is meant */
    page = "<p>" REFRAIN "<p>words between<p>" REFRAIN;
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 250, 200 }, EXTRACT_BALANCED, false), REFRAIN "\nwords between\n" REFRAIN);
    /* halves of what another says whole */
    page = "<p>" SENTENCE "<p>" SENTENCE2 "<p>" SENTENCE " " SENTENCE2;
    assert_string_equal(text_of(page, (uint8_t[]){ 200, 201, 240 }, EXTRACT_BALANCED, false), SENTENCE " " SENTENCE2);
}

static void test_a_page_of_nothing(void **state)
{
    assert_string_equal(text_of("", (uint8_t[]){ 0 }, EXTRACT_BALANCED, false), "");
    assert_string_equal(text_of("<p>.<p>!", (uint8_t[]){ 250, 250 }, EXTRACT_BALANCED, false), ".\n!"); /* blocks without words */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sure_page_is_cut_higher_than_an_unsure_one),
        cmocka_unit_test(test_precision_takes_less_and_recall_more),
        cmocka_unit_test(test_comments_under_a_text_are_for_recall),
        cmocka_unit_test(test_the_title_is_for_markdown_and_recall),
        cmocka_unit_test(test_short_cells_and_items_stay_with_their_kin),
        cmocka_unit_test(test_of_what_is_said_twice_the_less_likely_copy_goes),
        cmocka_unit_test(test_a_page_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
