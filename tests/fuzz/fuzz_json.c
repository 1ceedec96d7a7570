/*
 * fuzz_json.c - any bytes as JSON: what is read is written canonically, and that reads back to itself; the loose reader takes all that
 * the strict one does.
 */
#include <stdlib.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct json *v, *again;
    struct buf one = { 0 }, two = { 0 };
    arena_init(&a, 64u << 20);
    if (json_parse(span_of((const char *)data, size), &a, &v, NULL) == 0) {
        json_canonical(v, &one);
        if (json_parse_loose(span_of((const char *)data, size), &a, &again, NULL) && a.used < a.limit / 2)
            abort();
        if (json_parse(buf_view(&one), &a, &again, NULL) == 0) {
            json_canonical(again, &two);
            if (!span_eq(buf_view(&one), buf_view(&two)))
                abort();
        } else if (a.used < a.limit / 2) {
            abort();
        }
    }
    (void)json_parse_loose(span_of((const char *)data, size), &a, &again, NULL);
    buf_release(&one);
    buf_release(&two);
    arena_release(&a);
    return 0;
}
