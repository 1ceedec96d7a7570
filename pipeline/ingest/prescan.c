/* prescan.c - see prescan.h.  Step names are the standard's. */
#include "pipeline/ingest/prescan.h"

#define PRESCAN_BYTES 1024

struct scan {
    struct span s;
    size_t i;
};

static bool more(const struct scan *p)
{
    return p->i < p->s.n;
}

static char at(const struct scan *p)
{
    return p->s.p[p->i];
}

static void skip(struct scan *p, const char *set)
{
    while (more(p) && at(p) && strchr(set, at(p)))
        p->i++;
}

/* "Get an attribute": false when the tag ends. */
static bool get_attribute(struct scan *p, char name[64], char value[256])
{
    size_t n = 0, v = 0;
    skip(p, "\t\n\f\r /");
    if (!more(p) || at(p) == '>')
        return false;
    for (; more(p); p->i++) {
        char c = at(p);
        if ((c == '=' && n) || c == '/' || c == '>' || ascii_space(c))
            break;
        if (n < 63)
            name[n++] = ascii_lower(c);
    }
    name[n] = value[0] = 0;
    skip(p, "\t\n\f\r ");
    if (!more(p) || at(p) != '=')
        return true;
    p->i++;
    skip(p, "\t\n\f\r ");
    if (!more(p))
        return true;
    char quote = at(p) == '"' || at(p) == '\'' ? at(p) : 0;
    if (quote)
        p->i++;
    for (; more(p); p->i++) {
        char c = at(p);
        if (quote ? c == quote : ascii_space(c) || c == '>')
            break;
        if (v < 255)
            value[v++] = ascii_lower(c);
    }
    if (quote && more(p))
        p->i++;
    value[v] = 0;
    return true;
}

/* "Extracting a character encoding from a meta element": the content attribute. */
static struct span charset_in(const char *content)
{
    struct span s = span_cstr(content);
    for (;;) {
        size_t i = span_find(s, SPAN("charset"));
        if (i >= s.n)
            return (struct span){ 0 };
        s = span_from(s, i + 7);
        struct span v = span_trim(s);
        if (!v.n || v.p[0] != '=')
            continue;
        v = span_trim(span_from(v, 1));
        if (v.n && (v.p[0] == '"' || v.p[0] == '\'')) {
            size_t end = span_chr(v, v.p[0], 1);
            return end < v.n ? span_of(v.p + 1, end - 1) : (struct span){ 0 };
        }
        size_t end = 0;
        while (end < v.n && !ascii_space(v.p[end]) && v.p[end] != ';')
            end++;
        return span_head(v, end);
    }
}

static const struct encoding *as_declared(const struct encoding *e)
{
    if (e && strncmp(e->name, "UTF-16", 6) == 0)
        return encoding_by_name("UTF-8");
    if (e && strcmp(e->name, "x-user-defined") == 0)
        return encoding_by_name("windows-1252");
    return e;
}

/* Behind "<meta" and a delimiter. */
static const struct encoding *meta(struct scan *p)
{
    char name[64], value[256];
    bool got_pragma = false, have = false, need_pragma = false;
    bool seen_http = false, seen_content = false, seen_charset = false;
    const struct encoding *e = NULL;
    while (get_attribute(p, name, value)) {
        if (strcmp(name, "http-equiv") == 0 && !seen_http) {
            seen_http = true;
            got_pragma = strcmp(value, "content-type") == 0;
        } else if (strcmp(name, "content") == 0 && !seen_content) {
            seen_content = true;
            const struct encoding *c = encoding_by_label(charset_in(value));
            if (c && !have) {
                e = c;
                have = need_pragma = true;
            }
        } else if (strcmp(name, "charset") == 0 && !seen_charset) {
            seen_charset = true;
            e = encoding_by_label(span_cstr(value));
            have = true;
            need_pragma = false;
        }
    }
    return have && (!need_pragma || got_pragma) ? as_declared(e) : NULL;
}

const struct encoding *prescan_meta(struct span body)
{
    struct scan p = { span_head(body, PRESCAN_BYTES), 0 };
    char name[64], value[256];
    for (; more(&p); p.i++) {
        p.i = span_chr(p.s, '<', p.i);
        struct span here = span_from(p.s, p.i);
        if (span_starts(here, "<!--")) {
            size_t end = span_find(span_from(here, 2), SPAN("-->"));
            p.i += 2 + end + 2;
        } else if (span_starts_i(here, "<meta") && here.n > 5 && (ascii_space(here.p[5]) || here.p[5] == '/')) {
            p.i += 5;
            const struct encoding *e = meta(&p);
            if (e)
                return e;
        } else if (here.n > 2 && (ascii_alpha(here.p[1]) || (here.p[1] == '/' && ascii_alpha(here.p[2])))) {
            while (more(&p) && !ascii_space(at(&p)) && at(&p) != '>')
                p.i++;
            while (get_attribute(&p, name, value))
                ;
        } else if (here.n > 1 && strchr("!/?", here.p[1])) {
            p.i = span_chr(p.s, '>', p.i);
        }
    }
    return NULL;
}
