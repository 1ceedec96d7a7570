/* cmd_scrub.c - sluice scrub: personal data becomes tags. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "core/alloc.h"
#include "filters/pii.h"

struct scrub {
    struct pii_options kinds;
    bool explain;
};

static void *scratch_new(const void *ctx)
{
    return pii_scratch_new();
}

static void scratch_free(void *scratch)
{
    pii_scratch_free(scratch);
}

static void put_spans(const struct document *d, struct buf *b)
{
    struct json_writer w = { b, false };
    jw_begin(&w, '[');
    for (size_t i = 0; i < d->n_pii; i++) {
        jw_begin(&w, '{');
        jw_member_str(&w, "kind", span_cstr(d->pii[i].kind));
        jw_member_u64(&w, "start", d->pii[i].start);
        jw_member_u64(&w, "end", d->pii[i].end);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
}

/* One line a document that has any: its id, and kinds with places, never a value. */
static void explain(const struct document *d)
{
    struct buf b = { 0 };
    if (d->n_pii == 0)
        return;
    buf_puts(&b, "{\"id\":");
    json_put_string(&b, d->id.p ? d->id : span_of("", 0));
    buf_puts(&b, ",\"pii\":");
    put_spans(d, &b);
    fprintf(stderr, "%.*s}\n", (int)b.n, b.p);
    buf_release(&b);
}

/* Where nothing is found a list that an earlier scrub left stays, so that scrubbing twice is scrubbing once. */
static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    const struct scrub *s = ctx;
    struct buf b = { 0 };
    pii_scrub(&s->kinds, scratch, d);
    if (d->n_pii || !json_get(json_get(d->source, "metadata"), "pii")) {
        put_spans(d, &b);
        doc_extra(d, "pii", arena_dup(d->arena, buf_view(&b)));
    }
    if (s->explain)
        explain(d);
    buf_release(&b);
    doc_write(d, out);
    return 0;
}

/* --kinds none: the line as it is, if it is a document. */
static int pass(const void *ctx, void *scratch, struct span line, struct arena *a, struct buf *out, struct error *e)
{
    struct document d;
    int rc = doc_parse(line, a, &d, e);
    if (rc)
        return rc;
    buf_span(out, line);
    buf_putc(out, '\n');
    return 0;
}

int cmd_scrub(int argc, char **argv)
{
    struct scrub s = { .explain = false };
    struct error e = { 0 };
    const char *kinds = "default";
    uint64_t jobs = opt_default_jobs();
    int rest;
    const struct opt options[] = {
        { "kinds", 0, OPT_STR, &kinds, "LIST",
          "kinds, divided by commas; all; none; ip=all [every kind but geo]", NULL },
        { "explain", 0, OPT_FLAG, &s.explain, NULL,
          "say on standard error what was found where (never the value)", NULL },
        OPT_JOBS(&jobs),
        { 0 },
    };
    struct buf notes = { 0 };
    buf_puts(&notes, "Kinds:");
    for (size_t i = 0; pii_kinds[i].name; i++)
        buf_printf(&notes, " %s", pii_kinds[i].name);
    buf_puts(&notes,
             "\nA value becomes <KIND-pii>; metadata.pii lists the places in bytes of the original text.\n");
    buf_putc(&notes, 0);
    int status = cmd_options(options, "scrub [options] [FILE...]", notes.p, argc, argv, &rest);
    buf_release(&notes);
    if (status >= 0)
        return status;
    if (pii_select_list(&s.kinds, kinds, &e))
        return cmd_fail(&e);
    struct filter f = { .ctx = &s, .scratch_new = scratch_new, .scratch_free = scratch_free,
                        .document = document, .line = s.kinds.any ? NULL : pass };
    return filter_run(&f, argv + rest, argc - rest, s.explain ? 1 : jobs);
}
