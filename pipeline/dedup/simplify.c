/* simplify.c - see simplify.h. */
#include "pipeline/dedup/simplify.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include "core/alloc.h"
#include "core/text/chars.h"
#include "core/utf8.h"

/*
 * One code point's way through all the steps.  Entries of a page are made on first use: a page is
 * 256 code points, and most text needs a handful of pages.
 */
enum class {
    CLASS_NEW,   /* not looked up yet */
    CLASS_ONE,   /* becomes the code point `to` */
    CLASS_SPACE, /* white space or punctuation */
    CLASS_DIGIT,
    CLASS_DROP,  /* nothing but Mn is left of it; still no white space */
    CLASS_MANY,  /* becomes several code points (Hangul, ligatures of marks) */
    CLASS_MARK,  /* a mark that stays and that NFD may move: the whole text goes the slow way */
};

struct entry {
    uint32_t class : 8, to : 24;
};

#define PAGE 256u
#define N_PAGES (0x110000u / PAGE)
/* Longest canonical decomposition of one code point, in UTF-16 units (Unicode has 4 code points). */
#define MAX_DECOMPOSED 32

struct simplifier {
    const UNormalizer2 *nfd;
    struct buf lowered, made;
    struct entry *page[N_PAGES];
};

struct simplifier *simplifier_new(void)
{
    UErrorCode status = U_ZERO_ERROR;
    struct simplifier *s = xcalloc(1, sizeof *s);
    s->nfd = unorm2_getNFDInstance(&status);
    if (U_FAILURE(status))
        abort(); /* ICU's own data are missing */
    return s;
}

void simplifier_free(struct simplifier *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < N_PAGES; i++)
        free(s->page[i]);
    buf_release(&s->lowered);
    buf_release(&s->made);
    free(s);
}

/* ---- one code point ---- */

static bool is_digit(uint32_t cp)
{
    return u_charType((UChar32)cp) == U_DECIMAL_DIGIT_NUMBER;
}

static bool is_mn(uint32_t cp)
{
    return u_charType((UChar32)cp) == U_NON_SPACING_MARK;
}

static bool is_decimal_mark(uint32_t cp)
{
    return cp == '.' || cp == ',' || cp == 0x60C || cp == 0x66B || (cp >= 0x2396 && cp <= 0x2398);
}

/* NFD of cp without Mn, at most MAX_DECOMPOSED of them; *moves: one of them has a combining class. */
static size_t decompose(const struct simplifier *s, uint32_t cp, uint32_t *to, bool *moves)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar u[MAX_DECOMPOSED];
    int32_t n = unorm2_getDecomposition(s->nfd, (UChar32)cp, u, MAX_DECOMPOSED, &status);
    size_t kept = 0;
    *moves = false;
    if (n < 0 || U_FAILURE(status)) { /* it has none: it is its own */
        n = 0;
        U16_APPEND_UNSAFE(u, n, cp);
    }
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(u, i, n, c);
        if (is_mn((uint32_t)c))
            continue;
        *moves |= u_getCombiningClass(c) != 0;
        to[kept++] = (uint32_t)c;
    }
    return kept;
}

/* U+0130 lowers to "i" and a dot, an Mn that NFD drops again; the simple mapping has the "i". */
static uint32_t lower(uint32_t cp)
{
    return (uint32_t)u_tolower((UChar32)cp);
}

static struct entry look_up(const struct simplifier *s, uint32_t cp)
{
    uint32_t low = lower(cp), to[MAX_DECOMPOSED];
    bool moves;
    if (is_digit(low))
        return (struct entry){ CLASS_DIGIT, low };
    if (char_is_space(low) || char_is_punct(low))
        return (struct entry){ CLASS_SPACE, low };
    size_t n = decompose(s, low, to, &moves);
    if (moves)
        return (struct entry){ CLASS_MARK, low };
    if (n == 0)
        return (struct entry){ CLASS_DROP, low };
    return n == 1 ? (struct entry){ CLASS_ONE, to[0] } : (struct entry){ CLASS_MANY, low };
}

static struct entry entry_of(struct simplifier *s, uint32_t cp)
{
    struct entry **page = &s->page[cp / PAGE];
    if (!*page)
        *page = xcalloc(PAGE, sizeof **page);
    struct entry *e = &(*page)[cp % PAGE];
    if (e->class == CLASS_NEW)
        *e = look_up(s, cp);
    return *e;
}

/* ---- the text ---- */

/* Behind the number that begins at p. */
static const char *number_end(struct simplifier *s, const char *p, const char *end)
{
    bool fraction = false;
    for (;;) {
        const char *q = p;
        if (q < end && entry_of(s, utf8_next(&q, end)).class == CLASS_DIGIT) {
            p = q;
            continue;
        }
        q = p;
        if (fraction || q >= end || !is_decimal_mark(utf8_next(&q, end)))
            return p;
        const char *digit = q;
        if (digit >= end || entry_of(s, utf8_next(&digit, end)).class != CLASS_DIGIT)
            return p;
        fraction = true;
        p = digit;
    }
}

struct writer {
    struct buf *out;
    bool begun, gap; /* something that is no white space was seen; white space stands before us */
};

static void put(struct writer *w, uint32_t cp)
{
    if (cp < 0x80)
        buf_putc(w->out, (char)cp);
    else
        buf_put_utf8(w->out, cp);
}

/* Before anything that is no white space, even if nothing of it is left. */
static void close_gap(struct writer *w)
{
    if (w->gap && w->begun)
        buf_putc(w->out, ' ');
    w->gap = false;
    w->begun = true;
}

static void put_many(const struct simplifier *s, struct writer *w, uint32_t low)
{
    uint32_t to[MAX_DECOMPOSED];
    bool moves;
    size_t n = decompose(s, low, to, &moves);
    for (size_t i = 0; i < n; i++)
        put(w, to[i]);
}

/*
 * Everything but lower-casing's one rule with a context.  decomposed: with NFD and without Mn; else without that step.
 * Returns false if a mark was met that NFD may move.
 */
static bool transform(struct simplifier *s, struct span text, bool decomposed, struct buf *out)
{
    struct writer w = { .out = out };
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const char *here = p;
        uint32_t cp = (unsigned char)*p;
        if (cp < 0x80)
            p++;
        else
            cp = utf8_next(&p, end);
        struct entry c = entry_of(s, cp);
        if (c.class == CLASS_SPACE) {
            w.gap = true;
            continue;
        }
        close_gap(&w);
        if (c.class == CLASS_DIGIT) {
            p = number_end(s, here, end);
            put(&w, '0');
        } else if (!decomposed) {
            put(&w, lower(cp));
        } else if (c.class == CLASS_ONE) {
            put(&w, c.to);
        } else if (c.class == CLASS_MANY) {
            put_many(s, &w, c.to);
        } else if (c.class == CLASS_MARK) {
            return false;
        }
    }
    return true;
}

/* From `from` on only, and only blanks can stand there: all other white space is one by now. */
static void strip_blanks(struct buf *b, size_t from)
{
    struct span s = text_strip(span_from(buf_view(b), from));
    if (s.n)
        memmove(b->p + from, s.p, s.n);
    b->n = from + s.n;
}

static int put_without_mn(struct span text, struct buf *out)
{
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const char *from = p;
        uint32_t cp = utf8_next(&p, end);
        if (!is_mn(cp))
            buf_put(out, from, (size_t)(p - from));
    }
    return out->over ? -ERR_TOO_BIG : 0;
}

static int by_passes(struct simplifier *s, struct span lowered, struct buf *out)
{
    struct buf nfd = { 0 };
    size_t from = out->n;
    buf_reset(&s->made);
    transform(s, lowered, false, &s->made);
    int rc = text_nfd(buf_view(&s->made), &nfd);
    if (rc == 0)
        rc = put_without_mn(buf_view(&nfd), out);
    buf_release(&nfd);
    if (rc == 0)
        strip_blanks(out, from);
    return rc;
}

int simplify_text_slowly(struct simplifier *s, struct span text, struct buf *out)
{
    buf_reset(&s->lowered);
    int rc = text_lower(text, &s->lowered);
    return rc ? rc : by_passes(s, buf_view(&s->lowered), out);
}

/* A capital sigma at the end of a word lowers to another letter than elsewhere: only ICU sees that far. */
static bool has_capital_sigma(struct span text)
{
    for (const char *p = text.p, *end = p + text.n; p < end && (p = memchr(p, 0xCE, (size_t)(end - p))); p++)
        if (p + 1 < end && (unsigned char)p[1] == 0xA3)
            return true;
    return false;
}

int simplify_text(struct simplifier *s, struct span text, struct buf *out)
{
    size_t from = out->n;
    if (text.n == 0)
        return 0;
    if (has_capital_sigma(text)) {
        buf_reset(&s->lowered);
        int rc = text_lower(text, &s->lowered);
        if (rc)
            return rc;
        text = buf_view(&s->lowered);
    }
    if (buf_reserve(out, text.n))
        return -ERR_TOO_BIG;
    if (!transform(s, text, true, out)) {
        out->n = from;
        return by_passes(s, text, out);
    }
    if (out->over)
        return -ERR_TOO_BIG;
    strip_blanks(out, from);
    return 0;
}
