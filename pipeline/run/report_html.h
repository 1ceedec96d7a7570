/*
 * report_html.h - the pieces of HTML that the report is made of.  Whatever comes from outside goes through html_text().
 */
#ifndef SLUICE_REPORT_HTML_H
#define SLUICE_REPORT_HTML_H

#include "pipeline/run/tally.h"

/* Head of the page with its style, up to the open <main>; and its end. */
void html_begin(struct buf *out, const char *title);
void html_end(struct buf *out);

/* Text as it is: escaped, isolated from what stands around it (its writing direction too), control characters replaced. */
void html_text(struct buf *out, struct span s);
void html_code(struct buf *out, struct span s);
void html_number(struct buf *out, uint64_t v);
/* "48.9 %"; nothing where whole is 0. */
void html_percent(struct buf *out, uint64_t part, uint64_t whole);
/* "17.7 MB". */
void html_bytes(struct buf *out, uint64_t v);

/* A part of a bar; its colour is a class of the style: keep, drop, fail, plain. */
struct html_segment {
    uint64_t part;
    const char *colour;
};
/* Segments of `whole`, side by side.  Numbers beside it say the same, so it is hidden from readers of text. */
void html_bar(struct buf *out, const struct html_segment *v, size_t n, uint64_t whole);

struct html_column {
    const char *title;
    unsigned v;  /* column of the tally */
};

/* A section with a table of a tally. */
struct html_tally {
    const char *title, *about;   /* about: a line below the title, or NULL */
    const char *first;           /* title of the names */
    enum { HTML_ONE, HTML_FIRST, HTML_SECOND } name; /* names are "a/b" unless HTML_ONE: which part stands first, the other small behind it */
    const char *(*colour)(struct span second);       /* of the row's bar, by "b"; NULL: that of `bar` */
    const struct html_column *columns;
    size_t n;
    unsigned sort;               /* column: most first */
    struct { unsigned v; const char *colour; } bar[2]; /* columns drawn; colour NULL: none */
    bool within;                 /* the second column holds the first: what is left of it is drawn */
    const char *empty;           /* said where there is no row */
};

/* Rows past this many are in a part of the section that opens, past `most` they are counted. */
#define HTML_FIRST_ROWS 12
void html_put_tally(struct buf *out, const struct tally *t, const struct html_tally *how, size_t most);

#endif
