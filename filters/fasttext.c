/* fasttext.c - see fasttext.h: reading a model file, which is untrusted bytes. */
#include "filters/fasttext.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/utf8.h"
#include "filters/fasttext_model.h"

#define MAGIC 793712314
#define MODEL_SUPERVISED 3

/* Reads on through the file; the first fault sticks, and what is read behind it is 0. */
struct reader {
    struct span bytes;
    size_t at;
    const char *fault;
};

static const char *take(struct reader *r, uint64_t n)
{
    if (!r->fault && n > r->bytes.n - r->at)
        r->fault = "is cut short";
    if (r->fault)
        return NULL;
    const char *p = r->bytes.p + r->at;
    r->at += n;
    return p;
}

static int32_t take_i32(struct reader *r)
{
    const char *p = take(r, 4);
    return p ? (int32_t)get_le32((const uint8_t *)p) : 0;
}

static int64_t take_i64(struct reader *r)
{
    const char *p = take(r, 8);
    return p ? (int64_t)get_le64((const uint8_t *)p) : 0;
}

static bool take_bool(struct reader *r)
{
    const char *p = take(r, 1);
    if (p && (uint8_t)*p > 1)
        r->fault = "has a flag that is neither 0 nor 1";
    return p && *p == 1;
}

static void need(struct reader *r, bool holds, const char *fault)
{
    if (!r->fault && !holds)
        r->fault = fault;
}

static void read_arguments(struct reader *r, struct fasttext *m)
{
    need(r, take_i32(r) == MAGIC, "is not a fastText model");
    int32_t version = take_i32(r);
    need(r, version == 11 || version == 12, "is a fastText model of a version other than 11 and 12");
    int32_t dim = take_i32(r);
    take(r, 4 * 4); /* ws, epoch, minCount, neg: training */
    m->word_ngrams = take_i32(r);
    m->loss = (enum fasttext_loss)take_i32(r);
    need(r, take_i32(r) == MODEL_SUPERVISED, "is a fastText model of word vectors; one that was trained supervised is needed");
    int32_t bucket = take_i32(r);
    m->minn = take_i32(r);
    m->maxn = take_i32(r);
    take(r, 4 + 8); /* lrUpdateRate, t: training */
    if (version == 11)
        m->maxn = 0; /* older supervised models have no character n-grams, whatever they say */
    need(r, dim > 0 && dim <= FASTTEXT_DIM_MAX, "has a dimension that is not supported");
    need(r, m->loss >= FASTTEXT_HS && m->loss <= FASTTEXT_OVA, "has a loss that is not supported");
    need(r, m->maxn <= FASTTEXT_NGRAM_MAX && m->word_ngrams <= FASTTEXT_NGRAM_MAX, "has longer n-grams than are supported");
    need(r, bucket >= 0 && (uint32_t)bucket <= FASTTEXT_BUCKETS_MAX, "has a number of buckets that is not supported");
    need(r, bucket > 0 || (m->maxn <= 0 && m->word_ngrams <= 1), "has n-grams but no buckets");
    m->dim = (uint32_t)dim;
    m->bucket = (uint32_t)bucket;
}

/* One entry: the word, a NUL, its count, its type (0 word, 1 label). */
static void read_entry(struct reader *r, struct fasttext *m, uint32_t i)
{
    if (r->fault)
        return;
    struct span rest = span_from(r->bytes, r->at), word = span_head(rest, span_chr(rest, 0, 0));
    take(r, word.n + 1);
    int64_t count = take_i64(r);
    const char *type = take(r, 1);
    need(r, type && *type == (i >= m->n_words), "has a dictionary that does not hold words first and labels behind them");
    if (r->fault)
        return;
    m->words[i] = word;
    if (i < m->n_words)
        return;
    need(r, utf8_valid(word), "has a label that is not UTF-8");
    m->label_counts[i - m->n_words] = count;
}

static void index_words(struct fasttext *m)
{
    uint32_t n = m->n_words + m->n_labels;
    m->table_mask = 1;
    while (m->table_mask < 2 * (uint64_t)n)
        m->table_mask *= 2;
    m->table = xcalloc(m->table_mask, sizeof *m->table);
    m->table_mask--;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = FASTTEXT_HASH0;
        for (size_t j = 0; j < m->words[i].n; j++)
            h = fasttext_hash(h, m->words[i].p[j]);
        uint32_t at = h & m->table_mask;
        /* Of equal words the last counts. */
        while (m->table[at].id1 && !span_eq(m->words[m->table[at].id1 - 1], m->words[i]))
            at = (at + 1) & m->table_mask;
        m->table[at] = (struct fasttext_word){ h, i + 1 };
    }
}

int64_t fasttext_find(const struct fasttext *m, struct span word, uint32_t hash)
{
    for (uint32_t at = hash & m->table_mask; m->table[at].id1; at = (at + 1) & m->table_mask)
        if (m->table[at].hash == hash && span_eq(m->words[m->table[at].id1 - 1], word))
            return m->table[at].id1 - 1;
    return -1;
}

/* The buckets that pruning left: pairs of bucket and row. */
static void read_pruning(struct reader *r, struct fasttext *m, uint64_t n)
{
    const char *pairs = take(r, n * 8);
    if (r->fault)
        return;
    size_t n_blocks = m->bucket / 64 + 1;
    m->kept = xcalloc(n_blocks, sizeof *m->kept);
    m->kept_before = xcalloc(n_blocks + 1, sizeof *m->kept_before);
    for (uint64_t i = 0; i < n; i++) {
        uint32_t b = get_le32((const uint8_t *)pairs + 8 * i);
        need(r, b < m->bucket, "keeps an n-gram outside its buckets");
        if (r->fault)
            return;
        m->kept[b / 64] |= 1ull << b % 64;
    }
    for (size_t i = 0; i < n_blocks; i++)
        m->kept_before[i + 1] = m->kept_before[i] + (uint32_t)__builtin_popcountll(m->kept[i]);
    m->n_kept = m->kept_before[n_blocks];
    m->kept_row = xcalloc((size_t)m->n_kept + 1, sizeof *m->kept_row);
    for (uint64_t i = 0; i < n; i++) { /* of equal buckets the last counts */
        uint32_t b = get_le32((const uint8_t *)pairs + 8 * i), row = get_le32((const uint8_t *)pairs + 8 * i + 4);
        uint32_t rank = m->kept_before[b / 64 + 1] - (uint32_t)__builtin_popcountll(m->kept[b / 64] >> b % 64);
        need(r, row <= INT32_MAX, "keeps an n-gram with a negative row");
        m->kept_row[rank] = row;
    }
}

static void read_dictionary(struct reader *r, struct fasttext *m)
{
    int32_t size = take_i32(r), words = take_i32(r), labels = take_i32(r);
    take_i64(r); /* tokens seen in training */
    int64_t pruned = take_i64(r);
    need(r, words >= 0 && labels >= 0 && (int64_t)words + labels == size, "has a dictionary whose sizes do not add up");
    need(r, labels > 0, "has no label");
    need(r, (uint32_t)labels <= FASTTEXT_LABELS_MAX, "has more labels than are supported");
    need(r, (uint64_t)size <= (r->bytes.n - r->at) / 10, "is cut short"); /* an entry takes at least 10 bytes */
    need(r, pruned >= -1 && pruned <= (int64_t)((r->bytes.n - r->at) / 8), "is cut short");
    if (r->fault)
        return;
    m->n_words = (uint32_t)words;
    m->n_labels = (uint32_t)labels;
    m->words = xcalloc((size_t)size, sizeof *m->words);
    m->label_counts = xcalloc((size_t)labels, sizeof *m->label_counts);
    for (uint32_t i = 0; i < (uint32_t)size && !r->fault; i++)
        read_entry(r, m, i);
    m->pruned = pruned >= 0;
    if (m->pruned)
        read_pruning(r, m, (uint64_t)pruned);
    if (!r->fault)
        index_words(m);
}

/* The centroids of a product quantizer for vectors of `dim` floats. */
static const char *read_quantizer(struct reader *r, uint32_t dim, uint32_t *n_sub, uint32_t *d_sub, uint32_t *d_last)
{
    int32_t own = take_i32(r), n = take_i32(r), sub = take_i32(r), last = take_i32(r);
    int32_t parts = own > 0 && sub > 0 ? (own - 1) / sub + 1 : 0; /* the last may be shorter, and be all there is */
    need(r, own == (int64_t)dim && parts > 0 && n == parts && last == own - (parts - 1) * sub,
         "has a quantizer that does not fit its matrix");
    *n_sub = (uint32_t)n;
    *d_sub = (uint32_t)sub;
    *d_last = (uint32_t)last;
    return take(r, (uint64_t)dim * FASTTEXT_CENTROIDS * 4);
}

static void read_quantized(struct reader *r, struct fasttext_matrix *x)
{
    bool norms = take_bool(r);
    int64_t rows = take_i64(r), dim = take_i64(r);
    uint32_t one, sub, last;
    int32_t n_codes = take_i32(r);
    need(r, rows >= 0 && rows <= INT32_MAX && dim == x->dim && n_codes >= 0, "has a matrix of a wrong size");
    x->codes = (const uint8_t *)take(r, (uint64_t)n_codes);
    x->centroids = read_quantizer(r, x->dim, &x->n_sub, &x->d_sub, &x->d_last);
    need(r, n_codes == rows * x->n_sub, "has a matrix of a wrong size");
    x->rows = (uint64_t)rows;
    if (norms) {
        x->norms = (const uint8_t *)take(r, x->rows);
        x->norm_centroids = read_quantizer(r, 1, &one, &sub, &last);
    }
}

static void read_matrix(struct reader *r, struct fasttext_matrix *x, uint32_t dim, bool quantized)
{
    x->dim = dim;
    if (quantized) {
        read_quantized(r, x);
        return;
    }
    int64_t rows = take_i64(r), columns = take_i64(r);
    need(r, rows >= 0 && rows <= INT32_MAX && columns == dim, "has a matrix of a wrong size");
    x->rows = (uint64_t)rows;
    x->dense = take(r, x->rows * dim * 4);
}

/* Every feature has its row; every label or inner node of the tree has its own. */
static void check_rows(struct reader *r, const struct fasttext *m)
{
    need(r, m->input.rows >= m->n_words + (m->pruned ? 0 : (uint64_t)m->bucket), "has fewer rows than features");
    for (uint32_t i = 0; i < m->n_kept && !r->fault; i++)
        need(r, (uint64_t)m->n_words + m->kept_row[i] < m->input.rows, "keeps an n-gram without a row");
    need(r, m->output.rows == m->n_labels, "has not one row a label");
}

/* The tree of hs is made from the counts; below 1e15, the library's mark for "not made yet", they make a tree. */
static void check_counts(struct reader *r, const struct fasttext *m)
{
    for (uint32_t i = 0; i < m->n_labels && m->loss == FASTTEXT_HS; i++)
        need(r, m->label_counts[i] >= 0 && m->label_counts[i] < 1000000000000 / m->n_labels * 1000,
             "has a label whose count is not possible");
}

int fasttext_use(struct fasttext **out, struct span bytes, const char *name, struct error *e)
{
    struct fasttext *m = xcalloc(1, sizeof *m);
    struct reader r = { .bytes = bytes };
    m->file = bytes;
    m->path = xstrdup(name);
    read_arguments(&r, m);
    if (!r.fault)
        read_dictionary(&r, m);
    if (!r.fault) {
        bool quantized = take_bool(&r);
        read_matrix(&r, &m->input, m->dim, quantized);
        need(&r, quantized || !m->pruned, "is pruned but not quantized; take a newer file of this model");
        bool quantized_output = take_bool(&r);
        read_matrix(&r, &m->output, m->dim, quantized && quantized_output);
    }
    if (!r.fault)
        check_rows(&r, m);
    if (!r.fault)
        check_counts(&r, m);
    if (r.fault) {
        fasttext_close(m);
        return error_at(e, ERR_FORMAT, name, r.at, "%s", r.fault);
    }
    fasttext_prepare_rows(m);
    fasttext_prepare_loss(m);
    *out = m;
    return 0;
}

int fasttext_open(struct fasttext **out, const char *path, struct error *e)
{
    struct span bytes;
    int rc = file_map(path, &bytes, e);
    if (rc)
        return rc;
    rc = fasttext_use(out, bytes, path, e);
    if (rc)
        file_unmap(bytes);
    else
        (*out)->mapped = true;
    return rc;
}

void fasttext_close(struct fasttext *m)
{
    if (!m)
        return;
    free(m->words);
    free(m->table);
    free(m->label_counts);
    free(m->kept);
    free(m->kept_before);
    free(m->kept_row);
    free(m->rows_memory);
    free(m->left);
    free(m->right);
    free(m->path);
    if (m->mapped)
        file_unmap(m->file);
    free(m);
}

size_t fasttext_labels(const struct fasttext *m)
{
    return m->n_labels;
}

struct span fasttext_label(const struct fasttext *m, size_t i)
{
    struct span label = m->words[m->n_words + i];
    return span_starts(label, FASTTEXT_LABEL_PREFIX) ? span_from(label, strlen(FASTTEXT_LABEL_PREFIX)) : label;
}

const char *fasttext_path(const struct fasttext *m)
{
    return m->path;
}

void fasttext_digest(const struct fasttext *m, char out[SHA256_HEX + 1])
{
    sha256_hex_of(m->file, out);
}
