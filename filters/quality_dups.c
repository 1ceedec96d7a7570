/*
 * quality_dups.c - equal lines and equal runs of words, counted in linear time.  Most runs stand in a page once: those
 * are sorted out first by a count that may err on the other side.
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

/* ---- places that are worth a look ---- */

/*
 * Of n hashes, the places of those that another place has too.  Counted in one byte each without comparing, so some are there
 * by chance (an eighth at most); none is missing.
 */
static int repeated_hashes(struct arena *a, const uint64_t *hashes, size_t n, struct places *out)
{
    size_t size = 64;
    while (size < 8 * n)
        size *= 2;
    uint8_t *seen = arena_try(a, size);
    *out = (struct places){ arena_try(a, (n + 1) * sizeof *out->at), 0 };
    if (!seen || !out->at)
        return -ERR_TOO_BIG;
    memset(seen, 0, size);
    for (size_t k = 0; k < n; k++) {
        uint8_t *s = &seen[hashes[k] & (size - 1)];
        *s = *s ? 2 : 1;
    }
    for (size_t k = 0; k < n; k++) {
        out->at[out->n] = (uint32_t)k;
        out->n += seen[hashes[k] & (size - 1)] == 2;
    }
    return 0;
}

int top_gram_places(struct quality_page *p, struct places *out)
{
    size_t n = p->words.n > 1 ? p->words.n - 1 : 0;
    uint64_t *hashes = arena_try(p->doc->arena, (n + 1) * sizeof *hashes);
    if (!hashes)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < n; k++)
        hashes[k] = hash_pair(p->seed ^ p->ids[k], p->ids[k + 1]);
    return repeated_hashes(p->doc->arena, hashes, n, out);
}

/* Bytes of a run of n words that begins with word i. */
static struct span joined_run(const struct quality_page *p, size_t i, unsigned n)
{
    return span_of(p->joined + p->starts[i], p->starts[i + n] - p->starts[i]);
}

/*
 * Two runs of five words or more can only be equal if their first bytes are: as many as the shortest run of five has, up to
 * sixteen of them.  (Not if their first words are: equal runs may be cut into words differently.)
 */
int dup_gram_places(struct quality_page *p, struct places *out)
{
    size_t n = p->words.n >= QUALITY_DUP_FROM ? p->words.n - QUALITY_DUP_FROM + 1 : 0, least = 16;
    uint64_t *hashes = arena_try(p->doc->arena, (n + 1) * sizeof *hashes);
    if (!hashes)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < n; k++) {
        size_t bytes = joined_run(p, k, QUALITY_DUP_FROM).n;
        least = bytes < least ? bytes : least;
    }
    uint64_t mask = least < 8 ? ((uint64_t)1 << (8 * least)) - 1 : UINT64_MAX;
    size_t second = least < 8 ? 0 : least - 8;
    for (size_t k = 0; k < n; k++) {
        uint64_t x, y;
        memcpy(&x, p->joined + p->starts[k], 8);
        memcpy(&y, p->joined + p->starts[k] + second, 8);
        hashes[k] = hash_pair(p->seed ^ (x & mask), y & mask);
    }
    return repeated_hashes(p->doc->arena, hashes, n, out);
}

/* ---- the most frequent run of n words ---- */

static size_t gram_chars(const struct quality_page *p, size_t at, unsigned n)
{
    size_t chars = n - 1;
    for (unsigned i = 0; i < n; i++)
        chars += p->types[p->ids[at + i]].chars;
    return chars;
}

int top_gram_chars(struct quality_page *p, unsigned n, struct places *places, size_t *chars)
{
    struct arena *a = p->doc->arena;
    size_t bytes = n * sizeof *p->ids, mask, kept = 0, best = 0, most = 1;
    uint32_t *slots = slots_new(a, places->n, &mask);
    uint32_t *counts = arena_try(a, (places->n + 1) * sizeof *counts); /* of the run there, where it stands first */
    uint32_t *firsts = arena_try(a, (places->n + 1) * sizeof *firsts); /* index of that place */
    if (!slots || !counts || !firsts)
        return -ERR_TOO_BIG;
    while (places->n && places->at[places->n - 1] + n > p->words.n)
        places->n--;
    for (size_t k = 0; k < places->n; k++) {
        const uint32_t *key = p->ids + places->at[k];
        size_t i = hash_seeded(span_of((const char *)key, bytes), p->seed) & mask;
        while (slots[i] && memcmp(p->ids + places->at[slots[i] - 1], key, bytes) != 0)
            i = (i + 1) & mask;
        if (!slots[i])
            slots[i] = (uint32_t)k + 1;
        counts[k] = 0;
        firsts[k] = slots[i] - 1;
        counts[firsts[k]]++;
    }
    for (size_t k = 0; k < places->n; k++) {
        if (counts[k] > most) {
            most = counts[k];
            best = places->at[k];
        }
    }
    /* A run that stands there once cannot begin a longer one that stands there twice. */
    for (size_t k = 0; k < places->n; k++)
        if (counts[firsts[k]] > 1)
            places->at[kept++] = places->at[k];
    places->n = kept;
    *chars = gram_chars(p, best, n) * most;
    return 0;
}

/* ---- runs of n words that stand there again ---- */

static size_t run_chars(const struct quality_page *p, size_t i, unsigned n)
{
    size_t chars = 0;
    for (unsigned k = 0; k < n; k++)
        chars += p->types[p->ids[i + k]].chars;
    return chars;
}

int dup_gram_chars(struct quality_page *p, unsigned n, const struct places *places, size_t *chars)
{
    size_t mask, next = 0;
    uint32_t *slots = slots_new(p->doc->arena, places->n, &mask);
    *chars = 0;
    if (!slots)
        return -ERR_TOO_BIG;
    for (size_t k = 0; k < places->n && places->at[k] + n <= p->words.n; k++) {
        size_t at = places->at[k];
        if (at < next)
            continue; /* inside a run that was stepped over */
        struct span run = joined_run(p, at, n);
        size_t i = hash_seeded(run, p->seed) & mask;
        while (slots[i] && !span_eq(joined_run(p, slots[i] - 1, n), run))
            i = (i + 1) & mask;
        if (slots[i]) {
            *chars += run_chars(p, at, n);
            next = at + n;
        } else {
            slots[i] = (uint32_t)at + 1;
        }
    }
    return 0;
}
