/*
 * test_quality.h - a document through the quality rules, and texts that pass all of them but one.
 */
#ifndef SLUICE_TEST_QUALITY_H
#define SLUICE_TEST_QUALITY_H

#include "tests/unit/test.h"

#include <math.h>

#include "core/utf8.h"
#include "filters/quality.h"

struct judge {
    struct quality *q;
    void *scratch;
    struct arena a;
    struct document d; /* of the last judge_text() */
    struct error e;
};

static inline void judge_open(struct judge *j, enum quality_profile profile, enum words_mode words, const char *table,
                              const char *languages, bool gate)
{
    const struct quality_options o = { .profile = profile, .words = words, .table = table, .languages = languages,
                                       .language_gate = gate, .values = true };
    *j = (struct judge){ .scratch = quality_scratch_new() };
    arena_init(&j->a, 0);
    if (quality_open(&j->q, &o, &j->e))
        fail_msg("%s: %s", j->e.where, j->e.msg);
}

static inline void judge_close(struct judge *j)
{
    quality_close(j->q);
    quality_scratch_free(j->scratch);
    arena_release(&j->a);
}

/* The rule that dropped it, or "kept". */
static inline const char *judge_document(struct judge *j, struct span text, const char *language, double score)
{
    arena_reset(&j->a);
    j->d = (struct document){ .arena = &j->a, .text = text, .language = span_cstr(language), .language_score = score,
                              .has_language_score = true };
    if (quality_apply(j->q, j->scratch, &j->d, &j->e))
        fail_msg("%s", j->e.msg);
    return j->d.verdict == DOC_KEPT ? "kept" : j->d.rule;
}

static inline const char *judge_text(struct judge *j, struct span text)
{
    return judge_document(j, text, NULL, 0);
}

/* What a rule measured; NAN if it was not reached. */
static inline double measured(const struct judge *j, const char *rule)
{
    for (const struct measure *m = j->d.measures; m; m = m->next)
        if (strcmp(m->rule, rule) == 0)
            return m->value;
    return NAN;
}

/* The rule measured exactly that, and dropped the document or let it pass. */
static inline void expect_rule(struct judge *j, struct span text, const char *rule, double value, bool drops)
{
    const char *got = judge_text(j, text);
    double v = measured(j, rule);
    if (!(v == value) || (strcmp(got, rule) == 0) != drops)
        fail_msg("%s: measured %.17g, want %.17g; the document: %s, want it %s by this rule", rule, v, value, got,
                 drops ? "dropped" : "let pass");
    if (drops && (!j->d.has_value || j->d.value != value))
        fail_msg("%s: drop.value is %.17g, want %.17g", rule, j->d.value, value);
}

/* Word number i of a text without repetition: six letters, never a stop word. */
static inline void put_word(struct buf *b, unsigned i)
{
    char w[7] = "xaaaaa";
    for (int k = 5; k > 0; k--, i /= 20)
        w[k] = (char)('a' + i % 20);
    buf_puts(b, w);
}

/*
 * `lines` lines of `words` words that no rule minds when there are enough of them: each ends in a full stop, two have stop
 * words.  `first` numbers the words, so that texts can be put together.
 */
static inline void put_good(struct buf *b, unsigned lines, unsigned words, unsigned first)
{
    for (unsigned l = 0; l < lines; l++) {
        for (unsigned w = 0; w < words; w++) {
            put_word(b, first + l * words + w);
            buf_putc(b, w + 1 < words ? ' ' : '.');
        }
        if (l < 2)
            buf_puts(b, l == 0 ? " With the end." : " That and that.");
        if (l + 1 < lines)
            buf_putc(b, '\n');
    }
}

/* n lines of six words and their tails; the first k begin with `head` and end with `odd` instead of `tail`. */
static inline struct span put_lines(struct buf *b, unsigned n, unsigned k, const char *head, const char *odd, const char *tail)
{
    buf_reset(b);
    for (unsigned i = 0; i < n; i++) {
        buf_puts(b, i < k ? head : "");
        for (unsigned w = 0; w < 6; w++) {
            put_word(b, i * 6 + w);
            if (w < 5)
                buf_putc(b, ' ');
        }
        buf_puts(b, i < k ? odd : tail);
        if (i + 1 < n)
            buf_putc(b, '\n');
    }
    return buf_view(b);
}

#endif
