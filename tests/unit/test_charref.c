/* test_charref.c - character references: the standard's list, its numbers, and what is none. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "core/utf8.h"
#include "pipeline/extract/charref.h"

static void expect_text(const char *in, bool value, const char *want)
{
    struct buf out = { 0 };
    charref_put(span_cstr(in), value, &out);
    expect_span(buf_view(&out), want);
    buf_release(&out);
}

static void test_references_in_text(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        { "caf&eacute;, fish &amp; chips &lt;b&gt;", "caf\303\251, fish & chips <b>" },
        { "&copy 2025 &copy2025 &nbsp&nbsp;x", "\302\251 2025 \302\2512025 \302\240\302\240x" },
        { "AT&T R&D & &; && &", "AT&T R&D & &; && &" },
        { "&check;&CounterClockwiseContourIntegral;&fjlig;", "\342\234\223\342\210\263fj" },
        { "&check &hellip", "&check &hellip" }, /* new names need their semicolon */
        { "I'm &notit; I tell you", "I'm \302\254it; I tell you" }, /* the standard's own example, and the next */
        { "I'm &notin; I tell you", "I'm \342\210\211 I tell you" },
        { "&ampamp; &AMP; &EACUTE;", "&amp; & &EACUTE;" },
        { "&#8217;&#x2019;&#X2019 &#8217x", "\342\200\231\342\200\231\342\200\231 \342\200\231x" },
        { "it&#146;s &#151; &#x80;", "it\342\200\231s \342\200\224 \342\202\254" }, /* windows-1252 */
        { "&#0;&#xD800;&#x110000;&#99999999999999999999;", "" },
        { "&#; &#x; &#xg;", "&#; &#x; &#xg;" },
        { "&#60;p&#62; &#38;amp;", "<p> &amp;" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_text(rows[i].in, false, rows[i].want);
}

static void test_references_in_values(void **state)
{
    expect_text("?a=1&copy=2&reg=3&amp;x", true, "?a=1&copy=2&reg=3&x");
    expect_text("&copyx &copy;=1 &copy", true, "&copyx \302\251=1 \302\251");
    expect_text("say &quot;\"hi\"", true, "say \"\"hi\"");
    expect_text("&lt;b>", true, "<b>");
}

static void test_the_list(void **state)
{
    size_t bare = 0;
    for (size_t i = 0; i < CHARREFS; i++) {
        char in[64], after[64];
        const struct charref *r = &charrefs[i];
        struct buf want = { 0 };
        bare += r->bare;
        if (i)
            assert_true(strcmp(charrefs[i - 1].name, r->name) < 0);
        assert_true(utf8_valid(span_cstr(r->text)));
        buf_puts(&want, r->text);
        buf_putc(&want, 0);
        snprintf(in, sizeof in, "&%s;", r->name);
        expect_text(in, false, want.p);
        /* What follows a bare name stays. */
        snprintf(in, sizeof in, "&%s!", r->name);
        snprintf(after, sizeof after, "%s!", want.p);
        if (r->bare)
            expect_text(in, false, after);
        buf_release(&want);
    }
    assert_int_equal(bare, 106);
}

static void test_no_nul_and_no_reading_past_the_end(void **state)
{
    struct buf out = { 0 };
    charref_put(span_of("a\0b&am\0p;", 9), false, &out);
    expect_span(buf_view(&out), "ab&amp;");
    for (size_t n = 0; n <= 8; n++) {
        char *exact = malloc(n ? n : 1); /* sanitizers see a byte too far */
        memcpy(exact, "&#x2019;", n);
        buf_reset(&out);
        charref_put(span_of(exact, n), n % 2, &out);
        free(exact);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references_in_text),
        cmocka_unit_test(test_references_in_values),
        cmocka_unit_test(test_the_list),
        cmocka_unit_test(test_no_nul_and_no_reading_past_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
