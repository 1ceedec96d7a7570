/*
 * quality_c4.c - C4's line rules (Raffel et al. 2020) as FineWeb has them, without the terminal punctuation rule: reference 2.7.
 */
#include <unicode/uchar.h>

#include "core/text/chars.h"
#include "core/utf8.h"
#include "filters/quality_page.h"

#define MAX_WORD_CHARS 1000
#define MIN_LINE_WORDS 3
#define MIN_SENTENCES 5

enum line_verdict { LINE_KEPT, LINE_DROPPED, LINE_LOREM, LINE_CURLY };

/* The lines so far kept, joined by line feeds; never longer than the text. */
struct rewrite {
    char *p;
    size_t n;
    char *lower; /* room for one line */
    size_t sentences;
};

/* Words by Python's str.split(), counted to 3; false if one is longer than 1,000 characters. */
static bool count_words(struct span line, size_t *words)
{
    const char *end = line.p + line.n;
    bool may_be_long = line.n > MAX_WORD_CHARS;
    size_t chars = 0;
    *words = 0;
    for (const char *p = line.p; p < end && (may_be_long || *words < MIN_LINE_WORDS);) {
        unsigned char c = (unsigned char)*p;
        bool space = c < 0x80 ? char_is_space(c) : char_is_space(utf8_next(&p, end));
        p += c < 0x80;
        if (!space && chars == 0)
            ++*words;
        chars = space ? 0 : chars + 1;
        if (chars > MAX_WORD_CHARS)
            return false;
    }
    return true;
}

/* Bytes of a citation mark at p: \[\d*] with the digits of any script, [edit], [citation needed]; else 0. */
static size_t citation(struct span s)
{
    if (span_starts(s, "[edit]"))
        return sizeof "[edit]" - 1;
    if (span_starts(s, "[citation needed]"))
        return sizeof "[citation needed]" - 1;
    const char *p = s.p + 1, *end = s.p + s.n;
    while (p < end && *p != ']') {
        uint32_t cp = utf8_next(&p, end);
        if (cp < 0x80 ? !ascii_digit((char)cp) : u_charType((UChar32)cp) != U_DECIMAL_DIGIT_NUMBER)
            return 0;
    }
    return p < end ? (size_t)(p + 1 - s.p) : 0;
}

/* Append the line without its citation marks.  Returns what was appended. */
static struct span put_line(struct rewrite *w, struct span line)
{
    size_t from = w->n;
    while (line.n) {
        size_t bracket = span_chr(line, '[', 0), mark = 0;
        if (bracket < line.n)
            mark = citation(span_from(line, bracket));
        size_t take = mark || bracket == line.n ? bracket : bracket + 1;
        memcpy(w->p + w->n, line.p, take);
        w->n += take;
        line = span_from(line, take + mark);
    }
    return span_of(w->p + from, w->n - from);
}

/*
 * str.lower() as far as ASCII patterns can tell: beyond ASCII only U+212A becomes a letter of theirs, and U+0130 becomes an i
 * that a combining dot parts from what follows.
 */
static struct span lower(struct rewrite *w, struct span line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++) {
        if ((unsigned char)line.p[i] == 0xE2 && span_starts(span_from(line, i), "\xE2\x84\xAA")) {
            w->lower[n++] = 'k';
            i += 2;
        } else {
            w->lower[n++] = ascii_lower(line.p[i]);
        }
    }
    return span_of(w->lower, n);
}

static bool has(struct span s, struct span what)
{
    return span_find(s, what) < s.n;
}

static bool is_policy(struct span lowered)
{
    if (has(lowered, SPAN("terms of use")) || has(lowered, SPAN("privacy policy")))
        return true;
    return has(lowered, SPAN("cookie")) && (has(lowered, SPAN("cookie policy")) || has(lowered, SPAN("uses cookies")) ||
                                            has(lowered, SPAN("use of cookies")) || has(lowered, SPAN("use cookies")));
}

static enum line_verdict judge(struct rewrite *w, struct span line)
{
    struct span lowered = lower(w, line);
    if (has(lowered, SPAN("lorem ipsum")))
        return LINE_LOREM;
    if (has(lowered, SPAN("javascript")))
        return LINE_DROPPED;
    if (span_chr(line, '{', 0) < line.n)
        return LINE_CURLY;
    return is_policy(lowered) ? LINE_DROPPED : LINE_KEPT;
}

/* Current datatrove counts at least one sentence a line; in April 2024 a line could have none. */
static void count_sentences(const struct quality_page *p, struct rewrite *w, struct span line)
{
    if (w->sentences >= MIN_SENTENCES && !p->values)
        return;
    size_t n = sentences_count(p->segmenter, p->mode, line);
    w->sentences += n || p->april ? n : 1;
}

static enum line_verdict take_line(const struct quality_page *p, struct rewrite *w, struct span line, bool first)
{
    size_t words, before = w->n;
    if (!count_words(line, &words) || words < MIN_LINE_WORDS)
        return LINE_DROPPED;
    if (!first)
        w->p[w->n++] = '\n';
    line = put_line(w, line);
    enum line_verdict v = judge(w, line);
    if (v == LINE_KEPT)
        count_sentences(p, w, line);
    else
        w->n = before;
    return v;
}

static void finish(struct quality_page *p, const struct rewrite *w)
{
    if (w->sentences < MIN_SENTENCES || p->values)
        page_under(p, "too_few_sentences", (double)w->sentences, MIN_SENTENCES);
    if (p->doc->verdict != DOC_KEPT)
        return;
    struct span text = text_strip(span_of(w->p, w->n));
    if (!span_eq(text, p->text)) {
        p->doc->text = text;
        page_set_text(p, text);
    }
}

int quality_c4(struct quality_page *p)
{
    struct arena *a = p->doc->arena;
    struct rewrite w = { .p = arena_try(a, p->text.n + 1), .lower = arena_try(a, p->text.n + 1) };
    struct span rest = p->text, line;
    bool first = true;
    if (!w.p || !w.lower)
        return -ERR_TOO_BIG;
    while (text_splitline(&rest, &line)) {
        enum line_verdict v = take_line(p, &w, text_strip(line), first);
        first = first && v != LINE_KEPT;
        if (v == LINE_LOREM || v == LINE_CURLY) {
            doc_drop(p->doc, QUALITY_STAGE, v == LINE_LOREM ? "lorem_ipsum" : "curly_bracket");
            return 0;
        }
    }
    finish(p, &w);
    return 0;
}
