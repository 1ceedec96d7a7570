/*
 * quality_table.c - see quality_table.h: the shipped table, and a folder of FineWeb-2's files read as they are asked for.
 *
 * A line of the table: label, 15 numbers in the order of `columns`, then the stop words; all divided by tabs, sorted by
 * label.  Lines that begin with # tell where it is from.
 */
#include "filters/quality_table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "core/utf8.h"

#define MAX_TABLE_BYTES (16u << 20)
#define MAX_ROWS 65536

/* The files that were asked for, sorted by label; a row stays where it is. */
struct cache {
    pthread_mutex_t lock;
    struct quality_row **rows;
    size_t n, cap;
};

struct quality_table {
    char *dir; /* of files; NULL: the table */
    struct cache *cache;
    struct quality_row *rows; /* sorted by label */
    size_t n, cap;
    char *bytes; /* the whole table; labels and stop words point into it */
    struct span *words;
    char version[64], sha256[SHA256_HEX + 1];
};

/* ---- the table ---- */

static bool is_label(struct span s)
{
    if (s.n != 8 || s.p[3] != '_' || s.p[4] < 'A' || s.p[4] > 'Z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (i != 3 && i != 4 && (s.p[i] < 'a' || s.p[i] > 'z'))
            return false;
    return true;
}

/*
 * Digits with at most one point among them.  Up to 15 digits and their power of ten are exact doubles, so one division rounds
 * as strtod() does.
 */
static bool number(struct span s, double *out)
{
    static const double powers[16] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    bool negative = s.n && s.p[0] == '-';
    struct span digits = span_from(s, negative);
    size_t point = span_chr(digits, '.', 0), n = 0;
    uint64_t v = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (i == point)
            continue;
        if (!ascii_digit(digits.p[i]) || ++n > 15)
            return false;
        v = v * 10 + (uint64_t)(digits.p[i] - '0');
    }
    size_t decimals = point < digits.n ? digits.n - point - 1 : 0;
    *out = (negative ? -(double)v : (double)v) / powers[decimals];
    return n > 0 && point > 0 && (point == digits.n || decimals > 0);
}

static bool numbers(struct span *rest, struct quality_limits *l)
{
    double *const columns[] = { &l->language_score, &l->dup_line_frac, &l->top_grams[0], &l->top_grams[1], &l->top_grams[2],
                                &l->dup_grams[0], &l->dup_grams[1], &l->dup_grams[2], &l->dup_grams[3], &l->dup_grams[4],
                                &l->dup_grams[5], &l->line_punct, &l->new_line_ratio, &l->min_word, &l->max_word, &l->min_alpha };
    struct span field;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (!span_cut(rest, '\t', &field) || !number(field, columns[i]))
            return false;
    return true;
}

/* The stop words of a line go to `words`, which has room for all fields of the table. */
static const char *take_row(struct quality_table *t, struct span line, struct span *words, size_t *n_words)
{
    struct span rest = line, label, word;
    if (t->n == MAX_ROWS)
        return "too many languages";
    if (!span_cut(&rest, '\t', &label) || !is_label(label))
        return "does not begin with a label such as deu_Latn";
    if (t->n && strncmp(t->rows[t->n - 1].label, label.p, 8) >= 0)
        return "labels are not in order";
    GROW(t->rows, t->n, t->cap);
    struct quality_row *row = &t->rows[t->n++];
    *row = (struct quality_row){ .label = xmemdup0(label.p, label.n) };
    if (!numbers(&rest, &row->limits))
        return "does not have 16 numbers behind its label";
    row->limits.stop_words = words + *n_words;
    while (span_cut(&rest, '\t', &word)) {
        if (!word.n || word.n > QUALITY_MAX_STOP_WORD || ++row->limits.n_stop_words > QUALITY_MAX_STOP_WORDS)
            return "has an empty stop word, a very long one or too many";
        for (size_t i = 1; i < row->limits.n_stop_words; i++)
            if (span_eq(words[*n_words - i], word))
                return "has a stop word twice";
        words[(*n_words)++] = word;
    }
    return NULL;
}

static void take_comment(struct quality_table *t, struct span line)
{
    static const struct span mark = { "# revision: ", 12 };
    if (span_starts(line, mark.p)) {
        struct span v = span_head(span_from(line, mark.n), sizeof t->version - 1);
        memcpy(t->version, v.p, v.n);
        t->version[v.n] = 0;
    }
}

static int take_table(struct quality_table *t, struct span bytes, const char *path, struct error *e)
{
    struct span rest = bytes, line;
    size_t fields = 0, n_words = 0, number_of_line = 0;
    for (size_t i = 0; i < bytes.n; i++)
        fields += bytes.p[i] == '\t' || bytes.p[i] == '\n';
    t->words = xcalloc(fields + 1, sizeof *t->words);
    while (rest.n && span_cut(&rest, '\n', &line)) {
        const char *fault = NULL;
        char where[sizeof e->where];
        number_of_line++;
        if (line.n && line.p[0] == '#')
            take_comment(t, line);
        else if (!utf8_valid(line))
            fault = "is not UTF-8";
        else
            fault = take_row(t, line, t->words, &n_words);
        if (fault) {
            snprintf(where, sizeof where, "%.380s:%zu", path, number_of_line);
            return error_set(e, ERR_USAGE, where, "%s; make the table again with scripts/make-fineweb2-table", fault);
        }
    }
    return t->n ? 0 : error_set(e, ERR_USAGE, path, "has no languages; make the table again with scripts/make-fineweb2-table");
}

int quality_table_open(struct quality_table **out, const char *path, struct error *e)
{
    struct quality_table *t = xcalloc(1, sizeof *t);
    struct buf b = { 0 };
    int rc = file_read(path, MAX_TABLE_BYTES, &b, e);
    t->bytes = b.p;
    if (rc == 0) {
        sha256_hex_of(buf_view(&b), t->sha256);
        rc = take_table(t, buf_view(&b), path, e);
    }
    if (rc)
        quality_table_close(t);
    else
        *out = t;
    return rc;
}

/* ---- a folder of files ---- */

int quality_files_open(struct quality_table **out, const char *dir, struct error *e)
{
    char *probe = xasprintf("%s/.", dir);
    bool there = file_exists(probe);
    free(probe);
    if (!there)
        return error_set(e, ERR_USAGE, dir, "no such folder; it holds FineWeb-2's files, LABEL.yml");
    struct quality_table *t = xcalloc(1, sizeof *t);
    t->dir = xstrdup(dir);
    t->cache = xcalloc(1, sizeof *t->cache);
    pthread_mutex_init(&t->cache->lock, NULL);
    *out = t;
    return 0;
}

static size_t cache_place(const struct cache *c, const char *label)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(c->rows[mid]->label, label) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Under the lock.  Only files that are there take memory. */
static int cache_find(const struct quality_table *t, const char *label, const struct quality_limits **out, struct error *e)
{
    struct cache *c = t->cache;
    size_t at = cache_place(c, label);
    if (at < c->n && strcmp(c->rows[at]->label, label) == 0) {
        *out = &c->rows[at]->limits;
        return 1;
    }
    char *path = xasprintf("%s/%s.yml", t->dir, label);
    struct quality_row *row = xcalloc(1, sizeof *row);
    int rc = 0;
    if (file_exists(path)) {
        row->label = xstrdup(label);
        rc = quality_yaml_read(path, row, e);
        if (rc == 0) {
            GROW(c->rows, c->n, c->cap);
            memmove(c->rows + at + 1, c->rows + at, (c->n - at) * sizeof *c->rows);
            c->rows[at] = row;
            c->n++;
            *out = &row->limits;
            free(path);
            return 1;
        }
    }
    quality_row_release(row);
    free(row);
    free(path);
    return rc;
}

/* A label comes from a document: it must not lead out of the folder. */
static bool safe_name(struct span s, char name[64])
{
    if (!s.n || s.n > 63)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
            return false;
    memcpy(name, s.p, s.n);
    name[s.n] = 0;
    return true;
}

/* ---- both ---- */

static int by_label(const void *label, const void *row)
{
    return strcmp(label, ((const struct quality_row *)row)->label);
}

int quality_table_find(const struct quality_table *t, struct span label, const struct quality_limits **out, struct error *e)
{
    char name[64];
    if (!safe_name(label, name))
        return 0;
    if (t->dir) {
        pthread_mutex_lock(&t->cache->lock);
        int rc = cache_find(t, name, out, e);
        pthread_mutex_unlock(&t->cache->lock);
        return rc;
    }
    const struct quality_row *row = t->n ? bsearch(name, t->rows, t->n, sizeof *row, by_label) : NULL;
    if (row)
        *out = &row->limits;
    return row != NULL;
}

void quality_row_release(struct quality_row *row)
{
    free(row->label);
    free(row->bytes);
    free(row->words);
    *row = (struct quality_row){ 0 };
}

void quality_table_close(struct quality_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        quality_row_release(&t->rows[i]);
    for (size_t i = 0; t->cache && i < t->cache->n; i++) {
        quality_row_release(t->cache->rows[i]);
        free(t->cache->rows[i]);
    }
    if (t->cache) {
        pthread_mutex_destroy(&t->cache->lock);
        free(t->cache->rows);
        free(t->cache);
    }
    free(t->rows);
    free(t->words);
    free(t->bytes);
    free(t->dir);
    free(t);
}

const char *quality_table_sha256(const struct quality_table *t)
{
    return t->sha256;
}

const char *quality_table_version(const struct quality_table *t)
{
    return t->version;
}
