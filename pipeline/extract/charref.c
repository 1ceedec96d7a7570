/* charref.c - see charref.h. */
#include "pipeline/extract/charref.h"

#include "core/utf8.h"

#define MAX_NAME 31 /* of a name: CounterClockwiseContourIntegral */
#define MAX_BARE 6  /* of one that needs no semicolon */

/* &#128; to &#159;: the characters of windows-1252; those it leaves free are themselves. */
static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static const struct charref *find(struct span name)
{
    size_t lo = 0, hi = CHARREFS;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int order = span_cmp(span_cstr(charrefs[mid].name), name);
        if (order == 0)
            return &charrefs[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* No byte of s needs another form; '&' is not looked for. */
static bool stands(struct span s, bool value)
{
    return span_chr(s, '<', 0) == s.n && span_chr(s, 0, 0) == s.n && !(value && span_chr(s, '"', 0) < s.n);
}

static void escape_each(struct span s, bool value, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '&')
            buf_puts(out, "&amp;");
        else if (c == '<')
            buf_puts(out, "&lt;");
        else if (c == '"' && value)
            buf_puts(out, "&quot;");
        else if (c)
            buf_putc(out, c);
    }
}

void charref_escape(struct span s, bool value, struct buf *out)
{
    if (span_chr(s, '&', 0) == s.n && stands(s, value))
        buf_span(out, s);
    else
        escape_each(s, value, out);
}

/* A name in front of s, which begins behind '&': its bytes, or 0 where it is none. */
static size_t named(struct span s, bool value, struct buf *out)
{
    size_t n = 0;
    while (n < s.n && n <= MAX_NAME && (ascii_alpha(s.p[n]) || ascii_digit(s.p[n])))
        n++;
    const struct charref *r = n < s.n && s.p[n] == ';' ? find(span_head(s, n)) : NULL;
    size_t taken = n + 1;
    for (size_t k = n < MAX_BARE ? n : MAX_BARE; !r && k > 1; k--) {
        r = find(span_head(s, k));
        if (r && !r->bare)
            r = NULL;
        taken = k;
    }
    if (!r)
        return 0;
    if (value && taken < s.n && s.p[taken - 1] != ';' && (taken < n || s.p[taken] == '='))
        return 0; /* "?a=1&copy=2" is no reference in an address */
    charref_escape(span_cstr(r->text), value, out);
    return taken;
}

/* A number in front of s, which begins behind "&#". */
static size_t numbered(struct span s, bool value, struct buf *out)
{
    bool hex = s.n && (s.p[0] == 'x' || s.p[0] == 'X');
    size_t from = hex, i = from;
    uint32_t cp = 0;
    for (; i < s.n; i++) {
        int digit = ascii_digit(s.p[i]) ? s.p[i] - '0' : -1;
        char c = ascii_lower(s.p[i]);
        if (hex && c >= 'a' && c <= 'f')
            digit = c - 'a' + 10;
        if (digit < 0)
            break;
        if (cp <= 0x10FFFF)
            cp = cp * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == from)
        return 0;
    if (cp >= 0x80 && cp < 0xA0)
        cp = windows[cp - 0x80];
    char text[4];
    if (cp && cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF)) /* what is no character is nothing, where a browser shows U+FFFD */
        charref_escape(span_of(text, utf8_put(text, cp)), value, out);
    return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

void charref_put(struct span s, bool value, struct buf *out)
{
    while (s.n) {
        size_t at = span_chr(s, '&', 0), taken = 0;
        struct span before = span_head(s, at);
        if (stands(before, value))
            buf_span(out, before);
        else
            escape_each(before, value, out);
        if (at == s.n)
            return;
        s = span_from(s, at + 1);
        if (s.n && ascii_alpha(s.p[0]))
            taken = named(s, value, out);
        else if (s.n && s.p[0] == '#' && (taken = numbered(span_from(s, 1), value, out)))
            taken++;
        if (!taken)
            buf_puts(out, "&amp;");
        s = span_from(s, taken);
    }
}
