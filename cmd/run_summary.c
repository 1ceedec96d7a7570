/* run_summary.c - see run_summary.h. */
#include "cmd/run_summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/alloc.h"
#include "core/log.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "pipeline/run/corpus.h"
#include "pipeline/run/registry.h"
#include "pipeline/run/tally.h"

#define MOST_RULES 24 /* lines of rules that a terminal shows at once; the report has them all */

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* A name, a number in a column of its own, and what it is. */
static void put_line(struct buf *out, const char *name, uint64_t v, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void put_line(struct buf *out, const char *name, uint64_t v, const char *fmt, ...)
{
    struct buf number = { 0 };
    char tail[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(tail, sizeof tail, fmt, ap);
    va_end(ap);
    buf_grouped(&number, v);
    buf_printf(out, "%-8s %15.*s%s%s\n", name, SPAN_ARG(buf_view(&number)), *tail ? "  " : "", tail);
    buf_release(&number);
}

/* Dropped and failed records by stage and rule, most first. */
static void put_rules(const struct json *manifest, struct buf *out)
{
    const struct json *stages = json_get(manifest, "stages");
    struct tally t = { 0 };
    struct buf name = { 0 };
    for (const struct json *s = stages ? stages->first : NULL; s; s = s->next)
        for (const struct json *q = s->first; q; q = q->next) {
            buf_reset(&name);
            buf_printf(&name, "%-9.*s %.*s", SPAN_ARG(s->name), SPAN_ARG(q->name));
            tally_at(&t, buf_view(&name))->v[0] = (uint64_t)q->num;
        }
    tally_sort_by_count(&t, 0);
    for (size_t i = 0; i < t.n && i < MOST_RULES; i++)
        put_line(out, "", t.rows[i].v[0], "%s", t.rows[i].name);
    if (t.n > MOST_RULES)
        buf_printf(out, "%26s%zu more rules: see the report\n", "", t.n - MOST_RULES);
    tally_release(&t);
    buf_release(&name);
}

/* A word as a shell takes it back. */
static void put_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@%+=:,-";
    bool quote = !*word || word[strspn(word, plain)];
    if (quote)
        buf_putc(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *word);
    }
    if (quote)
        buf_putc(out, '\'');
}

/* Rows that are looked at to find a kept page. */
#define LOOK_ROWS 100000

struct first_host {
    struct buf host;
    uint64_t rows;
};

/* The host of a row's URL, where it is a plain name that needs no quotes. */
static bool plain_host(const struct ledger_row *row, struct buf *host)
{
    struct url u;
    buf_reset(host);
    if (!url_parse(json_str(row->json, "url", (struct span){ 0 }), &u) || !u.host.n)
        return false;
    for (size_t i = 0; i < u.host.n; i++) {
        char c = ascii_lower(u.host.p[i]);
        if (!ascii_alpha(c) && !ascii_digit(c) && c != '.' && c != '-')
            return false;
        buf_putc(host, c);
    }
    return u.host.p[0] != '-';
}

static int first_host(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct first_host *x = ctx;
    return (row->kept && plain_host(row, &x->host)) || ++x->rows == LOOK_ROWS;
}

static void put_command(struct buf *out, const char *command, const char *folder, const char *arguments, const char *word)
{
    buf_puts(out, "  ");
    put_word(out, program_invocation_name);
    buf_printf(out, " %s ", command);
    put_word(out, folder);
    buf_printf(out, "%s%s", *arguments ? " " : "", arguments);
    if (word) {
        buf_putc(out, ' ');
        put_word(out, word);
    }
    buf_putc(out, '\n');
}

/* Three commands that work as they stand: a host of the corpus, a shard of it. */
static void put_next(const struct corpus *c, struct buf *out)
{
    struct first_host first = { .rows = 0 };
    bool found = corpus_rows(c, first_host, &first, NULL) == 0 && first.host.n && first.rows < LOOK_ROWS;
    buf_putc(&first.host, 0);
    buf_puts(out, "\nnext:\n");
    put_command(out, "verify", c->out, c->n_shards ? "--replay 10" : "", NULL);
    put_command(out, "audit", c->out, found ? "--domain" : "--all", found ? first.host.p : NULL);
    if (c->n_shards) {
        char *shard = xasprintf("--shard %.*s --at 0", SPAN_ARG(c->shards[0].name));
        put_command(out, "inspect", c->out, shard, NULL);
        free(shard);
    } else {
        put_command(out, "status", c->out, "", NULL);
    }
    buf_release(&first.host);
}

static void put_paths(const struct corpus *c, struct buf *out)
{
    buf_printf(out, "\nshards    %s/shards/\nmanifest  %s/manifest.json\nreport    %s/report.html  (open it in a browser)\n", c->out, c->out,
               c->out);
}

static uint64_t output_bytes(const struct json *manifest)
{
    uint64_t sum = 0;
    const struct json *outputs = json_get(manifest, "outputs");
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next)
        sum += json_u64(o, "bytes", 0);
    return sum;
}

/* Records that ingest let through: pages, as far as type and status tell. */
static uint64_t pages(const struct json *manifest)
{
    const struct json *funnel = json_get(manifest, "funnel");
    return json_u64(funnel ? funnel->first : NULL, "kept", 0);
}

uint64_t summary_peak_kib(const struct super_report *report)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)u.ru_maxrss > report->max_rss_kib ? (uint64_t)u.ru_maxrss : report->max_rss_kib;
}

static void put_counts(const struct run *r, const struct run_totals *t, const struct corpus *c, struct buf *out)
{
    const struct json *counts = json_get(c->manifest, "counts");
    uint64_t records = json_u64(counts, "records", 0), kept = json_u64(counts, "kept", 0);
    put_line(out, "records", records, "in %zu input%s, %.1f MB", r->plan.n_inputs, plural(r->plan.n_inputs), (double)t->input_bytes / 1e6);
    put_line(out, "kept", kept, "%.1f %%", records ? 100.0 * (double)kept / (double)records : 0);
    put_line(out, "dropped", json_u64(counts, "dropped", 0), "%s", "");
    put_line(out, "failed", json_u64(counts, "failed", 0), "%s", records > kept ? "dropped and failed by stage and rule:" : "");
    put_rules(c->manifest, out);
    put_line(out, "tokens", json_u64(c->manifest, "tokens", 0), "%s", "");
    put_line(out, "bytes", output_bytes(c->manifest), "written");
}

static void put_speed(const struct json *manifest, const struct super_report *report, uint64_t workers, double seconds, struct buf *out)
{
    uint64_t n = pages(manifest);
    put_line(out, "speed", seconds > 0 ? (uint64_t)((double)n / seconds + 0.5) : 0,
             "pages a second: %" PRIu64 " in %.2f s with %" PRIu64 " worker%s, %.2f s of CPU", n, seconds, workers, plural(workers),
             report->cpu_seconds);
    put_line(out, "memory", (summary_peak_kib(report) + 1023) / 1024, "MiB at most in one process");
}

static void say_attention(const struct run *r, const struct run_totals *t)
{
    if (!stages_want(r->plan.config, "optout"))
        log_warn("NO OPT-OUT SIGNAL WAS LOOKED AT: run.stages leaves the stage 'optout' out, so robots.txt and every other reservation was ignored");
    if (t->killed)
        log_warn("%" PRIu64 " record%s KILLED THE WORKER and became failed row%s (rule crash: a bug, please report it; rule memory: more than "
                 "run.worker_memory): sluice audit %s --all --json tells which", t->killed, plural(t->killed), plural(t->killed), r->out);
    if (t->unknown_hosts)
        log_warn("%" PRIu64 " record%s refused because the snapshot does not have the robots.txt of the host (robots_unknown_host); make a "
                 "snapshot that has it: sluice robots build -o SNAPSHOT ROBOTS.warc.gz..., then run with --robots SNAPSHOT in a new folder",
                 t->unknown_hosts, t->unknown_hosts == 1 ? " was" : "s were");
    if (t->damage)
        log_warn("%" PRIu64 " run%s of damaged bytes belong%s to no record (rule damage): sluice audit %s --all --json tells where", t->damage,
                 plural(t->damage), t->damage == 1 ? "s" : "", r->out);
}

static int put_out(struct buf *out, struct error *e)
{
    int rc = stdout_write(out->p, out->n, e);
    if (rc == 0)
        rc = stdout_flush(e);
    buf_release(out);
    return rc;
}

int summary_show(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers, double seconds,
                 struct error *e)
{
    struct buf out = { 0 };
    struct corpus c;
    int rc = corpus_manifest(&c, r->out, e);
    if (rc)
        return rc;
    put_counts(r, t, &c, &out);
    put_speed(c.manifest, report, workers, seconds, &out);
    put_paths(&c, &out);
    put_next(&c, &out);
    corpus_close(&c);
    rc = put_out(&out, e);
    say_attention(r, t);
    return rc;
}

int summary_done(const struct run *r, uint64_t *damage, struct error *e)
{
    struct buf out = { 0 };
    struct corpus c;
    int rc = corpus_manifest(&c, r->out, e);
    if (rc)
        return rc;
    const struct json *counts = json_get(c.manifest, "counts");
    *damage = json_u64(c.manifest, "damage", 0);
    buf_puts(&out, "already done, nothing was changed: ");
    buf_grouped(&out, json_u64(counts, "records", 0));
    buf_puts(&out, " records, ");
    buf_grouped(&out, json_u64(counts, "kept", 0));
    buf_puts(&out, " kept, ");
    buf_grouped(&out, json_u64(c.manifest, "tokens", 0));
    buf_puts(&out, " tokens\n");
    put_paths(&c, &out);
    put_next(&c, &out);
    corpus_close(&c);
    return put_out(&out, e);
}
