/* content_type.c - see content_type.h.  Names in quotes are the standards'. */
#include "pipeline/ingest/content_type.h"

#include "pipeline/ingest/mime.h"

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) && (!s.p[i] || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
            return false;
    return s.n > 0;
}

/* "Collect an HTTP quoted string", unescaped; s begins behind the quote.  Gives what lies behind it in *rest. */
static struct span quoted(struct span s, struct span *rest, struct arena *a)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t i = 0, n = 0;
    for (; i < s.n && s.p[i] != '"'; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        out[n++] = s.p[i];
    }
    *rest = span_from(s, i + 1);
    return span_of(out, n);
}

/* The first charset parameter behind the essence that has a value; p == NULL if there is none. */
static struct span charset_of(struct span parameters, struct arena *a)
{
    while (parameters.n) {
        size_t name_end = 0;
        while (name_end < parameters.n && parameters.p[name_end] != ';' && parameters.p[name_end] != '=')
            name_end++;
        struct span name = span_trim(span_head(parameters, name_end)), value = { 0 };
        bool has_value = name_end < parameters.n && parameters.p[name_end] == '=';
        parameters = span_from(parameters, name_end + 1);
        if (!has_value)
            continue;
        bool in_quotes = parameters.n && parameters.p[0] == '"';
        if (in_quotes)
            value = quoted(span_from(parameters, 1), &parameters, a);
        size_t end = span_chr(parameters, ';', 0);
        if (!in_quotes)
            value = span_trim(span_head(parameters, end));
        parameters = span_from(parameters, end + 1);
        if (span_isi(name, "charset") && (value.n || in_quotes))
            return value;
    }
    return (struct span){ 0 };
}

static bool is_essence(struct span s)
{
    size_t slash = span_chr(s, '/', 0);
    return slash < s.n && is_token(span_head(s, slash)) && is_token(span_from(s, slash + 1));
}

/* "Get, decode, and split": one value at a comma outside quotes. */
static struct span cut_value(struct span *rest)
{
    bool in_quotes = false;
    size_t i = 0;
    for (; i < rest->n && (in_quotes || rest->p[i] != ','); i++) {
        if (rest->p[i] == '\\' && in_quotes)
            i++;
        else if (rest->p[i] == '"')
            in_quotes = !in_quotes;
    }
    struct span value = span_head(*rest, i);
    *rest = span_from(*rest, i + 1);
    return span_trim(value);
}

struct content_type content_type(const struct field *fields, struct arena *a)
{
    struct content_type t = { 0 };
    bool parsed = false;
    for (const struct field *f = fields; (f = field_find(f, "Content-Type")); f = f->next) {
        for (struct span rest = f->value; rest.n;) {
            struct span value = cut_value(&rest), essence = mime_essence(value);
            bool good = is_essence(essence) && !span_is(essence, "*/*");
            if (!value.n || (parsed && !good))
                continue;
            struct span charset = charset_of(span_from(value, span_chr(value, ';', 0) + 1), a);
            if (charset.p || !parsed || !span_eqi(mime_essence(t.value), essence))
                t.charset = charset;
            t.value = value;
            parsed |= good;
        }
    }
    return t;
}
