/*
 * robots_parse.c - robots.txt by RFC 9309, as forgiving as google/robotstxt is.
 *
 * Names of keys and their misspellings: google/robotstxt (README and reference of 2026-04).
 */
#include "filters/robots.h"

#include <stdlib.h>

#include "core/alloc.h"

enum key { KEY_OTHER, KEY_AGENT, KEY_ALLOW, KEY_DISALLOW };

bool robots_line(struct span *rest, struct span *line)
{
    if (rest->n == 0)
        return false;
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    *line = span_head(*rest, n);
    if (n < rest->n)
        n += rest->p[n] == '\r' && n + 1 < rest->n && rest->p[n + 1] == '\n' ? 2 : 1;
    *rest = span_from(*rest, n);
    return true;
}

void robots_add_token(struct robots *r, struct span token)
{
    GROW(r->tokens, r->n_tokens, r->cap_tokens);
    r->tokens[r->n_tokens++] = token;
    r->groups[r->n_groups - 1].n_tokens = (uint32_t)(r->n_tokens - r->groups[r->n_groups - 1].first_token);
}

void robots_add_rule(struct robots *r, const struct robots_rule *rule)
{
    GROW(r->rules, r->n_rules, r->cap_rules);
    r->rules[r->n_rules++] = *rule;
    r->groups[r->n_groups - 1].n_rules++;
}

void robots_add_group(struct robots *r, size_t first_token)
{
    GROW(r->groups, r->n_groups, r->cap_groups);
    r->groups[r->n_groups++] = (struct robots_group){
        (uint32_t)first_token, (uint32_t)(r->n_tokens - first_token), (uint32_t)r->n_rules, 0 };
}

void robots_release(struct robots *r)
{
    free(r->tokens);
    free(r->rules);
    free(r->groups);
    arena_release(&r->arena);
    *r = (struct robots){ 0 };
}

/* Keys count by their beginning, so "Disallow-all" is a disallow: what is read as a refusal too much stays out. */
static enum key key_of(struct span key)
{
    static const struct {
        const char *name;
        enum key key;
    } names[] = {
        { "user-agent", KEY_AGENT }, { "useragent", KEY_AGENT }, { "user agent", KEY_AGENT },
        { "allow", KEY_ALLOW },
        { "disallow", KEY_DISALLOW }, { "dissallow", KEY_DISALLOW }, { "dissalow", KEY_DISALLOW },
        { "disalow", KEY_DISALLOW }, { "diasllow", KEY_DISALLOW }, { "disallaw", KEY_DISALLOW },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_starts_i(key, names[i].name))
            return names[i].key;
    return KEY_OTHER;
}

/* White space inside a line: blanks and tabs, and what C's isspace() takes besides. */
static bool blank(char c)
{
    return ascii_space(c) || c == '\v';
}

static struct span trim(struct span s)
{
    while (s.n && blank(s.p[0]))
        s = span_from(s, 1);
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* "key: value", or "key value" where there is no colon and there are exactly two words. */
static bool split(struct span line, struct span *key, struct span *value)
{
    size_t at = span_chr(line, ':', 0);
    if (at == line.n) {
        for (at = 0; at < line.n && !blank(line.p[at]); at++)
            ;
        *value = trim(span_from(line, at));
        for (size_t i = 0; i < value->n; i++)
            if (blank(value->p[i]))
                return false;
        *key = span_head(line, at);
        return key->n && value->n;
    }
    *key = trim(span_head(line, at));
    *value = trim(span_from(line, at + 1));
    return key->n > 0;
}

static int hex_value(char c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unreserved(unsigned char c)
{
    return ascii_alpha((char)c) || ascii_digit((char)c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void put_escape(struct buf *b, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    buf_putc(b, '%');
    buf_putc(b, hex[c >> 4]);
    buf_putc(b, hex[c & 15]);
}

/*
 * RFC 9309 2.2.2 on both sides: %XX of an unreserved character becomes it, other escapes have
 * upper-case digits, octets outside ASCII's printable ones are escaped.  In a URL '*' and '$' are
 * escaped, since in a pattern they are special (2.2.3).  decode_query: behind the first '?' also
 * the general delimiters are decoded.
 */
static void normalise(struct span s, bool is_pattern, bool decode_query, struct buf *b)
{
    bool query = false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        int hi = c == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int lo = hi >= 0 ? hex_value(s.p[i + 2]) : -1;
        query |= c == '?';
        if (lo >= 0) {
            unsigned char v = (unsigned char)(hi << 4 | lo);
            i += 2;
            if (unreserved(v) || (decode_query && query && v && strchr(":/?#[]@", v)))
                buf_putc(b, (char)v);
            else
                put_escape(b, v);
        } else if (c <= ' ' || c >= 0x7f || (!is_pattern && (c == '*' || c == '$')) || (is_pattern &&
                c == '$')) {
            put_escape(b, c);
        } else {
            buf_putc(b, (char)c);
        }
    }
}

static void add_rule(struct robots *r, struct buf *b, bool allow, struct span value, struct span text,
                     uint32_t line)
{
    struct robots_rule rule = { .text = text, .line = line, .allow = allow };
    if (value.n == 0)
        return;
    rule.anchored = value.p[value.n - 1] == '$';
    buf_reset(b);
    normalise(span_head(value, value.n - rule.anchored), true, false, b);
    rule.pattern = arena_dup(&r->arena, buf_view(b));
    rule.priority = (uint32_t)(b->n + rule.anchored);
    robots_add_rule(r, &rule);
    if (!memchr(value.p, '?', value.n) || !memchr(value.p, '%', value.n))
        return;
    struct buf other = { 0 };
    normalise(span_head(value, value.n - rule.anchored), true, true, &other);
    if (!span_eq(buf_view(&other), rule.pattern)) {
        rule.pattern = arena_dup(&r->arena, buf_view(&other));
        robots_add_rule(r, &rule);
    }
    buf_release(&other);
}

/* U+FEFF, whole or cut short as google takes it. */
static struct span skip_bom(struct span s)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t n = 0;
    while (n < 3 && n < s.n && s.p[n] == bom[n])
        n++;
    return span_from(s, n);
}

void robots_parse(struct robots *r, enum robots_policy policy, struct span bytes)
{
    struct span rest, line, key, value;
    struct buf b = { 0 };
    uint32_t number = 0;
    bool in_agents = false; /* the line before was a user-agent line (or a record that is none of ours) */
    *r = (struct robots){ .policy = policy };
    arena_init(&r->arena, 0);
    if (policy == ROBOTS_APERTUS) {
        robots_parse_protego(r, bytes);
        return;
    }
    rest = skip_bom(span_head(bytes, ROBOTS_MAX_BYTES));
    while (robots_line(&rest, &line)) {
        number++;
        line = trim(span_head(line, span_chr(line, '#', 0)));
        if (!split(line, &key, &value))
            continue;
        enum key k = key_of(key);
        if (k == KEY_AGENT) {
            if (!in_agents)
                robots_add_group(r, r->n_tokens);
            robots_add_token(r, value);
            in_agents = true;
        } else if (k != KEY_OTHER && r->n_groups) {
            add_rule(r, &b, k == KEY_ALLOW, value, line, number);
            in_agents = false;
        }
    }
    buf_release(&b);
}

/* Path and query of a URL or of a bare path, without its fragment; "/" where there is none. */
static struct span path_of(struct span url)
{
    size_t from = span_starts(url, "//") ? 2 : 0, scheme = span_find(url, SPAN("://"));
    for (size_t i = from; i < scheme && scheme < url.n; i++)
        if (url.p[i] && strchr("/?;#", url.p[i]))
            scheme = url.n;
    if (scheme < url.n)
        from = scheme + 3;
    url = span_head(url, span_chr(url, '#', 0));
    while (from < url.n && !(url.p[from] && strchr("/?;", url.p[from])))
        from++;
    return span_from(url, from < url.n ? from : url.n);
}

void robots_target(enum robots_policy policy, struct span url, struct buf *b, struct robots_target *out)
{
    *out = (struct robots_target){ 0 };
    buf_reset(b);
    if (policy == ROBOTS_APERTUS) {
        robots_target_protego(url, b, out);
        return;
    }
    struct span path = path_of(url);
    if (path.n == 0 || path.p[0] != '/')
        buf_putc(b, '/');
    normalise(path, false, false, b);
    size_t n = b->n;
    if (memchr(path.p ? path.p : "", '?', path.n) && memchr(path.p, '%', path.n)) {
        if (path.p[0] != '/')
            buf_putc(b, '/');
        normalise(path, false, true, b);
    }
    out->path = span_of(b->p, n);
    if (b->n - n != n || memcmp(b->p, b->p + n, n) != 0)
        out->other = span_of(b->p + n, b->n - n);
    out->is_robots = span_is(out->path, "/robots.txt");
}
