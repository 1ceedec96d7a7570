/* test_extract_facts.c - what a page says of itself. */
#include "tests/unit/test.h"

#include "pipeline/extract/extract.h"

static struct extractor *x;
static struct arena arena;

static int set_up(void **state)
{
    x = extractor_new();
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    extractor_free(x);
    arena_release(&arena);
    return 0;
}

static struct page_facts facts_of(struct span html)
{
    static const struct extract_options o = { .mode = EXTRACT_BALANCED };
    struct page_facts facts;
    struct span text;
    struct error e;
    assert_int_equal(extract_html(x, &o, html, &arena, &text, &facts, &e), 0);
    return facts;
}

static void test_facts_are_read_where_pages_declare_them(void **state)
{
    static const struct {
        const char *html;
        size_t fact;
        const char *want;
    } rows[] = {
#define FACT(f) offsetof(struct page_facts, f)
        { "<title> A \n title </title>", FACT(title), "A title" },
        { "<title>A &amp; B</title><body><p>x", FACT(title), "A & B" },
        { "<meta property='og:title' content='Og'>", FACT(title), "Og" },
        { "<link rel='shortcut canonical' href='https://e.example/a'>", FACT(canonical), "https://e.example/a" },
        { "<LINK HREF=/b REL=CANONICAL>", FACT(canonical), "/b" },
        { "<html lang='de-CH'><p>x", FACT(lang_declared), "de-CH" },
        { "<meta name=author content='A. Miller'>", FACT(author), "A. Miller" },
        { "<meta property='article:published_time' content='2020-01-02'>", FACT(published), "2020-01-02" },
        { "<link rel=license href='https://l.example/'>", FACT(licence), "https://l.example/" },
        { "<p>x <a href='https://l.example/t' rel='nofollow license'>l</a>", FACT(licence), "https://l.example/t" },
        { "<p>x <a href='https://creativecommons.org/licenses/by/4.0/'>l</a>", FACT(licence),
          "https://creativecommons.org/licenses/by/4.0/" },
        { "<p>x <a href='https://creativecommons.org/about'>l</a>", FACT(licence), "" },
        { "<p>x <a href='https://l.example/'>l</a>", FACT(licence), "" },
        { "<p>x <a rel=canonical href='/no'>l</a>", FACT(canonical), "" },
        { "<p>x", FACT(title), "" },
        { "<meta property='og:url' content='/o'><link rel=canonical href=/c>", FACT(canonical), "/c" },
        { "<meta property='og:url' content='/o'>", FACT(canonical), "/o" },
        { "<html xml:lang=de-AT><p>x", FACT(lang_declared), "de-AT" },
        { "<html lang='' xml:lang=fr><p>x", FACT(lang_declared), "fr" },
        { "<meta property='og:locale' content='en_GB'><meta http-equiv=Content-Language content='de, en'>", FACT(lang_declared), "de" },
        { "<meta property='og:locale' content='en_GB'>", FACT(lang_declared), "en-GB" },
        { "<link rel='cc:license' href=/l>", FACT(licence), "/l" },
        { "<link itemprop=license href=/l>", FACT(licence), "/l" },
        { "<meta property='article:author' content='https://social.example/a'><p>x", FACT(author), "" },
        { "<meta property='article:author' content='https://social.example/a'><a rel=author href=/a>A. <b>Miller</b></a>", FACT(author), "A. Miller" },
        { "<meta name='dc.creator' content=Other><p itemprop=author>A. Miller</p>", FACT(author), "A. Miller" },
        { "<div><span class=comment itemprop=author>A. Reader</span></div>", FACT(author), "" },
        { "<time itemprop=datePublished datetime='2020-01-02T03:04'>yesterday</time>", FACT(published), "2020-01-02T03:04" },
        { "<span itemprop=datePublished>2 January 2020</span>", FACT(published), "2 January 2020" },
        { "<meta name='dcterms.issued' content='2019'><meta itemprop=datePublished content='2020'>", FACT(published), "2020" },
        { "<article><time datetime=2020-01-02>x</time><time datetime=2020-01-03>y</time></article>", FACT(published), "2020-01-02" },
        { "<article><time datetime=2020-01-02>x</time></article><article><time datetime=2020-01-03>y</time></article>", FACT(published), "" },
        { "<article><p>x<article class=comment><time datetime=2020-01-03>y</time></article></article>", FACT(published), "" },
        { "<p><time datetime=2020-01-02>x</time>", FACT(published), "" },
        { "<article><time datetime=PT10M>x</time>", FACT(published), "" },
#define LD(json) "<script type='application/ld+json'>" json "</script>"
        { LD("{\"@type\":\"NewsArticle\",\"headline\":\"Mill\",\"author\":{\"name\":\"A\"}}"), FACT(author), "A" },
        { LD("{\"@type\":\"NewsArticle\",\"headline\":\"Mill\"}"), FACT(title), "Mill" },
        { LD("{\"@type\":\"NewsArticle\",\"headline\":\"Mill &amp; river\",\"author\":\"Andr&eacute;\"}"), FACT(title), "Mill & river" },
        { LD("{\"@type\":\"NewsArticle\",\"headline\":\"Mill\",\"author\":\"Andr&eacute;\"}"), FACT(author), "Andr\xc3\xa9" },
        { LD("{\"@type\":\"NewsArticle\",\"headline\":\"Mill\"}") "<title>T</title>", FACT(title), "T" },
        { LD("{\"@type\":\"NewsArticle\",\"datePublished\":\"2020-01-02\"}") "<meta name=date content=1999>", FACT(published), "2020-01-02" },
        { LD("{\"@type\":\"Recipe\",\"license\":\"https://l.example/\",\"inLanguage\":\"it\"}"), FACT(licence), "https://l.example/" },
        { LD("{\"@type\":\"WebPage\",\"inLanguage\":\"pt_BR\"}"), FACT(lang_declared), "pt-BR" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct page_facts f = facts_of(span_cstr(rows[i].html));
        expect_span(*(struct span *)((char *)&f + rows[i].fact), rows[i].want);
    }
}

/* "name=value" of each meta, joined by '|'. */
static struct span metas_of(struct span html)
{
    struct page_facts f = facts_of(html);
    struct buf b = { 0 };
    for (const struct field *m = f.metas; m; m = m->next)
        buf_printf(&b, "%s%.*s=%.*s", b.n ? "|" : "", SPAN_ARG(m->name), SPAN_ARG(m->value));
    struct span out = arena_dup(&arena, buf_view(&b));
    buf_release(&b);
    return out;
}

static void test_reservations_are_kept_in_page_order(void **state)
{
    static const struct {
        const char *html, *want;
    } rows[] = {
        { "<meta name=robots content='index, follow'>", "robots=index, follow" },
        { "<META CONTENT='noai, noimageai' NAME=ROBOTS>", "ROBOTS=noai, noimageai" },
        { "<meta name='CCBot' content='nofollow, noindex'>", "CCBot=nofollow, noindex" },
        { "<meta name='tdm-reservation' content='1'><meta name='tdm-policy' content='https://p.example/'>",
          "tdm-reservation=1|tdm-policy=https://p.example/" },
        { "<meta name='googlebot' content='unavailable_after: 2020-01-01'>", "googlebot=unavailable_after: 2020-01-01" },
        { "<meta name='gptbot' content='none'>", "gptbot=none" },
        { "<meta name='description' content='nonetheless, a page'>", "" },
        { "<meta name='viewport' content='width=device-width'>", "" },
        { "<meta name='robots' content='noai'><meta name='robots' content='noai'>", "robots=noai" },
        { "<body><p>x<meta name='robots' content='noai'>", "robots=noai" },
        { "<meta name='CCBot' content='follow noai; noimageai'>", "CCBot=follow noai; noimageai" },
        { "<meta name=' GPTBot ' content='max-snippet:0'>", "GPTBot=max-snippet:0" },
        { "<meta property=robots content=noml>", "robots=noml" },
        { "<meta property='tdm:reservation' content=1>", "tdm:reservation=1" },
        { "<!-- <meta name='robots' content='noai'> --><p>x", "" },
        { "<noscript><img src=x><meta name=robots content=noindex><p>no scripts</p></noscript>y", "robots=noindex" },
        { "<noscript><META name=robots content=noai", "robots=noai" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_span(metas_of(span_cstr(rows[i].html)), rows[i].want);
}

/* No padding pushes a reservation out unseen. */
static void test_padding_never_hides_a_reservation(void **state)
{
    struct buf b = { 0 };
    for (int i = 0; i < 100000; i++)
        buf_puts(&b, "<meta name=robots content=all><link rel=x href=y>");
    buf_puts(&b, "<meta name=robots content=noai><p>x");
    struct page_facts f = facts_of(buf_view(&b));
    bool seen = false;
    for (const struct field *m = f.metas; m; m = m->next)
        seen |= span_is(m->value, "noai");
    assert_true(seen || (f.truncated && strcmp(f.truncated, "metas") == 0));
    buf_reset(&b);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "<meta name=robots content='x%d'>", i);
    f = facts_of(buf_view(&b));
    assert_string_equal(f.truncated, "metas");
    buf_reset(&b);
    buf_puts(&b, "<meta name=robots content='");
    for (int i = 0; i < 1500; i++)
        buf_puts(&b, "follow, ");
    buf_puts(&b, "noai'>");
    struct span metas = metas_of(buf_view(&b));
    assert_true(span_ends(metas, "noai"));
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_are_read_where_pages_declare_them),
        cmocka_unit_test(test_reservations_are_kept_in_page_order),
        cmocka_unit_test(test_padding_never_hides_a_reservation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
