/* test_extract_strip.c - the strip pass changes no extracted text: pages with it and without it. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "pipeline/extract/render.h"
#include "pipeline/extract/select.h"
#include "pipeline/extract/tree.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/record.h"
#include "tests/unit/strip_writer.h"
#include "tests/unit/tree_reference.h"

#define PAGES "../shared/data/web/web.warc.gz"

struct bench {
    struct tree tree;
    struct selection selection;
    struct buf stripped, spelled, with, without;
    size_t n_respelled;
};

static void text_of(struct bench *b, struct span html, enum extract_mode mode, struct buf *out)
{
    struct extract_options o = { .mode = mode };
    buf_reset(out);
    assert_int_equal(reference_build(&b->tree, html), 0);
    select_rules(&b->tree, mode, &b->selection);
    render(&b->tree, &b->selection, &o, out);
}

static bool spelled(struct span here, const char *start)
{
    return span_starts_i(here, start);
}

/*
 * The page as libxml2 must be given it to read it by the HTML standard, where it departs from it of itself:
 * `<!x>` and `</>` are text to it (13.2.5.42, 13.2.5.7), `<script/>` is empty to it (13.2.5.40 ignores the
 * slash), and the elements in a <noscript> break those around it (raw text where scripts run: 13.2.6.4.7).
 * References in text it decodes only in part (charref.h, which has tests of its own).
 */
static void respell(struct span html, struct buf *out)
{
    bool tag = false;
    struct buf text = { 0 };
    for (size_t i = 0; i < html.n;) {
        struct span here = span_from(html, i);
        size_t end = span_chr(here, '>', 0);
        if (spelled(here, "<!--") || spelled(here, "<script") || spelled(here, "<style")) {
            const char *close = here.p[1] == '!' ? "-->" : spelled(here, "<script") ? "</script" : "</style";
            if (here.p[1] != '!' && end < here.n && here.p[end - 1] == '/') { /* <script/> */
                buf_put(out, here.p, end - 1);
                i += end;
                continue;
            }
            end = 0;
            while (end < here.n && !spelled(span_from(here, end), close))
                end++;
            buf_span(out, span_head(here, end));
            i += end;
        } else if (spelled(here, "<noscript")) {
            while (i < html.n && !spelled(span_from(html, i), "</noscript"))
                i++;
            i += span_chr(span_from(html, i), '>', 0) + 1;
        } else if (end < here.n && (spelled(here, "</>") || (spelled(here, "<!") && !spelled(here, "<!doctype")))) {
            i += end + 1;
        } else if (here.p[0] == '&' && !tag) {
            size_t n = 1;
            while (n < here.n && n < 40 && here.p[n] != '<' && here.p[n] != '&')
                n++;
            buf_reset(&text);
            charref_put(span_head(here, n), false, &text);
            put_escaped(buf_view(&text), false, out);
            i += n;
        } else {
            tag = here.p[0] == '<' ? here.n > 1 && (ascii_alpha(here.p[1]) || here.p[1] == '/') : tag && here.p[0] != '>';
            buf_putc(out, html.p[i++]);
        }
    }
    buf_putc(out, 0);
    out->n--;
    buf_release(&text);
}

static bool same(struct bench *b, struct span html, enum extract_mode mode)
{
    buf_reset(&b->stripped);
    strip_html(html, &b->stripped);
    text_of(b, buf_view(&b->stripped), mode, &b->with);
    text_of(b, html, mode, &b->without);
    if (span_eq(buf_view(&b->with), buf_view(&b->without)))
        return true;
    b->n_respelled++;
    buf_reset(&b->spelled);
    respell(html, &b->spelled);
    text_of(b, buf_view(&b->spelled), mode, &b->without);
    return span_eq(buf_view(&b->with), buf_view(&b->without));
}

static void release(struct bench *b)
{
    tree_release(&b->tree);
    selection_release(&b->selection);
    buf_release(&b->stripped);
    buf_release(&b->spelled);
    buf_release(&b->with);
    buf_release(&b->without);
}

static void test_no_text_of_a_real_page_changes(void **state)
{
    struct warc_options o = { 0 };
    struct warc_reader *w;
    struct warc_record r;
    struct document d;
    struct record_context x = { 0 };
    struct bench b = { 0 };
    struct arena a;
    struct error e;
    size_t pages = 0, differ = 0;
    if (access(PAGES, R_OK)) {
        print_message("skipped: no %s\n", PAGES);
        skip();
    }
    struct config *c = config_new(conf_tables());
    arena_init(&a, 0);
    record_context_init(&x, c);
    assert_int_equal(warc_open(&w, PAGES, &o, &e), 0);
    while (warc_next(w, &r, &e) > 0) {
        record_to_document(&x, &r, SPAN("web"), &a, &d);
        if (d.verdict == DOC_KEPT) {
            pages++;
            for (int m = EXTRACT_BALANCED; m <= EXTRACT_ALL_TEXT; m += EXTRACT_ALL_TEXT - EXTRACT_BALANCED)
                if (!same(&b, d.payload, (enum extract_mode)m)) {
                    differ++;
                    print_message("mode %d: record at %llu\n", m, (unsigned long long)r.offset);
                }
        }
        arena_reset(&a);
    }
    print_message("%zu pages, %zu differences; %zu texts needed a page respelled\n", pages, differ, b.n_respelled);
    assert_in_range(pages, 500, 700);
    assert_int_equal(differ, 0);
    assert_in_range(b.n_respelled, 0, 27); /* 24 of 1,208 with libxml2 2.9.14, 15 of them for references */
    warc_close(w);
    record_context_release(&x);
    config_free(c);
    arena_release(&a);
    release(&b);
}

static void test_what_the_strip_pass_leaves(void **state)
{
    static const struct {
        const char *html, *want;
    } rows[] = {
        { "<P CLASS='a b' onclick=x data-y='>' ID=\"z\">t</P >", "<p class=\"a b\" id=\"z\">t</p>" },
        { "<a href='/x' title=y>l</a>", "<a>l</a>" },
        { "<a href='/x' rel=license>l</a>", "<a rel=\"license\" href=\"/x\">l</a>" },
        { "<a href='/x' rel='author'>l</a><a rel=next href=/y>m</a>", "<a rel=\"author\">l</a><a>m</a>" },
        { "<time datetime=2020-01-02 title=x>t</time>", "<time datetime=\"2020-01-02\">t</time>" },
        { "<meta HTTP-EQUIV=content-language content=de>", "<meta http-equiv=\"content-language\" content=\"de\">" },
        { "<html xml:lang=de xmlns=x>", "<html xml:lang=\"de\">" },
        { "<p class='&quot;\"<'>", "<p class=\"&quot;&quot;&lt;\">" },
        { "<script src=x></script>a<style></style><svg></svg>b", "a b" },
        { "<script>if (a</script>b", "b" },
        { "<scripty>a</scripty>", "<scripty>a</scripty>" },
        { "a<!-- x -->b<!doctype html>c", "abc" },
        { "1 < 2 <3", "1 &lt; 2 &lt;3" },
        { "<plaintext><p>&lt;", "<plaintext>&lt;p>&amp;lt;" },
        { "AT&T &copy 2025 &lt;b&gt; &amp;amp;", "AT&amp;T \302\251 2025 &lt;b> &amp;amp;" },
        { "<p class='&eacute;&quot;&copy=1'>", "<p class=\"\303\251&quot;&amp;copy=1\">" },
        { "<br/><img src=x/>", "<br><img>" },
        { "<p hidden>a", "<p hidden=\"\">a" },
        { "<p class=a", "<p class=\"a\">" },
        { "<p class=\"a", "<p class=\"a\">" },
    };
    struct buf out = { 0 };
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_reset(&out);
        strip_html(span_cstr(rows[i].html), &out);
        expect_span(buf_view(&out), rows[i].want);
    }
    buf_release(&out);
}

/* Its JSON-LD, joined by '|'. */
static void expect_data(const char *html, const char *want)
{
    struct buf out = { 0 }, joined = { 0 };
    struct strip_data data = { .n = 7 };
    strip_page(span_cstr(html), &(struct strip_sink){ write_text, write_start, write_end, &out, &data });
    for (size_t i = 0; i < data.n; i++) {
        buf_puts(&joined, i ? "|" : "");
        buf_span(&joined, data.v[i]);
    }
    expect_span(buf_view(&joined), want);
    buf_release(&out);
    buf_release(&joined);
}

static void test_data_scripts_are_handed_over(void **state)
{
    static const struct {
        const char *html, *want;
    } rows[] = {
        { "<script type='application/ld+json'>{\"a\":\"&amp;</p>\"}</script>x", "{\"a\":\"&amp;</p>\"}" },
        { "<SCRIPT nonce=1 TYPE=Application/LD+JSON; async>1</SCRIPT><p><script type=\"application/ld&#x2B;json\">2</script >", "1|2" },
        { "<script type=text/javascript>1</script><script>2</script><script type=application/json>3</script>", "" },
        { "<style type=application/ld+json>1</style><p type=application/ld+json>2</p>", "" },
        { "<!-- <script type=application/ld+json>1</script> --><noscript><script type=application/ld+json>2</script></noscript>", "" },
        { "<script type=application/ld+json>never closed", "never closed" },
        { "<script type=application/ld+json></script>", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_data(rows[i].html, rows[i].want);
    struct buf many = { 0 };
    for (int i = 0; i < 1000; i++)
        buf_puts(&many, "<script type=application/ld+json>a</script>");
    expect_data(buf_putc(&many, 0) ? "" : many.p, "a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a");
    buf_release(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_text_of_a_real_page_changes),
        cmocka_unit_test(test_what_the_strip_pass_leaves),
        cmocka_unit_test(test_data_scripts_are_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
