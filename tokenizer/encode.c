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
/* Room in the output is made for so many ids at a time. */
#define OUT_STEP (16u << 10)

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

/* out has room for 4 ids more than the piece has bytes. */
static inline size_t short_piece(struct encoder *x, struct span piece, const char *end, uint32_t *out)
{
    uint64_t key[2];
    key_of(piece.p, piece.n, end, key);
    struct entry *e = pair_of(x, key);
    if (!holds(e, key)) {
        if (!holds(e + 1, key))
            return miss(x, piece, key, e, out);
        e++;
    }
    memcpy(out, e->ids, sizeof e->ids);
    if (out[1] == NO_ID)
        return 1;
    return out[2] == NO_ID ? 2 : out[3] == NO_ID ? 3 : 4;
}

int encode(struct encoder *x, struct span text, struct buf *ids, struct error *e)
{
    const char *p = text.p, *end = text.p + text.n;
    pretok_fn *next = x->v->pretok;
    size_t before = ids->n, room = 0;
    uint32_t *out = NULL;
    while (p < end) {
        const char *q = next(p, end);
        struct span piece = span_of(p, (size_t)(q - p));
        if (room < piece.n + CACHED_IDS) {
            if (buf_reserve(ids, (piece.n + CACHED_IDS + OUT_STEP) * sizeof *out)) {
                ids->n = before;
                return error_set(e, ERR_TOO_BIG, NULL, "the ids are larger than %zu bytes", ids->max);
            }
            out = (uint32_t *)(void *)(ids->p + ids->n);
            room = piece.n + CACHED_IDS + OUT_STEP;
        }
        size_t n = piece.n <= KEY_MAX ? short_piece(x, piece, end, out) : piece_ids(x, piece, out);
        if (n == 0) {
            ids->n = before;
            return error_set(e, ERR_TOO_BIG, NULL, "one word is longer than %u bytes", MERGE_MAX_PIECE);
        }
        out += n;
        room -= n;
        ids->n += n * sizeof *out;
        p = q;
    }
    return 0;
}
