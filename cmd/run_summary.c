/* run_summary.c - see run_summary.h. */
#include "cmd/run_summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/infile.h"
#include "core/log.h"
#include "core/text/url.h"
#include "pipeline/run/corpus.h"
#include "pipeline/run/manifest.h"

#define MANIFEST_MAX_BYTES (256u << 20)

static double megabytes(uint64_t bytes)
{
    return (double)bytes / 1e6;
}

/* ---- the three commands worth trying next ---- */

/* Rows that are looked at to find a kept page. */
#define LOOK_ROWS 100000

struct first_kept {
    struct buf host;
    uint64_t rows;
};

static int look_at_row(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct first_kept *x = ctx;
    struct url u;
    if (row->kept && url_parse(json_str(row->json, "url", SPAN("")), &u) && !x->host.n)
        buf_span(&x->host, u.host);
    return x->host.n || ++x->rows == LOOK_ROWS;
}

/* A word that a shell takes as it is. */
static void put_word(struct buf *b, struct span word)
{
    bool plain = word.n > 0;
    for (size_t i = 0; i < word.n; i++)
        plain &= ascii_alpha(word.p[i]) || ascii_digit(word.p[i]) || memchr("/._-+:,@%", word.p[i], 9);
    if (plain) {
        buf_span(b, word);
        return;
    }
    buf_putc(b, '\'');
    for (size_t i = 0; i < word.n; i++)
        buf_puts(b, word.p[i] == '\'' ? "'\\''" : (char[]){ word.p[i], 0 });
    buf_putc(b, '\'');
}

static void put_command(struct buf *b, const struct run *r, const char *command)
{
    buf_puts(b, "  ");
    put_word(b, span_cstr(program_invocation_name));
    buf_printf(b, " %s ", command);
    put_word(b, span_cstr(r->out));
}

/* They run as they stand: the host is that of a page that was kept. */
static void next_commands(const struct run *r)
{
    struct corpus c;
    struct error e;
    struct buf b = { 0 };
    struct first_kept first = { .rows = 0 };
    if (corpus_manifest(&c, r->out, &e) == 0) {
        if (corpus_rows(&c, look_at_row, &first, &e) < 0)
            buf_reset(&first.host);
        corpus_close(&c);
    }
    buf_puts(&b, "\nnext:\n");
    put_command(&b, r, "verify");
    buf_putc(&b, '\n');
    put_command(&b, r, "audit");
    if (first.host.n) {
        buf_puts(&b, " --domain ");
        put_word(&b, buf_view(&first.host));
        buf_putc(&b, '\n');
        put_command(&b, r, "inspect");
        buf_puts(&b, " --shard shards/00000.zst --at 0\n");
    } else {
        buf_puts(&b, " --all\n");
        put_command(&b, r, "status");
        buf_putc(&b, '\n');
    }
    fwrite(b.p, 1, b.n, stdout);
    buf_release(&b);
    buf_release(&first.host);
}

static uint64_t tree_bytes(const struct json *manifest)
{
    uint64_t sum = 0;
    const struct json *outputs = json_get(manifest, "outputs");
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next)
        sum += json_u64(o, "bytes", 0);
    return sum;
}

/* "stages": {STAGE: {RULE: n}}, in the order of the funnel. */
static void show_rules(const struct json *manifest)
{
    const struct json *stages = json_get(manifest, "stages");
    for (const char *const *stage = funnel_stages; *stage; stage++) {
        const struct json *rules = json_get(stages, *stage);
        for (const struct json *q = rules ? rules->first : NULL; q; q = q->next)
            printf("  %10.0f  %s: %.*s\n", q->num, *stage, SPAN_ARG(q->name));
    }
}

static const struct json *read_manifest(const struct run *r, struct arena *a, struct buf *text)
{
    char *path = run_path(r, "manifest.json");
    struct json *v = NULL;
    struct error e;
    if (file_read(path, MANIFEST_MAX_BYTES, text, &e) || json_parse(buf_view(text), a, &v, NULL))
        v = NULL;
    free(path);
    return v;
}

static void show_warnings(const struct run *r, const struct run_totals *t, const struct super_report *report)
{
    if (report->crashes)
        log_warn("%" PRIu64 " records KILLED THEIR WORKER and are failed rows (rule crash): sluice audit %s --all --json tells which",
                 report->crashes, r->out);
    if (t->unknown_hosts)
        log_warn("%" PRIu64 " records were refused because the robots.txt of their host is not in the snapshot; "
                 "make one that has it: sluice robots build -o SNAPSHOT ROBOTS.warc.gz, then run with --robots SNAPSHOT",
                 t->unknown_hosts);
    if (t->damage)
        log_warn("%" PRIu64 " runs of bytes are damaged and belong to no record: sluice audit %s --all --json tells where", t->damage,
                 r->out);
}

static uint64_t peak_kib(const struct super_report *report)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)u.ru_maxrss > report->max_rss_kib ? (uint64_t)u.ru_maxrss : report->max_rss_kib;
}

void summary_show(const struct run *r, const struct run_totals *t, const struct super_report *report, double seconds)
{
    struct arena a;
    struct buf text = { 0 };
    arena_init(&a, 0);
    const struct json *manifest = read_manifest(r, &a, &text);
    printf("records   %10" PRIu64 "  in %zu inputs, %.1f MB\n", t->records, r->plan.n_inputs, megabytes(t->input_bytes));
    printf("kept      %10" PRIu64 "\ndropped   %10" PRIu64 "\nfailed    %10" PRIu64 "\n", t->kept, t->dropped, t->failed);
    show_rules(manifest);
    printf("tokens    %10" PRIu64 "\nbytes     %10" PRIu64 "  written\n", t->tokens, tree_bytes(manifest));
    printf("speed     %10.0f  records a second, %.2f s, %.2f s of CPU\n", seconds > 0 ? (double)t->records / seconds : 0, seconds,
           report->cpu_seconds);
    printf("memory    %10.0f  MB, the largest process\n", (double)peak_kib(report) / 1024);
    printf("\nshards    %s/shards/\nmanifest  %s/manifest.json\nreport    %s/report.html  (open it in a browser)\n", r->out, r->out, r->out);
    next_commands(r);
    fflush(stdout);
    show_warnings(r, t, report);
    buf_release(&text);
    arena_release(&a);
}

void summary_done(const struct run *r)
{
    struct arena a;
    struct buf text = { 0 };
    arena_init(&a, 0);
    const struct json *m = read_manifest(r, &a, &text), *counts = json_get(m, "counts");
    printf("already done: %.0f records, %.0f kept, %.0f tokens; nothing was changed\n", json_num(counts, "records", 0),
           json_num(counts, "kept", 0), json_num(m, "tokens", 0));
    printf("\nshards    %s/shards/\nmanifest  %s/manifest.json\nreport    %s/report.html\n", r->out, r->out, r->out);
    next_commands(r);
    buf_release(&text);
    arena_release(&a);
}

int summary_write_json(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers,
                       double seconds, struct error *e)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    char host[256] = "", when[32];
    time_t now = time(NULL);
    struct tm tm;
    gethostname(host, sizeof host - 1);
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    jw_begin(&w, '{');
    jw_member_num(&w, "cpu_seconds", report->cpu_seconds);
    jw_member_u64(&w, "crashes", report->crashes);
    jw_member_str(&w, "ended", span_cstr(when));
    jw_member_str(&w, "host", span_cstr(host));
    jw_key(&w, "inputs");
    jw_begin(&w, '[');
    for (size_t i = 0; i < r->plan.n_inputs; i++) {
        jw_begin(&w, '{');
        jw_member_str(&w, "name", span_cstr(r->plan.inputs[i].name));
        jw_member_str(&w, "path", span_cstr(r->plan.inputs[i].path));
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_member_u64(&w, "peak_rss_kib", peak_kib(report));
    jw_member_u64(&w, "records", t->records);
    jw_member_num(&w, "seconds", seconds);
    jw_member_u64(&w, "workers", workers);
    jw_end(&w, '}');
    buf_putc(&b, '\n');
    char *path = run_path(r, "run.json");
    int rc = file_write(path, r->tmp, buf_view(&b), NULL, e);
    free(path);
    buf_release(&b);
    return rc;
}
