/* pii_pattern.c - see pii_pattern.h: starts, matching, and the kinds that are patterns. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "filters/pii_pattern.h"

#include <pcre2.h>
#include <stdlib.h>

#include "core/alloc.h"

#define MAX_PATTERNS 64
#define START_DIGITS 8

struct pii_patterns {
    pcre2_code *code[MAX_PATTERNS];
    size_t n_national, n;
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    size_t *starts;
    size_t n_starts, cap_starts;
    bool known, labelled;
};

static void compile(struct pii_patterns *p, const char *pattern)
{
    int code;
    PCRE2_SIZE at;
    pcre2_code *c = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED, &code, &at, NULL);
    if (!c || p->n == MAX_PATTERNS)
        abort(); /* a row of ours is wrong: every test would see it */
    pcre2_jit_compile(c, PCRE2_JIT_COMPLETE); /* where it cannot, matching interprets: the same answers */
    p->code[p->n++] = c;
}

size_t pii_national_count(void)
{
    size_t n = 0;
    while (pii_national_patterns[n].kind)
        n++;
    return n;
}

struct pii_patterns *pii_patterns_new(void)
{
    struct pii_patterns *p = xcalloc(1, sizeof *p);
    for (size_t i = 0; pii_national_patterns[i].kind; i++)
        compile(p, pii_national_patterns[i].pattern);
    for (size_t i = 0; pii_secret_patterns[i].kind; i++)
        compile(p, pii_secret_patterns[i].pattern);
    p->match = pcre2_match_data_create(8, NULL);
    p->context = pcre2_match_context_create(NULL);
    p->stack = pcre2_jit_stack_create(32 << 10, 1 << 20, NULL);
    if (p->stack)
        pcre2_jit_stack_assign(p->context, NULL, p->stack);
    pcre2_set_match_limit(p->context, 1000000);
    return p;
}

void pii_patterns_free(struct pii_patterns *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        pcre2_code_free(p->code[i]);
    pcre2_match_data_free(p->match);
    pcre2_match_context_free(p->context);
    pcre2_jit_stack_free(p->stack);
    free(p->starts);
    free(p);
}

void pii_patterns_reset(struct pii_patterns *p)
{
    p->known = p->labelled = false;
}

void pii_patterns_labelled(struct pii_patterns *p, bool only)
{
    p->labelled = only;
}

/*
 * Only "no match" is no match.  Where the compiled code runs out of stack the interpreter is asked;
 * where that meets its limit too, everything up to the next blank is taken: nothing may leak.
 */
size_t pii_match_at(struct pii_patterns *p, size_t which, struct span text, size_t at)
{
    struct span s = span_head(span_from(text, at), PII_WINDOW);
    PCRE2_SPTR bytes = (PCRE2_SPTR)s.p;
    int rc = pcre2_match(p->code[which], bytes, s.n, 0, 0, p->match, p->context);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
        rc = pcre2_match(p->code[which], bytes, s.n, 0, PCRE2_NO_JIT, p->match, p->context);
    if (rc >= 0)
        return pcre2_get_ovector_pointer(p->match)[1];
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    size_t n = 0;
    while (n < s.n && !ascii_space(s.p[n]))
        n++;
    return n;
}

static bool word_char(char c)
{
    return ascii_alpha(c) || ascii_digit(c);
}

/* Digits from `at` on, single dividers between; *then: what stands behind them. */
static size_t digits_from(struct span t, size_t at, char *then)
{
    size_t n = 0, i = at;
    for (; i < t.n && n < START_DIGITS; i++) {
        if (ascii_digit(t.p[i]))
            n++;
        else if (!strchr(" .-+", t.p[i]) || i + 1 >= t.n || !ascii_digit(t.p[i + 1]))
            break;
    }
    *then = i < t.n ? t.p[i] : 0;
    return n;
}

/*
 * A start that any row could match: eight digits; fewer before a letter (1234567A, 010190A123B, 2A);
 * or X1234567L, AB 12 34 56 C and six letters with digits behind, as the rows with letters begin.
 */
static bool may_start(struct span t, size_t at)
{
    char then;
    if (ascii_digit(t.p[at])) {
        size_t n = digits_from(t, at, &then);
        return n >= START_DIGITS || (n >= 5 && word_char(then));
    }
    size_t letters = 1;
    while (letters < 7 && at + letters < t.n && ascii_alpha(t.p[at + letters]))
        letters++;
    if (letters != 1 && letters != 2 && letters != 6)
        return false;
    if (at + letters >= t.n)
        return false;
    char c = t.p[at + letters];
    if (c == ' ' || c == '-')
        c = at + letters + 1 < t.n ? t.p[at + letters + 1] : 0;
    return ascii_digit(c);
}

/* Beginnings of ASCII words that some row could match. */
static void find_starts(struct pii_patterns *p, struct span t)
{
    p->n_starts = 0;
    p->known = true;
    for (size_t i = 0; i < t.n; i++) {
        if (!word_char(t.p[i]) || (i > 0 && word_char(t.p[i - 1])) || !may_start(t, i) || !pii_edge_before(t,
                i))
            continue;
        GROW(p->starts, p->n_starts, p->cap_starts);
        p->starts[p->n_starts++] = i;
    }
}

static const size_t *starts_of(struct pii_patterns *p, struct span t, size_t *n)
{
    if (!p->known)
        find_starts(p, t);
    *n = p->n_starts;
    return p->starts;
}

/* A word of the list at `at`: not in the middle of a longer one, where it is of ASCII letters. */
static bool word_at(struct span line, size_t at, struct span word)
{
    if (word.n > line.n - at || !span_eqi(span_of(line.p + at, word.n), word))
        return false;
    if ((unsigned char)word.p[0] >= 0x80)
        return true;
    size_t end = at + word.n;
    return (at == 0 || !word_char(line.p[at - 1])) && (end == line.n || !word_char(line.p[end]));
}

/* In "<phone-pii>": a tag of ours is nobody's word. */
static bool in_tag(struct span t, size_t at)
{
    size_t from = at, to = at;
    while (from > 0 && at - from < 16 && (ascii_alpha(t.p[from - 1]) || t.p[from - 1] == '-'))
        from--;
    while (to < t.n && to - at < 16 && (ascii_alpha(t.p[to]) || t.p[to] == '-'))
        to++;
    return from > 0 && t.p[from - 1] == '<' && to < t.n && t.p[to] == '>' && span_ends(span_of(t.p, to),
            "-pii");
}

bool pii_word_near(struct span text, size_t from, size_t to, const char *words, size_t before, size_t after)
{
    size_t a = from, b = to;
    uint8_t first[256] = { 0 };
    while (a > 0 && from - a < before && text.p[a - 1] != '\n')
        a--;
    while (b < text.n && b - to < after && text.p[b] != '\n')
        b++;
    for (const char *w = words; *w; w++)
        if (w == words || w[-1] == '|')
            first[(unsigned char)*w] = 1;
    struct span line = span_of(text.p + a, b - a), word;
    for (size_t i = 0; i < line.n; i++) {
        if (!first[(unsigned char)ascii_lower(line.p[i])] || (a + i >= from && a + i < to))
            continue;
        if (i > 0 && word_char(line.p[i]) && word_char(line.p[i - 1]))
            continue;
        for (struct span rest = span_cstr(words); span_cut(&rest, '|', &word);)
            if (word_at(line, i, word) && (a + i + word.n <= from || a + i >= to) && !in_tag(text, a + i))
                return true;
    }
    return false;
}

/* Letters and digits of the match, upper case; *divided: there was something else in it. */
static size_t squeeze(struct span s, char *c, bool *divided)
{
    size_t n = 0;
    *divided = false;
    for (size_t i = 0; i < s.n; i++) {
        if (!word_char(s.p[i]))
            *divided = true;
        else if (n < PII_CHARS)
            c[n++] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
    }
    return n;
}

static bool accept(const struct pii_pattern *row, bool labelled, struct span text, size_t at, size_t n)
{
    char c[PII_CHARS] = { 0 };
    bool divided;
    size_t len = squeeze(span_of(text.p + at, n), c, &divided);
    if (!pii_edge_after(text, at + n) || (row->valid && !row->valid(c, len)))
        return false;
    if (!labelled && (row->alone == PII_ALONE || (row->alone == PII_DIVIDED && divided)))
        return true;
    return pii_word_near(text, at, at + n, row->words, 64, 32);
}

PII_SCANNER(pii_scan_national)
{
    struct pii_patterns *p = pii_scratch_patterns(x);
    size_t n, floor = 0;
    const size_t *starts = starts_of(p, text, &n);
    for (size_t row = 0; pii_national_patterns[row].kind; row++) {
        if (strcmp(pii_national_patterns[row].kind, k->name) != 0)
            continue;
        for (size_t i = 0; i < n; i++) {
            /* "3.1234...": the middle of a longer number. */
            bool middle = starts[i] > 1 && strchr(".,", text.p[starts[i] - 1]) &&
                ascii_digit(text.p[starts[i] - 2]);
            if (starts[i] < floor || middle)
                continue;
            size_t len = pii_match_at(p, row, text, starts[i]);
            if (len && accept(&pii_national_patterns[row], p->labelled, text, starts[i], len)) {
                pii_add(out, k->name, starts[i], starts[i] + len);
                floor = starts[i] + len;
            }
        }
    }
}

/* ---- payment cards ---- */

/* Lengths by the first digits: ISO/IEC 7812 ranges as the networks publish them. */
static bool card_length(const char *c, size_t n)
{
    long two = (c[0] - '0') * 10 + c[1] - '0', four = two * 100 + (c[2] - '0') * 10 + c[3] - '0';
    if (c[0] == '4')
        return n == 13 || n == 16 || n == 19;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
        return n == 16;
    if (two == 34 || two == 37)
        return n == 15;
    if (four == 6011 || (four >= 6440 && four <= 6599) || (four >= 3528 && four <= 3589) || two == 62 ||
        two == 81 ||
        (four >= 2200 && four <= 2204))
        return n >= 16 && n <= 19;
    if ((four >= 3000 && four <= 3059) || four == 3095 || two == 36 || two == 38 || two == 39)
        return n >= 14 && n <= 19;
    if (four == 5018 || four == 5020 || four == 5038 || four == 5893 || four == 6304 || (four >= 6759 &&
            four <= 6763))
        return n >= 12 && n <= 19;
    return false;
}

/* In groups the first has four digits, as it is embossed; groups of fewer than three end a number. */
static size_t card_at(struct span t, size_t at)
{
    char c[19];
    size_t ends[20] = { 0 }, n = 0, group = 0, i = at;
    while (i < t.n && n < 19) {
        if (ascii_digit(t.p[i])) {
            c[n++] = t.p[i++];
            group++;
            ends[n] = i;
        } else if ((t.p[i] == ' ' || t.p[i] == '-') && i + 1 < t.n && ascii_digit(t.p[i + 1]) && group >= 3 &&
                   (n > group || group == 4)) {
            i++;
            group = 0;
        } else {
            break;
        }
    }
    for (; n >= 12; n--)
        if (pii_edge_after(t, ends[n]) && card_length(c, n) && pii_luhn(c, n))
            return ends[n] - at;
    return 0;
}

PII_SCANNER(pii_scan_card)
{
    size_t n, floor = 0;
    const size_t *starts = starts_of(pii_scratch_patterns(x), text, &n);
    for (size_t i = 0; i < n; i++) {
        size_t at = starts[i];
        bool middle = at > 1 && strchr("-.,", text.p[at - 1]) && ascii_digit(text.p[at - 2]);
        size_t len = at < floor || middle || !ascii_digit(text.p[at]) ? 0 : card_at(text, at);
        if (len) {
            pii_add(out, k->name, at, at + len);
            floor = at + len;
        }
    }
}

/* ---- card verification codes: three or four digits right behind their name ---- */

/* Bytes back to the number or tag before, at most 24; the 2 of "CVV2" is none. */
static size_t since_number(struct span t, size_t at)
{
    size_t n = 0;
    while (n < 24 && n < at && t.p[at - n - 1] != '>' && (!ascii_digit(t.p[at - n - 1]) || (at - n > 1 &&
            ascii_alpha(t.p[at - n - 2]))))
        n++;
    return n;
}

PII_SCANNER(pii_scan_cvv)
{
    static const char words[] = "cvv|cvv2|cvc|cvc2|cid|csc|cvn|security code|verification code|verification value|card code|"
                                "kartenprüfnummer|prüfziffer|prüfnummer|cryptogramme|安全码";
    for (size_t at = 0; at < text.n; at++) {
        size_t to = at;
        if (!ascii_digit(text.p[at]))
            continue;
        while (to < text.n && ascii_digit(text.p[to]))
            to++;
        if ((to - at == 3 || to - at == 4) && pii_edge_before(text, at) && pii_edge_after(text, to) &&
            !(to + 1 < text.n && strchr(".-/", text.p[to]) && ascii_digit(text.p[to + 1])) &&
            pii_word_near(text, at, to, words, since_number(text, at), 0))
            pii_add(out, k->name, at, to);
        at = to;
    }
}

/* ---- hardware addresses ---- */

static bool is_hex(char c)
{
    return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/* Groups of `size` hex digits with one divider between; the bytes they take, or 0. */
static size_t hex_groups(struct span t, size_t at, size_t size, size_t groups, char divider)
{
    size_t i = at;
    for (size_t g = 0; g < groups; g++) {
        if (g && (i >= t.n || t.p[i++] != divider))
            return 0;
        for (size_t k = 0; k < size; k++)
            if (i >= t.n || !is_hex(t.p[i++]))
                return 0;
    }
    bool more = i + 1 < t.n && t.p[i] == divider && is_hex(t.p[i + 1]);
    return more ? 0 : i - at;
}

/* 00:00:00:00:00:00 and ff:ff:... are nobody's. */
static bool somebodys(struct span s)
{
    bool zeros = true, ones = true;
    for (size_t i = 0; i < s.n; i++) {
        zeros &= !is_hex(s.p[i]) || s.p[i] == '0';
        ones &= !is_hex(s.p[i]) || ascii_lower(s.p[i]) == 'f';
    }
    return !zeros && !ones;
}

PII_SCANNER(pii_scan_mac)
{
    for (size_t at = 0; at + 13 < text.n; at++) {
        size_t n = 0;
        if (!is_hex(text.p[at]) || !is_hex(text.p[at + 1]) || (at && (word_char(text.p[at - 1]) ||
                strchr(":-.", text.p[at - 1])) &&
                                                              !(text.p[at - 1] == ':' && at > 1 &&
                                                                !is_hex(text.p[at - 2]))))
            continue;
        char c = text.p[at + 2], d = text.p[at + 4];
        if (c == ':' || c == '-') {
            n = hex_groups(text, at, 2, 6, c);
            n = n ? n : hex_groups(text, at, 2, 8, c);
        } else if (d == '.') {
            n = hex_groups(text, at, 4, 3, d);
        }
        if (n && pii_edge_before(text, at) && pii_edge_after(text, at + n) && somebodys(span_of(text.p + at,
                n))) {
            pii_add(out, k->name, at, at + n);
            at += n - 1;
        }
    }
}

/* ---- coordinates: "52.5200, 13.4050" with four decimals or more, that is 11 m ---- */

static size_t degrees(struct span t, size_t at, double most)
{
    size_t i = at, whole, part;
    double v = 0;
    if (i < t.n && (t.p[i] == '-' || t.p[i] == '+'))
        i++;
    for (whole = i; i < t.n && ascii_digit(t.p[i]) && i - whole < 4; i++)
        v = v * 10 + t.p[i] - '0';
    if (i == whole || i - whole > 3 || i >= t.n || t.p[i] != '.')
        return 0;
    for (part = ++i; i < t.n && ascii_digit(t.p[i]) && i - part < 16; i++)
        ;
    bool edge = v < most || (v == most && strspn(t.p + part, "0") >= i - part);
    return i - part >= 4 && edge ? i - at : 0;
}

static size_t point_at(struct span t, size_t at)
{
    size_t n = degrees(t, at, 90), i = at + n, blanks = 0;
    if (n == 0)
        return 0;
    if (span_starts(span_from(t, i), "\xC2\xB0"))
        i += 2;
    for (; i < t.n && blanks < 6 && strchr(" ,;NSns", t.p[i]) && t.p[i]; i++)
        blanks++;
    if (blanks == 0)
        return 0;
    n = degrees(t, i, 180);
    return n ? i + n - at : 0;
}

PII_SCANNER(pii_scan_geo)
{
    for (size_t dot = span_chr(text, '.', 0); dot < text.n; dot = span_chr(text, '.', dot + 1)) {
        size_t at = dot;
        while (at > 0 && dot - at < 3 && ascii_digit(text.p[at - 1]))
            at--;
        if (at == dot)
            continue;
        if (at > 0 && (text.p[at - 1] == '-' || text.p[at - 1] == '+'))
            at--;
        char *copy = NULL; /* strspn() in degrees() needs an end */
        struct span s = span_head(span_from(text, at), 64);
        copy = xmemdup0(s.p, s.n);
        size_t n = pii_edge_before(text, at) && (at == 0 || text.p[at - 1] != '.') ? point_at(span_of(copy,
                s.n), 0) : 0;
        free(copy);
        if (n && pii_edge_after(text, at + n)) {
            pii_add(out, k->name, at, at + n);
            dot = at + n - 1;
        }
    }
}
