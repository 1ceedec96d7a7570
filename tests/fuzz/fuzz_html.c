/*
 * fuzz_html.c - a page in every mode: the text is UTF-8 in NFC without U+0000, without blank ends, and no
 * longer than its page allows; what the strip pass finds, written as HTML again, is bounded by the page.
 */
#include "tests/fuzz/fuzz.h"

#include "core/text/chars.h"
#include "core/utf8.h"
#include "pipeline/extract/extract.h"
#include "tests/unit/strip_writer.h"

static void check_text(struct span text)
{
    struct buf nfc = { 0 };
    expect(utf8_valid(text));
    expect(span_chr(text, 0, 0) == text.n);
    expect(text.n == 0 || (text.p[0] != '\n' && text.p[text.n - 1] != '\n'));
    expect(text_nfc(text, &nfc) == 0 && span_eq(buf_view(&nfc), text));
    buf_release(&nfc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct extractor *x = extractor_new();
    struct buf page = { 0 }, stripped = { 0 };
    struct arena a;
    arena_init(&a, 0);
    if (utf8_repair(span_of((const char *)data, size), &page) < 0) /* the contract: pages come as UTF-8 */
        abort();
    for (int i = 0; i < 8; i++) {
        struct extract_options o = { .mode = (enum extract_mode)(i / 2), .markdown = i & 1 };
        struct page_facts facts;
        struct span text;
        struct error e;
        if (extract_html(x, &o, buf_view(&page), &a, &text, &facts, &e) == 0)
            check_text(text);
    }
    strip_html(buf_view(&page), &stripped);
    expect(stripped.n <= 6 * page.n + 64); /* the worst: '"' in a kept value becomes &quot; */
    buf_release(&page);
    buf_release(&stripped);
    arena_release(&a);
    extractor_free(x);
    return 0;
}
