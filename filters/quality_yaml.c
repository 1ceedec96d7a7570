/* quality_yaml.c - one of FineWeb-2's language files as it is: ten keys (reference 2.9), each once, nothing else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "filters/quality_table.h"

#define MAX_YAML_BYTES (1u << 20)

struct reader {
    yaml_document_t doc;
    const char *path;
    struct quality_row *row;
    struct error *e;
    unsigned seen;
};

static int fault(const struct reader *r, size_t line, const char *what)
{
    char where[380];
    snprintf(where, sizeof where, "%.360s:%zu", r->path, line + 1);
    return error_set(r->e, ERR_USAGE, where, "%s; FineWeb-2's files are as scripts/make-fineweb2-table reads them", what);
}

static int fault_at(const struct reader *r, const yaml_node_t *node, const char *what)
{
    return fault(r, node->start_mark.line, what);
}

static int number(const struct reader *r, const yaml_node_t *node, double *out)
{
    char *end;
    if (node->type != YAML_SCALAR_NODE)
        return fault_at(r, node, "a number is missing here");
    const char *s = (const char *)node->data.scalar.value;
    *out = strtod(s, &end);
    return *s && end == s + node->data.scalar.length && isfinite(*out) ? 0 : fault_at(r, node, "a number is missing here");
}

/* [[n, share], ...] with n rising from `from`; an n that is left out is a rule that never fires. */
static int grams(struct reader *r, const yaml_node_t *node, unsigned from, size_t n, double *out)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return fault_at(r, node, "must be a list of [n, share]");
    double before = 0;
    for (size_t i = 0; i < n; i++)
        out[i] = QUALITY_NEVER;
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *pair = yaml_document_get_node(&r->doc, *i);
        double size, share;
        if (pair->type != YAML_SEQUENCE_NODE || pair->data.sequence.items.top - pair->data.sequence.items.start != 2)
            return fault_at(r, pair, "must be a pair: n, share");
        if (number(r, yaml_document_get_node(&r->doc, pair->data.sequence.items.start[0]), &size) ||
            number(r, yaml_document_get_node(&r->doc, pair->data.sequence.items.start[1]), &share))
            return -ERR_USAGE;
        if (size != floor(size) || size <= before || size < from || size >= from + n)
            return fault_at(r, pair, "n is out of range or out of order");
        before = size;
        out[(size_t)size - from] = share;
    }
    return 0;
}

static int stop_words(struct reader *r, const yaml_node_t *node)
{
    struct quality_row *row = r->row;
    if (node->type != YAML_SEQUENCE_NODE)
        return fault_at(r, node, "must be a list of words");
    size_t n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start), bytes = 0, kept = 0;
    if (n > QUALITY_MAX_STOP_WORDS)
        return fault_at(r, node, "has too many words");
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *item = yaml_document_get_node(&r->doc, node->data.sequence.items.start[i]);
        if (item->type != YAML_SCALAR_NODE || item->data.scalar.length > QUALITY_MAX_STOP_WORD)
            return fault_at(r, item, "must be a word");
        bytes += item->data.scalar.length;
    }
    char *to = row->bytes = xmalloc(bytes + 1);
    row->words = xcalloc(n + 1, sizeof *row->words);
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *item = yaml_document_get_node(&r->doc, node->data.sequence.items.start[i]);
        struct span w = span_of(to, item->data.scalar.length);
        size_t j = 0;
        memcpy(to, item->data.scalar.value, w.n);
        while (j < kept && !span_eq(row->words[j], w))
            j++;
        if (j == kept) {
            row->words[kept++] = w;
            to += w.n;
        }
    }
    row->limits.stop_words = row->words;
    row->limits.n_stop_words = kept;
    return 0;
}

#define KEYS 10

static int pair(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
    struct quality_limits *l = &r->row->limits;
    const struct {
        const char *name;
        double *out; /* NULL: a list */
    } keys[KEYS] = {
        { "language_score", &l->language_score },
        { "dup_line_frac", &l->dup_line_frac },
        { "line_punct_thr", &l->line_punct },
        { "new_line_ratio", &l->new_line_ratio },
        { "min_avg_word_length", &l->min_word },
        { "max_avg_word_length", &l->max_word },
        { "max_non_alpha_words_ratio", &l->min_alpha }, /* so named there; it is a least share of alphabetic words */
        { "top_n_grams", NULL },
        { "dup_n_grams", NULL },
        { "stopwords", NULL },
    };
    size_t i = 0;
    if (key->type != YAML_SCALAR_NODE)
        return fault_at(r, key, "a key must be a word");
    while (i < KEYS && strcmp(keys[i].name, (const char *)key->data.scalar.value) != 0)
        i++;
    if (i == KEYS)
        return fault_at(r, key, "unknown key");
    if (r->seen & 1u << i)
        return fault_at(r, key, "a key stands twice");
    r->seen |= 1u << i;
    if (keys[i].out)
        return number(r, value, keys[i].out);
    if (i == 7)
        return grams(r, value, QUALITY_TOP_FROM, QUALITY_TOP_GRAMS, l->top_grams);
    return i == 8 ? grams(r, value, QUALITY_DUP_FROM, QUALITY_DUP_GRAMS, l->dup_grams) : stop_words(r, value);
}

static int document(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->doc);
    int rc = 0;
    if (!root || root->type != YAML_MAPPING_NODE)
        return fault(r, 0, "must be a mapping");
    for (yaml_node_pair_t *p = root->data.mapping.pairs.start; rc == 0 && p < root->data.mapping.pairs.top; p++)
        rc = pair(r, yaml_document_get_node(&r->doc, p->key), yaml_document_get_node(&r->doc, p->value));
    if (rc == 0 && r->seen != (1u << KEYS) - 1)
        rc = fault_at(r, root, "a key is missing");
    return rc;
}

int quality_yaml_read(const char *path, struct quality_row *row, struct error *e)
{
    struct reader r = { .path = path, .row = row, .e = e };
    struct buf b = { 0 };
    yaml_parser_t parser;
    int rc = file_read(path, MAX_YAML_BYTES, &b, e);
    if (rc == 0 && !yaml_parser_initialize(&parser))
        rc = error_set(e, ERR_BUG, path, "libyaml does not start");
    if (rc) {
        buf_release(&b);
        return rc == -ERR_BUG ? rc : -ERR_USAGE;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)b.p, b.n);
    if (!yaml_parser_load(&parser, &r.doc)) {
        rc = fault(&r, parser.problem_mark.line, parser.problem ? parser.problem : "not YAML");
    } else {
        rc = document(&r);
        yaml_document_delete(&r.doc);
    }
    yaml_parser_delete(&parser);
    buf_release(&b);
    return rc;
}
