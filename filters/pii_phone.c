/*
 * pii_phone.c - telephone numbers: with a country code (ITU-T E.164: '+' and 8 to 15 digits), in North
 * American form, or behind a word that says what they are.
 */
#include "filters/pii_pattern.h"

#define MIN_DIGITS 6
#define MAX_DIGITS 15

static const char words[] =
    "tel|tel.|phone|telephone|fax|mobile|cell|call|whatsapp|telefon|telefone|telefono|téléphone|telephon|handy|mobil|móvil|"
    "celular|cellulare|gsm|tél|tlf|puh|puhelin|telefoon|telefonnummer|rufnummer|teléfono|тел|телефон|τηλ|هاتف|โทร|电话|電話|手机|"
    "手機|전화|फ़ोन|फोन|điện thoại|đt|hotline|ring|contact|sms|viber|tlp|telp|hp|nummer";

/* Bytes of a divider at `at` with a digit, or a parenthesis and a digit, behind it; 0: none. */
static size_t divider(struct span t, size_t at, bool *open)
{
    static const char *const wide[] = { "\xC2\xA0", "\xE2\x80\x91", "\xE2\x80\x93", "\xE2\x80\xAF",
                                        "\xE2\x80\x90" };
    size_t i = at, seen = 0;
    while (i < t.n && seen < 3) {
        char c = t.p[i];
        size_t n = c == ' ' || c == '-' || c == '.' || c == '/' ? 1 : 0;
        if (c == '(' && !*open) {
            *open = true;
            n = 1;
        } else if (c == ')' && *open) {
            *open = false;
            n = 1;
        }
        for (size_t k = 0; n == 0 && k < sizeof wide / sizeof *wide; k++)
            if (span_starts(span_from(t, i), wide[k]))
                n = strlen(wide[k]);
        if (n == 0)
            break;
        i += n;
        seen++;
    }
    return i < t.n && ascii_digit(t.p[i]) ? i - at : 0;
}

struct number {
    size_t end, digits, dividers;
    size_t groups[8], n_groups;
    bool balanced;
};

static struct number read_number(struct span t, size_t at)
{
    struct number v = { .end = at };
    size_t i = at, group = 0, gap;
    bool open = false;
    if (i < t.n && t.p[i] == '+')
        i++;
    if (i < t.n && t.p[i] == '(') {
        open = true;
        i++;
    }
    while (i < t.n) {
        if (ascii_digit(t.p[i])) {
            v.digits++;
            group++;
            v.end = ++i;
        } else if (v.digits && (gap = divider(t, i, &open)) != 0) {
            if (v.n_groups < 8)
                v.groups[v.n_groups++] = group;
            group = 0;
            v.dividers++;
            i += gap;
        } else {
            break;
        }
        if (v.digits > MAX_DIGITS + 4)
            break;
    }
    if (v.n_groups < 8)
        v.groups[v.n_groups++] = group;
    v.balanced = !open;
    return v;
}

/* 555-123-4567, (555) 123-4567, 1 555 123 4567: area and exchange begin with 2 to 9. */
static bool north_american(struct span t, size_t at, const struct number *v)
{
    size_t g = v->n_groups == 4 && v->groups[0] == 1 ? 1 : 0, seen = 0;
    char c[MAX_DIGITS];
    if (v->n_groups - g != 3 || v->groups[g] != 3 || v->groups[g + 1] != 3 || v->groups[g + 2] != 4)
        return false;
    for (size_t i = at; i < v->end && seen < MAX_DIGITS; i++)
        if (ascii_digit(t.p[i]))
            c[seen++] = t.p[i];
    return c[g] >= '2' && c[g + 3] >= '2' && (!g || c[0] == '1');
}

static bool good(struct span t, size_t at, const struct number *v)
{
    if (!v->balanced || v->digits < MIN_DIGITS || v->digits > MAX_DIGITS || !pii_edge_after(t, v->end))
        return false;
    if (t.p[at] == '+')
        return v->digits >= 8;
    if (north_american(t, at, v))
        return true;
    return pii_word_near(t, at, v->end, words, 24, 0) && (v->digits >= 7 || v->dividers);
}

PII_SCANNER(pii_scan_phone)
{
    for (size_t at = 0; at < text.n; at++) {
        char c = text.p[at];
        if (!ascii_digit(c) && !((c == '+' || c == '(') && at + 1 < text.n && (ascii_digit(text.p[at + 1]) ||
                text.p[at + 1] == '(')))
            continue;
        size_t i = at;
        while (i < text.n && ascii_digit(text.p[i]))
            i++;
        bool middle = at > 1 && strchr(".,-/", text.p[at - 1]) && ascii_digit(text.p[at - 2]);
        struct number v = { 0 };
        if (!middle && pii_edge_before(text, at))
            v = read_number(text, at);
        if (v.end && good(text, at, &v)) {
            pii_add(out, k->name, at, v.end);
            at = v.end - 1;
        } else if (i > at) {
            at = i - 1;
        }
    }
}
