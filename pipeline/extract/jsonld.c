/* jsonld.c - see jsonld.h. */
#include "pipeline/extract/jsonld.h"

#include "core/json.h"

/* How near an entity is to the page's text; 0: it says nothing of it. */
enum kind { KIND_NONE, KIND_PAGE, KIND_WORK, KIND_ARTICLE, N_KINDS };

#define MAX_NESTING 4  /* mainEntity in mainEntityOfPage in @graph in a list */
#define MAX_AUTHORS 10
#define MAX_AUTHOR 1000 /* bytes of one of several */
#define MAX_LOOKUPS 16 /* of an "@id", each a walk over the entities */

struct reader {
    struct arena *a;
    const struct json *root;   /* of the script that is being read: "@id" is looked for in it */
    struct jsonld of[N_KINDS];
    bool several;              /* articles of different headlines */
    unsigned entities, lookups;
};

static const struct json *first_of(const struct json *v)
{
    return v && v->type == JSON_ARRAY ? v->first : v;
}

static enum kind kind_of_name(struct span type)
{
    static const char *const works[] = { "Recipe", "Product", "Question", "HowTo", "Event", "Review", "Book", "Course", "JobPosting",
                                         "VideoObject", "Movie", "CreativeWork", "Dataset", "Quotation" };
    size_t slash = type.n;
    while (slash && type.p[slash - 1] != '/' && type.p[slash - 1] != ':')
        slash--;
    type = span_from(type, slash);
    if (span_ends(type, "Article") || span_ends(type, "Posting") || span_is(type, "Report"))
        return span_is(type, "JobPosting") ? KIND_WORK : KIND_ARTICLE;
    if (span_ends(type, "Page"))
        return KIND_PAGE;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        if (span_is(type, works[i]))
            return KIND_WORK;
    return KIND_NONE;
}

/* Of several types the one that says most. */
static enum kind kind_of(const struct json *entity)
{
    const struct json *type = json_get(entity, "@type");
    enum kind best = KIND_NONE, one;
    if (type && type->type == JSON_STRING)
        return kind_of_name(type->str);
    for (const struct json *t = type && type->type == JSON_ARRAY ? type->first : NULL; t; t = t->next)
        if (t->type == JSON_STRING && (one = kind_of_name(t->str)) > best)
            best = one;
    return best;
}

/* The entity of that "@id" on the upper level of the script, or NULL. */
static const struct json *by_id(struct reader *r, struct span id)
{
    if (r->lookups++ >= MAX_LOOKUPS)
        return NULL;
    const struct json *list = json_get(r->root, "@graph");
    if (!list)
        list = r->root;
    unsigned n = 0;
    for (const struct json *v = list->type == JSON_ARRAY ? list->first : NULL; v && n < JSONLD_MAX_ENTITIES; v = v->next, n++)
        if (span_eq(json_str(v, "@id", (struct span){ 0 }), id))
            return v;
    return NULL;
}

/* A string, or of an object the member `name`, or of a reference that of what it refers to; of a list the first. */
static struct span text_of(struct reader *r, const struct json *v, const char *name)
{
    struct span none = { 0 };
    v = first_of(v);
    if (!v)
        return none;
    if (v->type == JSON_STRING)
        return v->str.n ? v->str : none;
    struct span s = text_of(r, v->type == JSON_OBJECT ? first_of(json_get(v, name)) : NULL, ""), id = json_str(v, "@id", none);
    if (!s.n && id.n) {
        const struct json *there = by_id(r, id);
        s = json_str(there, name, none);
    }
    return s.n ? s : none;
}

/* Names of persons and organizations, joined by ", ". */
static struct span authors(struct reader *r, const struct json *v)
{
    struct span all = { 0 };
    unsigned n = 0;
    if (!v || v->type != JSON_ARRAY)
        return text_of(r, v, "name");
    for (const struct json *one = v->first; one && n < MAX_AUTHORS; one = one->next, n++) {
        struct span name = text_of(r, one, "name");
        if (name.n > MAX_AUTHOR)
            continue;
        if (name.n && all.n)
            all = arena_printf(r->a, "%.*s, %.*s", SPAN_ARG(all), SPAN_ARG(name));
        else if (name.n)
            all = name;
    }
    return all;
}

static void fill(struct span *to, struct span value)
{
    if (!to->n && value.n)
        *to = value;
}

static void take(struct reader *r, enum kind kind, const struct json *entity)
{
    struct jsonld *to = &r->of[kind];
    struct span title = text_of(r, json_get(entity, "headline"), "@value");
    fill(&title, text_of(r, json_get(entity, "name"), "@value"));
    if (kind == KIND_ARTICLE && to->title.n && title.n && !span_eq(to->title, title))
        r->several = true;
    fill(&to->title, title);
    fill(&to->author, authors(r, json_get(entity, "author")));
    fill(&to->published, text_of(r, json_get(entity, "datePublished"), "@value"));
    fill(&to->licence, text_of(r, json_get(entity, "license"), "url"));
    fill(&to->licence, json_str(first_of(json_get(entity, "license")), "@id", (struct span){ 0 }));
    fill(&to->language, text_of(r, json_get(entity, "inLanguage"), "alternateName"));
    fill(&to->body, text_of(r, json_get(entity, "articleBody"), "@value"));
}

static void visit(struct reader *r, const struct json *v, unsigned nesting)
{
    if (!v || nesting > MAX_NESTING)
        return;
    if (v->type == JSON_ARRAY) {
        for (const struct json *one = v->first; one && r->entities < JSONLD_MAX_ENTITIES; one = one->next)
            visit(r, one, nesting + 1);
        return;
    }
    if (v->type != JSON_OBJECT || r->entities++ >= JSONLD_MAX_ENTITIES)
        return;
    enum kind kind = kind_of(v);
    if (kind != KIND_NONE)
        take(r, kind, v);
    visit(r, json_get(v, "@graph"), nesting + 1);
    visit(r, json_get(v, "mainEntity"), nesting + 1);
    visit(r, json_get(v, "mainEntityOfPage"), nesting + 1);
}

/* Without the comment marks that hide a script from browsers of the nineties. */
static struct span unwrap(struct span s)
{
    static const char *const before[] = { "<!--", "//", "/*", "<![CDATA[", "*/" }, *const behind[] = { "-->", "*/", "]]>", "//", "/*" };
    s = span_trim(s);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (span_starts(s, before[i]))
            s = span_trim(span_from(s, strlen(before[i])));
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        if (span_ends(s, behind[i]))
            s = span_trim(span_head(s, s.n - strlen(behind[i])));
    if (s.n && s.p[s.n - 1] == ';')
        s.n--;
    return s;
}

void jsonld_read(const struct strip_data *scripts, struct arena *a, struct jsonld *ld)
{
    struct reader r = { .a = a };
    *ld = (struct jsonld){ 0 };
    for (size_t i = 0; i < scripts->n; i++) {
        struct json *root;
        struct span text = unwrap(scripts->v[i]);
        if (text.n > JSONLD_MAX_SCRIPT || json_parse_loose(text, a, &root, NULL))
            continue;
        r.root = root;
        visit(&r, root, 0);
    }
    if (r.several)
        r.of[KIND_ARTICLE] = (struct jsonld){ 0 };
    for (int kind = KIND_ARTICLE; kind > KIND_NONE; kind--) {
        const struct jsonld *from = &r.of[kind];
        fill(&ld->title, from->title);
        if (r.several && kind == KIND_PAGE) /* a list has a title and a language, but no author */
            break;
        fill(&ld->author, from->author);
        fill(&ld->published, from->published);
        fill(&ld->licence, from->licence);
        fill(&ld->language, from->language);
    }
    ld->body = r.of[KIND_ARTICLE].body;
}
