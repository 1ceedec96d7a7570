/* replay.c - what verify does with the sources: their digests, and documents made again from their records. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "pipeline/run/pack.h"
#include "pipeline/run/process.h"
#include "pipeline/run/tasks.h"
#include "pipeline/run/verify.h"

#define DOCUMENT_ARENA_MAX ((size_t)256 << 20)

struct replay {
    struct corpus c;
    struct run run; /* its plan says where files lay */
    const char *source;
    uint64_t documents, n, next; /* next: how many were made again */
    bool one;                    /* `ordinal` alone */
    uint64_t ordinal;
    struct processor p;
    struct vocab *vocab;
    struct vocab_info info;
    struct encoder *encoder;
    struct arena arena;
    struct buf ids;
    fault_taker fault;
    void *ctx;
};

static char *source_path(const struct replay *x, struct span warc)
{
    if (x->source)
        return xasprintf("%s/%.*s", x->source, SPAN_ARG(warc));
    for (size_t i = 0; i < x->run.plan.n_inputs; i++)
        if (span_is(warc, x->run.plan.inputs[i].name))
            return xstrdup(x->run.plan.inputs[i].path);
    return xmemdup0(warc.p, warc.n);
}

static int again(struct replay *x, const struct ledger_row *row, const struct warc_record *r, struct error *e)
{
    struct span warc = json_str(row->json, "warc", SPAN("")), url = json_str(row->json, "url", SPAN(""));
    char hex[SHA256_HEX + 1], what[400];
    struct document d;
    arena_reset(&x->arena);
    process_record(&x->p, r, warc, &x->arena, &d);
    buf_reset(&x->ids);
    *what = 0;
    if (d.verdict != DOC_KEPT) {
        snprintf(what, sizeof what, "made again from its source the document is not kept (%s: %s): %.*s", d.stage, d.rule,
                 SPAN_ARG(span_head(url, 200)));
    } else {
        int rc = pack_encode(x->run.plan.config, &x->info, x->encoder, d.text, &x->ids, e);
        if (rc)
            return rc;
        pack_narrow(&x->ids, x->info.token_bytes);
        sha256_hex_of(buf_view(&x->ids), hex);
        if (!span_is(json_str(row->json, "tokens_sha256", SPAN("")), hex))
            snprintf(what, sizeof what, "made again from its source the document has other tokens: %.*s", SPAN_ARG(span_head(url, 200)));
    }
    if (*what) {
        char *file = xmemdup0(row->ledger.p, row->ledger.n);
        x->fault(x->ctx, file, row->offset, what);
        free(file);
    }
    return 0;
}

static int read_source(struct replay *x, const struct ledger_row *row, const char *path, struct error *e)
{
    uint64_t offset = json_u64(row->json, "offset", 0), at = json_u64(row->json, "at", 0);
    struct warc_options o = { .max_block = x->p.record.max_block, .begin = offset, .end = offset + 1, .inside = at > 0 };
    struct warc_reader *w;
    struct warc_record r;
    int rc = warc_open(&w, path, &o, e);
    if (rc)
        return error_set(e, ERR_INPUT, path, "the source is missing or unreadable; give the folder that holds it: --source DIR");
    while ((rc = warc_next(w, &r, e)) > 0)
        if (r.kind != WARC_DAMAGE && r.offset == offset && r.at == at)
            break;
    if (rc == 0)
        rc = error_at(e, ERR_INPUT, path, offset, "no record begins there: this is not the source that the corpus was made of");
    else if (rc > 0)
        rc = again(x, row, &r, e);
    warc_close(w);
    return rc;
}

/* The k-th of n stands in the middle of the k-th n-th of the corpus. */
static uint64_t chosen(const struct replay *x, uint64_t k)
{
    if (x->one)
        return x->ordinal;
    return (uint64_t)((2 * (unsigned __int128)k + 1) * x->documents / (2 * (unsigned __int128)x->n));
}

static int take_row(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct replay *x = ctx;
    if (!row->kept || row->ordinal != chosen(x, x->next))
        return 0;
    char *path = source_path(x, json_str(row->json, "warc", SPAN("")));
    int rc = read_source(x, row, path, e);
    free(path);
    x->next++;
    return rc ? rc : x->next == x->n;
}

/* The configuration must be the corpus's; models and snapshot must be those that decided then. */
static int check_plan(const struct replay *x, struct error *e)
{
    const struct json *config = json_get(x->c.manifest, "config"), *tokenizer = json_get(x->c.manifest, "tokenizer");
    if (!span_is(json_str(config, "sha256", SPAN("")), x->run.plan.config_sha256))
        return error_set(e, ERR_USAGE, x->c.out, "plan.json is of another configuration than manifest.json");
    for (size_t i = 0; i < x->run.plan.n_files; i++) {
        const struct plan_file *f = &x->run.plan.files[i];
        char hex[65];
        int rc = *f->sha256 ? file_sha256(f->path, hex, NULL, e) : 0;
        if (rc)
            return error_set(e, ERR_MISSING, f->path, "is gone, and the corpus was made with it (%s)", f->key);
        if (*f->sha256 && strcmp(hex, f->sha256) != 0)
            return error_set(e, ERR_MISSING, f->path, "is not the file that the corpus was made with (%s, SHA-256 %s)", f->key, f->sha256);
    }
    if (!span_is(json_str(tokenizer, "sha256", SPAN("")), x->info.sha256))
        return error_set(e, ERR_MISSING, x->info.name, "is not the vocabulary that the corpus was made with");
    return 0;
}

static int open_all(struct replay *x, const char *out, struct error *e)
{
    int rc = corpus_open(&x->c, out, e);
    if (rc == 0)
        rc = run_open(&x->run, out, e);
    if (rc == 0)
        rc = pack_vocab(&x->run, &x->vocab, e);
    if (rc)
        return rc;
    vocab_describe(x->vocab, &x->info);
    x->encoder = encoder_new(x->vocab);
    rc = check_plan(x, e);
    return rc ? rc : processor_open(&x->p, x->run.plan.config, e);
}

static int replay(struct replay *x, const char *out, uint64_t n, struct error *e)
{
    arena_init(&x->arena, DOCUMENT_ARENA_MAX);
    int rc = open_all(x, out, e);
    if (rc == 0) {
        x->documents = json_u64(x->c.manifest, "documents", 0);
        x->n = n < x->documents ? n : x->documents;
        rc = x->n ? corpus_rows(&x->c, take_row, x, e) : 0;
    }
    if (x->p.stages.n || x->p.record.charset)
        processor_close(&x->p);
    encoder_free(x->encoder);
    vocab_close(x->vocab);
    if (x->run.out)
        run_release(&x->run);
    corpus_close(&x->c);
    arena_release(&x->arena);
    buf_release(&x->ids);
    return rc;
}

int verify_replay(const char *out, const char *source, uint64_t n, fault_taker fault, void *ctx, uint64_t *done, struct error *e)
{
    struct replay x = { .source = source, .fault = fault, .ctx = ctx };
    int rc = replay(&x, out, n, e);
    *done = x.next;
    return rc;
}

int verify_replay_one(const char *out, const char *source, uint64_t ordinal, fault_taker fault, void *ctx, struct error *e)
{
    struct replay x = { .source = source, .fault = fault, .ctx = ctx, .one = true, .ordinal = ordinal };
    return replay(&x, out, 1, e);
}

static int check_source(const struct json *in, const char *source, fault_taker fault, void *ctx, struct error *e)
{
    struct span name = json_str(in, "path", SPAN("")), want = json_str(in, "sha256", SPAN(""));
    char *path = xasprintf("%s/%.*s", source, SPAN_ARG(name)), hex[65], what[400];
    uint64_t bytes = 0;
    int rc = file_sha256(path, hex, &bytes, e);
    if (rc)
        rc = error_set(e, ERR_INPUT, path, "the source is missing or unreadable; give the folder that holds it: --source DIR");
    else if (!span_is(want, hex) || bytes != json_u64(in, "bytes", UINT64_MAX)) {
        snprintf(what, sizeof what, "input %.*s: the file in the source folder has SHA-256 %s and %" PRIu64 " bytes, the manifest has another",
                 SPAN_ARG(span_head(name, 200)), hex, bytes);
        fault(ctx, "manifest.json", 0, what);
    }
    free(path);
    return rc;
}

int verify_sources(const char *out, const char *source, fault_taker fault, void *ctx, uint64_t *inputs, struct error *e)
{
    struct corpus c;
    int rc = corpus_manifest(&c, out, e);
    if (rc)
        return rc;
    const struct json *list = json_get(c.manifest, "inputs");
    *inputs = 0;
    for (const struct json *in = list ? list->first : NULL; rc == 0 && in; in = in->next) {
        if (!json_get(in, "sha256")) /* it could not be read then, either */
            continue;
        rc = check_source(in, source, fault, ctx, e);
        ++*inputs;
    }
    corpus_close(&c);
    return rc;
}
