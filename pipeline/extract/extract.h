/*
 * extract.h - main content of an HTML page as text, and what the page says of itself.
 *
 * Linear in the page; bounded by counts (bytes, nodes, depth, attributes), never by the clock.
 */
#ifndef SLUICE_EXTRACT_H
#define SLUICE_EXTRACT_H

#include "core/doc.h"
#include "core/stage.h"

enum extract_mode { EXTRACT_PRECISION, EXTRACT_BALANCED, EXTRACT_RECALL, EXTRACT_ALL_TEXT };

struct extract_options {
    enum extract_mode mode;
    bool markdown;
};

/* Node arrays and text buffers of one thread, reused over pages.  new/free. */
struct extractor;
struct extractor *extractor_new(void);
void extractor_free(struct extractor *x);

/*
 * extract_html() - text and facts of one page of valid UTF-8.
 *
 * *text and *facts lie in `a`.  Text: blocks separated by one line break, table cells by a tab,
 * NFC, no U+0000; empty if the page has none.  A page over a bound is cut there and
 * facts->truncated names the bound.  Errors: -ERR_TOO_BIG (refused whole), -ERR_BUG.
 */
int extract_html(struct extractor *x, const struct extract_options *o, struct span html, struct arena *a,
                 struct span *text, struct page_facts *facts, struct error *e) MUST_USE;

/* Takes document.payload (UTF-8 by now) to document.text and document.facts; drops "no_text" if empty. */
extern const struct stage_ops extract_stage;

#endif
