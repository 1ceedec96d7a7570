/* fuzz_pii.c - any text, every kind: spans are sorted, apart and on characters, and scrubbing twice is scrubbing once. */
#include <stdlib.h>

#include "core/utf8.h"
#include "filters/pii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pii_scratch *x;
    struct pii_options o;
    struct pii_list found = { 0 };
    struct buf text = { 0 }, out = { 0 };
    struct error e;
    if (!x)
        x = pii_scratch_new();
    if (size > 4096)
        return 0;
    if (utf8_repair(span_of((const char *)data, size), &text) < 0 || pii_select_list(&o, "all,ip=all", &e))
        abort();
    pii_find(&o, x, buf_view(&text), &found);
    for (size_t i = 0; i < found.n; i++) {
        size_t from = i ? found.v[i - 1].end : 0;
        if (found.v[i].start < from || found.v[i].end <= found.v[i].start || found.v[i].end > text.n ||
            !utf8_valid(span_of(text.p + from, found.v[i].start - from)) ||
            !utf8_valid(span_of(text.p + found.v[i].start, found.v[i].end - found.v[i].start)))
            abort();
    }
    pii_rewrite(buf_view(&text), found.v, found.n, &out);
    pii_find(&o, x, buf_view(&out), &found);
    if (found.n)
        abort();
    free(found.v);
    buf_release(&text);
    buf_release(&out);
    return 0;
}
