/*
 * utf8.h - UTF-8 as Unicode 15 section 3.9 and RFC 3629 have it: no overlong forms, no surrogates,
 * nothing past U+10FFFF.
 */
#ifndef SLUICE_UTF8_H
#define SLUICE_UTF8_H

#include "core/buf.h"

#define UTF8_BAD 0xFFFDu

/* Length of the longest valid prefix, in bytes; s.n when all of it is valid. */
size_t utf8_valid_prefix(struct span s);

static inline bool utf8_valid(struct span s)
{
    return utf8_valid_prefix(s) == s.n;
}

/*
 * utf8_next() - decode one code point at *p (p < end) and step over it.
 * An ill-formed sequence gives U+FFFD and steps over its maximal subpart (Unicode 3.9, U+FFFD
 * substitution of maximal subparts: what WHATWG decoders do), so it always advances.
 */
uint32_t utf8_next(const char **p, const char *end);

/* Encode cp (a scalar value) to out[4]; returns the bytes written, 1 to 4. */
size_t utf8_put(char *out, uint32_t cp);
int buf_put_utf8(struct buf *b, uint32_t cp);

/* Code points of valid UTF-8. */
size_t utf8_count(struct span s);

/* Append s to b with each ill-formed maximal subpart as U+FFFD; returns how many, or -ERR_TOO_BIG. */
long utf8_repair(struct span s, struct buf *b);

#endif
