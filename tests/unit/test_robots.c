/* test_robots.c - robots.txt under its three policies. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "filters/robots.h"

static struct robots_answer ask(enum robots_policy policy, struct span text, const char *agent,
                                const char *url, struct span *rule)
{
    static char copy[256];
    struct robots r;
    struct robots_target t;
    struct buf b = { 0 };
    robots_parse(&r, policy, text);
    robots_target(policy, span_cstr(url), &b, &t);
    struct robots_answer a = robots_ask(&r, span_cstr(agent), &t);
    snprintf(copy, sizeof copy, "%.*s", (int)a.rule.n, a.rule.p ? a.rule.p : "");
    if (rule)
        *rule = span_cstr(copy);
    robots_release(&r);
    buf_release(&b);
    return a;
}

struct row {
    const char *text, *agent, *path;
    bool allow;
    uint32_t line;
};

static void check(enum robots_policy policy, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *url = xasprintf("https://example.org%s", rows[i].path);
        struct robots_answer a = ask(policy, span_cstr(rows[i].text), rows[i].agent, url, NULL);
        if (a.allow != rows[i].allow || a.line != rows[i].line)
            fail_msg("row %zu: %s for %s: allow %d line %u", i, rows[i].path, rows[i].agent, a.allow, a.line);
        free(url);
    }
}

/* RFC 9309 sections 2.2.1 to 2.2.4 and 5.1, 5.2. */
static void test_groups_and_rules_are_read_as_rfc_9309_says(void **state)
{
    static const char three[] = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n"
                                "User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n"
                                "User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\nUser-Agent: quxbot\n";
    static const char longest[] = "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
    static const struct row rows[] = {
        { three, "foobot", "/x", false, 7 },
        { three, "foobot", "/example/page.html", true, 8 },
        { three, "FooBot", "/example/allowed.gif", true, 9 },
        { three, "barbot", "/example/page.html", false, 13 },
        { three, "bazbot", "/example/page.html", false, 13 },
        { three, "bazbot", "/a.gif", true, 0 },
        { three, "quxbot", "/example/", true, 0 },
        { three, "other", "/a/b.gif", false, 2 },
        { three, "other", "/a/b.gif?x", true, 0 },
        { three, "other", "/publications/x", true, 4 },
        { longest, "foobot", "/example/page/disallowed.gif", false, 3 },
        { longest, "foobot", "/example/page/other.gif", true, 2 },
        { "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /y\nuser-agent: A\ndisallow: /z", "a", "/z",
          false, 6 },
        { "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /y\nuser-agent: A\ndisallow: /z", "a", "/x",
          false, 2 },
        { "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /y\nuser-agent: A\ndisallow: /z", "a", "/y",
          true, 0 },
        { "user-agent: a\nsitemap: https://example.org/s\ncrawl-delay: 1\nuser-agent: b\ndisallow: /", "a",
          "/", false, 5 },
        { "disallow: /\nuser-agent: a\nallow: /x", "a", "/y", true, 0 },
        { "user-agent: a\nallow: /p\ndisallow: /p", "a", "/p", true, 2 },
        { "user-agent: a\ndisallow: /p\nallow: /p", "a", "/p", true, 3 },
        { "user-agent: a\ndisallow:", "a", "/p", true, 0 },
        { "user-agent: *\ndisallow: /", "a", "/robots.txt", true, 0 },
        { "user-agent: *\ndisallow: /\nuser-agent: a\n", "a", "/x", true, 0 },
        { "user-agent: a\ndisallow: /Path", "a", "/path", true, 0 },
        { "", "a", "/", true, 0 },
    };
    check(ROBOTS_RFC, rows, COUNT(rows));
}

static void test_special_characters_and_escapes_match_as_rfc_9309_says(void **state)
{
    static const struct row rows[] = {
        { "user-agent: a\ndisallow: /foo/bar/*/baz", "a", "/foo/bar/q/r/baz", false, 2 },
        { "user-agent: a\ndisallow: /*", "a", "/", false, 2 },
        { "user-agent: a\ndisallow: /a$", "a", "/a", false, 2 },
        { "user-agent: a\ndisallow: /a$", "a", "/ab", true, 0 },
        { "user-agent: a\ndisallow: /a$b", "a", "/a$b", false, 2 },
        { "user-agent: a\ndisallow: /a # b", "a", "/a", false, 2 },
        { "user-agent: a\ndisallow: /a%23b", "a", "/a%23b", false, 2 },
        { "user-agent: a\ndisallow: /f%2A.html", "a", "/f*.html", false, 2 },
        { "user-agent: a\ndisallow: /f%2A.html", "a", "/fx.html", true, 0 },
        { "user-agent: a\ndisallow: /f%24", "a", "/f$", false, 2 },
        { "user-agent: a\ndisallow: /foo/bar?baz=quz", "a", "/foo/bar?baz=quz", false, 2 },
        { "user-agent: a\ndisallow: /x?baz=https://foo.bar", "a", "/x?baz=https%3A%2F%2Ffoo.bar", false, 2 },
        { "user-agent: a\ndisallow: /x?baz=https%3A%2f%2Ffoo.bar", "a", "/x?baz=https://foo.bar", false, 2 },
        { "user-agent: a\ndisallow: /*/private", "a", "/x?u=/private", false, 2 },
        { "user-agent: a\ndisallow: /b/\xE3\x83\x84", "a", "/b/%E3%83%84", false, 2 },
        { "user-agent: a\ndisallow: /b/%e3%83%84", "a", "/b/\xE3\x83\x84", false, 2 },
        { "user-agent: a\ndisallow: /%62%61%7A", "a", "/baz", false, 2 },
        { "user-agent: a\ndisallow: /a%2Fb", "a", "/a/b", true, 0 },
        { "user-agent: a\ndisallow: /\xFF", "a", "/%ff", false, 2 },
        { "user-agent: a\ndisallow: /%zz", "a", "/%zz", false, 2 },
    };
    check(ROBOTS_RFC, rows, COUNT(rows));
}

static void test_lines_are_counted_and_slips_are_forgiven(void **state)
{
    static const struct row rows[] = {
        { "\xEF\xBB\xBFuser-agent: a\ndisallow: /", "a", "/", false, 2 },
        { "user-agent: a\r\rdisallow: /", "a", "/", false, 3 },
        { "user-agent: a\r\n\r\ndisallow: /", "a", "/", false, 3 },
        { "\n\r\n\ruser-agent: a\n\rdisallow: /", "a", "/", false, 6 },
        { "user-agent a\ndisallow /x", "a", "/x", false, 2 },
        { "useragent: a\ndissallow: /x", "a", "/x", false, 2 },
        { "user agent: a\ndisalow: /x", "a", "/x", false, 2 },
        { " User-Agent :\ta \n  Disallow :  /x  ", "a", "/x", false, 2 },
        { "user-agent: a\nthis is not a rule\n\x01\xff\ndisallow: /x", "a", "/x", false, 4 },
        { "user-agent: a/2.0\ndisallow: /x", "a", "/x", false, 2 },
        { "user-agent: a b\ndisallow: /x", "a", "/x", false, 2 },
        { "user-agent: * b\ndisallow: /x", "z", "/x", false, 2 },
        { "user-agent: a\ndisallow: /x", "ab", "/x", true, 0 },
        { "user-agent: ab\ndisallow: /x", "a", "/x", true, 0 },
    };
    check(ROBOTS_RFC, rows, COUNT(rows));
}

static void test_urls_of_every_form_have_a_path(void **state)
{
    static const struct { const char *url, *path; } rows[] = {
        { "https://example.org", "/" }, { "https://example.org/", "/" }, { "https://example.org?q", "/?q" },
        { "https://example.org#f", "/" }, { "https://example.org/a#f", "/a" }, { "//example.org/a", "/a" },
            { "/a/b", "/a/b" },
        { "example.org/a", "/a" }, { "", "/" }, { "https://u:p@example.org:8080/a;b?c=d", "/a;b?c=d" },
        { "https://example.org/a?u=http://b/c", "/a?u=http://b/c" }, { "http://example.org/%7Euser", "/~user" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = { 0 };
        struct robots_target t;
        robots_target(ROBOTS_RFC, span_cstr(rows[i].url), &b, &t);
        expect_span(t.path, rows[i].path);
        buf_release(&b);
    }
}

static void test_union_misses_no_way_of_naming_an_agent(void **state)
{
    static const struct { const char *value, *agent; bool rfc, all; } rows[] = {
        { "AI2Bot", "AI2Bot", false, true }, { "CCBot/2.0", "CCBot", true, true }, { "CCBot/2.0", "CCBot/2.0",
                true, true }, { "GPTBot", "GPTBot/1.2", true, true }, { "GPT", "GPTBot/1.2", false, false },
        { "GPTBot/1.1", "GPTBot", true, true }, { "CCBot, GPTBot", "GPTBot", false, true }, { "CCBot GPTBot",
                "GPTBot", false, true },
        { "GPTBot CCBot/1.0", "CCBot", false, true }, { "meta-externalagent/1.1", "Meta-ExternalAgent", true,
                                                        true },
        { "Bot", "CCBot", false, false }, { "e", "GPTBot", false, false }, { "Google", "Google-Extended",
                false, false },
        { "*Bot", "CCBot", false, false }, { "ccbot", "CCBot", true, true },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = xasprintf("User-agent: %s\nDisallow: /\n", rows[i].value);
        assert_int_equal(ask(ROBOTS_RFC, span_cstr(text), rows[i].agent, "http://x/", NULL).allow,
                         !rows[i].rfc);
        assert_int_equal(ask(ROBOTS_UNION, span_cstr(text), rows[i].agent, "http://x/", NULL).allow,
                         !rows[i].all);
        free(text);
    }
}

/* What Protego 0.6.1 answers; its slips included. */
static void test_apertus_answers_as_protego_does(void **state)
{
    static const struct row rows[] = {
        { "User-agent: e\nDisallow: /", "GPTBot", "/", true, 0 },
        { "User-agent: t\nDisallow: /", "GPTBot", "/", false, 2 },
        { "User-agent: bot\nDisallow: /a\nUser-agent: gptbot\nDisallow: /b", "GPTBot", "/a", true, 0 },
        { "User-agent: *Bot\nDisallow: /", "CCBot", "/", false, 2 },
        { "User-agent: GPTBot/1.1\nDisallow: /", "GPTBot", "/", true, 0 },
        { "\xEF\xBB\xBFUser-agent: *\nDisallow: /", "GPTBot", "/", true, 0 },
        { "User-agent: *\nDisallow: /\nAllow: /index.html", "GPTBot", "/", true, 3 },
        { "User-agent: *\nfoo: bar\nUser-agent: x\nDisallow: /", "GPTBot", "/", true, 0 },
        { "User-agent: *\nDisallow: /a=b", "GPTBot", "/a=b", true, 0 },
        { "User-agent: *\nDisallow: /a?b$", "GPTBot", "/a?b", true, 0 },
        { "User-agent: *\xE2\x80\xA8" "Disallow: /", "GPTBot", "/", false, 1 },
    };
    check(ROBOTS_APERTUS, rows, COUNT(rows));
    size_t n = 0;
    while (robots_apertus_agents[n])
        n++;
    assert_int_equal(n, ROBOTS_APERTUS_AGENTS);
}

/* Against a matcher that tries everything. */
static bool slow_match(struct span p, bool anchored, struct span s)
{
    if (p.n == 0)
        return !anchored || s.n == 0;
    if (p.p[0] == '*')
        return slow_match(span_from(p, 1), anchored, s) || (s.n && slow_match(p, anchored, span_from(s, 1)));
    return s.n && s.p[0] == p.p[0] && slow_match(span_from(p, 1), anchored, span_from(s, 1));
}

static void test_matching_equals_exhaustive_search(void **state)
{
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char p[8], s[10];
        size_t np, ns;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t r = seed >> 16;
        np = r % 8, ns = (r >> 3) % 10;
        for (size_t k = 0; k < np; k++)
            p[k] = "ab*"[(r >> (8 + 2 * k)) % 3];
        for (size_t k = 0; k < ns; k++)
            s[k] = "ab"[(r >> (25 + k)) % 2];
        bool anchored = (r >> 40) & 1;
        assert_int_equal(robots_match(span_of(p, np), anchored, span_of(s, ns)), slow_match(span_of(p, np),
                anchored, span_of(s, ns)));
    }
}

static void test_what_is_meant_to_cost_costs_little(void **state)
{
    struct buf b = { 0 };
    buf_puts(&b, "user-agent: a\ndisallow: /");
    for (int i = 0; i < 20000; i++)
        buf_puts(&b, "*a");
    buf_puts(&b, "*b$");
    char *url = xmalloc(60001);
    memset(url, 'a', 60000);
    url[0] = '/';
    url[60000] = 0;
    assert_true(ask(ROBOTS_RFC, buf_view(&b), "a", url, NULL).allow);
    free(url);
    buf_reset(&b);
    for (int i = 0; i < 40000; i++)
        buf_puts(&b, "user-agent: b\n");
    buf_puts(&b, "disallow: /");
    assert_true(ask(ROBOTS_RFC, buf_view(&b), "a", "http://x/", NULL).allow);
    buf_release(&b);
}

static void test_500_kib_are_read(void **state)
{
    struct buf b = { 0 };
    while (b.n < ROBOTS_MAX_BYTES - 40)
        buf_puts(&b, "# nothing\n");
    buf_puts(&b, "user-agent: a\ndisallow: /\n");
    assert_true(b.n <= ROBOTS_MAX_BYTES);
    assert_false(ask(ROBOTS_RFC, buf_view(&b), "a", "http://x/", NULL).allow);
    buf_release(&b);
}

static void test_the_deciding_line_is_given_as_it_stands(void **state)
{
    struct span rule;
    ask(ROBOTS_RFC, SPAN("user-agent: a\n  Disallow:  /x%41 # why\n"), "a", "http://x/xA", &rule);
    expect_span(rule, "Disallow:  /x%41");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_and_rules_are_read_as_rfc_9309_says),
        cmocka_unit_test(test_special_characters_and_escapes_match_as_rfc_9309_says),
        cmocka_unit_test(test_lines_are_counted_and_slips_are_forgiven),
        cmocka_unit_test(test_urls_of_every_form_have_a_path),
        cmocka_unit_test(test_union_misses_no_way_of_naming_an_agent),
        cmocka_unit_test(test_apertus_answers_as_protego_does),
        cmocka_unit_test(test_matching_equals_exhaustive_search),
        cmocka_unit_test(test_what_is_meant_to_cost_costs_little),
        cmocka_unit_test(test_500_kib_are_read),
        cmocka_unit_test(test_the_deciding_line_is_given_as_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
