/* test_quality_labels.c - the 1,929 languages of FineWeb-2 in the table and in its own files, and lid.176's labels among them. */
#include "tests/unit/test_quality.h"

#include <unistd.h>

#include "core/infile.h"
#include "filters/fasttext.h"

#define FILES "../shared/data/fineweb2-configs"
#define N_FILES 1929

static struct quality_table *table;

static int set_up(void **state)
{
    struct error e;
    char *path;
    assert_int_equal(data_find("fineweb2-table.tsv", &path, &e), 0);
    if (quality_table_open(&table, path, &e))
        fail_msg("%s: %s", e.where, e.msg);
    free(path);
    return 0;
}

static int tear_down(void **state)
{
    quality_table_close(table);
    return 0;
}

static bool have_files(void)
{
    bool have = access(FILES, R_OK) == 0;
    if (!have) {
        print_message("skipped: no %s, which is not part of the project\n", FILES);
        skip();
    }
    return have;
}

static void expect_equal(const char *label, const struct quality_limits *a, const struct quality_limits *b)
{
    bool same = a->language_score == b->language_score && a->dup_line_frac == b->dup_line_frac && a->line_punct == b->line_punct &&
                a->new_line_ratio == b->new_line_ratio && a->min_word == b->min_word && a->max_word == b->max_word &&
                a->min_alpha == b->min_alpha && a->n_stop_words == b->n_stop_words;
    for (size_t i = 0; same && i < QUALITY_TOP_GRAMS; i++)
        same = a->top_grams[i] == b->top_grams[i];
    for (size_t i = 0; same && i < QUALITY_DUP_GRAMS; i++)
        same = a->dup_grams[i] == b->dup_grams[i];
    for (size_t i = 0; same && i < a->n_stop_words; i++)
        same = span_eq(a->stop_words[i], b->stop_words[i]);
    if (!same)
        fail_msg("%s: the table and the file differ", label);
}

/* Equal values are equal decisions: the rules see nothing else of a language. */
static void test_table_and_files_have_the_same_values(void **state)
{
    struct quality_table *files;
    struct error e;
    size_t n = 0;
    if (!have_files())
        return;
    assert_int_equal(quality_files_open(&files, FILES, &e), 0);
    char label[9] = "aaa_Latn";
    static const char *const scripts[] = {
        "Arab", "Armn", "Beng", "Cans", "Cher", "Copt", "Cyrl", "Deva", "Ethi", "Geor", "Goth", "Grek", "Gujr", "Guru", "Hang", "Hani", "Hebr",
        "Jpan", "Kali", "Khmr", "Knda", "Laoo", "Latn", "Limb", "Lisu", "Mlym", "Mong", "Mtei", "Mymr", "Nkoo", "Olck", "Orya", "Sinh", "Syrc",
        "Taml", "Telu", "Tfng", "Thaa", "Thai", "Tibt", "Wara",
    };
    for (unsigned i = 0; i < 26 * 26 * 26; i++) {
        label[0] = (char)('a' + i / 676);
        label[1] = (char)('a' + i / 26 % 26);
        label[2] = (char)('a' + i % 26);
        for (size_t s = 0; s < COUNT(scripts); s++) {
            const struct quality_limits *a, *b;
            memcpy(label + 4, scripts[s], 4);
            if (!quality_table_find(table, span_cstr(label), &a, &e) || strcmp(label, "eng_Latn") == 0)
                continue;
            if (quality_table_find(files, span_cstr(label), &b, &e) != 1)
                fail_msg("%s: in the table, and there is no file: %s", label, e.msg);
            expect_equal(label, a, b);
            n++;
        }
    }
    assert_int_equal(n, N_FILES);
    quality_table_close(files);
}

static void test_the_table_is_what_its_script_makes(void **state)
{
    struct buf have = { 0 }, made = { 0 };
    struct error e;
    if (!have_files())
        return;
    assert_int_equal(system("scripts/make-fineweb2-table -o build/test_quality_table.tsv " FILES), 0);
    assert_int_equal(file_read("configs/fineweb2-table.tsv", 1u << 20, &have, &e), 0);
    assert_int_equal(file_read("build/test_quality_table.tsv", 1u << 20, &made, &e), 0);
    assert_true(span_eq(buf_view(&have), buf_view(&made)));
    buf_release(&have);
    buf_release(&made);
}

static void test_english_has_fineweb_values(void **state)
{
    const struct quality_limits *l;
    struct error e;
    struct judge fineweb, english;
    assert_int_equal(quality_table_find(table, SPAN("eng_Latn"), &l, &e), 1);
    assert_true(l->language_score == 0.65 && l->dup_line_frac == 0.3 && l->line_punct == 0.12 && l->new_line_ratio == 0.3);
    assert_true(l->min_word == 3 && l->max_word == 10 && l->min_alpha == 0.8 && l->n_stop_words == 8);
    assert_true(l->top_grams[0] == 0.2 && l->top_grams[2] == 0.16 && l->dup_grams[0] == 0.15 && l->dup_grams[5] == 0.1);
    /* The same text, judged by either, is measured alike. */
    judge_open(&fineweb, QUALITY_FINEWEB, WORDS_UAX29, NULL, NULL, false);
    judge_open(&english, QUALITY_FINEWEB2, WORDS_UAX29, "fineweb2-table.tsv", NULL, false);
    struct buf b = { 0 };
    put_good(&b, 10, 8, 0);
    assert_string_equal(judge_document(&fineweb, buf_view(&b), "en", 1), "kept");
    assert_string_equal(judge_document(&english, buf_view(&b), "en", 1), "kept");
    for (const struct measure *m = english.d.measures; m; m = m->next)
        assert_true(measured(&fineweb, m->rule) == m->value);
    judge_close(&fineweb);
    judge_close(&english);
    buf_release(&b);
}

/* One letter of the script that the language is written in is enough. */
static const struct limits_row {
    const char *language, *text, *label;
} rows[] = {
    { "de", "Stra\xC3\x9F" "e", "deu_Latn" },  { "en", "x", "eng_Latn" },         { "ja", "\xE3\x81\x82", "jpn_Jpan" },
    { "ja", "\xE3\x82\xA2 Ruby", "jpn_Jpan" }, { "ja", "\xE6\x97\xA5", "jpn_Jpan" }, { "ko", "\xED\x95\x9C", "kor_Hang" },
    { "ko", "\xE6\xBC\xA2", "kor_Hang" },      { "zh", "\xE4\xB8\xAD", "cmn_Hani" }, { "yue", "\xE4\xB8\xAD", "yue_Hani" },
    { "wuu", "\xE4\xB8\xAD", "wuu_Hani" },     { "sr", "\xD0\x96 x", "srp_Cyrl" },   { "sr", "\xD0\x96 xyz", "srp_Latn" },
    { "sh", "da", "srp_Latn" },                { "uz", "\xD0\x96", "uzn_Cyrl" },     { "uz", "x", "uzn_Latn" },
    { "ar", "\xD8\xB9 x y z", "arb_Latn" },    { "ar", "\xD8\xB9\xD8\xB9 x", "arb_Arab" }, { "ru", "\xD0\x96 Latin", "rus_Cyrl" },
    { "als", "x", "gsw_Latn" },                { "sq", "x", "als_Latn" },            { "no", "x", "nob_Latn" },
    { "el", "\xCE\xB1", "ell_Grek" },          { "hi", "\xE0\xA4\x95", "hin_Deva" }, { "ps", "\xD8\xB9", "pbt_Arab" },
    { "deu_Latn", "\xD0\x96", "deu_Latn" },    { "jpn_Jpan", "", "jpn_Jpan" },       { "ru", "Latin", NULL },
    { "rus", "\xD0\x96", NULL },               { "de_Latn", "x", NULL },             { "zz", "x", NULL },
    { "en", "12 !", NULL },
};

static void test_a_label_of_lid176_and_the_script_give_a_row(void **state)
{
    struct error e;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct quality_limits *got = NULL, *want = NULL;
        int found = quality_label_find(table, span_cstr(rows[i].language), span_cstr(rows[i].text), &got, &e);
        if (rows[i].label)
            assert_int_equal(quality_table_find(table, span_cstr(rows[i].label), &want, &e), 1);
        if (found != (want != NULL) || got != want)
            fail_msg("row %zu: %s of \"%s\" is not %s", i, rows[i].language, rows[i].text, rows[i].label ? rows[i].label : "unsupported");
    }
}

/* Every label of the model has a language, and that has a row in at least one script. */
static void test_every_label_of_the_model_has_a_row(void **state)
{
    static const char *const scripts[] = { "Latn", "Cyrl", "Arab", "Deva", "Beng", "Ethi", "Tibt", "Mymr", "Thaa", "Grek", "Gujr", "Guru",
                                           "Hebr", "Armn", "Jpan", "Hang", "Hani", "Khmr", "Knda", "Laoo", "Mlym", "Orya", "Sinh", "Taml",
                                           "Telu", "Thai", "Geor" };
    struct fasttext *model;
    struct error e;
    char *path = NULL;
    if (data_find("lid.176.ftz", &path, NULL)) {
        print_message("skipped: lid.176.ftz is not set up\n");
        skip();
    }
    assert_int_equal(fasttext_open(&model, path, &e), 0);
    assert_int_equal(fasttext_labels(model), 176);
    for (size_t i = 0; i < fasttext_labels(model); i++) {
        const char *iso = quality_iso639_3(fasttext_label(model, i));
        bool row = false;
        for (size_t s = 0; iso && s < COUNT(scripts); s++) {
            const struct quality_limits *l;
            char label[16];
            snprintf(label, sizeof label, "%s_%s", iso, scripts[s]);
            row = row || quality_table_find(table, span_cstr(label), &l, &e) == 1;
        }
        if (!row)
            fail_msg("%.*s (%s) has no row", SPAN_ARG(fasttext_label(model, i)), iso ? iso : "unknown");
    }
    fasttext_close(model);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_and_files_have_the_same_values),
        cmocka_unit_test(test_the_table_is_what_its_script_makes),
        cmocka_unit_test(test_english_has_fineweb_values),
        cmocka_unit_test(test_a_label_of_lid176_and_the_script_give_a_row),
        cmocka_unit_test(test_every_label_of_the_model_has_a_row),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
