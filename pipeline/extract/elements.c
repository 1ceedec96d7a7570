/* elements.c - see elements.h. */
#include "pipeline/extract/elements.h"

#include <pthread.h>
#include <stdlib.h>

/* In the order of the ids that have names, then by the alphabet; tags.c has those that extraction tells apart. */
static const char names[] =
    "html head body p script style meta link title base noframes frame frameset a noscript time "
    "abbr acronym address applet area article aside audio b basefont bdo big blockquote br button canvas caption center cite code col colgroup "
    "datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img "
    "input ins isindex kbd label legend li listing main map math menu nav noembed object ol optgroup option param picture pre q rp rt "
    "ruby s samp section select small span strike strong sub summary sup svg table tbody td template textarea tfoot th thead tr tt u ul "
    "var video xmp";

static const char empty[] = "area base basefont br col frame hr img input isindex link meta param";

static const char *const levels[ELEMENT_LEVELS] = { "div", "td th", "tr", "thead tbody tfoot", "table", "head body", "html" };

/* What is open, and the start tags that close it. */
static const struct {
    const char *open, *by;
} closes[] = {
    { "a", "a fieldset table td th" },
    { "address", "dd dl dt form li ul" },
    { "b i", "center p td th" },
    { "big s small strike tt", "p" },
    { "caption col", "col colgroup tbody tfoot thead tr" },
    { "colgroup", "colgroup tbody tfoot thead tr" },
    { "dd", "dt" },
    { "dir menu", "dd dl dt form ul" },
    { "dl", "form li" },
    { "dt", "dd dl" },
    { "font", "center td th" },
    { "form hr", "form" },
    { "h1 h2 h3 h4 h5 h6", "fieldset form li p table" },
    { "head", "a abbr acronym address b bdo big blockquote body br center cite code dd dfn dir div dl dt em fieldset font form frameset h1 h2 h3 h4 "
              "h5 h6 hr i iframe img kbd li listing map menu ol p pre q s samp small span strike strong sub sup table tt u ul var xmp" },
    { "legend", "fieldset" },
    { "li", "li" },
    { "link style title", "body frameset" },
    { "listing pre xmp", "dd dl dt fieldset form li table ul" },
    { "ol", "form ul" },
    { "option", "optgroup option" },
    { "p", "address blockquote body caption center col colgroup dd dir div dl dt fieldset form frameset h1 h2 h3 h4 h5 h6 head hr li listing menu "
           "ol p pre table tbody td tfoot th title tr ul xmp" },
    { "script", "noscript" },
    { "span", "td th" },
    { "tbody thead", "tbody tfoot" },
    { "td th", "tbody td tfoot th tr" },
    { "tfoot", "tbody" },
    { "tr", "tbody tfoot tr" },
    { "u", "p td th" },
    { "ul", "address form menu ol pre" },
};

#define SLOTS 512 /* a power of two, four times the names: probes are short */
static struct element elements[ELEMENTS_MAX];
static struct span texts[ELEMENTS_MAX];
static uint8_t slots[SLOTS]; /* id + 1 */
static size_t n_elements;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash(struct span s)
{
    uint32_t h = (uint32_t)s.n * 0x9E3779B1u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ ((unsigned char)s.p[i] | 0x20)) * 16777619u; /* upper and lower case, and some that span_eqi() tells apart */
    return h ^ h >> 15;
}

static unsigned find(struct span name, uint32_t h)
{
    for (; slots[h % SLOTS]; h++)
        if (span_eqi(texts[slots[h % SLOTS] - 1], name))
            return slots[h % SLOTS] - 1u;
    return ELEMENTS_MAX;
}

/* The ids of the words of `list`, one by one. */
static bool next_id(struct span *list, unsigned *id)
{
    struct span word;
    if (!span_cut(list, ' ', &word))
        return false;
    *id = find(word, hash(word));
    return true;
}

static void add_names(void)
{
    struct span rest = SPAN(names), word;
    while (span_cut(&rest, ' ', &word)) {
        uint32_t at = hash(word);
        while (slots[at % SLOTS])
            at++;
        if (n_elements == ELEMENTS_MAX)
            abort();
        texts[n_elements] = word;
        elements[n_elements].tag = (uint8_t)tag_by_name(word.p, word.n);
        slots[at % SLOTS] = (uint8_t)++n_elements;
    }
}

static void build(void)
{
    unsigned id, by;
    add_names();
    for (struct span rest = SPAN(empty); next_id(&rest, &id);)
        elements[id].empty = true;
    for (uint8_t level = 0; level < ELEMENT_LEVELS; level++)
        for (struct span rest = span_cstr(levels[level]); next_id(&rest, &id);)
            elements[id].level = level + 1;
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++)
        for (struct span open = span_cstr(closes[i].open); next_id(&open, &id);)
            for (struct span rest = span_cstr(closes[i].by); next_id(&rest, &by);)
                elements[id].closed_by[by / 64] |= (uint64_t)1 << (by % 64);
}

unsigned element_id(struct span name)
{
    pthread_once(&once, build);
    uint32_t h = hash(name);
    unsigned id = find(name, h);
    return id < ELEMENTS_MAX ? id : ELEMENTS_MAX + h % ELEMENT_GROUPS;
}

const struct element *element_of(unsigned id)
{
    static const struct element other = { TAG_OTHER, 0, false, { 0 } };
    return id < ELEMENTS_MAX ? &elements[id] : &other;
}
