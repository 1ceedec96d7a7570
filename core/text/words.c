/* words.c - see words.h. */
#include "core/text/words.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>

#include "core/alloc.h"
#include "core/text/chars.h"
#include "core/utf8.h"

struct segmenter {
    UBreakIterator *words, *sentences;
    UText text;
    struct span *found;
    size_t n, cap, max;
    bool over; /* more than max */
    uint8_t *classes[0x1100]; /* enum word_class of a block of 256 code points; NULL: not met yet */
};

static const uint8_t *fill_block(struct segmenter *s, uint32_t block);

struct segmenter *segmenter_new(void)
{
    struct segmenter *s = xcalloc(1, sizeof *s);
    s->text = (UText)UTEXT_INITIALIZER;
    fill_block(s, 0);
    return s;
}

void segmenter_free(struct segmenter *s)
{
    if (!s)
        return;
    if (s->words)
        ubrk_close(s->words);
    if (s->sentences)
        ubrk_close(s->sentences);
    utext_close(&s->text);
    for (size_t i = 0; i < sizeof s->classes / sizeof *s->classes; i++)
        free(s->classes[i]);
    free(s->found);
    free(s);
}

static UBreakIterator *begin(struct segmenter *s, UBreakIterator **it, UBreakIteratorType type, struct span text)
{
    UErrorCode status = U_ZERO_ERROR;
    if (!*it)
        *it = ubrk_open(type, "", NULL, 0, &status);
    utext_openUTF8(&s->text, text.p ? text.p : "", (int64_t)text.n, &status);
    ubrk_setUText(*it, &s->text, &status);
    if (U_FAILURE(status))
        abort(); /* ICU's own rules or data are missing: nothing here can go on */
    return *it;
}

static void push(struct segmenter *s, const char *from, const char *to)
{
    if (s->n == s->max) {
        s->over = true;
        return;
    }
    GROW(s->found, s->n, s->cap);
    s->found[s->n++] = span_of(from, (size_t)(to - from));
}

/* ---- white space ---- */

static void split_whitespace(struct segmenter *s, struct span text)
{
    const char *end = text.p + text.n, *from = NULL;
    for (const char *p = text.p; p < end && !s->over;) {
        const char *here = p;
        unsigned char c = (unsigned char)*p;
        bool space;
        if (c < 0x80) {
            space = char_is_space(c);
            p++;
        } else {
            space = char_is_space(utf8_next(&p, end));
        }
        if (space) {
            if (from)
                push(s, from, here);
            from = NULL;
        } else if (!from) {
            from = here;
        }
    }
    if (from)
        push(s, from, end);
}

/* ---- UAX #29 ---- */

static bool is_blank(struct span s)
{
    return text_lstrip(s).n == 0;
}

static void split_icu(struct segmenter *s, struct span text)
{
    UBreakIterator *it = begin(s, &s->words, UBRK_WORD, text);
    int32_t from = ubrk_first(it), to;
    while (!s->over && (to = ubrk_next(it)) != UBRK_DONE) {
        struct span w = span_of(text.p + from, (size_t)(to - from));
        if (!is_blank(w))
            push(s, w.p, w.p + w.n);
        from = to;
    }
}

/*
 * Most scripts need neither a dictionary nor the rules for Hebrew, Katakana, flags and emoji sequences.  For the rest this is
 * UAX #29 as ICU's root rules have it (CLDR 42 in ICU 72: '@' is a letter, ':' and its two other forms are no MidLetter), by
 * a class for each code point that is asked of ICU when its block of 256 is first met.
 */
enum word_class {
    WC_OTHER,
    WC_LETTER,
    WC_NUMERIC,
    WC_CONNECTOR,   /* ExtendNumLet */
    WC_MID_LETTER,
    WC_MID_NUM,
    WC_MID_BOTH,    /* MidNumLet, Single_Quote */
    WC_SPACE,       /* WSegSpace */
    WC_EXTEND,      /* Extend, Format */
    WC_NEWLINE,
    WC_HARD,        /* ICU is asked for the line */
    WC_CLASS = 0x0F,
    WC_BLANK = 0x10 /* Python's white space */
};

static uint8_t class_of_break(int wb)
{
    switch (wb) {
    case U_WB_ALETTER: return WC_LETTER;
    case U_WB_NUMERIC: return WC_NUMERIC;
    case U_WB_EXTENDNUMLET: return WC_CONNECTOR;
    case U_WB_MIDLETTER: return WC_MID_LETTER;
    case U_WB_MIDNUM: return WC_MID_NUM;
    case U_WB_MIDNUMLET:
    case U_WB_SINGLE_QUOTE: return WC_MID_BOTH;
    case U_WB_WSEGSPACE: return WC_SPACE;
    case U_WB_EXTEND:
    case U_WB_FORMAT: return WC_EXTEND;
    case U_WB_CR:
    case U_WB_LF:
    case U_WB_NEWLINE: return WC_NEWLINE;
    case U_WB_DOUBLE_QUOTE: /* joins Hebrew letters only */
    case U_WB_OTHER: return WC_OTHER;
    default: return WC_HARD;
    }
}

static bool in_dictionary(UChar32 c)
{
    UErrorCode status = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript(c, &status);
    return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || script == USCRIPT_HANGUL ||
           u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
}

static uint8_t word_class(UChar32 c)
{
    uint8_t blank = char_is_space((uint32_t)c) ? WC_BLANK : 0;
    if (c == '@')
        return WC_LETTER;
    if (c == ':' || c == 0xFE55 || c == 0xFF1A)
        return WC_OTHER;
    return (uint8_t)((in_dictionary(c) ? WC_HARD : class_of_break(u_getIntPropertyValue(c, UCHAR_WORD_BREAK))) | blank);
}

static const uint8_t *fill_block(struct segmenter *s, uint32_t block)
{
    uint8_t *b = s->classes[block] = xmalloc(256);
    for (uint32_t i = 0; i < 256; i++)
        b[i] = word_class((UChar32)(block << 8 | i));
    return b;
}

/* The class of the character at *p, which is stepped over. */
static inline unsigned next_class(struct segmenter *s, const char **p, const char *end)
{
    uint32_t cp = (unsigned char)**p < 0x80 ? (unsigned char)*(*p)++ : utf8_next(p, end);
    const uint8_t *b = s->classes[cp >> 8];
    return (b ? b : fill_block(s, cp >> 8))[cp & 0xFF];
}

/* A segment as it grows. */
struct grown {
    const char *to;  /* its end */
    unsigned last;   /* class of its last character that is no WC_EXTEND */
    unsigned blank;  /* WC_BLANK as long as all of it is */
    bool extended;   /* WC_EXTENDs stand behind that character */
};

static unsigned grow(struct segmenter *s, struct grown *g, const char *end)
{
    unsigned c = next_class(s, &g->to, end);
    g->blank &= c;
    return c & WC_CLASS;
}

/* WB4: what extends a character belongs to it. */
static void grow_extends(struct segmenter *s, struct grown *g, const char *end)
{
    g->extended = false;
    for (const char *p = g->to; p < end && (next_class(s, &p, end) & WC_CLASS) == WC_EXTEND; g->to = p) {
        g->extended = true;
        g->blank = 0;
    }
}

static bool is_alnum(unsigned c)
{
    return c == WC_LETTER || c == WC_NUMERIC;
}

/* WB3d, 5, 8, 9, 10, 13a, 13b: whether the next character joins the segment. */
static bool joins(const struct grown *g, unsigned c)
{
    if (c == WC_SPACE)
        return g->last == WC_SPACE && !g->extended;
    return (is_alnum(c) || c == WC_CONNECTOR) && (is_alnum(g->last) || g->last == WC_CONNECTOR);
}

/* WB6, 7, 11, 12: whether a character stands between two letters or two numerics; then both have joined. */
static bool bridges(struct segmenter *s, struct grown *g, unsigned c, const char *behind, const char *end)
{
    bool letters = g->last == WC_LETTER && (c == WC_MID_LETTER || c == WC_MID_BOTH);
    bool numerics = g->last == WC_NUMERIC && (c == WC_MID_NUM || c == WC_MID_BOTH);
    struct grown far = { .to = behind };
    if (!letters && !numerics)
        return false;
    grow_extends(s, &far, end);
    if (far.to == end || grow(s, &far, end) != g->last)
        return false;
    g->to = far.to;
    return true;
}

/* Letters and digits of ASCII behind those that the segment begins with: most of most texts. */
static void grow_ascii(const struct segmenter *s, struct grown *g, const char *end)
{
    const uint8_t *classes = s->classes[0];
    const char *p = g->to;
    while (p < end && (unsigned char)*p < 0x80 && is_alnum(classes[(unsigned char)*p]))
        p++;
    g->to = p;
    g->last = classes[(unsigned char)p[-1]];
}

/*
 * The segment that begins at p; false if it meets a WC_HARD character.
 * One that begins with WC_EXTENDs is of them alone.
 */
static bool segment(struct segmenter *s, const char *p, const char *end, struct grown *g)
{
    *g = (struct grown){ .to = p, .blank = WC_BLANK };
    g->last = grow(s, g, end);
    if (g->last == WC_NEWLINE)
        return true;
    if (is_alnum(g->last) && (unsigned char)*p < 0x80) {
        grow_ascii(s, g, end);
        if (g->to == end || *g->to == ' ')
            return true;
    }
    grow_extends(s, g, end);
    while (g->to < end && g->last != WC_OTHER && g->last != WC_EXTEND && g->last != WC_HARD) {
        const char *behind = g->to;
        unsigned whole = next_class(s, &behind, end), c = whole & WC_CLASS;
        if (joins(g, c)) {
            g->to = behind;
            g->last = c;
            g->blank &= whole;
        } else if (!bridges(s, g, c, behind, end)) {
            return c != WC_HARD;
        }
        grow_extends(s, g, end);
    }
    return g->last != WC_HARD;
}

/* Behind the blanks at p, unless something may extend the last of them. */
static const char *skip_blanks(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && *q == ' ')
        q++;
    return q == end || (unsigned char)*q < 0x80 ? q : p;
}

/* False: the line has a WC_HARD character, and nothing of it was kept. */
static bool split_table(struct segmenter *s, struct span line)
{
    const char *end = line.p + line.n;
    size_t before = s->n;
    for (const char *p = skip_blanks(line.p, end); p < end && !s->over;) {
        struct grown g;
        if (!segment(s, p, end, &g)) {
            s->n = before;
            return false;
        }
        if (!g.blank)
            push(s, p, g.to);
        p = skip_blanks(g.to, end);
    }
    return true;
}

/* Line by line: there is a boundary on both sides of a line feed (WB3a, 3b), so a line of a hard script costs itself alone. */
static void split_uax29(struct segmenter *s, struct span text)
{
    struct span rest = text, line;
    while (rest.n && !s->over && span_cut(&rest, '\n', &line))
        if (!split_table(s, line))
            split_icu(s, line);
}

int words_split_most(struct segmenter *s, enum words_mode mode, struct span text, size_t max, struct arena *a,
                     struct words *out)
{
    if (text.n > INT32_MAX)
        return -ERR_TOO_BIG;
    s->n = 0;
    s->max = max;
    s->over = false;
    if (mode == WORDS_WHITESPACE)
        split_whitespace(s, text);
    else
        split_uax29(s, text);
    out->n = s->n;
    out->w = s->over ? NULL : arena_try(a, (s->n + 1) * sizeof *out->w);
    if (!out->w)
        return -ERR_TOO_BIG;
    if (s->n)
        memcpy(out->w, s->found, s->n * sizeof *out->w);
    return 0;
}

int words_split(struct segmenter *s, enum words_mode mode, struct span text, struct arena *a, struct words *out)
{
    return words_split_most(s, mode, text, SIZE_MAX, a, out);
}

/* ---- sentences ---- */

/*
 * datatrove's WhitespaceTokenizer: matches of  (?:(?:\p{Lu}\.)|.)+?[TERMINAL\n]+["'”]?  , leftmost and
 * backtracking.  The lazy head wants one unit (a character, or an upper-case letter with its dot, tried first)
 * and ends at the first place where a terminal follows; so "A." alone is no sentence when the dot belongs to the letter,
 * unless giving it back is the only way to match.
 */

static bool is_upper(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : u_charType((UChar32)cp) == U_UPPERCASE_LETTER;
}

static bool ends_sentence(uint32_t cp)
{
    return cp == '\n' || char_is_terminal(cp);
}

/* Behind the terminals at p and one quote. */
static const char *behind_terminals(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && ends_sentence(utf8_next(&q, end)))
        p = q;
    if (p < end && (*p == '"' || *p == '\''))
        return p + 1;
    return span_starts(span_of(p, (size_t)(end - p)), "\xE2\x80\x9D") ? p + 3 : p;
}

/* One unit at p: where it ends; `pair`: an upper-case letter with its dot. */
static const char *unit_end(const char *p, const char *end, bool *pair, uint32_t *cp)
{
    *cp = utf8_next(&p, end);
    *pair = p < end && *p == '.' && is_upper(*cp);
    return *pair ? p + 1 : p;
}

/*
 * The end of the match that begins at p, or NULL.  A lazy loop takes units until a terminal follows.
 * At the end of the text it backtracks to the last pair, gives its dot back and has it as the terminal.
 */
static const char *match(const char *p, const char *end)
{
    const char *last_pair_dot = NULL;
    while (p < end) {
        bool pair;
        uint32_t cp;
        const char *q = unit_end(p, end, &pair, &cp);
        if (cp == '\n') /* "." does not match a line feed */
            break;
        if (pair)
            last_pair_dot = q - 1;
        p = q;
        if (p < end) {
            const char *t = p;
            if (ends_sentence(utf8_next(&t, end)))
                return behind_terminals(p, end);
        }
    }
    return last_pair_dot ? behind_terminals(last_pair_dot, end) : NULL;
}

static size_t sentences_whitespace(struct span line)
{
    size_t n = 0;
    const char *p = line.p, *end = line.p + line.n;
    while (p < end) {
        const char *q = match(p, end);
        if (!q) {
            /* Nothing begins here nor, on this line, anywhere behind; the search goes on behind a line feed. */
            size_t eol = span_chr(span_of(p, (size_t)(end - p)), '\n', 0);
            if (eol == (size_t)(end - p))
                break;
            p += eol + 1;
            continue;
        }
        n += !is_blank(span_of(p, (size_t)(q - p)));
        p = q;
    }
    return n;
}

size_t sentences_count(struct segmenter *s, enum words_mode mode, struct span line)
{
    if (mode == WORDS_WHITESPACE)
        return sentences_whitespace(line);
    UBreakIterator *it = begin(s, &s->sentences, UBRK_SENTENCE, line);
    int32_t from = ubrk_first(it), to;
    size_t n = 0;
    while ((to = ubrk_next(it)) != UBRK_DONE) {
        n += !is_blank(span_of(line.p + from, (size_t)(to - from)));
        from = to;
    }
    return n;
}
