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

/* What the rules ask of a word's characters. */
static void classify(const struct quality_page *p, struct word_type *t)
{
    const char *at = t->w.p, *end = t->w.p + t->w.n;
    t->symbol = true;
    for (; at < end; t->chars++) {
        uint32_t cp = utf8_next(&at, end);
        /* Current datatrove counts the sentence ends of all scripts as punctuation. */
        t->symbol = t->symbol && (char_is_punct(cp) || (!p->april && char_is_terminal(cp)));
        t->alpha = t->alpha || char_is_alpha(cp);
    }
}

static uint32_t intern(struct quality_page *p, struct span w)
{
    size_t i = hash_seeded(w, p->seed) & p->type_mask;
    for (; p->type_slots[i]; i = (i + 1) & p->type_mask) {
        struct word_type *t = &p->types[p->type_slots[i] - 1];
        if (span_eq(t->w, w)) {
            t->count++;
            return p->type_slots[i] - 1;
        }
    }
    struct word_type *t = &p->types[p->n_types++];
    *t = (struct word_type){ .w = w, .count = 1 };
    classify(p, t);
    p->type_slots[i] = (uint32_t)p->n_types;
    return (uint32_t)p->n_types - 1;
}

int page_words(struct quality_page *p)
{
    int rc = p->has_words ? 0 : words_split(p->segmenter, p->mode, p->text, p->doc->arena, &p->words);
    p->has_words = rc == 0;
    return rc;
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
    p->type_slots = slots_new(a, n, &p->type_mask);
    if (!p->ids || !p->types || !p->type_slots)
        return -ERR_TOO_BIG;
    for (size_t i = 0; i < n; i++)
        p->ids[i] = intern(p, p->words.w[i]);
    p->has_types = true;
    return 0;
}

const struct word_type *page_find_word(const struct quality_page *p, struct span w)
{
    size_t i = hash_seeded(w, p->seed) & p->type_mask;
    for (; p->type_slots[i]; i = (i + 1) & p->type_mask)
        if (span_eq(p->types[p->type_slots[i] - 1].w, w))
            return &p->types[p->type_slots[i] - 1];
    return NULL;
}
