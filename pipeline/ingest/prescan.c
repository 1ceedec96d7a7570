/* prescan.c - see prescan.h.  Step names are the standard's. */
#include "pipeline/ingest/prescan.h"

#define PRESCAN_BYTES 1024

struct scan {
    struct span s;
    size_t i;
    bool ran_out; /* of bytes, inside a tag: the prescan ends */
};

/* In lower case. */
struct text {
    char p[PRESCAN_BYTES];
    size_t n;
};

struct attribute {
    struct text name, value;
};

static bool more(struct scan *p)
{
    p->ran_out |= p->i >= p->s.n;
    return !p->ran_out;
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

static void add(struct text *t, char c)
{
    t->p[t->n++] = ascii_lower(c); /* never more than there are bytes */
}

static bool is(const struct text *t, const char *s)
{
    return span_is(span_of(t->p, t->n), s);
}

static void get_value(struct scan *p, struct text *value)
{
    char quote = at(p) == '"' || at(p) == '\'' ? at(p) : 0;
    p->i += quote != 0;
    for (; more(p); p->i++) {
        char c = at(p);
        if (quote ? c == quote : ascii_space(c) || c == '>')
            break;
        add(value, c);
    }
    p->i += quote && more(p);
}

/* "Get an attribute": false when the tag ends, or the bytes do. */
static bool get_attribute(struct scan *p, struct attribute *a)
{
    a->name.n = a->value.n = 0;
    skip(p, "\t\n\f\r /");
    if (!more(p) || at(p) == '>')
        return false;
    for (; more(p); p->i++) {
        char c = at(p);
        if ((c == '=' && a->name.n) || c == '/' || c == '>' || ascii_space(c))
            break;
        add(&a->name, c);
    }
    skip(p, "\t\n\f\r ");
    if (!more(p) || at(p) != '=')
        return more(p);
    p->i++;
    skip(p, "\t\n\f\r ");
    if (more(p))
        get_value(p, &a->value);
    return more(p);
}

/* "Extracting a character encoding from a meta element": the content attribute. */
static struct span charset_in(struct span s)
{
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

/* A page whose declaration can be read as ASCII is not in UTF-16. */
static const struct encoding *not_utf16(const struct encoding *e)
{
    return e && strncmp(e->name, "UTF-16", 6) == 0 ? encoding_by_name("UTF-8") : e;
}

/* Behind "<meta" and a delimiter. */
static const struct encoding *meta(struct scan *p)
{
    struct attribute a;
    bool got_pragma = false, have = false, need_pragma = false;
    bool seen_http = false, seen_content = false, seen_charset = false;
    const struct encoding *e = NULL;
    while (get_attribute(p, &a)) {
        if (is(&a.name, "http-equiv") && !seen_http) {
            seen_http = true;
            got_pragma = is(&a.value, "content-type");
        } else if (is(&a.name, "content") && !seen_content) {
            seen_content = true;
            const struct encoding *c = encoding_by_label(charset_in(span_of(a.value.p, a.value.n)));
            if (c && !have) {
                e = c;
                have = need_pragma = true;
            }
        } else if (is(&a.name, "charset") && !seen_charset) {
            seen_charset = true;
            e = encoding_by_label(span_of(a.value.p, a.value.n));
            have = true;
            need_pragma = false;
        }
    }
    if (p->ran_out || !e || (need_pragma && !got_pragma))
        return NULL;
    return strcmp(e->name, "x-user-defined") == 0 ? encoding_by_name("windows-1252") : not_utf16(e);
}

static bool is_control(char c)
{
    return (unsigned char)c <= 0x20;
}

/* "Get an XML encoding"; looked for inside the declaration, as browsers do. */
static const struct encoding *xml_encoding(struct span s)
{
    s = span_head(s, span_chr(s, '>', 0));
    size_t i = span_starts(s, "<?xml") ? span_find(s, SPAN("encoding")) : s.n;
    i += 8;
    while (i < s.n && is_control(s.p[i]))
        i++;
    if (i >= s.n || s.p[i++] != '=')
        return NULL;
    while (i < s.n && is_control(s.p[i]))
        i++;
    if (i >= s.n || (s.p[i] != '"' && s.p[i] != '\''))
        return NULL;
    size_t end = span_chr(s, s.p[i], i + 1);
    struct span label = span_of(s.p + i + 1, end - i - 1);
    for (size_t k = 0; k < label.n; k++)
        if (is_control(label.p[k]))
            return NULL;
    return end < s.n ? not_utf16(encoding_by_label(label)) : NULL;
}

/* A tag, "<!", "</" or "<?" at p->i. */
static void step_over(struct scan *p, struct span here)
{
    struct attribute a;
    if (here.n > 2 && (ascii_alpha(here.p[1]) || (here.p[1] == '/' && ascii_alpha(here.p[2])))) {
        while (more(p) && !ascii_space(at(p)) && at(p) != '>')
            p->i++;
        while (get_attribute(p, &a))
            ;
    } else if (here.n > 1 && (here.p[1] == '!' || here.p[1] == '/' || here.p[1] == '?')) {
        p->i = span_chr(p->s, '>', p->i);
    }
}

const struct encoding *prescan_meta(struct span body)
{
    struct scan p = { .s = span_head(body, PRESCAN_BYTES) };
    if (p.s.n >= 6 && memcmp(p.s.p, "<\0?\0x\0", 6) == 0)
        return encoding_by_name("UTF-16LE");
    if (p.s.n >= 6 && memcmp(p.s.p, "\0<\0?\0x", 6) == 0)
        return encoding_by_name("UTF-16BE");
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
        } else {
            step_over(&p, here);
        }
    }
    return xml_encoding(p.s);
}
