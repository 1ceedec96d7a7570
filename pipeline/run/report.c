/* report.c - see report.h: what the page tells, in its order. */
#include "pipeline/run/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "pipeline/run/manifest.h"
#include "pipeline/run/registry.h"
#include "pipeline/run/report_html.h"

/* ---- what must not be overlooked ---- */

static void bad_note(struct buf *out, const char *what, const char *so)
{
    buf_printf(out, "<p class=\"note bad\" role=alert><strong>%s</strong> %s</p>\n", what, so);
}

static void put_optout_gaps(const struct report_input *in, struct buf *out)
{
    static const struct {
        const char *key, *what;
    } signals[] = {
        { "optout.robots", "robots.txt" }, { "optout.headers", "X-Robots-Tag" }, { "optout.meta", "meta robots" }, { "optout.tdmrep", "TDMRep" },
    };
    char what[200] = "";
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!config_bool(in->config, signals[i].key))
            snprintf(what + strlen(what), sizeof what - strlen(what), "%s%s", *what ? ", " : "Not looked at: ", signals[i].what);
    if (*what) {
        snprintf(what + strlen(what), sizeof what - strlen(what), ".");
        bad_note(out, what, "The configuration switches these opt-out signals off.");
    }
    if (config_bool(in->config, "optout.robots") && strcmp(config_str(in->config, "optout.unknown_host"), "allow") == 0)
        bad_note(out, "Hosts without a known robots.txt were let in.",
                 "optout.unknown_host is <code>allow</code>: where the snapshot does not have a host, nobody asked it.");
}

static void put_optout(const struct report_input *in, struct buf *out)
{
    if (!stages_want(in->config, "optout")) {
        bad_note(out, "No opt-out signal was looked at.",
                 "This configuration leaves the stage out: robots.txt, X-Robots-Tag, meta robots and TDMRep were ignored. Do not publish this "
                 "corpus, or train on it, as if they had been honoured.");
        return;
    }
    put_optout_gaps(in, out);
    const struct tally_row *unknown = tally_find(&in->stats->rules, SPAN("optout/robots_unknown_host"));
    uint64_t failed;
    buf_puts(out, "<p class=\"note good\"><strong>Opt-out signals were looked at</strong>, as of ");
    html_text(out, span_cstr(config_str(in->config, "optout.as_of")));
    buf_puts(out, ": ");
    html_number(out, funnel_left(in->stats, "optout", &failed));
    buf_puts(out, " records were refused by them");
    if (unknown) {
        buf_puts(out, ", ");
        html_number(out, unknown->v[RULE_DROPPED]);
        buf_puts(out, " of these because the robots.txt of their host is not known");
    }
    buf_puts(out, ". Each row of the ledger has the evidence.</p>\n");
}

static void put_notes(const struct report_input *in, struct buf *out)
{
    put_optout(in, out);
    char what[100];
    if (in->inputs_failed) {
        snprintf(what, sizeof what, "%" PRIu64 " input%s could not be read.", in->inputs_failed, in->inputs_failed == 1 ? "" : "s");
        bad_note(out, what, "Their records are in no count; inputs.max_failed allowed it.");
    }
    const struct tally_row *crashes = tally_find(&in->stats->rules, SPAN("prepare/crash"));
    if (crashes) {
        snprintf(what, sizeof what, "%" PRIu64 " record%s killed the worker.", crashes->v[RULE_FAILED], crashes->v[RULE_FAILED] == 1 ? "" : "s");
        bad_note(out, what, "Each was tried again alone, and is a failed row (stage prepare, rule crash): a bug worth reporting.");
    }
    if (in->damage)
        buf_printf(out, "<p class=note><strong>%" PRIu64 " run%s of damaged bytes</strong> belong%s to no record; the ledger has each with its "
                        "offset.</p>\n", in->damage, in->damage == 1 ? "" : "s", in->damage == 1 ? "s" : "");
}

/* ---- figures ---- */

static void card(struct buf *out, const char *colour, const char *name, uint64_t v)
{
    buf_printf(out, "<div class=\"card %s\"><span>%s</span><b>", colour, name);
    html_number(out, v);
    buf_puts(out, "</b><span>");
}

static void put_cards(const struct report_input *in, struct buf *out)
{
    const struct stats *s = in->stats;
    uint64_t bytes = 0, shards = 0;
    for (size_t i = 0; i < in->n_inputs; i++)
        bytes += in->inputs[i].bytes;
    for (size_t i = 0; i < in->n_shards; i++)
        shards += in->shards[i].bytes;
    buf_puts(out, "<div class=cards>");
    card(out, "", "records", s->records);
    buf_printf(out, "in %zu input%s, ", in->n_inputs, in->n_inputs == 1 ? "" : "s");
    html_bytes(out, bytes);
    buf_puts(out, "</span></div>\n");
    card(out, "keep", "kept", s->kept);
    html_percent(out, s->kept, s->records);
    buf_puts(out, "</span></div>\n");
    card(out, "drop", "dropped", s->dropped);
    html_percent(out, s->dropped, s->records);
    buf_puts(out, "</span></div>\n");
    card(out, s->failed ? "fail" : "", "failed", s->failed);
    html_percent(out, s->failed, s->records);
    buf_puts(out, "</span></div>\n");
    card(out, "", "tokens", s->tokens);
    if (s->kept) {
        html_number(out, (s->tokens + s->kept / 2) / s->kept);
        buf_puts(out, " a document");
    }
    buf_puts(out, "</span></div>\n");
    card(out, "", "shards", in->n_shards);
    html_bytes(out, shards);
    buf_puts(out, "</span></div></div>\n");
}

/* What each stage decides by, for those who do not know them. */
static const char *about(const char *stage)
{
    static const struct {
        const char *stage, *text;
    } t[] = {
        { "ingest", "record type, status, media type, damage" }, { "optout", "robots.txt, HTTP header, page head" },
        { "extract", "main content" }, { "language", "label and score" }, { "quality", "rules of the recipe" },
        { "pii", "personal data replaced by tags" }, { "prepare", "records that killed a worker" },
        { "dedup", "same text, same URL, near the same" }, { "pack", "tokens" },
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        if (strcmp(t[i].stage, stage) == 0)
            return t[i].text;
    return "";
}

static bool is_optional(const char *stage)
{
    static const char *const names[] = { "optout", "extract", "language", "quality", "pii" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], stage) == 0)
            return true;
    return false;
}

static void cell(struct buf *out, const char *class, uint64_t v)
{
    buf_printf(out, "<td class=\"%s%s\">", class, v ? "" : " zero");
    html_number(out, v);
}

static void put_stage(const struct report_input *in, const char *stage, uint64_t *left, struct buf *out)
{
    uint64_t failed, gone = funnel_left(in->stats, stage, &failed), before = *left;
    *left -= gone;
    buf_printf(out, "<tr><th scope=row>%s <small>%s</small>", stage, about(stage));
    if (is_optional(stage) && !stages_want(in->config, stage)) {
        buf_printf(out, "<td colspan=4 class=\"%s\">left out\n", strcmp(stage, "optout") == 0 ? "off" : "zero");
        return;
    }
    const struct html_segment v[] = { { *left, "keep" }, { gone - failed, "drop" }, { failed, "fail" } };
    html_bar(out, v, 3, in->stats->records);
    cell(out, "wide", before);
    cell(out, "", gone - failed);
    cell(out, "", failed);
    cell(out, "total", *left);
    buf_putc(out, '\n');
}

static void put_funnel(const struct report_input *in, struct buf *out)
{
    uint64_t left = in->stats->records, failed;
    buf_puts(out, "<section class=funnel><h2>The funnel</h2><p class=soft>Of all records: what a stage left, and what it lost.</p><div class=key>"
                  "<span><i class=keep></i>left</span><span><i class=drop></i>dropped here</span><span><i class=fail></i>failed here</span></div>\n"
                  "<table><thead><tr><th scope=col>stage<th scope=col class=wide>in<th scope=col>dropped<th scope=col>failed<th scope=col>left"
                  "</thead><tbody>\n");
    for (const char *const *stage = funnel_stages(); *stage; stage++)
        if (strcmp(*stage, "prepare") != 0 || funnel_left(in->stats, *stage, &failed))
            put_stage(in, *stage, &left, out);
    buf_puts(out, "</table></section>\n");
}

/* ---- tallies ---- */

static const struct html_column rule_columns[] = { { "dropped", RULE_DROPPED }, { "failed", RULE_FAILED } };
static const struct html_column language_columns[] = { { "pages", LANG_ROWS }, { "kept", LANG_KEPT }, { "tokens", LANG_TOKENS } };
static const struct html_column host_columns[] = { { "kept", HOST_KEPT }, { "tokens", HOST_TOKENS } };
static const struct html_column evidence_columns[] = { { "records", EVIDENCE_ALL }, { "of them kept", EVIDENCE_KEPT } };
static const struct html_column pii_columns[] = { { "places", PII_SPANS }, { "documents", PII_DOCUMENTS } };

static const char *verdict_colour(struct span verdict)
{
    return span_is(verdict, "allowed") ? "keep" : span_is(verdict, "refused") ? "drop" : "fail";
}

static const struct html_tally rules = {
    .title = "Why records left", .first = "rule and stage", .name = HTML_SECOND, .columns = rule_columns, .n = 2, .sort = RULE_DROPPED,
    .bar = { { RULE_DROPPED, "drop" }, { RULE_FAILED, "fail" } }, .empty = "None left.",
};
static const struct html_tally languages = {
    .title = "Languages", .about = "Pages whose language was identified, and those kept of them.", .first = "language", .columns = language_columns,
    .n = 3, .sort = LANG_ROWS, .bar = { { LANG_KEPT, "keep" }, { LANG_ROWS, "drop" } }, .within = true, .empty = "No language was identified.",
};
static const struct html_tally hosts = {
    .title = "Domains of kept pages", .first = "host", .columns = host_columns, .n = 2, .sort = HOST_KEPT, .bar = { { HOST_KEPT, "plain" } },
    .empty = "No page was kept.",
};
static const struct html_tally evidence = {
    .title = "Opt-out evidence", .about = "Signals that were found, and how each was read.", .first = "signal and verdict", .name = HTML_FIRST,
    .colour = verdict_colour, .columns = evidence_columns, .n = 2, .sort = EVIDENCE_ALL, .bar = { { EVIDENCE_ALL, "plain" } }, .empty = "No opt-out signal was looked at.",
};
static const struct html_tally pii = {
    .title = "Personal data replaced", .about = "In kept pages, by kind.", .first = "kind", .columns = pii_columns, .n = 2, .sort = PII_SPANS,
    .bar = { { PII_SPANS, "plain" } }, .empty = "None was found.",
};
static const struct html_tally years = {
    .title = "Capture years of kept pages", .first = "year", .columns = host_columns, .n = 2, .sort = HOST_KEPT, .bar = { { HOST_KEPT, "plain" } },
    .empty = "No page was kept.",
};

static void put_tallies(const struct report_input *in, struct buf *out)
{
    const struct stats *s = in->stats;
    struct html_tally people = pii, hosts_told = hosts;
    if (!stages_want(in->config, "pii"))
        people.empty = "The stage was left out: personal data stands as it was.";
    if (s->hosts_cut)
        hosts_told.about = "Of so many hosts only the largest of each part of the run were counted.";
    html_put_tally(out, &s->rules, &rules, REPORT_MAX_LIST);
    buf_puts(out, "<div class=pair><div>\n");
    html_put_tally(out, &s->languages, &languages, REPORT_MAX_LIST);
    html_put_tally(out, &s->evidence, &evidence, REPORT_MAX_LIST);
    buf_puts(out, "</div><div>\n");
    html_put_tally(out, &s->hosts, &hosts_told, REPORT_MAX_LIST);
    html_put_tally(out, &s->pii, &people, REPORT_MAX_LIST);
    html_put_tally(out, &s->years, &years, REPORT_MAX_LIST);
    buf_puts(out, "</div></div>\n");
}

/* ---- the run's facts ---- */

static void put_file(const struct report_file *f, bool records, struct buf *out)
{
    buf_puts(out, "<tr><th scope=row>");
    html_text(out, span_cstr(f->path));
    buf_puts(out, "<br><small>");
    if (f->sha256)
        html_code(out, span_cstr(f->sha256));
    else
        buf_puts(out, "<span class=off>could not be read</span>");
    buf_puts(out, "</small>");
    if (records)
        cell(out, "", f->records);
    cell(out, "", f->bytes);
    buf_putc(out, '\n');
}

static void put_files(const struct report_file *v, size_t n, const char *title, bool records, struct buf *out)
{
    buf_printf(out, "<section><h2>%s</h2><table><thead><tr><th scope=col>name, SHA-256%s<th scope=col>bytes</thead><tbody>\n", title,
               records ? "<th scope=col>records" : "");
    size_t shown = n <= HTML_FIRST_ROWS + 2 ? n : HTML_FIRST_ROWS, last = n < REPORT_MAX_LIST ? n : REPORT_MAX_LIST;
    for (size_t i = 0; i < shown; i++)
        put_file(&v[i], records, out);
    buf_puts(out, "</table>");
    if (shown < n) {
        buf_printf(out, "<details><summary>%zu more</summary><table><tbody>\n", last - shown);
        for (size_t i = shown; i < last; i++)
            put_file(&v[i], records, out);
        buf_puts(out, "</table></details>");
    }
    if (last < n)
        buf_printf(out, "<p class=soft>%zu beyond these; the manifest has them all.</p>", n - last);
    buf_puts(out, "</section>\n");
}

static void begin_fact(struct buf *out, const char *name)
{
    buf_printf(out, "<dt>%s</dt><dd>", name);
}

static void digest_fact(struct buf *out, const char *name, struct span what, const char *sha256)
{
    begin_fact(out, name);
    html_text(out, what);
    buf_puts(out, "<br>");
    html_code(out, span_cstr(sha256));
    buf_puts(out, "</dd>\n");
}

static void put_facts(const struct report_input *in, struct buf *out)
{
    char text[400];
    buf_puts(out, "<section><h2>Facts of the run</h2><dl>\n");
    begin_fact(out, "program");
    html_text(out, SPAN("Sluice "));
    html_text(out, span_cstr(in->version));
    buf_puts(out, ", commit ");
    html_code(out, span_cstr(in->commit));
    buf_puts(out, "</dd>\n");
    snprintf(text, sizeof text, "%s: %" PRIu32 " ids, stored in %u bytes each", in->tokenizer, in->vocab_size, in->token_bytes);
    digest_fact(out, "tokenizer", span_cstr(text), in->tokenizer_sha256);
    for (size_t i = 0; i < in->n_sources; i++) {
        const struct report_source *q = &in->sources[i];
        snprintf(text, sizeof text, "%s%s%s", q->name, q->version && *q->version ? ", version " : "", q->version ? q->version : "");
        digest_fact(out, q->kind, span_cstr(text), q->sha256);
    }
    digest_fact(out, "ledger root", SPAN("RFC 6962, over every row"), in->ledger_root);
    digest_fact(out, "Merkle root", SPAN("RFC 6962, over the kept documents"), in->merkle_root);
    digest_fact(out, "configuration", SPAN("SHA-256 of the text below"), in->config_sha256);
    buf_puts(out, "</dl><details><summary>The configuration, every default filled in</summary><pre>");
    html_text(out, in->config_text);
    buf_puts(out, "</pre></details></section>\n");
}

void report_put(const struct report_input *in, struct buf *out)
{
    html_begin(out, "Sluice: report of a corpus");
    buf_puts(out, "<h1>What is in this corpus, and what is not</h1>\n<p class=lead>Every record of the archives is kept, dropped by a rule, or failed "
                  "with an error. This page counts them; the ledger beside it has each one, and <code>sluice audit</code> finds it.</p>\n");
    put_notes(in, out);
    put_cards(in, out);
    put_funnel(in, out);
    put_tallies(in, out);
    put_files(in->inputs, in->n_inputs, "Inputs", true, out);
    put_files(in->shards, in->n_shards, "Shards", false, out);
    put_facts(in, out);
    buf_puts(out, "<footer>Check it: <code>sha256sum -c manifest.sha256</code>, then <code>sluice verify</code>.</footer>\n");
    html_end(out);
}

int report_write(const struct report_input *in, const char *path, const char *tmp_dir, struct outfile_done *done, struct error *e)
{
    struct buf text = { 0 };
    report_put(in, &text);
    int rc = file_write(path, tmp_dir, buf_view(&text), done, e);
    buf_release(&text);
    return rc;
}
