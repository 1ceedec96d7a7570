/* strip.c - see strip.h. */
#include "pipeline/extract/strip.h"

#include "pipeline/extract/charref.h"
#include "pipeline/extract/elements.h"

#define MAX_NAME 100            /* of an element: libxml2's HTML_PARSER_BUFFER_SIZE */
#define MAX_VALUE 2048          /* bytes of a class, an id... */
#define MAX_CONTENT (16u << 10) /* of a meta's content: a reservation may stand at its end */

const char *const attribute_names[N_ATTRIBUTES] = { "class", "id", "role", "itemprop", "hidden", "name", "property", "content", "href",
                                                    "rel", "lang", "xml:lang", "http-equiv", "datetime" };

struct stripper {
    struct span in;
    size_t i;
    const struct strip_sink *sink;
    /* Text that waits for the next tag: what is dropped does not part it.  One piece that stands as it is, or a copy of all. */
    struct span piece;
    struct buf text;
    struct strip_tag tag;
    unsigned seen; /* attributes of the tag that were kept, a bit each */
    bool plaintext;
    bool unclosed[ELEMENTS_MAX]; /* no end tag of this element is left; looking again would make the pass quadratic */
};

/* ---- characters ---- */

enum { SPACE = 1, SLASH = 2, GREATER = 4, EQUALS = 8, NAME = 16 };
#define DELIMITER (SPACE | SLASH | GREATER) /* ends the name of an element */

static const uint8_t classes[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE, [' '] = SPACE, ['/'] = SLASH, ['>'] = GREATER, ['='] = EQUALS,
    ['0' ... '9'] = NAME, ['A' ... 'Z'] = NAME, ['a' ... 'z'] = NAME, [':'] = NAME, ['-'] = NAME, ['_'] = NAME, ['.'] = NAME,
};

static inline unsigned class_at(struct span in, size_t i)
{
    return classes[(unsigned char)in.p[i]];
}

/* The first place at or behind i with one of these classes, or the end. */
static inline size_t find_class(struct span in, size_t i, unsigned wanted)
{
    while (i < in.n && !(class_at(in, i) & wanted))
        i++;
    return i;
}

static inline size_t skip_class(struct span in, size_t i, unsigned passed)
{
    while (i < in.n && class_at(in, i) & passed)
        i++;
    return i;
}

/* Behind the next '>' at or behind i, or the end. */
static size_t behind_greater(struct span in, size_t i)
{
    i = span_chr(in, '>', i);
    return i < in.n ? i + 1 : i;
}

/* ---- text ---- */

static bool has_text(const struct stripper *s)
{
    return s->piece.n || s->text.n;
}

static void add_text(struct stripper *s, struct span text)
{
    if (!has_text(s) && !charref_in(text)) {
        s->piece = text;
        return;
    }
    buf_span(&s->text, s->piece);
    s->piece.n = 0;
    charref_put(text, false, &s->text);
}

/* The rest of the page as it stands, but for U+0000. */
static void add_plaintext(struct stripper *s, struct span rest)
{
    buf_span(&s->text, s->piece);
    s->piece.n = 0;
    charref_put_plain(rest, &s->text);
}

static void give_text(struct stripper *s)
{
    if (has_text(s))
        s->sink->text(s->sink->to, s->piece.n ? s->piece : buf_view(&s->text));
    s->piece.n = 0;
    buf_reset(&s->text);
}

/* ---- elements that go ---- */

/* The element goes with all it holds: tags.c says of which that is. */
static bool is_dropped(const struct strip_tag *tag)
{
    enum tag t = (enum tag)element_of(tag->id)->tag;
    return (t == TAG_UNSEEN || t == TAG_DROPPED) && tag->name.n == tag->whole.n;
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
    return here.n > name.n && span_eqi(span_head(here, name.n), name) && class_at(here, name.n) & DELIMITER;
}

/*
 * Go behind the end tag of a dropped element, whose start tag is read; the place of that tag is the answer.  Where there is none,
 * a script or style is the rest of the page (HTML 13.2.5.2); of another element only the start tag goes.
 */
static size_t skip_element(struct stripper *s)
{
    struct span name = s->tag.name;
    unsigned id = s->tag.id;
    bool nests = span_isi(name, "svg") || span_isi(name, "object") || span_isi(name, "template") || span_isi(name, "math");
    size_t depth = 1;
    if (s->unclosed[id])
        return s->i;
    for (size_t i = s->i; (i = span_chr(s->in, '<', i)) < s->in.n; i++) {
        if (nests && tag_at(s->in, i, false, name)) {
            depth++;
        } else if (tag_at(s->in, i, true, name) && --depth == 0) {
            s->i = behind_greater(s->in, i);
            return i;
        }
    }
    if (id == ELEMENT_SCRIPT || id == ELEMENT_STYLE)
        s->i = s->in.n;
    else
        s->unclosed[id] = true;
    return s->i;
}

/* JSON-LD by its type; some write the '+' as a reference. */
static bool is_data(struct span type)
{
    type = span_trim(type);
    return span_starts_i(type, "application/ld+json") || span_starts_i(type, "application/ld&#x2b;json");
}

static struct span skip_spaces(struct span s)
{
    return span_from(s, skip_class(s, 0, SPACE));
}

bool strip_hides(struct span style)
{
    /* "display:none", "display: none", "visibility:hidden" */
    for (size_t i = 0; i < style.n; i++) {
        struct span rest = span_from(style, i);
        bool display = span_starts_i(rest, "display");
        if (!display && !span_starts_i(rest, "visibility"))
            continue;
        rest = skip_spaces(span_from(rest, display ? strlen("display") : strlen("visibility")));
        if (span_starts(rest, ":") && span_starts_i(skip_spaces(span_from(rest, 1)), display ? "none" : "hidden"))
            return true;
    }
    return false;
}

/* ---- attributes ---- */

/* The attribute of this name, if it is kept where it may stand; AT_HIDDEN is of whatever hides. */
static enum attribute attribute_of(struct span name, struct span value)
{
#define IS(literal) (name.n == sizeof literal - 1 && span_eqi(name, SPAN(literal)))
    switch (name.n ? ascii_lower(name.p[0]) : 0) {
    case 'a': return IS("aria-hidden") && span_isi(value, "true") ? AT_HIDDEN : N_ATTRIBUTES;
    case 'c': return IS("class") ? AT_CLASS : IS("content") ? AT_CONTENT : N_ATTRIBUTES;
    case 'd': return IS("datetime") ? AT_DATETIME : N_ATTRIBUTES;
    case 'h': return IS("href") ? AT_HREF : IS("hidden") ? AT_HIDDEN : IS("http-equiv") ? AT_HTTP_EQUIV : N_ATTRIBUTES;
    case 'i': return IS("id") ? AT_ID : IS("itemprop") ? AT_ITEMPROP : N_ATTRIBUTES;
    case 'l': return IS("lang") ? AT_LANG : N_ATTRIBUTES;
    case 'n': return IS("name") ? AT_NAME : N_ATTRIBUTES;
    case 'p': return IS("property") ? AT_PROPERTY : N_ATTRIBUTES;
    case 'r': return IS("rel") ? AT_REL : IS("role") ? AT_ROLE : N_ATTRIBUTES;
    case 's': return IS("style") && strip_hides(value) ? AT_HIDDEN : N_ATTRIBUTES;
    case 'x': return IS("xml:lang") ? AT_XML_LANG : N_ATTRIBUTES;
    default: return N_ATTRIBUTES;
    }
#undef IS
}

/* At most max bytes, not within a character. */
static struct span head_of(struct span value, size_t max)
{
    if (value.n > max)
        for (value.n = max; value.n && ((unsigned char)value.p[value.n] & 0xC0) == 0x80; value.n--)
            ;
    return value;
}

static void keep(struct stripper *s, enum attribute name, struct span value)
{
    if (s->seen >> name & 1)
        return;
    s->seen |= 1u << name;
    s->tag.attributes[s->tag.n].name = name;
    s->tag.attributes[s->tag.n++].value = name == AT_HIDDEN ? span_of("", 0) : head_of(value, name == AT_CONTENT ? MAX_CONTENT : MAX_VALUE);
}

/* Of all links only those that may name a licence or an author are looked at again. */
static void keep_link(struct stripper *s, struct span rel, struct span href)
{
    rel = head_of(rel, MAX_VALUE);
    href = head_of(href, MAX_VALUE);
    bool licence = false;
    for (size_t i = 0; i + 7 <= rel.n && !licence; i++)
        licence = span_starts_i(span_from(rel, i), "license");
    licence = licence || span_find(href, SPAN("creativecommons.org/")) < href.n;
    if (licence || span_isi(span_trim(rel), "author"))
        keep(s, AT_REL, rel);
    if (licence)
        keep(s, AT_HREF, href);
}

/* The value at i, which stands behind '='; *end is the place behind it. */
static struct span read_value(struct span in, size_t i, size_t *end)
{
    i = skip_class(in, i, SPACE);
    if (i < in.n && (in.p[i] == '"' || in.p[i] == '\'')) {
        size_t quote = span_chr(in, in.p[i], i + 1);
        *end = quote < in.n ? quote + 1 : quote;
        return span_of(in.p + i + 1, quote - i - 1);
    }
    *end = find_class(in, i, SPACE | GREATER);
    return span_of(in.p + i, *end - i);
}

/* Name and value of the attribute at s->i.  False at the end of the tag. */
static bool next_attribute(struct stripper *s, struct span *name, struct span *value)
{
    const struct span in = s->in;
    size_t from = skip_class(in, s->i, SPACE | SLASH), i = from;
    if (i >= in.n || in.p[i] == '>') {
        s->i = i < in.n ? i + 1 : i;
        return false;
    }
    i = find_class(in, in.p[i] == '=' ? i + 1 : i, DELIMITER | EQUALS);
    *name = span_of(in.p + from, i - from);
    *value = span_of("", 0);
    i = skip_class(in, i, SPACE);
    if (i < in.n && in.p[i] == '=')
        *value = read_value(in, i + 1, &i);
    s->i = i;
    return true;
}

static void read_attributes(struct stripper *s)
{
    bool exact = s->tag.name.n == s->tag.whole.n, link = exact && s->tag.id == ELEMENT_A;
    bool head = exact && (s->tag.id == ELEMENT_META || s->tag.id == ELEMENT_LINK || s->tag.id == ELEMENT_HTML || s->tag.id == ELEMENT_TIME);
    struct span name, value, rel = { 0 }, href = { 0 };
    s->seen = 0;
    for (size_t n = 0; next_attribute(s, &name, &value); n++) {
        enum attribute which = n < STRIP_MAX_ATTRIBUTES ? attribute_of(name, value) : N_ATTRIBUTES;
        if (which < AT_NAME || (head && which < N_ATTRIBUTES))
            keep(s, which, value);
        else if (link && which == AT_REL)
            rel = value;
        else if (link && which == AT_HREF)
            href = value;
    }
    if (href.n)
        keep_link(s, rel, href);
}

/* ---- tags ---- */

/* The name of an element at i, into s->tag; s->i is behind it. */
static void read_name(struct stripper *s, size_t i)
{
    size_t end = i;
    while (end < s->in.n && end - i < MAX_NAME && class_at(s->in, end) == NAME)
        end++;
    s->i = find_class(s->in, end, DELIMITER);
    s->tag.name = span_of(s->in.p + i, end - i);
    s->tag.whole = span_of(s->in.p + i, s->i - i);
    s->tag.id = element_id(s->tag.name);
    s->tag.n = 0;
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

static void drop_element(struct stripper *s)
{
    bool noscript = s->tag.id == ELEMENT_NOSCRIPT, drawn = element_of(s->tag.id)->tag == TAG_DROPPED;
    bool script = s->tag.id == ELEMENT_SCRIPT, data = false;
    struct span name, value;
    for (size_t n = 0; next_attribute(s, &name, &value); n++)
        if (script && n < STRIP_MAX_ATTRIBUTES && span_isi(name, "type"))
            data = is_data(value);
    size_t inside = s->i, end = skip_element(s);
    struct strip_data *found = s->sink->data;
    if (data && found && found->n < STRIP_MAX_DATA)
        found->v[found->n++] = span_of(s->in.p + inside, end - inside);
    if (noscript)
        keep_metas(s, inside);
    if (drawn) /* a drawing parts words, a script does not */
        add_text(s, SPAN(" "));
}

static void start_tag(struct stripper *s)
{
    read_name(s, s->i + 1);
    if (is_dropped(&s->tag)) {
        drop_element(s);
        return;
    }
    give_text(s);
    read_attributes(s);
    s->sink->start(s->sink->to, &s->tag);
    s->plaintext = s->plaintext || span_isi(s->tag.whole, "plaintext");
}

static void end_tag(struct stripper *s)
{
    give_text(s);
    read_name(s, s->i + 2);
    s->i = behind_greater(s->in, s->i);
    s->sink->end(s->sink->to, &s->tag);
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
    if (ascii_alpha(c)) {
        start_tag(s);
    } else if (c == '/' && here.n > 2 && ascii_alpha(here.p[2])) {
        end_tag(s);
    } else if (span_starts(here, "<!--")) {
        comment(s);
    } else if (c == '!' || c == '?' || c == '/') { /* a document type, or a bogus comment */
        s->i = behind_greater(s->in, s->i);
    } else {
        add_text(s, span_head(here, 1));
        s->i++;
    }
}

void strip_page(struct span html, const struct strip_sink *sink)
{
    struct stripper s = { .in = html, .sink = sink };
    if (sink->data)
        sink->data->n = 0;
    while (s.i < html.n) {
        size_t lt = s.plaintext ? html.n : span_chr(html, '<', s.i);
        struct span text = span_of(html.p + s.i, lt - s.i);
        s.i = lt;
        if (s.plaintext)
            add_plaintext(&s, text);
        else if (text.n)
            add_text(&s, text);
        if (lt < html.n)
            markup(&s);
    }
    give_text(&s);
    buf_release(&s.text);
}
