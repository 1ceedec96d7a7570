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
    if (any)
        d->producer = arena_dup(d->arena, buf_view(&b));
    buf_release(&b);
}

/* A text has no U+0000. */
static struct span without_nul(struct span s, struct arena *a)
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
    d->text = without_nul(text->str, d->arena);
}
