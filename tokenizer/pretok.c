/*
 * pretok.c - see pretok.h.
 *
 * Every scanner walks code points by class: an ASCII table first, then the Unicode tables.  How each
 * alternative backtracks is said beside it; no scanner ever steps back over more than it will
 * give to the next piece.
 */
#include "tokenizer/pretok.h"

#include "tokenizer/unicode_tables.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define BIT(class) (1u << (class))

enum { CLASS_END = 8 };
enum {
    LETTERS = BIT(CLASS_UPPER) | BIT(CLASS_LOWER) | BIT(CLASS_CASELESS),     /* \p{L} */
    NEWLINES = BIT(CLASS_NEWLINE),                                           /* [\r\n] */
    SPACES = BIT(CLASS_SPACE) | BIT(CLASS_NEWLINE),                          /* \s */
    HEADS = BIT(CLASS_UPPER) | BIT(CLASS_CASELESS) | BIT(CLASS_MARK),        /* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] */
    TAILS = BIT(CLASS_LOWER) | BIT(CLASS_CASELESS) | BIT(CLASS_MARK),        /* [\p{Ll}\p{Lm}\p{Lo}\p{M}] */
    SYMBOLS = BIT(CLASS_OTHER) | BIT(CLASS_MARK),                            /* [^\s\p{L}\p{N}] */
    PREFIXES = SYMBOLS | BIT(CLASS_SPACE),                                   /* [^\r\n\p{L}\p{N}] */
};

#define S CLASS_SPACE
#define Y CLASS_NEWLINE
#define N CLASS_NUMBER
#define U CLASS_UPPER
#define L CLASS_LOWER
static const uint8_t ascii[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, S, Y, S, S, Y, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, N, N, N, N, N, N, N, N, N, N, 0, 0, 0, 0, 0, 0,
    0, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, 0,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, 0, 0,
};
#undef S
#undef Y
#undef N
#undef U
#undef L

/* Class and length of a character that is not ASCII. */
static unsigned wide(const char *p, const char *end, unsigned *n)
{
    unsigned char a = (unsigned char)p[0];
    size_t left = (size_t)(end - p);
    if (a < 0xE0 && left >= 2) {
        *n = 2;
        return char_class_of((a & 0x1Fu) << 6 | (p[1] & 0x3Fu));
    }
    if (a < 0xF0 && left >= 3) {
        *n = 3;
        return char_class_of((a & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu));
    }
    if (left >= 4) {
        *n = 4;
        return char_class_of((a & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu));
    }
    *n = 1;
    return CLASS_OTHER;
}

ALWAYS_INLINE unsigned peek(const char *p, const char *end, unsigned *n)
{
    *n = 0;
    if (p == end)
        return CLASS_END;
    if ((unsigned char)*p < 0x80) {
        *n = 1;
        return ascii[(unsigned char)*p];
    }
    return wide(p, end, n);
}

/* The end of the run of characters whose class is in `set`; at most `max` of them. */
ALWAYS_INLINE const char *run(const char *p, const char *end, unsigned set, size_t max)
{
    unsigned n;
    while (max-- && set >> peek(p, end, &n) & 1)
        p += n;
    return p;
}

/*
 * \s+ in its three forms.  The run is read once; what of it the piece leaves is one character, or
 * has no line break any more.
 *
 * by_line: \s*[\r\n]+ comes first: up to the last line break of the run.  at_end: \s++$ comes before
 * that.  Then \s+(?!\S): all of it at the end of the text, else all but the last character; then \s.
 */
ALWAYS_INLINE const char *space(const char *p, const char *end, bool by_line, bool at_end)
{
    const char *q = p, *line = NULL, *last = p;
    unsigned n, class;
    while (SPACES >> (class = peek(q, end, &n)) & 1) {
        last = q;
        q += n;
        if (class == CLASS_NEWLINE)
            line = q;
    }
    if (q == end && at_end)
        return q;
    if (by_line && line)
        return line;
    return q == end || last == p ? q : last;
}

/* [\r\n]* or [\r\n/]* behind symbols. */
ALWAYS_INLINE const char *line_tail(const char *p, const char *end, bool slash)
{
    while (p < end && (*p == '\r' || *p == '\n' || (slash && *p == '/')))
        p++;
    return p;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d) at p: its end, or p.  U+017F folds to s, as Unicode's simple folding has it. */
static const char *contraction(const char *p, const char *end, bool fold)
{
    if (end - p < 2 || *p != '\'')
        return p;
    char a = fold ? ascii_lower(p[1]) : p[1];
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return p + 2;
    if (end - p < 3)
        return p;
    if (fold && (unsigned char)p[1] == 0xC5 && (unsigned char)p[2] == 0xBF)
        return p + 3;
    char b = fold ? ascii_lower(p[2]) : p[2];
    return (a == 'l' && b == 'l') || (a == 'v' && b == 'e') || (a == 'r' && b == 'e') ? p + 3 : p;
}

/*
 * PREFIX? HEAD* TAIL+ | PREFIX? HEAD+ TAIL*: the words of tekken and o200k; NULL if none begins at p.
 *
 * HEAD* takes its longest run.  A lower-case letter behind it starts TAIL+.  Else TAIL+ needs a
 * character of the run back: the last one that is both HEAD and TAIL (caseless letter or mark) ends
 * the match.  If the run has none, the first alternative may still match without the prefix, when that
 * is a mark; else the second takes the run, which is all upper case, whole.
 */
ALWAYS_INLINE const char *cased_word(const char *p, const char *end, unsigned class, unsigned n)
{
    const char *from = PREFIXES >> class & 1 ? p + n : p;
    const char *q = from, *both = NULL;
    unsigned step, c;
    while (HEADS >> (c = peek(q, end, &step)) & 1) {
        q += step;
        if (c != CLASS_UPPER)
            both = q;
    }
    if (c == CLASS_LOWER)
        return run(q + step, end, TAILS, SIZE_MAX);
    if (both)
        return both;
    if (class == CLASS_MARK)
        return p + n;
    return q > from ? q : NULL;
}

ALWAYS_INLINE const char *symbols(const char *p, const char *end, unsigned class, unsigned n)
{
    const char *from = *p == ' ' ? p + 1 : p;
    const char *q = run(from, end, SYMBOLS, SIZE_MAX);
    return q > from ? q : NULL;
}

ALWAYS_INLINE const char *cased(const char *p, const char *end, bool contractions, size_t digits)
{
    unsigned n, class = peek(p, end, &n);
    const char *q = NULL;
    if (class == CLASS_NUMBER)
        return digits == 1 ? p + n : run(p, end, BIT(CLASS_NUMBER), digits);
    if (class != CLASS_NEWLINE)
        q = cased_word(p, end, class, n);
    if (q)
        return contractions ? contraction(q, end, true) : q;
    q = symbols(p, end, class, n);
    return q ? line_tail(q, end, true) : space(p, end, true, false);
}

static const char *tekken(const char *p, const char *end)
{
    return cased(p, end, false, 1);
}

static const char *o200k(const char *p, const char *end)
{
    return cased(p, end, true, 3);
}

/*
 * '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|
 * \s+(?!\S)|\s   (tiktoken since 0.8; before, white space at the very end was cut behind its last line break)
 */
static const char *cl100k(const char *p, const char *end)
{
    unsigned n, class = peek(p, end, &n);
    const char *q = contraction(p, end, true);
    if (q > p)
        return q;
    if (class == CLASS_NUMBER)
        return run(p, end, BIT(CLASS_NUMBER), 3);
    const char *from = PREFIXES >> class & 1 ? p + n : p;
    if (class != CLASS_NEWLINE && (q = run(from, end, LETTERS, SIZE_MAX)) > from)
        return q;
    q = symbols(p, end, class, n);
    return q ? line_tail(q, end, false) : space(p, end, true, true);
}

/* '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s */
static const char *r50k(const char *p, const char *end)
{
    unsigned n;
    const char *q = contraction(p, end, false);
    if (q > p)
        return q;
    const char *from = *p == ' ' ? p + 1 : p;
    unsigned class = peek(from, end, &n);
    if (LETTERS >> class & 1)
        return run(from + n, end, LETTERS, SIZE_MAX);
    if (class == CLASS_NUMBER)
        return run(from + n, end, BIT(CLASS_NUMBER), SIZE_MAX);
    if (SYMBOLS >> class & 1)
        return run(from + n, end, SYMBOLS, SIZE_MAX);
    return space(p, end, false, false);
}

static const struct {
    const char *name;
    pretok_fn *scan;
    const char *text; /* as vocabulary files hold it; NULL: they do not */
} patterns[PATTERNS] = {
    [PATTERN_TEKKEN] = { "tekken", tekken,
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|"
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|"
        "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+" },
    [PATTERN_R50K] = { "r50k", r50k, NULL },
    [PATTERN_CL100K] = { "cl100k", cl100k, NULL },
    [PATTERN_O200K] = { "o200k", o200k, NULL },
};

pretok_fn *pretok_of(enum pattern pattern)
{
    return (unsigned)pattern < PATTERNS ? patterns[pattern].scan : NULL;
}

enum pattern pretok_by_name(struct span name)
{
    if (span_is(name, "p50k"))
        return PATTERN_R50K;
    for (unsigned i = 1; i < PATTERNS; i++)
        if (span_is(name, patterns[i].name))
            return (enum pattern)i;
    return PATTERN_NONE;
}

enum pattern pretok_by_text(struct span text)
{
    for (unsigned i = 1; i < PATTERNS; i++)
        if (patterns[i].text && span_is(text, patterns[i].text))
            return (enum pattern)i;
    return PATTERN_NONE;
}
