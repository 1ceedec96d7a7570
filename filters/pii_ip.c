/* pii_ip.c - IPv4 and IPv6 addresses, and which of them are public. */
#include <stdlib.h>

#include "filters/pii.h"

#define MAX_IPV6 45 /* characters, an IPv4 tail included (RFC 4291 2.2) */

bool pii_parse_ipv4(struct span s, uint8_t out[4])
{
    size_t n = 0;
    struct span piece;
    uint64_t v;
    while (span_cut(&s, '.', &piece)) {
        if (n == 4 || piece.n > 3 || (piece.n > 1 && piece.p[0] == '0') || !span_u64(piece, &v) || v > 255)
            return false;
        out[n++] = (uint8_t)v;
    }
    return n == 4;
}

static int hex_value(char c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Groups between single colons; the last may be an IPv4 address.  Returns bytes written, or -1. */
static int put_groups(struct span s, uint8_t *out, int room)
{
    int n = 0;
    struct span piece;
    if (s.n == 0)
        return 0;
    while (span_cut(&s, ':', &piece)) {
        unsigned v = 0;
        if (!s.p && memchr(piece.p, '.', piece.n)) {
            if (n + 4 > room || !pii_parse_ipv4(piece, out + n))
                return -1;
            return n + 4;
        }
        if (piece.n == 0 || piece.n > 4 || n + 2 > room)
            return -1;
        for (size_t i = 0; i < piece.n; i++) {
            if (hex_value(piece.p[i]) < 0)
                return -1;
            v = v << 4 | (unsigned)hex_value(piece.p[i]);
        }
        out[n++] = (uint8_t)(v >> 8);
        out[n++] = (uint8_t)v;
    }
    return n;
}

bool pii_parse_ipv6(struct span s, uint8_t out[16])
{
    uint8_t tail[16];
    if (s.n < 2 || s.n > MAX_IPV6)
        return false;
    size_t gap = span_find(s, SPAN("::"));
    memset(out, 0, 16);
    if (gap == s.n)
        return put_groups(s, out, 16) == 16;
    if (memchr(s.p, '.', gap))
        return false;
    int head = put_groups(span_head(s, gap), out, 14);
    int n = head < 0 ? -1 : put_groups(span_from(s, gap + 2), tail, 14 - head);
    if (n < 0)
        return false;
    memcpy(out + 16 - n, tail, (size_t)n);
    return true;
}

struct net {
    uint8_t bytes[16];
    uint8_t bits;
    bool public; /* an exception inside a network that is not */
};

static bool within(const uint8_t *a, const struct net *n)
{
    size_t whole = n->bits / 8;
    uint8_t mask = (uint8_t)(0xff00 >> (n->bits % 8));
    return memcmp(a, n->bytes, whole) == 0 && (n->bits % 8 == 0 || ((a[whole] ^ n->bytes[whole]) & mask) == 0);
}

static bool is_public(const uint8_t *a, const struct net *nets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (within(a, &nets[i]))
            return nets[i].public;
    return true;
}

/* IANA IPv4 Special-Purpose Address Registry, globally reachable: false. */
bool pii_ipv4_is_public(const uint8_t a[4])
{
    static const struct net nets[] = {
        { { 192, 0, 0, 9 }, 32, true },   { { 192, 0, 0, 10 }, 32, true }, { { 0 }, 8, false },
        { { 10 }, 8, false },             { { 100, 64 }, 10, false },      { { 127 }, 8, false },
        { { 169, 254 }, 16, false },      { { 172, 16 }, 12, false },      { { 192, 0, 0 }, 24, false },
        { { 192, 0, 2 }, 24, false },     { { 192, 168 }, 16, false },     { { 198, 18 }, 15, false },
        { { 198, 51, 100 }, 24, false },  { { 203, 0, 113 }, 24, false },  { { 240 }, 4, false },
    };
    return is_public(a, nets, sizeof nets / sizeof *nets);
}

/* IANA IPv6 Special-Purpose Address Registry; an IPv4-mapped address is what its IPv4 address is. */
bool pii_ipv6_is_public(const uint8_t a[16])
{
    static const struct net mapped = { { [10] = 0xff, [11] = 0xff }, 96, false };
    static const struct net nets[] = {
        { { 0x20, 0x01, 0x00, 0x01, [15] = 1 }, 128, true }, /* 2001:1::1, 2001:1::2 */
        { { 0x20, 0x01, 0x00, 0x01, [15] = 2 }, 128, true },
        { { 0x20, 0x01, 0x00, 0x03 }, 32, true },
        { { 0x20, 0x01, 0x00, 0x04, 0x01, 0x12 }, 48, true },
        { { 0x20, 0x01, 0x00, 0x20 }, 28, true },
        { { 0x20, 0x01, 0x00, 0x30 }, 28, true },
        { { 0 }, 128, false },                    /* :: */
        { { [15] = 1 }, 128, false },             /* ::1 */
        { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, false },
        { { 0x01 }, 64, false },                  /* 100::/64 */
        { { 0x20, 0x01 }, 23, false },
        { { 0x20, 0x01, 0x0d, 0xb8 }, 32, false },
        { { 0x20, 0x02 }, 16, false },
        { { 0x3f, 0xff }, 20, false },
        { { 0xfc }, 7, false },
        { { 0xfe, 0x80 }, 10, false },
    };
    if (within(a, &mapped))
        return pii_ipv4_is_public(a + 12);
    return is_public(a, nets, sizeof nets / sizeof *nets);
}

/* ---- in text ---- */

/* "version 1.2.3.4", "release", "section": the word before says that it is a number of something else. */
static bool word_denies(struct span t, size_t at)
{
    static const char *const words[] = { "version", "versions", "ver", "v", "release", "build", "section",
                                         "sections",
                                         "chapter", "clause", "paragraph", "firmware", "driver", "revision",
                                             "rev", "oid" };
    while (at > 0 && (t.p[at - 1] == ' ' || t.p[at - 1] == '.' || t.p[at - 1] == ':' || t.p[at - 1] == '='))
        at--;
    size_t from = at;
    while (from > 0 && at - from < 12 && ascii_alpha(t.p[from - 1]))
        from--;
    if (from > 0 && ascii_alpha(t.p[from - 1]))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_isi(span_of(t.p + from, at - from), words[i]))
            return true;
    return at >= 2 && memcmp(t.p + at - 2, "\xC2\xA7", 2) == 0; /* the sign of a section */
}

/* "openssl-1.0.2.1", "1.2.3.4-beta", "x_1.2.3.4": names and versions. */
static bool part_of_name(struct span t, size_t from, size_t to)
{
    if (from > 0 && (t.p[from - 1] == '_' || (t.p[from - 1] == '.' && !(from > 1 && t.p[from - 2] == '.'))))
        return true;
    if (from > 1 && t.p[from - 1] == '-' && ascii_alpha(t.p[from - 2]))
        return true;
    return to < t.n && (t.p[to] == '_' || (t.p[to] == '-' && to + 1 < t.n && ascii_alpha(t.p[to + 1])));
}

static void scan_v4(const struct pii_options *o, const struct pii_kind *k, struct span t, struct pii_list *out)
{
    uint8_t a[4];
    for (size_t dot = span_chr(t, '.', 0); dot < t.n; dot = span_chr(t, '.', dot + 1)) {
        size_t from = dot, to = dot;
        if (dot == 0 || !ascii_digit(t.p[dot - 1]))
            continue;
        while (from > 0 && ascii_digit(t.p[from - 1]) && dot - from < 4)
            from--;
        while (to < t.n && (ascii_digit(t.p[to]) || t.p[to] == '.'))
            to++;
        dot = to - 1; /* this run of digits and dots is looked at once */
        while (t.p[to - 1] == '.')
            to--;
        if (to - from <= 15 && pii_parse_ipv4(span_of(t.p + from, to - from), a) && pii_edge_before(t, from) &&
            pii_edge_after(t, to) && !part_of_name(t, from, to) && !word_denies(t, from) &&
            (o->ip_all || pii_ipv4_is_public(a)))
            pii_add(out, k->name, from, to);
    }
}

static bool v6_char(char c)
{
    return c == ':' || c == '.' || hex_value(c) >= 0;
}

/*
 * What is not an address though it can be read as one: C++'s a::b and hashes' ab::cd (short forms
 * outside 2000::/3 need four groups or an IPv4 tail), and eight pairs of digits, which are an EUI-64.
 */
static bool looks_meant(struct span s, const uint8_t a[16])
{
    size_t colons = 0, longest = 0, run = 0;
    for (size_t i = 0; i < s.n; i++) {
        colons += s.p[i] == ':';
        run = s.p[i] == ':' ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    if (span_find(s, SPAN("::")) == s.n)
        return longest > 2;
    return (a[0] & 0xe0) == 0x20 ? colons >= 2 : colons >= 4 || memchr(s.p, '.', s.n) != NULL;
}

/* fe80::, ff02::, ::1, fc00:: and the like, when private addresses are asked for. */
static bool looks_local(struct span s, const uint8_t a[16])
{
    return (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || (a[0] & 0xfe) == 0xfc || a[0] == 0xff ||
           (s.n >= 3 && span_starts(s, "::") && ascii_digit(s.p[s.n - 1]));
}

/*
 * The run [from, to) of digits, colons and dots: the address in it, if it is one; without a kind where
 * it is not public, as its IPv4 tail is then no address of its own.
 */
static void v6_run(const struct pii_options *o, const struct pii_kind *k, struct span t, size_t from, size_t to,
                   struct pii_list *out)
{
    uint8_t a[16];
    size_t colon;
    if (from < to && !pii_edge_before(t,
                                      from)) { /* "IPv6:2001:...": the label's last characters are hex digits */
        colon = span_chr(span_head(t, to), ':', from);
        if (colon - from > 4 || colon + 1 >= to || t.p[colon + 1] == ':')
            return;
        from = colon;
    }
    while (to > from && (t.p[to - 1] == '.' || (t.p[to - 1] == ':' && (to - from < 2 || t.p[to - 2] != ':'))))
        to--;
    if (to - from > 1 && t.p[from] == ':' && t.p[from + 1] != ':')
        from++;
    while (from < to && t.p[from] == '.')
        from++;
    struct span s = span_of(t.p + from, to - from);
    if (!pii_edge_after(t, to) || !pii_parse_ipv6(s, a))
        return;
    bool meant = looks_meant(s, a) || (o->ip_all && looks_local(s, a));
    if (meant)
        pii_add(out, o->ip_all || pii_ipv6_is_public(a) ? k->name : NULL, from, to);
}

static void scan_v6(const struct pii_options *o, const struct pii_kind *k, struct span t, struct pii_list *out)
{
    size_t floor = 0;
    for (size_t at = span_chr(t, ':', 0); at < t.n; at = span_chr(t, ':', at + 1)) {
        size_t from = at, to = at, colons = 0;
        while (from > floor && at - from < 8 && hex_value(t.p[from - 1]) >= 0)
            from--;
        for (; to < t.n && v6_char(t.p[to]); to++)
            colons += t.p[to] == ':';
        floor = to;
        if (colons >= 2 && to - from <= MAX_IPV6 + 8)
            v6_run(o, k, t, from, to, out);
        at = to - 1;
    }
}

static int by_start(const void *a, const void *b)
{
    const struct pii_span *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

PII_SCANNER(pii_scan_ip)
{
    size_t first = out->n;
    scan_v6(o, k, text, out);
    size_t six = out->n;
    scan_v4(o, k, text, out);
    /* An IPv4 tail of an IPv6 address is a part of it. */
    size_t kept = six, at = first;
    for (size_t i = six; i < out->n; i++) {
        while (at < six && out->v[at].end <= out->v[i].start)
            at++;
        if (at == six || out->v[at].start >= out->v[i].end)
            out->v[kept++] = out->v[i];
    }
    out->n = first;
    for (size_t i = first; i < kept; i++)
        if (out->v[i].kind)
            out->v[out->n++] = out->v[i];
    kept = out->n;
    if (kept > first)
        qsort(out->v + first, kept - first, sizeof *out->v, by_start);
}
