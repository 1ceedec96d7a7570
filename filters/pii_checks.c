/*
 * pii_checks.c - national numbers: patterns, words beside them, and check digits.
 *
 * The formulas are those of the issuing authorities, as python-stdnum documents them.
 */
#include "filters/pii_pattern.h"

static int digit(char c)
{
    return c - '0';
}

static long number(const char *c, size_t n)
{
    long v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + digit(c[i]);
    return v;
}

static long weighted(const char *c, const int *w, size_t n)
{
    long s = 0;
    for (size_t i = 0; i < n; i++)
        s += (long)digit(c[i]) * w[i];
    return s;
}

static bool same_digits(const char *c, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (c[i] != c[0])
            return false;
    return true;
}

static bool is_date(long y, long m, long d)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] && (m != 2 || d < 29 || leap);
}

/* Two digits of a year: of either century. */
static bool is_short_date(long y, long m, long d)
{
    return is_date(1900 + y, m, d) || is_date(2000 + y, m, d);
}

bool pii_luhn(const char *c, size_t n)
{
    int s = 0;
    for (size_t i = 0; i < n; i++) {
        int d = digit(c[n - 1 - i]) << (i & 1);
        s += d > 9 ? d - 9 : d;
    }
    return n > 1 && s % 10 == 0 && !same_digits(c, n);
}

/* ISO 7064 mod 11, 10. */
static bool mod_11_10(const char *c, size_t n)
{
    int p = 10;
    for (size_t i = 0; i + 1 < n; i++) {
        int s = (digit(c[i]) + p) % 10;
        p = (s ? s : 10) * 2 % 11;
    }
    return (11 - p) % 10 == digit(c[n - 1]);
}

static bool ch_ahv(const char *c, size_t n)
{
    static const int w[] = { 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1 };
    return n == 13 && weighted(c, w, 13) % 10 == 0;
}

/* Corsica's 2A and 2B count as 19 and 18. */
static bool fr_nir(const char *c, size_t n)
{
    char d[15];
    if (n != 15)
        return false;
    memcpy(d, c, 15);
    if (d[6] == 'A' || d[6] == 'B') {
        d[5] = '1';
        d[6] = d[6] == 'A' ? '9' : '8';
    }
    long month = number(d + 3, 2);
    return (month >= 1 && month <= 12) || month >= 20 ? 97 - number(d, 13) % 97 == number(d + 13, 2) : false;
}

static bool de_idnr(const char *c, size_t n)
{
    int count[10] = { 0 }, more = 0;
    if (n != 11 || c[0] == '0')
        return false;
    for (size_t i = 0; i < 10; i++)
        count[digit(c[i])]++;
    for (size_t i = 0; i < 10; i++) {
        if (count[i] > 3)
            return false;
        more += count[i] > 1;
    }
    return more == 1 && mod_11_10(c, 11);
}

static bool it_cf(const char *c, size_t n)
{
    static const int odd[] = { 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
                               22, 25, 24, 23 };
    int s = 0;
    if (n != 16)
        return false;
    for (size_t i = 0; i < 15; i++) {
        int v = ascii_digit(c[i]) ? digit(c[i]) : c[i] - 'A';
        s += i % 2 ? v : odd[v];
    }
    return c[15] == 'A' + s % 26;
}

static bool es_dni(const char *c, size_t n)
{
    return n == 9 && c[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[number(c, 8) % 23];
}

static bool es_nie(const char *c, size_t n)
{
    char d[9];
    if (n != 9)
        return false;
    memcpy(d, c, 9);
    d[0] = (char)('0' + c[0] - 'X');
    return es_dni(d, 9);
}

static bool nl_bsn(const char *c, size_t n)
{
    static const int w[] = { 9, 8, 7, 6, 5, 4, 3, 2, -1 };
    return n == 9 && !same_digits(c, 9) && weighted(c, w, 9) % 11 == 0;
}

/* Months over 12 stand in numbers given without a known birth date or sex (bis). */
static bool be_nn(const char *c, size_t n)
{
    if (n != 11 || number(c + 2, 2) % 20 > 12 || number(c + 4, 2) > 31)
        return false;
    long base = number(c, 9), check = number(c + 9, 2);
    return 97 - base % 97 == check || 97 - (2000000000L + base) % 97 == check;
}

static bool pl_pesel(const char *c, size_t n)
{
    static const int w[] = { 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1 }, centuries[] = { 1900, 2000, 2100, 2200, 1800 };
    long month = n == 11 ? number(c + 2, 2) : 0;
    return n == 11 && is_date(centuries[month / 20] + number(c, 2), month % 20, number(c + 4, 2)) &&
        weighted(c, w, 11) % 10 == 0;
}

static bool se_pnr(const char *c, size_t n)
{
    if (n == 12)
        return (c[0] == '1' || c[0] == '2') && se_pnr(c + 2, 10);
    long day = n == 10 ? number(c + 4, 2) : 0;
    return n == 10 && is_short_date(number(c, 2), number(c + 2, 2), day > 60 ? day - 60 : day) && pii_luhn(c,
            10);
}

/* The sign of the century is a letter since 2023; a hyphen or plus has been left out of c. */
static bool fi_hetu(const char *c, size_t n)
{
    char d[9];
    if ((n != 10 && n != 11) || (n == 11 && !strchr("YXWVUABCDEF", c[6])))
        return false;
    memcpy(d, c, 6);
    memcpy(d + 6, c + n - 4, 3);
    return is_short_date(number(c + 4, 2), number(c + 2, 2), number(c, 2)) && number(d + 6, 3) >= 2 &&
           c[n - 1] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(d, 9) % 31];
}

static bool dk_cpr(const char *c, size_t n)
{
    return n == 10 && is_short_date(number(c + 4, 2), number(c + 2, 2), number(c, 2));
}

static bool no_fnr(const char *c, size_t n)
{
    static const int w1[] = { 3, 7, 6, 1, 8, 9, 4, 5, 2, 1 }, w2[] = { 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1 };
    long day = n == 11 ? number(c, 2) : 0, month = n == 11 ? number(c + 2, 2) : 0;
    return n == 11 && is_short_date(number(c + 4, 2), month > 40 ? month - 40 : month, day > 40
                                    ? day - 40 : day) &&
           weighted(c, w1, 10) % 11 == 0 && weighted(c, w2, 11) % 11 == 0;
}

static bool pt_nif(const char *c, size_t n)
{
    static const int w[] = { 9, 8, 7, 6, 5, 4, 3, 2 };
    return n == 9 && c[0] != '0' && (11 - weighted(c, w, 8) % 11) % 11 % 10 == digit(c[8]);
}

static bool uk_nhs(const char *c, size_t n)
{
    static const int w[] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
    return n == 10 && !same_digits(c, 10) && weighted(c, w, 10) % 11 == 0;
}

static bool uk_nino(const char *c, size_t n)
{
    static const char never[] = "BGGBNKKNTNNTZZ";
    for (size_t i = 0; i < sizeof never - 1; i += 2)
        if (c[0] == never[i] && c[1] == never[i + 1])
            return false;
    return n == 9 && !strchr("DFIQUV", c[0]) && !strchr("DFIQUVO", c[1]);
}

static bool us_ssn(const char *c, size_t n)
{
    long area = n == 9 ? number(c, 3) : 0;
    return n == 9 && area != 0 && area != 666 && area < 900 && number(c + 3, 2) && number(c + 5, 4) &&
        !same_digits(c, 9) &&
           memcmp(c, "123456789", 9) != 0;
}

static bool us_itin(const char *c, size_t n)
{
    long group = n == 9 ? number(c + 3, 2) : 0;
    return n == 9 && c[0] == '9' &&
           ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 92) ||
            group >= 94);
}

static bool ca_sin(const char *c, size_t n)
{
    return n == 9 && c[0] != '0' && c[0] != '8' && pii_luhn(c, 9);
}

static bool br_cpf(const char *c, size_t n)
{
    static const int w[] = { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2 };
    if (n != 11 || same_digits(c, 11))
        return false;
    long one = weighted(c, w + 1, 9) * 10 % 11 % 10, two = weighted(c, w, 10) * 10 % 11 % 10;
    return one == digit(c[9]) && two == digit(c[10]);
}

/* Verhoeff: the dihedral group of order ten, computed instead of looked up. */
static int dihedral(int a, int b)
{
    if (a < 5)
        return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - 5 - b + 5) % 5 : (a - b + 5) % 5;
}

static bool in_aadhaar(const char *c, size_t n)
{
    static const int swap[] = { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 };
    int check = 0;
    bool palindrome = true;
    if (n != 12 || c[0] < '2')
        return false;
    for (size_t i = 0; i < 12; i++) {
        int d = digit(c[11 - i]);
        for (size_t k = 0; k < i % 8; k++)
            d = swap[d];
        check = dihedral(check, d);
        palindrome &= c[i] == c[11 - i];
    }
    return check == 0 && !palindrome;
}

static bool cn_ric(const char *c, size_t n)
{
    int s = 0;
    if (n != 18 || c[0] < '1' || c[0] > '8' || !is_date(number(c + 6, 4), number(c + 10, 2), number(c + 12, 2)))
        return false;
    for (size_t i = 0; i < 17; i++) /* ISO 7064 mod 11, 2: weights are powers of two */
        s += digit(c[i]) * ((1 << (17 - i)) % 11);
    int check = (12 - s % 11) % 11;
    return c[17] == (check == 10 ? 'X' : (char)('0' + check)) && number(c + 6, 4) >= 1800;
}

/* Numbers given since October 2020 have no check digit: the date and the digit of century and sex must do. */
static bool kr_rrn(const char *c, size_t n)
{
    return n == 13 && c[6] <= '8' && c[6] >= '1' && is_short_date(number(c, 2), number(c + 2, 2),
            number(c + 4, 2));
}

static bool jp_mynumber(const char *c, size_t n)
{
    static const int w[] = { 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 };
    long r = n == 12 ? weighted(c, w, 11) % 11 : 0;
    return n == 12 && !same_digits(c, 12) && (r <= 1 ? 0 : 11 - r) == digit(c[11]);
}

#define END "(?![0-9A-Za-z])"
const struct pii_pattern pii_national_patterns[] = {
    { "ch-ahv", "756([. -]?)[0-9]{4}\\1[0-9]{4}\\1[0-9]{2}" END, ch_ahv, PII_ALONE,
      "ahv|avs|ahv-nummer|ahv-nr|sozialversicherungsnummer" },
    { "fr-nir",
      "[1-478][ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9][0-9ABab][ .-]?[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{2}" END,
          fr_nir,
      PII_ALONE, "nir|sécurité sociale|insee|numéro de sécu" },
    { "be-nn", "[0-9]{2}[. -]?[0-9]{2}[. -]?[0-9]{2}[. -]?[0-9]{3}[. -]?[0-9]{2}" END, be_nn, PII_ALONE,
      "rijksregisternummer|insz|niss|registre national|numéro national|nationaal nummer" },
    { "cn-ric", "[1-8][0-9]{16}[0-9Xx]" END, cn_ric, PII_ALONE, "身份证|身分证|公民身份" },
    { "kr-rrn", "[0-9]{6}-?[1-8][0-9]{6}" END, kr_rrn, PII_DIVIDED, "주민|rrn|resident registration" },
    { "it-cf",
      "[A-Za-z]{6}[ ]?[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Ea-ehHlLmMpPrRsStT][0-9LMNPQRSTUVlmnpqrstuv]{2}[ ]?"
      "[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z]" END, it_cf, PII_ALONE, "codice fiscale|c.f.|cf" },
    { "es-dni", "[0-9]{2}[.]?[0-9]{3}[.]?[0-9]{3}[ -]?[A-Za-z]" END, es_dni, PII_ALONE, "dni|nif|d.n.i." },
    { "es-nie", "[XYZxyz][ -]?[0-9]{7}[ -]?[A-Za-z]" END, es_nie, PII_ALONE, "nie|n.i.e." },
    { "fi-hetu", "[0-3][0-9][01][0-9]{3}[-+YXWVUABCDEFa-fu-y][0-9]{3}[0-9A-Ya-y]" END, fi_hetu, PII_ALONE,
      "hetu|henkilötunnus|personbeteckning" },
    { "no-fnr", "[0-7][0-9]{5}[ ]?[0-9]{5}" END, no_fnr, PII_ALONE, "fødselsnummer|fnr|personnummer|d-nummer" },
    { "pl-pesel", "[0-9]{11}" END, pl_pesel, PII_ALONE, "pesel" },
    { "br-cpf", "[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}" END "|[0-9]{11}" END, br_cpf, PII_DIVIDED,
      "cpf|cadastro" },
    { "de-idnr", "[1-9][0-9](?:[ ]?[0-9]{3}){3}" END, de_idnr, PII_NEEDS_WORD,
      "steuer-id|steuerid|idnr|id-nr|identifikationsnummer|steuernummer|tax id|tin" },
    { "in-aadhaar", "[2-9][0-9]{3}([ -]?)[0-9]{4}\\1[0-9]{4}" END, in_aadhaar, PII_DIVIDED,
      "aadhaar|aadhar|uidai|आधार" },
    { "jp-mynumber", "[0-9]{4}([ -]?)[0-9]{4}\\1[0-9]{4}" END, jp_mynumber, PII_NEEDS_WORD,
      "mynumber|my number|マイナンバー|個人番号|individual number" },
    { "se-pnr", "(?:19|20)?[0-9]{6}[-+]?[0-9]{4}" END, se_pnr, PII_DIVIDED,
      "personnummer|samordningsnummer|pnr|person nr" },
    { "dk-cpr", "[0-3][0-9][01][0-9]{3}[- ]?[0-9]{4}" END, dk_cpr, PII_NEEDS_WORD, "cpr|personnummer|cpr-nr" },
    { "us-ssn", "[0-8][0-9]{2}([- ])[0-9]{2}\\1[0-9]{4}" END "|[0-8][0-9]{8}" END, us_ssn, PII_DIVIDED,
      "ssn|social security" },
    { "us-itin", "9[0-9]{2}([- ])[0-9]{2}\\1[0-9]{4}" END "|9[0-9]{8}" END, us_itin, PII_DIVIDED,
      "itin|taxpayer" },
    { "nl-bsn", "[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}" END "|[0-9]{3}[. -]?[0-9]{3}[. -]?[0-9]{3}" END, nl_bsn,
      PII_NEEDS_WORD,
      "bsn|burgerservicenummer|sofinummer|sofi-nummer" },
    { "ca-sin", "[1-79][0-9]{2}([- ]?)[0-9]{3}\\1[0-9]{3}" END, ca_sin, PII_NEEDS_WORD,
      "sin|social insurance|assurance sociale|nas" },
    { "pt-nif", "[1-9][0-9]{2}[ .]?[0-9]{3}[ .]?[0-9]{3}" END, pt_nif, PII_NEEDS_WORD,
      "nif|contribuinte|identificação fiscal" },
    { "uk-nhs", "[0-9]{3}([- ]?)[0-9]{3}\\1[0-9]{4}" END, uk_nhs, PII_NEEDS_WORD, "nhs|national health" },
    { "uk-nino", "[A-Za-z]{2}([ -]?)[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Da-d]" END, uk_nino, PII_ALONE,
      "nino|national insurance|ni number" },
    { NULL, NULL, NULL, 0, NULL },
};
