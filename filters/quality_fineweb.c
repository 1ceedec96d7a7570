/* quality_fineweb.c - FineWeb's own rules as datatrove counts them: reference 2.8 and 2.0. */
#include "core/text/chars.h"
#include "core/utf8.h"
#include "filters/quality_page.h"

#define SHORT_LINE_CHARS 30
#define SHORT_LINE_RATIO 0.67
#define SHORT_LINE_RATIO_FINEWEB2 999 /* switched off so by fineweb-2-pipeline.py */
#define CHAR_DUP_RATIO 0.01
#define CHAR_DUP_RATIO_FINEWEB2 0.1

struct lines {
    struct span *full; /* those that are not blank */
    size_t n_full, n;
    size_t counted, ended, shorter; /* lines of the shares; those that end a sentence; those of at most 30 characters */
};

static uint32_t last_char(struct span s)
{
    size_t i = s.n - 1;
    while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
        i--;
    const char *p = s.p + i;
    return utf8_next(&p, s.p + s.n);
}

static bool ends_sentence(const struct quality_page *p, struct span line)
{
    if (!line.n)
        return false;
    uint32_t cp = last_char(line);
    if (p->april)
        return cp == '.' || cp == '\'' || cp == '"' || cp == '!' || cp == '?';
    return char_is_terminal(cp);
}

static bool is_short(struct span line)
{
    return line.n <= SHORT_LINE_CHARS || (line.n <= 4 * SHORT_LINE_CHARS && utf8_count(line) <= SHORT_LINE_CHARS);
}

/* April 2024 took the shares over all lines, blank ones included; today over those that are not blank. */
static int split(struct quality_page *p, struct lines *l)
{
    struct span rest = p->text, line;
    size_t n = 0;
    while (span_cut(&rest, '\n', &line))
        n++;
    *l = (struct lines){ .n = n, .full = arena_try(p->doc->arena, (n + 1) * sizeof *l->full) };
    if (!l->full)
        return -ERR_TOO_BIG;
    rest = p->text;
    while (span_cut(&rest, '\n', &line)) {
        bool full = text_lstrip(line).n > 0;
        if (full)
            l->full[l->n_full++] = line;
        if (!full && !p->april)
            continue;
        l->counted++;
        l->ended += ends_sentence(p, line);
        l->shorter += is_short(line);
    }
    return 0;
}

static bool shares(struct quality_page *p, const struct lines *l)
{
    double n = (double)l->counted, ended = (double)l->ended / n, shorter = (double)l->shorter / n;
    double least = p->limits->line_punct, most = p->fineweb2 ? SHORT_LINE_RATIO_FINEWEB2 : SHORT_LINE_RATIO;
    if (page_rule(p, "line_punct_ratio", ended, least, p->april ? ended <= least : ended < least))
        return true;
    return page_rule(p, "short_line_ratio", shorter, most, p->april ? shorter >= most : shorter > most);
}

static int repeated_lines(struct quality_page *p, const struct lines *l)
{
    struct dups d;
    double most = p->fineweb2 ? CHAR_DUP_RATIO_FINEWEB2 : CHAR_DUP_RATIO;
    int rc = dups_of_spans(p->doc->arena, p->seed, l->full, l->n_full, &d);
    if (rc)
        return rc;
    double ratio = (double)d.chars / (double)(p->chars - (l->n - 1)); /* line feeds do not count */
    page_rule(p, "char_dup_ratio", ratio, most, p->april ? ratio >= most : ratio > most);
    return 0;
}

int quality_fineweb(struct quality_page *p)
{
    struct lines l;
    int rc = split(p, &l);
    if (rc)
        return rc;
    if (l.counted == 0) {
        doc_drop(p->doc, QUALITY_STAGE, "empty");
        return 0;
    }
    if (shares(p, &l))
        return 0;
    /* From here on the text has a character that is no white space, and so at least one word. */
    rc = repeated_lines(p, &l);
    if (rc || p->doc->verdict != DOC_KEPT || (rc = page_words(p)))
        return rc;
    page_over(p, "list_ratio", (double)(l.n - 1) / (double)p->words.n, p->limits->new_line_ratio);
    return 0;
}
