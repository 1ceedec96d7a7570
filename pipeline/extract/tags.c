/* tags.c - see tags.h. */
#include "pipeline/extract/tags.h"

#include <pthread.h>
#include <string.h>

#include "core/span.h"

static const struct {
    const char *name;
    enum tag tag;
    unsigned flags;
} table[] = {
    { "html", TAG_HTML, TAG_BLOCK }, { "head", TAG_HEAD, TAG_BLOCK }, { "body", TAG_BODY, TAG_BLOCK }, { "title", TAG_TITLE, 0 },
    { "meta", TAG_META, TAG_VOID }, { "link", TAG_LINK, TAG_VOID }, { "base", TAG_BASE, TAG_VOID }, { "a", TAG_A, 0 },
    { "abbr", TAG_ABBR, 0 }, { "address", TAG_ADDRESS, TAG_BLOCK }, { "article", TAG_ARTICLE, TAG_BLOCK },
    { "aside", TAG_ASIDE, TAG_BLOCK | TAG_DISCARD }, { "b", TAG_B, 0 }, { "blockquote", TAG_BLOCKQUOTE, TAG_BLOCK },
    { "br", TAG_BR, TAG_VOID }, { "button", TAG_BUTTON, TAG_DISCARD }, { "caption", TAG_CAPTION, TAG_BLOCK },
    { "center", TAG_CENTER, TAG_BLOCK }, { "code", TAG_CODE, 0 }, { "dd", TAG_DD, TAG_BLOCK }, { "del", TAG_DEL, 0 },
    { "details", TAG_DETAILS, TAG_BLOCK }, { "dialog", TAG_DIALOG, TAG_BLOCK | TAG_DISCARD }, { "div", TAG_DIV, TAG_BLOCK },
    { "dl", TAG_DL, TAG_BLOCK }, { "dt", TAG_DT, TAG_BLOCK }, { "em", TAG_EM, 0 },
    { "fieldset", TAG_FIELDSET, TAG_BLOCK }, { "figcaption", TAG_FIGCAPTION, TAG_BLOCK | TAG_DISCARD },
    { "figure", TAG_FIGURE, TAG_BLOCK }, { "font", TAG_FONT, 0 }, { "footer", TAG_FOOTER, TAG_BLOCK | TAG_DISCARD },
    { "form", TAG_FORM, TAG_BLOCK }, { "h1", TAG_H1, TAG_BLOCK | TAG_HEADING }, { "h2", TAG_H2, TAG_BLOCK | TAG_HEADING },
    { "h3", TAG_H3, TAG_BLOCK | TAG_HEADING }, { "h4", TAG_H4, TAG_BLOCK | TAG_HEADING }, { "h5", TAG_H5, TAG_BLOCK | TAG_HEADING },
    { "h6", TAG_H6, TAG_BLOCK | TAG_HEADING }, { "header", TAG_HEADER, TAG_BLOCK }, { "hr", TAG_HR, TAG_BLOCK | TAG_VOID },
    { "i", TAG_I, 0 }, { "img", TAG_IMG, TAG_VOID }, { "input", TAG_INPUT, TAG_VOID | TAG_DISCARD }, { "ins", TAG_INS, 0 },
    { "label", TAG_LABEL, TAG_DISCARD }, { "legend", TAG_LEGEND, TAG_BLOCK | TAG_DISCARD }, { "li", TAG_LI, TAG_BLOCK },
    { "main", TAG_MAIN, TAG_BLOCK }, { "menu", TAG_MENU, TAG_BLOCK | TAG_DISCARD }, { "nav", TAG_NAV, TAG_BLOCK | TAG_DISCARD },
    { "ol", TAG_OL, TAG_BLOCK }, { "option", TAG_OPTION, TAG_BLOCK | TAG_DISCARD }, { "p", TAG_P, TAG_BLOCK },
    { "picture", TAG_PICTURE, TAG_DISCARD }, { "pre", TAG_PRE, TAG_BLOCK }, { "q", TAG_Q, 0 }, { "rp", TAG_RP, TAG_DISCARD },
    { "rt", TAG_RT, TAG_DISCARD }, { "ruby", TAG_RUBY, 0 }, { "section", TAG_SECTION, TAG_BLOCK },
    { "select", TAG_SELECT, TAG_BLOCK | TAG_DISCARD }, { "span", TAG_SPAN, 0 }, { "strong", TAG_STRONG, 0 }, { "sub", TAG_SUB, 0 },
    { "summary", TAG_SUMMARY, TAG_BLOCK }, { "sup", TAG_SUP, 0 }, { "table", TAG_TABLE, TAG_BLOCK }, { "tbody", TAG_TBODY, TAG_BLOCK },
    { "td", TAG_TD, TAG_BLOCK }, { "tfoot", TAG_TFOOT, TAG_BLOCK },
    { "th", TAG_TH, TAG_BLOCK }, { "thead", TAG_THEAD, TAG_BLOCK }, { "time", TAG_TIME, 0 }, { "tr", TAG_TR, TAG_BLOCK },
    { "tt", TAG_TT, 0 }, { "u", TAG_U, 0 }, { "ul", TAG_UL, TAG_BLOCK },
    /* strip.c takes these out; a page that was not stripped loses them here */
    { "script", TAG_UNSEEN, 0 }, { "style", TAG_UNSEEN, 0 }, { "svg", TAG_DROPPED, 0 }, { "noscript", TAG_UNSEEN, 0 },
    { "template", TAG_UNSEEN, 0 }, { "iframe", TAG_DROPPED, 0 }, { "object", TAG_DROPPED, 0 }, { "canvas", TAG_DROPPED, 0 },
    { "noembed", TAG_DROPPED, 0 }, { "noframes", TAG_DROPPED, 0 }, { "audio", TAG_DROPPED, 0 }, { "video", TAG_DROPPED, 0 },
    { "math", TAG_DROPPED, 0 }, { "applet", TAG_DROPPED, 0 }, { "map", TAG_DROPPED, 0 }, { "datalist", TAG_DROPPED, 0 },
    { "textarea", TAG_DROPPED, 0 },
};
#define N_NAMES (sizeof table / sizeof *table)

#define SLOTS 512 /* a power of two, four times the names: probes are short */
static uint8_t slots[SLOTS];
static unsigned flags_of[TAG_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t hash(const char *name, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)ascii_lower(name[i])) * 16777619u;
    return h ^ h >> 15;
}

static void build(void)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        uint32_t at = hash(table[i].name, strlen(table[i].name));
        while (slots[at % SLOTS])
            at++;
        slots[at % SLOTS] = (uint8_t)(i + 1);
        flags_of[table[i].tag] = table[i].flags;
    }
}

enum tag tag_by_name(const char *name, size_t n)
{
    pthread_once(&once, build);
    for (uint32_t at = hash(name, n); slots[at % SLOTS]; at++) {
        size_t i = slots[at % SLOTS] - 1u;
        if (span_isi(span_of(name, n), table[i].name))
            return table[i].tag;
    }
    return TAG_OTHER;
}

unsigned tag_flags(enum tag tag)
{
    pthread_once(&once, build);
    return flags_of[tag];
}
