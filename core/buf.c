/* buf.c - see buf.h. */
#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"

int buf_reserve(struct buf *b, size_t more)
{
    if (b->over || more > SIZE_MAX - b->n || (b->max && b->n + more > b->max)) {
        b->over = true;
        return -ERR_TOO_BIG;
    }
    if (b->n + more <= b->cap)
        return 0;
    size_t cap = b->cap < 128 ? 256 : b->cap * 2;
    if (cap < b->n + more)
        cap = b->n + more;
    if (b->max && cap > b->max)
        cap = b->max;
    b->p = xrealloc(b->p, cap);
    b->cap = cap;
    return 0;
}

int buf_put(struct buf *b, const void *p, size_t n)
{
    if (buf_reserve(b, n))
        return -ERR_TOO_BIG;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    int rc = buf_reserve(b, (size_t)n + 1);
    if (rc == 0) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    return rc;
}

int buf_visible(struct buf *b, struct span s)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool c1 = c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0x80 && (unsigned char)s.p[i + 1] < 0xA0;
        rc = buf_putc(b, c < 0x20 || c == 0x7F || c1 ? '?' : (char)c);
        i += c1;
    }
    return rc;
}

int buf_grouped(struct buf *b, uint64_t v)
{
    char digits[24];
    int rc = 0, n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    for (int i = 0; rc == 0 && i < n; i++) {
        if (i && (n - i) % 3 == 0)
            buf_putc(b, ',');
        rc = buf_putc(b, digits[i]);
    }
    return rc;
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->over = false;
}

void buf_release(struct buf *b)
{
    free(b->p);
    *b = (struct buf){ .max = b->max };
}
