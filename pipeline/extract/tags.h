/*
 * tags.h - the elements that extraction tells apart, and what each means to it.
 */
#ifndef SLUICE_TAGS_H
#define SLUICE_TAGS_H

#include <stddef.h>
#include <stdint.h>

enum tag {
    TAG_OTHER, TAG_TEXT, /* a run of characters, not an element */
    TAG_HTML, TAG_HEAD, TAG_BODY, TAG_TITLE, TAG_META, TAG_LINK, TAG_BASE,
    TAG_A, TAG_ABBR, TAG_ADDRESS, TAG_ARTICLE, TAG_ASIDE, TAG_B, TAG_BLOCKQUOTE, TAG_BR, TAG_BUTTON, TAG_CAPTION, TAG_CENTER,
    TAG_CODE, TAG_DD, TAG_DEL, TAG_DETAILS, TAG_DIALOG, TAG_DIV, TAG_DL, TAG_DT, TAG_EM, TAG_FIELDSET, TAG_FIGCAPTION, TAG_FIGURE,
    TAG_FONT, TAG_FOOTER, TAG_FORM, TAG_H1, TAG_H2, TAG_H3, TAG_H4, TAG_H5, TAG_H6, TAG_HEADER, TAG_HR, TAG_I, TAG_IMG, TAG_INPUT,
    TAG_INS, TAG_LABEL, TAG_LEGEND, TAG_LI, TAG_MAIN, TAG_MENU, TAG_NAV, TAG_OL, TAG_OPTION, TAG_P, TAG_PICTURE, TAG_PRE, TAG_Q,
    TAG_RP, TAG_RT, TAG_RUBY, TAG_SECTION, TAG_SELECT, TAG_SPAN, TAG_STRONG, TAG_SUB, TAG_SUMMARY, TAG_SUP, TAG_TABLE, TAG_TBODY,
    TAG_TD, TAG_TFOOT, TAG_TH, TAG_THEAD, TAG_TIME, TAG_TR, TAG_TT, TAG_U, TAG_UL, TAG_UNSEEN, TAG_DROPPED,
    TAG_COUNT
};

enum tag_flag {
    TAG_BLOCK = 1,    /* begins and ends a block of text */
    TAG_DISCARD = 2,  /* never content: navigation, controls, media */
    TAG_VOID = 4,
    TAG_HEADING = 8,
};

/* name: lower or upper case, n bytes.  TAG_OTHER for one that is not listed.  Slow: elements.h has a table of them. */
enum tag tag_by_name(const char *name, size_t n);

extern const uint8_t tag_flag_sets[TAG_COUNT];

static inline unsigned tag_flags(enum tag tag)
{
    return tag_flag_sets[tag];
}

#endif
