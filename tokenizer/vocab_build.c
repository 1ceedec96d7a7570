/* vocab_build.c - from a loader's tokens to the image, and the check of an image.  See vocab.h. */
#include <stdlib.h>

#include "core/alloc.h"
#include "tokenizer/merge.h"

/* Slots for n entries: a power of two, at most half of them used. */
static uint64_t slots_for(uint64_t n)
{
    uint64_t slots = 64;
    while (slots < 2 * n)
        slots *= 2;
    return slots;
}

static unsigned shift_of(uint64_t slots)
{
    return (unsigned)(64 - __builtin_ctzll(slots));
}

static uint64_t align(uint64_t n)
{
    return (n + 63) & ~(uint64_t)63;
}

/* Tokens within bounds: their number and bytes. */
static int measure(const struct vocab_source *s, const char *path, uint64_t *bytes, struct error *e)
{
    if (s->size == 0 || s->size >= VOCAB_MAX_IDS)
        return error_set(e, ERR_USAGE, path, "has %u ids; 1 to %u can be used", s->size, VOCAB_MAX_IDS - 1);
    *bytes = 0;
    for (uint32_t i = 0; i < s->size; i++) {
        if (s->tokens[i].p && (s->tokens[i].n == 0 || s->tokens[i].n > VOCAB_MAX_TOKEN))
            return error_set(e, ERR_USAGE, path, "id %u has %zu bytes; 1 to %d can be used", i, s->tokens[i].n, VOCAB_MAX_TOKEN);
        *bytes += s->tokens[i].p ? s->tokens[i].n : 0;
    }
    return *bytes > UINT32_MAX ? error_set(e, ERR_TOO_BIG, path, "its tokens are larger than 4 GiB") : 0;
}

/* Texts and the table from text to id. */
static int fill_texts(const struct vocab_source *s, char *image, const struct vocab_header *h, struct vocab *v,
                      const char *path, struct error *e)
{
    uint32_t *ends = (uint32_t *)(image + h->ends_at), *ids = (uint32_t *)(image + h->ids_at), at = 0;
    memset(ids, 0xff, h->ids_slots * sizeof *ids);
    for (uint32_t i = 0; i < s->size; i++) {
        ends[i] = at;
        if (s->tokens[i].p) {
            memcpy(image + h->text_at + at, s->tokens[i].p, s->tokens[i].n);
            at += (uint32_t)s->tokens[i].n;
        }
        ends[i + 1] = at;
    }
    for (uint32_t i = 0; i < s->size; i++) {
        if (!s->tokens[i].p)
            continue;
        uint32_t twin = vocab_find(v, s->tokens[i]);
        if (twin != NO_ID)
            return error_set(e, ERR_USAGE, path, "ids %u and %u have the same bytes", twin, i);
        size_t slot = ids_hash(s->tokens[i]) >> v->ids_shift;
        while (ids[slot] != NO_ID)
            slot = (slot + 1) & (h->ids_slots - 1);
        ids[slot] = i;
    }
    uint32_t *single = (uint32_t *)(image + h->single_at), *twos = (uint32_t *)(image + h->double_at);
    for (unsigned b = 0; b < 65536; b++) {
        char two[2] = { (char)(b >> 8), (char)b };
        twos[b] = vocab_find(v, span_of(two, 2));
        if (b > 255)
            continue;
        single[b] = vocab_find(v, span_of(two + 1, 1));
        if (single[b] == NO_ID)
            return error_set(e, ERR_USAGE, path, "has no id for the byte %u, so it cannot encode every text", b);
    }
    return 0;
}

/* Ids in the order of their tokens' lengths; *n of them. */
static uint32_t *by_length(const struct vocab_source *s, uint32_t *n)
{
    uint32_t at[VOCAB_MAX_TOKEN + 2] = { 0 };
    for (uint32_t i = 0; i < s->size; i++)
        if (s->tokens[i].p)
            at[s->tokens[i].n + 1]++;
    for (size_t k = 1; k < VOCAB_MAX_TOKEN + 2; k++)
        at[k] += at[k - 1];
    *n = at[VOCAB_MAX_TOKEN + 1];
    uint32_t *list = xmalloc((*n + 1) * sizeof *list);
    for (uint32_t i = 0; i < s->size; i++)
        if (s->tokens[i].p)
            list[at[s->tokens[i].n]++] = i;
    return list;
}

/*
 * The pairs that merging can ever join: one a token at most.  When two neighbours become the token t, no
 * merge has crossed t's ends before, so inside t the merges were those of t alone, in their order; the last
 * of these is the only pair that ever makes t.  A token whose bytes alone do not merge to it has none, and
 * occurs only as a whole piece.  Shorter tokens come first, as the merges inside t are theirs.
 */
static void fill_pairs(const struct vocab_source *s, char *image, const struct vocab_header *h, const struct vocab *v)
{
    uint64_t *pairs = (uint64_t *)(image + h->pairs_at);
    uint32_t ids[VOCAB_MAX_TOKEN], n, *list = by_length(s, &n);
    struct merger m = { 0 };
    memset(pairs, 0xff, h->pairs_slots * sizeof *pairs);
    for (uint32_t i = 0; i < n; i++) {
        struct span t = s->tokens[list[i]];
        if (t.n < 2)
            continue;
        size_t left = t.n == 2 ? 2 : merge_piece(&m, v, t, ids);
        if (left != 2)
            continue;
        if (t.n == 2) {
            ids[0] = v->single[(unsigned char)t.p[0]];
            ids[1] = v->single[(unsigned char)t.p[1]];
        }
        uint64_t key = pair_key(ids[0], ids[1]);
        size_t slot = pair_hash(key) >> v->pairs_shift;
        while (pairs[slot] != UINT64_MAX)
            slot = (slot + 1) & (h->pairs_slots - 1);
        pairs[slot] = key << VOCAB_ID_BITS | list[i];
    }
    merger_release(&m);
    free(list);
}

static struct vocab_header header(const struct vocab_source *s, uint64_t bytes, const char *path, const char *sha256)
{
    struct vocab_header h = { .format = VOCAB_FORMAT, .pattern = s->pattern, .vocab_size = s->size, .bos = s->bos, .eos = s->eos };
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    memcpy(h.magic, VOCAB_MAGIC, sizeof h.magic);
    memcpy(h.name, base, strnlen(base, sizeof h.name - 1));
    memcpy(h.sha256, sha256, strnlen(sha256, sizeof h.sha256 - 1));
    h.n_special = s->n_special;
    for (unsigned i = 0; i < s->n_special; i++) {
        h.special[i].from = s->special[i].from;
        h.special[i].to = s->special[i].to;
    }
    uint64_t n = 0;
    for (uint32_t i = 0; i < s->size; i++)
        n += s->tokens[i].p != NULL;
    h.ends_at = align(sizeof h);
    h.text_at = align(h.ends_at + (s->size + 1ull) * 4);
    h.text_bytes = bytes;
    h.ids_at = align(h.text_at + bytes);
    h.ids_slots = slots_for(n);
    h.single_at = align(h.ids_at + h.ids_slots * 4);
    h.double_at = h.single_at + 256 * 4;
    h.pairs_at = h.double_at + 65536 * 4;
    h.pairs_slots = slots_for(n);
    h.bytes = h.pairs_at + h.pairs_slots * 8;
    return h;
}

static void point(const void *image, struct vocab *v)
{
    const char *p = image;
    const struct vocab_header *h = image;
    v->h = h;
    v->ends = (const uint32_t *)(p + h->ends_at);
    v->text = p + h->text_at;
    v->ids = (const uint32_t *)(p + h->ids_at);
    v->single = (const uint32_t *)(p + h->single_at);
    v->twos = (const uint32_t *)(p + h->double_at);
    v->pairs = (const uint64_t *)(p + h->pairs_at);
    v->ids_shift = shift_of(h->ids_slots);
    v->pairs_shift = shift_of(h->pairs_slots);
    v->pretok = pretok_of(h->pattern);
}

int vocab_build(const struct vocab_source *s, const char *path, const char *sha256, struct vocab_header **out, struct error *e)
{
    uint64_t bytes = 0;
    int rc = measure(s, path, &bytes, e);
    if (rc)
        return rc;
    struct vocab_header h = header(s, bytes, path, sha256);
    char *image = xcalloc(1, h.bytes);
    struct vocab v;
    memcpy(image, &h, sizeof h);
    point(image, &v);
    rc = fill_texts(s, image, &h, &v, path, e);
    if (rc == 0)
        fill_pairs(s, image, &h, &v);
    if (rc)
        free(image);
    else
        *out = (struct vocab_header *)image;
    return rc;
}

/* A table of `slots` entries of `width` bytes at `at` lies inside n bytes, on its line. */
static bool inside(uint64_t at, uint64_t slots, uint64_t width, size_t n)
{
    return at % 64 == 0 && at >= sizeof(struct vocab_header) && at <= n && slots <= (n - at) / width;
}

static bool power_of_two(uint64_t n)
{
    return n >= 64 && n <= (1ull << 40) && (n & (n - 1)) == 0;
}

static bool header_ok(const struct vocab_header *h, size_t n)
{
    if (memcmp(h->magic, VOCAB_MAGIC, sizeof h->magic) != 0 || h->format != VOCAB_FORMAT || h->bytes != n)
        return false;
    if (h->vocab_size == 0 || h->vocab_size >= VOCAB_MAX_IDS || h->n_special > VOCAB_MAX_SPECIAL || !pretok_of(h->pattern))
        return false;
    if (h->name[sizeof h->name - 1] || h->sha256[sizeof h->sha256 - 1] || strnlen(h->sha256, 72) > 64)
        return false;
    if (h->bos < -1 || h->bos >= (int64_t)h->vocab_size || h->eos < -1 || h->eos >= (int64_t)h->vocab_size)
        return false;
    for (unsigned i = 0; i < h->n_special; i++)
        if (h->special[i].from > h->special[i].to || h->special[i].to > h->vocab_size)
            return false;
    return inside(h->ends_at, h->vocab_size + 1ull, 4, n) && inside(h->text_at, h->text_bytes, 1, n) &&
           power_of_two(h->ids_slots) && inside(h->ids_at, h->ids_slots, 4, n) && inside(h->single_at, 256, 4, n) &&
           inside(h->double_at, 65536, 4, n) && power_of_two(h->pairs_slots) && inside(h->pairs_at, h->pairs_slots, 8, n);
}

/* Ids below the size, or NO_ID where `gaps`; a hash table needs a gap, or a search would never end. */
static bool ids_ok(const uint32_t *ids, uint64_t n, uint32_t size, bool gaps)
{
    uint64_t empty = 0, wrong = 0;
    for (uint64_t i = 0; i < n; i++) {
        empty += ids[i] == NO_ID;
        wrong += ids[i] >= size && ids[i] != NO_ID;
    }
    return wrong == 0 && (gaps ? empty > 0 : empty == 0);
}

static bool pairs_ok(const uint64_t *pairs, uint64_t n, uint32_t size)
{
    uint64_t empty = 0, wrong = 0;
    for (uint64_t i = 0; i < n; i++) {
        empty += pairs[i] == UINT64_MAX;
        wrong += (pairs[i] & VOCAB_MAX_IDS) >= size && pairs[i] != UINT64_MAX;
    }
    return wrong == 0 && empty > 0;
}

bool image_check(const void *image, size_t n, struct vocab *v)
{
    const struct vocab_header *h = image;
    if (n < sizeof *h || !header_ok(h, n))
        return false;
    point(image, v);
    if (v->ends[0] != 0 || v->ends[h->vocab_size] != h->text_bytes)
        return false;
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < h->vocab_size; i++)
        wrong += v->ends[i] > v->ends[i + 1];
    return wrong == 0 && ids_ok(v->ids, h->ids_slots, h->vocab_size, true) && ids_ok(v->single, 256, h->vocab_size, false) &&
           ids_ok(v->twos, 65536, h->vocab_size, true) && pairs_ok(v->pairs, h->pairs_slots, h->vocab_size);
}
