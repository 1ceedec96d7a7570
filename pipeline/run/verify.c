/* verify.c - see verify.h. */
#include "pipeline/run/verify.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/run/stats.h"
#include "shards/leafsort.h"

#define LEAF_MEMORY (128u << 20)
#define FAULTS_OF_A_KIND 20 /* of one file's documents; a broken file need not be told document by document */

struct verification {
    struct corpus c;
    fault_taker fault;
    void *ctx;
    struct stats stats;
    struct merkle rows;
    struct leafsort *leaves;
    struct tally inputs; /* rows by input name */
    struct buf last_warc, tokens, canonical;
    uint64_t last_offset, last_at;
    uint64_t n_rows;
    unsigned said;
    bool broken; /* a ledger cannot be read: which document is which is no longer known */
};

static void PRINTF_LIKE(4, 5) fault(struct verification *v, const char *file, uint64_t offset, const char *fmt, ...)
{
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    v->fault(v->ctx, file, offset, what);
}

/* An error of a library call as a fault of the file that it names below OUT, else of `file`. */
static void fault_of(struct verification *v, const char *file, const struct error *e)
{
    size_t n = v->c.out ? strlen(v->c.out) : 0;
    if (n && strncmp(e->where, v->c.out, n) == 0 && e->where[n] == '/')
        file = e->where + n + 1;
    fault(v, file, e->has_offset ? e->offset : 0, "%s", e->msg);
}

/* ---- manifest and files ---- */

static void check_sum(struct verification *v)
{
    char *path = corpus_path(&v->c, SPAN("manifest.sha256")), hex[65], want[128];
    struct buf b = { 0 };
    struct error e;
    sha256_hex_of(buf_view(&v->c.text), hex);
    snprintf(want, sizeof want, "%s  manifest.json\n", hex);
    if (file_read(path, 4096, &b, &e))
        fault_of(v, "manifest.sha256", &e);
    else if (!span_is(buf_view(&b), want))
        fault(v, "manifest.sha256", 0, "is not the digest of manifest.json: one of the two was changed");
    buf_release(&b);
    free(path);
}

static void check_config(struct verification *v)
{
    const struct json *config = json_get(v->c.manifest, "config");
    char hex[65];
    sha256_hex_of(json_str(config, "text", SPAN("")), hex);
    if (!span_is(json_str(config, "sha256", SPAN("")), hex))
        fault(v, "manifest.json", 0, "config.sha256 is not that of config.text");
}

static void check_output(struct verification *v, const struct json *o)
{
    struct span name = json_str(o, "path", SPAN(""));
    char *path = corpus_path(&v->c, name), *file = xmemdup0(name.p, name.n), hex[65];
    uint64_t bytes, want = json_u64(o, "bytes", UINT64_MAX);
    struct error e;
    if (span_starts(name, "/") || span_find(name, SPAN("..")) < name.n)
        fault(v, "manifest.json", 0, "names an output outside of the folder");
    else if (file_sha256(path, hex, &bytes, &e))
        fault_of(v, file, &e);
    else if (bytes != want)
        fault(v, file, bytes < want ? bytes : want, "has %" PRIu64 " bytes, the manifest says %" PRIu64, bytes, want);
    else if (!span_is(json_str(o, "sha256", SPAN("")), hex))
        fault(v, file, 0, "SHA-256 is %s, the manifest has another", hex);
    free(path);
    free(file);
}

static bool is_listed(const struct verification *v, const char *name)
{
    const struct json *outputs = json_get(v->c.manifest, "outputs");
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next)
        if (span_is(json_str(o, "path", SPAN("")), name))
            return true;
    return false;
}

static void check_folder(struct verification *v, const char *folder)
{
    char *path = corpus_path(&v->c, span_cstr(folder));
    DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d));) {
        char *name = xasprintf("%s/%s", folder, f->d_name);
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0 && !is_listed(v, name))
            fault(v, name, 0, "is not in the manifest");
        free(name);
    }
    if (d)
        closedir(d);
    free(path);
}

static void check_files(struct verification *v)
{
    const struct json *outputs = json_get(v->c.manifest, "outputs");
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next)
        check_output(v, o);
    check_folder(v, "shards");
    check_folder(v, "ledger");
}

/* ---- rows ---- */

static void row_fault(struct verification *v, const struct ledger_row *row, const char *what)
{
    char *file = xmemdup0(row->ledger.p, row->ledger.n);
    if (v->said++ < FAULTS_OF_A_KIND)
        fault(v, file, row->offset, "%s", what);
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
            fault_of(v, file, &e);
    } else {
        sha256_hex_of(buf_view(&v->tokens), hex);
        if (!span_is(json_str(row->json, "tokens_sha256", SPAN("")), hex) && v->said++ < FAULTS_OF_A_KIND)
            fault(v, file, offset, "tokens of the document at token %" PRIu64 " have another SHA-256 than its row", d->first_token);
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
    if (corpus_doc(&v->c, row->ordinal, &s, &number, &d, &e)) {
        if (v->said++ < FAULTS_OF_A_KIND)
            fault_of(v, "shards", &e);
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
    if (!span_is(json_str(row->json, "stage", SPAN("")), "input"))
        tally_at(&v->inputs, json_str(row->json, "warc", SPAN("")))->v[0]++;
    v->n_rows++;
    if (!row->kept)
        return 0;
    merkle_document(json_str(row->json, "url", json_str(row->json, "id", SPAN(""))), row->text, leaf);
    int rc = leafsort_add(v->leaves, leaf, e);
    if (rc == 0 && !v->broken)
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
            fault_of(v, file, e);
            v->broken = true;
        }
        free(file);
        if (rc == -ERR_IO)
            return rc;
    }
    return 0;
}

/* ---- sums ---- */

static void check_number(struct verification *v, const struct json *where, const char *name, uint64_t is)
{
    uint64_t says = json_u64(where, name, UINT64_MAX);
    if (says != is)
        fault(v, "manifest.json", 0, "%s is not %" PRIu64 ", which is what the ledger and the shards have", name, is);
}

static void check_root(struct verification *v, const char *name, const uint8_t root[SHA256_BYTES])
{
    char hex[SHA256_HEX + 1];
    hex_put(root, SHA256_BYTES, hex);
    if (!span_is(json_str(v->c.manifest, name, SPAN("")), hex))
        fault(v, "manifest.json", 0, "%s is not %s, the root over the rows that are there", name, hex);
}

static void check_inputs(struct verification *v)
{
    const struct json *inputs = json_get(v->c.manifest, "inputs");
    uint64_t sum = 0;
    for (const struct json *in = inputs ? inputs->first : NULL; in; in = in->next) {
        struct span name = json_str(in, "path", SPAN(""));
        const struct tally_row *r = tally_find(&v->inputs, name);
        if (json_u64(in, "records", UINT64_MAX) != (r ? r->v[0] : 0))
            fault(v, "manifest.json", 0, "input %.*s: the ledger has %" PRIu64 " records of it, the manifest another number",
                  SPAN_ARG(name), r ? r->v[0] : 0);
        sum += r ? r->v[0] : 0;
    }
    if (sum != v->stats.records)
        fault(v, "manifest.json", 0, "the ledger has rows of inputs that the manifest does not list");
}

static void check_stages(struct verification *v)
{
    const struct json *stages = json_get(v->c.manifest, "stages");
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    stats_put_stages(&v->stats, &w);
    if (!stages || !span_eq(stages->raw, buf_view(&b)))
        fault(v, "manifest.json", 0, "stages are not the counts by stage and rule of the ledger");
    buf_release(&b);
}

static void check_counts(struct verification *v)
{
    const struct json *m = v->c.manifest, *counts = json_get(m, "counts");
    uint64_t tokens = 0, documents = 0;
    check_number(v, counts, "records", v->stats.records);
    check_number(v, counts, "kept", v->stats.kept);
    check_number(v, counts, "dropped", v->stats.dropped);
    check_number(v, counts, "failed", v->stats.failed);
    check_number(v, m, "documents", v->stats.kept);
    check_number(v, m, "tokens", v->stats.tokens);
    for (size_t i = 0; i < v->c.n_shards; i++) {
        struct shard *s;
        struct shard_doc d;
        size_t number;
        documents += v->c.shards[i].n;
        if (v->c.shards[i].n && corpus_doc(&v->c, v->c.shards[i].first, &s, &number, &d, NULL) == 0)
            tokens += s->index.tokens;
    }
    if (documents != v->stats.kept || tokens != v->stats.tokens)
        fault(v, "manifest.json", 0, "the shards have %" PRIu64 " documents and %" PRIu64 " tokens, the ledger other numbers", documents, tokens);
}

static int check_sums(struct verification *v, struct error *e)
{
    uint8_t root[SHA256_BYTES];
    if (v->broken)
        return 0;
    check_counts(v);
    check_stages(v);
    check_inputs(v);
    merkle_root(&v->rows, root);
    check_root(v, "ledger_root", root);
    int rc = leafsort_root(v->leaves, root, e);
    if (rc == 0)
        check_root(v, "merkle_root", root);
    return rc;
}

int verify_folder(const char *out, fault_taker take, void *ctx, uint64_t *rows, struct error *e)
{
    const char *tmp = getenv("TMPDIR");
    struct verification v = { .fault = take, .ctx = ctx };
    *rows = 0;
    if (corpus_manifest(&v.c, out, e)) {
        fault_of(&v, "manifest.json", e);
        return 0;
    }
    check_sum(&v);
    check_config(&v);
    check_files(&v);
    corpus_close(&v.c);
    if (corpus_open(&v.c, out, e)) {
        v.c.out = (char *)out; /* for the name alone */
        fault_of(&v, "shards", e);
        return 0;
    }
    v.leaves = leafsort_new(LEAF_MEMORY, tmp && *tmp ? tmp : "/tmp");
    int rc = check_ledgers(&v, e);
    if (rc == 0)
        rc = check_sums(&v, e);
    *rows = v.n_rows;
    leafsort_free(v.leaves);
    stats_release(&v.stats);
    tally_release(&v.inputs);
    buf_release(&v.last_warc);
    buf_release(&v.tokens);
    buf_release(&v.canonical);
    corpus_close(&v.c);
    return rc;
}
