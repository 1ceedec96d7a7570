/*
 * fuzz_signals.c - any lines as header fields and as meta tags: every verdict comes with its evidence, a text that the ledger can
 * hold, and a page is dropped exactly when one of them refuses.
 */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "filters/optout.h"
#include "pipeline/ingest/fields.h"

static void check(const struct optout *o, enum optout_place place, const struct field *fields, struct arena *a)
{
    struct document d = { .arena = a };
    bool refused = false;
    optout_signals(o, place, fields, &d);
    for (const struct evidence *v = d.evidence; v; v = v->next) {
        expect(v->signal && v->verdict && v->text.n <= OPTOUT_TEXT && utf8_valid(v->text));
        refused = refused || strcmp(v->verdict, "refused") == 0;
    }
    expect(refused == (d.verdict == DOC_DROPPED));
    expect(d.verdict != DOC_DROPPED || (d.stage && d.rule));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct span agents[] = { { "CCBot", 5 }, { "GPTBot", 6 }, { "*", 1 } };
    struct optout o = { .agents = agents, .n_agents = 3, .headers = true, .meta = true, .tdmrep = true, .noindex = true,
                        .noarchive = true, .nosnippet = true, .as_of = 20000 };
    struct span s = span_of((const char *)data, size);
    struct field *fields;
    struct arena a;
    long days;
    arena_init(&a, 0);
    if (fields_parse(s, 2000, &a, &fields) != SIZE_MAX) {
        check(&o, OPTOUT_HEADER, fields, &a);
        check(&o, OPTOUT_META, fields, &a);
        for (const struct field *f = fields; f; f = f->next) {
            (void)optout_date(f->value, &days);
            expect(optout_directives(&o, f->value, true) <= OPTOUT_RESERVED);
        }
    }
    arena_release(&a);
    return 0;
}
