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
    buf_puts(out, r->text);
    return taken;
}

/* A number in front of s, which begins behind "&#". */
static size_t numbered(struct span s, struct buf *out)
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
        buf_put(out, text, utf8_put(text, cp));
    return i < s.n && s.p[i] == ';' ? i + 1 : i;
}

bool charref_in(struct span s)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (uint64_t v; i + 8 <= s.n; i += 8) {
        memcpy(&v, s.p + i, 8);
        uint64_t amp = v ^ ones * '&'; /* a byte that is 0 borrows from its top bit */
        if ((((amp - ones) & ~amp) | ((v - ones) & ~v)) & tops)
            return true;
    }
    for (; i < s.n; i++)
        if (s.p[i] == '&' || !s.p[i])
            return true;
    return false;
}

void charref_put_plain(struct span s, struct buf *out)
{
    struct span part;
    while (span_cut(&s, 0, &part))
        buf_span(out, part);
}

void charref_put(struct span s, bool value, struct buf *out)
{
    while (s.n) {
        size_t at = span_chr(s, '&', 0), taken = 0;
        charref_put_plain(span_head(s, at), out);
        if (at == s.n)
            return;
        s = span_from(s, at + 1);
        if (s.n && ascii_alpha(s.p[0]))
            taken = named(s, value, out);
        else if (s.n && s.p[0] == '#' && (taken = numbered(span_from(s, 1), out)))
            taken++;
        if (!taken)
            buf_putc(out, '&');
        s = span_from(s, taken);
    }
}
