/*
 * step_tokenize.c - pack, step 1: one group of parts; kept text to tokens, and every ledger row to its
 * final form (files: pack.h, and OUT/ledger/GGGGG.jsonl.zst).
 *
 * Facts: "documents" and "tokens" (kept), "killed" (records that killed their worker), "stats" (stats.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/choice.h"
#include "pipeline/run/crash.h"
#include "pipeline/run/pack.h"
#include "pipeline/run/row.h"
#include "pipeline/run/stats.h"
#include "pipeline/run/super.h"
#include "shards/index.h"
#include "shards/merkle.h"

#define LINE_MAX_BYTES ((size_t)256 << 20) /* of prepare's files: a document is smaller (ingest.max_body) */
#define DOCUMENT_ARENA_MAX ((size_t)1 << 30)
#define MAX_MEMBERS 8
/* Bytes of a document's tokens behind which scratch memory is given back. */
#define HEAVY ((size_t)16 << 20)

struct packer {
    struct vocab *vocab;
    struct vocab_info info;
    struct encoder *encoder; /* of this process */
};

/* The files of one part, read in step: a line of docs and a choice for each kept row. */
struct part_files {
    struct infile *rows, *docs;
    struct choice_reader *choices;
    char *docs_path;
    size_t part;
};

struct packing {
    struct task *t;
    const struct config *config;
    struct packer *p;
    struct outfile *tokens, *rows, *leaves, *ledger;
    struct index_writer *index;
    struct arena arena;
    struct buf ids, row;
    struct stats stats;
    struct bad_record *bad;
    size_t n_bad;
    uint64_t killed;
};

static int pack_open(const struct run *r, void **state, struct error *e)
{
    struct packer *p = xcalloc(1, sizeof *p);
    int rc = pack_vocab(r, &p->vocab, e);
    if (rc) {
        free(p);
        return rc;
    }
    vocab_describe(p->vocab, &p->info);
    *state = p;
    return 0;
}

static void pack_close(void *state)
{
    struct packer *p = state;
    if (!p)
        return;
    encoder_free(p->encoder);
    vocab_close(p->vocab);
    free(p);
}

/* ---- one row ---- */

static void close_part(struct part_files *f)
{
    if (f->rows)
        infile_close(f->rows);
    if (f->docs)
        infile_close(f->docs);
    choice_close(f->choices);
    free(f->docs_path);
}

static int open_part(struct part_files *f, const struct run *r, size_t part, struct error *e)
{
    char *rows = run_tmp_path(r, "prepare/%08zu.rows.zst", part), *choice = run_tmp_path(r, "dedup/%08zu.choice", part);
    *f = (struct part_files){ .docs_path = run_tmp_path(r, "prepare/%08zu.docs.zst", part), .part = part };
    int rc = infile_open(&f->rows, rows, e);
    if (rc == 0)
        rc = infile_open(&f->docs, f->docs_path, e);
    if (rc == 0)
        rc = choice_open(&f->choices, choice, e);
    free(rows);
    free(choice);
    return rc;
}

static int out_of_step(const struct part_files *f, struct error *e)
{
    return error_set(e, ERR_FORMAT, f->docs_path, "rows, documents and decisions do not fit each other; prepare and dedup this part again");
}

/* The final row stands in x->row, without line break, which it gets here: to the ledger, the row digests and the sums. */
static int put_row(struct packing *x, const struct json *row, struct error *e)
{
    uint8_t leaf[SHA256_BYTES];
    merkle_leaf(buf_view(&x->row), leaf);
    stats_add_row(&x->stats, row);
    buf_putc(&x->row, '\n');
    int rc = outfile_write(x->ledger, x->row.p, x->row.n, e);
    return rc ? rc : outfile_write(x->rows, leaf, sizeof leaf, e);
}

static struct span quoted(struct packing *x, struct span s)
{
    struct buf b = { 0 };
    json_put_string(&b, s);
    struct span copy = arena_dup(&x->arena, buf_view(&b));
    buf_release(&b);
    return copy;
}

static int put_changed(struct packing *x, const struct json *row, const struct row_member *m, size_t n, struct error *e)
{
    struct json *final;
    buf_reset(&x->row);
    row_change(row, m, n, &x->row);
    if (json_parse(arena_dup(&x->arena, buf_view(&x->row)), &x->arena, &final, NULL))
        return error_set(e, ERR_BUG, NULL, "a ledger row of ours cannot be read back");
    return put_row(x, final, e);
}

static int put_duplicate(struct packing *x, const struct json *row, const struct choice *c, struct error *e)
{
    struct row_member m[MAX_MEMBERS];
    size_t n = 0;
    if (c->duplicate_of.p)
        m[n++] = (struct row_member){ "duplicate_of", quoted(x, c->duplicate_of) };
    m[n++] = (struct row_member){ "outcome", SPAN("\"dropped\"") };
    m[n++] = (struct row_member){ "rule", quoted(x, span_cstr(c->rule)) };
    m[n++] = (struct row_member){ "stage", SPAN("\"dedup\"") };
    return put_changed(x, row, m, n, e);
}

static int put_failed(struct packing *x, const struct json *row, const char *rule, const char *why, struct error *e)
{
    const struct row_member m[] = {
        { "error", quoted(x, span_cstr(why)) },
        { "outcome", SPAN("\"failed\"") },
        { "rule", quoted(x, span_cstr(rule)) },
        { "stage", SPAN("\"pack\"") },
    };
    return put_changed(x, row, m, sizeof m / sizeof *m, e);
}

static int put_kept_row(struct packing *x, const struct json *row, const struct choice *c, const struct shard_doc *d, struct error *e)
{
    struct row_member m[MAX_MEMBERS];
    char hex[SHA256_HEX + 1];
    uint8_t leaf[LEAF_BYTES];
    size_t n = 0;
    hex_put(d->sha256, SHA256_BYTES, hex);
    if (c->cluster_size)
        m[n++] = (struct row_member){ "minhash_cluster_size", arena_printf(&x->arena, "%" PRIu64, c->cluster_size) };
    m[n++] = (struct row_member){ "tokens", arena_printf(&x->arena, "%" PRIu64, d->tokens) };
    m[n++] = (struct row_member){ "tokens_sha256", quoted(x, span_cstr(hex)) };
    int rc = put_changed(x, row, m, n, e);
    merkle_document(json_str(row, "url", d->id), span_of(x->row.p, x->row.n - 1), leaf);
    return rc ? rc : outfile_write(x->leaves, leaf, sizeof leaf, e);
}

static int put_tokens(struct packing *x, const struct json *row, const struct choice *c, struct error *e)
{
    const size_t tokens = x->ids.n / sizeof(uint32_t);
    struct shard_doc d = {
        .tokens = tokens, .offset = json_u64(row, "offset", 0), .length = json_u64(row, "length", 0),
        .at = json_u64(row, "at", 0), .id = json_str(row, "id", SPAN("")), .warc = json_str(row, "warc", SPAN("")),
    };
    pack_narrow(&x->ids, x->p->info.token_bytes);
    sha256_of(buf_view(&x->ids), d.sha256);
    int rc = outfile_write(x->tokens, x->ids.p, x->ids.n, e);
    if (rc == 0)
        rc = index_add(x->index, &d, e);
    return rc ? rc : put_kept_row(x, row, c, &d, e);
}

/* A document that stays, from its line to its tokens. */
static int pack_document(struct packing *x, struct part_files *f, const struct json *row, const struct choice *c, struct span line,
                         struct error *e)
{
    struct document d = { .arena = &x->arena };
    struct error why;
    int rc = doc_parse(line, &x->arena, &d, e);
    if (rc)
        return rc;
    if (!span_eq(d.id, json_str(row, "id", SPAN(""))))
        return out_of_step(f, e);
    crash_if_marked(d.text, "pack");
    buf_reset(&x->ids);
    x->t->slot->records++;
    x->t->slot->bytes += d.text.n;
    rc = pack_encode(x->config, &x->p->info, x->p->encoder, d.text, &x->ids, &why);
    rc = rc ? put_failed(x, row, "tokenizer", why.msg, e) : put_tokens(x, row, c, e);
    if (x->ids.cap > HEAVY)
        buf_release(&x->ids); /* what a giant may take does not depend on the giants before it */
    return rc;
}

/* A row of a document that prepare kept. */
static int kept_row(struct packing *x, struct part_files *f, const struct json *row, struct error *e)
{
    const struct record_key key = { f->part, json_u64(row, "offset", 0), json_u64(row, "at", 0) };
    const struct bad_record *bad = bad_record_find(x->bad, x->n_bad, &key);
    struct span line;
    struct choice c;
    char why[160];
    int rc = infile_line(f->docs, LINE_MAX_BYTES, &line, NULL, e);
    if (rc < 0)
        return rc;
    if (rc == 0 || (rc = choice_next(f->choices, &c, e)) == 0)
        return out_of_step(f, e);
    if (rc < 0)
        return rc;
    if (!c.kept)
        return put_duplicate(x, row, &c, e);
    if (bad_record_fails(bad)) {
        x->killed++;
        bad_record_reason(bad, why, sizeof why);
        return put_failed(x, row, bad_record_rule(bad), why, e);
    }
    if (!slot_enter(x->t->slot, &key, bad))
        return 0;
    rc = pack_document(x, f, row, &c, line, e);
    slot_leave(x->t->slot);
    return rc;
}

static int one_row(struct packing *x, struct part_files *f, struct span line, struct error *e)
{
    struct json *row;
    arena_reset(&x->arena);
    if (json_parse(line, &x->arena, &row, NULL) || row->type != JSON_OBJECT)
        return out_of_step(f, e);
    if (span_is(json_str(row, "outcome", SPAN("")), "kept"))
        return kept_row(x, f, row, e);
    buf_reset(&x->row);
    buf_span(&x->row, line);
    return put_row(x, row, e);
}

static int one_part(struct packing *x, size_t part, struct error *e)
{
    struct part_files f;
    struct span line;
    struct choice c;
    int rc = open_part(&f, x->t->run, part, e);
    if (rc == 0) {
        while ((rc = infile_line(f.rows, LINE_MAX_BYTES, &line, NULL, e)) > 0)
            if ((rc = one_row(x, &f, line, e)) < 0)
                break;
    }
    if (rc == 0 && (rc = infile_line(f.docs, LINE_MAX_BYTES, &line, NULL, e)) > 0)
        rc = out_of_step(&f, e);
    if (rc == 0 && (rc = choice_next(f.choices, &c, e)) > 0)
        rc = out_of_step(&f, e);
    close_part(&f);
    return rc;
}

/* ---- the task ---- */

static int open_outputs(struct packing *x, struct error *e)
{
    const struct run *r = x->t->run;
    size_t i = x->t->index;
    char *ledger = ledger_name(r, i);
    char *paths[] = { run_tmp_path(r, "pack/%05zu.tokens", i), run_tmp_path(r, "pack/%05zu.rows", i),
                      run_tmp_path(r, "pack/%05zu.leaves", i), run_path(r, "%s", ledger) };
    struct outfile **files[] = { &x->tokens, &x->rows, &x->leaves, &x->ledger };
    int rc = 0;
    for (size_t k = 0; k < 4; k++) {
        if (rc == 0)
            rc = outfile_open(files[k], paths[k], r->tmp, k == 3 ? (int)config_int(x->config, "shards.level") : 0, e);
        free(paths[k]);
    }
    free(ledger);
    x->index = index_new(x->p->info.token_bytes);
    return rc;
}

/* name: relative to OUT, freed here. */
static int commit(struct packing *x, struct outfile **f, char *name, struct error *e)
{
    struct outfile_done done;
    int rc = outfile_commit(*f, &done, e);
    *f = NULL;
    if (rc == 0)
        task_output(x->t, name, &done);
    free(name);
    return rc;
}

static int commit_outputs(struct packing *x, struct error *e)
{
    struct outfile_done done;
    size_t i = x->t->index;
    char *name = xasprintf("tmp/pack/%05zu.idx", i), *path = run_path(x->t->run, "%s", name);
    int rc = index_commit(x->index, path, x->t->run->tmp, &done, e);
    x->index = NULL;
    if (rc == 0)
        task_output(x->t, name, &done);
    free(path);
    free(name);
    if (rc == 0)
        rc = commit(x, &x->tokens, xasprintf("tmp/pack/%05zu.tokens", i), e);
    if (rc == 0)
        rc = commit(x, &x->rows, xasprintf("tmp/pack/%05zu.rows", i), e);
    if (rc == 0)
        rc = commit(x, &x->leaves, xasprintf("tmp/pack/%05zu.leaves", i), e);
    return rc ? rc : commit(x, &x->ledger, ledger_name(x->t->run, i), e);
}

static int add_records(void *ctx, size_t part, const struct json *done, struct error *e)
{
    *(uint64_t *)ctx += json_u64(json_get(done, "facts"), "records", 0);
    return 0;
}

/* What prepare counted is what came out here: in = kept + dropped + failed, for every part. */
static int check_balance(const struct packing *x, struct error *e)
{
    const struct plan_group *g = &x->t->run->plan.groups[x->t->index];
    const struct stats *s = &x->stats;
    uint64_t records = 0;
    int rc = done_each(x->t->run, &prepare_parts_step, g->first, g->first + g->n, add_records, &records, e);
    if (rc == 0 && (records != s->records || s->records != s->kept + s->dropped + s->failed))
        rc = error_set(e, ERR_BUG, NULL, "group %zu: %" PRIu64 " records went in, %" PRIu64 " kept, %" PRIu64 " dropped, %" PRIu64 " failed",
                       x->t->index, records, s->kept, s->dropped, s->failed);
    return rc;
}

static void put_facts(struct packing *x)
{
    struct json_writer w = { &x->t->facts, x->t->facts.n > 0 };
    jw_member_u64(&w, "documents", x->stats.kept);
    jw_member_u64(&w, "tokens", x->stats.tokens);
    jw_member_u64(&w, "killed", x->killed);
    jw_key(&w, "stats");
    stats_put_json(&x->stats, &w);
}

static void release(struct packing *x)
{
    outfile_abandon(x->tokens);
    outfile_abandon(x->rows);
    outfile_abandon(x->leaves);
    outfile_abandon(x->ledger);
    index_abandon(x->index);
    arena_release(&x->arena);
    buf_release(&x->ids);
    buf_release(&x->row);
    free(x->bad);
    stats_release(&x->stats);
}

static int tokenize_task(struct task *t, struct error *e)
{
    const struct plan_group *g = &t->run->plan.groups[t->index];
    struct packing x = { .t = t, .config = t->run->plan.config, .p = t->state };
    if (!x.p->encoder)
        x.p->encoder = encoder_new(x.p->vocab);
    arena_init(&x.arena, DOCUMENT_ARENA_MAX);
    stats_init(&x.stats);
    int rc = bad_records_read(t->run, &pack_tokenize_step, t->index, &x.bad, &x.n_bad, e);
    if (rc == 0)
        rc = open_outputs(&x, e);
    for (size_t i = g->first; rc == 0 && i < g->first + g->n; i++)
        rc = one_part(&x, i, e);
    if (rc == 0 && !t->slot->only)
        rc = check_balance(&x, e);
    if (rc == 0 && !t->slot->only)
        rc = commit_outputs(&x, e);
    if (rc == 0)
        put_facts(&x);
    release(&x);
    return rc;
}

static size_t n_groups(const struct run *r)
{
    return r->plan.n_groups;
}

const struct step pack_tokenize_step = {
    .phase = "pack", .name = "tokenize", .n_tasks = n_groups, .task = tokenize_task, .open = pack_open, .close = pack_close,
};
