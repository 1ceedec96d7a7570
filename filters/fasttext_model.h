/*
 * fasttext_model.h - inside of a fastText model: shared by its reader, its features and its losses.
 *
 * Numbers of the file lie at any alignment (words of any length stand before them), so they are
 * loaded by copy.  The file is little-endian, as we are (checked below).
 */
#ifndef SLUICE_FASTTEXT_MODEL_H
#define SLUICE_FASTTEXT_MODEL_H

#include "core/buf.h"
#include "filters/fasttext.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "model floats are used as they lie in the file");

#define FASTTEXT_CENTROIDS 256 /* a sub-vector: one byte of code */
#define FASTTEXT_EOS "</s>"
#define FASTTEXT_LABEL_PREFIX "__label__"

enum fasttext_loss { FASTTEXT_HS = 1, FASTTEXT_NS = 2, FASTTEXT_SOFTMAX = 3, FASTTEXT_OVA = 4 }; /* as in the file */

/* A matrix of the file: rows of floats, or codes that name a centroid for each sub-vector. */
struct fasttext_matrix {
    uint64_t rows;
    uint32_t dim;
    const char *dense; /* rows x dim floats; NULL: quantized */
    const uint8_t *codes; /* rows x n_sub */
    const char *centroids; /* n_sub x 256 x d_sub floats, those of the last sub-vector d_last apart */
    const uint8_t *norms;  /* a row; NULL: every norm is 1 */
    const char *norm_centroids;
    uint32_t n_sub, d_sub, d_last;
};

struct fasttext_word {
    uint32_t hash;
    uint32_t id1; /* index into `words` + 1; 0: free */
};

struct fasttext {
    struct span file;
    bool mapped;
    char *path;

    uint32_t dim, bucket;
    int32_t word_ngrams, minn, maxn;
    enum fasttext_loss loss;

    struct span *words; /* n_words of them, then n_labels labels */
    uint32_t n_words, n_labels;
    struct fasttext_word *table; /* power of two, open addressing */
    uint32_t table_mask;
    int64_t *label_counts; /* hs only: they make the tree */

    /*
     * Pruned dictionary: bit b of `kept` is set when n-gram bucket b has a row; its row is kept_row[rank], rank
     * being the number of set bits before it.  kept_before[i] counts those before block i of 64, and there is one
     * more of these than blocks.
     */
    bool pruned;
    uint32_t n_kept;
    uint64_t *kept;
    uint32_t *kept_before, *kept_row;

    struct fasttext_matrix input, output;
    char *rows_memory; /* rows of a small quantized input as floats */
    /* Those rows, 64-byte aligned: n_words of the words, then n_kept in order of rank, or all n-grams; NULL: not built. */
    const float *rows;

    /* hs: children of inner node i (numbered from n_labels) are left[i - n_labels], right[...]. */
    uint32_t *left, *right;
    float sigmoid[513]; /* ns, ova: the library's table over [-8, 8] */
};

/*
 * What a word gave when it was last met: texts repeat their words (three of five tokens of 591 pages in many languages).
 * It saves work and decides nothing.
 */
struct fasttext_memo {
    uint32_t hash;
    uint8_t n_bytes; /* 0: free */
    uint8_t n_ids;
    bool word; /* counts for word n-grams */
    char bytes[25];
    uint32_t ids[16];
};
#define FASTTEXT_MEMOS 8192 /* 768 KB a thread */

struct fasttext_scratch {
    float *hidden; /* dim */
    struct fasttext_memo *memos;
    uint64_t n_features;
    uint32_t *ids; /* features not yet summed, FASTTEXT_BATCH of them and room for one word's last ones */
    size_t n_ids;
    struct buf word, hashes; /* `<word>`; int32_t a word, for word n-grams */
    float *output;           /* n_labels */
    struct {
        uint32_t node;
        float score;
    } *stack; /* n_labels + 1: hs walks its tree */
};

static inline float fasttext_float(const char *p)
{
    float f;
    memcpy(&f, p, sizeof f);
    return f;
}

/* 2166136261 and 16777619 are FNV-1a's; the library takes bytes as signed, and so do its models. */
#define FASTTEXT_HASH0 2166136261u
static inline uint32_t fasttext_hash(uint32_t h, char c)
{
    return (h ^ (uint32_t)(int8_t)c) * 16777619u;
}

/* The centroid's floats of sub-vector `sub` of a row of a quantized matrix. */
static inline const char *fasttext_centroid(const struct fasttext_matrix *m, uint32_t sub, uint8_t code)
{
    size_t base = (size_t)sub * FASTTEXT_CENTROIDS * m->d_sub;
    return m->centroids + 4 * (base + (size_t)code * (sub + 1 == m->n_sub ? m->d_last : m->d_sub));
}

static inline float fasttext_norm(const struct fasttext_matrix *m, uint64_t row)
{
    return m->norms ? fasttext_float(m->norm_centroids + 4 * (size_t)m->norms[row]) : 1.0f;
}

/* Index into `words`, or -1. */
int64_t fasttext_find(const struct fasttext *m, struct span word, uint32_t hash);

/* Build the sums' rows, the tree, the tables; the file has been read and checked. */
void fasttext_prepare_rows(struct fasttext *m);
void fasttext_prepare_loss(struct fasttext *m);

/* hidden becomes the mean of the text's features.  Returns their number. */
uint64_t fasttext_hidden(const struct fasttext *m, struct fasttext_scratch *x, struct span text);

#endif
