/*
 * fuzz_fasttext.c - any bytes as a language model: refused, or usable on any text.  Then the best label is the
 * first of all of them, every label is one of the model's, and scores fall.
 */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "filters/fasttext.h"

static void use(const struct fasttext *m, struct fasttext_scratch *x, struct fasttext_guess *all, struct span text)
{
    struct fasttext_guess best;
    struct error e;
    size_t n;
    int one = fasttext_best(m, x, text, &best, &e), every = fasttext_all(m, x, text, all, &n, &e);
    if (one != 1 || every != 1) {
        /* The best alone may be found without looking at a broken number, never the other way round. */
        expect(every != 1);
        return;
    }
    expect(n > 0 && n <= fasttext_labels(m) && best.label < fasttext_labels(m) && best.score == all[0].score);
    for (size_t i = 0; i < n; i++) {
        expect(all[i].label < fasttext_labels(m) && all[i].score >= 0);
        expect(i == 0 || all[i].score <= all[i - 1].score);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span text = SPAN("</x> de in \xC3\xA9t\xC3\xA9 __label__no a\nlonger \xF0\x9F\x98\x80 line \x80\xFF");
    struct span bytes = span_of((const char *)data, size);
    struct fasttext *m;
    struct error e;
    if (fasttext_use(&m, bytes, "input", &e)) {
        expect(e.has_offset && e.offset <= size);
        return 0;
    }
    struct fasttext_scratch *x = fasttext_scratch_new(m);
    struct fasttext_guess *all = calloc(fasttext_labels(m), sizeof *all);
    for (size_t i = 0; i < fasttext_labels(m); i++)
        expect(utf8_valid(fasttext_label(m, i)));
    use(m, x, all, span_of("", 0));
    use(m, x, all, text);
    use(m, x, all, span_head(bytes, 4096));
    free(all);
    fasttext_scratch_free(x);
    fasttext_close(m);
    return 0;
}
