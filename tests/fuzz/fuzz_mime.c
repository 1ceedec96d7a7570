/*
 * fuzz_mime.c - the first line is what a server says of a type, the rest is the body.  The decision looks at its bound and no
 * further, is the same each time, and no header makes HTML of what the standard gives another type.
 */
#include "tests/fuzz/fuzz.h"

#include "pipeline/ingest/content_type.h"
#include "pipeline/ingest/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s = span_of((const char *)data, size);
    size_t eol = span_chr(s, '\n', 0);
    struct span said = span_trim(span_head(s, eol)), body = span_from(s, eol + 1);
    const struct field field = { SPAN("content-type"), said, NULL };
    struct arena a;
    arena_init(&a, 0);
    struct content_type type = content_type(&field, &a);
    touch(type.value);
    touch(type.charset);
    expect(within(type.value, said) && type.charset.n <= said.n);
    for (int nosniff = 0; nosniff < 2; nosniff++) {
        enum mime_kind kind = mime_sniff(type.value, nosniff, body);
        expect(kind == mime_sniff(type.value, nosniff, span_head(body, MIME_SIGHT)));
        struct span essence = mime_essence(type.value);
        if (kind == MIME_HTML && memchr(essence.n ? essence.p : "", '/', essence.n))
            expect(span_isi(essence, "text/html") || span_isi(essence, "unknown/unknown") || span_isi(essence, "application/unknown") ||
                   span_is(essence, "*/*"));
        if (nosniff)
            expect(kind != MIME_HTML || span_isi(essence, "text/html"));
    }
    arena_release(&a);
    return 0;
}
