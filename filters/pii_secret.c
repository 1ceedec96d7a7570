/*
 * pii_secret.c - credentials by the form their issuers give them (as gitleaks lists them), and wallet
 * addresses by their checksums.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "filters/pii_pattern.h"

#define END "(?![0-9A-Za-z_-])"
/* The words of a row are the bytes that must stand at its beginning. */
const struct pii_pattern pii_secret_patterns[] = {
    { "secret", "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}" END, NULL, PII_ALONE, "A" },
    { "secret", "gh[pousr]_[0-9A-Za-z]{36}" END, NULL, PII_ALONE, "gh" },
    { "secret", "github_pat_[0-9A-Za-z_]{82}" END, NULL, PII_ALONE, "github_pat_" },
    { "secret", "glpat-[0-9A-Za-z_-]{20}" END, NULL, PII_ALONE, "glpat-" },
    { "secret", "AIza[0-9A-Za-z_-]{35}" END, NULL, PII_ALONE, "AIza" },
    { "secret", "xox[abeoprs]-[0-9A-Za-z-]{10,128}" END, NULL, PII_ALONE, "xox" },
    { "secret", "(?:sk|rk)_(?:test|live|prod)_[0-9A-Za-z]{10,99}" END, NULL, PII_ALONE, "sk_" },
    { "secret", "(?:sk|rk)_(?:test|live|prod)_[0-9A-Za-z]{10,99}" END, NULL, PII_ALONE, "rk_" },
    { "secret", "sk-ant-[a-z0-9]{3,8}-[0-9A-Za-z_-]{80,120}" END, NULL, PII_ALONE, "sk-ant-" },
    { "secret", "sk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{20,90}T3BlbkFJ[0-9A-Za-z_-]{20,90}" END, NULL,
      PII_ALONE, "sk-" },
    { "secret", "hf_[A-Za-z0-9]{34}" END, NULL, PII_ALONE, "hf_" },
    { "secret", "npm_[0-9A-Za-z]{36}" END, NULL, PII_ALONE, "npm_" },
    { "secret", "pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,280}" END, NULL, PII_ALONE, "pypi-" },
    { "secret", "SG\\.[0-9A-Za-z_-]{22}\\.[0-9A-Za-z_-]{43}" END, NULL, PII_ALONE, "SG." },
    { "secret", "SK[0-9a-fA-F]{32}" END, NULL, PII_ALONE, "SK" },
    { "secret", "eyJ[0-9A-Za-z_-]{10,110}\\.eyJ[0-9A-Za-z_-]{10,140}\\.[0-9A-Za-z_-]{10,50}", NULL, PII_ALONE,
      "eyJ" },
    { "secret", "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}" END, NULL, PII_ALONE, "AGE-" },
    { NULL, NULL, NULL, 0, NULL },
};

/* -----BEGIN ... PRIVATE KEY----- to its END line, or to the end of what looks like base64. */
static size_t private_key(struct span t, size_t at)
{
    struct span head = span_head(span_from(t, at), 80);
    size_t word = span_find(head, SPAN("PRIVATE KEY")), i;
    if (!span_starts(head, "-----BEGIN ") || word == head.n || span_chr(head, '\n', 0) < word)
        return 0;
    for (i = at + word + 11; i < t.n && i - at < 16384; i++)
        if (!ascii_alpha(t.p[i]) && !ascii_digit(t.p[i]) && !strchr("+/=-:, \r\n", t.p[i]))
            break;
    struct span body = span_of(t.p + at, i - at);
    size_t end = span_find(body, SPAN("-----END "));
    if (end < body.n) {
        struct span tail = span_head(span_from(body, end + 9), 80);
        size_t dashes = span_find(tail, SPAN("-----"));
        return dashes < tail.n ? end + 9 + dashes + 5 : body.n;
    }
    while (body.n && ascii_space(body.p[body.n - 1]))
        body.n--;
    return body.n >= 64 ? body.n : 0;
}

static size_t secret_at(struct pii_patterns *p, struct span t, size_t at)
{
    size_t base = pii_national_count();
    struct span s = span_from(t, at);
    if (s.p[0] == '-')
        return private_key(t, at);
    for (size_t i = 0; pii_secret_patterns[i].kind; i++) {
        size_t n = span_starts(s, pii_secret_patterns[i].words) ? pii_match_at(p, base + i, t, at) : 0;
        if (n)
            return n;
    }
    return 0;
}

static bool word_char(char c)
{
    return ascii_alpha(c) || ascii_digit(c);
}

PII_SCANNER(pii_scan_secret)
{
    struct pii_patterns *p = pii_scratch_patterns(x);
    static const bool first[256] = { ['-'] = 1, ['A'] = 1, ['g'] = 1, ['h'] = 1, ['x'] = 1, ['s'] = 1,
                                     ['r'] = 1, ['n'] = 1, ['p'] = 1, ['S'] = 1, ['e'] = 1 };
    size_t floor = 0;
    for (size_t at = 0; at < text.n; at++) {
        if (!first[(unsigned char)text.p[at]] || at < floor)
            continue;
        if (text.p[at] != '-' && at > 0 && word_char(text.p[at - 1]))
            continue;
        if (text.p[at] == '-' ? at > 0 && text.p[at - 1] == '-' : !pii_edge_before(text, at))
            continue;
        size_t n = secret_at(p, text, at);
        if (n) {
            pii_add(out, k->name, at, at + n);
            floor = at + n;
        }
    }
}

/* ---- wallets ---- */

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Base58Check of 25 bytes: version, 20 bytes, the first four of a double SHA-256. */
static bool base58check(struct span s)
{
    uint8_t v[25] = { 0 }, d[SHA256_BYTES];
    for (size_t i = 0; i < s.n; i++) {
        const char *at = memchr(base58, s.p[i], 58);
        unsigned carry = at ? (unsigned)(at - base58) : 256;
        if (!at)
            return false;
        for (size_t k = 25; k-- > 0;) {
            carry += 58u * v[k];
            v[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry)
            return false;
    }
    sha256_of(span_of((const char *)v, 21), d);
    sha256_of(span_of((const char *)d, sizeof d), d);
    return (v[0] == 0 || v[0] == 5) && memcmp(d, v + 21, 4) == 0;
}

/* BIP 173 and BIP 350, human-readable part "bc". */
static bool bech32(struct span s)
{
    static const char set[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
    static const uint8_t prefix[] = { 'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31 };
    uint32_t c = 1;
    bool upper = false, lower = false;
    for (size_t i = 0; i < 5 + s.n - 3; i++) {
        char ch = i < 5 ? 0 : s.p[i - 2];
        const char *at = i < 5 ? set : memchr(set, ascii_lower(ch), 32);
        if (!at)
            return false;
        upper |= ch >= 'A' && ch <= 'Z';
        lower |= ch >= 'a' && ch <= 'z';
        uint32_t top = c >> 25;
        c = (c & 0x1ffffff) << 5 ^ (i < 5 ? prefix[i] : (uint32_t)(at - set));
        for (size_t k = 0; k < 5; k++)
            c ^= (top >> k) & 1 ? generator[k] : 0;
    }
    return (c == 1 || c == 0x2bc830a3) && !(upper && lower);
}

static uint64_t rotate(uint64_t v, unsigned n)
{
    return n ? v << n | v >> (64 - n) : v;
}

/* Keccak-f[1600], the permutation of FIPS 202 (Ethereum pads as Keccak did before it). */
static void keccak_f(uint64_t a[25])
{
    static const uint8_t rot[] = { 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18,
                                   39, 61, 20, 44 };
    static const uint8_t lane[] = { 10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14,
                                    22, 9, 6, 1 };
    uint64_t c[5];
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        for (int x = 0; x < 5; x++)
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++)
            a[i] ^= c[(i % 5 + 4) % 5] ^ rotate(c[(i % 5 + 1) % 5], 1);
        uint64_t t = a[1], u;
        for (int i = 0; i < 24; i++) {
            u = a[lane[i]];
            a[lane[i]] = rotate(t, rot[i]);
            t = u;
        }
        for (int y = 0; y < 25; y += 5) {
            memcpy(c, a + y, sizeof c);
            for (int x = 0; x < 5; x++)
                a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
        }
        for (int j = 0; j < 7; j++) {
            if (lfsr & 1)
                a[0] ^= 1ull << ((1 << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

/* Keccak-256 of 40 bytes, which fit one block. */
static void keccak_40(const char *s, uint8_t out[32])
{
    uint8_t block[136] = { 0 };
    uint64_t a[25] = { 0 };
    memcpy(block, s, 40);
    block[40] = 0x01;
    block[135] = 0x80;
    for (int i = 0; i < 17; i++)
        a[i] = get_le64(block + 8 * i);
    keccak_f(a);
    for (int i = 0; i < 4; i++)
        put_le64(out + 8 * i, a[i]);
}

/* EIP-55: in mixed case the capitals are a checksum. */
static bool ethereum(struct span s)
{
    char low[40];
    uint8_t d[32];
    bool up = false, down = false, right = true;
    for (size_t i = 0; i < 40; i++) {
        low[i] = ascii_lower(s.p[i + 2]);
        if (!ascii_digit(low[i]) && !(low[i] >= 'a' && low[i] <= 'f'))
            return false;
        up |= low[i] != s.p[i + 2];
        down |= low[i] == s.p[i + 2] && ascii_alpha(low[i]);
    }
    keccak_40(low, d);
    for (size_t i = 0; i < 40; i++)
        if (ascii_alpha(low[i]))
            right &= (low[i] != s.p[i + 2]) == ((d[i / 2] >> (i % 2 ? 0 : 4) & 15) >= 8);
    return right || !(up && down);
}

static bool is_wallet(struct span s)
{
    if (s.n == 42 && span_starts(s, "0x"))
        return ethereum(s);
    if (span_starts_i(s, "bc1"))
        return s.n >= 14 && s.n <= 74 && bech32(s);
    return s.n >= 26 && s.n <= 35 && (s.p[0] == '1' || s.p[0] == '3') && base58check(s);
}

PII_SCANNER(pii_scan_wallet)
{
    for (size_t at = 0, to; at < text.n; at = to + 1) {
        for (to = at; to < text.n && (ascii_alpha(text.p[to]) || ascii_digit(text.p[to])); to++)
            ;
        if (to - at >= 14 && to - at <= 74 && pii_edge_before(text, at) && pii_edge_after(text, to) &&
            is_wallet(span_of(text.p + at, to - at)))
            pii_add(out, k->name, at, to);
    }
}
