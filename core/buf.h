/*
 * buf.h - growable bytes with a hard ceiling.
 *
 * A zeroed struct buf is empty and has no ceiling.  Growth past `max` sets `over`, writes nothing
 * more and returns -ERR_TOO_BIG: `over` is sticky until buf_reset(), so a chain of puts can be
 * checked once at its end.
 */
#ifndef SLUICE_BUF_H
#define SLUICE_BUF_H

#include <stdarg.h>

#include "core/error.h"
#include "core/span.h"

struct buf {
    char *p; /* NULL while cap is 0 */
    size_t n, cap;
    size_t max; /* bytes; 0: no ceiling */
    bool over;
};

#define BUF_MAX(bytes) ((struct buf){ .max = (bytes) })

int buf_reserve(struct buf *b, size_t more); /* room for `more` bytes behind n, at once */
int buf_put(struct buf *b, const void *p, size_t n);
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* For a terminal, on one line: control characters (C0, DEL, C1) become '?', so that no name or URL can move the cursor. */
int buf_visible(struct buf *b, struct span s);
/* 1234567 as 1,234,567: for people. */
int buf_grouped(struct buf *b, uint64_t v);
void buf_reset(struct buf *b);   /* keeps the memory */
void buf_release(struct buf *b); /* keeps the ceiling */

static inline int buf_putc(struct buf *b, char c)
{
    if (b->n < b->cap && !b->over) {
        b->p[b->n++] = c;
        return 0;
    }
    return buf_put(b, &c, 1);
}

static inline int buf_puts(struct buf *b, const char *s)
{
    return buf_put(b, s, strlen(s));
}

static inline int buf_span(struct buf *b, struct span s)
{
    return buf_put(b, s.p, s.n);
}

static inline struct span buf_view(const struct buf *b)
{
    return (struct span){ b->p, b->n };
}

#endif
