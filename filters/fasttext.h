/*
 * fasttext.h - reader of fastText's supervised models, and their prediction to the last bit of it.
 *
 * A model file (`.bin`, or `.ftz` with product-quantized matrices and a pruned dictionary) is mapped
 * and pointed into; what is built beside it are a hash table of the words, a bitmap of the n-grams
 * that pruning left, the tree of a hierarchical softmax and, for a quantized model whose rows are
 * few (FASTTEXT_ROWS_MAX), the rows themselves.  All of it is const after fasttext_open(), so
 * processes that fork afterwards share it.
 *
 * Supported: format versions 11 and 12, supervised models, the losses hs, softmax, ns and
 * one-vs-all, dense and quantized input and output, norms apart or not, character and word n-grams.
 * Refused with a message: word-vector models (cbow, skipgram), a dense model with a pruned
 * dictionary (the library refuses it too), and sizes past the bounds below.
 *
 * Label and score are those of the library (0.9.2): the same features in the same order, float sums
 * one feature at a time, logarithms of (x + 1e-5).  So a score may exceed 1 slightly.  exp and log are
 * our own (fasttext_math.h): a score depends on model and text alone, not on the CPU or the C library.
 */
#ifndef SLUICE_FASTTEXT_H
#define SLUICE_FASTTEXT_H

#include "core/error.h"
#include "core/hash.h"
#include "core/span.h"

/* Bounds on what a model file may ask for; the published models stay far below (lid.176: 16, 4, 1, 2e6). */
#define FASTTEXT_DIM_MAX 4096
#define FASTTEXT_NGRAM_MAX 64          /* longest character n-gram, and longest word n-gram */
#define FASTTEXT_BUCKETS_MAX (1u << 27)
#define FASTTEXT_LABELS_MAX (1u << 20)
/* Rows of a quantized input matrix are built as floats up to this many bytes (lid.176.ftz: 3.2 MB). */
#define FASTTEXT_ROWS_MAX (64u << 20)

struct fasttext;
struct fasttext_scratch;

struct fasttext_guess {
    uint32_t label; /* index for fasttext_label() */
    float score;
};

/*
 * fasttext_open() - map a model file.
 * Errors: -ERR_MISSING (no such file), -ERR_INPUT (cannot be read), -ERR_FORMAT (not such a model, cut short,
 * or not supported; the offset in the file is named).
 */
int fasttext_open(struct fasttext **out, const char *path, struct error *e) MUST_USE;
/* The same over bytes that the caller keeps until fasttext_close(); `name` stands in messages. */
int fasttext_use(struct fasttext **out, struct span bytes, const char *name, struct error *e) MUST_USE;
void fasttext_close(struct fasttext *m); /* NULL is fine */

size_t fasttext_labels(const struct fasttext *m);
/* Without `__label__`; valid UTF-8; lives as long as the model. */
struct span fasttext_label(const struct fasttext *m, size_t i);
const char *fasttext_path(const struct fasttext *m);
void fasttext_digest(const struct fasttext *m, char out[SHA256_HEX + 1]); /* of the file; reads it whole */

/* One a thread; it keeps its buffers, which grow with the longest text. */
struct fasttext_scratch *fasttext_scratch_new(const struct fasttext *m);
void fasttext_scratch_free(struct fasttext_scratch *x);

/*
 * fasttext_best() - the label that the library's predict(text, k=1) gives.
 * text: any bytes, one line (LF counts as a space); what stands behind a token `</s>` is ignored.
 * Returns 1, 0 when the model has no feature for this text, or -ERR_FORMAT when its numbers are not numbers.
 */
int fasttext_best(const struct fasttext *m, struct fasttext_scratch *x, struct span text, struct fasttext_guess *best,
                  struct error *e) MUST_USE;

/*
 * fasttext_all() - every label with its score, best first (equal ones in the order of the model), as predict(text, k=-1)
 * gives them.  out: room for fasttext_labels(); *n: how many.  Returns as fasttext_best().
 */
int fasttext_all(const struct fasttext *m, struct fasttext_scratch *x, struct span text, struct fasttext_guess *out,
                 size_t *n, struct error *e) MUST_USE;

#endif
