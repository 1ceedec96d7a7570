/* quality_repetition.c - Gopher's repetition rules (Rae et al. 2021, table A1) as datatrove counts them: reference 2.5. */
#include "core/text/chars.h"
#include "filters/quality_page.h"

/* The same in all three profiles but for what FineWeb-2 switches off. */
#define DUP_PARA_FRAC 0.3
#define DUP_PARA_CHAR_FRAC 0.2
#define DUP_LINE_CHAR_FRAC 0.2

static const char *const top_rules[QUALITY_TOP_GRAMS] = { "top_2_gram", "top_3_gram", "top_4_gram" };
static const char *const dup_rules[QUALITY_DUP_GRAMS] = { "duplicated_5_n_grams", "duplicated_6_n_grams", "duplicated_7_n_grams",
                                                          "duplicated_8_n_grams", "duplicated_9_n_grams", "duplicated_10_n_grams" };

struct pieces {
    struct span *v;
    size_t n;
};

/* Python's re.split("\n{at_least,}", text). */
static int split_at_feeds(struct arena *a, struct span text, size_t at_least, struct pieces *out)
{
    const char *end = text.p + text.n, *from = text.p;
    size_t most = 1;
    for (const char *p = text.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        most++;
    *out = (struct pieces){ arena_try(a, most * sizeof *out->v), 0 };
    if (!out->v)
        return -ERR_TOO_BIG;
    for (const char *p = text.p; p < end && (p = memchr(p, '\n', (size_t)(end - p)));) {
        const char *q = p;
        while (q < end && *q == '\n')
            q++;
        if ((size_t)(q - p) >= at_least) {
            out->v[out->n++] = span_of(from, (size_t)(p - from));
            from = q;
        }
        p = q;
    }
    out->v[out->n++] = span_of(from, (size_t)(end - from));
    return 0;
}

/* Python's str.splitlines(). */
static int split_lines(struct arena *a, struct span text, struct pieces *out)
{
    struct span rest = text, line;
    size_t n = 0;
    while (text_splitline(&rest, &line))
        n++;
    *out = (struct pieces){ arena_try(a, (n + 1) * sizeof *out->v), n };
    if (!out->v)
        return -ERR_TOO_BIG;
    rest = text;
    for (size_t i = 0; i < n; i++)
        if (!text_splitline(&rest, &out->v[i]))
            return -ERR_BUG;
    return 0;
}

/* The share of repeated pieces, then of the characters in them.  A threshold of 0 switches a rule off. */
static int repeated(struct quality_page *p, struct pieces v, const char *rule, double limit, const char *char_rule, double char_limit)
{
    struct dups d;
    int rc = dups_of_spans(p->doc->arena, p->seed, v.v, v.n, &d);
    if (rc)
        return rc;
    if (limit != 0 && page_over(p, rule, (double)d.elements / (double)v.n, limit))
        return 0;
    if (char_limit != 0)
        page_over(p, char_rule, (double)d.chars / (double)p->chars, char_limit);
    return 0;
}

static int pieces(struct quality_page *p)
{
    struct arena *a = p->doc->arena;
    struct pieces v;
    int rc = 0;
    if (!p->fineweb2) {
        rc = split_at_feeds(a, text_strip(p->text), 2, &v);
        if (rc == 0)
            rc = repeated(p, v, "dup_para_frac", DUP_PARA_FRAC, "dup_para_char_frac", DUP_PARA_CHAR_FRAC);
        if (rc || p->doc->verdict != DOC_KEPT)
            return rc;
    }
    rc = p->april ? split_lines(a, p->text, &v) : split_at_feeds(a, p->text, 1, &v);
    if (rc)
        return rc;
    return repeated(p, v, "dup_line_frac", p->limits->dup_line_frac, "dup_line_char_frac", p->fineweb2 ? 0 : DUP_LINE_CHAR_FRAC);
}

static int top_grams(struct quality_page *p)
{
    struct places places;
    size_t chars;
    int rc = top_gram_places(p, &places);
    for (unsigned i = 0; rc == 0 && i < QUALITY_TOP_GRAMS && p->words.n >= i + QUALITY_TOP_FROM; i++) {
        rc = top_gram_chars(p, i + QUALITY_TOP_FROM, &places, &chars);
        if (rc == 0 && page_over(p, top_rules[i], (double)chars / (double)p->chars, p->limits->top_grams[i]))
            break;
    }
    return rc;
}

static int dup_grams(struct quality_page *p)
{
    struct places places;
    size_t chars;
    int rc = dup_gram_places(p, &places);
    for (unsigned i = 0; rc == 0 && i < QUALITY_DUP_GRAMS; i++) {
        rc = dup_gram_chars(p, i + QUALITY_DUP_FROM, &places, &chars);
        if (rc == 0 && page_over(p, dup_rules[i], (double)chars / (double)p->chars, p->limits->dup_grams[i]))
            break;
    }
    return rc;
}

int quality_repetition(struct quality_page *p)
{
    int rc = pieces(p);
    if (rc == 0 && p->doc->verdict == DOC_KEPT)
        rc = page_types(p);
    if (rc == 0 && p->doc->verdict == DOC_KEPT)
        rc = top_grams(p);
    if (rc == 0 && p->doc->verdict == DOC_KEPT)
        rc = dup_grams(p);
    return rc;
}
