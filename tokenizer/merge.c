/*
 * merge.c - see merge.h.
 *
 * All three ways do what the plain definition does: as long as two neighbours together are a token,
 * merge the pair whose token has the lowest id, the leftmost where several have it.
 *
 * Long pieces: every pair waits in the bucket of the id it would become, buckets being lists in the order of
 * position.  The lowest non-empty bucket gives its first pair.  A pair that changes is unlinked from
 * where it waits.  As a merge makes only pairs that are longer than itself, a bucket gets no new pairs
 * while it is being emptied, unless a lower one comes between; then its list may need sorting.
 * A vocabulary made to force sorting again and again falls back to a heap of (id, position): n log n, always.
 */
#include "tokenizer/merge.h"

#include <stdlib.h>

#include "core/alloc.h"

#define NONE UINT32_MAX
/* Sorting may cost so many symbols a byte of the piece before the heap takes over. */
#define SORT_BUDGET 32

struct symbol {
    uint32_t id, next, prev; /* of the piece as it stands; next == n: the last */
    uint32_t pair;           /* the id of this and the next together, NO_ID if none */
    uint32_t later, sooner;  /* neighbours in the bucket `pair` */
};

struct bucket {
    uint32_t head, tail; /* 1 + position; 0: empty, so that zeroed memory will do */
    bool queued, unsorted;
};

void merger_release(struct merger *m)
{
    free(m->symbols);
    free(m->buckets);
    free(m->heap);
    free(m->queue);
    *m = (struct merger){ 0 };
}

/* ---- short ---- */

/*
 * Pairs as id << 8 | position: the least of them is the pair to merge, the leftmost of equals included.
 * Nothing moves when two become one; dead places hold the greatest key.
 */
#define LANES 4
typedef int32_t keys __attribute__((vector_size(4 * LANES)));
_Static_assert(MERGE_SHORT <= 256 && MERGE_SHORT % LANES == 0 && VOCAB_ID_BITS + 8 < 31, "a key must fit");

static inline int32_t key_for(uint32_t pair, size_t at)
{
    return pair == NO_ID ? INT32_MAX : (int32_t)(pair << 8 | at);
}

static inline int32_t least_key(const int32_t *key, size_t n)
{
    keys least, k;
    memcpy(&least, key, sizeof least);
    for (size_t i = LANES; i < n; i += LANES) {
        memcpy(&k, key + i, sizeof k);
        keys smaller = k < least;
        least = (k & smaller) | (least & ~smaller);
    }
    int32_t a = least[0] < least[1] ? least[0] : least[1], b = least[2] < least[3] ? least[2] : least[3];
    return a < b ? a : b;
}

size_t merge_short(const struct vocab *v, struct span piece, uint32_t *out)
{
    int32_t key[MERGE_SHORT + LANES];
    uint32_t id[MERGE_SHORT + 1];
    uint16_t next[MERGE_SHORT + 1], prev[MERGE_SHORT + 1];
    size_t n = piece.n, k = 0;
    const unsigned char *p = (const unsigned char *)piece.p;
    for (size_t i = 0; i < n; i++) {
        id[i] = v->single[p[i]];
        next[i] = (uint16_t)(i + 1);
        prev[i] = (uint16_t)(i - 1); /* 65535 before the first */
        key[i] = key_for(i + 1 < n ? v->twos[p[i] << 8 | p[i + 1]] : NO_ID, i);
    }
    for (size_t i = n; i < n + LANES; i++)
        key[i] = INT32_MAX;
    for (int32_t least; (least = least_key(key, n)) != INT32_MAX;) {
        size_t at = least & 0xff, gone = next[at], after = next[gone];
        id[at] = (uint32_t)least >> 8;
        next[at] = (uint16_t)after;
        key[gone] = INT32_MAX;
        key[at] = INT32_MAX;
        if (after < n) {
            prev[after] = (uint16_t)at;
            key[at] = key_for(vocab_pair(v, id[at], id[after]), at);
        }
        if (at)
            key[prev[at]] = key_for(vocab_pair(v, id[prev[at]], id[at]), prev[at]);
    }
    for (size_t i = 0; i < n; i = next[i])
        out[k++] = id[i];
    return k;
}

/* ---- what both long ways share ---- */

static void lay_out(struct merger *m, const struct vocab *v, struct span piece)
{
    const unsigned char *p = (const unsigned char *)piece.p;
    uint32_t n = (uint32_t)piece.n;
    if (m->cap < n) {
        m->cap = n;
        free(m->symbols);
        m->symbols = xmalloc(n * sizeof *m->symbols);
    }
    for (uint32_t i = 0; i < n; i++)
        m->symbols[i] = (struct symbol){ .id = v->single[p[i]], .next = i + 1, .prev = i ? i - 1 : NONE, .later = NONE,
                                         .sooner = NONE, .pair = i + 1 < n ? v->twos[p[i] << 8 | p[i + 1]] : NO_ID };
}

/* Make the symbol at i and the next one the token of their pair. */
static void join(struct symbol *s, uint32_t i, uint32_t n)
{
    uint32_t gone = s[i].next;
    s[i].id = s[i].pair;
    s[i].next = s[gone].next;
    if (s[i].next < n)
        s[s[i].next].prev = i;
    s[gone].pair = NO_ID;
    s[gone].id = NO_ID;
}

static uint32_t pair_at(const struct vocab *v, const struct symbol *s, uint32_t i, uint32_t n)
{
    return s[i].next < n ? vocab_pair(v, s[i].id, s[s[i].next].id) : NO_ID;
}

static size_t gather(const struct symbol *s, uint32_t n, uint32_t *out)
{
    size_t k = 0;
    for (uint32_t i = 0; i < n; i = s[i].next)
        out[k++] = s[i].id;
    return k;
}

/* ---- the heap of (id, position) ---- */

static void queue_push(struct merger *m, uint32_t pair, uint32_t at)
{
    uint64_t key = (uint64_t)pair << 32 | at;
    GROW(m->queue, m->queue_n, m->queue_cap);
    size_t i = m->queue_n++;
    for (; i && m->queue[(i - 1) / 2] > key; i = (i - 1) / 2)
        m->queue[i] = m->queue[(i - 1) / 2];
    m->queue[i] = key;
}

static uint64_t queue_pop(struct merger *m)
{
    uint64_t top = m->queue[0], last = m->queue[--m->queue_n];
    size_t i = 0, n = m->queue_n;
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && m->queue[child + 1] < m->queue[child])
            child++;
        if (m->queue[child] >= last)
            break;
        m->queue[i] = m->queue[child];
    }
    if (n)
        m->queue[i] = last;
    return top;
}

/* From whatever state the symbols are in to the end. */
static void run_queue(struct merger *m, const struct vocab *v, uint32_t n)
{
    struct symbol *s = m->symbols;
    m->queue_n = 0;
    for (uint32_t i = 0; i < n; i = s[i].next)
        if (s[i].pair != NO_ID)
            queue_push(m, s[i].pair, i);
    while (m->queue_n) {
        uint64_t top = queue_pop(m);
        uint32_t i = (uint32_t)top;
        if (s[i].pair != top >> 32)
            continue;
        join(s, i, n);
        if ((s[i].pair = pair_at(v, s, i, n)) != NO_ID)
            queue_push(m, s[i].pair, i);
        uint32_t before = s[i].prev;
        if (before != NONE && (s[before].pair = pair_at(v, s, before, n)) != NO_ID)
            queue_push(m, s[before].pair, before);
    }
}

size_t merge_queue(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out)
{
    lay_out(m, v, piece);
    run_queue(m, v, (uint32_t)piece.n);
    return gather(m->symbols, (uint32_t)piece.n, out);
}

/* ---- buckets ---- */

static void heap_push(struct merger *m, uint32_t id)
{
    GROW(m->heap, m->heap_n, m->heap_cap);
    size_t i = m->heap_n++;
    for (; i && m->heap[(i - 1) / 2] > id; i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = id;
}

static void heap_drop(struct merger *m)
{
    uint32_t last = m->heap[--m->heap_n];
    size_t i = 0, n = m->heap_n;
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && m->heap[child + 1] < m->heap[child])
            child++;
        if (m->heap[child] >= last)
            break;
        m->heap[i] = m->heap[child];
    }
    if (n)
        m->heap[i] = last;
}

static void wait_in(struct merger *m, uint32_t i)
{
    struct symbol *s = m->symbols;
    struct bucket *b = &m->buckets[s[i].pair];
    s[i].later = NONE;
    s[i].sooner = b->tail ? b->tail - 1 : NONE;
    if (b->tail) {
        s[b->tail - 1].later = i;
        b->unsorted |= i < b->tail - 1;
    } else {
        b->head = i + 1;
        b->unsorted = false;
    }
    b->tail = i + 1;
    if (!b->queued) {
        b->queued = true;
        heap_push(m, s[i].pair);
    }
}

static void leave(struct merger *m, uint32_t i)
{
    struct symbol *s = m->symbols;
    struct bucket *b = &m->buckets[s[i].pair];
    if (s[i].sooner == NONE)
        b->head = s[i].later == NONE ? 0 : s[i].later + 1;
    else
        s[s[i].sooner].later = s[i].later;
    if (s[i].later == NONE)
        b->tail = s[i].sooner == NONE ? 0 : s[i].sooner + 1;
    else
        s[s[i].later].sooner = s[i].sooner;
}

static int by_position(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_bucket(struct merger *m, struct bucket *b)
{
    struct symbol *s = m->symbols;
    size_t n = 0, cap = 0;
    uint32_t *list = NULL;
    uint32_t i = b->head - 1; /* a bucket that wants sorting has members */
    do {
        GROW(list, n, cap);
        list[n++] = i;
        i = s[i].later;
    } while (i != NONE);
    qsort(list, n, sizeof *list, by_position);
    for (size_t k = 0; k < n; k++) {
        s[list[k]].sooner = k ? list[k - 1] : NONE;
        s[list[k]].later = k + 1 < n ? list[k + 1] : NONE;
    }
    b->head = list[0] + 1;
    b->tail = list[n - 1] + 1;
    b->unsorted = false;
    m->sorted += n;
    free(list);
}

/* The pair at i is another one now. */
static void renew(struct merger *m, const struct vocab *v, uint32_t i, uint32_t n)
{
    uint32_t now = pair_at(v, m->symbols, i, n);
    if (m->symbols[i].pair != NO_ID)
        leave(m, i);
    m->symbols[i].pair = now;
    if (now != NO_ID)
        wait_in(m, i);
}

/* Empty every bucket that still has something, for the heap to take over. */
static void clear_buckets(struct merger *m)
{
    for (size_t k = 0; k < m->heap_n; k++)
        m->buckets[m->heap[k]] = (struct bucket){ 0 };
    m->heap_n = 0;
}

static void merge_first(struct merger *m, const struct vocab *v, struct bucket *b, uint32_t n)
{
    struct symbol *s = m->symbols;
    uint32_t i = b->head - 1, gone = s[i].next, before = s[i].prev;
    leave(m, i);
    if (s[gone].pair != NO_ID)
        leave(m, gone);
    join(s, i, n);
    s[i].pair = NO_ID;
    if (before != NONE)
        renew(m, v, before, n);
    renew(m, v, i, n);
}

size_t merge_buckets(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out)
{
    uint32_t n = (uint32_t)piece.n;
    lay_out(m, v, piece);
    if (!m->buckets)
        m->buckets = xcalloc(v->h->vocab_size, sizeof *m->buckets);
    m->sorted = 0;
    for (uint32_t i = 0; i < n; i++)
        if (m->symbols[i].pair != NO_ID)
            wait_in(m, i);
    while (m->heap_n) {
        uint32_t least = m->heap[0];
        struct bucket *b = &m->buckets[least];
        if (!b->head) {
            b->queued = false;
            heap_drop(m);
            continue;
        }
        if (b->unsorted)
            sort_bucket(m, b);
        if (m->sorted > (uint64_t)SORT_BUDGET * n) {
            clear_buckets(m);
            run_queue(m, v, n);
            break;
        }
        merge_first(m, v, b, n);
    }
    return gather(m->symbols, n, out);
}

size_t merge_piece(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out)
{
    if (piece.n > MERGE_MAX_PIECE)
        return 0;
    return piece.n <= MERGE_SHORT ? merge_short(v, piece, out) : merge_buckets(m, v, piece, out);
}
