/*
 * step_seal.c - phase 4, once: from counts, digests and leaf digests to manifest.json, both roots,
 * report.html and audit.sqlite.  The manifest is written last: where it is, all is there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/version.h"
#include "pipeline/run/audit_db.h"
#include "pipeline/run/manifest.h"
#include "pipeline/run/pack.h"
#include "pipeline/run/registry.h"
#include "pipeline/run/report.h"
#include "shards/leafsort.h"

const struct conf_key seal_keys[] = {
    { "inputs.max_failed", CONF_INT, "0", 0, 1e9, NULL, "inputs that may be unreadable; one more and the run is not sealed" },
    { "audit.max_rows", CONF_INT, "200000000", 0, 1e12, NULL, "most ledger rows of which audit.sqlite is made; 0: never" },
    { 0 },
};

#define LEAF_MEMORY (128u << 20)

struct sealing {
    struct task *t;
    const struct run *r;
    struct manifest m;
    struct buf sources; /* as the first part told them */
    uint64_t documents, tokens; /* of the step that is gathered */
};

/* ---- facts ---- */

static char *dup_member(const struct json *v, const char *name)
{
    struct span s = json_str(v, name, SPAN(""));
    return xmemdup0(s.p, s.n);
}

static void take_sources(struct manifest *m, const struct json *list)
{
    for (const struct json *v = list->first; v; v = v->next) {
        m->sources = xreallocarray(m->sources, m->n_sources + 1, sizeof *m->sources);
        m->sources[m->n_sources++] = (struct manifest_source){ dup_member(v, "kind"), dup_member(v, "name"), dup_member(v, "version"),
                                                               dup_member(v, "sha256") };
    }
}

/* Every part was made with the same models and lists. */
static int same_sources(struct sealing *s, size_t part, const struct json *facts, struct error *e)
{
    const struct json *list = json_get(facts, "sources");
    if (!list || list->type != JSON_ARRAY)
        return 0;
    if (!s->sources.n) {
        buf_span(&s->sources, list->raw);
        take_sources(&s->m, list);
        return 0;
    }
    if (!span_eq(buf_view(&s->sources), list->raw))
        return error_set(e, ERR_FORMAT, NULL, "part %zu was prepared with other models or lists than part 0; prepare it again", part);
    return 0;
}

static int take_part(void *ctx, size_t part, const struct json *done, struct error *e)
{
    struct sealing *s = ctx;
    const struct json *facts = json_get(done, "facts");
    struct manifest_input *in = &s->m.inputs[s->r->plan.parts[part].input];
    struct span sha = json_str(facts, "input_sha256", SPAN("")), why = json_str(facts, "input_failed", (struct span){ 0 });
    in->records += json_u64(facts, "records", 0);
    s->m.damage += json_u64(facts, "damage", 0);
    if (sha.n)
        snprintf(in->sha256, sizeof in->sha256, "%.*s", SPAN_ARG(sha));
    if (why.p && s->r->plan.parts[part].begin == 0)
        s->m.inputs_failed++;
    return same_sources(s, part, facts, e);
}

static int gather_prepare(struct sealing *s, struct error *e)
{
    const struct plan *p = &s->r->plan;
    s->m.n_inputs = p->n_inputs;
    s->m.inputs = xcalloc(p->n_inputs, sizeof *s->m.inputs);
    for (size_t i = 0; i < p->n_inputs; i++)
        s->m.inputs[i] = (struct manifest_input){ .name = p->inputs[i].name, .bytes = p->inputs[i].bytes };
    int rc = done_each(s->r, &prepare_parts_step, 0, p->n_parts, take_part, s, e);
    if (rc)
        return rc;
    int64_t allowed = config_int(p->config, "inputs.max_failed");
    if (s->m.inputs_failed > (uint64_t)allowed)
        return error_set(e, ERR_INPUT, NULL,
                         "%" PRIu64 " inputs could not be read and inputs.max_failed is %" PRId64
                         ", so nothing is sealed; mend them, or allow it with --set inputs.max_failed=N in a new folder",
                         s->m.inputs_failed, allowed);
    return 0;
}

/* Outputs of a step that belong to the corpus: those outside tmp/. */
static void take_outputs(struct sealing *s, const struct json *done)
{
    const struct json *list = json_get(done, "outputs");
    for (const struct json *o = list ? list->first : NULL; o; o = o->next) {
        struct span path = json_str(o, "path", SPAN(""));
        uint64_t bytes = json_u64(o, "bytes", 0);
        if (span_starts(path, "tmp/"))
            continue;
        char *p = xmemdup0(path.p, path.n), *sha = dup_member(o, "sha256");
        manifest_add_output(&s->m, p, bytes, sha);
        free(p);
        free(sha);
    }
}

/* A task of pack: its outputs, its counts, its sums. */
static int take_task(void *ctx, size_t index, const struct json *done, struct error *e)
{
    struct sealing *s = ctx;
    const struct json *facts = json_get(done, "facts"), *stats = json_get(facts, "stats");
    take_outputs(s, done);
    if (stats)
        stats_merge_json(&s->m.stats, stats);
    s->documents += json_u64(facts, "documents", 0);
    s->tokens += json_u64(facts, "tokens", 0);
    return 0;
}

static int gather_step(struct sealing *s, const struct step *step, uint64_t *documents, uint64_t *tokens, struct error *e)
{
    s->documents = s->tokens = 0;
    int rc = done_each(s->r, step, 0, step->n_tasks(s->r), take_task, s, e);
    *documents = s->documents;
    *tokens = s->tokens;
    return rc;
}

/* Over the whole run: in = kept + dropped + failed, and what was tokenized is what was written. */
static int gather_pack(struct sealing *s, struct error *e)
{
    uint64_t documents = 0, tokens = 0, written = 0, written_tokens = 0, records = 0;
    int rc = gather_step(s, &pack_tokenize_step, &documents, &tokens, e);
    if (rc == 0)
        rc = gather_step(s, &pack_write_step, &written, &written_tokens, e);
    const struct stats *c = &s->m.stats;
    for (size_t i = 0; i < s->m.n_inputs; i++)
        records += s->m.inputs[i].records;
    if (rc == 0 && (records != c->records || c->records != c->kept + c->dropped + c->failed || documents != c->kept ||
                    written != documents || written_tokens != tokens || tokens != c->tokens))
        rc = error_set(e, ERR_BUG, NULL,
                       "the counts do not balance: %" PRIu64 " records, %" PRIu64 " kept, %" PRIu64 " dropped, %" PRIu64
                       " failed, %" PRIu64 " documents written",
                       records, c->kept, c->dropped, c->failed, written);
    return rc;
}

/* ---- roots ---- */

/* Every `bytes`-long entry of OUT/tmp/pack/GGGGG.END of all groups, in order. */
static int each_entry(const struct sealing *s, const char *end, size_t bytes,
                      int (*take)(void *ctx, const uint8_t *entry, struct error *e), void *ctx, struct error *e)
{
    int rc = 0;
    for (size_t g = 0; rc == 0 && g < s->r->plan.n_groups; g++) {
        char *path = run_tmp_path(s->r, "pack/%05zu.%s", g, end);
        struct span map;
        rc = file_map(path, &map, e);
        if (rc == 0) {
            for (size_t at = 0; rc == 0 && at + bytes <= map.n; at += bytes)
                rc = take(ctx, (const uint8_t *)map.p + at, e);
            file_unmap(map);
        }
        free(path);
    }
    return rc;
}

static int add_row(void *ctx, const uint8_t *leaf, struct error *e)
{
    merkle_add(ctx, leaf);
    return 0;
}

static int add_leaf(void *ctx, const uint8_t *leaf, struct error *e)
{
    return leafsort_add(ctx, leaf, e);
}

static int make_roots(struct sealing *s, struct error *e)
{
    struct merkle rows = { 0 };
    uint8_t root[SHA256_BYTES];
    struct leafsort *leaves = leafsort_new(LEAF_MEMORY, s->r->tmp);
    int rc = each_entry(s, "rows", SHA256_BYTES, add_row, &rows, e);
    merkle_root(&rows, root);
    hex_put(root, sizeof root, s->m.ledger_root);
    if (rc == 0)
        rc = each_entry(s, "leaves", LEAF_BYTES, add_leaf, leaves, e);
    if (rc == 0)
        rc = leafsort_root(leaves, root, e);
    hex_put(root, sizeof root, s->m.merkle_root);
    leafsort_free(leaves);
    return rc;
}

/* ---- files ---- */

static int keep_output(struct sealing *s, const char *name, const struct outfile_done *done)
{
    task_output(s->t, name, done);
    manifest_add_output(&s->m, name, done->bytes, done->sha256);
    return 0;
}

static int make_database(struct sealing *s, struct error *e)
{
    size_t n = s->r->plan.n_groups;
    char *path = run_path(s->r, "audit.sqlite"), **ledgers = xcalloc(n, sizeof *ledgers);
    struct outfile_done done;
    int rc = 0;
    for (size_t g = 0; g < n; g++) {
        char *name = ledger_name(s->r, g);
        ledgers[g] = run_path(s->r, "%s", name);
        free(name);
    }
    if (s->m.stats.records <= (uint64_t)config_int(s->r->plan.config, "audit.max_rows")) {
        rc = audit_db_build(ledgers, n, path, s->r->tmp, &done, e);
        if (rc == 0)
            rc = keep_output(s, "audit.sqlite", &done);
    } else {
        unlink(path);
    }
    for (size_t g = 0; g < n; g++)
        free(ledgers[g]);
    free(ledgers);
    free(path);
    return rc;
}

static struct report_file *report_inputs(const struct sealing *s)
{
    struct report_file *v = xcalloc(s->m.n_inputs, sizeof *v);
    for (size_t i = 0; i < s->m.n_inputs; i++) {
        const struct manifest_input *in = &s->m.inputs[i];
        v[i] = (struct report_file){ in->name, in->bytes, *in->sha256 ? in->sha256 : NULL, in->records };
    }
    return v;
}

static struct report_file *report_shards(const struct sealing *s, size_t *n)
{
    struct report_file *v = xcalloc(s->m.n_outputs, sizeof *v);
    *n = 0;
    for (size_t i = 0; i < s->m.n_outputs; i++) {
        const struct manifest_output *o = &s->m.outputs[i];
        if (span_starts(span_cstr(o->path), "shards/") && span_ends(span_cstr(o->path), ".zst"))
            v[(*n)++] = (struct report_file){ o->path, o->bytes, o->sha256, 0 };
    }
    return v;
}

static int make_report(struct sealing *s, struct error *e)
{
    const struct plan *p = &s->r->plan;
    const struct manifest *m = &s->m;
    struct outfile_done done;
    struct report_source *sources = xcalloc(m->n_sources, sizeof *sources);
    for (size_t i = 0; i < m->n_sources; i++)
        sources[i] = (struct report_source){ m->sources[i].kind, m->sources[i].name, m->sources[i].version, m->sources[i].sha256 };
    struct report_input in = {
        .stats = &m->stats, .config = p->config, .config_text = buf_view(&p->config_text), .config_sha256 = p->config_sha256,
        .inputs = report_inputs(s), .n_inputs = m->n_inputs, .inputs_failed = m->inputs_failed, .damage = m->damage,
        .sources = sources, .n_sources = m->n_sources, .tokenizer = m->vocab.name,
        .tokenizer_sha256 = m->vocab.sha256, .vocab_size = m->vocab.vocab_size, .token_bytes = m->vocab.token_bytes,
        .merkle_root = m->merkle_root, .ledger_root = m->ledger_root, .version = SLUICE_VERSION, .commit = version_commit(),
    };
    in.shards = report_shards(s, &in.n_shards);
    char *path = run_path(s->r, "report.html");
    int rc = report_write(&in, path, s->r->tmp, &done, e);
    if (rc == 0)
        rc = keep_output(s, "report.html", &done);
    free(path);
    free((void *)in.inputs);
    free((void *)in.shards);
    free(sources);
    return rc;
}

static int describe_vocab(struct sealing *s, struct error *e)
{
    struct vocab *v;
    int rc = pack_vocab(s->r, &v, e);
    if (rc)
        return rc;
    vocab_describe(v, &s->m.vocab);
    vocab_close(v);
    return 0;
}

static int seal_task(struct task *t, struct error *e)
{
    struct sealing s = { .t = t, .r = t->run, .m = { .plan = &t->run->plan } };
    struct outfile_done done[2];
    stats_init(&s.m.stats);
    int rc = gather_prepare(&s, e);
    if (rc == 0)
        rc = gather_pack(&s, e);
    if (rc == 0)
        rc = describe_vocab(&s, e);
    if (rc == 0)
        rc = make_roots(&s, e);
    if (rc == 0)
        rc = make_database(&s, e);
    if (rc == 0)
        rc = make_report(&s, e);
    if (rc == 0) /* where the manifest is, all that it lists is there, whatever happens to the machine */
        rc = disk_flush(s.r->out, e);
    if (rc == 0)
        rc = manifest_write(&s.m, s.r->out, s.r->tmp, done, e);
    if (rc == 0)
        rc = disk_flush(s.r->out, e);
    if (rc == 0) {
        task_output(t, "manifest.json", &done[0]);
        task_output(t, "manifest.sha256", &done[1]);
        struct json_writer w = { &t->facts, t->facts.n > 0 };
        jw_member_str(&w, "ledger_root", span_cstr(s.m.ledger_root));
        jw_member_str(&w, "merkle_root", span_cstr(s.m.merkle_root));
    }
    manifest_release(&s.m);
    buf_release(&s.sources);
    return rc;
}

static size_t once(const struct run *r)
{
    return 1;
}

const struct step seal_step = { .phase = "seal", .name = "seal", .n_tasks = once, .task = seal_task };
