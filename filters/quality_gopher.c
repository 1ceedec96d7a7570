/* quality_gopher.c - Gopher's quality rules (Rae et al. 2021, section A1.1) as datatrove counts them: reference 2.6. */
#include "core/text/chars.h"
#include "filters/quality_page.h"

/* The same in all three profiles. */
#define MIN_WORDS 50
#define MAX_WORDS 100000
#define MAX_SYMBOL_RATIO 0.1
#define MAX_BULLET_LINES 0.9
#define MAX_ELLIPSIS_LINES 0.3
#define MIN_STOP_WORDS 2

static const struct span bullet = { "\xE2\x80\xA2", 3 };   /* U+2022 */
static const struct span ellipsis = { "\xE2\x80\xA6", 3 }; /* U+2026 */
static const struct span three_dots = { "...", 3 };

/* Python's str.count(): occurrences that do not overlap. */
static size_t count(struct span text, struct span what)
{
    size_t n = 0;
    for (size_t at; (at = span_find(text, what)) < text.n; n++)
        text = span_from(text, at + what.n);
    return n;
}

static bool ends_with(struct span s, struct span end)
{
    return s.n >= end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0;
}

static bool words_number(struct quality_page *p, size_t n)
{
    return page_under(p, "gopher_short_doc", (double)n, MIN_WORDS) || page_over(p, "gopher_long_doc", (double)n, MAX_WORDS);
}

/* Number and mean length of the words that are not punctuation alone.  A threshold of 0 switches a rule off. */
static bool words_length(struct quality_page *p)
{
    const struct quality_limits *l = p->limits;
    size_t n = 0, chars = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        const struct word_type *t = &p->types[i];
        n += t->symbol ? 0 : t->count;
        chars += t->symbol ? 0 : (size_t)t->count * t->chars;
    }
    if (words_number(p, n))
        return true;
    double mean = (double)chars / (double)n;
    return (l->min_word != 0 && page_under(p, "gopher_below_avg_threshold", mean, l->min_word)) ||
           (l->max_word != 0 && page_over(p, "gopher_above_avg_threshold", mean, l->max_word));
}

static bool symbols(struct quality_page *p)
{
    double n = (double)p->words.n;
    return page_over(p, "gopher_too_many_hashes", (double)count(p->text, SPAN("#")) / n, MAX_SYMBOL_RATIO) ||
           page_over(p, "gopher_too_many_ellipsis", (double)(count(p->text, three_dots) + count(p->text, ellipsis)) / n,
                     MAX_SYMBOL_RATIO);
}

static bool lines(struct quality_page *p)
{
    struct span rest = p->text, line;
    size_t n = 0, bullets = 0, ends = 0;
    for (; text_splitline(&rest, &line); n++) {
        struct span l = text_lstrip(line), r = text_rstrip(line);
        bullets += l.n && (l.p[0] == '-' || (l.n >= bullet.n && memcmp(l.p, bullet.p, bullet.n) == 0));
        ends += ends_with(r, three_dots) || ends_with(r, ellipsis);
    }
    return page_over(p, "gopher_too_many_bullets", (double)bullets / (double)n, MAX_BULLET_LINES) ||
           page_over(p, "gopher_too_many_end_ellipsis", (double)ends / (double)n, MAX_ELLIPSIS_LINES);
}

static bool alphabetic(struct quality_page *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_types; i++)
        n += p->types[i].alpha ? p->types[i].count : 0;
    return p->limits->min_alpha != 0 &&
           page_under(p, "gopher_below_alpha_threshold", (double)n / (double)p->words.n, p->limits->min_alpha);
}

/* Distinct stop words, or in April 2024 their occurrences. */
static bool stop_words(struct quality_page *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->limits->n_stop_words; i++) {
        const struct word_type *t = page_find_word(p, p->limits->stop_words[i]);
        n += !t ? 0 : p->april ? t->count : 1;
    }
    return page_under(p, "gopher_enough_stop_words", (double)n, MIN_STOP_WORDS);
}

int quality_gopher(struct quality_page *p)
{
    int rc = page_types(p);
    if (rc == 0 && !words_length(p) && !symbols(p) && !lines(p) && !alphabetic(p))
        stop_words(p);
    return rc;
}

/* ---- texts without end ---- */

#define PIECE_BYTES (256u << 10)

/* Behind a line feed, or between a blank and ASCII, is a boundary of words; without any, it is a character's end. */
static size_t piece_bytes(struct span rest)
{
    if (rest.n <= PIECE_BYTES)
        return rest.n;
    for (size_t n = PIECE_BYTES; n > PIECE_BYTES / 2; n--)
        if (rest.p[n - 1] == '\n' || (rest.p[n - 1] == ' ' && (unsigned char)rest.p[n] < 0x80))
            return n;
    size_t n = PIECE_BYTES;
    while (((unsigned char)rest.p[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static size_t count_plain(const struct quality_page *p, struct span piece, struct arena *a)
{
    struct words w;
    size_t n = 0;
    arena_reset(a);
    if (words_split(p->segmenter, p->mode, piece, a, &w))
        return 0;
    for (size_t i = 0; i < w.n; i++)
        n += !page_is_symbol(p, w.w[i]);
    return n;
}

int quality_gopher_long(struct quality_page *p)
{
    struct span rest = p->text;
    struct arena a;
    size_t n = 0;
    arena_init(&a, 0);
    while (rest.n) {
        size_t bytes = piece_bytes(rest);
        n += count_plain(p, span_head(rest, bytes), &a);
        rest = span_from(rest, bytes);
    }
    arena_release(&a);
    if (n <= MAX_WORDS)
        return -ERR_TOO_BIG;
    words_number(p, n);
    return 0;
}
