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

/* What finding n-grams reads, in variables of its own: a store to `ids` could change a field of the model, for all the compiler knows. */
struct finder {
    const uint64_t *kept; /* NULL: every bucket has its row */
    const uint32_t *kept_before, *kept_row;
    uint32_t first, bucket;
    uint64_t inverse; /* of bucket, for remainders */
    uint32_t *ids;
    size_t n;
};

static inline struct finder finder_of(const struct fasttext *m, const struct fasttext_scratch *x)
{
    return (struct finder){ m->pruned ? m->kept : NULL, m->kept_before, m->rows ? NULL : m->kept_row, m->n_words, m->bucket,
                            m->bucket ? UINT64_MAX / m->bucket + 1 : 0, x->ids, x->n_ids };
}

/* Append n-gram bucket b as a feature, if it has a row: no branch, since which have one is not predictable. */
static inline void push_bucket(struct finder *f, uint32_t b)
{
    uint32_t id = b;
    size_t has = 1;
    if (f->kept) {
        uint64_t from = f->kept[b / 64] >> b % 64; /* its own bit is the lowest */
        has = from & 1;
        id = f->kept_before[b / 64 + 1] - (uint32_t)__builtin_popcountll(from);
        if (f->kept_row)
            id = has ? f->kept_row[id] : 0;
    }
    f->ids[f->n] = f->first + id;
    f->n += has;
}

/*
 * The n-grams of w that begin at byte i.  Inlined with constants where it can be: `ascii` says that a byte is a character, and the
 * bounds unroll the loop.
 */
static inline __attribute__((always_inline)) void grams_at(struct finder *f, const char *w, size_t n, size_t i, int32_t minn,
                                                           int32_t maxn, bool ascii)
{
    uint32_t h = FASTTEXT_HASH0;
    size_t j = i;
#pragma GCC unroll 4
    for (int32_t k = 1; k <= maxn && j < n; k++) {
        h = fasttext_hash(h, w[j++]);
        while (!ascii && j < n && continues(w[j]))
            h = fasttext_hash(h, w[j++]);
        /* A lone < or > is none.  The remainder by two products is exact for 32-bit numbers (Lemire, 2019). */
        if (k >= minn && !(k == 1 && (i == 0 || j == n)))
            push_bucket(f, (uint32_t)((unsigned __int128)(f->inverse * h) * f->bucket >> 64));
    }
}

static void word_grams(const struct fasttext *m, struct fasttext_scratch *x, struct span token)
{
    struct finder f = finder_of(m, x);
    uint8_t high = 0;
    buf_reset(&x->word);
    buf_putc(&x->word, '<');
    buf_span(&x->word, token);
    buf_putc(&x->word, '>');
    const char *w = x->word.p;
    const size_t n = x->word.n;
    for (size_t i = 0; i < n; i++)
        high |= (uint8_t)w[i];
    const bool usual = m->minn == 2 && m->maxn == 4, ascii = high < 0x80; /* lid.176's n-grams */
    for (size_t i = 0; i < n; i++) {
        if (continues(w[i]))
            continue;
        if (usual && ascii)
            grams_at(&f, w, n, i, 2, 4, true);
        else if (usual)
            grams_at(&f, w, n, i, 2, 4, false);
        else
            grams_at(&f, w, n, i, m->minn, m->maxn, ascii);
        if (f.n >= BATCH) {
            x->n_ids = f.n;
            sum_batch(m, x);
            f.n = 0;
        }
    }
    x->n_ids = f.n;
}

/* Put a token's features behind x->ids; returns whether it is a word (a label is none and has none). */
static bool find_features(const struct fasttext *m, struct fasttext_scratch *x, struct span token, uint32_t hash)
{
    int64_t id = fasttext_find(m, token, hash);
    if (id < 0 ? span_starts(token, FASTTEXT_LABEL_PREFIX) : id >= m->n_words)
        return false;
    if (id >= 0)
        x->ids[x->n_ids++] = (uint32_t)id;
    if (m->maxn > 0 && !span_is(token, FASTTEXT_EOS))
        word_grams(m, x, token);
    return true;
}

static bool memo_is(const struct fasttext_memo *memo, struct span token, uint32_t hash)
{
    return memo->hash == hash && memo->n_bytes == token.n && memcmp(memo->bytes, token.p, token.n) == 0;
}

/* from: where in x->ids the token's features begin; they may be gone, when a batch ended within them. */
static void memo_keep(struct fasttext_memo *memo, const struct fasttext_scratch *x, struct span token, uint32_t hash, size_t from,
                      bool word)
{
    if (token.n > sizeof memo->bytes || x->n_ids < from || x->n_ids - from > sizeof memo->ids / sizeof *memo->ids)
        return;
    memo->hash = hash;
    memo->n_bytes = (uint8_t)token.n;
    memo->n_ids = (uint8_t)(x->n_ids - from);
    memo->word = word;
    memcpy(memo->bytes, token.p, token.n);
    memcpy(memo->ids, x->ids + from, memo->n_ids * sizeof *memo->ids);
}

static void add_token(const struct fasttext *m, struct fasttext_scratch *x, struct span token, uint32_t hash)
{
    struct fasttext_memo *memo = &x->memos[hash % FASTTEXT_MEMOS];
    bool word;
    if (memo_is(memo, token, hash)) {
        word = memo->word;
        memcpy(x->ids + x->n_ids, memo->ids, sizeof memo->ids);
        x->n_ids += memo->n_ids;
    } else {
        size_t from = x->n_ids;
        word = find_features(m, x, token, hash);
        memo_keep(memo, x, token, hash, from, word);
    }
    if (word && m->word_ngrams > 1)
        buf_put(&x->hashes, &hash, sizeof hash);
    if (x->n_ids >= BATCH)
        sum_batch(m, x);
}

static void add_word_grams(const struct fasttext *m, struct fasttext_scratch *x)
{
    size_t n = x->hashes.n / sizeof(int32_t);
    const int32_t *hashes = (const void *)x->hashes.p;
    struct finder f = finder_of(m, x);
    for (size_t i = 0; i < n; i++) {
        uint64_t h = (uint64_t)(int64_t)hashes[i];
        for (size_t j = i + 1; j < n && j < i + (size_t)m->word_ngrams; j++) {
            h = h * 116049371 + (uint64_t)(int64_t)hashes[j]; /* the library's numbers, signs and all */
            push_bucket(&f, (uint32_t)(h % f.bucket));
        }
        x->n_ids = f.n;
        if (f.n >= BATCH)
            sum_batch(m, x);
        f.n = x->n_ids;
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
        struct span token = span_of(from, (size_t)(p - from));
        if (token.n)
            add_token(m, x, token, h);
        if (span_is(token, FASTTEXT_EOS))
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
    x->memos = xcalloc(FASTTEXT_MEMOS, sizeof *x->memos);
    x->output = xcalloc(m->n_labels, sizeof *x->output);
    x->stack = xcalloc((size_t)m->n_labels + 1, sizeof *x->stack);
    return x;
}

void fasttext_scratch_free(struct fasttext_scratch *x)
{
    if (!x)
        return;
    free(x->hidden);
    free(x->memos);
    free(x->ids);
    free(x->output);
    free(x->stack);
    buf_release(&x->word);
    buf_release(&x->hashes);
    free(x);
}
