/* extract.c - see extract.h: a tree of the page, what of it is content, its text. */
#include "pipeline/extract/extract.h"

#include <stdlib.h>
#include <unicode/uchar.h>

#include "core/alloc.h"
#include "core/text/chars.h"
#include "core/utf8.h"
#include "pipeline/extract/charref.h"
#include "pipeline/extract/facts.h"
#include "pipeline/extract/render.h"
#include "pipeline/extract/scorer.h"

struct extractor {
    struct buf raw, text;
    struct arena data_arena; /* trees of JSON-LD */
    struct tree tree;
    struct selection selection;
    struct scorer *scorer;
};

/* A page past this is cut before it is parsed: Common Crawl keeps at most 5 MiB. */
#define MAX_HTML (16u << 20)
/* Combining marks behind one character: Unicode's stream-safe format (UAX #15, 13) allows 30; NFC is quadratic in them. */
#define MAX_MARKS 30

struct extractor *extractor_new(void)
{
    struct extractor *x = xcalloc(1, sizeof *x);
    x->scorer = scorer_new();
    arena_init(&x->data_arena, JSONLD_MAX_MEMORY);
    return x;
}

void extractor_free(struct extractor *x)
{
    if (!x)
        return;
    arena_release(&x->data_arena);
    buf_release(&x->raw);
    buf_release(&x->text);
    tree_release(&x->tree);
    selection_release(&x->selection);
    scorer_free(x->scorer);
    free(x);
}

/* Longer runs of marks than text has are cut in place.  True if there were any. */
static bool bound_marks(struct buf *b)
{
    const char *p = b->p, *end = b->p + b->n;
    char *to = b->p;
    unsigned marks = 0;
    bool cut = false;
    while (p < end) {
        const char *from = p;
        if ((unsigned char)*p < 0xCC) { /* below U+0300: no mark */
            *to++ = *p++;
            marks = (unsigned char)*from >= 0x80 && (unsigned char)*from < 0xC0 ? marks : 0;
            continue;
        }
        uint32_t cp = utf8_next(&p, end);
        marks = u_getCombiningClass((UChar32)cp) ? marks + 1 : 0;
        if (marks > MAX_MARKS) {
            cut = true;
            continue;
        }
        memmove(to, from, (size_t)(p - from));
        to += p - from;
    }
    b->n = (size_t)(to - b->p);
    return cut;
}

static void shrink(struct buf *b)
{
    if (b->cap > 8u << 20) /* one giant page must not stay in memory */
        buf_release(b);
    else
        buf_reset(b);
}

/* ---- a page that shows nothing ---- */

#define DECLARED_LEAST 250 /* bytes: shorter ones are abstracts */
#define DECLARED_TIMES 4   /* longer than the prose that the page shows: what readers see is believed first, or spam were text */

/* The tree of an articleBody: plain text with line ends, HTML, or HTML that was escaped once too often. */
static int build_declared(struct extractor *x, struct span body)
{
    bool markup = span_chr(body, '<', 0) < body.n, escaped = !markup && span_find(body, SPAN("&lt;/")) < body.n;
    buf_reset(&x->text);
    if (escaped)
        charref_put(body, false, &x->text);
    for (size_t i = 0, end; !escaped && i < body.n; i = end + 1) {
        end = markup ? body.n : span_chr(body, '\n', i);
        buf_put(&x->text, body.p + i, end - i);
        buf_puts(&x->text, "<br>");
    }
    return tree_build(&x->tree, buf_view(&x->text));
}

/* Is it so much more than what the page shows, and than its own text, that the page cannot be what it is about? */
static bool is_all_the_page(const struct extractor *x, size_t declared)
{
    const struct selection *s = &x->selection;
    size_t own = s->prose > x->raw.n ? s->prose : x->raw.n;
    return declared >= DECLARED_LEAST && declared >= DECLARED_TIMES * own && declared >= s->shown;
}

/* Where scripts draw the page its article may stand whole in its JSON-LD.  The page's own text is in raw already. */
static int take_declared(struct extractor *x, const struct extract_options *o, struct span body)
{
    struct selection all = { 0 };
    if (!is_all_the_page(x, body.n))
        return 0;
    int rc = build_declared(x, body);
    if (rc)
        return rc;
    select_all(&x->tree, &all);
    buf_reset(&x->text);
    render(&x->tree, &all, o, &x->text);
    selection_release(&all);
    if (is_all_the_page(x, x->text.n)) {
        struct buf own = x->raw;
        x->raw = x->text;
        x->text = own;
    }
    buf_reset(&x->text);
    return 0;
}

int extract_html(struct extractor *x, const struct extract_options *o, struct span html, struct arena *a, struct span *text,
                 struct page_facts *facts, struct error *e)
{
    const char *bound = html.n > MAX_HTML ? "bytes" : NULL;
    shrink(&x->raw);
    shrink(&x->text);
    arena_reset(&x->data_arena);
    html = span_head(html, MAX_HTML);
    html = span_head(html, html.n - (bound ? html.n - utf8_valid_prefix(html) : 0));
    if (tree_build(&x->tree, html))
        return error_set(e, ERR_TOO_BIG, NULL, "the page is larger than a tree can be");
    struct jsonld ld;
    jsonld_read(&x->tree.data, &x->data_arena, &ld);
    facts_read(&x->tree, &ld, a, facts);
    if (bound)
        facts->truncated = bound;
    if (o->mode == EXTRACT_ALL_TEXT) {
        select_all(&x->tree, &x->selection);
    } else {
        select_rules(&x->tree, EXTRACT_BALANCED, &x->selection);
        scorer_select(x->scorer, &x->tree, o, &x->selection);
    }
    if (!facts->truncated)
        facts->truncated = x->tree.truncated; /* by a bound of the selection */
    render(&x->tree, &x->selection, o, &x->raw);
    if (o->mode != EXTRACT_ALL_TEXT && take_declared(x, o, ld.body))
        return error_set(e, ERR_TOO_BIG, NULL, "the page's JSON-LD is larger than a tree can be");
    if (x->raw.n && bound_marks(&x->raw))
        facts->truncated = "marks";
    if (text_nfc(buf_view(&x->raw), &x->text))
        return error_set(e, ERR_TOO_BIG, NULL, "text cannot be normalized");
    *text = x->text.n ? arena_dup(a, buf_view(&x->text)) : span_of("", 0);
    return 0;
}

/* ---- the stage ---- */

static const struct conf_key extract_keys[] = {
    { "extract.mode", CONF_CHOICE, "balanced", 0, 0, "precision|balanced|recall",
      "how much to take: precision drops doubtful blocks, recall also keeps readers' comments" },
    { "extract.markdown", CONF_BOOL, "false", 0, 0, NULL, "headings, lists, quotes and code marked as in Markdown" },
    { 0 },
};

static const char *const extract_rules[] = { "no_text", NULL };

static int stage_open(const struct config *c, void **state, struct error *e)
{
    struct extract_options *o = xcalloc(1, sizeof *o);
    const char *mode = config_str(c, "extract.mode");
    o->mode = strcmp(mode, "precision") == 0 ? EXTRACT_PRECISION : strcmp(mode, "recall") == 0 ? EXTRACT_RECALL : EXTRACT_BALANCED;
    o->markdown = config_bool(c, "extract.markdown");
    *state = o;
    return 0;
}

static void *stage_scratch(const void *state)
{
    return extractor_new();
}

static void stage_scratch_free(void *scratch)
{
    extractor_free(scratch);
}

static int stage_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    int rc = extract_html(scratch, state, d->payload, d->arena, &d->text, &d->facts, e);
    if (rc == 0 && d->text.n == 0)
        doc_drop(d, "extract", "no_text");
    return rc;
}

const struct stage_ops extract_stage = {
    .name = "extract",
    .version = 2,
    .phase = PHASE_EXTRACT,
    .keys = extract_keys,
    .rules = extract_rules,
    .open = stage_open,
    .scratch_new = stage_scratch,
    .scratch_free = stage_scratch_free,
    .apply = stage_apply,
    .close = free,
};
