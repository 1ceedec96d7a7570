/* merkle.c - see merkle.h. */
#include "shards/merkle.h"

#include <string.h>

#include "core/buf.h"

void merkle_leaf(struct span data, uint8_t out[SHA256_BYTES])
{
    static _Thread_local struct sha256 *h;
    if (!h)
        h = sha256_new();
    sha256_add(h, "\0", 1);
    sha256_add(h, data.p, data.n);
    sha256_take(h, out);
}

static void node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
    uint8_t b[1 + 2 * SHA256_BYTES] = { 1 };
    memcpy(b + 1, left, SHA256_BYTES);
    memcpy(b + 1 + SHA256_BYTES, right, SHA256_BYTES);
    sha256_of(span_of((const char *)b, sizeof b), out);
}

void merkle_add(struct merkle *m, const uint8_t leaf[SHA256_BYTES])
{
    uint8_t h[SHA256_BYTES];
    unsigned height = 0;
    memcpy(h, leaf, sizeof h);
    for (uint64_t n = m->n++; n & 1; n >>= 1, height++)
        node(m->peak[height], h, h);
    memcpy(m->peak[height], h, sizeof h);
}

void merkle_root(const struct merkle *m, uint8_t out[SHA256_BYTES])
{
    bool any = false;
    if (m->n == 0)
        sha256_of(span_of("", 0), out);
    for (unsigned height = 0; height < 64; height++) {
        if (!(m->n >> height & 1))
            continue;
        if (any)
            node(m->peak[height], out, out);
        else
            memcpy(out, m->peak[height], SHA256_BYTES);
        any = true;
    }
}

void merkle_document(struct span url_or_id, struct span row, uint8_t key_value[LEAF_BYTES])
{
    sha256_of(url_or_id, key_value);
    sha256_of(row, key_value + SHA256_BYTES);
}
