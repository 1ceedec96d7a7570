/* verify.c - see verify.h: rows, and the tokens that they stand for. */
#include "pipeline/run/verification.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"

#define LEAF_MEMORY (128u << 20)
#define FAULTS_OF_A_KIND 20 /* of one file's documents; a broken file need not be told document by document */

void verify_fault(struct verification *v, const char *file, uint64_t offset, const char *fmt, ...)
{
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    v->take(v->ctx, file, offset, what);
}

/* An error of a library call as a fault of the file that it names below OUT, else of `file`. */
void verify_fault_of(struct verification *v, const char *file, const struct error *e)
{
    size_t n = v->c.out ? strlen(v->c.out) : 0;
    if (n && strncmp(e->where, v->c.out, n) == 0 && e->where[n] == '/')
        file = e->where + n + 1;
    verify_fault(v, file, e->has_offset ? e->offset : 0, "%s", e->msg);
}

/* ---- rows ---- */

static void row_fault(struct verification *v, const struct ledger_row *row, const char *what)
{
    char *file = xmemdup0(row->ledger.p, row->ledger.n);
    if (v->said++ < FAULTS_OF_A_KIND)
        verify_fault(v, file, row->offset, "%s", what);
    free(file);
}

static void check_order(struct verification *v, const struct ledger_row *row)
{
    struct span warc = json_str(row->json, "warc", SPAN(""));
    uint64_t offset = json_u64(row->json, "offset", 0), at = json_u64(row->json, "at", 0);
    int c = v->n_rows ? span_cmp(buf_view(&v->last_warc), warc) : -1;
    if (c == 0)
        c = v->last_offset != offset ? (v->last_offset < offset ? -1 : 1) : v->last_at < at ? -1 : 1;
    if (c >= 0)
        row_fault(v, row, "does not stand behind the row before it in the order (input, offset, at)");
    buf_reset(&v->last_warc);
    buf_span(&v->last_warc, warc);
    v->last_offset = offset;
    v->last_at = at;
}

static void check_tokens(struct verification *v, const struct ledger_row *row, struct shard *s, size_t number, const struct shard_doc *d)
{
    char *file = xmemdup0(v->c.shards[number].name.p, v->c.shards[number].name.n), hex[SHA256_HEX + 1];
    uint64_t offset = d->first_token * s->index.token_bytes;
    struct error e;
    buf_reset(&v->tokens);
    if (shard_tokens(s, d, &v->tokens, &e)) {
        if (v->said++ < FAULTS_OF_A_KIND)
            verify_fault_of(v, file, &e);
    } else {
        sha256_hex_of(buf_view(&v->tokens), hex);
        if (!span_is(json_str(row->json, "tokens_sha256", SPAN("")), hex) && v->said++ < FAULTS_OF_A_KIND)
            verify_fault(v, file, offset, "tokens of the document at token %" PRIu64 " have another SHA-256 than its row", d->first_token);
    }
    free(file);
}

static void check_kept(struct verification *v, const struct ledger_row *row)
{
    struct shard *s;
    struct shard_doc d;
    size_t number;
    struct error e;
    char hex[SHA256_HEX + 1];
    size_t holds = corpus_shard_of(&v->c, row->ordinal);
    if (v->bad_shard == holds + 1)
        return;
    if (corpus_doc(&v->c, row->ordinal, &s, &number, &d, &e)) {
        v->bad_shard = holds + 1;
        verify_fault_of(v, "shards", &e);
        return;
    }
    hex_put(d.sha256, SHA256_BYTES, hex);
    if (!span_eq(json_str(row->json, "id", SPAN("")), d.id) || !span_eq(json_str(row->json, "warc", SPAN("")), d.warc) ||
        json_u64(row->json, "offset", 0) != d.offset || json_u64(row->json, "at", 0) != d.at ||
        json_u64(row->json, "length", 0) != d.length || json_u64(row->json, "tokens", 0) != d.tokens ||
        !span_is(json_str(row->json, "tokens_sha256", SPAN("")), hex))
        row_fault(v, row, "is not the document that stands at its place in the shards' indexes");
    check_tokens(v, row, s, number, &d);
}

static int take_row(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct verification *v = ctx;
    uint8_t leaf[LEAF_BYTES];
    buf_reset(&v->canonical);
    json_canonical(row->json, &v->canonical);
    if (!span_eq(buf_view(&v->canonical), row->text))
        row_fault(v, row, "is not canonical JSON (RFC 8785)");
    check_order(v, row);
    merkle_leaf(row->text, leaf);
    merkle_add(&v->rows, leaf);
    stats_add_row(&v->stats, row->json);
    v->damage += span_is(json_str(row->json, "rule", SPAN("")), "damage");
    if (!span_is(json_str(row->json, "stage", SPAN("")), "input"))
        tally_at(&v->inputs, json_str(row->json, "warc", SPAN("")))->v[0]++;
    v->n_rows++;
    if (!row->kept)
        return 0;
    merkle_document(json_str(row->json, "url", json_str(row->json, "id", SPAN(""))), row->text, leaf);
    int rc = leafsort_add(v->leaves, leaf, e);
    if (rc == 0 && !v->broken && !v->no_shards)
        check_kept(v, row);
    return rc;
}

/* A ledger that cannot be read is a fault; what cannot be scratched is an error. */
static int check_ledgers(struct verification *v, struct error *e)
{
    uint64_t next = 0;
    for (size_t i = 0; i < v->c.n_ledgers; i++) {
        char *file = xmemdup0(v->c.ledgers[i].p, v->c.ledgers[i].n);
        v->said = 0;
        int rc = corpus_ledger(&v->c, i, &next, take_row, v, e);
        if (rc < 0 && rc != -ERR_IO) {
            verify_fault_of(v, file, e);
            v->broken = true;
        }
        free(file);
        if (rc == -ERR_IO)
            return rc;
    }
    return 0;
}

int verify_folder(const char *out, fault_taker take, void *ctx, uint64_t *rows, struct error *e)
{
    const char *tmp = getenv("TMPDIR");
    struct verification v = { .take = take, .ctx = ctx };
    *rows = 0;
    if (corpus_manifest(&v.c, out, e)) {
        verify_fault_of(&v, "manifest.json", e);
        return 0;
    }
    verify_manifest(&v);
    corpus_close(&v.c);
    if (corpus_open(&v.c, out, e)) {
        struct error ignored;
        v.no_shards = true;
        if (corpus_manifest(&v.c, out, &ignored)) { /* it was there a moment ago */
            tally_release(&v.outputs);
            return 0;
        }
        verify_fault_of(&v, "shards", e);
    }
    v.leaves = leafsort_new(LEAF_MEMORY, tmp && *tmp ? tmp : "/tmp");
    int rc = check_ledgers(&v, e);
    if (rc == 0)
        rc = verify_sums(&v, e);
    *rows = v.n_rows;
    leafsort_free(v.leaves);
    stats_release(&v.stats);
    tally_release(&v.inputs);
    tally_release(&v.outputs);
    buf_release(&v.last_warc);
    buf_release(&v.tokens);
    buf_release(&v.canonical);
    corpus_close(&v.c);
    return rc;
}
