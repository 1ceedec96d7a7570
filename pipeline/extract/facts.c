/* facts.c - see facts.h. */
#include "pipeline/extract/facts.h"

#include "core/text/chars.h"

#define MAX_FACT 1000     /* bytes of one fact */
#define MAX_METAS 256     /* opt-out metas of one page, each once; past it the page is called truncated, by "metas" */
#define MAX_META_VALUE (16u << 10)

/* Blanks folded, at most MAX_FACT bytes cut at a character. */
static struct span clean(struct arena *a, struct span s, size_t max)
{
    s = text_strip(s);
    char *p = arena_cstr(a, s);
    size_t n = 0;
    bool space = false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == 0x7F) {
            space = true;
            continue;
        }
        if (space && n)
            p[n++] = ' ';
        space = false;
        p[n++] = (char)c;
    }
    if (n > max)
        for (n = max; n > 0 && ((unsigned char)p[n] & 0xC0) == 0x80; n--)
            ;
    return n ? span_of(p, n) : (struct span){ 0 };
}

/* Fields of one node are neighbours in t->fields. */
struct node_fields {
    struct span name, property, content, href, rel, lang, itemprop;
};

static size_t gather(const struct tree *t, size_t i, struct node_fields *f)
{
    uint32_t node = t->fields[i].node;
    *f = (struct node_fields){ 0 };
    for (; i < t->n_fields && t->fields[i].node == node; i++) {
        static const struct { const char *name; size_t slot; } slots[] = {
            { "name", offsetof(struct node_fields, name) },       { "property", offsetof(struct node_fields, property) },
            { "content", offsetof(struct node_fields, content) }, { "href", offsetof(struct node_fields, href) },
            { "rel", offsetof(struct node_fields, rel) },         { "lang", offsetof(struct node_fields, lang) },
            { "itemprop", offsetof(struct node_fields, itemprop) },
        };
        for (size_t k = 0; k < sizeof slots / sizeof *slots; k++)
            if (strcmp(t->fields[i].name, slots[k].name) == 0)
                *(struct span *)((char *)f + slots[k].slot) = t->fields[i].value;
    }
    return i;
}

static bool has_token(struct span list, const char *word)
{
    struct span rest = list, one;
    while (rest.p && span_cut(&rest, ' ', &one))
        if (span_isi(span_trim(one), word))
            return true;
    return false;
}

/* Directives that make a meta of any name (an agent's, say) worth keeping. */
static bool is_directive(struct span content)
{
    static const char *const words[] = { "noai", "noimageai", "noindex", "none", "noarchive", "nocache", "nosnippet", "noml",
                                         "unavailable_after", "max-snippet" };
    struct span rest = content, one;
    while (rest.p && span_cut(&rest, ',', &one)) {
        one = span_trim(one);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            size_t n = strlen(words[i]);
            if (span_starts_i(one, words[i]) && (one.n == n || one.p[n] == ':' || ascii_space(one.p[n])))
                return true;
        }
    }
    return false;
}

static bool is_kept(const struct field *list, struct span name, struct span value)
{
    for (; list; list = list->next)
        if (span_eq(list->name, name) && span_eq(list->value, value))
            return true;
    return false;
}

static void keep_meta(struct arena *a, const struct node_fields *f, struct page_facts *facts, struct field ***tail, size_t *n)
{
    if (!f->name.n)
        return;
    if (!span_isi(f->name, "robots") && !span_starts_i(f->name, "tdm") && !is_directive(f->content))
        return;
    if (*n >= MAX_METAS) {
        facts->truncated = "metas";
        return;
    }
    struct span name = clean(a, f->name, 100), value = clean(a, f->content, MAX_META_VALUE);
    if (is_kept(facts->metas, name, value))
        return;
    struct field *m = arena_zalloc(a, sizeof *m);
    m->name = name;
    m->value = value.p ? value : span_of("", 0);
    **tail = m;
    *tail = &m->next;
    ++*n;
}

static void from_meta(struct arena *a, const struct node_fields *f, struct page_facts *facts)
{
    struct span key = f->property.n ? f->property : f->name.n ? f->name : f->itemprop;
    if (!f->content.n)
        return;
    if (!facts->title.p && (span_isi(key, "og:title") || span_isi(key, "twitter:title")))
        facts->title = clean(a, f->content, MAX_FACT);
    else if (!facts->author.p && (span_isi(key, "author") || span_isi(key, "article:author") || span_isi(key, "dc.creator")))
        facts->author = clean(a, f->content, MAX_FACT);
    else if (!facts->published.p && (span_isi(key, "article:published_time") || span_isi(key, "datePublished") || span_isi(key, "date") ||
                                     span_isi(key, "dc.date")))
        facts->published = clean(a, f->content, 64);
}

static void from_link(struct arena *a, const struct node_fields *f, bool anchor, struct page_facts *facts)
{
    bool cc = span_find(f->href, SPAN("creativecommons.org/")) < f->href.n &&
              (span_find(f->href, SPAN("/licenses/")) < f->href.n || span_find(f->href, SPAN("/publicdomain/")) < f->href.n);
    if (!facts->canonical.p && !anchor && has_token(f->rel, "canonical"))
        facts->canonical = clean(a, f->href, 2000);
    if (!facts->licence.p && f->href.n && (has_token(f->rel, "license") || cc))
        facts->licence = clean(a, f->href, MAX_FACT);
}

static struct span title_element(const struct tree *t)
{
    for (size_t i = 0; i < t->n && t->v[i].tag != TAG_BODY; i++)
        if (t->v[i].tag == TAG_TITLE)
            return tree_text(t, &t->v[i]);
    return (struct span){ 0 };
}

void facts_read(const struct tree *t, struct arena *a, struct page_facts *facts)
{
    *facts = (struct page_facts){ .truncated = t->truncated };
    struct field **tail = &facts->metas;
    size_t n_metas = 0;
    struct span title = title_element(t);
    if (title.n)
        facts->title = clean(a, title, MAX_FACT);
    for (size_t i = 0; i < t->n_fields;) {
        struct node_fields f;
        enum tag tag = t->v[t->fields[i].node].tag;
        i = gather(t, i, &f);
        if (tag == TAG_META) {
            keep_meta(a, &f, facts, &tail, &n_metas);
            from_meta(a, &f, facts);
        } else if (tag == TAG_HTML && f.lang.n && !facts->lang_declared.p) {
            facts->lang_declared = clean(a, f.lang, 35); /* RFC 5646 4.4.1 */
        } else if (tag == TAG_LINK || tag == TAG_A) {
            from_link(a, &f, tag == TAG_A, facts);
        }
    }
}
