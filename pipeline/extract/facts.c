/* facts.c - see facts.h. */
#include "pipeline/extract/facts.h"

#include "core/text/chars.h"
#include "pipeline/extract/charref.h"

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
    struct span name, property, content, href, rel, lang, xml_lang, http_equiv, datetime, itemprop;
};

static size_t gather(const struct tree *t, size_t i, struct node_fields *f)
{
    uint32_t node = t->fields[i].node;
    *f = (struct node_fields){ 0 };
    for (; i < t->n_fields && t->fields[i].node == node; i++) {
#define SLOT(f) offsetof(struct node_fields, f)
        static const struct { const char *name; size_t slot; } slots[] = {
            { "name", SLOT(name) }, { "property", SLOT(property) }, { "content", SLOT(content) }, { "href", SLOT(href) }, { "rel", SLOT(rel) },
            { "lang", SLOT(lang) }, { "xml:lang", SLOT(xml_lang) }, { "http-equiv", SLOT(http_equiv) }, { "datetime", SLOT(datetime) },
            { "itemprop", SLOT(itemprop) },
        };
        for (size_t k = 0; k < sizeof slots / sizeof *slots; k++)
            if (t->fields[i].name[0] == slots[k].name[0] && strcmp(t->fields[i].name, slots[k].name) == 0)
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

/* Directives that make a meta of any name (an agent's, say) worth keeping; parted as the opt-out filter parts them. */
static bool is_directive(struct span content)
{
    static const char *const words[] = { "noai", "noimageai", "noindex", "none", "noarchive", "nocache", "nosnippet", "noml",
                                         "unavailable_after", "max-snippet" };
    for (size_t i = 0, end; i < content.n; i = end + 1) {
        for (end = i; end < content.n && !memchr(" \t\n\r\f,;:", content.p[end], 8); end++)
            ;
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (span_isi(span_of(content.p + i, end - i), words[k]))
                return true;
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
    struct span key = span_trim(f->name.n ? f->name : f->property);
    if (!key.n)
        return;
    if (!span_isi(key, "robots") && !span_starts_i(key, "tdm") && !is_directive(f->content))
        return;
    if (*n >= MAX_METAS) {
        facts->truncated = "metas";
        return;
    }
    struct span name = clean(a, key, 100), value = clean(a, f->content, MAX_META_VALUE);
    if (is_kept(facts->metas, name, value))
        return;
    struct field *m = arena_zalloc(a, sizeof *m);
    m->name = name;
    m->value = value.p ? value : span_of("", 0);
    **tail = m;
    *tail = &m->next;
    ++*n;
}

/* ---- facts: of what declares one, the least rank wins, then the first on the page ---- */

enum fact { FACT_TITLE, FACT_CANONICAL, FACT_LANGUAGE, FACT_AUTHOR, FACT_PUBLISHED, FACT_LICENCE, N_FACTS };

enum rank { RANK_ELEMENT = 1, RANK_META, RANK_JSONLD, RANK_MARKED, RANK_OTHER, RANK_LAST };

struct declared {
    struct span value[N_FACTS];
    enum rank rank[N_FACTS];
    uint32_t time_article; /* the article that the <time> of RANK_LAST is in */
    unsigned times;
};

static bool is_address(struct span s)
{
    return span_starts_i(s, "http://") || span_starts_i(s, "https://") || span_starts(s, "//");
}

/* Bytes of each, as the ledger and the document take them: RFC 5646 4.4.1 for a language tag. */
static const uint16_t max_bytes[N_FACTS] = { MAX_FACT, 2000, 35, MAX_FACT, 64, MAX_FACT };

static void declare(struct arena *a, struct declared *d, enum fact fact, enum rank rank, struct span value)
{
    if (d->value[fact].n && d->rank[fact] <= rank)
        return;
    value = text_strip(value);
    if (!value.n || (fact == FACT_AUTHOR && is_address(value))) /* article:author is a profile as a rule */
        return;
    value = clean(a, value, max_bytes[fact]);
    if (!value.n)
        return;
    d->value[fact] = value;
    d->rank[fact] = rank;
}

/* Names of metas: Open Graph, schema.org, Dublin Core, Highwire and what news systems write. */
static const struct {
    const char *key;
    enum fact fact;
    enum rank rank;
} metas[] = {
    { "og:title", FACT_TITLE, RANK_META }, { "twitter:title", FACT_TITLE, RANK_OTHER }, { "dc.title", FACT_TITLE, RANK_OTHER },
    { "citation_title", FACT_TITLE, RANK_OTHER }, { "og:url", FACT_CANONICAL, RANK_META }, { "og:locale", FACT_LANGUAGE, RANK_OTHER },
    { "author", FACT_AUTHOR, RANK_META }, { "dc.creator", FACT_AUTHOR, RANK_OTHER }, { "dcterms.creator", FACT_AUTHOR, RANK_OTHER },
    { "citation_author", FACT_AUTHOR, RANK_OTHER }, { "parsely-author", FACT_AUTHOR, RANK_OTHER },
    { "sailthru.author", FACT_AUTHOR, RANK_OTHER }, { "article:author", FACT_AUTHOR, RANK_OTHER },
    { "article:published_time", FACT_PUBLISHED, RANK_META }, { "og:article:published_time", FACT_PUBLISHED, RANK_META },
    { "datepublished", FACT_PUBLISHED, RANK_META }, { "citation_publication_date", FACT_PUBLISHED, RANK_OTHER },
    { "citation_date", FACT_PUBLISHED, RANK_OTHER }, { "dcterms.issued", FACT_PUBLISHED, RANK_OTHER },
    { "dc.date.issued", FACT_PUBLISHED, RANK_OTHER }, { "dc.date", FACT_PUBLISHED, RANK_OTHER }, { "date", FACT_PUBLISHED, RANK_OTHER },
    { "pubdate", FACT_PUBLISHED, RANK_OTHER }, { "publish-date", FACT_PUBLISHED, RANK_OTHER },
    { "parsely-pub-date", FACT_PUBLISHED, RANK_OTHER }, { "sailthru.date", FACT_PUBLISHED, RANK_OTHER },
    { "dcterms.license", FACT_LICENCE, RANK_OTHER },
};

/* Of a list of languages the first; og:locale writes en_GB, a language tag is en-GB. */
static struct span language_tag(struct arena *a, struct span s)
{
    char *p = arena_cstr(a, s = span_head(text_strip(span_head(s, span_chr(s, ',', 0))), 64));
    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '_')
            p[i] = '-';
    return span_of(p, s.n);
}

static void from_meta(struct arena *a, const struct node_fields *f, struct declared *d)
{
    struct span key = span_trim(f->property.n ? f->property : f->name.n ? f->name : f->itemprop);
    if (!f->content.n)
        return;
    if (f->http_equiv.n && span_isi(span_trim(f->http_equiv), "content-language"))
        declare(a, d, FACT_LANGUAGE, RANK_META, language_tag(a, f->content));
    for (size_t i = 0; key.n && i < sizeof metas / sizeof *metas; i++)
        if (ascii_lower(key.p[0]) == metas[i].key[0] && span_isi(key, metas[i].key))
            declare(a, d, metas[i].fact, metas[i].rank, metas[i].fact == FACT_LANGUAGE ? language_tag(a, f->content) : f->content);
}

static void from_link(struct arena *a, const struct node_fields *f, bool anchor, struct declared *d)
{
    bool cc = span_find(f->href, SPAN("creativecommons.org/")) < f->href.n &&
              (span_find(f->href, SPAN("/licenses/")) < f->href.n || span_find(f->href, SPAN("/publicdomain/")) < f->href.n);
    if (!anchor && has_token(f->rel, "canonical"))
        declare(a, d, FACT_CANONICAL, RANK_ELEMENT, f->href);
    if (has_token(f->rel, "license") || has_token(f->rel, "cc:license") || has_token(f->itemprop, "license") || cc)
        declare(a, d, FACT_LICENCE, RANK_ELEMENT, f->href);
}

#define MAX_TIMES 64 /* <time>s whose place on the page is looked at */

/* The article around a node that is not a teaser, a comment or beside the text; 0: none. */
static uint32_t article_around(const struct tree *t, uint32_t node)
{
    for (uint32_t up = node; up; up = t->v[up].parent) {
        const struct node *n = &t->v[up];
        if ((n->hints & (HINT_COMMENTS | HINT_TEASER)) || n->tag == TAG_ASIDE || n->tag == TAG_NAV || n->tag == TAG_FOOTER)
            return 0;
        if (n->tag == TAG_ARTICLE)
            return up;
    }
    return 0;
}

/* Times within several articles are those of a list. */
static void from_time(struct arena *a, const struct tree *t, uint32_t node, struct span datetime, struct declared *d)
{
    bool date = datetime.n >= 10 && ascii_digit(datetime.p[0]) && ascii_digit(datetime.p[3]) && datetime.p[4] == '-';
    if (!date || d->times++ >= MAX_TIMES)
        return;
    uint32_t article = article_around(t, node);
    if (!article)
        return;
    if (!d->time_article)
        d->time_article = article;
    if (article != d->time_article && d->rank[FACT_PUBLISHED] == RANK_LAST)
        d->value[FACT_PUBLISHED] = (struct span){ 0 }; /* the rank stays: none of them counts */
    else if (article == d->time_article && !d->rank[FACT_PUBLISHED])
        declare(a, d, FACT_PUBLISHED, RANK_LAST, datetime);
}

#define MAX_MARKED 200 /* bytes of an author's name or a date: more is a block of the page */

/* What the element's text or datetime says, by its itemprop or rel. */
static void from_element(struct arena *a, const struct tree *t, uint32_t node, const struct node_fields *f, struct declared *d)
{
    const struct node *n = &t->v[node];
    bool author = span_is(f->itemprop, "author") || (n->tag == TAG_A && span_isi(span_trim(f->rel), "author"));
    struct span text = tree_text(t, n);
    if ((n->hints & HINT_COMMENTS) || n->tag == TAG_META || n->tag == TAG_LINK)
        return;
    if (text.n > MAX_MARKED)
        text.n = 0;
    if (author && text.n)
        declare(a, d, FACT_AUTHOR, RANK_MARKED, text);
    if (span_is(f->itemprop, "datePublished"))
        declare(a, d, FACT_PUBLISHED, RANK_MARKED, f->datetime.n ? f->datetime : text);
    else if (n->tag == TAG_TIME)
        from_time(a, t, node, f->datetime, d);
}

static struct span title_element(const struct tree *t)
{
    for (size_t i = 0; i < t->n && t->v[i].tag != TAG_BODY; i++)
        if (t->v[i].tag == TAG_TITLE)
            return tree_text(t, &t->v[i]);
    return (struct span){ 0 };
}

/* Scripts have no references (HTML 13.1.3), but many are written by templates that escape all. */
static struct span unescaped(struct arena *a, struct span s)
{
    struct buf b = { 0 };
    if (!charref_in(s))
        return s;
    charref_put(s, true, &b);
    s = arena_dup(a, buf_view(&b));
    buf_release(&b);
    return s;
}

static void from_jsonld(struct arena *a, const struct jsonld *ld, struct declared *d)
{
    declare(a, d, FACT_TITLE, RANK_JSONLD, unescaped(a, ld->title));
    declare(a, d, FACT_LANGUAGE, RANK_JSONLD, language_tag(a, ld->language));
    declare(a, d, FACT_AUTHOR, RANK_JSONLD, unescaped(a, ld->author));
    declare(a, d, FACT_PUBLISHED, RANK_JSONLD, ld->published);
    declare(a, d, FACT_LICENCE, RANK_JSONLD, ld->licence);
}

void facts_read(const struct tree *t, const struct jsonld *ld, struct arena *a, struct page_facts *facts)
{
    *facts = (struct page_facts){ .truncated = t->truncated };
    struct field **tail = &facts->metas;
    struct declared d = { 0 };
    size_t n_metas = 0;
    declare(a, &d, FACT_TITLE, RANK_ELEMENT, title_element(t));
    for (size_t i = 0; i < t->n_fields;) {
        struct node_fields f;
        uint32_t node = t->fields[i].node;
        enum tag tag = t->v[node].tag;
        i = gather(t, i, &f);
        if (tag == TAG_META) {
            keep_meta(a, &f, facts, &tail, &n_metas);
            from_meta(a, &f, &d);
        } else if (tag == TAG_HTML) {
            declare(a, &d, FACT_LANGUAGE, RANK_ELEMENT, f.lang.n ? f.lang : f.xml_lang);
        } else if (tag == TAG_LINK || tag == TAG_A) {
            from_link(a, &f, tag == TAG_A, &d);
        }
        from_element(a, t, node, &f, &d);
    }
    from_jsonld(a, ld, &d);
    facts->title = d.value[FACT_TITLE];
    facts->canonical = d.value[FACT_CANONICAL];
    facts->lang_declared = d.value[FACT_LANGUAGE];
    facts->author = d.value[FACT_AUTHOR];
    facts->published = d.value[FACT_PUBLISHED];
    facts->licence = d.value[FACT_LICENCE];
}
