/*
 * fuzz_text.c - any text split and folded: words lie in it in order and leave out white space alone, lines lie in it, NFC
 * and NFD are UTF-8 and stay as they are.
 */
#include "tests/fuzz/fuzz.h"

#include "core/text/chars.h"
#include "core/text/words.h"
#include "core/utf8.h"

static bool all_space(const char *p, const char *end)
{
    while (p < end)
        if (!char_is_space(utf8_next(&p, end)))
            return false;
    return true;
}

static void check_words(struct segmenter *x, enum words_mode mode, struct span text, struct arena *a)
{
    struct words words;
    const char *at = text.p, *end = text.p + text.n;
    expect(words_split(x, mode, text, a, &words) == 0);
    for (size_t i = 0; i < words.n; i++) {
        struct span w = words.w[i];
        expect(w.n > 0 && w.p >= at && within(w, text) && utf8_valid(w));
        /* Between words is white space; UAX #29 may leave out segments that Unicode calls so and Python does not. */
        if (mode == WORDS_WHITESPACE)
            expect(all_space(at, w.p) && span_eq(text_strip(w), w));
        at = w.p + w.n;
    }
    if (mode == WORDS_WHITESPACE)
        expect(all_space(at, end));
    expect(sentences_count(x, mode, text) <= utf8_count(text) + 1);
}

static void check_lines(struct span text)
{
    struct span rest = text, line;
    size_t n = 0;
    while (text_splitline(&rest, &line)) {
        expect(within(line, text));
        n += line.n;
    }
    expect(n <= text.n);
    struct span s = text_strip(text);
    expect(within(s, text) && span_eq(text_strip(s), s));
    expect(span_eq(text_lstrip(text_rstrip(text)), s));
}

static void check_fold(int fold(struct span, struct buf *), struct span text, bool settles)
{
    struct buf once = { 0 }, twice = { 0 };
    expect(fold(text, &once) == 0 && utf8_valid(buf_view(&once)));
    expect(fold(buf_view(&once), &twice) == 0);
    if (settles)
        expect(span_eq(buf_view(&once), buf_view(&twice)));
    buf_release(&once);
    buf_release(&twice);
}

static void check_scripts(struct span text)
{
    struct script_count counts[4];
    size_t n = text_scripts(text, counts, 4);
    for (size_t i = 1; i < n && i < 4; i++)
        expect(counts[i].letters <= counts[i - 1].letters);
    expect(strlen(text_script(text)) == 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = { 0 };
    struct segmenter *x = segmenter_new();
    struct arena a;
    expect(utf8_repair(span_of((const char *)data, size), &text) >= 0);
    arena_init(&a, 0);
    check_words(x, WORDS_UAX29, buf_view(&text), &a);
    check_words(x, WORDS_WHITESPACE, buf_view(&text), &a);
    check_lines(buf_view(&text));
    check_fold(text_nfc, buf_view(&text), true);
    check_fold(text_nfd, buf_view(&text), true);
    check_fold(text_lower, buf_view(&text), false);
    check_scripts(buf_view(&text));
    segmenter_free(x);
    arena_release(&a);
    buf_release(&text);
    return 0;
}
