/* record_document.c - see record_document.h. */
#include "pipeline/run/record_document.h"

/* What tells where a document came from; in byte order, as rows have their members. */
static const char *const origin_names[] = {
    "added", "at", "created", "dump", "file_path", "length", "offset", "source", "version", "warc",
};
static const char *const text_names[] = { "text", "content", "raw_content" };

/* At the top of the line, else in what holds the rest. */
static const struct json *member(const struct json *line, const char *name)
{
    static const char *const below[] = { "metadata", "meta" };
    const struct json *v = json_get(line, name);
    for (size_t i = 0; !v && i < sizeof below / sizeof *below; i++)
        v = json_get(json_get(line, below[i]), name);
    return v;
}

static bool among(struct span name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(name, names[i]))
            return true;
    return false;
}
#define AMONG(name, names) among(name, names, sizeof(names) / sizeof *(names))

static void take_origin(const struct json *line, struct document *d)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    bool any = false;
    jw_begin(&w, '{');
    for (size_t i = 0; i < sizeof origin_names / sizeof *origin_names; i++) {
        const struct json *v = member(line, origin_names[i]);
        if (!v || (v->type != JSON_STRING && v->type != JSON_NUMBER))
            continue;
        jw_key(&w, origin_names[i]);
        json_canonical(v, &b);
        w.comma = any = true;
    }
    jw_end(&w, '}');
    if (any) {
        d->producer = arena_dup(d->arena, buf_view(&b));
        doc_extra(d, "source", d->producer);
    }
    buf_release(&b);
}

#define MAX_REST 128 /* members; published corpora have thirty, and each is compared with those before it */

/* What we know nothing of goes with the document as it came: columns beside the text, and members of `metadata`. */
static void take_rest(const struct json *line, struct document *d, unsigned *left)
{
    static const char *const ours[] = { "id", "url", "date", "language", "language_score", "metadata", "meta", "drop" };
    char name[256];
    for (const struct json *v = line && line->type == JSON_OBJECT ? line->first : NULL; v && *left; v = v->next) {
        bool known = AMONG(v->name, ours) || AMONG(v->name, origin_names) || AMONG(v->name, text_names);
        if (known || v->name.n >= sizeof name || memchr(v->name.p, 0, v->name.n))
            continue;
        memcpy(name, v->name.p, v->name.n);
        name[v->name.n] = 0;
        doc_extra(d, name, v->raw);
        --*left;
    }
}

/* Another's language, until the stage of that name says its own. */
static void take_language(const struct json *line, struct document *d)
{
    const struct json *language = member(line, "language"), *score = member(line, "language_score");
    if (language && language->type == JSON_STRING && language->str.n)
        d->language = language->str;
    if (score && score->type == JSON_NUMBER) {
        d->language_score = score->num;
        d->has_language_score = true;
    }
}

struct span text_without_nul(struct span s, struct arena *a)
{
    if (!s.n || !memchr(s.p, 0, s.n))
        return s.p ? s : span_of("", 0);
    char *p = arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i])
            p[n++] = s.p[i];
    return span_of(p, n);
}

void record_document(struct span line, struct document *d)
{
    struct json *v;
    const struct json *text = NULL;
    if (json_parse_flat(line, d->arena, &v, NULL) == 0)
        for (size_t i = 0; !text && i < sizeof text_names / sizeof *text_names; i++)
            text = json_get(v, text_names[i]);
    if (!text || text->type != JSON_STRING) {
        doc_fail(d, "ingest", "document", "the line has no 'text' that is a string");
        return;
    }
    take_origin(v, d);
    take_language(v, d);
    unsigned left = MAX_REST;
    take_rest(v, d, &left);
    take_rest(json_get(v, "metadata"), d, &left);
    take_rest(json_get(v, "meta"), d, &left);
    d->text = text_without_nul(text->str, d->arena);
}
