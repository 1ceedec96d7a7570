/* test_quality_fineweb2.c - FineWeb-2's rules: the gate, languages without a row, and what a language's values switch off. */
#include "tests/unit/test_quality.h"

#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/filters.h"

#define DIR "build/test_quality_languages"

static struct judge table, open_gate, files;
static struct buf b;

/* Test data; the product writes by core/outfile.c. */
static void put_file(const char *name, const char *text)
{
    char *path = xasprintf(DIR "/%s", name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    free(path);
}

#define KEYS_BUT_SCORE                                                                                       \
    "dup_line_frac: 0.0\ndup_n_grams: [[5, 0.5], [6, 0.5], [7, 0.5], [8, 0.5], [9, 0.5], [10, 0.5]]\n"         \
    "line_punct_thr: -1\nmax_avg_word_length: 9\nmax_non_alpha_words_ratio: 0.8\nmin_avg_word_length: 0\n"    \
    "new_line_ratio: 0.5\ntop_n_grams:\n- - 2\n  - 0.5\n- - 3\n  - 0.5\n- - 4\n  - 0.5\n"

static int set_up(void **state)
{
    struct error e;
    judge_open(&table, QUALITY_FINEWEB2, WORDS_WHITESPACE, "fineweb2-table.tsv", NULL, true);
    judge_open(&open_gate, QUALITY_FINEWEB2, WORDS_WHITESPACE, "fineweb2-table.tsv", NULL, false);
    assert_int_equal(dir_make(DIR, &e), 0);
    put_file("tst_Latn.yml", "# a comment\nlanguage_score: 0.5\n" KEYS_BUT_SCORE
                             "stopwords:\n- \"\\u00E4b\"\n- 'it''s'\n- plain\n- plain\n- \"a\\\n  b\"\n");
    put_file("key_Latn.yml", "language_score: 0.5\n" KEYS_BUT_SCORE);
    put_file("two_Latn.yml", "language_score: 0.5\nlanguage_score: 0.5\n" KEYS_BUT_SCORE "stopwords: []\n");
    put_file("new_Latn.yml", "language_score: 0.5\n" KEYS_BUT_SCORE "stopwords: []\nmore: 1\n");
    put_file("num_Latn.yml", "language_score: many\n" KEYS_BUT_SCORE "stopwords: []\n");
    put_file("ngr_Latn.yml", "language_score: 0.5\ntop_n_grams: [[4, 0.1], [3, 0.1]]\n");
    put_file("yml_Latn.yml", "language_score: [\n");
    judge_open(&files, QUALITY_FINEWEB2, WORDS_WHITESPACE, NULL, DIR, true);
    return 0;
}

static int tear_down(void **state)
{
    judge_close(&table);
    judge_close(&open_gate);
    judge_close(&files);
    buf_release(&b);
    return 0;
}

static struct span good(const char *stop_words)
{
    buf_reset(&b);
    for (unsigned i = 0; i < 60; i++) {
        put_word(&b, i);
        buf_putc(&b, ' ');
    }
    buf_puts(&b, stop_words);
    return buf_view(&b);
}

static void test_the_gate_lets_the_threshold_itself_pass(void **state)
{
    /* deu_Latn: 0.821.  Scores are rounded to six decimals first. */
    assert_string_equal(judge_document(&table, good("der und x."), "deu_Latn", 0.821), "kept");
    assert_true(measured(&table, "language_score") == 0.821);
    assert_string_equal(judge_document(&table, good("der und x."), "deu_Latn", 0.8209996), "kept");
    assert_string_equal(judge_document(&table, good("der und x."), "deu_Latn", 0.820999), "language_score");
    assert_true(table.d.value == 0.820999 && table.d.threshold == 0.821);
    assert_string_equal(judge_document(&open_gate, good("der und x."), "deu_Latn", 0), "kept");
    assert_true(isnan(measured(&open_gate, "language_score")));
    /* Nothing is kept without a score where there is a gate. */
    table.d = (struct document){ .arena = &table.a, .text = good("der und x."), .language = SPAN("deu_Latn") };
    assert_int_equal(quality_apply(table.q, table.scratch, &table.d, &table.e), 0);
    assert_string_equal(table.d.rule, "language_score");
    assert_false(table.d.has_value);
}

static void test_a_language_without_a_row(void **state)
{
    assert_string_equal(judge_document(&open_gate, good("x"), "xxx_Latn", 1), "language_unsupported");
    assert_string_equal(judge_document(&open_gate, good("x"), NULL, 1), "language_unsupported");
    assert_string_equal(judge_document(&open_gate, good("x"), "ru", 1), "language_unsupported"); /* no Russian in Latin letters */
    assert_string_equal(judge_document(&files, good("x"), "deu_Latn", 1), "language_unsupported");
    assert_string_equal(judge_document(&files, good("x"), "../test_quality_languages/tst_Latn", 1), "language_unsupported");
    assert_string_equal(judge_document(&files, good("x"), "", 1), "language_unsupported");
    /* An empty text is empty, whatever its language. */
    assert_string_equal(judge_document(&table, SPAN(""), "xxx_Latn", 0), "empty");
}

static void test_the_order_of_the_rules(void **state)
{
    /* Repetition, FineWeb, Gopher quality: blank text is FineWeb's. */
    assert_string_equal(judge_document(&open_gate, SPAN("   "), "deu_Latn", 1), "empty");
    /* line_punct_ratio (0.2 for Swedish) comes before the number of words and before stop words. */
    assert_string_equal(judge_document(&open_gate, SPAN("ett tu"), "swe_Latn", 1), "top_2_gram");
    assert_string_equal(judge_document(&open_gate, SPAN("ett"), "swe_Latn", 1), "line_punct_ratio");
    assert_string_equal(judge_document(&open_gate, SPAN("ett."), "swe_Latn", 1), "gopher_short_doc");
    assert_string_equal(judge_document(&open_gate, good("och x"), "swe_Latn", 1), "line_punct_ratio");
    assert_string_equal(judge_document(&open_gate, good("och x."), "swe_Latn", 1), "gopher_enough_stop_words");
    assert_string_equal(judge_document(&open_gate, good("och av x."), "swe_Latn", 1), "kept");
    /* No C4: the text stays as it was. */
    good("der und { lorem ipsum javascript }\n\n ");
    assert_string_equal(judge_document(&open_gate, buf_view(&b), "deu_Latn", 1), "kept");
    assert_true(span_eq(open_gate.d.text, buf_view(&b)));
}

static void test_what_a_language_switches_off(void **state)
{
    /* tst_Latn: dup_line_frac and min_avg_word_length 0, line_punct_thr -1. */
    judge_document(&files, SPAN("a\na\na\na"), "tst_Latn", 1);
    assert_true(isnan(measured(&files, "dup_line_frac")) && isnan(measured(&files, "dup_para_frac")));
    buf_reset(&b);
    for (unsigned i = 0; i < 26 * 26 / 2; i++)
        buf_printf(&b, "%c%c ", 'a' + i % 26, 'a' + i / 26);
    buf_puts(&b, "plain it's");
    assert_string_equal(judge_document(&files, buf_view(&b), "tst_Latn", 1), "kept");
    assert_true(isnan(measured(&files, "gopher_below_avg_threshold")));
    assert_true(measured(&files, "line_punct_ratio") == 0 && measured(&files, "gopher_enough_stop_words") == 3); /* "ab" is among the words */
    /* Escapes, doubled quotes and folded lines are read; a word that stands twice counts once. */
    assert_string_equal(judge_document(&files, good("plain plain"), "tst_Latn", 1), "gopher_enough_stop_words");
    judge_document(&files, good("plain it's \xC3\xA4" "b ab"), "tst_Latn", 1);
    assert_true(measured(&files, "gopher_enough_stop_words") == 4);
}

static void test_repeated_lines_have_a_threshold_of_their_own(void **state)
{
    /* char_dup_ratio 0.1: ten letters of 100 and of 99; the words make it pass the rest. */
    for (unsigned chars = 99; chars <= 101; chars++) {
        buf_reset(&b);
        buf_puts(&b, "it is dup.\n");
        for (unsigned w = 0; b.n + 8 <= chars - 10 + 1; w++) {
            put_word(&b, w);
            buf_putc(&b, ' ');
        }
        while (b.n < chars - 10 + 1)
            buf_putc(&b, 'z');
        buf_puts(&b, "\nit is dup.");
        assert_int_equal(b.n - 2, chars);
        const char *got = judge_document(&files, buf_view(&b), "tst_Latn", 1);
        assert_true(measured(&files, "char_dup_ratio") == 10.0 / chars);
        assert_string_equal(got, chars < 100 ? "char_dup_ratio" : "gopher_short_doc");
    }
}

static void test_files_that_are_not_of_the_form_are_named(void **state)
{
    static const struct { const char *label, *where, *what; } rows[] = {
        { "key_Latn", "key_Latn.yml:1", "a key is missing" }, { "two_Latn", "two_Latn.yml:2", "a key stands twice" },
        { "new_Latn", "new_Latn.yml:17", "unknown key" },     { "num_Latn", "num_Latn.yml:1", "a number is missing" },
        { "ngr_Latn", "ngr_Latn.yml:2", "out of order" },     { "yml_Latn", "yml_Latn.yml:", "did not find" },
    };
    struct quality_table *t;
    struct error e;
    const struct quality_limits *l;
    assert_int_equal(quality_files_open(&t, DIR, &e), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(quality_table_find(t, span_cstr(rows[i].label), &l, &e), -ERR_USAGE);
        if (!strstr(e.where, rows[i].where) || !strstr(e.msg, rows[i].what))
            fail_msg("%s: %s: %s", rows[i].label, e.where, e.msg);
    }
    quality_table_close(t);
    assert_int_equal(quality_files_open(&t, DIR "/none", &e), -ERR_USAGE);
}

static void test_a_table_that_is_not_of_the_form_is_named(void **state)
{
    static const struct { const char *text, *where; } rows[] = {
        { "deu_Latn\t0.3\n", "t.tsv:1" },
        { "# head\ndeu-Latn\n", "t.tsv:2" },
        { "deu_Latn\t0.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\tder\ndeu_Latn\t0.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:2" },
        { "deu_Latn\t0.3\t0\tx\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "deu_Latn\t0.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\t\tder\n", "t.tsv:1" },
        { "deu_Latn\t0.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\t\xFF\n", "t.tsv:1" },
        { "deu_Latn\t0.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\tder\tdie\tder\n", "t.tsv:1" },
        { "deu_Latn\t0x3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "deu_Latn\t1.\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "deu_Latn\t.5\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "deu_Latn\t1.2.3\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "deu_Latn\t1234567890123456\t0\t1\t1\t1\t1\t1\t1\t1\t1\t1\t-1\t1\t1\t9\t1\n", "t.tsv:1" },
        { "\n", "t.tsv:1" },
        { "", "t.tsv" },
        { "# a head alone\n", "t.tsv" },
    };
    struct quality_table *t;
    struct error e;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_file("t.tsv", rows[i].text);
        assert_int_equal(quality_table_open(&t, DIR "/t.tsv", &e), -ERR_USAGE);
        if (!strstr(e.where, rows[i].where))
            fail_msg("row %zu: %s: %s", i, e.where, e.msg);
    }
    assert_int_equal(quality_table_open(&t, DIR "/none.tsv", &e), -ERR_MISSING);
}

static void see_source(void *ctx, const char *kind, const char *name, const char *version, const char *sha256)
{
    assert_string_equal(kind, "list");
    assert_string_equal(name, "fineweb2-table.tsv");
    assert_string_equal(version, "d0defb2 2025-10-27");
    assert_int_equal(strlen(sha256), 64);
    ++*(int *)ctx;
}

static void test_the_stage_names_its_table(void **state)
{
    const struct conf_key *tables[] = { quality_stage.keys, NULL };
    struct config *c = config_new(tables);
    struct error e;
    void *s;
    int seen = 0;
    assert_int_equal(quality_stage.open(c, &s, &e), 0);
    quality_stage.sources(s, see_source, &seen);
    assert_int_equal(seen, 0); /* fineweb has no table */
    quality_stage.close(s);
    assert_int_equal(config_set(c, "quality.profile=fineweb2", &e), 0);
    assert_int_equal(quality_stage.open(c, &s, &e), 0);
    quality_stage.sources(s, see_source, &seen);
    assert_int_equal(seen, 1);
    quality_stage.close(s);
    assert_int_equal(config_set(c, "quality.table=no-such-table.tsv", &e), 0);
    assert_int_equal(quality_stage.open(c, &s, &e), -ERR_MISSING);
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gate_lets_the_threshold_itself_pass),
        cmocka_unit_test(test_a_language_without_a_row),
        cmocka_unit_test(test_the_order_of_the_rules),
        cmocka_unit_test(test_what_a_language_switches_off),
        cmocka_unit_test(test_repeated_lines_have_a_threshold_of_their_own),
        cmocka_unit_test(test_files_that_are_not_of_the_form_are_named),
        cmocka_unit_test(test_a_table_that_is_not_of_the_form_is_named),
        cmocka_unit_test(test_the_stage_names_its_table),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
