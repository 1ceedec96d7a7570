/*
 * pii_iban.c - international bank account numbers: two letters, two digits, the country's length
 * (SWIFT registry v101), mod 97 (ISO 7064).  Compact, or in groups of four; behind the word IBAN in
 * any groups.
 */
#include "filters/pii.h"

#define MAX_IBAN 34

int pii_iban_length(const char *country)
{
    static const char table[] =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27"
        "GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22"
        "MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28"
        "TL23TN24TR26UA29VA22VG24XK20YE30";
    for (const char *p = table; *p; p += 4)
        if (p[0] == country[0] && p[1] == country[1])
            return (p[2] - '0') * 10 + p[3] - '0';
    return 0;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool mod97(const char *c, size_t n)
{
    unsigned r = 0;
    for (size_t i = 0; i < n; i++) {
        char x = c[(i + 4) % n];
        r = ascii_digit(x) ? (r * 10 + (unsigned)(x - '0')) % 97 : (r * 100 + (unsigned)(x - 'A') + 10) % 97;
    }
    return r == 1;
}

/* Bytes of the one separator at `at`: blank, hyphen, full stop, no-break and thin spaces; 0: there is none. */
static size_t separator(struct span t, size_t at)
{
    static const char *const wide[] = { "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x91",
                                        "\xE2\x80\x90" };
    struct span s = span_from(t, at);
    if (s.n && (s.p[0] == ' ' || s.p[0] == '-' || s.p[0] == '.'))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (span_starts(s, wide[i]))
            return strlen(wide[i]);
    return 0;
}

/* The word IBAN right before, or with blanks, colon and the like between. */
static bool labelled(struct span t, size_t at, bool *touching)
{
    size_t i = at;
    while (i > 0 && at - i < 8 && !ascii_alpha(t.p[i - 1]) && (unsigned char)t.p[i - 1] < 0x80 &&
           t.p[i - 1] != '\n')
        i--;
    *touching = i == at;
    return i >= 4 && span_isi(span_of(t.p + i - 4, 4), "IBAN") && pii_edge_before(t, i - 4);
}

/* Length in bytes of the number that begins at `at`, or 0. */
static size_t number_at(struct span t, size_t at)
{
    char c[MAX_IBAN];
    char country[2] = { upper(t.p[at]), upper(t.p[at + 1]) };
    size_t want = (size_t)pii_iban_length(country), i = at, n = 0, gap;
    bool odd = false, upper_seen = false, lower_seen = false, touching = false;
    if (!want)
        return 0;
    while (n < want) {
        if (n > 0 && (gap = separator(t, i)) != 0) {
            odd |= n % 4 != 0;
            i += gap;
        }
        if (i >= t.n || (!ascii_digit(t.p[i]) && (!ascii_alpha(t.p[i]) || n == 2 || n == 3)))
            return 0;
        upper_seen |= t.p[i] >= 'A' && t.p[i] <= 'Z';
        lower_seen |= t.p[i] >= 'a' && t.p[i] <= 'z';
        c[n++] = upper(t.p[i++]);
    }
    if ((upper_seen && lower_seen) || !mod97(c, n) || !pii_edge_after(t, i))
        return 0;
    bool label = labelled(t, at, &touching);
    if (touching ? !label && !pii_edge_before(t, at) : !pii_edge_before(t, at))
        return 0;
    return odd && !label ? 0 : i - at;
}

PII_SCANNER(pii_scan_iban)
{
    for (size_t i = 0; i + 14 < text.n; i++) {
        if (ascii_alpha(text.p[i + 2]) || !ascii_alpha(text.p[i]) || !ascii_alpha(text.p[i + 1]))
            continue;
        size_t gap = separator(text, i + 2);
        if (i + 2 + gap >= text.n || !ascii_digit(text.p[i + 2 + gap]))
            continue;
        size_t n = number_at(text, i);
        if (n) {
            pii_add(out, k->name, i, i + n);
            i += n - 1;
        }
    }
}
