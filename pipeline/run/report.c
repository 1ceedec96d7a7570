/* report.c - see report.h. */
#include "pipeline/run/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/run/manifest.h"

static const char style[] =
    ":root{--ink:#1c2430;--soft:#5b6675;--line:#d9dee5;--page:#fbfcfd;--card:#fff;--keep:#1f7a5c;--drop:#b4632a;--fail:#b02a37;--bar:#3b6ea8}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--soft:#9aa6b5;--line:#343d4a;--page:#12161c;--card:#1a2029;--keep:#4fc3a1;"
    "--drop:#e0985f;--fail:#f0808a;--bar:#7fb0e6}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}"
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}"
    "p{margin:.3rem 0}.soft{color:var(--soft)}.warn{border-left:.3rem solid var(--fail);background:var(--card);padding:.7rem 1rem;margin:1rem 0}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.7rem;margin:1.2rem 0}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}.card b{display:block;font-size:1.45rem}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:.28rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}th{font-weight:600;color:var(--soft)}"
    "td.n,th.n{text-align:right;white-space:nowrap}td.name{overflow-wrap:anywhere;min-width:8rem}"
    "td.bar{width:34%;min-width:6rem}td.bar svg{display:block;width:100%;height:.9rem}code,pre{font:.86rem/1.45 ui-monospace,monospace}"
    "code{overflow-wrap:anywhere}pre{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem;overflow-x:auto}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}"
    "@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}td.bar{display:none}th.bar{display:none}}";

static void put_text(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '<': buf_puts(out, "&lt;"); break;
        case '>': buf_puts(out, "&gt;"); break;
        case '&': buf_puts(out, "&amp;"); break;
        case '"': buf_puts(out, "&quot;"); break;
        default: buf_putc(out, s.p[i]);
        }
    }
}

/* 1234567 as 1,234,567. */
static void put_number(struct buf *out, uint64_t v)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v);
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, digits[i]);
    }
}

static void put_percent(struct buf *out, uint64_t part, uint64_t whole)
{
    if (whole)
        buf_printf(out, "%.1f %%", 100.0 * (double)part / (double)whole);
}

static void cell_text(struct buf *out, struct span s)
{
    buf_puts(out, "<td class=name>");
    put_text(out, s);
    buf_puts(out, "</td>");
}

static void cell_number(struct buf *out, uint64_t v)
{
    buf_puts(out, "<td class=n>");
    put_number(out, v);
    buf_puts(out, "</td>");
}

/* A bar of `part` in `whole`, beside numbers that say the same. */
static void cell_bar(struct buf *out, uint64_t part, uint64_t whole, const char *colour)
{
    double width = whole ? 100.0 * (double)part / (double)whole : 0;
    buf_printf(out, "<td class=bar><svg viewBox=\"0 0 100 10\" preserveAspectRatio=none aria-hidden=true>"
                    "<rect width=%.2f height=10 fill=\"var(--%s)\" rx=1 /></svg></td>", width, colour);
}

static void card(struct buf *out, const char *name, uint64_t v, uint64_t whole)
{
    buf_puts(out, "<div class=card><span class=soft>");
    buf_puts(out, name);
    buf_puts(out, "</span><b>");
    put_number(out, v);
    buf_puts(out, "</b><span class=soft>");
    put_percent(out, v, whole);
    buf_puts(out, "</span></div>");
}

static void put_head(const struct report_input *in, struct buf *out)
{
    const struct stats *s = in->stats;
    buf_puts(out, "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">"
                  "<title>Sluice: report of a corpus</title><style>");
    buf_puts(out, style);
    buf_puts(out, "</style></head><body><main>\n<h1>What is in this corpus</h1><p class=soft>Every record of the archives is kept, "
                  "dropped with a rule, or failed with an error; this page counts them.</p>\n");
    if (!in->has_optout)
        buf_puts(out, "<p class=warn><b>No opt-out signal was looked at.</b> This configuration leaves the stage out: robots.txt, "
                      "X-Robots-Tag, meta robots and TDMRep were ignored. Do not publish or train on this corpus as if they had been honoured.</p>\n");
    if (in->inputs_failed)
        buf_printf(out, "<p class=warn><b>%" PRIu64 " inputs could not be read</b>; their records are not in any count.</p>\n", in->inputs_failed);
    if (in->damage)
        buf_printf(out, "<p class=warn><b>%" PRIu64 " runs of damaged bytes</b> belong to no record; the ledger has each with its offset.</p>\n",
                   in->damage);
    buf_puts(out, "<div class=cards>");
    card(out, "records", s->records, 0);
    card(out, "kept", s->kept, s->records);
    card(out, "dropped", s->dropped, s->records);
    card(out, "failed", s->failed, s->records);
    card(out, "tokens", s->tokens, 0);
    buf_puts(out, "</div>\n");
}

static void put_funnel(const struct report_input *in, struct buf *out)
{
    const struct stats *s = in->stats;
    uint64_t left = s->records, failed;
    buf_puts(out, "<h2>The funnel</h2><div class=scroll><table><tr><th>stage<th class=n>in<th class=n>dropped<th class=n>failed"
                  "<th class=n>left<th class=bar>left of all records</tr>\n");
    for (const char *const *stage = funnel_stages; *stage; stage++) {
        uint64_t gone = funnel_left(s, *stage, &failed);
        if (!gone)
            continue;
        buf_puts(out, "<tr>");
        cell_text(out, span_cstr(*stage));
        cell_number(out, left);
        cell_number(out, gone - failed);
        cell_number(out, failed);
        left -= gone;
        cell_number(out, left);
        cell_bar(out, left, s->records, "keep");
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</table></div>\n");
}

static struct tally copy_of(const struct tally *t)
{
    struct tally c = { 0 };
    for (size_t i = 0; i < t->n; i++)
        memcpy(tally_at(&c, span_cstr(t->rows[i].name))->v, t->rows[i].v, sizeof t->rows[i].v);
    return c;
}

struct column {
    const char *title;
    unsigned v;
};

/*
 * A table of a tally, most first by the first column's number; "a/b" names become two cells where
 * `second` titles the other.  bar: of the first column, against the largest.
 */
static void put_tally(const struct tally *all, const char *title, const char *first, const char *second, const struct column *columns,
                      size_t n, const char *colour, const char *empty, struct buf *out)
{
    struct tally t = copy_of(all);
    uint64_t most = 0;
    tally_sort_by_count(&t, columns[0].v);
    buf_printf(out, "<h2>%s</h2>", title);
    if (t.n == 0) {
        buf_printf(out, "<p class=soft>%s</p>\n", empty);
        return;
    }
    most = t.rows[0].v[columns[0].v];
    buf_printf(out, "<div class=scroll><table><tr><th>%s", first);
    if (second)
        buf_printf(out, "<th>%s", second);
    for (size_t k = 0; k < n; k++)
        buf_printf(out, "<th class=n>%s", columns[k].title);
    buf_puts(out, "<th class=bar></tr>\n");
    for (size_t i = 0; i < t.n && i < REPORT_MAX_LIST; i++) {
        struct span name = span_cstr(t.rows[i].name), head = name;
        buf_puts(out, "<tr>");
        if (second)
            span_cut(&name, '/', &head);
        cell_text(out, head.n ? head : SPAN("(none)"));
        if (second)
            cell_text(out, name);
        for (size_t k = 0; k < n; k++)
            cell_number(out, t.rows[i].v[columns[k].v]);
        cell_bar(out, t.rows[i].v[columns[0].v], most, colour);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</table></div>");
    if (t.n > REPORT_MAX_LIST)
        buf_printf(out, "<p class=soft>and %zu more; the ledger has them all</p>", t.n - REPORT_MAX_LIST);
    buf_putc(out, '\n');
    tally_release(&t);
}

static void put_tallies(const struct report_input *in, struct buf *out)
{
    static const struct column rules[] = { { "dropped", RULE_DROPPED }, { "failed", RULE_FAILED } };
    static const struct column languages[] = { { "kept", LANG_KEPT }, { "pages", LANG_ROWS }, { "tokens", LANG_TOKENS } };
    static const struct column hosts[] = { { "kept", HOST_KEPT }, { "tokens", HOST_TOKENS } };
    static const struct column evidence[] = { { "records", EVIDENCE_ALL }, { "of them kept", EVIDENCE_KEPT } };
    static const struct column pii[] = { { "places", PII_SPANS }, { "documents", PII_DOCUMENTS } };
    const struct stats *s = in->stats;
    put_tally(&s->rules, "Why records left", "stage", "rule", rules, 2, "drop", "None left.", out);
    put_tally(&s->languages, "Languages", "language", NULL, languages, 3, "keep", "No language was identified.", out);
    put_tally(&s->hosts, "Domains of kept pages", "host", NULL, hosts, 2, "bar", "No page was kept.", out);
    put_tally(&s->evidence, "Opt-out evidence", "signal", "verdict", evidence, 2, "bar", "No opt-out signal was looked at.", out);
    put_tally(&s->pii, "Personal data replaced in kept pages", "kind", NULL, pii, 2, "bar", "None was found, or the stage was left out.", out);
    put_tally(&s->years, "Capture years of kept pages", "year", NULL, hosts, 2, "bar", "No page was kept.", out);
}

static void put_files(const struct report_file *v, size_t n, const char *title, bool records, struct buf *out)
{
    buf_printf(out, "<h2>%s</h2><div class=scroll><table><tr><th>name<th class=n>bytes%s<th>SHA-256</tr>\n", title,
               records ? "<th class=n>records" : "");
    for (size_t i = 0; i < n && i < REPORT_MAX_LIST; i++) {
        buf_puts(out, "<tr>");
        cell_text(out, span_cstr(v[i].path));
        cell_number(out, v[i].bytes);
        if (records)
            cell_number(out, v[i].records);
        buf_printf(out, "<td><code>%s</code></td></tr>\n", v[i].sha256 ? v[i].sha256 : "not read");
    }
    buf_puts(out, "</table></div>");
    if (n > REPORT_MAX_LIST)
        buf_printf(out, "<p class=soft>and %zu more; the manifest has them all</p>", n - REPORT_MAX_LIST);
    buf_putc(out, '\n');
}

static void fact(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_printf(out, "<dt>%s</dt><dd><code>", name);
    put_text(out, span_cstr(value));
    buf_puts(out, "</code></dd>");
}

static void put_facts(const struct report_input *in, struct buf *out)
{
    char text[400];
    buf_puts(out, "<h2>Facts of the run</h2><dl>");
    snprintf(text, sizeof text, "%s, commit %s", in->version, in->commit);
    fact(out, "Sluice", text);
    fact(out, "configuration, SHA-256", in->config_sha256);
    fact(out, "opt-out judged as of", in->has_optout ? in->as_of : NULL);
    for (size_t i = 0; i < in->n_sources; i++) {
        const struct report_source *q = &in->sources[i];
        snprintf(text, sizeof text, "%s%s%s, SHA-256 %s", q->name, q->version && *q->version ? " " : "", q->version ? q->version : "", q->sha256);
        fact(out, q->kind, text);
    }
    snprintf(text, sizeof text, "%s, %" PRIu32 " ids of %u bytes, SHA-256 %s", in->tokenizer, in->vocab_size, in->token_bytes, in->tokenizer_sha256);
    fact(out, "tokenizer", text);
    fact(out, "Merkle root of kept documents", in->merkle_root);
    fact(out, "Merkle root of the ledger", in->ledger_root);
    buf_puts(out, "</dl>\n<details><summary>The configuration</summary><pre>");
    put_text(out, span_of(in->config_text, in->config_bytes));
    buf_puts(out, "</pre></details>\n");
}

void report_put(const struct report_input *in, struct buf *out)
{
    put_head(in, out);
    put_funnel(in, out);
    put_tallies(in, out);
    put_files(in->inputs, in->n_inputs, "Inputs", true, out);
    put_files(in->shards, in->n_shards, "Shards", false, out);
    buf_puts(out, "<p class=soft>All shards: ");
    put_number(out, in->shards_bytes);
    buf_puts(out, " bytes.</p>\n");
    put_facts(in, out);
    buf_puts(out, "</main></body></html>\n");
}

int report_write(const struct report_input *in, const char *path, const char *tmp_dir, struct outfile_done *done, struct error *e)
{
    struct buf text = { 0 };
    report_put(in, &text);
    int rc = file_write(path, tmp_dir, buf_view(&text), done, e);
    buf_release(&text);
    return rc;
}
