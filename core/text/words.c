/* words.c - see words.h. */
#include "core/text/words.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "core/alloc.h"
#include "core/text/chars.h"
#include "core/utf8.h"

struct segmenter {
    UBreakIterator *words, *sentences;
    UText text;
    struct span *found;
    size_t n, cap;
};

struct segmenter *segmenter_new(void)
{
    struct segmenter *s = xcalloc(1, sizeof *s);
    s->text = (UText)UTEXT_INITIALIZER;
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
    GROW(s->found, s->n, s->cap);
    s->found[s->n++] = span_of(from, (size_t)(to - from));
}

/* ---- white space ---- */

static void split_whitespace(struct segmenter *s, struct span text)
{
    const char *end = text.p + text.n, *from = NULL;
    for (const char *p = text.p; p < end;) {
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
    while ((to = ubrk_next(it)) != UBRK_DONE) {
        struct span w = span_of(text.p + from, (size_t)(to - from));
        if (!is_blank(w))
            push(s, w.p, w.p + w.n);
        from = to;
    }
}

/*
 * ASCII alone follows a few of UAX #29's rules (4.1.1): letters and digits join (WB5, 8, 9, 10), an underscore joins
 * both (WB13a, b), one of ' . stands inside letters (WB6, 7) and one of ' . , ; inside digits (WB11, 12), every other
 * character is a segment of its own.  CLDR 42, which ICU 72 has, makes '@' a letter and ':' no MidLetter.
 */
static bool is_letter(char c)
{
    return ascii_alpha(c) || c == '@';
}

static bool is_word_char(unsigned char c)
{
    return is_letter((char)c) || ascii_digit((char)c) || c == '_';
}

static const char *ascii_word_end(const char *p, const char *end)
{
    p++;
    for (; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        if (is_word_char(c))
            continue;
        if (p + 1 >= end)
            break;
        char before = p[-1], after = p[1];
        bool mid_letter = (c == '\'' || c == '.') && is_letter(before) && is_letter(after);
        bool mid_digit = (c == '\'' || c == '.' || c == ',' || c == ';') && ascii_digit(before) && ascii_digit(after);
        if (!mid_letter && !mid_digit)
            break;
    }
    return p;
}

static void split_ascii(struct segmenter *s, struct span text)
{
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end;) {
        unsigned char c = (unsigned char)*p;
        if (char_is_space(c)) {
            p++;
        } else if (is_word_char(c)) {
            const char *q = ascii_word_end(p, end);
            push(s, p, q);
            p = q;
        } else {
            push(s, p, p + 1);
            p++;
        }
    }
}

/*
 * A stretch between line feeds (a boundary on both sides, WB3a and WB3b) is split by the ASCII rules
 * if it is ASCII, else by ICU; so long lines of one foreign letter cost a line, not the page.
 */
static void split_uax29(struct segmenter *s, struct span text)
{
    struct span rest = text, line;
    while (rest.n && span_cut(&rest, '\n', &line)) {
        size_t i = 0;
        while (i < line.n && (unsigned char)line.p[i] < 0x80)
            i++;
        if (i == line.n)
            split_ascii(s, line);
        else
            split_icu(s, line);
    }
}

int words_split(struct segmenter *s, enum words_mode mode, struct span text, struct arena *a, struct words *out)
{
    if (text.n > INT32_MAX)
        return -ERR_TOO_BIG;
    s->n = 0;
    if (mode == WORDS_WHITESPACE)
        split_whitespace(s, text);
    else
        split_uax29(s, text);
    out->n = s->n;
    out->w = arena_try(a, (s->n + 1) * sizeof *out->w);
    if (!out->w)
        return -ERR_TOO_BIG;
    if (s->n)
        memcpy(out->w, s->found, s->n * sizeof *out->w);
    return 0;
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
