/*
 * quality_dups.c - equal lines and equal runs of words, counted in linear time.
 *
 * Open addressing over places (index + 1; 0 is free).  Equal hashes are always compared to the byte, so a collision costs
 * time and never a verdict; the seed comes from the text, so collisions cannot be prepared.
 */
#include "core/hash.h"
#include "core/utf8.h"
#include "filters/quality_page.h"

uint32_t *slots_new(struct arena *a, size_t n, size_t *mask)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    uint32_t *slots = n < UINT32_MAX ? arena_try(a, size * sizeof *slots) : NULL;
    if (slots)
        memset(slots, 0, size * sizeof *slots);
    *mask = size - 1;
    return slots;
}

int dups_of_spans(struct arena *a, uint64_t seed, const struct span *v, size_t n, struct dups *out)
{
    size_t mask;
    uint32_t *slots = slots_new(a, n, &mask);
    *out = (struct dups){ 0 };
    if (!slots)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < n; k++) {
        size_t i = hash_seeded(v[k], seed) & mask;
        while (slots[i] && !span_eq(v[slots[i] - 1], v[k]))
            i = (i + 1) & mask;
        if (slots[i]) {
            out->elements++;
            out->chars += utf8_count(v[k]);
        } else {
            slots[i] = (uint32_t)k + 1;
        }
    }
    return 0;
}

/* ---- the most frequent run of n words ---- */

static size_t gram_chars(const struct quality_page *p, size_t at, unsigned n)
{
    size_t chars = n - 1;
    for (unsigned i = 0; i < n; i++)
        chars += p->types[p->ids[at + i]].chars;
    return chars;
}

int top_gram_chars(struct quality_page *p, unsigned n, size_t *chars)
{
    struct arena *a = p->doc->arena;
    size_t grams = p->words.n - n + 1, bytes = n * sizeof *p->ids, mask, best = 0;
    uint32_t *slots = slots_new(a, grams, &mask);
    uint32_t *counts = arena_try(a, grams * sizeof *counts); /* of the run that begins there, where it stands first */
    if (!slots || !counts)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < grams; k++) {
        const uint32_t *key = p->ids + k;
        size_t i = hash_seeded(span_of((const char *)key, bytes), p->seed) & mask;
        while (slots[i] && memcmp(p->ids + slots[i] - 1, key, bytes) != 0)
            i = (i + 1) & mask;
        if (!slots[i])
            slots[i] = (uint32_t)k + 1;
        counts[k] = 0;
        counts[slots[i] - 1]++;
    }
    for (size_t k = 1; k < grams; k++)
        if (counts[k] > counts[best])
            best = k;
    *chars = gram_chars(p, best, n) * counts[best];
    return 0;
}

/* ---- runs of n words that stand there again ---- */

/* The words without what stands between them. */
struct joined {
    const char *bytes;
    uint32_t *at;    /* where word i begins in bytes; n + 1 of them */
    uint32_t *chars; /* code points before word i */
};

int joined_new(struct quality_page *p, struct joined **out)
{
    struct arena *a = p->doc->arena;
    size_t n = p->words.n;
    struct joined *j = arena_try(a, sizeof *j);
    char *bytes = arena_try(a, p->text.n + 1);
    if (!j || !bytes)
        return -ERR_TOO_BIG;
    *j = (struct joined){ bytes, arena_try(a, (n + 1) * sizeof *j->at), arena_try(a, (n + 1) * sizeof *j->chars) };
    if (!j->at || !j->chars)
        return -ERR_TOO_BIG;
    j->at[0] = j->chars[0] = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(bytes + j->at[i], p->words.w[i].p, p->words.w[i].n);
        j->at[i + 1] = j->at[i] + (uint32_t)p->words.w[i].n;
        j->chars[i + 1] = j->chars[i] + p->types[p->ids[i]].chars;
    }
    *out = j;
    return 0;
}

static struct span joined_run(const struct joined *j, size_t i, unsigned n)
{
    return span_of(j->bytes + j->at[i], j->at[i + n] - j->at[i]);
}

int dup_gram_chars(struct quality_page *p, const struct joined *j, unsigned n, size_t *chars)
{
    size_t grams = p->words.n >= n ? p->words.n - n + 1 : 0, mask;
    uint32_t *slots = slots_new(p->doc->arena, grams, &mask);
    *chars = 0;
    if (!slots)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < grams;) {
        struct span run = joined_run(j, k, n);
        size_t i = hash_seeded(run, p->seed) & mask;
        while (slots[i] && !span_eq(joined_run(j, slots[i] - 1, n), run))
            i = (i + 1) & mask;
        if (slots[i]) {
            *chars += j->chars[k + n] - j->chars[k];
            k += n;
        } else {
            slots[i] = (uint32_t)k + 1;
            k++;
        }
    }
    return 0;
}
