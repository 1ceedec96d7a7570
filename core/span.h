/*
 * span.h - a borrowed slice of bytes.
 *
 * A span never owns what it points to and is never NUL-terminated by promise.  A zeroed span is
 * the empty one; "absent" and "empty" are told apart by p == NULL where a header says so.
 */
#ifndef SLUICE_SPAN_H
#define SLUICE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n; /* bytes */
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })
/* For printf's "%.*s". */
#define SPAN_ARG(s) (int)(s).n, (s).p

static inline struct span span_of(const char *p, size_t n)
{
    return (struct span){ p, n };
}

static inline struct span span_cstr(const char *s)
{
    return (struct span){ s, s ? strlen(s) : 0 };
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_cstr(s));
}

/* Byte order; a prefix sorts before what it begins. */
static inline int span_cmp(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The ASCII white space of HTTP, WARC and HTML: TAB LF FF CR SPACE. */
static inline bool ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static inline bool ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Equal but for ASCII case. */
static inline bool span_eqi(struct span a, struct span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

static inline bool span_isi(struct span a, const char *s)
{
    return span_eqi(a, span_cstr(s));
}

static inline bool span_starts(struct span a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

static inline bool span_starts_i(struct span a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.n >= n && span_eqi(span_of(a.p, n), span_of(prefix, n));
}

static inline bool span_ends(struct span a, const char *suffix)
{
    size_t n = strlen(suffix);
    return a.n >= n && memcmp(a.p + a.n - n, suffix, n) == 0;
}

/* Without ASCII white space at both ends. */
static inline struct span span_trim(struct span s)
{
    while (s.n && ascii_space(s.p[0]))
        s.p++, s.n--;
    while (s.n && ascii_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Index of the first c at or after `from`, or s.n. */
static inline size_t span_chr(struct span s, char c, size_t from)
{
    if (from >= s.n)
        return s.n;
    const char *q = memchr(s.p + from, c, s.n - from);
    return q ? (size_t)(q - s.p) : s.n;
}

static inline struct span span_from(struct span s, size_t from)
{
    return from >= s.n ? (struct span){ s.p + s.n, 0 } : (struct span){ s.p + from, s.n - from };
}

static inline struct span span_head(struct span s, size_t n)
{
    return (struct span){ s.p, n < s.n ? n : s.n };
}

/* Bytes at the start of s that end lines: CR and LF. */
static inline size_t span_line_ends(struct span s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == '\r' || s.p[n] == '\n'))
        n++;
    return n;
}

/*
 * span_cut() - take what stands before the next `sep` off the front of *rest.
 * Returns false when *rest is used up (p == NULL).  "a,,b" gives "a", "", "b"; "" gives "" once.
 */
static inline bool span_cut(struct span *rest, char sep, struct span *piece)
{
    if (!rest->p)
        return false;
    size_t i = span_chr(*rest, sep, 0);
    *piece = span_head(*rest, i);
    if (i == rest->n)
        *rest = (struct span){ NULL, 0 };
    else
        *rest = span_from(*rest, i + 1);
    return true;
}

/* First place of `needle` in s, or s.n. */
static inline size_t span_find(struct span s, struct span needle)
{
    if (needle.n == 0)
        return 0;
    if (needle.n > s.n)
        return s.n;
    const char *q = memmem(s.p, s.n, needle.p, needle.n);
    return q ? (size_t)(q - s.p) : s.n;
}

/* Decimal digits only, the whole span.  Returns false on anything else or past UINT64_MAX. */
static inline bool span_u64(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || v > (UINT64_MAX - (uint64_t)(s.p[i] - '0')) / 10)
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = v;
    return true;
}

#endif
