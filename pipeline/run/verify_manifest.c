/* verify_manifest.c - see verification.h. */
#include "pipeline/run/verification.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/run/manifest.h"

/* ---- manifest and files ---- */

static void check_sum(struct verification *v)
{
    char *path = corpus_path(&v->c, SPAN("manifest.sha256")), hex[65], want[128];
    struct buf b = { 0 };
    struct error e;
    sha256_hex_of(buf_view(&v->c.text), hex);
    snprintf(want, sizeof want, "%s  manifest.json\n", hex);
    if (file_read(path, 4096, &b, &e))
        verify_fault_of(v, "manifest.sha256", &e);
    else if (!span_is(buf_view(&b), want))
        verify_fault(v, "manifest.sha256", 0, "is not the digest of manifest.json: one of the two was changed");
    buf_release(&b);
    free(path);
}

/* What INTERFACE.md asks of a manifest; "sluice.version" is a member of a member. */
static const struct {
    const char *name, *inner;
    enum json_type type;
} members[] = {
    { "config", "sha256", JSON_STRING },      { "config", "text", JSON_STRING },       { "counts", "records", JSON_NUMBER },
    { "damage", NULL, JSON_NUMBER },          { "documents", NULL, JSON_NUMBER },      { "funnel", NULL, JSON_ARRAY },
    { "inputs", NULL, JSON_ARRAY },           { "inputs_failed", NULL, JSON_NUMBER },  { "ledger_root", NULL, JSON_STRING },
    { "lists", NULL, JSON_ARRAY },            { "merkle_root", NULL, JSON_STRING },    { "models", NULL, JSON_ARRAY },
    { "outputs", NULL, JSON_ARRAY },          { "sluice", "commit", JSON_STRING },     { "sluice", "libraries", JSON_OBJECT },
    { "sluice", "version", JSON_STRING },     { "stages", NULL, JSON_OBJECT },         { "tokenizer", "name", JSON_STRING },
    { "tokenizer", "sha256", JSON_STRING },   { "tokenizer", "token_bytes", JSON_NUMBER }, { "tokenizer", "vocab_size", JSON_NUMBER },
    { "tokens", NULL, JSON_NUMBER },
};

static void check_form(struct verification *v)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const char *name = members[i].name, *inner = members[i].inner;
        const struct json *m = json_get(v->c.manifest, name);
        if (inner)
            m = json_get(m, inner);
        if (!m || m->type != members[i].type)
            verify_fault(v, "manifest.json", 0, "has no %s%s%s of its type", name, inner ? "." : "", inner ? inner : "");
    }
}

static void check_config(struct verification *v)
{
    const struct json *config = json_get(v->c.manifest, "config");
    char hex[65];
    sha256_hex_of(json_str(config, "text", SPAN("")), hex);
    if (!span_is(json_str(config, "sha256", SPAN("")), hex))
        verify_fault(v, "manifest.json", 0, "config.sha256 is not that of config.text");
}

static bool is_output(struct span name)
{
    bool inside = span_chr(span_from(name, 7), '/', 0) == name.n - 7;
    if (span_is(name, "report.html") || span_is(name, "audit.sqlite"))
        return true;
    if (name.n < 8 || !inside)
        return false;
    return (span_starts(name, "shards/") && (span_ends(name, ".zst") || span_ends(name, ".idx"))) ||
           (span_starts(name, "ledger/") && span_ends(name, ".jsonl.zst"));
}

static void check_output(struct verification *v, const struct json *o)
{
    struct span name = json_str(o, "path", SPAN(""));
    char *path = corpus_path(&v->c, name), *file = xmemdup0(name.p, name.n), hex[65];
    uint64_t bytes, want = json_u64(o, "bytes", UINT64_MAX);
    struct error e;
    if (!is_output(name))
        verify_fault(v, "manifest.json", 0, "output %.*s is no file of shards/ or ledger/, no report and no audit database",
                     SPAN_ARG(span_head(name, 200)));
    else if (file_sha256(path, hex, &bytes, &e))
        verify_fault_of(v, file, &e);
    else if (bytes != want)
        verify_fault(v, file, bytes < want ? bytes : want, "has %" PRIu64 " bytes, the manifest says %" PRIu64, bytes, want);
    else if (!span_is(json_str(o, "sha256", SPAN("")), hex))
        verify_fault(v, file, 0, "SHA-256 is %s, the manifest has another", hex);
    free(path);
    free(file);
}

static bool is_listed(const struct verification *v, const char *name)
{
    return tally_find(&v->outputs, span_cstr(name)) != NULL;
}

static void check_folder(struct verification *v, const char *folder)
{
    char *path = corpus_path(&v->c, span_cstr(folder));
    DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d));) {
        char *name = xasprintf("%s/%s", folder, f->d_name);
        if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0 && !is_listed(v, name))
            verify_fault(v, name, 0, "is not in the manifest");
        free(name);
    }
    if (d)
        closedir(d);
    free(path);
}

/* A file of the folder itself; `optional`: it may be missing, but not unlisted. */
static void check_single(struct verification *v, const char *name, bool optional)
{
    char *path = corpus_path(&v->c, span_cstr(name));
    if (!is_listed(v, name) && (!optional || file_exists(path)))
        verify_fault(v, name, 0, "is not in the manifest");
    free(path);
}

static void check_files(struct verification *v)
{
    const struct json *outputs = json_get(v->c.manifest, "outputs");
    struct span last = { 0 };
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next) {
        struct span name = json_str(o, "path", SPAN(""));
        if (last.p && span_cmp(last, name) >= 0)
            verify_fault(v, "manifest.json", 0, "output %.*s does not stand behind the one before it in the order of their names",
                         SPAN_ARG(span_head(name, 200)));
        last = name;
        tally_at(&v->outputs, name);
        check_output(v, o);
    }
    check_folder(v, "shards");
    check_folder(v, "ledger");
    check_single(v, "report.html", false);
    check_single(v, "audit.sqlite", true); /* left out past audit.max_rows */
}

void verify_manifest(struct verification *v)
{
    check_sum(v);
    check_form(v);
    check_config(v);
    check_files(v);
}

/* ---- sums ---- */

static void check_number(struct verification *v, const struct json *where, const char *name, uint64_t is)
{
    uint64_t says = json_u64(where, name, UINT64_MAX);
    if (says != is)
        verify_fault(v, "manifest.json", 0, "%s is not %" PRIu64 ", which is what the ledger and the shards have", name, is);
}

static void check_root(struct verification *v, const char *name, const uint8_t root[SHA256_BYTES])
{
    char hex[SHA256_HEX + 1];
    hex_put(root, SHA256_BYTES, hex);
    if (!span_is(json_str(v->c.manifest, name, SPAN("")), hex))
        verify_fault(v, "manifest.json", 0, "%s is not %s, the root over the rows that are there", name, hex);
}

static void check_inputs(struct verification *v)
{
    const struct json *inputs = json_get(v->c.manifest, "inputs");
    uint64_t sum = 0;
    for (const struct json *in = inputs ? inputs->first : NULL; in; in = in->next) {
        struct span name = json_str(in, "path", SPAN(""));
        const struct tally_row *r = tally_find(&v->inputs, name);
        if (json_u64(in, "records", UINT64_MAX) != (r ? r->v[0] : 0))
            verify_fault(v, "manifest.json", 0, "input %.*s: the ledger has %" PRIu64 " records of it, the manifest another number",
                  SPAN_ARG(name), r ? r->v[0] : 0);
        sum += r ? r->v[0] : 0;
    }
    if (sum != v->stats.records)
        verify_fault(v, "manifest.json", 0, "the ledger has rows of inputs that the manifest does not list");
}

/* A member of the manifest is what `text` says, whatever the white space. */
static void check_value(struct verification *v, const char *name, const struct buf *text)
{
    const struct json *says = json_get(v->c.manifest, name);
    struct buf a = { 0 }, b = { 0 };
    struct arena arena;
    struct json *is;
    arena_init(&arena, 0);
    if (says)
        json_canonical(says, &a);
    if (json_parse(buf_view(text), &arena, &is, NULL) == 0)
        json_canonical(is, &b);
    if (!span_eq(buf_view(&a), buf_view(&b)))
        verify_fault(v, "manifest.json", 0, "%s is not what the ledger adds up to", name);
    buf_release(&a);
    buf_release(&b);
    arena_release(&arena);
}

static void check_stages(struct verification *v)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    stats_put_stages(&v->stats, &w);
    check_value(v, "stages", &b);
    buf_reset(&b);
    w.comma = false;
    manifest_put_funnel(&v->stats, &w);
    check_value(v, "funnel", &b);
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
    check_number(v, m, "damage", v->damage);
    check_number(v, m, "inputs_failed", v->stats.files);
    if (v->no_shards)
        return;
    for (size_t i = 0; i < v->c.n_shards; i++) {
        documents += v->c.shards[i].n;
        tokens += v->c.shards[i].tokens; /* a shard without documents is opened by nobody: its index must have no tokens either */
    }
    if (documents != v->stats.kept || tokens != v->stats.tokens)
        verify_fault(v, "manifest.json", 0, "the shards have %" PRIu64 " documents and %" PRIu64 " tokens, the ledger other numbers", documents, tokens);
}

int verify_sums(struct verification *v, struct error *e)
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

