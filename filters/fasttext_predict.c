/* fasttext_predict.c - from the mean of the features to labels: the four losses of the library. */
#include <stdlib.h>

#include "core/alloc.h"
#include "filters/fasttext_math.h"
#include "filters/fasttext_model.h"

/* Called with each label's log(score); hs leaves out branches that cannot reach the best so far when `best_only`. */
struct found {
    struct fasttext_guess *out; /* scores are logarithms until finish() */
    size_t n;
    bool best_only;
};

static float log_of(float x)
{
    return (float)fixed_log((double)x + 1e-5);
}

/* The later of two equal scores wins: so does the library's heap of one. */
static void offer(struct found *f, uint32_t label, float score)
{
    struct fasttext_guess g = { label, score };
    if (f->best_only && f->n == 1) {
        if (!(score < f->out[0].score))
            f->out[0] = g;
        return;
    }
    f->out[f->n++] = g;
}

/* ---- the tree of hs ---- */

/*
 * The library's own building of a Huffman tree from counts that fall from label to label: two queues, leaves from the
 * last to the first and inner nodes in the order they were made; the inner one is taken on equal counts.
 */
static void build_tree(struct fasttext *m)
{
    uint32_t n = m->n_labels, inner = n - 1, node = 0;
    int64_t leaf = (int64_t)n - 1;
    int64_t *counts = xcalloc((size_t)inner + 1, sizeof *counts);
    m->left = xcalloc((size_t)inner + 1, sizeof *m->left);
    m->right = xcalloc((size_t)inner + 1, sizeof *m->right);
    for (uint32_t i = 0; i < inner; i++) {
        uint32_t child[2];
        for (int c = 0; c < 2; c++) {
            bool take_leaf = leaf >= 0 && (node == i || m->label_counts[leaf] < counts[node]);
            counts[i] += take_leaf ? m->label_counts[leaf] : counts[node];
            child[c] = take_leaf ? (uint32_t)leaf-- : n + node++;
        }
        m->left[i] = child[0];
        m->right[i] = child[1];
    }
    free(counts);
}

void fasttext_prepare_loss(struct fasttext *m)
{
    if (m->loss == FASTTEXT_HS)
        build_tree(m);
    for (int i = 0; i < 513; i++) {
        float x = (float)(i * 16) / 512 - 8;
        m->sigmoid[i] = (float)(1.0 / (1.0 + (double)(float)fixed_exp(-x)));
    }
}

/* ---- scores ---- */

static float dot_dense(const char *row, const float *v, uint32_t dim)
{
    float sum = 0;
    for (uint32_t d = 0; d < dim; d++)
        sum += fasttext_float(row + 4 * (size_t)d) * v[d];
    return sum;
}

static float dot_codes(const struct fasttext_matrix *m, uint64_t row, const float *v)
{
    float sum = 0;
    const uint8_t *code = m->codes + row * m->n_sub;
    for (uint32_t s = 0; s < m->n_sub; s++) {
        const char *c = fasttext_centroid(m, s, code[s]);
        uint32_t n = s + 1 == m->n_sub ? m->d_last : m->d_sub;
        for (uint32_t d = 0; d < n; d++)
            sum += v[s * m->d_sub + d] * fasttext_float(c + 4 * d);
    }
    return sum * fasttext_norm(m, row);
}

static float dot(const struct fasttext *m, const struct fasttext_scratch *x, uint32_t row)
{
    const struct fasttext_matrix *o = &m->output;
    return o->dense ? dot_dense(o->dense + (size_t)row * o->dim * 4, x->hidden, o->dim) : dot_codes(o, row, x->hidden);
}

/* False when a number of the model is none. */
static bool walk_tree(const struct fasttext *m, struct fasttext_scratch *x, struct found *f)
{
    const float least = log_of(0);
    size_t depth = 1;
    x->stack[0].node = 2 * m->n_labels - 2;
    x->stack[0].score = 0;
    while (depth) {
        uint32_t node = x->stack[--depth].node;
        float score = x->stack[depth].score;
        if (score < least || (f->best_only && f->n && score < f->out[0].score))
            continue;
        if (node < m->n_labels) {
            offer(f, node, score);
            continue;
        }
        uint32_t i = node - m->n_labels;
        float d = dot(m, x, i);
        if (d != d)
            return false;
        float p = (float)(1.0 / (double)(1.0f + (float)fixed_exp(-d)));
        x->stack[depth].node = m->right[i];
        x->stack[depth++].score = score + log_of(p);
        x->stack[depth].node = m->left[i];
        x->stack[depth++].score = score + log_of((float)(1.0 - (double)p));
    }
    return true;
}

static void softmax(float *v, uint32_t n)
{
    float max = v[0], sum = 0;
    for (uint32_t i = 0; i < n; i++)
        max = v[i] > max ? v[i] : max;
    for (uint32_t i = 0; i < n; i++) {
        v[i] = (float)fixed_exp((double)(v[i] - max));
        sum += v[i];
    }
    for (uint32_t i = 0; i < n; i++)
        v[i] /= sum;
}

static float sigmoid(const struct fasttext *m, float x)
{
    if (x < -8)
        return 0;
    if (x > 8)
        return 1;
    return m->sigmoid[(int)((x + 8) * 512 / 8 / 2)];
}

static bool score_each(const struct fasttext *m, struct fasttext_scratch *x, struct found *f)
{
    for (uint32_t i = 0; i < m->n_labels; i++) {
        x->output[i] = dot(m, x, i);
        if (x->output[i] != x->output[i])
            return false;
        if (m->loss != FASTTEXT_SOFTMAX)
            x->output[i] = sigmoid(m, x->output[i]);
    }
    if (m->loss == FASTTEXT_SOFTMAX)
        softmax(x->output, m->n_labels);
    for (uint32_t i = 0; i < m->n_labels; i++) {
        if (x->output[i] != x->output[i])
            return false;
        offer(f, i, log_of(x->output[i]));
    }
    return true;
}

static int by_score(const void *a, const void *b)
{
    const struct fasttext_guess *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static int predict(const struct fasttext *m, struct fasttext_scratch *x, struct span text, struct found *f,
                   struct error *e)
{
    if (fasttext_hidden(m, x, text) == 0)
        return 0;
    bool numbers = m->loss == FASTTEXT_HS ? walk_tree(m, x, f) : score_each(m, x, f);
    if (!numbers || f->n == 0)
        return error_set(e, ERR_FORMAT, m->path, "the language model's numbers give no score; its file is damaged");
    if (!f->best_only)
        qsort(f->out, f->n, sizeof *f->out, by_score);
    for (size_t i = 0; i < f->n; i++)
        f->out[i].score = (float)fixed_exp((double)f->out[i].score);
    return 1;
}

int fasttext_best(const struct fasttext *m, struct fasttext_scratch *x, struct span text, struct fasttext_guess *best,
                  struct error *e)
{
    struct found f = { best, 0, true };
    return predict(m, x, text, &f, e);
}

int fasttext_all(const struct fasttext *m, struct fasttext_scratch *x, struct span text, struct fasttext_guess *out,
                 size_t *n, struct error *e)
{
    struct found f = { out, 0, false };
    int rc = predict(m, x, text, &f, e);
    *n = rc == 1 ? f.n : 0;
    return rc;
}
