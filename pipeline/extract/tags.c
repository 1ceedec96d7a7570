/* tags.c - see tags.h. */
#include "pipeline/extract/tags.h"

#include "core/span.h"

/* Name, tag, enum tag_flag. */
#define TAGS(T)                                                                                                                            \
    T("html", TAG_HTML, TAG_BLOCK) T("head", TAG_HEAD, TAG_BLOCK) T("body", TAG_BODY, TAG_BLOCK) T("title", TAG_TITLE, 0)                  \
    T("meta", TAG_META, TAG_VOID) T("link", TAG_LINK, TAG_VOID) T("base", TAG_BASE, TAG_VOID) T("a", TAG_A, 0) T("abbr", TAG_ABBR, 0)      \
    T("address", TAG_ADDRESS, TAG_BLOCK) T("article", TAG_ARTICLE, TAG_BLOCK) T("aside", TAG_ASIDE, TAG_BLOCK | TAG_DISCARD)               \
    T("b", TAG_B, 0) T("blockquote", TAG_BLOCKQUOTE, TAG_BLOCK) T("br", TAG_BR, TAG_VOID) T("button", TAG_BUTTON, TAG_DISCARD)             \
    T("caption", TAG_CAPTION, TAG_BLOCK) T("center", TAG_CENTER, TAG_BLOCK) T("code", TAG_CODE, 0) T("dd", TAG_DD, TAG_BLOCK)              \
    T("del", TAG_DEL, 0) T("details", TAG_DETAILS, TAG_BLOCK) T("dialog", TAG_DIALOG, TAG_BLOCK | TAG_DISCARD)                             \
    T("div", TAG_DIV, TAG_BLOCK) T("dl", TAG_DL, TAG_BLOCK) T("dt", TAG_DT, TAG_BLOCK) T("em", TAG_EM, 0)                                  \
    T("fieldset", TAG_FIELDSET, TAG_BLOCK) T("figcaption", TAG_FIGCAPTION, TAG_BLOCK | TAG_DISCARD) T("figure", TAG_FIGURE, TAG_BLOCK)     \
    T("font", TAG_FONT, 0) T("footer", TAG_FOOTER, TAG_BLOCK | TAG_DISCARD) T("form", TAG_FORM, TAG_BLOCK)                                 \
    T("h1", TAG_H1, TAG_BLOCK | TAG_HEADING) T("h2", TAG_H2, TAG_BLOCK | TAG_HEADING) T("h3", TAG_H3, TAG_BLOCK | TAG_HEADING)             \
    T("h4", TAG_H4, TAG_BLOCK | TAG_HEADING) T("h5", TAG_H5, TAG_BLOCK | TAG_HEADING) T("h6", TAG_H6, TAG_BLOCK | TAG_HEADING)             \
    T("header", TAG_HEADER, TAG_BLOCK) T("hr", TAG_HR, TAG_BLOCK | TAG_VOID) T("i", TAG_I, 0) T("img", TAG_IMG, TAG_VOID)                  \
    T("input", TAG_INPUT, TAG_VOID | TAG_DISCARD) T("ins", TAG_INS, 0) T("label", TAG_LABEL, TAG_DISCARD)                                  \
    T("legend", TAG_LEGEND, TAG_BLOCK | TAG_DISCARD) T("li", TAG_LI, TAG_BLOCK) T("main", TAG_MAIN, TAG_BLOCK)                             \
    T("menu", TAG_MENU, TAG_BLOCK | TAG_DISCARD) T("nav", TAG_NAV, TAG_BLOCK | TAG_DISCARD) T("ol", TAG_OL, TAG_BLOCK)                     \
    T("option", TAG_OPTION, TAG_BLOCK | TAG_DISCARD) T("p", TAG_P, TAG_BLOCK) T("picture", TAG_PICTURE, TAG_DISCARD)                       \
    T("pre", TAG_PRE, TAG_BLOCK) T("q", TAG_Q, 0) T("rp", TAG_RP, TAG_DISCARD) T("rt", TAG_RT, TAG_DISCARD) T("ruby", TAG_RUBY, 0)         \
    T("section", TAG_SECTION, TAG_BLOCK) T("select", TAG_SELECT, TAG_BLOCK | TAG_DISCARD) T("span", TAG_SPAN, 0)                           \
    T("strong", TAG_STRONG, 0) T("sub", TAG_SUB, 0) T("summary", TAG_SUMMARY, TAG_BLOCK) T("sup", TAG_SUP, 0)                              \
    T("table", TAG_TABLE, TAG_BLOCK) T("tbody", TAG_TBODY, TAG_BLOCK) T("td", TAG_TD, TAG_BLOCK) T("tfoot", TAG_TFOOT, TAG_BLOCK)          \
    T("th", TAG_TH, TAG_BLOCK) T("thead", TAG_THEAD, TAG_BLOCK) T("time", TAG_TIME, 0) T("tr", TAG_TR, TAG_BLOCK) T("tt", TAG_TT, 0)       \
    T("u", TAG_U, 0) T("ul", TAG_UL, TAG_BLOCK)

#define FLAGS(name, tag, flags) [tag] = (flags),
const uint8_t tag_flag_sets[TAG_COUNT] = { TAGS(FLAGS) };

#define NAME(name, tag, flags) { name, tag },
static const struct {
    const char *name;
    enum tag tag;
} table[] = {
    TAGS(NAME)
    /* strip.c passes over these: those that a reader sees, so that they part words, and those that he does not */
    { "script", TAG_UNSEEN }, { "style", TAG_UNSEEN }, { "svg", TAG_DROPPED }, { "noscript", TAG_UNSEEN },
    { "template", TAG_UNSEEN }, { "iframe", TAG_DROPPED }, { "object", TAG_DROPPED }, { "canvas", TAG_DROPPED },
    { "noembed", TAG_DROPPED }, { "noframes", TAG_DROPPED }, { "audio", TAG_DROPPED }, { "video", TAG_DROPPED },
    { "math", TAG_DROPPED }, { "applet", TAG_DROPPED }, { "map", TAG_DROPPED }, { "datalist", TAG_DROPPED },
    { "textarea", TAG_DROPPED },
};

enum tag tag_by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (span_isi(span_of(name, n), table[i].name))
            return table[i].tag;
    return TAG_OTHER;
}
