/*
 * pii_pattern.h - numbers and tokens that a bounded pattern finds and a check digit confirms.
 *
 * Starts are found once a text: word beginnings with enough digits behind them.  At each a kind's
 * pattern is matched, anchored, in a window of PII_WINDOW bytes.
 */
#ifndef SLUICE_PII_PATTERN_H
#define SLUICE_PII_PATTERN_H

#include "filters/pii.h"

#define PII_WINDOW 320 /* bytes a pattern sees; the longest secret is shorter */
#define PII_CHARS 64   /* letters and digits that a check gets */

enum pii_alone {
    PII_NEEDS_WORD, /* the check is weak: one of the row's words must stand near */
    PII_DIVIDED,    /* enough by itself when it is written with its dividers */
    PII_ALONE,      /* date, region or two check digits: enough by itself */
};

struct pii_pattern {
    const char *kind;
    const char *pattern; /* PCRE2, anchored; bounded, no captures */
    /* c: letters (upper case) and digits of the match, n <= PII_CHARS; NULL: the form is enough */
    bool (*valid)(const char *c, size_t n);
    enum pii_alone alone;
    const char *words; /* "a|b": lower case, within 64 bytes before or 32 after, on the same line */
};
extern const struct pii_pattern pii_national_patterns[]; /* ended by kind == NULL */

struct pii_patterns;
struct pii_patterns *pii_patterns_new(void);
void pii_patterns_free(struct pii_patterns *p);
/* A new text: its starts are not known yet. */
void pii_patterns_reset(struct pii_patterns *p);
/* From here on only national numbers with one of their words beside them: those outrank all others. */
void pii_patterns_labelled(struct pii_patterns *p, bool only);
struct pii_patterns *pii_scratch_patterns(struct pii_scratch *x);

/* Whether one of the words stands within `before` bytes before `from` or `after` behind `to`, on the same line. */
bool pii_word_near(struct span text, size_t from, size_t to, const char *words, size_t before, size_t after);

PII_SCANNER(pii_scan_national); /* every row of the table of that kind */
PII_SCANNER(pii_scan_card);
PII_SCANNER(pii_scan_phone);
PII_SCANNER(pii_scan_mac);
PII_SCANNER(pii_scan_geo);
PII_SCANNER(pii_scan_cvv);
PII_SCANNER(pii_scan_wallet);
PII_SCANNER(pii_scan_secret);

/*
 * pii_match_at() - bytes that pattern `which` matches at `at`, or 0.  which counts through the
 * national table, then the secrets' one.
 */
size_t pii_match_at(struct pii_patterns *p, size_t which, struct span text, size_t at);
extern const struct pii_pattern pii_secret_patterns[];
size_t pii_national_count(void);

/* ---- checks (pii_checks.c): digits as text ---- */

bool pii_luhn(const char *c, size_t n);

#endif
