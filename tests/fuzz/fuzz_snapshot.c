/*
 * fuzz_snapshot.c - any bytes as a robots snapshot.  The digests are put right first, or nothing
 * behind them would ever be reached.
 */
#include <stdlib.h>

#include "filters/robots_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_right(uint8_t *p, size_t n)
{
    if (n < SNAPSHOT_HEADER)
        return;
    put_le64(p + 64, n);
    sha256_of(span_of((const char *)p + SNAPSHOT_HEADER, n - SNAPSHOT_HEADER), p + 96);
    sha256_of(span_of((const char *)p, 128), p + 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = { "http://a.org", "https://b.org", "", "https://f.org:8443", "zzz" };
    struct robots_snapshot *s;
    struct robots_entry entry;
    struct error e;
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    put_right(copy, size);
    if (snapshot_use(&s, span_of((const char *)copy, size), "fuzz", &e) == 0) {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            uint8_t sum = 0;
            if (snapshot_find(s, span_cstr(keys[i]), &entry, &e) == 1)
                for (size_t k = 0; k < entry.body.n; k++)
                    sum ^= (uint8_t)entry.body.p[k];
            if (sum == 0xff && entry.body.n == 0)
                abort();
        }
        snapshot_close(s);
    }
    free(copy);
    return 0;
}
