/* test_optout.c - the robots snapshot, and the two opt-out stages. */
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/filters.h"
#include "filters/optout.h"

#define SNAPSHOT "build/test_optout.snapshot"

static const struct robots_capture captures[] = {
    { SPAN("http://a.org/robots.txt"), SPAN("2025-01-01T00:00:00Z"), 200, { 0 },
      SPAN("User-agent: *\nDisallow: /") },
    { SPAN("http://a.org/robots.txt"), SPAN("2025-03-01T00:00:00Z"), 200, { 0 },
      SPAN("User-agent: GPTBot\nDisallow: /x\n") },
    { SPAN("HTTP://A.org:80/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 500, { 0 }, SPAN("") },
    { SPAN("https://b.org/robots.txt"), SPAN("2025-02-01T00:00:00.5Z"), 301, SPAN("//www.b.org/x/../r.txt"),
      SPAN("") },
    { SPAN("https://www.b.org/r.txt"), SPAN("2025-02-01T00:00:00Z"), 302, SPAN("real.txt"), SPAN("") },
    { SPAN("https://www.b.org/real.txt"), SPAN("2025-02-01T00:00:00Z"), 200, { 0 },
      SPAN("User-agent: *\nDisallow: /p\n") },
    { SPAN("https://c.org/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 404, { 0 }, SPAN("") },
    { SPAN("https://d.org/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 503, { 0 }, SPAN("") },
    { SPAN("https://e.org/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 301, SPAN("https://no.org/robots.txt"),
      SPAN("") },
    { SPAN("https://f.org:8443/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 429, { 0 }, SPAN("") },
    { SPAN("https://g.org/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 301, SPAN("/robots.txt"), SPAN("") },
    { SPAN("https://h.org/robots.txt?x"), SPAN("2025-02-01T00:00:00Z"), 200, { 0 }, SPAN("") },
    { SPAN("https://i.org/robots.txt"), SPAN("yesterday"), 200, { 0 }, SPAN("") },
    { SPAN("https://j.org/robots.txt"), SPAN("2025-02-01T00:00:00Z"), 304, { 0 }, SPAN("") },
};

static struct robots_built build(const char *path, bool backwards)
{
    struct robots_builder *b = NULL;
    struct robots_built built;
    struct error e = { 0 };
    assert_int_equal(builder_new(&b, path, &e), 0);
    do
        for (size_t i = 0; i < COUNT(captures); i++)
            assert_int_equal(builder_add(b, &captures[backwards ? COUNT(captures) - 1 - i : i], &e), 0);
    while (builder_wants(b));
    assert_int_equal(builder_commit(b, NULL, &built, &e), 0);
    builder_free(b);
    return built;
}

static int make_snapshot(void **state)
{
    build(SNAPSHOT, false);
    return 0;
}

static void test_the_order_of_captures_does_not_matter(void **state)
{
    char one[65], two[65];
    struct error e;
    struct robots_built built = build(SNAPSHOT ".2", true);
    assert_int_equal(built.hosts, 5);
    assert_int_equal(built.unresolved, 3);
    assert_string_equal(built.date, "2025-03-01T00:00:00Z");
    assert_int_equal(file_sha256(SNAPSHOT, one, NULL, &e), 0);
    assert_int_equal(file_sha256(SNAPSHOT ".2", two, NULL, &e), 0);
    assert_string_equal(one, two);
    unlink(SNAPSHOT ".2");
}

static void test_status_and_redirects_decide_what_a_host_says(void **state)
{
    static const struct { const char *key; int found, status; enum robots_host host; unsigned hops; } rows[] = {
        { "http://a.org", 1, 200, ROBOTS_HOST_RULES, 0 }, { "https://a.org", 0, 0, 0, 0 },
        { "https://b.org", 1, 200, ROBOTS_HOST_RULES, 2 }, { "https://www.b.org", 0, 0, 0, 0 },
        { "https://c.org", 1, 404, ROBOTS_HOST_NONE, 0 }, { "https://d.org", 1, 503, ROBOTS_HOST_REFUSED, 0 },
        { "https://e.org", 0, 0, 0, 0 }, { "https://f.org:8443", 1, 429, ROBOTS_HOST_REFUSED, 0 },
        { "https://f.org", 0, 0, 0, 0 }, { "https://g.org", 0, 0, 0, 0 }, { "https://h.org", 0, 0, 0, 0 },
        { "https://i.org", 0, 0, 0, 0 }, { "https://j.org", 0, 0, 0, 0 }, { "", 0, 0, 0, 0 }, { "zzz", 0, 0,
                0, 0 },
    };
    struct robots_snapshot *s;
    struct robots_entry entry;
    struct error e;
    assert_int_equal(snapshot_open(&s, SNAPSHOT, &e), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(snapshot_find(s, span_cstr(rows[i].key), &entry, &e), rows[i].found);
        if (!rows[i].found)
            continue;
        assert_int_equal(entry.status, rows[i].status);
        assert_int_equal(entry.host, rows[i].host);
        assert_int_equal(entry.hops, rows[i].hops);
    }
    snapshot_close(s);
}

static void test_any_flipped_bit_is_an_error(void **state)
{
    struct error e;
    struct buf b = { 0 };
    assert_int_equal(file_read(SNAPSHOT, 1 << 20, &b, &e), 0);
    for (size_t i = 0; i < b.n; i++) {
        struct robots_snapshot *s;
        b.p[i] ^= 4;
        if (snapshot_use(&s, buf_view(&b), "x", &e) == 0)
            fail_msg("byte %zu", i);
        assert_int_equal(e.code, ERR_FORMAT);
        b.p[i] ^= 4;
    }
    for (size_t n = 0; n < b.n; n++) {
        struct robots_snapshot *s;
        assert_int_equal(snapshot_use(&s, span_of(b.p, n), "x", &e), -ERR_FORMAT);
    }
    buf_release(&b);
}

/* ---- the stages ---- */

static const struct conf_key *tables[2];

static struct config *settings(const char *const *sets, size_t n)
{
    struct error e;
    tables[0] = optout_url_stage.keys;
    struct config *c = config_new(tables);
    assert_int_equal(config_set(c, "optout.as_of=2025-03-10", &e), 0);
    assert_int_equal(config_set(c, "optout.snapshot=" SNAPSHOT, &e), 0);
    for (size_t i = 0; i < n && sets[i]; i++)
        assert_int_equal(config_set(c, sets[i], &e), 0);
    return c;
}

static void test_no_snapshot_or_an_old_one_is_a_gate(void **state)
{
    static const struct { const char *set[2]; int rc; } rows[] = {
        { { NULL }, 0 },
        { { "optout.snapshot=" }, -ERR_GATE },
        { { "optout.snapshot=build/nothing-here" }, -ERR_GATE },
        { { "optout.snapshot=Makefile" }, -ERR_GATE },
        { { "optout.max_age=8" }, -ERR_GATE },
        { { "optout.max_age=9" }, 0 },
        { { "optout.as_of=2027-01-01" }, -ERR_GATE },
        { { "optout.as_of=2027-01-01", "optout.max_age=0" }, 0 },
        { { "optout.as_of=" }, -ERR_GATE },
        { { "optout.snapshot=", "optout.robots=false" }, 0 },
        { { "optout.agents=" }, -ERR_USAGE },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config *c = settings(rows[i].set, 2);
        void *stage = NULL;
        struct error e;
        if (optout_url_stage.open(c, &stage, &e) != rows[i].rc)
            fail_msg("row %zu", i);
        optout_url_stage.close(stage);
        config_free(c);
    }
}

static struct field *fields(struct arena *a, const char *const *pairs)
{
    struct field *first = NULL, **tail = &first;
    for (size_t i = 0; pairs && i < 8 && pairs[i]; i += 2) {
        *tail = arena_zalloc(a, sizeof **tail);
        **tail = (struct field){ span_cstr(pairs[i]), span_cstr(pairs[i + 1]), NULL };
        tail = &(*tail)->next;
    }
    return first;
}

struct page {
    const char *set, *url;
    const char *http[8], *metas[8];
    const char *rule;      /* NULL: kept */
    const char *signals;   /* "signal:verdict ..." in order */
    bool text_alone;       /* a WET record: no head, no HTML */
};

static void run(const struct page *p, struct document *d, struct arena *a)
{
    struct config *c = settings(&p->set, p->set ? 1 : 0);
    void *url_stage = NULL, *page_stage = NULL;
    struct error e;
    assert_int_equal(optout_url_stage.open(c, &url_stage, &e), 0);
    assert_int_equal(optout_page_stage.open(c, &page_stage, &e), 0);
    void *x = optout_url_stage.scratch_new(url_stage);
    *d = (struct document){ .arena = a, .url = span_cstr(p->url), .date = SPAN("2025-02-02T00:00:00Z") };
    d->http = fields(a, p->http);
    assert_int_equal(optout_url_stage.apply(url_stage, x, d, &e), 0);
    d->facts.metas = fields(a, p->metas);
    if (!p->text_alone)
        d->payload = SPAN("<p>");
    if (d->verdict == DOC_KEPT)
        assert_int_equal(optout_page_stage.apply(page_stage, NULL, d, &e), 0);
    for (struct evidence *v = d->evidence; v; v = v->next) { /* what lies in the snapshot goes with it */
        v->date = arena_dup(a, v->date);
        v->text = arena_dup(a, v->text);
    }
    optout_url_stage.scratch_free(x);
    optout_url_stage.close(url_stage);
    optout_page_stage.close(page_stage);
    config_free(c);
}

static void test_each_signal_refuses_and_leaves_its_evidence(void **state)
{
    static const struct page pages[] = {
        { NULL, "http://a.org/y", { NULL }, { NULL }, NULL, "robots:allowed " },
        { NULL, "http://a.org/x", { NULL }, { NULL }, "robots_refused", "robots:refused " },
        { "optout.agents=CCBot", "http://a.org/x", { NULL }, { NULL }, NULL, "robots:allowed " },
        { NULL, "https://b.org/p", { NULL }, { NULL }, "robots_refused", "robots:refused " },
        { NULL, "https://c.org/p", { NULL }, { NULL }, NULL, "robots:allowed " },
        { NULL, "https://d.org/p", { NULL }, { NULL }, "robots_refused", "robots:refused " },
        { NULL, "https://zz.org/p", { NULL }, { NULL }, "robots_unknown_host", "robots:refused " },
        { "optout.unknown_host=allow", "https://zz.org/p", { NULL }, { NULL }, NULL, "robots:unknown " },
        { NULL, "not a URL", { NULL }, { NULL }, "robots_unknown_host", "robots:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "nofollow, NOAI" }, { NULL }, "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "x-robots-tag", "nofollow", "X-Robots-Tag", "noml" }, { NULL },
          "x_robots_tag",
          "robots:allowed x-robots-tag:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "noimageai" }, { NULL }, NULL,
          "robots:allowed x-robots-tag:allowed " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "googlebot: noai" }, { NULL }, NULL, "robots:allowed " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "gptbot: noai" }, { NULL }, "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "none" }, { NULL }, "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { "optout.noindex=false", "https://c.org/", { "X-Robots-Tag", "noindex" }, { NULL }, NULL,
          "robots:allowed x-robots-tag:allowed " },
        { "optout.noarchive=true", "https://c.org/", { "X-Robots-Tag", "noarchive" }, { NULL }, "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "unavailable_after: 25 Feb 2025 15:00:00 PST" }, { NULL },
          "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag",
                                    "unavailable_after: Tuesday, 25-Mar-25 15:00:00 GMT, noai" }, { NULL },
          "x_robots_tag", "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "unavailable_after: Tue, 25 Mar 2025 15:00:00 GMT" },
          { NULL }, NULL,
          "robots:allowed x-robots-tag:allowed " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "unavailable_after: 2025-03-10" }, { NULL }, "x_robots_tag",
          "robots:allowed x-robots-tag:refused " },
        { NULL, "https://c.org/", { "X-Robots-Tag", "unavailable_after: soon" }, { NULL }, NULL,
          "robots:allowed x-robots-tag:unknown " },
        { "optout.headers=false", "https://c.org/", { "X-Robots-Tag", "noai" }, { NULL }, NULL,
          "robots:allowed " },
        { NULL, "https://c.org/", { "tdm-reservation", " 1 " }, { NULL }, "tdmrep_header",
          "robots:allowed tdmrep-header:refused " },
        { NULL, "https://c.org/", { "TDM-Reservation", "yes" }, { NULL }, NULL,
          "robots:allowed tdmrep-header:unknown " },
        { NULL, "https://c.org/", { "TDM-Reservation", "0" }, { "tdm-reservation", "1" }, "tdmrep_meta",
          "robots:allowed tdmrep-header:allowed tdmrep-meta:refused " },
        { "optout.tdmrep=false", "https://c.org/", { "TDM-Reservation", "1" }, { "tdm-reservation", "1" },
          NULL, "robots:allowed " },
        { NULL, "https://c.org/", { NULL }, { "robots", "index,noai" }, "meta_robots",
          "robots:allowed meta-robots:refused " },
        { NULL, "https://c.org/", { NULL }, { "CCBot", "noai" }, "meta_robots",
          "robots:allowed meta-robots:refused " },
        { NULL, "https://c.org/", { NULL }, { "googlebot", "noai" }, NULL, "robots:allowed " },
        { NULL, "https://c.org/", { NULL }, { "robots", "index, follow, max-snippet:-1" }, NULL,
          "robots:allowed meta-robots:allowed " },
        { "optout.meta=false", "https://c.org/", { NULL }, { "robots", "noai" }, NULL, "robots:allowed " },
        { NULL, "https://c.org/", { NULL }, { NULL }, NULL, "robots:allowed meta-robots:unknown ", true },
        { "optout.meta=false", "https://c.org/", { NULL }, { NULL }, NULL, "robots:allowed x-robots-tag:unknown ", true },
    };
    for (size_t i = 0; i < COUNT(pages); i++) {
        struct arena a;
        struct document d;
        struct buf got = { 0 };
        arena_init(&a, 0);
        run(&pages[i], &d, &a);
        for (const struct evidence *v = d.evidence; v; v = v->next)
            buf_printf(&got, "%s:%s ", v->signal, v->verdict);
        if (!span_is(buf_view(&got), pages[i].signals))
            fail_msg("row %zu: %.*s", i, (int)got.n, got.p);
        if (pages[i].rule ? !d.rule || strcmp(d.rule, pages[i].rule) != 0 : d.verdict != DOC_KEPT)
            fail_msg("row %zu: rule %s", i, d.rule ? d.rule : "none");
        buf_release(&got);
        arena_release(&a);
    }
}

/* A list that is misread must not become an agent that no robots.txt names: that would allow everything. */
static void test_what_is_no_name_of_an_agent_is_refused(void **state)
{
    static const struct { const char *set; int rc; } rows[] = {
        { "optout.agents=GPTBot", 0 }, { "optout.agents=[\"GPTBot\", \"*\"]", 0 }, { "optout.agents=CCBot/2.0", 0 },
        { "optout.agents=[]", -ERR_USAGE }, { "optout.agents=", -ERR_USAGE }, { "optout.agents=\"GPTBot\"", -ERR_USAGE },
        { "optout.agents=GPT Bot", -ERR_USAGE }, { "optout.agents=*,{x}", -ERR_USAGE },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config *c = settings(&rows[i].set, 1);
        void *stage = NULL;
        struct error e;
        assert_int_equal(optout_url_stage.open(c, &stage, &e), rows[i].rc);
        if (rows[i].rc == 0)
            optout_url_stage.close(stage);
        config_free(c);
    }
}

static void test_evidence_has_digest_date_agents_and_line(void **state)
{
    static const struct page refused = { NULL, "http://a.org/x", { NULL }, { NULL }, NULL, NULL };
    static const struct page allowed = { NULL, "http://a.org/y", { "TDM-Reservation", "1", "tdm-policy",
            "https://p" }, { NULL }, NULL, NULL };
    struct arena a;
    struct document d;
    arena_init(&a, 0);
    run(&refused, &d, &a);
    expect_span(d.evidence->text, "GPTBot: line 2: Disallow: /x");
    expect_span(d.evidence->date, "2025-03-01T00:00:00Z");
    expect_span(d.evidence->source, "sha256:86eaaf35c6b9d83e138ea0f105787af437b5f7b09f2a3b66eaf5d4e6bb9356ff");
    run(&allowed, &d, &a);
    expect_span(d.evidence->text, "all agents: no rule");
    expect_span(d.evidence->next->text, "TDM-Reservation: 1; tdm-policy: https://p");
    expect_span(d.evidence->next->source, "http://a.org/y");
    arena_release(&a);
}

static void test_texts_of_evidence_are_short_valid_utf8(void **state)
{
    struct arena a;
    char long_text[600];
    arena_init(&a, 0);
    memset(long_text, 0xff, sizeof long_text);
    struct span s = optout_text(&a, span_of(long_text, sizeof long_text));
    assert_true(s.n <= OPTOUT_TEXT && s.n % 3 == 0 && s.n > 200);
    expect_span(optout_text(&a, SPAN("a\n\xc3")), "a \xEF\xBF\xBD");
    arena_release(&a);
}

static void test_dates_of_every_form_are_read(void **state)
{
    static const struct { const char *text; long days; } rows[] = {
        { "1970-01-01", 0 }, { "2025-03-10T01:02:03Z", 20157 }, { "10 Mar 2025 23:59:59 GMT", 20157 },
        { "Monday, 10-Mar-25 15:00:00 EST", 20157 }, { "Mon Mar 10 15:00:00 2025", 20157 },
            { "March 10, 2025", 20157 },
        { "29 Feb 2000", 11016 }, { "soon", -1 }, { "", -1 }, { "2025-13-01", -1 }, { "10 2025", -1 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        long days = -1;
        bool good = optout_date(span_cstr(rows[i].text), &days);
        if (good != (rows[i].days >= 0) || (good && days != rows[i].days))
            fail_msg("%s: %ld", rows[i].text, days);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_order_of_captures_does_not_matter),
        cmocka_unit_test(test_status_and_redirects_decide_what_a_host_says),
        cmocka_unit_test(test_any_flipped_bit_is_an_error),
        cmocka_unit_test(test_no_snapshot_or_an_old_one_is_a_gate),
        cmocka_unit_test(test_each_signal_refuses_and_leaves_its_evidence),
        cmocka_unit_test(test_what_is_no_name_of_an_agent_is_refused),
        cmocka_unit_test(test_evidence_has_digest_date_agents_and_line),
        cmocka_unit_test(test_texts_of_evidence_are_short_valid_utf8),
        cmocka_unit_test(test_dates_of_every_form_are_read),
    };
    return cmocka_run_group_tests(tests, make_snapshot, NULL);
}
