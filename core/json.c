/* json.c - the reader of json.h. */
#include "core/json.h"

#include <math.h>
#include <stdlib.h>

#include "core/utf8.h"

struct parser {
    const char *start, *p, *end;
    struct arena *a;
    bool full; /* the arena's limit was met */
    bool flat; /* arrays keep no children */
    bool loose; /* json_parse_loose() */
};

static void skip_space(struct parser *ps)
{
    while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\n' || *ps->p == '\r' || *ps->p == '\t'))
        ps->p++;
}

static bool hex4(const char *p, uint32_t *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = ascii_lower(p[i]);
        if (ascii_digit(c))
            v = v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *out = v;
    return true;
}

/* \uXXXX at p (behind the u).  Returns bytes eaten, 0 if ill-formed; a surrogate alone is U+FFFD if loose, else ill-formed. */
static size_t unicode_escape(const char *p, const char *end, bool loose, uint32_t *cp)
{
    uint32_t lo;
    if (end - p < 4 || !hex4(p, cp))
        return 0;
    if (*cp < 0xD800 || *cp > 0xDFFF)
        return 4;
    if (*cp > 0xDBFF || end - p < 10 || p[4] != '\\' || p[5] != 'u' || !hex4(p + 6, &lo) ||
        lo < 0xDC00 || lo > 0xDFFF) {
        *cp = 0xFFFD;
        return loose ? 4 : 0;
    }
    *cp = 0x10000 + ((*cp - 0xD800) << 10) + (lo - 0xDC00);
    return 10;
}

/* The bytes of a string with escapes, from ps->p up to (not with) its closing quote at `close`. */
static bool unescape(struct parser *ps, const char *close, struct span *out)
{
    char *dst = arena_try(ps->a, (size_t)(close - ps->p) + 1);
    if (!dst) {
        ps->full = true;
        return false;
    }
    size_t n = 0;
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    while (ps->p < close) {
        if (*ps->p != '\\') {
            dst[n++] = *ps->p++;
            continue;
        }
        char c = ps->p[1];
        const char *hit = c ? strchr(from, c) : NULL;
        if (hit) {
            dst[n++] = to[hit - from];
            ps->p += 2;
        } else {
            uint32_t cp;
            size_t used = c == 'u' ? unicode_escape(ps->p + 2, close, ps->loose, &cp) : 0;
            if (!used)
                return false;
            n += utf8_put(dst + n, cp);
            ps->p += 2 + used;
        }
    }
    dst[n] = 0;
    *out = span_of(dst, n);
    return true;
}

/* A string whose opening quote is at ps->p. */
static bool parse_string(struct parser *ps, struct span *out)
{
    const char *q = ++ps->p;
    bool escaped = false;
    while (q < ps->end && *q != '"') {
        if ((unsigned char)*q < 0x20 && !ps->loose) {
            ps->p = q;
            return false;
        }
        if (*q == '\\') {
            escaped = true;
            q++;
        }
        q++;
    }
    if (q >= ps->end) {
        ps->p = ps->end;
        return false;
    }
    if (!escaped) {
        *out = span_of(ps->p, (size_t)(q - ps->p));
        ps->p = q;
    } else if (!unescape(ps, q, out)) {
        return false;
    }
    ps->p = q + 1;
    return true;
}

static bool digits(struct parser *ps)
{
    const char *from = ps->p;
    while (ps->p < ps->end && ascii_digit(*ps->p))
        ps->p++;
    return ps->p > from;
}

static bool parse_number(struct parser *ps, double *out)
{
    const char *from = ps->p;
    if (*ps->p == '-')
        ps->p++;
    if (ps->p < ps->end && *ps->p == '0')
        ps->p++;
    else if (!digits(ps))
        return false;
    if (ps->p < ps->end && *ps->p == '.') {
        ps->p++;
        if (!digits(ps))
            return false;
    }
    if (ps->p < ps->end && (*ps->p == 'e' || *ps->p == 'E')) {
        ps->p++;
        if (ps->p < ps->end && (*ps->p == '+' || *ps->p == '-'))
            ps->p++;
        if (!digits(ps))
            return false;
    }
    char tmp[64];
    size_t n = (size_t)(ps->p - from);
    char *heap = n < sizeof tmp ? NULL : malloc(n + 1);
    char *z = heap ? heap : tmp;
    if (n >= sizeof tmp && !heap)
        return false;
    memcpy(z, from, n);
    z[n] = 0;
    *out = strtod(z, NULL);
    free(heap);
    return isfinite(*out);
}

static bool literal(struct parser *ps, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, word, n) != 0)
        return false;
    ps->p += n;
    return true;
}

static bool parse_value(struct parser *ps, struct json *v, int depth);

static bool has_name(const struct json *obj, struct span name)
{
    /* Objects here are small; those from outside are bounded by the arena and by this count. */
    for (const struct json *c = obj->first; c; c = c->next)
        if (span_eq(c->name, name))
            return true;
    return false;
}

#define JSON_MAX_MEMBERS 4096 /* an object: bounds the duplicate check above */

static bool parse_children(struct parser *ps, struct json *v, int depth)
{
    bool object = v->type == JSON_OBJECT;
    char close = object ? '}' : ']';
    struct json **tail = &v->first;
    ps->p++;
    skip_space(ps);
    if (ps->p < ps->end && *ps->p == close) {
        ps->p++;
        return true;
    }
    struct json unkept = { 0 };
    for (;;) {
        struct json *c = object || !ps->flat ? arena_try(ps->a, sizeof *c) : &unkept;
        if (!c) {
            ps->full = true;
            return false;
        }
        *c = (struct json){ 0 };
        skip_space(ps);
        if (object) {
            struct span name;
            if (ps->p >= ps->end || *ps->p != '"' || !parse_string(ps, &name))
                return false;
            if (!ps->loose && (v->n >= JSON_MAX_MEMBERS || has_name(v, name)))
                return false;
            c->name = name;
            skip_space(ps);
            if (ps->p >= ps->end || *ps->p++ != ':')
                return false;
            skip_space(ps);
        }
        if (!parse_value(ps, c, depth + 1))
            return false;
        if (c != &unkept) {
            *tail = c;
            tail = &c->next;
        }
        v->n++;
        skip_space(ps);
        if (ps->p >= ps->end)
            return false;
        if (*ps->p == close) {
            ps->p++;
            return true;
        }
        if (*ps->p++ != ',')
            return false;
    }
}

static bool parse_value(struct parser *ps, struct json *v, int depth)
{
    if (ps->p >= ps->end || depth > JSON_MAX_DEPTH)
        return false;
    const char *from = ps->p;
    bool ok;
    switch (*ps->p) {
    case '{':
        v->type = JSON_OBJECT;
        ok = parse_children(ps, v, depth);
        break;
    case '[':
        v->type = JSON_ARRAY;
        ok = parse_children(ps, v, depth);
        break;
    case '"':
        v->type = JSON_STRING;
        ok = parse_string(ps, &v->str);
        break;
    case 't':
        v->type = JSON_TRUE;
        ok = literal(ps, "true");
        break;
    case 'f':
        v->type = JSON_FALSE;
        ok = literal(ps, "false");
        break;
    case 'n':
        v->type = JSON_NULL;
        ok = literal(ps, "null");
        break;
    default:
        v->type = JSON_NUMBER;
        ok = (*ps->p == '-' || ascii_digit(*ps->p)) && parse_number(ps, &v->num);
        break;
    }
    v->raw = span_of(from, (size_t)(ps->p - from));
    return ok;
}

static int parse(struct span text, struct parser ps, struct json **out, size_t *where)
{
    struct arena *a = ps.a;
    ps.start = ps.p = text.p;
    ps.end = text.p + text.n;
    size_t valid = utf8_valid_prefix(text);
    if (valid < text.n) {
        if (where)
            *where = valid;
        return -ERR_FORMAT;
    }
    struct json *v = arena_zalloc(a, sizeof *v);
    skip_space(&ps);
    bool ok = parse_value(&ps, v, 0);
    if (ok)
        skip_space(&ps);
    if (!ok || ps.p != ps.end) {
        if (where)
            *where = (size_t)(ps.p - ps.start);
        return ps.full ? -ERR_TOO_BIG : -ERR_FORMAT;
    }
    *out = v;
    return 0;
}

int json_parse(struct span text, struct arena *a, struct json **out, size_t *where)
{
    return parse(text, (struct parser){ .a = a }, out, where);
}

int json_parse_flat(struct span text, struct arena *a, struct json **out, size_t *where)
{
    return parse(text, (struct parser){ .a = a, .flat = true }, out, where);
}

int json_parse_loose(struct span text, struct arena *a, struct json **out, size_t *where)
{
    return parse(text, (struct parser){ .a = a, .loose = true }, out, where);
}

const struct json *json_get(const struct json *v, const char *name)
{
    if (!v || v->type != JSON_OBJECT)
        return NULL;
    for (const struct json *c = v->first; c; c = c->next)
        if (span_is(c->name, name))
            return c;
    return NULL;
}

struct span json_str(const struct json *v, const char *name, struct span otherwise)
{
    const struct json *c = json_get(v, name);
    return c && c->type == JSON_STRING ? c->str : otherwise;
}

double json_num(const struct json *v, const char *name, double otherwise)
{
    const struct json *c = json_get(v, name);
    return c && c->type == JSON_NUMBER ? c->num : otherwise;
}

uint64_t json_u64(const struct json *v, const char *name, uint64_t otherwise)
{
    const struct json *c = json_get(v, name);
    if (!c || c->type != JSON_NUMBER || c->num < 0 || c->num > 9007199254740992.0 || c->num != floor(c->num))
        return otherwise;
    return (uint64_t)c->num;
}
