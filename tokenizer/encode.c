/*
 * encode.c - text to ids: pieces by the pattern, then each piece from the cache, from the vocabulary
 * whole, or by merging.  See tokenizer.h.
 *
 * The cache holds pieces of up to 15 bytes (nearly all there are) with up to 4 ids in 32 bytes: the key is
 * the piece itself, so a hit is always right and what is cached can never change an answer.
 */
#include <stdlib.h>

#include "core/alloc.h"
#include "tokenizer/merge.h"
#include "tokenizer/vocab.h"

#define CACHE_BITS 16 /* two entries each: 4 MiB */
#define KEY_MAX 15
#define CACHED_IDS 4

struct entry {
    uint64_t key[2];          /* the piece, zeros, and its length in the last byte: never 0 */
    uint32_t ids[CACHED_IDS]; /* NO_ID behind the last */
};

struct encoder {
    const struct vocab *v;
    struct merger merger;
    struct entry *cache; /* pairs: the newest first */
};

struct encoder *encoder_new(const struct vocab *v)
{
    struct encoder *x = xcalloc(1, sizeof *x);
    x->v = v;
    x->cache = xcalloc((size_t)2 << CACHE_BITS, sizeof *x->cache);
    return x;
}

void encoder_free(struct encoder *x)
{
    if (!x)
        return;
    merger_release(&x->merger);
    free(x->cache);
    free(x);
}

/* The first n <= 15 bytes at p as a key; `end` bounds what may be read. */
static inline void key_of(const char *p, size_t n, const char *end, uint64_t key[2])
{
    if (end - p >= 16) {
        memcpy(key, p, 16);
        if (n < 8) {
            key[0] &= ~(~0ull << (8 * n));
            key[1] = 0;
        } else {
            key[1] &= ~(~0ull << (8 * (n - 8)));
        }
    } else {
        key[0] = key[1] = 0;
        memcpy(key, p, n);
    }
    key[1] |= (uint64_t)n << 56;
}

static inline struct entry *pair_of(struct encoder *x, const uint64_t key[2])
{
    uint64_t h = (key[0] ^ (key[1] * 0xff51afd7ed558ccdu)) * 0x9e3779b97f4a7c15u;
    return &x->cache[(h ^ h >> 29) * 0x9e3779b97f4a7c15u >> (64 - CACHE_BITS) << 1];
}

static inline bool holds(const struct entry *e, const uint64_t key[2])
{
    return e->key[0] == key[0] && e->key[1] == key[1];
}

/* The piece's ids to out, which has room for piece.n; their number, 0 if the piece is too long. */
static size_t piece_ids(struct encoder *x, struct span piece, uint32_t *out)
{
    uint32_t whole = piece.n <= VOCAB_MAX_TOKEN ? vocab_find(x->v, piece) : NO_ID;
    if (whole == NO_ID)
        return merge_piece(&x->merger, x->v, piece, out);
    out[0] = whole;
    return 1;
}

static size_t miss(struct encoder *x, struct span piece, const uint64_t key[2], struct entry *e, uint32_t *out)
{
    size_t n = piece_ids(x, piece, out);
    if (n > CACHED_IDS)
        return n;
    e[1] = e[0];
    e[0].key[0] = key[0];
    e[0].key[1] = key[1];
    for (size_t i = 0; i < CACHED_IDS; i++)
        e[0].ids[i] = i < n ? out[i] : NO_ID;
    return n;
}

/* The next pieces, looked up in the cache ahead of their turn so that memory has time to answer. */
#define AHEAD 16
struct piece {
    struct span text;
    uint64_t key[2];
    struct entry *entry; /* NULL: too long for the cache */
};

static inline const char *look_ahead(struct encoder *x, const char *p, const char *end, struct piece *list, size_t *n)
{
    pretok_fn *next = x->v->pretok;
    size_t k = 0;
    for (; k < AHEAD && p < end; k++) {
        const char *q = next(p, end);
        struct piece *w = &list[k];
        w->text = span_of(p, (size_t)(q - p));
        w->entry = NULL;
        if (w->text.n <= KEY_MAX) {
            key_of(p, w->text.n, end, w->key);
            w->entry = pair_of(x, w->key);
            __builtin_prefetch(w->entry);
        }
        p = q;
    }
    *n = k;
    return p;
}

/* out has room for CACHED_IDS more than the piece has bytes.  0: the piece is too long. */
static inline size_t take(struct encoder *x, const struct piece *w, uint32_t *out)
{
    const struct entry *e = w->entry;
    if (!e)
        return piece_ids(x, w->text, out);
    if (!holds(e, w->key)) {
        if (!holds(e + 1, w->key))
            return miss(x, w->text, w->key, w->entry, out);
        e++;
    }
    memcpy(out, e->ids, sizeof e->ids);
    if (out[1] == NO_ID)
        return 1;
    return out[2] == NO_ID ? 2 : out[3] == NO_ID ? 3 : 4;
}

int encode(struct encoder *x, struct span text, struct buf *ids, struct error *e)
{
    struct piece list[AHEAD];
    const char *p = text.p, *end = text.p + text.n;
    size_t before = ids->n, n;
    while (p < end) {
        const char *from = p;
        p = look_ahead(x, p, end, list, &n);
        if (buf_reserve(ids, ((size_t)(p - from) + CACHED_IDS) * sizeof(uint32_t))) {
            ids->n = before;
            return error_set(e, ERR_TOO_BIG, NULL, "the ids are larger than %zu bytes", ids->max);
        }
        uint32_t *out = (uint32_t *)(void *)(ids->p + ids->n);
        for (size_t i = 0; i < n; i++) {
            size_t more = take(x, &list[i], out);
            if (more == 0) {
                ids->n = before;
                return error_set(e, ERR_TOO_BIG, NULL, "one word is longer than %u bytes", MERGE_MAX_PIECE);
            }
            out += more;
        }
        ids->n = (size_t)((char *)out - ids->p);
    }
    return 0;
}
