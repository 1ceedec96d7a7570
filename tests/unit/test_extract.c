/* test_extract.c - text of a page, by kind of block. */
#include "tests/unit/test.h"

#include "pipeline/extract/extract.h"

static struct extractor *x;

static int set_up(void **state)
{
    x = extractor_new();
    return 0;
}

static int tear_down(void **state)
{
    extractor_free(x);
    return 0;
}

static void expect_text(enum extract_mode mode, bool markdown, const char *html, const char *want)
{
    struct extract_options o = { .mode = mode, .markdown = markdown };
    struct page_facts facts;
    struct arena a;
    struct span text;
    struct error e;
    arena_init(&a, 0);
    assert_int_equal(extract_html(x, &o, span_cstr(html), &a, &text, &facts, &e), 0);
    expect_span(text, want);
    arena_release(&a);
}

#define PROSE "The mill stands by the river, and its wheel has turned there for two hundred years, as the old people say."
#define PROSE2 "In spring the water is high; then the wheel runs day and night, and nobody in the village sleeps well."

struct row {
    const char *html, *text;
};

/* The whole visible text: how blocks, blanks and characters are written, whatever selection thinks of them. */
static void test_blocks_are_lines(void **state)
{
    static const struct row rows[] = {
        { "<p>one</p><p>two</p>", "one\ntwo" },
        { "<p>one<p>two", "one\ntwo" },
        { "a<div>b</div>c", "a\nb\nc" },
        { "<h1>head</h1>text", "head\ntext" },
        { "<ul><li>a<li>b<ul><li>c</ul></ul>", "a\nb\nc" },
        { "<dl><dt>term<dd>what it is</dl>", "term\nwhat it is" },
        { "<blockquote>said</blockquote>after", "said\nafter" },
        { "one<br>two<br/><br>three", "one\ntwo\nthree" },
        { "<p>in <b>li</b>ne <i>and</i> <a href=/x>link</a>.</p>", "in line and link." },
        { "<figure><img src=x><figcaption>what it shows</figcaption></figure>", "what it shows" },
        { "<details><summary>more</summary>inside</details>", "more\ninside" },
        { "<address>Lane 1<br>Town</address>", "Lane 1\nTown" },
        { "a<hr>b", "a\nb" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_ALL_TEXT, false, rows[i].html, rows[i].text);
}

static void test_white_space_is_as_a_reader_sees_it(void **state)
{
    static const struct row rows[] = {
        { "<p>  a \n\t b\r\n c  </p>", "a b c" },
        { "<p>a&nbsp;&nbsp;b</p>", "a b" },
        { "<p>a<span> </span>b</p>", "a b" },
        { "<p>a<span>b</span></p>", "ab" },
        { "<p>\xe3\x80\x80\xe6\x96\x87\xe5\xad\x97</p>", "\xe3\x80\x80\xe6\x96\x87\xe5\xad\x97" },
        { "<p> </p><p>&nbsp;</p><p>x</p>", "x" },
        { "<p>so\xc2\xad" "ft hy&shy;phen</p>", "soft hyphen" },
        { "<p>zero\xe2\x80\x8b" "width\xef\xbb\xbf</p>", "zerowidth" },
        { "<p>\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae</p>", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" }, /* ZWNJ means something */
        { "<p>e\xcc\x81t</p>", "\xc3\xa9t" },                                   /* NFC */
        { "<p>a&#0;b</p>", "ab" },
        { "<p>1 &lt; 2 &amp; 3 &gt; 2</p>", "1 < 2 & 3 > 2" },
        { "<p>1 < 2</p>", "1 < 2" },
        { "<ruby>\xe6\xbc\xa2<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "\xe6\xbc\xa2" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_ALL_TEXT, false, rows[i].html, rows[i].text);
}

static void test_preformatted_text_keeps_its_white_space(void **state)
{
    static const struct row rows[] = {
        { "<pre>if x:\n    y\n\nz</pre>", "if x:\n    y\n\nz" },
        { "<pre>\n  a\n</pre>after", "  a\nafter" },
        { "<pre>all:\n\tcc</pre>", "all:\n\tcc" },
        { "<pre>a\r\nb\r\n</pre>", "a\nb" },
        { "<pre><br><br>a<br>b<br></pre>", "a\nb" },
        { "<pre><code>a  <b>b</b>\n c</code></pre>", "a  b\n c" },
        { "<p>x</p><pre>  a</pre><p>y</p>", "x\n  a\ny" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_ALL_TEXT, false, rows[i].html, rows[i].text);
}

static void test_cells_are_parted_by_tabs(void **state)
{
    static const struct row rows[] = {
        { "<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a\tb\n1\t2" },
        { "<table><tr><td>1</td>\n <td> </td>\n<td>3</td></tr></table>", "1\t\t3" },
        { "<table><tr><td><td>a<td>b<tr><td><td>c<td></table>", "\ta\tb\nc" },
        { "<table><caption>cap</caption><tr><td colspan=999999999>a<td rowspan=65535>b</table>", "cap\na\tb" },
        { "<table><tr><td><p>a</p></td><td><div>b</div><div>c</div></td></tr></table>", "a\tb c" },
        { "<table><tr><td>menu</td><td><p>" PROSE "</p><p>" PROSE2 "</p></td></tr></table>", "menu\n" PROSE "\n" PROSE2 },
        { "<table><tr><td>x<td><table><tr><td>1<td>2</table></table>", "x\n1\t2" },
        { "<table><tr><td><pre>1\n2</pre></td></tr></table>", "1\n2" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_ALL_TEXT, false, rows[i].html, rows[i].text);
}

static void test_what_no_reader_sees_is_no_text(void **state)
{
    static const struct row rows[] = {
        { "a<script>b</script>c<style>d</style>e<svg>f</svg>g", "ace g" },
        { "a<!-- b -->c<!--> d --><!--->e<!-- f --!>g", "ac d -->eg" },
        { "<p hidden>a</p><p>b</p><p style='color:red;display: none'>c</p>", "b" },
        { "<svg><svg><text>a</text></svg><text>b</text></svg>c", "c" },
        { "<p>a</p><script>never closed <p>b</p>", "a" },
        { "<script>var s = '<p>no</p>';</script >yes", "yes" },
        { "<template><p>a</p></template><p>b</p>", "b" },
        { "<select><option>a<option>b</select><p>c</p>", "c" },
        { "<?php echo 1 ?>a<![CDATA[b]]>c", "ac" },
        { "<title>t</title><p>a</p>", "a" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_ALL_TEXT, false, rows[i].html, rows[i].text);
}

#define PAGE(middle)                                                                                             \
    "<html><body><header><nav><ul><li><a href=/>Home</a><li><a href=/n>News</a></ul></nav></header>"             \
    "<div class='cookie-banner'>We use cookies to serve you better, and you may accept them all now.</div>"      \
    "<article><h1>The mill</h1><p>" PROSE "</p>" middle "<p>" PROSE2 "</p></article>"                             \
    "<div class='related-posts'><h3>Related</h3><ul><li><a href=/1>The bridge of stone</a><li><a href=/2>The old inn"  \
    "</a></ul></div><footer>All rights reserved. <a href=/i>Imprint</a></footer></body></html>"

/* The page's own heading is metadata.title; Markdown and recall (below) also have it above the text. */
static void test_main_content_is_kept_and_what_surrounds_it_is_not(void **state)
{
    static const struct row rows[] = {
        { PAGE(""), PROSE "\n" PROSE2 },
        { PAGE("<h2>The wheel</h2>"), PROSE "\nThe wheel\n" PROSE2 },
        { PAGE("<ul><li>It is made of oak wood.<li>It weighs two tons.</ul>"),
          PROSE "\nIt is made of oak wood.\nIt weighs two tons.\n" PROSE2 },
        { PAGE("<blockquote>Water is patient, the miller says.</blockquote>"),
          PROSE "\nWater is patient, the miller says.\n" PROSE2 },
        { PAGE("<table><tr><td>Height</td><td>4 m</td></tr></table>"), PROSE "\nHeight\t4 m\n" PROSE2 },
        { PAGE("<pre>wheel(\n  oak)</pre>"), PROSE "\nwheel(\n  oak)\n" PROSE2 },
        { PAGE("<div class='share-bar'><a href=/f>Share this</a> <a href=/m>Mail it</a></div>"), PROSE "\n" PROSE2 },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_BALANCED, false, rows[i].html, rows[i].text);
}

#define COMMENTS                                                                                                  \
    "<div id='comments' class='comments'><h3>Comments</h3><div class='comment'><p>I was there last year, and the miller " \
    "showed us everything that he has.</p></div></div>"

static void test_readers_comments_are_for_recall_alone(void **state)
{
    static const char html[] = "<body><article><h1>The mill</h1><p>" PROSE "</p><p>" PROSE2 "</p>" COMMENTS "</article></body>";
    expect_text(EXTRACT_PRECISION, false, html, PROSE "\n" PROSE2);
    expect_text(EXTRACT_BALANCED, false, html, PROSE "\n" PROSE2);
    expect_text(EXTRACT_RECALL, false, html,
                "The mill\n" PROSE "\n" PROSE2 "\nComments\nI was there last year, and the miller showed us everything that he has.");
    /* Behind the article, and more of them than there is article. */
    static const char apart[] = "<body><article><h1>The mill</h1><p>" PROSE "</p></article><div class='comments'><p>" PROSE2 "</p><p>" PROSE2
                                "</p><p>" PROSE2 "</p></div></body>";
    expect_text(EXTRACT_BALANCED, false, apart, PROSE);
    expect_text(EXTRACT_RECALL, false, apart, "The mill\n" PROSE "\n" PROSE2 "\n" PROSE2 "\n" PROSE2);
}

static void test_posts_of_a_forum_are_content_in_every_mode(void **state)
{
    static const char html[] = "<body><div class='thread'><div class='post'><div class='postbody'>" PROSE "</div></div>"
                               "<div class='post'><div class='postbody'>" PROSE2 "</div></div></div></body>";
    for (int m = EXTRACT_PRECISION; m <= EXTRACT_RECALL; m++)
        expect_text((enum extract_mode)m, false, html, PROSE "\n" PROSE2);
}

static void test_markdown_marks_the_structure(void **state)
{
    static const struct row rows[] = {
        { PAGE("<h2>The wheel</h2>"), "# The mill\n" PROSE "\n## The wheel\n" PROSE2 },
        { PAGE("<ul><li>It is made of oak wood.<li>It weighs two tons.</ul>"),
          "# The mill\n" PROSE "\n- It is made of oak wood.\n- It weighs two tons.\n" PROSE2 },
        { PAGE("<ol><li><p> It is made of oak wood.</p><ul><li>From <b>here</b>.</li><li> <li>Old.</ul><li>It weighs two tons.</ol>"),
          "# The mill\n" PROSE "\n1. It is made of oak wood.\n    - From here.\n    - Old.\n2. It weighs two tons.\n" PROSE2 },
        { PAGE("<h3> </h3><h2> <span> The</span> wheel</h2><blockquote> </blockquote>"), "# The mill\n" PROSE "\n## The wheel\n" PROSE2 },
        { PAGE("<blockquote><p>Water is patient.</p><p>So is the miller.</p></blockquote><pre></pre>"),
          "# The mill\n" PROSE "\n> Water is patient.\n> So is the miller.\n" PROSE2 },
        { PAGE("<blockquote>Water is patient, the miller says.</blockquote>"),
          "# The mill\n" PROSE "\n> Water is patient, the miller says.\n" PROSE2 },
        { PAGE("<pre>wheel(\n  oak)</pre>"), "# The mill\n" PROSE "\n```\nwheel(\n  oak)\n```\n" PROSE2 },
        { PAGE("<pre>wheel(oak)<p></p></pre><pre><br> <table><tr><td> <td> </table></pre>"),
          "# The mill\n" PROSE "\n```\nwheel(oak)\n```\n" PROSE2 },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(EXTRACT_BALANCED, true, rows[i].html, rows[i].text);
}

#define JSONLD(body) "<title>T</title><script type='application/ld+json'>{\"@type\":\"Article\",\"articleBody\":\"" body "\"}</script>"
#define DECLARED PROSE "\\n" PROSE2 "\\n" PROSE
#define DECLARED_TEXT PROSE "\n" PROSE2 "\n" PROSE

static void test_a_page_that_scripts_draw_has_the_article_it_declares(void **state)
{
    for (enum extract_mode mode = EXTRACT_PRECISION; mode <= EXTRACT_RECALL; mode++) {
        expect_text(mode, false, JSONLD(DECLARED) "<div id=app></div>", DECLARED_TEXT);
        expect_text(mode, false, JSONLD("<p>" PROSE "</p><p>" PROSE2 "</p><p>" PROSE "</p>") "<a href=/>Home</a>", DECLARED_TEXT);
        expect_text(mode, false, JSONLD("&lt;p&gt;" PROSE "&lt;/p&gt;&lt;p&gt;" PROSE2 "&lt;/p&gt;&lt;p&gt;" PROSE "&lt;/p&gt;"), DECLARED_TEXT);
    }
    expect_text(EXTRACT_BALANCED, false, JSONLD("An abstract of it."), "");
    /* a body whose tree is empty, before and after a page that has one */
    for (int i = 0; i < 2; i++)
        expect_text(EXTRACT_BALANCED, false, JSONLD("<style>" DECLARED), "");
    expect_text(EXTRACT_BALANCED, false, JSONLD("<style>" DECLARED DECLARED DECLARED DECLARED DECLARED) "<p>" PROSE "</p>", PROSE);
    /* a page of links shows something, too */
#define LINK "<p><a href=x>" PROSE "</a></p>"
    expect_text(EXTRACT_RECALL, false, JSONLD(DECLARED) "<body><article><h1>T</h1>" LINK LINK LINK LINK LINK "</article>", "");
    expect_text(EXTRACT_ALL_TEXT, false, JSONLD(DECLARED) "<a href=/>Home</a>", "Home"); /* what is visible */
    /* a page that shows a text of its own is believed, whatever it declares */
    expect_text(EXTRACT_BALANCED, false, JSONLD(DECLARED DECLARED) "<p>" PROSE2 "</p><p>" PROSE "</p>", PROSE2 "\n" PROSE);
}

static void test_a_page_without_text_has_none(void **state)
{
    static const char *const pages[] = { "", " ", "<html></html>", "<img src=x>", "<script>1</script>", "<!-- x", "<p></p>", "\n" };
    for (size_t i = 0; i < COUNT(pages); i++)
        for (int m = EXTRACT_PRECISION; m <= EXTRACT_ALL_TEXT; m++)
            expect_text((enum extract_mode)m, false, pages[i], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_lines),
        cmocka_unit_test(test_white_space_is_as_a_reader_sees_it),
        cmocka_unit_test(test_preformatted_text_keeps_its_white_space),
        cmocka_unit_test(test_cells_are_parted_by_tabs),
        cmocka_unit_test(test_what_no_reader_sees_is_no_text),
        cmocka_unit_test(test_main_content_is_kept_and_what_surrounds_it_is_not),
        cmocka_unit_test(test_readers_comments_are_for_recall_alone),
        cmocka_unit_test(test_posts_of_a_forum_are_content_in_every_mode),
        cmocka_unit_test(test_markdown_marks_the_structure),
        cmocka_unit_test(test_a_page_that_scripts_draw_has_the_article_it_declares),
        cmocka_unit_test(test_a_page_without_text_has_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
