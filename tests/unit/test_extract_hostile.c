/* test_extract_hostile.c - pages made to cost: work is counted (nodes, bytes), never timed. */
#include "tests/unit/strip_writer.h"
#include "tests/unit/test.h"

#include "pipeline/extract/extract.h"
#include "pipeline/extract/tree.h"

static struct buf page;

static void repeat(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_puts(&page, s);
}

static void nested(void) { repeat("<div>", 100000), repeat("x", 1), repeat("</div>", 100000); }
static void unclosed(void) { repeat("<p><b><i><font><table><tr><td>x", 20000); }
static void attributes(void)
{
    buf_puts(&page, "<p ");
    for (int i = 0; i < 100000; i++)
        buf_printf(&page, "a%d=b class=c%d ", i, i);
    buf_puts(&page, ">x");
}
static void line(void) { repeat("word ", 2000000); }
static void rows(void) { buf_puts(&page, "<table>"), repeat("<tr><td>1<td>2", 1000000); }
static void spans(void) { buf_puts(&page, "<table>"), repeat("<tr><td colspan=2147483647 rowspan=2147483647>x", 10000); }
static void comments(void) { repeat("<!-- ", 200000); }
static void angles(void) { repeat("<", 1000000); }
static void end_tags(void) { repeat("</p></div></x>", 200000); }
static void scripts(void) { repeat("<svg><textarea><noscript><iframe>", 50000); }
static void nested_svg(void) { repeat("<svg>", 200000); }
static void references(void) { repeat("&amp;&#x41;&bogus;&#99999999999;", 200000); }
static void marks(void) { buf_puts(&page, "a"), repeat("\xcc\x81\xcc\xa3", 500000); }
static void links(void) { repeat("<a href=x rel=license>y", 200000); }
static void cells_in_cells(void) { repeat("<table><tr><td><p>paragraph", 30000); }
static void quotes(void) { buf_puts(&page, "<p class=\""), repeat("\"\"<", 500000); }

static void paragraphs(void) { repeat("<p>a word or two", 110000); }

static const struct {
    const char *name;
    void (*make)(void);
    const char *truncated; /* NULL: any */
} shapes[] = {
    { "nested", nested, "depth" }, { "unclosed", unclosed, NULL }, { "attributes", attributes, NULL }, { "line", line, NULL },
    { "rows", rows, "nodes" }, { "spans", spans, NULL }, { "comments", comments, NULL }, { "angles", angles, NULL },
    { "end tags", end_tags, NULL }, { "scripts", scripts, NULL }, { "nested svg", nested_svg, NULL },
    { "references", references, NULL }, { "marks", marks, "marks" }, { "links", links, NULL },
    { "cells in cells", cells_in_cells, NULL }, { "quotes", quotes, NULL }, { "paragraphs", paragraphs, "blocks" },
};

/* What the parser is given, and what it makes of it, are bounded by the page's size. */
static void test_every_shape_is_bounded_in_bytes_and_nodes(void **state)
{
    struct buf stripped = { 0 };
    struct tree t = { 0 };
    for (size_t i = 0; i < COUNT(shapes); i++) {
        buf_reset(&page);
        buf_reset(&stripped);
        shapes[i].make();
        strip_html(buf_view(&page), &stripped);
        assert_true(stripped.n <= 6 * page.n + 64);
        assert_int_equal(tree_build(&t, buf_view(&page)), 0);
        if (t.n > TREE_MAX_NODES || t.n > page.n + 3 || t.text.n > page.n)
            fail_msg("%s: %zu nodes, %zu bytes of text from %zu bytes", shapes[i].name, t.n, t.text.n, page.n);
        for (size_t k = 1; k < t.n; k++)
            assert_true(t.v[k].parent < k && t.v[k].end > k && t.v[k].end <= t.v[t.v[k].parent].end);
    }
    buf_release(&stripped);
    tree_release(&t);
}

static void test_a_page_over_a_bound_is_cut_and_says_so(void **state)
{
    struct extractor *x = extractor_new();
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(shapes); i++) {
        static const struct extract_options o = { .mode = EXTRACT_BALANCED };
        struct page_facts facts;
        struct span text;
        struct error e;
        buf_reset(&page);
        shapes[i].make();
        assert_int_equal(extract_html(x, &o, buf_view(&page), &a, &text, &facts, &e), 0);
        assert_true(text.n <= 2 * page.n);
        if (shapes[i].truncated && (!facts.truncated || strcmp(facts.truncated, shapes[i].truncated) != 0))
            fail_msg("%s: truncated by %s", shapes[i].name, facts.truncated ? facts.truncated : "nothing");
        arena_reset(&a);
    }
    arena_release(&a);
    extractor_free(x);
}

/* Of a tag with very many attributes the tree sees few. */
static void test_attributes_that_reach_the_parser_are_few(void **state)
{
    struct buf stripped = { 0 };
    buf_reset(&page);
    attributes();
    strip_html(buf_view(&page), &stripped);
    size_t n = 0;
    for (size_t i = 0; i < stripped.n; i++)
        n += stripped.p[i] == '=';
    assert_in_range(n, 1, STRIP_MAX_ATTRIBUTES);
    buf_release(&stripped);
}

/* Values are cut between characters, so that the page stays UTF-8. */
static void test_long_values_are_cut_between_characters(void **state)
{
    for (int shift = 0; shift < 4; shift++) {
        struct buf stripped = { 0 };
        buf_reset(&page);
        buf_puts(&page, "<p class=\"");
        repeat("x", (size_t)shift);
        repeat("\xf0\x9f\x98\x80", 20000);
        buf_puts(&page, "\">\xc3\xa9");
        strip_html(buf_view(&page), &stripped);
        assert_true(stripped.n < 3000);
        assert_true(span_ends(buf_view(&stripped), "\xf0\x9f\x98\x80\">\xc3\xa9"));
        buf_release(&stripped);
    }
}

static int tear_down(void **state)
{
    buf_release(&page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape_is_bounded_in_bytes_and_nodes),
        cmocka_unit_test(test_a_page_over_a_bound_is_cut_and_says_so),
        cmocka_unit_test(test_attributes_that_reach_the_parser_are_few),
        cmocka_unit_test(test_long_values_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
