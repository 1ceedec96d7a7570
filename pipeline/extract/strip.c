/* strip.c - see strip.h. */
#include "pipeline/extract/strip.h"

#include "pipeline/extract/charref.h"

struct stripper {
    struct span in;
    size_t i;
    struct buf *out;
    struct strip_data *data;
    bool plaintext;
    uint32_t unclosed; /* bit i: no end tag of strip_dropped[i] is left; looking again would make the pass quadratic */
};

/* Elements whose whole content goes.  Raw text ends at its own end tag only; the others are taken as if. */
static const char *const strip_dropped[] = { "script", "style", "template", "noscript", "svg", "iframe", "object", "canvas", "noembed",
                                              "noframes", "audio", "video", "math", "applet", "map", "datalist", "textarea", NULL };

/* s is lower case and not empty; its first letter tells nearly always. */
static inline __attribute__((always_inline)) bool name_is(struct span name, const char *s)
{
    return name.n && ascii_lower(name.p[0]) == s[0] && span_isi(name, s);
}

#define N_DROPPED (sizeof strip_dropped / sizeof *strip_dropped - 1)
#define N_RAW 2    /* script and style stand first: raw text */
#define N_UNSEEN 4 /* these take no room on the page */

/* Index in strip_dropped[], or N_DROPPED.  The first letters tell nearly always. */
static size_t dropped_index(struct span name)
{
    size_t i = 0;
    if (!name.n || !memchr("stniocavmdSTNIOCAVMD", name.p[0], 20) || name.n < 3)
        return N_DROPPED;
    while (i < N_DROPPED && !name_is(name, strip_dropped[i]))
        i++;
    return i;
}

static bool delimits(char c)
{
    return ascii_space(c) || c == '/' || c == '>';
}

/* Does `</name` (or `<name`, slash false) stand at i, with a delimiter behind it? */
static bool tag_at(struct span in, size_t i, bool slash, struct span name)
{
    struct span here = span_from(in, i + 1);
    if (slash) {
        if (!here.n || here.p[0] != '/')
            return false;
        here = span_from(here, 1);
    }
    return here.n > name.n && span_eqi(span_head(here, name.n), name) && delimits(here.p[name.n]);
}

/*
 * Go behind the end tag of strip_dropped[index]; the place of that tag is the answer.  Where there is none, a
 * script or style is the rest of the page (HTML 13.2.5.2); of another element only the start tag goes.
 */
static size_t skip_element(struct stripper *s, size_t index)
{
    struct span name = span_cstr(strip_dropped[index]);
    bool nests = name_is(name, "svg") || name_is(name, "object") || name_is(name, "template") || name_is(name, "math");
    size_t depth = 1;
    if (s->unclosed & 1u << index)
        return s->i;
    for (size_t i = s->i; (i = span_chr(s->in, '<', i)) < s->in.n; i++) {
        if (nests && tag_at(s->in, i, false, name)) {
            depth++;
        } else if (tag_at(s->in, i, true, name) && --depth == 0) {
            size_t end = span_chr(s->in, '>', i);
            s->i = end < s->in.n ? end + 1 : end;
            return i;
        }
    }
    if (index < N_RAW)
        s->i = s->in.n;
    else
        s->unclosed |= 1u << index;
    return s->i;
}

/* JSON-LD by its type; some write the '+' as a reference. */
static bool is_data(struct span type)
{
    type = span_trim(type);
    return span_starts_i(type, "application/ld+json") || span_starts_i(type, "application/ld&#x2b;json");
}

bool strip_hides(struct span style)
{
    /* "display:none", "display: none", "visibility:hidden" */
    for (size_t i = 0; i < style.n; i++) {
        struct span rest = span_from(style, i);
        const char *word = span_starts_i(rest, "display") ? "none" : span_starts_i(rest, "visibility") ? "hidden" : NULL;
        if (!word)
            continue;
        size_t colon = span_chr(rest, ':', 0);
        if (span_starts_i(span_trim(span_from(rest, colon + 1)), word))
            return true;
    }
    return false;
}

#define MAX_VALUE 2048          /* bytes of a class, an id... */
#define MAX_CONTENT (16u << 10) /* of a meta's content: a reservation may stand at its end */

/* At most max bytes, not within a character. */
static struct span head_of(struct span value, size_t max)
{
    if (value.n > max)
        for (value.n = max; value.n && ((unsigned char)value.p[value.n] & 0xC0) == 0x80; value.n--)
            ;
    return value;
}

static void put_kept(struct buf *out, struct span name, struct span value, size_t max)
{
    buf_putc(out, ' ');
    for (size_t i = 0; i < name.n; i++)
        buf_putc(out, ascii_lower(name.p[i]));
    buf_puts(out, "=\"");
    charref_put(head_of(value, max), true, out);
    buf_putc(out, '"');
}

static void put_attribute(struct stripper *s, bool head_tag, struct span name, struct span value)
{
    static const char *const always[] = { "class", "id", "role", "itemprop" };
    static const char *const in_head[] = { "name", "property", "content", "href", "rel", "lang", "xml:lang", "http-equiv", "datetime" };
    bool keep = false;
    if (!name.n || !memchr("hascirHASCIRnplxdNPLXD", name.p[0], head_tag ? 22 : 12)) /* the first letters of all of them */
        return;
    if (name_is(name, "hidden") || (name_is(name, "aria-hidden") && name_is(value, "true")) ||
        (name_is(name, "style") && strip_hides(value))) {
        buf_puts(s->out, " hidden=\"\"");
        return;
    }
    for (size_t i = 0; i < sizeof always / sizeof *always && !keep; i++)
        keep = name_is(name, always[i]);
    for (size_t i = 0; head_tag && i < sizeof in_head / sizeof *in_head && !keep; i++)
        keep = name_is(name, in_head[i]);
    if (!keep)
        return;
    put_kept(s->out, name, value, name_is(name, "content") ? MAX_CONTENT : MAX_VALUE);
}

/* Of all links only those that may name a licence or an author are looked at again. */
static void put_link(struct stripper *s, struct span rel, struct span href)
{
    rel = head_of(rel, MAX_VALUE);
    href = head_of(href, MAX_VALUE);
    bool licence = false;
    for (size_t i = 0; i + 7 <= rel.n && !licence; i++)
        licence = span_starts_i(span_from(rel, i), "license");
    licence = licence || span_find(href, SPAN("creativecommons.org/")) < href.n;
    if (licence || span_isi(span_trim(rel), "author"))
        put_kept(s->out, SPAN("rel"), rel, MAX_VALUE);
    if (licence)
        put_kept(s->out, SPAN("href"), href, MAX_VALUE);
}

/* Name and value of the attribute at s->i.  False at the end of the tag. */
static bool next_attribute(struct stripper *s, struct span *name, struct span *value)
{
    const struct span in = s->in;
    size_t i = s->i;
    while (i < in.n && (ascii_space(in.p[i]) || in.p[i] == '/'))
        i++;
    if (i >= in.n || in.p[i] == '>') {
        s->i = i < in.n ? i + 1 : i;
        return false;
    }
    size_t from = i;
    if (in.p[i] == '=')
        i++;
    while (i < in.n && !ascii_space(in.p[i]) && in.p[i] != '=' && in.p[i] != '>' && in.p[i] != '/')
        i++;
    *name = span_of(in.p + from, i - from);
    *value = span_of("", 0);
    while (i < in.n && ascii_space(in.p[i]))
        i++;
    if (i < in.n && in.p[i] == '=') {
        i++;
        while (i < in.n && ascii_space(in.p[i]))
            i++;
        if (i < in.n && (in.p[i] == '"' || in.p[i] == '\'')) {
            size_t end = span_chr(in, in.p[i], i + 1);
            *value = span_of(in.p + i + 1, end - i - 1);
            i = end < in.n ? end + 1 : end;
        } else {
            from = i;
            while (i < in.n && !ascii_space(in.p[i]) && in.p[i] != '>')
                i++;
            *value = span_of(in.p + from, i - from);
        }
    }
    s->i = i;
    return true;
}

static void start_tag(struct stripper *s);

/* What a page says to those who run no scripts, it says to crawlers: the metas of a <noscript> that was passed over stay. */
static void keep_metas(struct stripper *s, size_t from)
{
    size_t to = s->i;
    for (size_t i = from; (i = span_chr(s->in, '<', i)) < to; i = s->i > i ? s->i : i + 1) {
        s->i = i;
        if (tag_at(s->in, i, false, SPAN("meta")))
            start_tag(s);
    }
    s->i = to;
}

static void start_tag(struct stripper *s)
{
    size_t from = s->i + 1, i = from;
    while (i < s->in.n && !delimits(s->in.p[i]))
        i++;
    struct span name = span_of(s->in.p + from, i - from), attribute, value;
    s->i = i;
    size_t drop = dropped_index(name);
    bool head_tag = name_is(name, "meta") || name_is(name, "link") || name_is(name, "html") || name_is(name, "time");
    bool link = name_is(name, "a"), data = false;
    struct span rel = { 0 }, href = { 0 };
    size_t mark = s->out->n, n = 0;
    buf_putc(s->out, '<');
    for (size_t k = 0; k < name.n; k++)
        buf_putc(s->out, ascii_lower(name.p[k]));
    while (next_attribute(s, &attribute, &value)) {
        if (n++ >= STRIP_MAX_ATTRIBUTES)
            continue;
        if (link && name_is(attribute, "rel"))
            rel = value;
        else if (link && name_is(attribute, "href"))
            href = value;
        else if (drop == 0 && name_is(attribute, "type"))
            data = is_data(value);
        else
            put_attribute(s, head_tag, attribute, value);
    }
    if (href.n)
        put_link(s, rel, href);
    buf_putc(s->out, '>');
    if (drop < N_DROPPED && !s->out->over) {
        s->out->n = mark;
        size_t inside = s->i, end = skip_element(s, drop);
        if (data && s->data && s->data->n < STRIP_MAX_DATA)
            s->data->v[s->data->n++] = span_of(s->in.p + inside, end - inside);
        if (name_is(name, "noscript"))
            keep_metas(s, inside);
        if (drop >= N_UNSEEN) /* a drawing parts words, a script does not */
            buf_putc(s->out, ' ');
    } else if (name_is(name, "plaintext")) {
        s->plaintext = true;
    }
}

static void end_tag(struct stripper *s)
{
    size_t i = s->i + 2;
    buf_puts(s->out, "</");
    while (i < s->in.n && !delimits(s->in.p[i]))
        buf_putc(s->out, ascii_lower(s->in.p[i++]));
    buf_putc(s->out, '>');
    i = span_chr(s->in, '>', i);
    s->i = i < s->in.n ? i + 1 : i;
}

static void comment(struct stripper *s)
{
    struct span rest = span_from(s->in, s->i + 4);
    if (span_starts(rest, ">") || span_starts(rest, "->")) { /* abruptly closed: HTML 13.2.5.43 */
        s->i = span_chr(s->in, '>', s->i) + 1;
        return;
    }
    for (size_t i = 0; (i = span_find(span_from(rest, i), SPAN("--")) + i) < rest.n; i++) {
        size_t j = i + 2;
        while (j < rest.n && rest.p[j] == '-')
            j++;
        if (j < rest.n && rest.p[j] == '!')
            j++;
        if (j < rest.n && rest.p[j] == '>') {
            s->i += 4 + j + 1;
            return;
        }
        i = j - 2;
    }
    s->i = s->in.n; /* unclosed: the rest of the page is comment */
}

static void markup(struct stripper *s)
{
    struct span here = span_from(s->in, s->i);
    char c = here.n > 1 ? here.p[1] : 0;
    if (span_starts(here, "<!--")) {
        comment(s);
    } else if (c == '!' || c == '?') {
        size_t end = span_chr(s->in, '>', s->i);
        s->i = end < s->in.n ? end + 1 : end;
    } else if (c == '/' && here.n > 2 && ascii_alpha(here.p[2])) {
        end_tag(s);
    } else if (c == '/') { /* bogus comment */
        size_t end = span_chr(s->in, '>', s->i);
        s->i = end < s->in.n ? end + 1 : end;
    } else if (ascii_alpha(c)) {
        start_tag(s);
    } else {
        buf_puts(s->out, "&lt;");
        s->i++;
    }
}

int strip_html(struct span html, struct buf *out, struct strip_data *data)
{
    struct stripper s = { .in = html, .out = out, .data = data };
    if (data)
        data->n = 0;
    buf_reserve(out, html.n / 2 + 64);
    while (s.i < html.n && !out->over) {
        size_t lt = s.plaintext ? html.n : span_chr(html, '<', s.i);
        struct span text = span_of(html.p + s.i, lt - s.i);
        if (s.plaintext)
            charref_escape(text, false, out);
        else
            charref_put(text, false, out);
        s.i = lt;
        if (lt < html.n)
            markup(&s);
    }
    if (buf_putc(out, 0))
        return -ERR_TOO_BIG;
    out->n--;
    return 0;
}
