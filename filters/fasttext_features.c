/*
 * fasttext_features.c - from a line of text to the mean of its features' rows.
 *
 * Features are found in one pass and summed in another, a batch at a time: finding is arithmetic without
 * branches on the data, summing is loads whose addresses are known ahead.  The order of the sum is the
 * order of the features, always, so batches and vectors change no bit of it: a vector holds
 * different dimensions, never different features.
 */
#include <stdlib.h>

#include "core/alloc.h"
#include "filters/fasttext_model.h"

#define BATCH 4096
#define AHEAD 8 /* rows fetched ahead of the sum */

typedef float four __attribute__((vector_size(16), aligned(1), may_alias));

/* The library's separators; LF is one here as the caller's text is one line. */
static inline bool separator(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
}

static inline bool continues(char c)
{
    return ((uint8_t)c & 0xC0) == 0x80;
}

/* ---- rows ---- */

static void add_codes(const struct fasttext_matrix *m, uint64_t row, float *to)
{
    float norm = fasttext_norm(m, row);
    const uint8_t *code = m->codes + row * m->n_sub;
    for (uint32_t s = 0; s < m->n_sub; s++) {
        const char *c = fasttext_centroid(m, s, code[s]);
        uint32_t n = s + 1 == m->n_sub ? m->d_last : m->d_sub;
        for (uint32_t d = 0; d < n; d++)
            to[s * m->d_sub + d] += norm * fasttext_float(c + 4 * d);
    }
}

void fasttext_prepare_rows(struct fasttext *m)
{
    uint64_t n = m->pruned ? (uint64_t)m->n_words + m->n_kept : m->input.rows;
    if (m->input.dense || n * m->dim * sizeof(float) > FASTTEXT_ROWS_MAX)
        return;
    m->rows_memory = xcalloc(n * m->dim + 16, sizeof(float));
    float *rows = (float *)(((uintptr_t)m->rows_memory + 63) & ~(uintptr_t)63);
    for (uint64_t i = 0; i < n; i++) {
        bool kept = m->pruned && i >= m->n_words;
        add_codes(&m->input, kept ? m->n_words + (uint64_t)m->kept_row[i - m->n_words] : i, rows + i * m->dim);
    }
    m->rows = rows;
}

/* Sixteen dimensions (lid.176's) stay in registers for the whole batch. */
static void sum_16(const char *rows, const uint32_t *ids, size_t n, float *hidden)
{
    four *h = (four *)hidden, a = h[0], b = h[1], c = h[2], d = h[3];
    for (size_t i = 0; i < n; i++) {
        const four *row = (const four *)(rows + (size_t)ids[i] * 64);
        __builtin_prefetch(rows + (size_t)ids[i + AHEAD] * 64);
        a += row[0];
        b += row[1];
        c += row[2];
        d += row[3];
    }
    h[0] = a;
    h[1] = b;
    h[2] = c;
    h[3] = d;
}

static void sum_any(const char *rows, const uint32_t *ids, size_t n, float *hidden, uint32_t dim)
{
    uint32_t whole = dim / 4 * 4;
    for (size_t i = 0; i < n; i++) {
        const char *row = rows + (size_t)ids[i] * dim * 4;
        for (uint32_t d = 0; d < whole; d += 4)
            *(four *)(hidden + d) += *(const four *)(row + 4 * (size_t)d);
        for (uint32_t d = whole; d < dim; d++)
            hidden[d] += fasttext_float(row + 4 * (size_t)d);
    }
}

static void sum_batch(const struct fasttext *m, struct fasttext_scratch *x)
{
    const char *rows = m->rows ? (const char *)m->rows : m->input.dense;
    if (!rows)
        for (size_t i = 0; i < x->n_ids; i++)
            add_codes(&m->input, x->ids[i], x->hidden);
    else if (m->dim == 16)
        sum_16(rows, x->ids, x->n_ids, x->hidden);
    else
        sum_any(rows, x->ids, x->n_ids, x->hidden, m->dim);
    x->n_features += x->n_ids;
    x->n_ids = 0;
}

/* ---- features ---- */

/* Append n-gram bucket b as a feature, if it has a row: no branch, since which have one is not predictable. */
static inline void push_bucket(const struct fasttext *m, struct fasttext_scratch *x, uint32_t b)
{
    uint32_t id = b;
    size_t has = 1;
    if (m->pruned) {
        uint64_t block = m->kept[b / 64], bit = 1ull << b % 64;
        id = m->kept_before[b / 64] + (uint32_t)__builtin_popcountll(block & (bit - 1));
        has = (block & bit) != 0;
        if (!m->rows)
            id = has ? m->kept_row[id] : 0;
    }
    x->ids[x->n_ids] = m->n_words + id;
    x->n_ids += has;
}

/* The n-grams that begin at w[i]: minn to maxn characters; a lone < or > is none. */
static inline void grams_at(const struct fasttext *m, struct fasttext_scratch *x, const char *w, size_t n, size_t i)
{
    uint32_t h = FASTTEXT_HASH0, bucket = m->bucket;
    uint64_t inverse = UINT64_MAX / bucket + 1; /* exact remainders of 32-bit numbers (Lemire, 2019) */
    size_t j = i;
    for (int32_t k = 1; k <= m->maxn && j < n; k++) {
        h = fasttext_hash(h, w[j++]);
        while (j < n && continues(w[j]))
            h = fasttext_hash(h, w[j++]);
        if (k >= m->minn && !(k == 1 && (i == 0 || j == n)))
            push_bucket(m, x, (uint32_t)((unsigned __int128)(inverse * h) * bucket >> 64));
    }
}

static void word_grams(const struct fasttext *m, struct fasttext_scratch *x, struct span token)
{
    buf_reset(&x->word);
    buf_putc(&x->word, '<');
    buf_span(&x->word, token);
    buf_putc(&x->word, '>');
    for (size_t i = 0; i < x->word.n; i++) {
        if (continues(x->word.p[i]))
            continue;
        grams_at(m, x, x->word.p, x->word.n, i);
        if (x->n_ids >= BATCH)
            sum_batch(m, x);
    }
}

/* Returns whether the line goes on behind this token. */
static bool add_token(const struct fasttext *m, struct fasttext_scratch *x, struct span token, uint32_t hash)
{
    bool eos = span_is(token, FASTTEXT_EOS);
    int64_t id = fasttext_find(m, token, hash);
    if (id < 0 ? span_starts(token, FASTTEXT_LABEL_PREFIX) : id >= m->n_words)
        return !eos;
    if (id >= 0)
        x->ids[x->n_ids++] = (uint32_t)id;
    if (m->maxn > 0 && !eos)
        word_grams(m, x, token);
    if (m->word_ngrams > 1)
        buf_put(&x->hashes, &hash, sizeof hash);
    if (x->n_ids >= BATCH)
        sum_batch(m, x);
    return !eos;
}

static void add_word_grams(const struct fasttext *m, struct fasttext_scratch *x)
{
    size_t n = x->hashes.n / sizeof(int32_t);
    const int32_t *hashes = (const void *)x->hashes.p;
    for (size_t i = 0; i < n; i++) {
        uint64_t h = (uint64_t)(int64_t)hashes[i];
        for (size_t j = i + 1; j < n && j < i + (size_t)m->word_ngrams; j++) {
            h = h * 116049371 + (uint64_t)(int64_t)hashes[j]; /* the library's numbers, signs and all */
            push_bucket(m, x, (uint32_t)(h % m->bucket));
        }
        if (x->n_ids >= BATCH)
            sum_batch(m, x);
    }
}

static uint32_t hash_of(struct span s)
{
    uint32_t h = FASTTEXT_HASH0;
    for (size_t i = 0; i < s.n; i++)
        h = fasttext_hash(h, s.p[i]);
    return h;
}

static void add_line(const struct fasttext *m, struct fasttext_scratch *x, struct span text)
{
    const char *p = text.p, *end = p + text.n;
    while (p < end) {
        uint32_t h = FASTTEXT_HASH0;
        const char *from = p;
        for (; p < end && !separator(*p); p++)
            h = fasttext_hash(h, *p);
        if (p > from && !add_token(m, x, span_of(from, (size_t)(p - from)), h))
            return;
        while (p < end && separator(*p))
            p++;
    }
    add_token(m, x, SPAN(FASTTEXT_EOS), hash_of(SPAN(FASTTEXT_EOS)));
}

uint64_t fasttext_hidden(const struct fasttext *m, struct fasttext_scratch *x, struct span text)
{
    memset(x->hidden, 0, m->dim * sizeof *x->hidden);
    x->n_features = 0;
    x->n_ids = 0;
    buf_reset(&x->hashes);
    add_line(m, x, text);
    if (m->word_ngrams > 1)
        add_word_grams(m, x);
    sum_batch(m, x);
    if (x->n_features) {
        float scale = (float)(1.0 / (double)x->n_features);
        for (uint32_t d = 0; d < m->dim; d++)
            x->hidden[d] *= scale;
    }
    return x->n_features;
}

struct fasttext_scratch *fasttext_scratch_new(const struct fasttext *m)
{
    struct fasttext_scratch *x = xcalloc(1, sizeof *x);
    x->hidden = xcalloc(m->dim, sizeof *x->hidden);
    /* One start gives at most FASTTEXT_NGRAM_MAX n-grams and a word one more; AHEAD are looked at past the end. */
    x->ids = xcalloc(BATCH + FASTTEXT_NGRAM_MAX + AHEAD + 2, sizeof *x->ids);
    x->output = xcalloc(m->n_labels, sizeof *x->output);
    x->stack = xcalloc((size_t)m->n_labels + 1, sizeof *x->stack);
    return x;
}

void fasttext_scratch_free(struct fasttext_scratch *x)
{
    if (!x)
        return;
    free(x->hidden);
    free(x->ids);
    free(x->output);
    free(x->stack);
    buf_release(&x->word);
    buf_release(&x->hashes);
    free(x);
}
