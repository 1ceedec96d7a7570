/*
 * fuzz_quality.c - any bytes as the table of languages and as one of FineWeb-2's own files: refused with file and line, or every
 * value is a number and every stop word has its bytes.
 */
#include "tests/fuzz/fuzz.h"

#include <math.h>

#include "filters/quality_table.h"

static void check_limits(const struct quality_limits *l)
{
    expect(!isnan(l->language_score) && !isnan(l->dup_line_frac) && !isnan(l->line_punct) && !isnan(l->min_word) && !isnan(l->max_word));
    expect(l->n_stop_words <= QUALITY_MAX_STOP_WORDS);
    for (size_t i = 0; i < l->n_stop_words; i++) {
        expect(l->stop_words[i].n <= QUALITY_MAX_STOP_WORD);
        touch(l->stop_words[i]);
        for (size_t j = 0; j < i && i < 50; j++)
            expect(!span_eq(l->stop_words[i], l->stop_words[j]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const labels[] = { "deu_Latn", "eng_Latn", "a", "", "zzz_Zzzz" };
    struct fuzz_path path;
    struct quality_table *t;
    struct quality_row row = { 0 };
    const struct quality_limits *limits;
    struct error e = { 0 };
    int fd = fuzz_file(span_of((const char *)data, size), &path);
    int rc = quality_table_open(&t, path.s, &e);
    expect(rc == 0 || (e.msg[0] && (rc == -ERR_USAGE || rc == -ERR_MISSING)));
    for (size_t i = 0; rc == 0 && i < sizeof labels / sizeof *labels; i++) {
        int found = quality_table_find(t, span_cstr(labels[i]), &limits, &e);
        expect(found >= 0);
        if (found)
            check_limits(limits);
    }
    if (rc == 0)
        quality_table_close(t);
    if (quality_yaml_read(path.s, &row, &e) == 0)
        check_limits(&row.limits);
    else
        expect(e.msg[0]);
    quality_row_release(&row); /* after an error, too */
    close(fd);
    return 0;
}
