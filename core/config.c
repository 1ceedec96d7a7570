/* config.c - see config.h. */
#include "core/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/json.h"
#include "core/opt.h"
#include "core/utf8.h"

#define CONFIG_MAX_BYTES (4u << 20)

struct value {
    const struct conf_key *key;
    char *text;   /* scalars as canonical text */
    double num;   /* INT, NUM */
    uint64_t size;
    char **list;
    size_t n_list;
};

struct config {
    struct value *v; /* sorted by key */
    size_t n;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct value *)a)->key->key, ((const struct value *)b)->key->key);
}

static struct value *find(const struct config *c, const char *key)
{
    struct conf_key probe = { .key = key };
    struct value v = { .key = &probe };
    return bsearch(&v, c->v, c->n, sizeof v, by_key);
}

static void clear(struct value *v)
{
    free(v->text);
    for (size_t i = 0; i < v->n_list; i++)
        free(v->list[i]);
    free(v->list);
    *v = (struct value){ .key = v->key };
}

static bool is_date(const char *s)
{
    static const char form[] = "dddd-dd-dd";
    if (strlen(s) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? !ascii_digit(s[i]) : s[i] != form[i])
            return false;
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = atoi(s), month = atoi(s + 5), day = atoi(s + 8);
    bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static bool is_choice(const char *choices, const char *s)
{
    struct span rest = span_cstr(choices), one;
    while (span_cut(&rest, '|', &one))
        if (span_is(one, s))
            return true;
    return false;
}

static bool in_range(const struct conf_key *k, double v)
{
    return (k->min == 0 && k->max == 0) || (v >= k->min && v <= k->max);
}

static bool number(const char *s, double *out)
{
    char *end;
    *out = strtod(s, &end);
    return *s && !*end && isfinite(*out);
}

static char *number_text(double v)
{
    struct buf b = { 0 };
    json_put_number(&b, v);
    buf_putc(&b, 0);
    return b.p;
}

/* Take `s` as the value; returns NULL or what it should have been. */
static const char *take_scalar(struct value *v, const char *s)
{
    const struct conf_key *k = v->key;
    double num = 0;
    uint64_t size = 0;
    switch (k->type) {
    case CONF_BOOL:
        if (strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
            return "true or false";
        break;
    case CONF_INT:
        if (!number(s, &num) || num != floor(num) || fabs(num) > 9007199254740992.0 || !in_range(k, num))
            return "a whole number in range";
        break;
    case CONF_SIZE:
        if (!opt_size(s, &size) || !in_range(k, (double)size))
            return "a size such as 64M, in range";
        break;
    case CONF_NUM:
        if (!number(s, &num) || !in_range(k, num))
            return "a number in range";
        break;
    case CONF_CHOICE:
        if (!is_choice(k->choices, s))
            return k->choices;
        break;
    case CONF_DATE:
        if (*s && !is_date(s))
            return "a date such as 2026-01-31";
        break;
    case CONF_STR:
    case CONF_FILE: break;
    case CONF_LIST: return "a list";
    }
    clear(v);
    v->num = num;
    v->size = size;
    if (k->type == CONF_INT || k->type == CONF_NUM)
        v->text = number_text(num);
    else if (k->type == CONF_SIZE)
        v->text = xasprintf("%llu", (unsigned long long)size);
    else
        v->text = xstrdup(s);
    return NULL;
}

static void push(struct value *v, struct span s)
{
    v->list = xreallocarray(v->list, v->n_list + 1, sizeof *v->list);
    v->list[v->n_list++] = xmemdup0(s.p, s.n);
}

static const char *take(struct value *v, const char *s)
{
    if (v->key->type != CONF_LIST)
        return take_scalar(v, s);
    clear(v);
    struct span rest = span_cstr(s), one;
    while (*s && span_cut(&rest, ',', &one))
        push(v, span_trim(one));
    return NULL;
}

struct config *config_new(const struct conf_key *const *tables)
{
    struct config *c = xcalloc(1, sizeof *c);
    size_t cap = 0;
    for (; *tables; tables++) {
        for (const struct conf_key *k = *tables; k->key; k++) {
            GROW(c->v, c->n, cap);
            c->v[c->n] = (struct value){ .key = k };
            if (take(&c->v[c->n++], k->def))
                abort(); /* a default that its own table refuses */
        }
    }
    qsort(c->v, c->n, sizeof *c->v, by_key);
    return c;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        clear(&c->v[i]);
    free(c->v);
    free(c);
}

/* The known key nearest in spelling, for "did you mean"; NULL if none is near. */
static const char *nearest(const struct config *c, const char *key)
{
    const char *best = NULL;
    size_t best_cost = 4, n = strlen(key);
    for (size_t i = 0; i < c->n; i++) {
        const char *k = c->v[i].key->key;
        size_t m = strlen(k), row[128];
        if (m >= 127 || n >= 127)
            continue;
        for (size_t j = 0; j <= m; j++)
            row[j] = j;
        for (size_t a = 1; a <= n; a++) {
            size_t diagonal = row[0];
            row[0] = a;
            for (size_t b = 1; b <= m; b++) {
                size_t cost = diagonal + (key[a - 1] != k[b - 1]);
                diagonal = row[b];
                if (row[b] + 1 < cost)
                    cost = row[b] + 1;
                if (row[b - 1] + 1 < cost)
                    cost = row[b - 1] + 1;
                row[b] = cost;
            }
        }
        if (row[m] < best_cost) {
            best_cost = row[m];
            best = k;
        }
    }
    return best;
}

static int unknown_key(const struct config *c, const char *key, const char *where, struct error *e)
{
    const char *near = nearest(c, key);
    return error_set(e, ERR_USAGE, where, "unknown key '%s'%s%s%s", key, near ? "; did you mean '" : "; see sluice help config",
                     near ? near : "", near ? "'?" : "");
}

static int assign(struct config *c, const char *key, const char *text, const char *where, struct error *e)
{
    struct value *v = find(c, key);
    if (!v)
        return unknown_key(c, key, where, e);
    const char *want = take(v, text);
    if (want && v->key->min != v->key->max)
        return error_set(e, ERR_USAGE, where, "'%s' must be %s (%g to %g)", key, want, v->key->min, v->key->max);
    return want ? error_set(e, ERR_USAGE, where, "'%s' must be %s", key, want) : 0;
}

/* A list as the configuration itself writes it, ["a", "b"]: YAML's own reader takes it. */
static int set_sequence(struct config *c, const char *key, const char *list, struct error *e)
{
    const char *dot = strchr(key, '.');
    char *yaml = xasprintf("%.*s:\n  %s: %s\n", (int)(dot - key), key, dot + 1, list);
    int rc = config_parse(c, span_cstr(yaml), "--set", e);
    free(yaml);
    return rc;
}

int config_set(struct config *c, const char *assignment, struct error *e)
{
    const char *eq = strchr(assignment, '=');
    if (!eq)
        return error_set(e, ERR_USAGE, "--set", "'%s' is not KEY=VALUE", assignment);
    char *key = xmemdup0(assignment, (size_t)(eq - assignment));
    struct value *v = find(c, key);
    int rc = v && v->key->type == CONF_LIST && eq[1] == '[' ? set_sequence(c, key, eq + 1, e) : assign(c, key, eq + 1, "--set", e);
    free(key);
    return rc;
}

/* ---- YAML: a mapping of sections, each a mapping of scalars and sequences of scalars ---- */

struct loader {
    struct config *c;
    yaml_document_t doc;
    const char *name;
    struct error *e;
};

static int at_node(struct loader *l, const yaml_node_t *node, const char *fmt, const char *detail)
{
    char where[380];
    snprintf(where, sizeof where, "%s:%zu", l->name, node->start_mark.line + 1);
    return error_set(l->e, ERR_USAGE, where, fmt, detail);
}

static int load_list(struct loader *l, struct value *v, const yaml_node_t *node)
{
    clear(v);
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *item = yaml_document_get_node(&l->doc, *i);
        if (item->type != YAML_SCALAR_NODE)
            return at_node(l, item, "'%s' must be a list of texts", v->key->key);
        push(v, span_of((const char *)item->data.scalar.value, item->data.scalar.length));
    }
    return 0;
}

static int load_pair(struct loader *l, const char *section, const yaml_node_t *key, const yaml_node_t *node, struct buf *seen)
{
    if (key->type != YAML_SCALAR_NODE)
        return at_node(l, key, "a key must be a word%s", "");
    char full[256], where[380], mark[260];
    snprintf(full, sizeof full, "%s.%s", section, (const char *)key->data.scalar.value);
    snprintf(where, sizeof where, "%s:%zu", l->name, key->start_mark.line + 1);
    snprintf(mark, sizeof mark, "\n%s\n", full);
    if (seen->n && memmem(seen->p, seen->n, mark, strlen(mark)))
        return error_set(l->e, ERR_USAGE, where, "'%s' is given twice; keep one", full);
    buf_puts(seen, mark);
    struct value *v = find(l->c, full);
    if (!v)
        return unknown_key(l->c, full, where, l->e);
    if (v->key->type == CONF_LIST && node->type == YAML_SEQUENCE_NODE)
        return load_list(l, v, node);
    if (v->key->type == CONF_LIST || node->type != YAML_SCALAR_NODE)
        return at_node(l, node, v->key->type == CONF_LIST ? "'%s' must be a list" : "'%s' must be one value", full);
    return assign(l->c, full, (const char *)node->data.scalar.value, where, l->e);
}

static int load_document(struct loader *l)
{
    const yaml_node_t *root = yaml_document_get_root_node(&l->doc);
    struct buf seen = { 0 };
    int rc = 0;
    if (!root)
        return 0; /* an empty file: all defaults */
    if (root->type != YAML_MAPPING_NODE)
        return at_node(l, root, "must be a mapping of sections%s", "");
    for (yaml_node_pair_t *s = root->data.mapping.pairs.start; rc == 0 && s < root->data.mapping.pairs.top; s++) {
        const yaml_node_t *name = yaml_document_get_node(&l->doc, s->key);
        const yaml_node_t *body = yaml_document_get_node(&l->doc, s->value);
        if (name->type != YAML_SCALAR_NODE || body->type != YAML_MAPPING_NODE) {
            rc = at_node(l, name, "a section must hold 'key: value' lines%s", "");
            break;
        }
        for (yaml_node_pair_t *p = body->data.mapping.pairs.start; rc == 0 && p < body->data.mapping.pairs.top; p++)
            rc = load_pair(l, (const char *)name->data.scalar.value, yaml_document_get_node(&l->doc, p->key),
                           yaml_document_get_node(&l->doc, p->value), &seen);
    }
    buf_release(&seen);
    return rc;
}

int config_parse(struct config *c, struct span yaml, const char *name, struct error *e)
{
    struct loader l = { .c = c, .name = name, .e = e };
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return error_set(e, ERR_BUG, name, "libyaml does not start");
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.p, yaml.n);
    int rc;
    if (!yaml_parser_load(&parser, &l.doc)) {
        char where[380];
        snprintf(where, sizeof where, "%s:%zu", name, parser.problem_mark.line + 1);
        rc = error_set(e, ERR_USAGE, where, "not YAML: %s", parser.problem ? parser.problem : "cannot be read");
    } else {
        rc = load_document(&l);
        yaml_document_delete(&l.doc);
    }
    yaml_parser_delete(&parser);
    return rc;
}

int config_load(struct config *c, const char *path, struct error *e)
{
    struct buf b = { 0 };
    struct error why;
    int rc = file_read(path, CONFIG_MAX_BYTES, &b, &why);
    if (rc == -ERR_MISSING)
        rc = error_set(e, ERR_MISSING, path, "%s", why.msg);
    else if (rc)
        rc = error_set(e, ERR_USAGE, path, "is no configuration: %s", why.msg);
    else
        rc = config_parse(c, buf_view(&b), path, e);
    buf_release(&b);
    return rc;
}

/* Characters that stand in a JSON string as they are, and that YAML folds as line ends or refuses. */
static bool yaml_minds(uint32_t cp)
{
    return (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF || cp == 0xFFFE || cp == 0xFFFF;
}

/* A string that JSON and YAML read alike. */
static void put_quoted(struct buf *out, struct span s)
{
    struct buf json = { 0 };
    json_put_string(&json, s);
    for (const char *p = json.p, *end = p + json.n; p < end;) {
        const char *from = p;
        uint32_t cp = utf8_next(&p, end);
        if (yaml_minds(cp))
            buf_printf(out, "\\u%04x", (unsigned)cp);
        else
            buf_put(out, from, (size_t)(p - from));
    }
    buf_release(&json);
}

/* Plain where YAML reads the same text back; else a JSON string, which YAML takes too. */
static void put_scalar(struct buf *out, const struct value *v, struct span s)
{
    bool quote = v->key->type == CONF_STR || v->key->type == CONF_FILE || v->key->type == CONF_LIST || v->key->type == CONF_DATE;
    if (quote)
        put_quoted(out, s);
    else
        buf_span(out, s);
}

/* A file is named, not where it lies. */
static struct span base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return span_cstr(slash ? slash + 1 : path);
}

static void put_text(const struct config *c, bool names, struct buf *out)
{
    size_t section_n = 0;
    const char *section = "";
    for (size_t i = 0; i < c->n; i++) {
        const struct value *v = &c->v[i];
        const char *dot = strchr(v->key->key, '.');
        size_t n = (size_t)(dot - v->key->key);
        if (n != section_n || memcmp(section, v->key->key, n) != 0)
            buf_printf(out, "%.*s:\n", (int)n, v->key->key);
        section = v->key->key;
        section_n = n;
        buf_printf(out, "  %s: ", dot + 1);
        if (v->key->type == CONF_LIST) {
            buf_putc(out, '[');
            for (size_t j = 0; j < v->n_list; j++) {
                buf_puts(out, j ? ", " : "");
                put_scalar(out, v, span_cstr(v->list[j]));
            }
            buf_putc(out, ']');
        } else {
            put_scalar(out, v, names && v->key->type == CONF_FILE ? base_name(v->text) : span_cstr(v->text));
        }
        buf_putc(out, '\n');
    }
}

void config_canonical(const struct config *c, struct buf *out)
{
    put_text(c, true, out);
}

void config_show(const struct config *c, struct buf *out)
{
    put_text(c, false, out);
}

const char *config_file_key(const struct config *c, size_t i)
{
    for (size_t k = 0; k < c->n; k++)
        if (c->v[k].key->type == CONF_FILE && i-- == 0)
            return c->v[k].key->key;
    return NULL;
}

static const struct value *must_find(const struct config *c, const char *key)
{
    const struct value *v = find(c, key);
    if (!v) {
        fprintf(stderr, "sluice: no configuration table has '%s'\n", key);
        abort();
    }
    return v;
}

bool config_has(const struct config *c, const char *key)
{
    return find(c, key) != NULL;
}

bool config_bool(const struct config *c, const char *key)
{
    return strcmp(must_find(c, key)->text, "true") == 0;
}

int64_t config_int(const struct config *c, const char *key)
{
    return (int64_t)must_find(c, key)->num;
}

uint64_t config_size(const struct config *c, const char *key)
{
    return must_find(c, key)->size;
}

double config_num(const struct config *c, const char *key)
{
    return must_find(c, key)->num;
}

const char *config_str(const struct config *c, const char *key)
{
    return must_find(c, key)->text;
}

size_t config_list(const struct config *c, const char *key, const char *const **v)
{
    const struct value *x = must_find(c, key);
    *v = (const char *const *)x->list;
    return x->n_list;
}
