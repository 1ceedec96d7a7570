/* url.c - see url.h. */
#include "core/text/url.h"

#include <unicode/uidna.h>

#include "core/utf8.h"

struct span url_trim(struct span s)
{
    s = span_trim(s);
    if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
        s = span_trim(span_of(s.p + 1, s.n - 2));
    return s;
}

static bool is_scheme(struct span s)
{
    if (!s.n || !ascii_alpha(s.p[0]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) && s.p[i] != '+' && s.p[i] != '-' && s.p[i] != '.')
            return false;
    return true;
}

/* host[:port] behind the userinfo. */
static void split_port(struct span hostport, struct url *out)
{
    size_t from = hostport.n && hostport.p[0] == '[' ? span_chr(hostport, ']', 0) : 0;
    size_t colon = span_chr(hostport, ':', from);
    out->host = span_head(hostport, colon);
    out->port = colon < hostport.n ? span_from(hostport, colon + 1) : span_of(hostport.p + hostport.n, 0);
}

bool url_parse(struct span s, struct url *out)
{
    *out = (struct url){ 0 };
    size_t colon = span_chr(s, ':', 0);
    if (!is_scheme(span_head(s, colon)) || !span_starts(span_from(s, colon), "://"))
        return false;
    out->scheme = span_head(s, colon);
    struct span rest = span_from(s, colon + 3);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' && rest.p[end] != '#')
        end++;
    struct span authority = span_head(rest, end);
    rest = span_from(rest, end);
    size_t sign = authority.n;
    while (sign > 0 && authority.p[sign - 1] != '@')
        sign--;
    out->userinfo = sign ? span_head(authority, sign - 1) : span_of(authority.p, 0);
    split_port(span_from(authority, sign), out);
    size_t hash = span_chr(rest, '#', 0);
    if (hash < rest.n)
        out->fragment = span_from(rest, hash + 1);
    rest = span_head(rest, hash);
    size_t question = span_chr(rest, '?', 0);
    if (question < rest.n)
        out->query = span_from(rest, question + 1);
    out->path = span_head(rest, question);
    return out->host.n > 0;
}

static bool default_port(struct span scheme, struct span port)
{
    return port.n == 0 || (span_isi(scheme, "http") && span_is(port, "80")) || (span_isi(scheme, "https") && span_is(port, "443"));
}

/* Longest name that is mapped; DNS ends at 253 bytes, and escapes take three each. */
#define HOST_MAX 1024

static int hex_value(char c)
{
    c = ascii_lower(c);
    return ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-escapes undone. */
static struct span unescape(struct span s, char out[HOST_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1, low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        out[n++] = low >= 0 ? (char)(high * 16 + low) : s.p[i];
        i += low >= 0 ? 2 : 0;
    }
    return span_of(out, n);
}

/* Bytes that end or divide a host (WHATWG's forbidden host code points): a name never maps to one. */
static bool delimits(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F || strchr("#%/:<>?@[\\]^|", s.p[i]))
            return true;
    return false;
}

static bool put_mapped(struct span host, struct buf *out)
{
    char plain[HOST_MAX], ascii[HOST_MAX];
    UErrorCode error = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UIDNA *idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
    host = unescape(host, plain);
    int32_t n = U_SUCCESS(error) ? uidna_nameToASCII_UTF8(idna, host.p, (int32_t)host.n, ascii, sizeof ascii, &info, &error) : 0;
    bool ok = U_SUCCESS(error) && info.errors == 0 && n > 0 && n < (int32_t)sizeof ascii;
    while (ok && n > 1 && ascii[n - 1] == '.') /* another script's full stop */
        n--;
    ok = ok && !delimits(span_of(ascii, (size_t)n));
    if (ok)
        buf_put(out, ascii, (size_t)n);
    uidna_close(idna);
    return ok;
}

void url_put_host(struct span host, struct buf *out)
{
    bool plain = true;
    while (host.n > 1 && host.p[host.n - 1] == '.') /* the root's own dot */
        host.n--;
    for (size_t i = 0; i < host.n; i++)
        plain &= (unsigned char)host.p[i] < 0x80 && host.p[i] != '%';
    if (!plain && host.n <= HOST_MAX && put_mapped(host, out))
        return;
    for (size_t i = 0; i < host.n; i++)
        buf_putc(out, ascii_lower(host.p[i]));
}

bool url_authority_key(struct span s, struct buf *out)
{
    struct url u;
    if (!url_parse(s, &u))
        return false;
    for (size_t i = 0; i < u.scheme.n; i++)
        buf_putc(out, ascii_lower(u.scheme.p[i]));
    buf_puts(out, "://");
    url_put_host(u.host, out);
    if (!default_port(u.scheme, u.port)) {
        buf_putc(out, ':');
        buf_span(out, u.port);
    }
    return true;
}

void url_put_utf8(struct span s, struct buf *out)
{
    while (s.n) {
        size_t good = utf8_valid_prefix(s);
        buf_put(out, s.p, good);
        s = span_from(s, good);
        if (s.n) {
            buf_printf(out, "%%%02X", (unsigned char)s.p[0]);
            s = span_from(s, 1);
        }
    }
}
