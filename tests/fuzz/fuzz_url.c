/*
 * fuzz_url.c - any bytes as a URL: its parts lie in it in their order and give it back, its authority key is a key of
 * itself, and as a value it is UTF-8 and stays as it is.
 */
#include "tests/fuzz/fuzz.h"

#include "core/text/url.h"
#include "core/utf8.h"

/* Behind `p` stands `sign` and then this part, or nothing of the kind. */
static const char *part(const char *p, char sign, struct span s)
{
    if (!s.p)
        return p;
    expect(*p == sign && s.p == p + 1);
    return s.p + s.n;
}

static void check_parts(struct span s)
{
    struct url u;
    const char *end = s.p + s.n;
    if (!url_parse(s, &u))
        return;
    const char *p = u.scheme.p + u.scheme.n;
    expect(u.scheme.p == s.p && u.host.n > 0 && within(u.host, s) && memcmp(p, "://", 3) == 0);
    expect(u.host.p == p + 3 + u.userinfo.n + (u.host.p > p + 3));
    p = u.host.p + u.host.n;
    if (p < end && *p == ':') /* the port may be empty */
        p = part(p, ':', u.port);
    expect(u.path.p == p);
    p = part(part(p + u.path.n, '?', u.query), '#', u.fragment);
    expect(p == end);
}

static void check_key(struct span s)
{
    struct buf key = { 0 }, again = { 0 };
    if (url_authority_key(s, &key)) {
        expect(url_authority_key(buf_view(&key), &again));
        expect(span_eq(buf_view(&key), buf_view(&again)));
    }
    buf_release(&key);
    buf_release(&again);
}

static void check_value(struct span s)
{
    struct buf once = { 0 }, twice = { 0 };
    url_put_utf8(s, &once);
    expect(utf8_valid(buf_view(&once)));
    expect(!utf8_valid(s) || span_eq(buf_view(&once), s));
    url_put_utf8(buf_view(&once), &twice);
    expect(span_eq(buf_view(&once), buf_view(&twice)));
    struct span trimmed = url_trim(s);
    expect(within(trimmed, s));
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s = span_of((const char *)data, size);
    check_parts(s);
    check_key(s);
    check_value(s);
    return 0;
}
