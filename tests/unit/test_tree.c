/*
 * test_tree.c - the tree that pipeline/extract builds against libxml2's (tree_reference.h): node by node on the pages of ../shared/data
 * where they are, on the sample's, and on pages made of tags in any order.
 *
 * SLUICE_PAGES: how many are made.
 */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "pipeline/run/plan.h"
#include "pipeline/run/record.h"
#include "tests/unit/strip_writer.h"
#include "tests/unit/tree_reference.h"

#define DEFAULT_PAGES 20000

static struct tree got, want;
static struct buf stripped; /* what libxml2 is given */

static void expect_node(const struct node *a, const struct node *b, size_t i, const char *what)
{
    bool same = a->tag == b->tag && a->hidden == b->hidden && a->hints == b->hints && a->parent == b->parent && a->end == b->end &&
                a->text == b->text && a->text_end == b->text_end && a->names == b->names;
    if (!same)
        fail_msg("%s: node %zu: tag %d parent %u end %u text %u-%u, libxml2: tag %d parent %u end %u text %u-%u", what, i, a->tag, a->parent, a->end, a->text,
                 a->text_end, b->tag, b->parent, b->end, b->text, b->text_end);
}

static void expect_same(struct span page, const char *what)
{
    buf_reset(&stripped);
    strip_html(page, &stripped);
    assert_int_equal(tree_build(&got, page), 0);
    assert_int_equal(reference_build(&want, buf_view(&stripped)), 0);
    for (size_t i = 0; i < got.n && i < want.n; i++)
        expect_node(&got.v[i], &want.v[i], i, what);
    if (got.n != want.n || !span_eq(buf_view(&got.text), buf_view(&want.text)))
        fail_msg("%s: %zu nodes and %zu bytes of text, libxml2: %zu and %zu", what, got.n, got.text.n, want.n, want.text.n);
    assert_int_equal(got.n_fields, want.n_fields);
    for (size_t i = 0; i < got.n_fields; i++) {
        assert_int_equal(got.fields[i].node, want.fields[i].node);
        assert_string_equal(got.fields[i].name, want.fields[i].name);
        assert_string_equal(got.fields[i].value.p, want.fields[i].value.p);
    }
    assert_true((got.truncated == NULL) == (want.truncated == NULL));
}

static size_t expect_archive(const char *path)
{
    struct config *c = config_new(conf_tables());
    struct record_context x;
    struct warc_options o = { 0 };
    struct warc_reader *w;
    struct warc_record r;
    struct arena a;
    struct error e;
    size_t n = 0;
    arena_init(&a, 0);
    record_context_init(&x, c);
    assert_int_equal(warc_open(&w, path, &o, &e), 0);
    while (warc_next(w, &r, &e) > 0) {
        struct document d;
        char what[64];
        arena_reset(&a);
        record_to_document(&x, &r, SPAN("x"), &a, &d);
        if (d.verdict != DOC_KEPT || !d.payload.p)
            continue;
        snprintf(what, sizeof what, "page %zu at %llu", n++, (unsigned long long)r.offset);
        expect_same(d.payload, what);
    }
    warc_close(w);
    record_context_release(&x);
    config_free(c);
    arena_release(&a);
    return n;
}

static void test_real_pages(void **unused)
{
    static const char web[] = "../shared/data/web/web.warc.gz";
    FILE *f = fopen(web, "rb");
    if (!f) {
        print_message("skipped: %s is not here\n", web);
        skip();
    }
    fclose(f);
    assert_int_equal(expect_archive(web), 604);
}

static void test_sample_pages(void **unused)
{
    assert_true(expect_archive("sample/pages.warc.gz") > 60);
}

static uint64_t state;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static void put_piece(struct buf *b)
{
    static const char *const names[] = {
        "html", "head", "body", "title", "meta", "link", "base", "p", "div", "span", "a", "b", "i", "u", "font", "center", "h1", "h3", "ul", "ol", "li",
        "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "col", "colgroup", "form", "fieldset", "legend", "option",
        "optgroup", "select", "pre", "address", "br", "hr", "img", "input", "section", "article", "main", "nav", "x-y", "o:p", "p.lead", "q", "em", "small",
        "s", "tt", "menu", "dir", "blockquote", "frameset", "noframes", "isindex", "wbr", "source", "embed", "listing", "xmp", "unknown", "big",
        "DIV", "label", "button", "strike", "sub", "area", "param",
    };
    static const char *const texts[] = { "words", " ", "\n", "\t \r\n", "&amp;", "&lt;b&gt;", "&nbsp;", "a < b", "\x01", "\xef\xbf\xbe",
                                         "&#8217;", "x & y", "\f", "\xc3\xa9", "<!-- c -->", "<svg>drawn</svg>",
                                         "<script>a < b</script>", "<noscript><meta name=robots content=no></noscript>", "<p\"q>" };
    static const char *const attributes[] = {
        "", "", " class=\"content x9\"", " id=main", " hidden", " class='a' class='b'", " role=navigation", " href=\"/x?a=1&amp;b\"",
        " name=\"robots\" content=\"no\"", " style=\"display:none\"", " /", " itemprop=articleBody", " 9=8 @x",
    };
    const char *name = names[draw(sizeof names / sizeof *names)];
    switch (draw(5)) {
    case 0:
    case 1: buf_printf(b, "<%s%s>", name, attributes[draw(sizeof attributes / sizeof *attributes)]); break;
    case 2: buf_printf(b, "</%s>", name); break;
    case 3: buf_puts(b, texts[draw(sizeof texts / sizeof *texts)]); break;
    case 4:
        if (draw(200) == 0) /* more white space than a run of it may have */
            for (int i = 0; i < 1100; i++)
                buf_putc(b, ' ');
        else
            buf_printf(b, "<%s>text %u</%s>", name, (unsigned)draw(99), name);
    }
}

static void test_made_pages(void **unused)
{
    const char *asked = getenv("SLUICE_PAGES");
    struct buf page = { 0 };
    for (size_t i = 0, n = asked ? strtoul(asked, NULL, 10) : DEFAULT_PAGES; i < n; i++) {
        char what[40];
        state = 0x9E3779B97F4A7C15u * (i + 1);
        buf_reset(&page);
        for (size_t k = 1 + draw(60); k > 0; k--)
            put_piece(&page);
        snprintf(what, sizeof what, "page %zu", i);
        expect_same(buf_view(&page), what);
    }
    buf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_pages),
        cmocka_unit_test(test_sample_pages),
        cmocka_unit_test(test_made_pages),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tree_release(&got);
    tree_release(&want);
    buf_release(&stripped);
    return failed;
}
