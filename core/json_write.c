/* json_write.c - the writer of json.h, and RFC 8785 canonical form. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/json.h"
#include "core/utf8.h"

void json_put_string(struct buf *out, struct span s)
{
    static const char hex[] = "0123456789abcdef";
    buf_putc(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(out, s.p + from, i - from);
        from = i + 1;
        char esc = 0;
        switch (c) {
        case '"': esc = '"'; break;
        case '\\': esc = '\\'; break;
        case '\b': esc = 'b'; break;
        case '\f': esc = 'f'; break;
        case '\n': esc = 'n'; break;
        case '\r': esc = 'r'; break;
        case '\t': esc = 't'; break;
        }
        if (esc) {
            char two[2] = { '\\', esc };
            buf_put(out, two, 2);
        } else {
            char six[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
            buf_put(out, six, 6);
        }
    }
    if (s.n)
        buf_put(out, s.p + from, s.n - from);
    buf_putc(out, '"');
}

/* Shortest digits that read back to v (v > 0), and the decimal exponent: v = 0.DIGITS * 10^point. */
static int shortest(double v, char digits[20], int *point)
{
    char tmp[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(tmp, sizeof tmp, "%.*e", precision - 1, v);
        if (precision == 17 || strtod(tmp, NULL) == v)
            break;
    }
    int n = 0;
    char *p = tmp;
    for (; *p && *p != 'e'; p++)
        if (ascii_digit(*p))
            digits[n++] = *p;
    *point = atoi(p + 1) + 1;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

/* ECMAScript Number::toString (ECMA-262 6.1.6.1.20), which RFC 8785 prescribes. */
void json_put_number(struct buf *out, double v)
{
    char d[20];
    int point, n;
    if (v == 0) {
        buf_putc(out, '0');
        return;
    }
    if (v < 0) {
        buf_putc(out, '-');
        v = -v;
    }
    if (v < 9007199254740992.0 && v == floor(v)) {
        buf_printf(out, "%llu", (unsigned long long)v);
        return;
    }
    n = shortest(v, d, &point);
    if (point > 0 && point <= 21) {
        for (int i = 0; i < point; i++)
            buf_putc(out, i < n ? d[i] : '0');
        if (n > point) {
            buf_putc(out, '.');
            buf_put(out, d + point, (size_t)(n - point));
        }
    } else if (point > -6 && point <= 0) {
        buf_puts(out, "0.");
        for (int i = point; i < 0; i++)
            buf_putc(out, '0');
        buf_put(out, d, (size_t)n);
    } else {
        buf_putc(out, d[0]);
        if (n > 1) {
            buf_putc(out, '.');
            buf_put(out, d + 1, (size_t)(n - 1));
        }
        buf_printf(out, "e%+d", point - 1);
    }
}

/* Order of UTF-16 code units: as code points, but surrogate pairs (past U+FFFF) sort before U+E000. */
static int utf16_cmp(struct span a, struct span b)
{
    const char *p = a.p, *pe = a.p + a.n, *q = b.p, *qe = b.p + b.n;
    while (p < pe && q < qe) {
        uint32_t x = utf8_next(&p, pe), y = utf8_next(&q, qe);
        if (x == y)
            continue;
        uint32_t ux = x > 0xFFFF ? 0xD800 + ((x - 0x10000) >> 10) : x;
        uint32_t uy = y > 0xFFFF ? 0xD800 + ((y - 0x10000) >> 10) : y;
        if (ux != uy)
            return ux < uy ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (p < pe) - (q < qe);
}

static int by_name(const void *a, const void *b)
{
    const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
    return utf16_cmp(x->name, y->name);
}

static void canonical_object(const struct json *v, struct buf *out)
{
    const struct json **m = xreallocarray(NULL, v->n + 1, sizeof *m);
    size_t n = 0;
    for (const struct json *c = v->first; c; c = c->next)
        m[n++] = c;
    qsort(m, n, sizeof *m, by_name);
    buf_putc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_putc(out, ',');
        json_put_string(out, m[i]->name);
        buf_putc(out, ':');
        json_canonical(m[i], out);
    }
    buf_putc(out, '}');
    free(m);
}

void json_canonical(const struct json *v, struct buf *out)
{
    switch (v->type) {
    case JSON_NULL: buf_puts(out, "null"); break;
    case JSON_TRUE: buf_puts(out, "true"); break;
    case JSON_FALSE: buf_puts(out, "false"); break;
    case JSON_NUMBER: json_put_number(out, v->num); break;
    case JSON_STRING: json_put_string(out, v->str); break;
    case JSON_OBJECT: canonical_object(v, out); break;
    case JSON_ARRAY:
        buf_putc(out, '[');
        for (const struct json *c = v->first; c; c = c->next) {
            if (c != v->first)
                buf_putc(out, ',');
            json_canonical(c, out);
        }
        buf_putc(out, ']');
        break;
    }
}

static void before_value(struct json_writer *w)
{
    if (w->comma)
        buf_putc(w->out, ',');
    w->comma = true;
}

void jw_begin(struct json_writer *w, char bracket)
{
    before_value(w);
    buf_putc(w->out, bracket);
    w->comma = false;
}

void jw_end(struct json_writer *w, char bracket)
{
    buf_putc(w->out, bracket);
    w->comma = true;
}

void jw_key_span(struct json_writer *w, struct span name)
{
    before_value(w);
    json_put_string(w->out, name);
    buf_putc(w->out, ':');
    w->comma = false;
}

void jw_key(struct json_writer *w, const char *name)
{
    jw_key_span(w, span_cstr(name));
}

void jw_str(struct json_writer *w, struct span s)
{
    before_value(w);
    json_put_string(w->out, s);
}

void jw_u64(struct json_writer *w, uint64_t v)
{
    before_value(w);
    buf_printf(w->out, "%llu", (unsigned long long)v);
}

void jw_i64(struct json_writer *w, int64_t v)
{
    before_value(w);
    buf_printf(w->out, "%lld", (long long)v);
}

void jw_num(struct json_writer *w, double v)
{
    before_value(w);
    json_put_number(w->out, v);
}

void jw_bool(struct json_writer *w, bool v)
{
    before_value(w);
    buf_puts(w->out, v ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
    before_value(w);
    buf_puts(w->out, "null");
}

void jw_raw(struct json_writer *w, struct span json)
{
    before_value(w);
    buf_span(w->out, json);
}

void jw_member_str(struct json_writer *w, const char *name, struct span s)
{
    if (!s.p)
        return;
    jw_key(w, name);
    jw_str(w, s);
}

void jw_member_u64(struct json_writer *w, const char *name, uint64_t v)
{
    jw_key(w, name);
    jw_u64(w, v);
}

void jw_member_num(struct json_writer *w, const char *name, double v)
{
    jw_key(w, name);
    jw_num(w, v);
}
