/* utf8.c - see utf8.h. */
#include "core/utf8.h"

/* Bytes of the well-formed sequence at p, or 0 and *bad = length of its maximal ill-formed subpart. */
static size_t sequence(const unsigned char *p, const unsigned char *end, size_t *bad)
{
    unsigned c = *p, need, lo = 0x80, hi = 0xBF;
    *bad = 1;
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF) {
        need = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        need = 2;
        lo = c == 0xE0 ? 0xA0 : 0x80;
        hi = c == 0xED ? 0x9F : 0xBF;
    } else if (c >= 0xF0 && c <= 0xF4) {
        need = 3;
        lo = c == 0xF0 ? 0x90 : 0x80;
        hi = c == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    for (unsigned i = 1; i <= need; i++) {
        if (p + i >= end || p[i] < lo || p[i] > hi)
            return 0;
        *bad = i + 1;
        lo = 0x80;
        hi = 0xBF;
    }
    return need + 1;
}

size_t utf8_valid_prefix(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p, *start = p, *end = p + s.n;
    size_t bad;
    while (p < end) {
        uint64_t eight;
        while (end - p >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0))
            p += 8;
        if (p == end)
            break;
        size_t n = sequence(p, end, &bad);
        if (n == 0)
            break;
        p += n;
    }
    return (size_t)(p - start);
}

uint32_t utf8_next(const char **pp, const char *end)
{
    const unsigned char *p = (const unsigned char *)*pp;
    if (*p < 0x80) {
        (*pp)++;
        return *p;
    }
    size_t bad, n = sequence(p, (const unsigned char *)end, &bad);
    *pp += n ? n : bad;
    switch (n) {
    case 2: return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3: return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    case 4: return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    default: return UTF8_BAD;
    }
}

size_t utf8_put(char *out, uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

int buf_put_utf8(struct buf *b, uint32_t cp)
{
    char bytes[4];
    return buf_put(b, bytes, utf8_put(bytes, cp));
}

size_t utf8_count(struct span s)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t continued = 0, i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t x;
        memcpy(&x, s.p + i, 8);
        /* 1 in each byte 10xxxxxx; the eight of them add up in the highest byte of the product. */
        continued += ((x >> 7 & ~x >> 6 & ones) * ones) >> 56;
    }
    for (; i < s.n; i++)
        continued += ((unsigned char)s.p[i] & 0xC0) == 0x80;
    return s.n - continued;
}

long utf8_repair(struct span s, struct buf *b)
{
    long repaired = 0;
    while (s.n) {
        size_t good = utf8_valid_prefix(s);
        if (buf_put(b, s.p, good))
            return -ERR_TOO_BIG;
        s = span_from(s, good);
        if (s.n) {
            const char *p = s.p;
            utf8_next(&p, s.p + s.n);
            s = span_from(s, (size_t)(p - s.p));
            if (buf_puts(b, "\xEF\xBF\xBD"))
                return -ERR_TOO_BIG;
            repaired++;
        }
    }
    return repaired;
}
