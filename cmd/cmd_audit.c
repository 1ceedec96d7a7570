/* cmd_audit.c - `sluice audit`: what became of a page, a domain, a record. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "pipeline/run/audit_db.h"
#include "pipeline/run/corpus.h"

struct audit {
    struct corpus corpus;
    const char *url, *domain, *record;
    bool all, json;
    struct buf want, host, line; /* want: the domain turned round */
    uint64_t found;
};

/* The domain itself and what lies below it: both turned round, so one begins with the other. */
static bool below(struct audit *a, struct span url)
{
    buf_reset(&a->host);
    audit_reverse_host(url, &a->host);
    return a->host.n >= a->want.n && a->want.n && memcmp(a->host.p, a->want.p, a->want.n) == 0;
}

static bool is_record(const struct audit *a, struct span id)
{
    struct span want = span_cstr(a->record);
    if (!id.n || !want.n)
        return false;
    if (span_eq(id, want))
        return true;
    if (id.n < 2 || id.p[0] != '<')
        return false;
    id = span_of(id.p + 1, id.n - 2);
    return span_eq(id, want) || (span_starts(id, "urn:uuid:") && span_eqi(span_from(id, 9), want));
}

static bool matches(struct audit *a, const struct ledger_row *row)
{
    struct span url = json_str(row->json, "url", (struct span){ 0 });
    if (a->all)
        return true;
    if (a->url)
        return url.p && span_is(url, a->url);
    if (a->domain)
        return url.p && below(a, url);
    return is_record(a, json_str(row->json, "id", SPAN("")));
}

static void put_member(struct audit *a, const struct json *v, const char *label)
{
    if (!v)
        return;
    buf_printf(&a->line, "  %-14s ", label);
    buf_visible(&a->line, v->type == JSON_STRING ? v->str : v->raw);
    buf_putc(&a->line, '\n');
}

static void put_evidence(struct audit *a, const struct json *list)
{
    for (const struct json *v = list ? list->first : NULL; v; v = v->next) {
        struct span date = json_str(v, "date", SPAN("")), text = json_str(v, "text", SPAN(""));
        buf_printf(&a->line, "  %-14s ", "evidence");
        buf_visible(&a->line, json_str(v, "signal", SPAN("")));
        buf_puts(&a->line, ": ");
        buf_visible(&a->line, json_str(v, "verdict", SPAN("")));
        if (text.n) {
            buf_puts(&a->line, ", \"");
            buf_visible(&a->line, text);
            buf_puts(&a->line, "\"");
        }
        buf_puts(&a->line, ", ");
        buf_visible(&a->line, json_str(v, "source", SPAN("")));
        buf_puts(&a->line, date.n ? " of " : "");
        buf_visible(&a->line, date);
        buf_putc(&a->line, '\n');
    }
}

/* For people: what was decided first, then the rest of the row. */
static void put_plain(struct audit *a, const struct json *row)
{
    static const char *const members[] = {
        "rule", "value", "threshold", "duplicate_of", "error", "id", "warc", "offset", "at", "length", "date", "language", "language_score",
        "pii", "canonical", "lang_declared", "licence", "text_sha256", "tokens", "tokens_sha256", "shard", "first_token", "truncated",
    };
    struct span stage = json_str(row, "stage", SPAN(""));
    buf_printf(&a->line, "%.*s%s%.*s  ", SPAN_ARG(json_str(row, "outcome", SPAN(""))), stage.n ? " by " : "", SPAN_ARG(stage));
    buf_visible(&a->line, json_str(row, "url", SPAN("(no URL)")));
    buf_putc(&a->line, '\n');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        put_member(a, json_get(row, members[i]), members[i]);
    put_evidence(a, json_get(row, "evidence"));
}

static int take(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct audit *a = ctx;
    struct buf full = { 0 };
    if (!matches(a, row))
        return 0;
    a->found++;
    buf_reset(&a->line);
    int rc = corpus_put_row(&a->corpus, row, &full, e);
    if (rc == 0 && a->json) {
        buf_span(&a->line, buf_view(&full));
        buf_putc(&a->line, '\n');
    } else if (rc == 0) {
        struct arena arena;
        struct json *v;
        arena_init(&arena, 0);
        if (json_parse(buf_view(&full), &arena, &v, NULL) == 0)
            put_plain(a, v);
        arena_release(&arena);
    }
    buf_release(&full);
    return rc ? rc : stdout_write(a->line.p, a->line.n, e);
}

static int search(struct audit *a, const char *out, struct error *e)
{
    int rc = corpus_open(&a->corpus, out, e);
    if (rc)
        return rc;
    if (a->domain)
        audit_reverse_name(span_cstr(a->domain), &a->want);
    rc = corpus_rows(&a->corpus, take, a, e);
    corpus_close(&a->corpus);
    if (rc == 0)
        rc = stdout_flush(e);
    buf_release(&a->want);
    buf_release(&a->host);
    buf_release(&a->line);
    return rc;
}

int cmd_audit(int argc, char **argv)
{
    struct audit a = { .url = NULL };
    const struct opt table[] = {
        { "url", 0, OPT_STR, &a.url, "U", "rows of exactly that URL", NULL },
        { "domain", 0, OPT_STR, &a.domain, "D", "rows of that host and the hosts below it", NULL },
        { "record", 0, OPT_STR, &a.record, "ID", "the row of that record: <urn:uuid:...>, with or without the brackets", NULL },
        { "all", 0, OPT_FLAG, &a.all, NULL, "every row", NULL },
        { "json", 0, OPT_FLAG, &a.json, NULL, "ledger rows as JSON lines, with shard and first_token", NULL },
        { NULL },
    };
    static const char notes[] = "Kept and dropped rows alike.  Exit status 1 if there is none.  audit.sqlite answers questions in SQL.\n";
    int rest, status = cmd_options(table, "audit OUT --url U | --domain D | --record ID | --all [--json]", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice audit OUT --url U");
    if ((a.url != NULL) + (a.domain != NULL) + (a.record != NULL) + a.all != 1)
        return cmd_usage("give one of --url, --domain, --record, --all");
    struct error e;
    if (search(&a, argv[rest], &e))
        return cmd_fail(&e);
    if (a.found || a.all)
        return 0;
    log_info("no row: the corpus never saw it");
    return error_exit(ERR_NO);
}
