/*
 * fuzz_page.c - any bytes as the block of a response record, through every stage that a run has after the opt-out.  The first
 * byte says with or without the quality rules (which let little through).  What stages remember may save work and must
 * not decide: fresh ones and ones that have seen every earlier page give the same row and the same document. A row is
 * canonical JSON; a kept document is UTF-8 and reads back.
 */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "pipeline/dedup/minhash.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/record.h"
#include "pipeline/run/registry.h"
#include "pipeline/run/row.h"

struct chain {
    struct stage_list stages;
    struct record_context context;
    struct signer *signer;
};

struct result {
    struct buf row, document;
    uint64_t signature[8];
};

static struct config *config;
static struct minhash_params params;

/* False where set-up has not put the model. */
static bool chain_open(struct chain *c, bool quality, struct error *e)
{
    static const char *const sets[2] = { "run.stages=extract,language,pii", "run.stages=extract,language,quality,pii" };
    *c = (struct chain){ 0 };
    expect(config_set(config, sets[quality], e) == 0 && config_set(config, "language.min_score=0", e) == 0);
    int rc = stages_open(&c->stages, config, PHASE_EXTRACT, PHASE_SCRUB, e);
    expect(rc == 0 || rc == -ERR_MISSING);
    return rc == 0;
}

static void chain_warm(struct chain *c)
{
    stages_scratch(&c->stages);
    record_context_init(&c->context, config);
    c->signer = signer_new(&params);
}

static void chain_cool(struct chain *c)
{
    for (size_t i = 0; i < c->stages.n; i++) {
        if (c->stages.v[i].scratch && c->stages.v[i].ops->scratch_free)
            c->stages.v[i].ops->scratch_free(c->stages.v[i].scratch);
        c->stages.v[i].scratch = NULL;
    }
    record_context_release(&c->context);
    signer_free(c->signer);
}

static void check_document(const struct document *d, struct result *out)
{
    struct arena a;
    struct document again;
    struct error e;
    expect(utf8_valid(d->text) && span_chr(d->text, 0, 0) == d->text.n);
    doc_write(d, &out->document);
    arena_init(&a, 0);
    expect(doc_parse(span_of(out->document.p, out->document.n - 1), &a, &again, &e) == 0);
    expect(span_eq(again.text, d->text) && span_eq(again.language, d->language));
    arena_release(&a);
}

static void check_row(const struct buf *row)
{
    struct arena a;
    struct json *v;
    struct buf canonical = { 0 };
    arena_init(&a, 0);
    expect(json_parse(buf_view(row), &a, &v, NULL) == 0);
    json_canonical(v, &canonical);
    expect(span_eq(buf_view(row), buf_view(&canonical)));
    buf_release(&canonical);
    arena_release(&a);
}

static void run(struct chain *c, struct span block, struct result *out)
{
    struct warc_record r = { .kind = WARC_RESPONSE, .type = SPAN("response"), .offset = 7, .length = 9,
                             .id = SPAN("<urn:uuid:00000000-0000-4000-8000-000000000001>"), .url = SPAN("http://a.example/b"),
                             .date = SPAN("2025-01-02T03:04:05Z"), .content_type = SPAN("application/http"),
                             .content_length = block.n, .block = block };
    struct document d;
    struct arena a;
    struct error e;
    arena_init(&a, 0);
    record_to_document(&c->context, &r, SPAN("input"), &a, &d);
    if (d.verdict == DOC_KEPT)
        stages_apply(&c->stages, PHASE_EXTRACT, PHASE_SCRUB, &d);
    expect(d.verdict == DOC_KEPT || (d.stage && d.rule));
    row_put(&d, &out->row);
    check_row(&out->row);
    if (d.verdict == DOC_KEPT) {
        check_document(&d, out);
        expect(minhash_sign(c->signer, d.text, out->signature, &e) >= 0);
    }
    arena_release(&a);
}

static bool ready(struct chain seen[2])
{
    static int state; /* 0: not tried; 1: ready; -1: cannot be */
    struct error e = { 0 };
    if (state)
        return state > 0;
    config = config_new(conf_tables());
    expect(minhash_init(&params, 4, 2, 5, MINHASH_XXH64, WORDS_UAX29, &e) == 0);
    state = chain_open(&seen[0], false, &e) && chain_open(&seen[1], true, &e) ? 1 : -1;
    if (state < 0)
        printf("skipped: fuzz_page: %s: %s\n", e.where, e.msg);
    for (size_t i = 0; state > 0 && i < 2; i++)
        chain_warm(&seen[i]);
    return state > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct chain seen[2];
    if (!ready(seen) || size == 0)
        return 0;
    struct span block = span_of((const char *)data + 1, size - 1);
    struct result one = { 0 }, two = { 0 };
    struct chain *old = &seen[data[0] & 1], fresh = *old;
    for (size_t i = 0; i < fresh.stages.n; i++)
        fresh.stages.v[i].scratch = NULL;
    chain_warm(&fresh);
    run(old, block, &one);
    run(&fresh, block, &two);
    expect(span_eq(buf_view(&one.row), buf_view(&two.row)) && span_eq(buf_view(&one.document), buf_view(&two.document)));
    expect(memcmp(one.signature, two.signature, sizeof one.signature) == 0);
    chain_cool(&fresh);
    buf_release(&one.row);
    buf_release(&one.document);
    buf_release(&two.row);
    buf_release(&two.document);
    return 0;
}
