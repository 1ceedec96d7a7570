/*
 * robots_protego.c - robots.txt as Protego 0.6.1 reads it under CPython's urllib.parse, for the
 * `apertus` policy: its slips are kept on purpose, since the corpus was made with them.
 *
 *   - lines end where Python's str.splitlines() ends them; a byte order mark spoils the first line;
 *   - any "name: value" between two user-agent lines ends a group, unless it stands before the first;
 *   - a rule without value is none; "$" also stands for itself; Allow .../index.html allows .../ too;
 *   - a final '$' behind a query is put behind the path; '=' is escaped in paths but not in patterns.
 */
#include "filters/robots.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/utf8.h"

/* str.isspace() of one character. */
static bool py_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
               c == 0x3000;
}

static struct span py_strip(struct span s)
{
    const char *p = s.p, *end = s.p + s.n, *q;
    for (q = p; p < end && py_space(utf8_next(&q, end)); p = q)
        ;
    const char *last = p;
    for (q = p; q < end;)
        if (!py_space(utf8_next(&q, end)))
            last = q;
    return span_of(p, (size_t)(last - p));
}

/* str.splitlines(); *numbers counts only the ends that are CR, LF or CRLF. */
static bool py_line(struct span *rest, struct span *line, uint32_t *numbers)
{
    const char *p = rest->p, *end = rest->p + rest->n;
    if (rest->n == 0)
        return false;
    while (p < end) {
        const char *at = p;
        uint32_t c = utf8_next(&p, end);
        if (!((c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029))
            continue;
        if (c == '\r' && p < end && *p == '\n')
            p++;
        *numbers += c == '\r' || c == '\n';
        *line = span_of(rest->p, (size_t)(at - rest->p));
        *rest = span_of(p, (size_t)(end - p));
        return true;
    }
    *line = *rest;
    *rest = span_of(end, 0);
    return true;
}

/* ---- urllib.parse ---- */

struct parts {
    struct span path, params, query, fragment;
};

static bool scheme_char(char c)
{
    return ascii_alpha(c) || ascii_digit(c) || c == '+' || c == '-' || c == '.';
}

static bool uses_params(struct span scheme)
{
    static const char *const names[] = { "ftp", "hdl", "prospero", "http", "https", "shttp", "rtsp", "rtsps",
                                         "rtspu",
                                         "sip", "sips", "mms", "sftp", "tel" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_isi(scheme, names[i]))
            return true;
    return scheme.n == 0;
}

static void split_params(struct parts *u)
{
    const char *slash = u->path.n ? memrchr(u->path.p, '/', u->path.n) : NULL;
    size_t at = span_chr(u->path, ';', slash ? (size_t)(slash - u->path.p) : 0);
    if (at < u->path.n) {
        u->params = span_from(u->path, at + 1);
        u->path = span_head(u->path, at);
    }
}

/* urlparse(), of what decides here: scheme and authority are thrown away. */
static struct parts py_urlparse(struct span url)
{
    struct parts u = { 0 };
    struct span scheme = { 0 };
    while (url.n && (unsigned char)url.p[0] <= ' ')
        url = span_from(url, 1);
    size_t n = 0;
    while (n < url.n && scheme_char(url.p[n]))
        n++;
    if (n > 0 && n < url.n && url.p[n] == ':' && ascii_alpha(url.p[0])) {
        scheme = span_head(url, n);
        url = span_from(url, n + 1);
    }
    if (span_starts(url, "//")) {
        for (n = 2; n < url.n && !(url.p[n] && strchr("/?#", url.p[n])); n++)
            ;
        url = span_from(url, n);
    }
    n = span_chr(url, '#', 0);
    if (n < url.n) {
        u.fragment = span_from(url, n + 1);
        url = span_head(url, n);
    }
    n = span_chr(url, '?', 0);
    if (n < url.n) {
        u.query = span_from(url, n + 1);
        url = span_head(url, n);
    }
    u.path = url;
    if (uses_params(scheme))
        split_params(&u);
    return u;
}

static int hex_value(char c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* _unquote(): escapes become bytes but for those in `ignore`, whose digits become upper case; then bad UTF-8 is replaced. */
static void unquote(struct span s, const char *ignore, struct buf *out)
{
    struct buf raw = { 0 };
    for (size_t i = 0; i < s.n; i++) {
        int hi = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int lo = hi >= 0 ? hex_value(s.p[i + 2]) : -1;
        char c = lo >= 0 ? (char)(hi << 4 | lo) : s.p[i];
        if (lo >= 0 && (c == 0 || !strchr(ignore, c)))
            buf_putc(&raw, c);
        else if (lo >= 0)
            buf_printf(&raw, "%%%02X", (unsigned char)c);
        else
            buf_putc(&raw, c);
        i += lo >= 0 ? 2 : 0;
    }
    utf8_repair(buf_view(&raw), out);
    buf_release(&raw);
}

/* quote(): all but letters, digits, "_.-~" and `safe` as %XX. */
static void quote(struct span s, const char *safe, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (ascii_alpha(c) || ascii_digit(c) || (c && (strchr("_.-~", c) || strchr(safe, c))))
            buf_putc(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

static void put_rest(const struct parts *u, struct buf *out)
{
    const struct span parts[] = { u->params, u->query, u->fragment };
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].n) {
            buf_putc(out, ";?#"[i]);
            buf_span(out, parts[i]);
        }
    }
}

/* urlparse() leaves these three out wherever they stand. */
static void put_clean(struct span s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n')
            buf_putc(out, s.p[i]);
}

static void quote_pattern(struct span pattern, struct buf *out)
{
    struct buf text = { 0 }, path = { 0 };
    if (span_starts(pattern, "https://") || span_starts(pattern, "http://"))
        buf_putc(&text, '/');
    if (span_starts(pattern, "//"))
        buf_puts(&text, "//");
    put_clean(pattern, &text);
    char last = text.p[text.n - 1];
    if (last == '?' || last == ';' || last == '$')
        text.n--;
    else
        last = 0;
    struct parts u = py_urlparse(buf_view(&text));
    unquote(u.path, "/*$%", &path);
    quote(buf_view(&path), "/*%=", out);
    if (last)
        buf_putc(out, last);
    put_rest(&u, out);
    buf_release(&text);
    buf_release(&path);
}

void robots_target_protego(struct span url, struct buf *b, struct robots_target *out)
{
    struct buf clean = { 0 }, path = { 0 }, valid = { 0 };
    utf8_repair(url, &valid);
    put_clean(buf_view(&valid), &clean);
    struct parts u = py_urlparse(buf_view(&clean));
    unquote(u.path, "/%", &path);
    quote(buf_view(&path), "/%", b);
    put_rest(&u, b);
    if (b->n == 0)
        buf_putc(b, '/');
    out->path = buf_view(b);
    buf_release(&clean);
    buf_release(&path);
    buf_release(&valid);
}

/* ---- the file ---- */

enum field { FIELD_OTHER, FIELD_AGENT, FIELD_ALLOW, FIELD_DISALLOW, FIELD_SITEMAP, FIELD_KNOWN };

static enum field field_of(struct span name)
{
    static const struct {
        const char *name;
        enum field field;
    } names[] = {
        { "disallow", FIELD_DISALLOW }, { "dissallow", FIELD_DISALLOW }, { "dissalow", FIELD_DISALLOW },
        { "disalow", FIELD_DISALLOW }, { "diasllow", FIELD_DISALLOW }, { "disallaw", FIELD_DISALLOW },
        { "allow", FIELD_ALLOW },
        { "user-agent", FIELD_AGENT }, { "useragent", FIELD_AGENT }, { "user agent", FIELD_AGENT },
        { "sitemap", FIELD_SITEMAP }, { "sitemaps", FIELD_SITEMAP }, { "site-map", FIELD_SITEMAP },
        { "crawl-delay", FIELD_KNOWN }, { "crawl delay", FIELD_KNOWN }, { "request-rate", FIELD_KNOWN },
        { "request rate", FIELD_KNOWN }, { "host", FIELD_KNOWN },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(name, names[i].name))
            return names[i].field;
    return FIELD_OTHER;
}

/* "name: value"; without a colon the shortest run of words that is a known name, case minded. */
static bool split(struct span line, struct span *name, struct span *value)
{
    size_t at = span_chr(line, ':', 0);
    if (at < line.n) {
        *name = span_head(line, at);
        *value = span_from(line, at + 1);
        return true;
    }
    for (at = span_chr(line, ' ', 0); at < line.n && at <= 16; at = span_chr(line, ' ', at + 1)) {
        if (field_of(span_head(line, at)) != FIELD_OTHER) {
            *name = span_head(line, at);
            *value = span_from(line, at + 1);
            return true;
        }
    }
    return false;
}

static struct span lower(struct arena *a, struct span s)
{
    struct span out = arena_dup(a, s);
    for (size_t i = 0; i < s.n; i++)
        ((char *)out.p)[i] = ascii_lower(s.p[i]);
    return out;
}

static void add_pattern(struct robots *r, struct robots_rule rule, struct span value)
{
    struct buf b = { 0 };
    quote_pattern(value, &b);
    if (b.n) {
        rule.priority = (uint32_t)utf8_count(buf_view(&b));
        rule.anchored = b.p[b.n - 1] == '$';
        rule.pattern = arena_dup(&r->arena, span_of(b.p, b.n - rule.anchored));
        robots_add_rule(r, &rule);
    }
    buf_release(&b);
}

/* A value with '$' is two rules: each '$' for itself, and the value as it is. */
static void add_value(struct robots *r, struct robots_rule rule, struct span value)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '$')
            buf_puts(&b, "%24");
        else
            buf_putc(&b, value.p[i]);
    if (b.n != value.n)
        add_pattern(r, rule, buf_view(&b));
    add_pattern(r, rule, value);
    buf_release(&b);
}

static void add_rule(struct robots *r, struct robots_rule rule, struct span value)
{
    size_t had = r->n_rules;
    add_value(r, rule, value);
    for (size_t i = had, n = r->n_rules; rule.allow && i < n; i++) {
        struct span p = r->rules[i].pattern;
        if (r->rules[i].anchored || !span_ends(p, "/index.html"))
            continue;
        char *page = xasprintf("%.*s$", (int)(p.n - 10), p.p);
        add_value(r, rule, span_cstr(page));
        free(page);
    }
}

static void add_agent(struct robots *r, struct span value)
{
    struct span agent = lower(&r->arena, value);
    robots_add_token(r, agent);
    if (!memchr(agent.p, '*', agent.n) || agent.n == 1)
        return;
    struct span bare = arena_dup(&r->arena, agent);
    char *to = (char *)bare.p;
    for (size_t i = 0; i < agent.n; i++)
        if (agent.p[i] != '*')
            *to++ = agent.p[i];
    bare.n = (size_t)(to - bare.p);
    if (bare.n)
        robots_add_token(r, bare);
}

/* A user-agent line: opens a group, or joins the one before when only such lines (or odd ones) lie between. */
static void agent_line(struct robots *r, bool fresh, struct span value)
{
    struct robots_group *g = r->n_groups ? &r->groups[r->n_groups - 1] : NULL;
    if (!g || fresh)
        robots_add_group(r, r->n_tokens);
    else if (g->n_rules)
        robots_add_group(r, g->first_token);
    add_agent(r, value);
}

void robots_parse_protego(struct robots *r, struct span bytes)
{
    struct buf valid = { 0 };
    struct span rest, line, name, value;
    uint32_t next = 1, number;
    bool has_before = false,
        before_agent = false; /* the last field that counted, and whether it was user-agent */
    utf8_repair(bytes, &valid);
    rest = arena_dup(&r->arena, buf_view(&valid));
    buf_release(&valid);
    while (number = next, py_line(&rest, &line, &next)) {
        line = py_strip(span_head(line, span_chr(line, '#', 0)));
        if (line.n == 0 || !split(line, &name, &value))
            continue;
        struct buf low = { 0 };
        name = py_strip(name);
        buf_span(&low, name);
        for (size_t i = 0; i < low.n; i++)
            low.p[i] = ascii_lower(low.p[i]);
        enum field f = field_of(buf_view(&low));
        buf_release(&low);
        value = py_strip(value);
        if (value.n) {
            if (r->n_tokens == 0 && f != FIELD_AGENT && f != FIELD_SITEMAP)
                continue;
            if (f == FIELD_AGENT)
                agent_line(r, has_before && !before_agent, value);
            else if (r->n_groups && (f == FIELD_ALLOW || f == FIELD_DISALLOW))
                add_rule(r, (struct robots_rule){ .text = line, .line = number, .allow = f == FIELD_ALLOW },
                         value);
        }
        has_before = name.n > 0;
        before_agent = f == FIELD_AGENT;
    }
}
