/*
 * fuzz_rules.c - any text before the quality rules of each recipe: every value is a number, the text stays UTF-8, and what the
 * fast counts of repeated runs of words say is what counting them one by one says.
 */
#include "tests/fuzz/fuzz.h"

#include <math.h>

#include "core/text/chars.h"
#include "core/utf8.h"
#include "filters/quality_page.h"

/* Longer texts are for the rules alone: the slow counts grow with the square. */
#define MAX_COUNTED 600

static struct span run(const struct words *w, size_t i, unsigned n, const char *between, struct buf *b)
{
    buf_reset(b);
    for (unsigned k = 0; k < n; k++) {
        if (k)
            buf_puts(b, between);
        buf_span(b, w->w[i + k]);
    }
    return buf_view(b);
}

static size_t slow_top(const struct words *w, unsigned n)
{
    struct buf a = { 0 }, b = { 0 };
    size_t most = 0, chars = 0;
    for (size_t i = 0; i + n <= w->n; i++) {
        struct span key = run(w, i, n, " ", &a);
        size_t count = 0;
        for (size_t j = 0; j + n <= w->n; j++)
            count += span_eq(run(w, j, n, " ", &b), key);
        if (count > most) {
            most = count;
            chars = count * utf8_count(key);
        }
    }
    buf_release(&a);
    buf_release(&b);
    return chars;
}

static size_t slow_dup(const struct words *w, unsigned n)
{
    struct buf a = { 0 }, b = { 0 };
    size_t chars = 0, seen[MAX_COUNTED + 1], n_seen = 0;
    for (size_t i = 0; i + n <= w->n;) {
        struct span key = run(w, i, n, "", &a);
        size_t j = 0;
        while (j < n_seen && !span_eq(run(w, seen[j], n, "", &b), key))
            j++;
        if (j < n_seen) {
            chars += utf8_count(key);
            i += n;
        } else {
            seen[n_seen++] = i++;
        }
    }
    buf_release(&a);
    buf_release(&b);
    return chars;
}

static void check_counts(struct segmenter *s, enum words_mode mode, struct span text, struct arena *a)
{
    struct document d = { .arena = a, .text = text };
    struct quality_page p = { .doc = &d, .segmenter = s, .mode = mode };
    struct places places;
    size_t chars;
    page_set_text(&p, text);
    expect(page_types(&p) == 0 && top_gram_places(&p, &places) == 0);
    for (unsigned n = QUALITY_TOP_FROM; n < QUALITY_TOP_FROM + QUALITY_TOP_GRAMS && p.words.n >= n; n++) {
        expect(top_gram_chars(&p, n, &places, &chars) == 0);
        expect(chars == slow_top(&p.words, n));
    }
    expect(dup_gram_places(&p, &places) == 0);
    for (unsigned n = QUALITY_DUP_FROM; n < QUALITY_DUP_FROM + QUALITY_DUP_GRAMS; n++) {
        expect(dup_gram_chars(&p, n, &places, &chars) == 0);
        expect(chars == slow_dup(&p.words, n));
    }
}

static void check_rules(enum quality_profile profile, enum words_mode mode, void *scratch, struct span text, struct arena *a)
{
    const struct quality_options o = { .profile = profile, .words = mode, .values = true };
    struct quality_options verdicts = o;
    struct document d = { .arena = a, .text = text }, again = d;
    struct quality *q, *quick;
    struct error e;
    verdicts.values = false;
    expect(quality_open(&q, &o, &e) == 0 && quality_open(&quick, &verdicts, &e) == 0);
    expect(quality_apply(q, scratch, &d, &e) == 0 && quality_apply(quick, scratch, &again, &e) == 0);
    expect(d.rule == again.rule && d.value == again.value && span_eq(d.text, again.text));
    quality_close(quick);
    expect(utf8_valid(d.text) && d.text.n <= text.n);
    for (const struct measure *m = d.measures; m; m = m->next)
        expect(isfinite(m->value) && m->value >= 0);
    expect((d.verdict == DOC_KEPT) == (d.rule == NULL));
    quality_close(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = { 0 };
    void *scratch = quality_scratch_new();
    struct arena a;
    expect(utf8_repair(span_of((const char *)data, size), &text) >= 0);
    arena_init(&a, 0);
    for (int i = 0; i < 4; i++) {
        enum words_mode mode = i & 1 ? WORDS_UAX29 : WORDS_WHITESPACE;
        check_rules(i & 2 ? QUALITY_FINEWEB : QUALITY_FINEWEB_2024_04, mode, scratch, buf_view(&text), &a);
        if (text.n && text.n <= MAX_COUNTED && i < 2)
            check_counts(scratch, mode, buf_view(&text), &a);
        arena_reset(&a);
    }
    arena_release(&a);
    quality_scratch_free(scratch);
    buf_release(&text);
    return 0;
}
