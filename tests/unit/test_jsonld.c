/* test_jsonld.c - which entity of a page's JSON-LD speaks for it, and what hostile scripts take. */
#include "tests/unit/test.h"


#include "pipeline/extract/jsonld.h"

static struct arena arena;

static int set_up(void **state)
{
    arena_init(&arena, JSONLD_MAX_MEMORY);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

/* "title;author;published;licence;language;body" of up to two scripts. */
static void expect_facts(const char *one, const char *two, const char *want)
{
    struct strip_data data = { .v = { span_cstr(one), span_cstr(two) }, .n = two ? 2 : 1 };
    struct jsonld ld;
    struct buf got = { 0 };
    arena_reset(&arena);
    jsonld_read(&data, &arena, &ld);
    buf_printf(&got, "%.*s;%.*s;%.*s;%.*s;%.*s;%.*s", SPAN_ARG(ld.title), SPAN_ARG(ld.author), SPAN_ARG(ld.published), SPAN_ARG(ld.licence),
               SPAN_ARG(ld.language), SPAN_ARG(ld.body));
    expect_span(buf_view(&got), want);
    buf_release(&got);
}

static void test_one_entity_speaks_for_the_page(void **state)
{
    static const struct {
        const char *json, *want;
    } rows[] = {
        { "{'@type':'Article','headline':'H','author':'A','datePublished':'D','license':'L','inLanguage':'de','articleBody':'B'}", "H;A;D;L;de;B" },
        { "{'@type':['Thing','https://schema.org/NewsArticle'],'headline':'H'}", "H;;;;;" },
        { "{'@type':'BlogPosting','name':'N','author':[{'name':'A'},{'@type':'Person','name':'B'},'C']}", "N;A, B, C;;;;" },
        { "[{'@type':'Organization','name':'O'},{'@type':'Article','headline':'H'}]", "H;;;;;" },
        { "{'@graph':[{'@type':'WebPage','name':'P','datePublished':'D','inLanguage':'en'},{'@type':'Article','headline':'H'}]}", "H;;D;;en;" },
        { "{'@graph':[{'@type':'Article','author':{'@id':'#a'}},{'@type':'Person','@id':'#a','name':'A'}]}", ";A;;;;" },
        { "{'@type':'Article','license':{'@type':'CreativeWork','url':'L'},'inLanguage':{'@type':'Language','alternateName':'en'}}", ";;;L;en;" },
        { "{'@type':'Article','license':{'@id':'L'}}", ";;;L;;" },
        { "{'@type':'WebPage','mainEntity':{'@type':'Article','headline':'H','articleBody':'B'}}", "H;;;;;B" },
        { "{'@type':'Product','name':'N','articleBody':'B'}", "N;;;;;" },
        { "{'@type':'JobPosting','name':'N'}", "N;;;;;" },
        { "{'@type':'ItemList','itemListElement':[{'@type':'Article','headline':'H'}]}", ";;;;;" },
        { "{'headline':'H'}", ";;;;;" },
        { "{'@type':'Article','headline':['H','I'],'author':7,'datePublished':null,'articleBody':{}}", "H;;;;;" },
        { "[{'@type':'Article','headline':'H','author':'A','articleBody':'B'},{'@type':'Article','headline':'I'},{'@type':'WebPage','name':'P',"
          "'author':'A','inLanguage':'en'}]", "P;;;;;" },
        { "[{'@type':'Article','headline':'H'},{'@type':'Article','headline':'H','author':'A'}]", "H;A;;;;" },
        { "<!-- {'@type':'Article','headline':'H'} -->", "H;;;;;" },
        { "//<![CDATA[\n{'@type':'Article','headline':'H'}\n//]]>", "H;;;;;" },
        { "/*<![CDATA[*/{'@type':'Article','headline':'H'};/*]]>*/", "H;;;;;" },
        { "{'@type':'Article','headline':'cut \\ud83d'}", "cut \xef\xbf\xbd;;;;;" },
        { "{'@type':'Article','headline':'two\nlines','headline':'second'}", "two\nlines;;;;;" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char json[512];
        snprintf(json, sizeof json, "%s", rows[i].json);
        for (char *p = json; *p; p++)
            if (*p == '\'')
                *p = '"';
        expect_facts(json, NULL, rows[i].want);
    }
}

static void test_what_is_no_json_is_passed_over(void **state)
{
    static const char good[] = "{\"@type\":\"Article\",\"headline\":\"H\"}";
    static const char *const bad[] = { "", " ", "{", "[", "}", "{\"@type\":\"Article\",\"headline\":\"I\",}", "{'a':1}", "null", "7", "\"Article\"",
                                       "{\"@type\":\"Article\",\"headline\":\"I\"} x", "<!--", "//", "]]>", "/*", ";", "\\", "{\"@type\":\"Article\",\"headline\":\"I\\x\"}" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_facts(bad[i], good, "H;;;;;");
        expect_facts(good, bad[i], "H;;;;;");
    }
}

/* Sixteen scripts of half a megabyte, each of a kind that is dear to a naive reader: memory is bounded (tests/fault has what they cost). */
static void test_hostile_scripts_are_bounded(void **state)
{
    static const struct {
        const char *open, *item, *close;
    } kinds[] = {
        { "{\"@type\":\"Article\"", ",\"a\":1", "}" },
        { "[0", ",1", "]" },
        { "[0", ",{\"@type\":\"Article\",\"author\":{\"@id\":\"x\"},\"license\":{\"@id\":\"x\"}}", "]" },
        { "", "[", "" },
        { "", "{\"mainEntity\":", "" },
        { "{\"@type\":[\"Article\"", ",\"Article\"", "]}" },
        { "{\"@type\":\"Article\",\"author\":[\"a\"", ",\"aaaaaaaaaaaaaaaaaaaaaaaa\"", "]}" },
        { "\"", "\\u0041", "\"" },
        { "", "/*", "" },
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct strip_data data = { .n = STRIP_MAX_DATA };
        struct buf script = { 0 };
        struct jsonld ld;
        buf_puts(&script, kinds[i].open);
        while (script.n < 500000)
            buf_puts(&script, kinds[i].item);
        buf_puts(&script, kinds[i].close);
        for (size_t k = 0; k < STRIP_MAX_DATA; k++)
            data.v[k] = buf_view(&script);
        arena_reset(&arena);
        jsonld_read(&data, &arena, &ld);
        assert_true(arena.used <= JSONLD_MAX_MEMORY + (64u << 10));
        buf_release(&script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_entity_speaks_for_the_page),
        cmocka_unit_test(test_what_is_no_json_is_passed_over),
        cmocka_unit_test(test_hostile_scripts_are_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
