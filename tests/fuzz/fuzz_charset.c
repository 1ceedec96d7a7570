/*
 * fuzz_charset.c - the first byte chooses what the header says, the rest is a page.  It becomes valid UTF-8
 * without a BOM, the same each time; a page that is UTF-8 and is said to be keeps its bytes.
 */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "pipeline/ingest/charset.h"
#include "pipeline/ingest/prescan.h"

static const char *const labels[] = { NULL, "utf-8", "latin1", "shift_jis", "gb18030", "koi8-r", "utf-16", "utf-16be", "euc-kr", "big5",
                                      "iso-2022-jp", "windows-1251", "x-user-defined", "replacement", "no such", "", "euc-jp" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *label = labels[data[0] % (sizeof labels / sizeof *labels)];
    struct span body = span_of((const char *)data + 1, size - 1), text, again;
    struct charset_converter *c = charset_new();
    struct charset_choice choice, second;
    struct buf a = { 0 }, b = { 0 };
    expect(charset_decode(c, body, span_cstr(label), &a, &text, &choice) == 0);
    expect(choice.encoding && choice.signal && utf8_valid(text));
    expect(charset_decode(c, body, span_cstr(label), &b, &again, &second) == 0);
    expect(span_eq(text, again) && choice.encoding == second.encoding && choice.repaired == second.repaired);
    if (label && strcmp(label, "utf-8") == 0 && choice.signal && strcmp(choice.signal, "http") == 0 && utf8_valid(body))
        expect(span_eq(text, body) && choice.repaired == 0);
    const struct encoding *e = prescan_meta(body);
    expect(!e || e->name);
    struct buf small = BUF_MAX(16); /* the ceiling holds, whatever the encoding */
    int rc = charset_decode(c, body, span_cstr(label), &small, &again, &second);
    expect(rc == -ERR_TOO_BIG || (rc == 0 && span_eq(text, again)));
    charset_free(c);
    buf_release(&a);
    buf_release(&b);
    buf_release(&small);
    return 0;
}
