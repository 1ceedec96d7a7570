/*
 * step_prepare.c - phase 1: the records of one part of an input to kept text, ledger rows and
 * signatures (files: run.h).
 *
 * Facts: "begin","end" (where the first record of the part was found and where the next part must
 * begin), "records" = "kept" + "dropped" + "failed", "kept_documents" (= kept), "damage" (runs of
 * bytes), "killed" (records that killed their worker), "unknown_hosts" (records), "rules" {"STAGE.RULE":n}; on the part that begins at 0
 * "input_sha256" and "input_bytes"; "input_failed" (the message) when the input cannot be read at
 * all; "sources" [{kind,name,version,sha256}] of the stages.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/sigfile.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/run/chain.h"
#include "pipeline/run/process.h"
#include "pipeline/run/row.h"
#include "pipeline/run/super.h"

/* Between phases: fast to write, read once. */
#define TMP_LEVEL 1
/* A document with everything the stages hang on it; past it the document fails (arena_try). */
#define DOCUMENT_ARENA_MAX (256u << 20)
#define MAX_RULES 256
/* Bytes of a record behind which all scratch memory is given back. */
#define HEAVY ((size_t)4 << 20)

struct rule_count {
    const char *stage, *rule;
    uint64_t n;
};

struct preparation {
    struct task *t;
    const struct plan_part *part;
    const struct plan_input *input;
    struct processor *p;
    struct warc_reader *reader;
    struct outfile *docs, *rows;
    struct sigfile_writer *sigs;
    struct bad_record *bad;
    size_t n_bad;
    struct arena arena;
    struct buf line;
    uint64_t begin, outcome[3], damage, unknown_hosts, killed;
    struct rule_count rules[MAX_RULES];
    size_t n_rules;
};

static size_t n_tasks(const struct run *r)
{
    return r->plan.n_parts;
}

static int prepare_open(const struct run *r, void **state, struct error *e)
{
    struct processor *p = xcalloc(1, sizeof *p);
    int rc = plan_files_same(&r->plan, e);
    if (rc == 0)
        rc = processor_open(p, r->plan.config, e);
    if (rc) {
        free(p);
        return rc;
    }
    *state = p;
    return 0;
}

static void prepare_close(void *state)
{
    if (state)
        processor_close(state);
    free(state);
}

static void count(struct preparation *x, const struct document *d)
{
    x->outcome[d->verdict]++;
    if (d->verdict == DOC_KEPT)
        return;
    x->damage += d->verdict == DOC_FAILED && strcmp(d->rule, "damage") == 0;
    x->unknown_hosts += strcmp(d->rule, "robots_unknown_host") == 0;
    for (size_t i = 0; i < x->n_rules; i++) {
        if (strcmp(x->rules[i].stage, d->stage) == 0 && strcmp(x->rules[i].rule, d->rule) == 0) {
            x->rules[i].n++;
            return;
        }
    }
    if (x->n_rules < MAX_RULES)
        x->rules[x->n_rules++] = (struct rule_count){ d->stage, d->rule, 1 };
}

static int put_row(struct preparation *x, const struct document *d, struct error *e)
{
    buf_reset(&x->line);
    row_put(d, &x->line);
    buf_putc(&x->line, '\n');
    return outfile_write(x->rows, x->line.p, x->line.n, e);
}

static int put_document(struct preparation *x, const struct document *d, struct error *e)
{
    buf_reset(&x->line);
    doc_write(d, &x->line);
    int rc = outfile_write(x->docs, x->line.p, x->line.n, e);
    return rc ? rc : sigfile_add(x->sigs, d, e);
}

/* A record that killed its worker: its row, without touching it again. */
static void fail_bad(struct preparation *x, const struct warc_record *r, const struct bad_record *bad, struct document *d)
{
    struct warc_record head = *r;
    char why[160];
    head.block = span_of("", 0);
    head.block_cut = false;
    record_head(&x->p->record, &head, span_cstr(x->input->name), &x->arena, d);
    d->verdict = DOC_KEPT;
    bad_record_reason(bad, why, sizeof why);
    doc_fail(d, "prepare", bad_record_rule(bad), why);
}

/* What a giant record may take does not depend on the giants before it: nothing of them stays. */
static void trim(struct preparation *x, const struct warc_record *r)
{
    if (r->block.n < HEAVY && x->line.cap < HEAVY && !processor_is_heavy(x->p, HEAVY))
        return;
    processor_trim(x->p);
    arena_reset(&x->arena);
    buf_release(&x->line);
}

static int one_record(struct preparation *x, const struct warc_record *r, struct error *e)
{
    struct worker_slot *slot = x->t->slot;
    struct document d;
    arena_reset(&x->arena);
    const struct record_key key = { x->t->index, r->offset, r->at };
    const struct bad_record *bad = bad_record_find(x->bad, x->n_bad, &key);
    if (!slot_enter(slot, &key, bad))
        return 0;
    x->killed += bad_record_fails(bad);
    if (bad_record_fails(bad))
        fail_bad(x, r, bad, &d);
    else
        process_record(x->p, r, span_cstr(x->input->name), &x->arena, &d);
    count(x, &d);
    int rc = d.verdict == DOC_KEPT ? put_document(x, &d, e) : 0;
    if (rc == 0)
        rc = put_row(x, &d, e);
    slot_leave(slot);
    trim(x, r);
    slot->records++;
    slot->bytes += r->length;
    return rc;
}

static char *part_path(const struct preparation *x, const char *end)
{
    return run_tmp_path(x->t->run, "prepare/%08zu.%s", x->t->index, end);
}

static int open_outputs(struct preparation *x, struct error *e)
{
    const struct run *r = x->t->run;
    char *docs = part_path(x, "docs.zst"), *rows = part_path(x, "rows.zst"), *sigs = part_path(x, "sigs");
    int rc = outfile_open(&x->docs, docs, r->tmp, TMP_LEVEL, e);
    if (rc == 0)
        rc = outfile_open(&x->rows, rows, r->tmp, TMP_LEVEL, e);
    if (rc == 0)
        rc = sigfile_create(&x->sigs, r->plan.config, sigs, r->tmp, e);
    free(docs);
    free(rows);
    free(sigs);
    return rc;
}

static int commit_one(struct preparation *x, const char *end, struct outfile **f, struct error *e)
{
    struct outfile_done done;
    int rc = outfile_commit(*f, &done, e);
    *f = NULL;
    if (rc == 0) {
        char *relative = xasprintf("tmp/prepare/%08zu.%s", x->t->index, end);
        task_output(x->t, relative, &done);
        free(relative);
    }
    return rc;
}

static int commit_outputs(struct preparation *x, struct error *e)
{
    int rc = commit_one(x, "docs.zst", &x->docs, e);
    if (rc == 0)
        rc = commit_one(x, "rows.zst", &x->rows, e);
    if (rc == 0) {
        struct outfile_done done;
        rc = sigfile_commit(x->sigs, &done, e);
        x->sigs = NULL;
        char *relative = xasprintf("tmp/prepare/%08zu.sigs", x->t->index);
        if (rc == 0)
            task_output(x->t, relative, &done);
        free(relative);
    }
    return rc;
}

/* The input must be what the plan saw; its digest is that of the part that begins the file. */
static int check_version(const struct preparation *x, struct error *e)
{
    struct stat st;
    char now[64] = "";
    if (is_remote(x->input->path)) /* every answer of its server is held to the version */
        return 0;
    if (stat(x->input->path, &st) == 0)
        snprintf(now, sizeof now, "%lld%09ld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    if (strcmp(now, x->input->version) != 0 || (uint64_t)st.st_size != x->input->bytes)
        return error_set(e, ERR_INPUT, x->input->path, "changed since the run was planned; plan again in a new folder");
    return 0;
}

static void add_source(void *ctx, const char *kind, const char *name, const char *version, const char *sha256)
{
    struct json_writer *w = ctx;
    jw_begin(w, '{');
    jw_member_str(w, "kind", span_cstr(kind));
    jw_member_str(w, "name", span_cstr(name));
    jw_member_str(w, "sha256", span_cstr(sha256));
    jw_member_str(w, "version", span_cstr(version));
    jw_end(w, '}');
}

static void put_facts(struct preparation *x, uint64_t end)
{
    struct json_writer w = { &x->t->facts, x->t->facts.n > 0 };
    jw_member_u64(&w, "begin", x->begin);
    jw_member_u64(&w, "end", end);
    jw_member_u64(&w, "records", x->outcome[DOC_KEPT] + x->outcome[DOC_DROPPED] + x->outcome[DOC_FAILED]);
    jw_member_u64(&w, "kept", x->outcome[DOC_KEPT]);
    jw_member_u64(&w, "kept_documents", x->outcome[DOC_KEPT]);
    jw_member_u64(&w, "dropped", x->outcome[DOC_DROPPED]);
    jw_member_u64(&w, "failed", x->outcome[DOC_FAILED]);
    jw_member_u64(&w, "damage", x->damage);
    jw_member_u64(&w, "unknown_hosts", x->unknown_hosts);
    jw_member_u64(&w, "killed", x->killed);
    jw_key(&w, "rules");
    jw_begin(&w, '{');
    for (size_t i = 0; i < x->n_rules; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.%s", x->rules[i].stage, x->rules[i].rule);
        jw_member_u64(&w, name, x->rules[i].n);
    }
    jw_end(&w, '}');
    jw_key(&w, "sources");
    jw_begin(&w, '[');
    const struct stage_list *l = &x->p->stages;
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].ops->sources)
            l->v[i].ops->sources(l->v[i].state, add_source, &w);
    jw_end(&w, ']');
}

static int digest_input(struct preparation *x, struct error *e)
{
    char hex[65];
    uint64_t bytes;
    if (x->part->begin != 0 || x->t->slot->only)
        return 0;
    int rc = is_remote(x->input->path) ? warc_digest(x->reader, hex, &bytes, e) : file_sha256(x->input->path, hex, &bytes, e);
    if (rc)
        return rc;
    struct json_writer w = { &x->t->facts, x->t->facts.n > 0 };
    jw_member_str(&w, "input_sha256", span_cstr(hex));
    jw_member_u64(&w, "input_bytes", bytes);
    return 0;
}

/* Where to begin: exactly where the part before ended if that is known, else a guess to be checked (chain.h). */
static struct warc_options options(const struct preparation *x)
{
    struct warc_options o = { .max_block = x->p->record.max_block, .digests = x->p->record.digests,
                              .begin = x->part->begin, .end = x->part->end };
    if (x->part->end == UINT64_MAX)
        o.end = 0;
    if (is_remote(x->input->path)) {
        o.version = x->input->version;
        o.hash = !x->t->slot->only;
    }
    if (x->t->slot->only) {
        o.begin = x->t->slot->only_key.offset;
        o.end = o.begin + 1;
        o.inside = x->t->slot->only_key.at > 0;
        return o;
    }
    if (o.begin && !chain_begin(x->t->run, x->t->index, &o.begin))
        o.find_start = true;
    return o;
}

static int read_records(struct preparation *x, struct error *e)
{
    struct warc_record r;
    int rc;
    while ((rc = warc_next(x->reader, &r, e)) > 0)
        if ((rc = one_record(x, &r, e)) < 0)
            break;
    return rc;
}

/*
 * Not an archive, or not there: the task is complete, the input is counted as failed (seal decides).  The first
 * part stands for all of it, the others are empty at its end: so the chain holds.
 */
static int input_failed(struct preparation *x, const struct error *why, uint64_t *end, struct error *e)
{
    struct json_writer w = { &x->t->facts, x->t->facts.n > 0 };
    jw_member_str(&w, "input_failed", span_cstr(why->msg));
    *end = x->input->bytes;
    x->begin = x->part->begin ? *end : 0;
    if (x->part->begin)
        return 0;
    arena_reset(&x->arena);
    struct document d = { .arena = &x->arena, .origin = { .warc = span_cstr(x->input->name) } };
    doc_fail(&d, "input", "unreadable", why->msg); /* the file's row, outside all counts */
    return put_row(x, &d, e);
}

static int read_input(struct preparation *x, uint64_t *end, struct error *e)
{
    struct warc_options o = options(x);
    *end = o.begin;
    if (x->part->end != UINT64_MAX && o.begin >= x->part->end) { /* the part before ran over all of this one */
        x->begin = o.begin;
        return 0;
    }
    if (x->input->unreadable) {
        struct error why;
        error_set(&why, ERR_INPUT, x->input->path, "is not there or not a file");
        return input_failed(x, &why, end, e);
    }
    int rc = check_version(x, e);
    if (rc)
        return rc;
    rc = warc_open(&x->reader, x->input->path, &o, e);
    if (rc == -ERR_INPUT) {
        struct error why = *e;
        return input_failed(x, &why, end, e);
    }
    if (rc == 0) {
        x->begin = warc_position(x->reader);
        rc = read_records(x, e);
        *end = warc_position(x->reader);
    }
    if (rc == 0)
        rc = check_version(x, e);
    return rc ? rc : digest_input(x, e);
}

static int prepare_task(struct task *t, struct error *e)
{
    struct preparation x = { .t = t, .part = &t->run->plan.parts[t->index], .p = t->state };
    uint64_t end = 0;
    x.input = &t->run->plan.inputs[x.part->input];
    arena_init(&x.arena, DOCUMENT_ARENA_MAX);
    int rc = bad_records_read(t->run, &prepare_parts_step, t->index, &x.bad, &x.n_bad, e);
    if (rc == 0)
        rc = open_outputs(&x, e);
    if (rc == 0)
        rc = read_input(&x, &end, e);
    if (rc == 0 && !t->slot->only)
        rc = commit_outputs(&x, e);
    if (rc == 0)
        put_facts(&x, end);
    outfile_abandon(x.docs);
    outfile_abandon(x.rows);
    sigfile_abandon(x.sigs);
    warc_close(x.reader);
    arena_release(&x.arena);
    buf_release(&x.line);
    free(x.bad);
    return rc;
}

const struct step prepare_parts_step = {
    .phase = "prepare", .name = "parts", .n_tasks = n_tasks, .task = prepare_task, .open = prepare_open, .close = prepare_close,
};
