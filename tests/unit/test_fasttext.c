/* test_fasttext.c - the reader of fastText models: small models made here, hostile ones, and sums that vectors may not change. */
#include "tests/unit/test.h"

#include <math.h>
#include <unistd.h>

#include "core/infile.h"
#include "core/outfile.h"
#include "filters/fasttext_math.h"
#include "filters/fasttext_model.h"

/* What a model is made of; the numbers in its matrices come from `state`. */
struct recipe {
    int32_t version, dim, loss, model, bucket, minn, maxn, word_ngrams, labels, dsub;
    bool quantized, norms, quantized_output;
    int64_t pruned; /* kept buckets; -1: not pruned */
    uint32_t state;
};
static const struct recipe plain = { 12, 16, FASTTEXT_SOFTMAX, 3, 50, 2, 4, 1, 5, 2, false, false, false, -1, 7 };
static const char *const words[] = { "</s>", "de", "in", "\xC3\xA9t\xC3\xA9", "__label__no" };
#define N_WORDS ((int32_t)COUNT(words))

static void put_i32(struct buf *b, int32_t v)
{
    buf_put(b, &v, sizeof v);
}

static void put_i64(struct buf *b, int64_t v)
{
    buf_put(b, &v, sizeof v);
}

static uint32_t roll(struct recipe *r)
{
    r->state = r->state * 1664525 + 1013904223;
    return r->state >> 8;
}

static void put_floats(struct buf *b, struct recipe *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float f = (float)(int32_t)(roll(r) % 4001) / 1000 - 2;
        buf_put(b, &f, sizeof f);
    }
}

static void put_codes(struct buf *b, struct recipe *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_putc(b, (char)roll(r));
}

static void put_quantizer(struct buf *b, struct recipe *r, int32_t dim, int32_t dsub)
{
    int32_t n = (dim + dsub - 1) / dsub;
    put_i32(b, dim);
    put_i32(b, n);
    put_i32(b, dsub);
    put_i32(b, dim - (n - 1) * dsub);
    put_floats(b, r, (size_t)dim * 256);
}

static void put_matrix(struct buf *b, struct recipe *r, int64_t rows, bool quantized)
{
    if (quantized)
        buf_putc(b, r->norms);
    put_i64(b, rows);
    put_i64(b, r->dim);
    if (!quantized) {
        put_floats(b, r, (size_t)rows * (size_t)r->dim);
        return;
    }
    int32_t codes = (int32_t)rows * ((r->dim + r->dsub - 1) / r->dsub);
    put_i32(b, codes);
    put_codes(b, r, (size_t)codes);
    put_quantizer(b, r, r->dim, r->dsub);
    if (r->norms) {
        put_codes(b, r, (size_t)rows);
        put_quantizer(b, r, 1, 1);
    }
}

static void put_entry(struct buf *b, const char *word, int64_t count, char type)
{
    buf_put(b, word, strlen(word) + 1);
    put_i64(b, count);
    buf_putc(b, type);
}

/* The bytes of a model file; free with buf_release(). */
static struct buf make(struct recipe r)
{
    struct buf b = { 0 };
    const int32_t arguments[] = { 793712314, r.version, r.dim, 5, 5, 1, 5, r.word_ngrams, r.loss, r.model, r.bucket, r.minn, r.maxn, 100 };
    for (size_t i = 0; i < COUNT(arguments); i++)
        put_i32(&b, arguments[i]);
    put_i64(&b, 0); /* t */
    put_i32(&b, N_WORDS + r.labels);
    put_i32(&b, N_WORDS);
    put_i32(&b, r.labels);
    put_i64(&b, 100);
    put_i64(&b, r.pruned);
    for (int32_t i = 0; i < N_WORDS; i++)
        put_entry(&b, words[i], 10, 0);
    for (int32_t i = 0; i < r.labels; i++) {
        char label[32];
        snprintf(label, sizeof label, "__label__l%d", i);
        put_entry(&b, label, 100 - i, 1);
    }
    for (int64_t i = 0; i < r.pruned; i++) {
        put_i32(&b, (int32_t)(i * 7 % r.bucket));
        put_i32(&b, (int32_t)(r.pruned - 1 - i));
    }
    buf_putc(&b, r.quantized);
    put_matrix(&b, &r, N_WORDS + (r.pruned >= 0 ? r.pruned : r.bucket), r.quantized);
    buf_putc(&b, r.quantized_output);
    put_matrix(&b, &r, r.labels, r.quantized && r.quantized_output);
    return b;
}

static struct fasttext *open_made(struct buf *b, struct recipe r)
{
    struct fasttext *m;
    struct error e = { 0 };
    *b = make(r);
    if (fasttext_use(&m, buf_view(b), "made", &e))
        fail_msg("%s at %llu", e.msg, (unsigned long long)e.offset);
    return m;
}

static struct recipe quantized_recipe(int64_t pruned)
{
    struct recipe r = plain;
    r.quantized = r.norms = true;
    r.pruned = pruned;
    return r;
}

/* ---- exp and log ---- */

static void test_exp_and_log_are_those_of_the_c_library(void **state)
{
    for (double x = -50; x < 50; x += 0.0137)
        assert_true(fabs(fixed_exp(x) / exp(x) - 1) < 1e-15);
    for (double x = 1e-5; x < 2; x *= 1.00137)
        assert_true(fabs(fixed_log(x) - log(x)) < 4e-15);
    assert_true(fabs(fixed_log(1.00001) - log(1.00001)) < 1e-19);
    assert_true((float)fixed_exp(-1e300) == 0 && isinf((float)fixed_exp(1e300)) && isinf((float)fixed_exp(NAN)));
    assert_true(fixed_exp(0) == 1 && fixed_log(1) == 0);
}

/* ---- features, told again in the simplest way ---- */

struct naive {
    const struct fasttext *m;
    float hidden[32];
    size_t n;
    int32_t hashes[4096];
    size_t n_hashes;
};

static void naive_row(struct naive *v, uint64_t row)
{
    const struct fasttext_matrix *x = &v->m->input;
    for (uint32_t d = 0; d < x->dim; d++) {
        uint32_t sub = x->dense ? 0 : d / x->d_sub;
        if (x->dense)
            v->hidden[d] += fasttext_float(x->dense + 4 * (row * x->dim + d));
        else
            v->hidden[d] += fasttext_norm(x, row) *
                            fasttext_float(fasttext_centroid(x, sub, x->codes[row * x->n_sub + sub]) + 4 * (d % x->d_sub));
    }
    v->n++;
}

static void naive_bucket(struct naive *v, const struct recipe *r, uint32_t b)
{
    if (r->pruned < 0)
        naive_row(v, (uint64_t)N_WORDS + b);
    for (int64_t i = r->pruned - 1; i >= 0; i--) {
        if (b == (uint32_t)(i * 7 % r->bucket)) {
            naive_row(v, (uint64_t)(N_WORDS + r->pruned - 1 - i));
            return;
        }
    }
}

static uint32_t naive_hash(const char *p, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint32_t)(signed char)p[i]) * 16777619u;
    return h;
}

static void naive_grams(struct naive *v, const struct recipe *r, const char *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((w[i] & 0xC0) == 0x80)
            continue;
        size_t j = i;
        for (int k = 1; k <= r->maxn && j < n; k++) {
            for (j++; j < n && (w[j] & 0xC0) == 0x80;)
                j++;
            if (k >= r->minn && !(k == 1 && (i == 0 || j == n)))
                naive_bucket(v, r, naive_hash(w + i, j - i) % (uint32_t)r->bucket);
        }
    }
}

static bool naive_token(struct naive *v, const struct recipe *r, const char *token)
{
    char around[4096];
    int32_t id = -1;
    bool eos = strcmp(token, "</s>") == 0;
    for (int32_t i = 0; i < N_WORDS; i++)
        id = strcmp(words[i], token) == 0 ? i : id;
    if (id < 0 && strncmp(token, "__label__", 9) == 0)
        return true;
    if (id >= 0)
        naive_row(v, (uint64_t)id);
    int n = snprintf(around, sizeof around, "<%s>", token);
    if (!eos)
        naive_grams(v, r, around, (size_t)n);
    v->hashes[v->n_hashes++] = (int32_t)naive_hash(token, strlen(token));
    return !eos;
}

/* text: without NUL. */
static void naive_hidden(struct naive *v, const struct recipe *r, const char *text)
{
    char copy[4096];
    bool on = true;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *save = NULL, *t = strtok_r(copy, " \t\n\v\f\r", &save); t && on; t = strtok_r(NULL, " \t\n\v\f\r", &save))
        on = naive_token(v, r, t);
    if (on)
        naive_token(v, r, "</s>");
    for (size_t i = 0; i < v->n_hashes; i++) {
        uint64_t h = (uint64_t)(int64_t)v->hashes[i];
        for (size_t j = i + 1; j < v->n_hashes && j < i + (size_t)r->word_ngrams; j++) {
            h = h * 116049371 + (uint64_t)(int64_t)v->hashes[j];
            naive_bucket(v, r, (uint32_t)(h % (uint64_t)r->bucket));
        }
    }
    float scale = (float)(1.0 / (double)v->n);
    for (uint32_t d = 0; d < v->m->dim; d++)
        v->hidden[d] *= scale;
}

static const char *const texts[] = {
    "", "de", "de in", "x", "Une \xC3\xA9t\xC3\xA9 de caf\xC3\xA9s", "a b\tc\nd\ve\ff\rg", "__label__no x", "__label__yes x __label__",
    "left </s> right de", "</s>", "<de>", "\xE6\xBC\xA2\xE5\xAD\x97 \xF0\x9F\x98\x80!", "\x80\x80 \xFF\xC3 a\xA9\xA9\xA9", "de de de de de de de de",
    "supercalifragilisticexpialidocious \xD0\xBC\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0",
};

static void check_hidden(struct recipe r)
{
    struct buf b;
    struct fasttext *m = open_made(&b, r);
    struct fasttext_scratch *x = fasttext_scratch_new(m);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct naive v = { .m = m };
        naive_hidden(&v, &r, texts[i]);
        assert_int_equal(fasttext_hidden(m, x, span_cstr(texts[i])), v.n);
        assert_memory_equal(x->hidden, v.hidden, m->dim * sizeof(float));
    }
    fasttext_scratch_free(x);
    fasttext_close(m);
    buf_release(&b);
}

static void test_features_and_their_sum_are_the_plain_ones_to_the_bit(void **state)
{
    static const int32_t dims[] = { 1, 3, 4, 15, 16, 17, 32 };
    for (size_t i = 0; i < COUNT(dims); i++) {
        struct recipe r = plain;
        r.dim = dims[i];
        check_hidden(r);
        r.quantized = r.norms = true;
        check_hidden(r);
        r.pruned = 20;
        check_hidden(r);
    }
    struct recipe r = plain;
    r.word_ngrams = 3;
    r.minn = 1;
    r.maxn = 6;
    check_hidden(r);
    r.bucket = 99991;
    check_hidden(r);
    r.bucket = 1;
    check_hidden(r);
}

/* Decoding rows one by one is what a model past FASTTEXT_ROWS_MAX does. */
static void test_rows_built_and_rows_decoded_give_the_same(void **state)
{
    for (int64_t pruned = -1; pruned < 40; pruned += 41) {
        struct buf b;
        struct fasttext *m = open_made(&b, quantized_recipe(pruned));
        struct fasttext_scratch *x = fasttext_scratch_new(m);
        const float *rows = m->rows;
        assert_non_null(rows);
        for (size_t i = 0; i < COUNT(texts); i++) {
            float built[16];
            m->rows = rows;
            uint64_t n = fasttext_hidden(m, x, span_cstr(texts[i]));
            memcpy(built, x->hidden, sizeof built);
            m->rows = NULL;
            assert_int_equal(fasttext_hidden(m, x, span_cstr(texts[i])), n);
            assert_memory_equal(x->hidden, built, sizeof built);
        }
        fasttext_scratch_free(x);
        fasttext_close(m);
        buf_release(&b);
    }
}

/* A text longer than a batch, as one word and as many. */
static void test_a_batch_ends_anywhere(void **state)
{
    struct buf b, text = { 0 };
    struct recipe r = plain;
    struct fasttext *m = open_made(&b, r);
    struct fasttext_scratch *x = fasttext_scratch_new(m);
    for (size_t i = 0; i < 100000; i++)
        buf_putc(&text, "abcde"[i % 5]);
    /* 2-, 3- and 4-grams of <word>, and </s>. */
    assert_int_equal(fasttext_hidden(m, x, buf_view(&text)), 100001 + 100000 + 99999 + 1);
    for (size_t i = 3; i < text.n; i += 4)
        text.p[i] = ' ';
    assert_int_equal(fasttext_hidden(m, x, buf_view(&text)), 25000 * (4 + 3 + 2) + 1);
    buf_release(&text);
    fasttext_scratch_free(x);
    fasttext_close(m);
    buf_release(&b);
}

/* ---- labels ---- */

static void test_best_is_the_first_of_all(void **state)
{
    for (int32_t loss = FASTTEXT_HS; loss <= FASTTEXT_OVA; loss++) {
        struct buf b;
        struct recipe r = plain;
        struct error e;
        r.loss = loss;
        r.labels = 40;
        struct fasttext *m = open_made(&b, r);
        struct fasttext_scratch *x = fasttext_scratch_new(m);
        for (size_t i = 0; i < COUNT(texts); i++) {
            struct fasttext_guess best, all[40];
            size_t n;
            double sum = 0;
            assert_int_equal(fasttext_best(m, x, span_cstr(texts[i]), &best, &e), 1);
            assert_int_equal(fasttext_all(m, x, span_cstr(texts[i]), all, &n, &e), 1);
            assert_true(n > 0 && n <= 40 && best.score == all[0].score);
            for (size_t j = 0; j < n; j++) {
                assert_true(j == 0 || all[j].score <= all[j - 1].score);
                sum += (double)all[j].score;
            }
            if (loss == FASTTEXT_SOFTMAX || loss == FASTTEXT_HS) /* 1, and 1e-5 more a label or step */
                assert_true(sum > 0.99 && sum < 1.01);
        }
        fasttext_scratch_free(x);
        fasttext_close(m);
        buf_release(&b);
    }
}

static void test_label_names(void **state)
{
    struct buf b;
    struct fasttext *m = open_made(&b, plain);
    assert_int_equal(fasttext_labels(m), 5);
    expect_span(fasttext_label(m, 0), "l0");
    expect_span(fasttext_label(m, 4), "l4");
    fasttext_close(m);
    buf_release(&b);
}

static void test_numbers_that_are_none_are_an_error_of_the_document(void **state)
{
    for (int32_t loss = FASTTEXT_HS; loss <= FASTTEXT_OVA; loss++) {
        struct recipe r = plain;
        struct fasttext_guess g;
        struct fasttext *m;
        struct error e = { 0 };
        r.loss = loss;
        struct buf b = make(r);
        memset(b.p + b.n - (size_t)(r.labels * r.dim * 4), 0xFF, (size_t)(r.labels * r.dim * 4)); /* NaN in the output */
        assert_int_equal(fasttext_use(&m, buf_view(&b), "made", &e), 0);
        struct fasttext_scratch *x = fasttext_scratch_new(m);
        assert_int_equal(fasttext_best(m, x, SPAN("de"), &g, &e), -ERR_FORMAT);
        fasttext_scratch_free(x);
        fasttext_close(m);
        buf_release(&b);
    }
}

/* ---- hostile files ---- */

/* Refused, or usable on any text. */
static bool survives(struct span file)
{
    struct fasttext *m;
    struct error e = { 0 };
    char *copy = malloc(file.n ? file.n : 1); /* exactly as long, for the sanitizer */
    memcpy(copy, file.p, file.n);
    int rc = fasttext_use(&m, span_of(copy, file.n), "hostile", &e);
    if (rc == 0) {
        struct fasttext_scratch *x = fasttext_scratch_new(m);
        struct fasttext_guess g;
        for (size_t i = 0; i < COUNT(texts); i++)
            if (fasttext_best(m, x, span_cstr(texts[i]), &g, &e) == 1)
                assert_true(g.label < fasttext_labels(m));
        fasttext_scratch_free(x);
        fasttext_close(m);
    } else {
        assert_int_equal(rc, -ERR_FORMAT);
        assert_true(e.msg[0] && e.has_offset && e.offset <= file.n);
    }
    free(copy);
    return rc == 0;
}

static void test_a_model_cut_anywhere_is_refused(void **state)
{
    struct recipe r = quantized_recipe(20);
    r.quantized_output = true;
    struct buf b = make(r);
    assert_true(survives(buf_view(&b)));
    for (size_t n = 0; n < b.n; n += n < 900 || n > b.n - 64 ? 1 : 97)
        assert_false(survives(span_of(b.p, n)));
    buf_release(&b);
}

static void test_any_field_may_lie(void **state)
{
    static const int32_t lies[] = { 0, 1, -1, 2, 255, 65536, 1 << 20, INT32_MAX, INT32_MIN, 0x7F800000 };
    for (int form = 0; form < 3; form++) {
        struct recipe r = quantized_recipe(form == 2 ? 20 : -1);
        r.quantized = form > 0;
        r.loss = FASTTEXT_HS;
        struct buf b = make(r);
        for (size_t at = 0; at + 4 <= b.n; at += at < 600 ? 1 : 211) {
            char was[4];
            memcpy(was, b.p + at, 4);
            for (size_t i = 0; i < COUNT(lies); i++) {
                memcpy(b.p + at, &lies[i], 4);
                survives(buf_view(&b));
            }
            memcpy(b.p + at, was, 4);
        }
        assert_true(survives(buf_view(&b)));
        buf_release(&b);
    }
}

static void test_what_is_not_supported_is_said(void **state)
{
    static const struct {
        const char *part;
        struct recipe r;
    } rows[] = {
        { "word vectors", { 12, 16, 3, 1, 50, 2, 4, 1, 5, 2, false, false, false, -1, 7 } },
        { "version", { 10, 16, 3, 3, 50, 2, 4, 1, 5, 2, false, false, false, -1, 7 } },
        { "version", { 13, 16, 3, 3, 50, 2, 4, 1, 5, 2, false, false, false, -1, 7 } },
        { "loss", { 12, 16, 5, 3, 50, 2, 4, 1, 5, 2, false, false, false, -1, 7 } },
        { "longer n-grams", { 12, 16, 3, 3, 50, 2, 65, 1, 5, 2, false, false, false, -1, 7 } },
        { "no buckets", { 12, 16, 3, 3, 0, 2, 4, 1, 5, 2, false, false, false, -1, 7 } },
        { "not quantized", { 12, 16, 3, 3, 50, 2, 4, 1, 5, 2, false, false, false, 10, 7 } },
        { "no label", { 12, 16, 3, 3, 50, 2, 4, 1, 0, 2, false, false, false, -1, 7 } },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = make(rows[i].r);
        struct fasttext *m;
        struct error e = { 0 };
        assert_int_equal(fasttext_use(&m, buf_view(&b), "made", &e), -ERR_FORMAT);
        if (!strstr(e.msg, rows[i].part))
            fail_msg("'%s' does not say '%s'", e.msg, rows[i].part);
        buf_release(&b);
    }
}

/* Counts that would make the library's tree point to itself. */
static void test_impossible_counts_are_refused(void **state)
{
    struct recipe r = plain;
    r.loss = FASTTEXT_HS;
    struct buf b = make(r);
    struct span label = SPAN("__label__l2");
    int64_t count = 1000000000000000;
    memcpy(b.p + span_find(buf_view(&b), label) + label.n + 1, &count, sizeof count);
    assert_false(survives(buf_view(&b)));
    buf_release(&b);
}

static void test_open_maps_a_file(void **state)
{
    char path[] = "/tmp/sluice-fasttext-XXXXXX";
    struct fasttext *m;
    struct error e = { 0 };
    struct buf b = make(plain);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(file_write(path, NULL, buf_view(&b), NULL, &e), 0);
    assert_int_equal(fasttext_open(&m, path, &e), 0);
    char have[SHA256_HEX + 1], want[SHA256_HEX + 1];
    fasttext_digest(m, have);
    sha256_hex_of(buf_view(&b), want);
    assert_string_equal(have, want);
    fasttext_close(m);
    remove(path);
    assert_int_equal(fasttext_open(&m, path, &e), -ERR_MISSING);
    close(fd);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_and_log_are_those_of_the_c_library),
        cmocka_unit_test(test_features_and_their_sum_are_the_plain_ones_to_the_bit),
        cmocka_unit_test(test_rows_built_and_rows_decoded_give_the_same),
        cmocka_unit_test(test_a_batch_ends_anywhere),
        cmocka_unit_test(test_best_is_the_first_of_all),
        cmocka_unit_test(test_label_names),
        cmocka_unit_test(test_numbers_that_are_none_are_an_error_of_the_document),
        cmocka_unit_test(test_a_model_cut_anywhere_is_refused),
        cmocka_unit_test(test_any_field_may_lie),
        cmocka_unit_test(test_what_is_not_supported_is_said),
        cmocka_unit_test(test_impossible_counts_are_refused),
        cmocka_unit_test(test_open_maps_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
