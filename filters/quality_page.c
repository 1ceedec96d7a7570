/* quality_page.c - see quality_page.h. */
#include "filters/quality_page.h"

#include "core/hash.h"
#include "core/text/chars.h"
#include "core/utf8.h"

void page_set_text(struct quality_page *p, struct span text)
{
    p->text = text;
    p->chars = utf8_count(text);
    p->seed = hash_fast(text);
    p->has_words = p->has_types = false;
}

/* Current datatrove counts the sentence ends of all scripts as punctuation. */
static bool is_symbol(const struct quality_page *p, uint32_t cp)
{
    return char_is_punct(cp) || (!p->april && char_is_terminal(cp));
}

bool page_is_symbol(const struct quality_page *p, struct span w)
{
    for (const char *at = w.p, *end = w.p + w.n; at < end;)
        if (!is_symbol(p, utf8_next(&at, end)))
            return false;
    return true;
}

/* What the rules ask of a word's characters. */
static void classify(const struct quality_page *p, struct word_type *t)
{
    const char *at = t->w.p, *end = t->w.p + t->w.n;
    t->symbol = true;
    for (; at < end; t->chars++) {
        uint32_t cp = utf8_next(&at, end);
        t->symbol = t->symbol && is_symbol(p, cp);
        t->alpha = t->alpha || char_is_alpha(cp);
    }
}

/* The word as a key of the table of types; eight bytes can be read from w.p if `slack`. */
static struct word_type key_of(struct span w, bool slack)
{
    struct word_type k = { .w = w };
    if (w.n >= 8) {
        memcpy(&k.first, w.p, 8);
        memcpy(&k.last, w.p + w.n - 8, 8);
    } else if (slack) {
        memcpy(&k.first, w.p, 8);
        k.first &= ((uint64_t)1 << (8 * w.n)) - 1; /* little-endian, as all of our machines are */
    } else {
        memcpy(&k.first, w.p, w.n);
    }
    return k;
}

static uint64_t hash_of(const struct quality_page *p, const struct word_type *k)
{
    return k->w.n > 16 ? hash_seeded(k->w, p->seed) : hash_pair(k->first ^ p->seed, k->last + k->w.n);
}

static bool same_word(const struct word_type *a, const struct word_type *b)
{
    return a->first == b->first && a->last == b->last && a->w.n == b->w.n && (a->w.n <= 16 || span_eq(a->w, b->w));
}

/* The slot that the word has or would have. */
static size_t slot_of(const struct quality_page *p, const struct word_type *k)
{
    size_t i = hash_of(p, k) & p->type_mask;
    while (p->type_slots[i] && !same_word(&p->types[p->type_slots[i] - 1], k))
        i = (i + 1) & p->type_mask;
    return i;
}

static uint32_t intern(struct quality_page *p, struct span w)
{
    struct word_type k = key_of(w, true);
    size_t i = slot_of(p, &k);
    if (p->type_slots[i]) {
        p->types[p->type_slots[i] - 1].count++;
        return p->type_slots[i] - 1;
    }
    k.count = 1;
    classify(p, &k);
    p->types[p->n_types++] = k;
    p->type_slots[i] = (uint32_t)p->n_types;
    return (uint32_t)p->n_types - 1;
}

int page_words(struct quality_page *p)
{
    int rc = 0;
    if (!p->has_words)
        rc = words_split_most(p->segmenter, p->mode, p->text, QUALITY_MAX_WORDS, p->doc->arena, &p->words);
    p->has_words = rc == 0;
    return rc;
}

/* Eight bytes at a time: a word is short. */
static char *put_bytes(char *to, struct span w, const char *end)
{
    if (w.n > 32 || end - w.p < 40)
        return (char *)memcpy(to, w.p, w.n) + w.n;
    for (size_t i = 0; i < w.n; i += 8)
        memcpy(to + i, w.p + i, 8);
    return to + w.n;
}

int page_types(struct quality_page *p)
{
    struct arena *a = p->doc->arena;
    int rc = p->has_types ? 0 : page_words(p);
    if (rc || p->has_types)
        return rc;
    size_t n = p->words.n;
    p->n_types = 0;
    p->ids = arena_try(a, (n + 1) * sizeof *p->ids);
    p->types = arena_try(a, (n + 1) * sizeof *p->types);
    p->starts = arena_try(a, (n + 1) * sizeof *p->starts);
    p->joined = arena_try(a, p->text.n + 8);
    p->type_slots = slots_new(a, n, &p->type_mask);
    if (!p->ids || !p->types || !p->starts || !p->joined || !p->type_slots)
        return -ERR_TOO_BIG;
    char *to = p->joined;
    for (size_t i = 0; i < n; i++) {
        char *from = to;
        to = put_bytes(to, p->words.w[i], p->text.p + p->text.n);
        p->starts[i] = (uint32_t)(from - p->joined);
        p->ids[i] = intern(p, span_of(from, p->words.w[i].n));
    }
    p->starts[n] = (uint32_t)(to - p->joined);
    p->has_types = true;
    return 0;
}

const struct word_type *page_find_word(const struct quality_page *p, struct span w)
{
    struct word_type k = key_of(w, false);
    size_t i = slot_of(p, &k);
    return p->type_slots[i] ? &p->types[p->type_slots[i] - 1] : NULL;
}
