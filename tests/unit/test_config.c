/* test_config.c - settings: defaults, checks with line numbers, one canonical text. */
#include "tests/unit/test.h"

#include "core/config.h"
#include "core/opt.h"

static const struct conf_key some_keys[] = {
    { "a.flag", CONF_BOOL, "true", 0, 0, NULL, "" },
    { "a.count", CONF_INT, "5", 1, 10, NULL, "" },
    { "a.bytes", CONF_SIZE, "64M", 0, 0, NULL, "" },
    { "b.ratio", CONF_NUM, "0.65", 0, 1, NULL, "" },
    { "b.name", CONF_STR, "", 0, 0, NULL, "" },
    { "b.mode", CONF_CHOICE, "x", 0, 0, "x|y", "" },
    { "b.list", CONF_LIST, "p,q", 0, 0, NULL, "" },
    { "b.day", CONF_DATE, "", 0, 0, NULL, "" },
    { 0 },
};
static const struct conf_key *const tables[] = { some_keys, NULL };

static void canonical(const struct config *c, struct buf *out)
{
    buf_reset(out);
    config_canonical(c, out);
}

static void test_defaults_fill_what_the_file_leaves_out(void **state)
{
    struct config *c = config_new(tables);
    struct error e;
    assert_int_equal(config_parse(c, SPAN("b:\n  ratio: 0.5\n  list: [\"1, 2\", z]\na:\n  bytes: 1K\n"), "f", &e), 0);
    assert_true(config_bool(c, "a.flag"));
    assert_int_equal(config_int(c, "a.count"), 5);
    assert_int_equal(config_size(c, "a.bytes"), 1024);
    assert_true(config_num(c, "b.ratio") == 0.5);
    const char *const *v;
    assert_int_equal(config_list(c, "b.list", &v), 2);
    assert_string_equal(v[0], "1, 2");
    config_free(c);
}

static void test_the_canonical_text_reads_back_to_itself(void **state)
{
    struct config *c = config_new(tables), *d = config_new(tables);
    struct error e;
    struct buf one = { 0 }, two = { 0 };
    assert_int_equal(config_parse(c, SPAN("{b: {name: \"tr\\\"ue: #\\\\ \\x7f\\L b\\N\\uFEFF\", day: 2026-02-28, list: []}, a: {flag: false}}"), "f", &e), 0);
    canonical(c, &one);
    assert_int_equal(config_parse(d, buf_view(&one), "canonical", &e), 0);
    canonical(d, &two);
    assert_true(span_eq(buf_view(&one), buf_view(&two)));
    buf_release(&one);
    buf_release(&two);
    config_free(c);
    config_free(d);
}

static void test_a_wrong_line_is_named(void **state)
{
    static const struct { const char *yaml, *where, *msg; } rows[] = {
        { "a:\n  cuont: 5\n", "f.yml:2", "did you mean 'a.count'" },
        { "a:\n  count: 11\n", "f.yml:2", "whole number in range (1 to 10)" },
        { "a:\n  count: 1.5\n", "f.yml:2", "whole number" },
        { "a:\n\n  flag: yes\n", "f.yml:3", "true or false" },
        { "b:\n  mode: z\n", "f.yml:2", "x|y" },
        { "b:\n  list: p\n", "f.yml:2", "must be a list" },
        { "b:\n  name: [p]\n", "f.yml:2", "one value" },
        { "b:\n  day: 2026-13-01\n", "f.yml:2", "a date" },
        { "a:\n  count: 1\n  count: 2\n", "f.yml:3", "given twice" },
        { "a: 5\n", "f.yml:1", "a section" },
        { "- 1\n", "f.yml:1", "mapping" },
        { "a:\n  b: [\n", "f.yml:", "not YAML" },
        { "zebra:\n  stripes: 1\n", "f.yml:2", "unknown key 'zebra.stripes'" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config *c = config_new(tables);
        struct error e;
        assert_int_equal(config_parse(c, span_cstr(rows[i].yaml), "f.yml", &e), -ERR_USAGE);
        if (!strstr(e.msg, rows[i].msg) || strncmp(e.where, rows[i].where, strlen(rows[i].where)) != 0)
            fail_msg("%s: %s", e.where, e.msg);
        config_free(c);
    }
}

static void test_set_overrides_one_key(void **state)
{
    struct config *c = config_new(tables);
    struct error e;
    assert_int_equal(config_set(c, "b.list=m, n", &e), 0);
    assert_int_equal(config_set(c, "a.bytes=2G", &e), 0);
    assert_int_equal(config_set(c, "a.bytes", &e), -ERR_USAGE);
    assert_int_equal(config_set(c, "a.byte=1", &e), -ERR_USAGE);
    const char *const *v;
    assert_int_equal(config_list(c, "b.list", &v), 2);
    assert_string_equal(v[1], "n");
    /* The form that the canonical text has. */
    assert_int_equal(config_set(c, "b.list=[\"x\", \"y, z\", w]", &e), 0);
    assert_int_equal(config_list(c, "b.list", &v), 3);
    assert_string_equal(v[0], "x");
    assert_string_equal(v[1], "y, z");
    assert_int_equal(config_set(c, "b.list=[]", &e), 0);
    assert_int_equal(config_list(c, "b.list", &v), 0);
    assert_int_equal(config_set(c, "b.list=[x", &e), -ERR_USAGE);
    assert_true(config_size(c, "a.bytes") == (uint64_t)2 << 30);
    config_free(c);
}

static void test_options_fill_their_destinations(void **state)
{
    bool flag = true;
    const char *name = "d", *choice = "x";
    uint64_t n = 1, size = 0;
    struct opt_list list = { 0 };
    const struct opt table[] = {
        { "flag", 'f', OPT_FLAG, &flag, NULL, "", NULL },   { "name", 'n', OPT_STR, &name, "S", "", NULL },
        { "num", 0, OPT_U64, &n, "N", "", NULL },           { "size", 0, OPT_SIZE, &size, "N", "", NULL },
        { "pick", 0, OPT_CHOICE, &choice, NULL, "", "x|y" }, { "set", 0, OPT_LIST, &list, "K", "", NULL },
        { NULL },
    };
    struct error e;
    int rest;
    char *good[] = { "cmd", "in", "--no-flag", "-n", "v", "--num=7", "--size", "3K", "--pick", "y", "--set", "1", "--set=2", "--", "-x", NULL };
    assert_int_equal(opt_parse(table, 15, good, &rest, &e), 0);
    assert_false(flag);
    assert_string_equal(name, "v");
    assert_int_equal(n, 7);
    assert_int_equal(size, 3072);
    assert_string_equal(choice, "y");
    assert_int_equal(list.n, 2);
    assert_int_equal(rest, 13);
    assert_string_equal(good[rest], "in");
    assert_string_equal(good[rest + 1], "-x");
    free(list.v);
    static const char *const bad[] = { "--nope", "--num=x", "--num=-1", "--size=1Q", "--pick=z", "--name" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *argv[] = { "cmd", (char *)bad[i], NULL };
        assert_int_equal(opt_parse(table, 2, argv, &rest, &e), -ERR_USAGE);
    }
    char *help[] = { "cmd", "--help", NULL };
    assert_int_equal(opt_parse(table, 2, help, &rest, &e), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_fill_what_the_file_leaves_out),
        cmocka_unit_test(test_the_canonical_text_reads_back_to_itself),
        cmocka_unit_test(test_a_wrong_line_is_named),
        cmocka_unit_test(test_set_overrides_one_key),
        cmocka_unit_test(test_options_fill_their_destinations),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
