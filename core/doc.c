/* doc.c - see doc.h. */
#include "core/doc.h"

#include <stdio.h>

void doc_drop(struct document *d, const char *stage, const char *rule)
{
    if (d->verdict != DOC_KEPT)
        return;
    d->verdict = DOC_DROPPED;
    d->stage = stage;
    d->rule = rule;
}

void doc_drop_value(struct document *d, const char *stage, const char *rule, double value, double threshold)
{
    if (d->verdict != DOC_KEPT)
        return;
    doc_drop(d, stage, rule);
    d->value = value;
    d->threshold = threshold;
    d->has_value = true;
}

void doc_fail(struct document *d, const char *stage, const char *rule, const char *reason)
{
    d->verdict = DOC_FAILED;
    d->stage = stage;
    d->rule = rule;
    d->has_value = false;
    d->reason = arena_dup(d->arena, span_cstr(reason));
}

void doc_measure(struct document *d, const char *rule, double value)
{
    struct measure **tail = &d->measures;
    while (*tail)
        tail = &(*tail)->next;
    *tail = arena_zalloc(d->arena, sizeof **tail);
    **tail = (struct measure){ .rule = rule, .value = value, .has_value = true };
}

struct evidence *doc_evidence(struct document *d, const char *signal, const char *verdict)
{
    struct evidence **tail = &d->evidence;
    while (*tail)
        tail = &(*tail)->next;
    *tail = arena_zalloc(d->arena, sizeof **tail);
    (*tail)->signal = signal;
    (*tail)->verdict = verdict;
    return *tail;
}

void doc_extra(struct document *d, const char *name, struct span json)
{
    struct field **tail = &d->extra;
    for (; *tail; tail = &(*tail)->next)
        if (span_is((*tail)->name, name))
            break;
    if (!*tail) {
        *tail = arena_zalloc(d->arena, sizeof **tail);
        (*tail)->name = arena_dup(d->arena, span_cstr(name));
    }
    (*tail)->value = json;
}

const struct field *field_find(const struct field *list, const char *name)
{
    for (; list; list = list->next)
        if (span_isi(list->name, name))
            return list;
    return NULL;
}

static const struct json *string_or_null(const struct json *v, const char *name, struct span *out, bool *bad)
{
    const struct json *c = json_get(v, name);
    if (!c || c->type == JSON_NULL)
        return NULL;
    if (c->type != JSON_STRING)
        *bad = true;
    else
        *out = c->str.p ? c->str : span_of("", 0);
    return c;
}

int doc_parse(struct span line, struct arena *a, struct document *d, struct error *e)
{
    struct json *v;
    size_t where = 0;
    bool bad = false;
    *d = (struct document){ .arena = a };
    int rc = json_parse_flat(line, a, &v, &where);
    if (rc == -ERR_TOO_BIG)
        return error_set(e, ERR_TOO_BIG, NULL, "document is larger than the bound of a batch");
    if (rc || v->type != JSON_OBJECT)
        return error_set(e, ERR_FORMAT, NULL, "not a document: not a JSON object in UTF-8 (at byte %zu of the line)", where);
    const struct json *text = json_get(v, "text");
    if (!text || text->type != JSON_STRING)
        return error_set(e, ERR_FORMAT, NULL, "not a document: 'text' is not a string");
    d->source = v;
    d->text = text->str.p ? text->str : span_of("", 0);
    const struct json *id = json_get(v, "id"), *m = json_get(v, "metadata");
    if (id && id->type != JSON_NULL)
        d->id = id->type != JSON_STRING ? id->raw : id->str.p ? id->str : span_of("", 0);
    if (m && m->type != JSON_OBJECT && m->type != JSON_NULL)
        return error_set(e, ERR_FORMAT, NULL, "not a document: 'metadata' is not an object");
    string_or_null(m, "url", &d->url, &bad);
    string_or_null(m, "date", &d->date, &bad);
    string_or_null(m, "warc", &d->origin.warc, &bad);
    string_or_null(m, "language", &d->language, &bad);
    d->origin.offset = json_u64(m, "offset", 0);
    d->origin.length = json_u64(m, "length", 0);
    d->origin.at = json_u64(m, "at", 0);
    const struct json *score = json_get(m, "language_score");
    if (score && score->type == JSON_NUMBER) {
        d->language_score = score->num;
        d->has_language_score = true;
    }
    return 0;
}

static bool typed(struct span name)
{
    static const char *const names[] = { "url", "date", "warc", "offset", "length", "at", "language", "language_score" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(name, names[i]))
            return true;
    return false;
}

/* A typed string member: our value, or what the source had (a number, say) if we have none. */
static void put_str(struct json_writer *w, const struct json *m, const char *name, struct span s)
{
    const struct json *had = json_get(m, name);
    if (s.p) {
        jw_member_str(w, name, s);
    } else if (had) {
        jw_key(w, name);
        jw_raw(w, had->raw);
    }
}

static void put_u64(struct json_writer *w, const struct json *m, const char *name, uint64_t v, bool show)
{
    const struct json *had = json_get(m, name);
    if (had) {
        jw_key(w, name);
        jw_raw(w, had->raw);
    } else if (show) {
        jw_member_u64(w, name, v);
    }
}

static void put_metadata(const struct document *d, const struct json *m, struct json_writer *w)
{
    bool origin = d->origin.warc.p != NULL;
    jw_begin(w, '{');
    put_str(w, m, "url", d->url);
    put_str(w, m, "date", d->date);
    put_str(w, m, "warc", d->origin.warc);
    put_u64(w, m, "offset", d->origin.offset, origin);
    put_u64(w, m, "length", d->origin.length, origin);
    put_u64(w, m, "at", d->origin.at, origin && d->origin.at);
    put_str(w, m, "language", d->language);
    if (d->has_language_score)
        jw_member_num(w, "language_score", d->language_score);
    for (const struct json *c = m && m->type == JSON_OBJECT ? m->first : NULL; c; c = c->next) {
        const struct field *over = d->extra;
        while (over && !span_eq(over->name, c->name))
            over = over->next;
        if (typed(c->name) || over)
            continue;
        jw_key_span(w, c->name);
        jw_raw(w, c->raw);
    }
    for (const struct field *f = d->extra; f; f = f->next) {
        jw_key_span(w, f->name);
        jw_raw(w, f->value);
    }
    jw_end(w, '}');
}

void doc_put_id(const struct document *d, struct json_writer *w)
{
    const struct json *had = json_get(d->source, "id");
    if (had && had->type != JSON_STRING)
        jw_raw(w, had->raw);
    else if (d->id.p)
        jw_str(w, d->id);
    else
        jw_null(w);
}

void doc_write(const struct document *d, struct buf *out)
{
    struct json_writer w = { out, false };
    const struct json *m = json_get(d->source, "metadata");
    jw_begin(&w, '{');
    if (d->id.p || json_get(d->source, "id")) {
        jw_key(&w, "id");
        doc_put_id(d, &w);
    }
    jw_member_str(&w, "text", d->text);
    jw_key(&w, "metadata");
    put_metadata(d, m, &w);
    for (const struct json *c = d->source ? d->source->first : NULL; c; c = c->next) {
        if (span_is(c->name, "id") || span_is(c->name, "text") || span_is(c->name, "metadata"))
            continue;
        if (span_is(c->name, "drop") && d->verdict == DOC_DROPPED)
            continue;
        jw_key_span(&w, c->name);
        jw_raw(&w, c->raw);
    }
    if (d->verdict == DOC_DROPPED) {
        jw_key(&w, "drop");
        jw_begin(&w, '{');
        jw_member_str(&w, "stage", span_cstr(d->stage));
        jw_member_str(&w, "rule", span_cstr(d->rule));
        if (d->has_value) {
            jw_member_num(&w, "value", d->value);
            jw_member_num(&w, "threshold", d->threshold);
        }
        jw_end(&w, '}');
    }
    jw_end(&w, '}');
    buf_putc(out, '\n');
}
