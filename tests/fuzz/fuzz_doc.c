/* fuzz_doc.c - any bytes as a document line: what is read is written as one line that reads back. */
#include <stdlib.h>

#include "core/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct document d, again;
    struct error e;
    struct buf out = { 0 };
    if (memchr(data, '\n', size)) /* the contract: one line */
        return 0;
    arena_init(&a, 64u << 20);
    if (doc_parse(span_of((const char *)data, size), &a, &d, &e) == 0) {
        doc_write(&d, &out);
        if (span_chr(buf_view(&out), '\n', 0) != out.n - 1)
            abort();
        if (doc_parse(span_of(out.p, out.n - 1), &a, &again, &e) || !span_eq(d.text, again.text))
            abort();
    }
    buf_release(&out);
    arena_release(&a);
    return 0;
}
