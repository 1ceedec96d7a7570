/* test_json.c - strict reading, canonical writing. */
#include "tests/unit/test.h"

#include "core/json.h"

static struct json *parse(struct arena *a, struct span text)
{
    struct json *v = NULL;
    return json_parse(text, a, &v, NULL) == 0 ? v : NULL;
}

static void test_what_is_not_i_json_is_refused(void **state)
{
    static const struct span bad[] = {
        SPAN(""), SPAN(" "), SPAN("{"), SPAN("[1,]"), SPAN("{\"a\":1,}"), SPAN("{\"a\" 1}"), SPAN("{a:1}"), SPAN("01"), SPAN("1."),
        SPAN(".5"), SPAN("+1"), SPAN("1e"), SPAN("1e999"), SPAN("nul"), SPAN("true false"), SPAN("\"\x01\""), SPAN("\"\\x\""),
        SPAN("\"\\u12\""), SPAN("\"\\ud800\""), SPAN("\"\\udc00\\ud800\""), SPAN("\"\\ud800\\u0041\""), SPAN("\"\xff\""),
        SPAN("\"\xed\xa0\x80\""), SPAN("\"abc"), SPAN("\"abc\\"), SPAN("{\"a\":1,\"a\":2}"), SPAN("{\"a\":1,\"\\u0061\":2}"),
        SPAN("[1 2]"), SPAN("]"), SPAN("\"a\0b"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct arena a;
        arena_init(&a, 0);
        if (parse(&a, bad[i]))
            fail_msg("took %.*s", SPAN_ARG(bad[i]));
        arena_release(&a);
    }
}

static void test_depth_is_bounded(void **state)
{
    char deep[2 * 100000];
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    struct arena a;
    arena_init(&a, 0);
    assert_null(parse(&a, span_of(deep, sizeof deep)));
    arena_release(&a);
}

static void test_members_and_values_are_found(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    const struct json *v = parse(&a, SPAN(" { \"n\" : -1.5e3, \"s\":\"a\\n\\u00e9\\ud83d\\ude00\", \"o\":{\"k\":[1,2,3]}, \"t\":true, \"z\":null } "));
    assert_non_null(v);
    assert_true(json_num(v, "n", 0) == -1500);
    expect_span(json_str(v, "s", SPAN("")), "a\n\xc3\xa9\xf0\x9f\x98\x80");
    expect_span(json_get(v, "o")->raw, "{\"k\":[1,2,3]}");
    assert_int_equal(json_get(json_get(v, "o"), "k")->n, 3);
    assert_null(json_get(v, "x"));
    assert_int_equal(json_u64(v, "n", 7), 7);
    arena_release(&a);
}

static void test_numbers_are_written_as_ecmascript_does(void **state)
{
    /* RFC 8785 appendix B, by their bits. */
    static const struct { uint64_t bits; const char *want; } rows[] = {
        { 0x0000000000000000, "0" }, { 0x8000000000000000, "0" }, { 0x0000000000000001, "5e-324" },
        { 0x7fefffffffffffff, "1.7976931348623157e+308" }, { 0x4340000000000000, "9007199254740992" },
        { 0x4430000000000000, "295147905179352830000" }, { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
        { 0x44b52d02c7e14af6, "1e+23" }, { 0x444b1ae4d6e2ef4e, "999999999999999700000" },
        { 0x444b1ae4d6e2ef50, "1e+21" }, { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" }, { 0x3eb0c6f7a0b5ed8d, "0.000001" },
        { 0x41b3de4355555553, "333333333.3333332" }, { 0xbecbf647612f3696, "-0.0000033333333333333333" },
        { 0x43143ff3c1cb0959, "1424953923781206.2" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double d;
        struct buf b = { 0 };
        memcpy(&d, &rows[i].bits, 8);
        json_put_number(&b, d);
        expect_span(buf_view(&b), rows[i].want);
        buf_release(&b);
    }
}

static void test_canonical_form_sorts_by_utf16_and_escapes_least(void **state)
{
    struct arena a;
    struct buf b = { 0 };
    arena_init(&a, 0);
    /* U+10000 is written D800 DC00 and so sorts before U+E000. */
    const struct json *v = parse(&a, SPAN("{\"\xee\x80\x80\":1,\"\xf0\x90\x80\x80\":2,\"b\":[1.0,1e2],\"a\":\"\\u0041\\/\\u0007\\t\\\"\"}"));
    assert_non_null(v);
    json_canonical(v, &b);
    expect_span(buf_view(&b), "{\"a\":\"A/\\u0007\\t\\\"\",\"b\":[1,100],\"\xf0\x90\x80\x80\":2,\"\xee\x80\x80\":1}");
    buf_release(&b);
    arena_release(&a);
}

static void test_the_writer_places_commas(void **state)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    jw_begin(&w, '{');
    jw_member_u64(&w, "a", 1);
    jw_member_str(&w, "absent", (struct span){ 0 });
    jw_key(&w, "l");
    jw_begin(&w, '[');
    jw_bool(&w, true);
    jw_null(&w);
    jw_i64(&w, -2);
    jw_end(&w, ']');
    jw_member_str(&w, "s", SPAN("x"));
    jw_end(&w, '}');
    expect_span(buf_view(&b), "{\"a\":1,\"l\":[true,null,-2],\"s\":\"x\"}");
    buf_release(&b);
}

static void test_loose_takes_what_pages_write(void **state)
{
    static const struct {
        const char *text;
        bool loose;
        const char *a;
    } rows[] = {
        { "{\"a\":\"1\n2\t3\"}", true, "1\n2\t3" }, { "{\"a\":\"1\",\"a\":\"2\"}", true, "1" }, { "{\"a\":\"1\",}", false, "" },
        { "{\"a\":\"1\\x\"}", false, "" },       { "{\"a\":\"1", false, "" },
    };
    struct arena arena;
    struct json *v;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(json_parse(span_cstr(rows[i].text), &arena, &v, NULL), -ERR_FORMAT);
        int rc = json_parse_loose(span_cstr(rows[i].text), &arena, &v, NULL);
        assert_int_equal(rc, rows[i].loose ? 0 : -ERR_FORMAT);
        if (rc == 0)
            expect_span(json_str(v, "a", SPAN("none")), rows[i].a);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loose_takes_what_pages_write),
        cmocka_unit_test(test_what_is_not_i_json_is_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_members_and_values_are_found),
        cmocka_unit_test(test_numbers_are_written_as_ecmascript_does),
        cmocka_unit_test(test_canonical_form_sorts_by_utf16_and_escapes_least),
        cmocka_unit_test(test_the_writer_places_commas),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
