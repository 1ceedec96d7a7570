/* report_html.c - see report_html.h. */
#include "pipeline/run/report_html.h"

#include <stdio.h>

/*
 * One column of cards and tables; two where there is room.  A bar lies below the name of its row, so that a narrow
 * page has it too and numbers keep their column.
 */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#17202b;--soft:#5a6675;--line:#dfe4ea;--page:#f6f8fa;--card:#fff;--track:#e9edf2;"
    "--keep:#1a7f5a;--drop:#c07a2c;--fail:#b3303f;--plain:#3a6ea5;--shade:0 1px 2px rgba(20,30,45,.06)}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9ba7b6;--line:#2c3542;--page:#0f141a;--card:#171e27;--track:#252e3a;"
    "--keep:#43b98f;--drop:#dda055;--fail:#ec7a86;--plain:#74a9e0;--shade:none}}"
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}"
    "body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    "main{max-width:76rem;margin:0 auto;padding:2rem 1.25rem 4rem}"
    "h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 .4rem}"
    "h2{font-size:1.08rem;margin:0 0 .15rem}p{margin:0 0 .6rem}.soft,small{color:var(--soft)}small{font-size:.84em}.lead{max-width:60rem;color:var(--soft);margin-bottom:1.1rem}"
    ".note{border:1px solid var(--line);border-left:.35rem solid var(--plain);border-radius:.4rem;background:var(--card);padding:.75rem 1rem;margin:0 0 .75rem}"
    ".note.good{border-left-color:var(--keep)}.note.bad{border:1px solid var(--fail);border-left:.35rem solid var(--fail)}"
    ".note.bad strong:first-child{color:var(--fail);display:block;font-size:1.15rem}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1.25rem 0}"
    ".card,section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;box-shadow:var(--shade)}"
    ".card{padding:.8rem 1rem}.card b{display:block;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;font-variant-numeric:tabular-nums;"
    "overflow-wrap:anywhere}.card span{color:var(--soft)}.card.keep b{color:var(--keep)}.card.drop b{color:var(--drop)}.card.fail b{color:var(--fail)}"
    "section{padding:1rem 1.1rem 1.1rem;margin:0 0 1rem;min-width:0}.pair{display:grid;grid-template-columns:1fr;gap:0 1rem}"
    "@media(min-width:62rem){.pair{grid-template-columns:1fr 1fr;align-items:start}}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:.34rem 0 .34rem .9rem;text-align:right;vertical-align:top;white-space:nowrap;border-top:1px solid var(--line)}"
    "thead th{border-top:0;color:var(--soft);font-weight:500;font-size:.86em;padding-top:.1rem}"
    "th:first-child,td:first-child{padding-left:0;text-align:left;white-space:normal;width:100%;overflow-wrap:anywhere}"
    "tbody th{font-weight:400}td.zero{color:var(--soft)}td.total{font-weight:600}.off{color:var(--fail);font-weight:600}"
    ".bar{display:flex;height:.42rem;margin:.3rem 0 .1rem;border-radius:.21rem;background:var(--track);overflow:hidden}"
    ".bar i{display:block;height:100%;min-width:1px}.bar .keep{background:var(--keep)}.bar .drop{background:var(--drop)}"
    ".bar .fail{background:var(--fail)}.bar .plain{background:var(--plain)}.funnel .bar{height:.7rem;border-radius:.35rem}"
    ".key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.2rem 0 .5rem;color:var(--soft);font-size:.86em}"
    ".key i{display:inline-block;width:.7rem;height:.7rem;border-radius:.2rem;margin-right:.4rem;vertical-align:-.05rem}"
    ".key .keep{background:var(--keep)}.key .drop{background:var(--drop)}.key .fail{background:var(--fail)}"
    "code,pre{font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}code{overflow-wrap:anywhere}"
    "pre{margin:.6rem 0 0;padding:.8rem 1rem;background:var(--page);border:1px solid var(--line);border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    "summary{cursor:pointer;color:var(--plain);padding:.5rem 0 0}details table{margin-top:.3rem}"
    "dl{display:grid;grid-template-columns:minmax(9rem,max-content) minmax(0,1fr);gap:.45rem 1.2rem;margin:.5rem 0 0}dt{color:var(--soft)}"
    "dd{margin:0;overflow-wrap:anywhere}footer{color:var(--soft);margin-top:1.5rem}"
    "@media(max-width:40rem){main{padding:1.25rem .8rem 3rem}section{padding:.85rem .85rem .95rem}th,td{padding-left:.6rem}.wide{display:none}"
    ".cards{grid-template-columns:1fr 1fr;gap:.6rem}.card b{font-size:1.25rem}dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:.6rem}}"
    "@media print{body{background:#fff}section,.card{box-shadow:none;break-inside:avoid}}";

void html_begin(struct buf *out, const char *title)
{
    buf_printf(out, "<!doctype html>\n<html lang=en>\n<head><meta charset=utf-8>\n<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
                    "<title>%s</title>\n<style>", title);
    buf_puts(out, style);
    buf_puts(out, "</style></head>\n<body><main>\n");
}

void html_end(struct buf *out)
{
    buf_puts(out, "</main></body>\n</html>\n");
}

static void put_escaped(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        switch (c) {
        case '<': buf_puts(out, "&lt;"); break;
        case '>': buf_puts(out, "&gt;"); break;
        case '&': buf_puts(out, "&amp;"); break;
        case '"': buf_puts(out, "&quot;"); break;
        case '\'': buf_puts(out, "&#39;"); break;
        default:
            if ((c < 0x20 && c != '\n') || c == 0x7F)
                buf_puts(out, "\xEF\xBF\xBD");
            else
                buf_putc(out, (char)c);
        }
    }
}

void html_text(struct buf *out, struct span s)
{
    bool plain = true; /* ASCII turns nothing round */
    for (size_t i = 0; i < s.n; i++)
        plain &= (unsigned char)s.p[i] < 0x80;
    if (!plain)
        buf_puts(out, "<bdi>");
    put_escaped(out, s);
    if (!plain)
        buf_puts(out, "</bdi>");
}

void html_code(struct buf *out, struct span s)
{
    buf_puts(out, "<code>");
    html_text(out, s);
    buf_puts(out, "</code>");
}

void html_number(struct buf *out, uint64_t v)
{
    buf_grouped(out, v);
}

void html_percent(struct buf *out, uint64_t part, uint64_t whole)
{
    if (whole)
        buf_printf(out, "%.1f&nbsp;%%", 100.0 * (double)part / (double)whole);
}

void html_bytes(struct buf *out, uint64_t v)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    double x = (double)v;
    unsigned u = 0;
    for (; x >= 999.5 && u < 6; u++)
        x /= 1000;
    buf_printf(out, "%.*f&nbsp;%s", u && x < 99.95 ? 1 : 0, x, units[u]);
}

void html_bar(struct buf *out, const struct html_segment *v, size_t n, uint64_t whole)
{
    buf_puts(out, "<div class=bar aria-hidden=true>");
    for (size_t i = 0; i < n; i++)
        if (v[i].part && whole)
            buf_printf(out, "<i class=%s style=\"width:%.3f%%\"></i>", v[i].colour, 100.0 * (double)v[i].part / (double)whole);
    buf_puts(out, "</div>");
}

/* ---- tables ---- */

static struct tally copy_of(const struct tally *t)
{
    struct tally c = { 0 };
    for (size_t i = 0; i < t->n; i++)
        memcpy(tally_at(&c, span_cstr(t->rows[i].name))->v, t->rows[i].v, sizeof t->rows[i].v);
    return c;
}

static void put_head(struct buf *out, const struct html_tally *how)
{
    buf_printf(out, "<table><thead><tr><th scope=col>%s", how->first);
    for (size_t k = 0; k < how->n; k++)
        buf_printf(out, "<th scope=col>%s", how->columns[k].title);
    buf_puts(out, "</thead><tbody>\n");
}

static void put_name(struct buf *out, struct span first, struct span second, const struct html_tally *how)
{
    struct span big = how->name == HTML_SECOND ? second : first, small = how->name == HTML_SECOND ? first : second;
    html_text(out, big.n ? big : SPAN("(none)"));
    if (how->name == HTML_ONE)
        return;
    buf_puts(out, " <small>");
    html_text(out, small);
    buf_puts(out, "</small>");
}

static void put_row(struct buf *out, const struct tally_row *r, const struct html_tally *how, uint64_t most)
{
    struct html_segment v[2];
    struct span second = span_cstr(r->name), first = second;
    size_t n = 0;
    if (how->name != HTML_ONE)
        span_cut(&second, '/', &first);
    for (size_t i = 0; i < 2 && how->bar[i].colour; i++)
        v[n++] = (struct html_segment){ r->v[how->bar[i].v], how->colour ? how->colour(second) : how->bar[i].colour };
    if (how->within)
        v[1].part -= v[0].part < v[1].part ? v[0].part : v[1].part;
    buf_puts(out, "<tr><th scope=row>");
    put_name(out, first, second, how);
    html_bar(out, v, n, most);
    for (size_t k = 0; k < how->n; k++) {
        uint64_t x = r->v[how->columns[k].v];
        buf_puts(out, x ? "<td>" : "<td class=zero>");
        html_number(out, x);
    }
    buf_putc(out, '\n');
}

static uint64_t longest_bar(const struct tally *t, const struct html_tally *how)
{
    uint64_t most = 0;
    for (size_t i = 0; i < t->n; i++) {
        uint64_t sum = 0;
        for (size_t k = how->within; k < 2 && how->bar[k].colour; k++)
            sum += t->rows[i].v[how->bar[k].v];
        most = sum > most ? sum : most;
    }
    return most;
}

void html_put_tally(struct buf *out, const struct tally *all, const struct html_tally *how, size_t most)
{
    struct tally t = copy_of(all);
    uint64_t longest = longest_bar(&t, how);
    tally_sort_by_count(&t, how->sort);
    buf_printf(out, "<section><h2>%s</h2>", how->title);
    if (how->about)
        buf_printf(out, "<p class=soft>%s</p>", how->about);
    if (t.n == 0)
        buf_printf(out, "<p>%s</p>", how->empty);
    else
        put_head(out, how);
    /* A part that hides two rows hides nothing worth a click. */
    size_t shown = t.n <= HTML_FIRST_ROWS + 2 ? t.n : HTML_FIRST_ROWS, last = t.n < most ? t.n : most;
    for (size_t i = 0; i < shown; i++)
        put_row(out, &t.rows[i], how, longest);
    if (t.n)
        buf_puts(out, "</table>");
    if (shown < t.n) {
        buf_printf(out, "<details><summary>%zu more</summary>", last - shown);
        put_head(out, how);
        for (size_t i = shown; i < last; i++)
            put_row(out, &t.rows[i], how, longest);
        buf_puts(out, "</table></details>");
    }
    if (last < t.n)
        buf_printf(out, "<p class=soft>%zu beyond these; the ledger has them all.</p>", t.n - last);
    buf_puts(out, "</section>\n");
    tally_release(&t);
}
