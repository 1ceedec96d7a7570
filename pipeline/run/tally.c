/* tally.c - see tally.h. */
#include "pipeline/run/tally.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"

static size_t slot_of(const struct tally *t, struct span name)
{
    size_t mask = t->n_slots - 1, i = hash_fast(name) & mask;
    while (t->slots[i] && !span_is(name, t->rows[t->slots[i] - 1].name))
        i = (i + 1) & mask;
    return i;
}

static void rehash(struct tally *t)
{
    size_t want = 64;
    while (want < 2 * t->cap)
        want *= 2;
    free(t->slots);
    t->slots = xcalloc(want, sizeof *t->slots);
    t->n_slots = want;
    for (size_t i = 0; i < t->n; i++)
        t->slots[slot_of(t, span_cstr(t->rows[i].name))] = (uint32_t)i + 1;
}

struct tally_row *tally_at(struct tally *t, struct span name)
{
    if (t->n == t->cap) {
        GROW(t->rows, t->n, t->cap);
        rehash(t);
    }
    const char *nul = memchr(name.p ? name.p : "", 0, name.n);
    if (nul) /* names are C strings: a NUL ends one, as no row of ours has it */
        name.n = (size_t)(nul - name.p);
    size_t i = slot_of(t, name);
    if (!t->slots[i]) {
        t->rows[t->n] = (struct tally_row){ .name = xmemdup0(name.p, name.n) };
        t->slots[i] = (uint32_t)++t->n;
    }
    return &t->rows[t->slots[i] - 1];
}

const struct tally_row *tally_find(const struct tally *t, struct span name)
{
    size_t i = t->n_slots ? slot_of(t, name) : 0;
    return t->n_slots && t->slots[i] ? &t->rows[t->slots[i] - 1] : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tally_row *)a)->name, ((const struct tally_row *)b)->name);
}

static int by_count(const void *a, const void *b, void *column)
{
    uint64_t x = ((const struct tally_row *)a)->v[*(unsigned *)column];
    uint64_t y = ((const struct tally_row *)b)->v[*(unsigned *)column];
    return x != y ? (x < y) - (x > y) : by_name(a, b);
}

void tally_sort_by_name(struct tally *t)
{
    if (t->n == 0)
        return;
    qsort(t->rows, t->n, sizeof *t->rows, by_name);
    rehash(t);
}

void tally_sort_by_count(struct tally *t, unsigned column)
{
    if (t->n == 0)
        return;
    qsort_r(t->rows, t->n, sizeof *t->rows, by_count, &column);
    rehash(t);
}

bool tally_cut(struct tally *t, unsigned column, size_t keep)
{
    if (t->n <= keep)
        return false;
    qsort_r(t->rows, t->n, sizeof *t->rows, by_count, &column);
    while (t->n > keep)
        free(t->rows[--t->n].name);
    rehash(t);
    return true;
}

void tally_release(struct tally *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->rows[i].name);
    free(t->rows);
    free(t->slots);
    *t = (struct tally){ 0 };
}

void tally_put_json(const struct tally *t, unsigned columns, struct json_writer *w)
{
    struct tally_row *sorted = xmalloc((t->n + 1) * sizeof *sorted);
    if (t->n)
        memcpy(sorted, t->rows, t->n * sizeof *sorted);
    qsort(sorted, t->n, sizeof *sorted, by_name);
    jw_begin(w, '{');
    for (size_t i = 0; i < t->n; i++) {
        jw_key(w, sorted[i].name);
        jw_begin(w, '[');
        for (unsigned c = 0; c < columns; c++)
            jw_u64(w, sorted[i].v[c]);
        jw_end(w, ']');
    }
    jw_end(w, '}');
    free(sorted);
}

void tally_merge_json(struct tally *t, const struct json *v)
{
    for (const struct json *m = v && v->type == JSON_OBJECT ? v->first : NULL; m; m = m->next) {
        if (m->type != JSON_ARRAY || m->n > TALLY_COLUMNS)
            continue;
        struct tally_row *row = tally_at(t, m->name);
        unsigned c = 0;
        for (const struct json *x = m->first; x; x = x->next, c++)
            if (x->type == JSON_NUMBER && x->num >= 0 && x->num <= 9007199254740992.0)
                row->v[c] += (uint64_t)x->num;
    }
}
