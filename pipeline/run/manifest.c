/* manifest.c - see manifest.h. */
#include "pipeline/run/manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/version.h"
#include "pipeline/run/registry.h"

uint64_t funnel_left(const struct stats *s, const char *stage, uint64_t *failed)
{
    uint64_t left = 0;
    *failed = 0;
    for (size_t i = 0; i < s->rules.n; i++) {
        struct span rest = span_cstr(s->rules.rows[i].name), name;
        if (!span_cut(&rest, '/', &name) || !span_is(name, stage))
            continue;
        left += s->rules.rows[i].v[RULE_DROPPED] + s->rules.rows[i].v[RULE_FAILED];
        *failed += s->rules.rows[i].v[RULE_FAILED];
    }
    return left;
}

void manifest_add_output(struct manifest *m, const char *path, uint64_t bytes, const char *sha256)
{
    m->outputs = xreallocarray(m->outputs, m->n_outputs + 1, sizeof *m->outputs);
    struct manifest_output *o = &m->outputs[m->n_outputs++];
    *o = (struct manifest_output){ .path = xstrdup(path), .bytes = bytes };
    snprintf(o->sha256, sizeof o->sha256, "%s", sha256);
}

void manifest_release(struct manifest *m)
{
    for (size_t i = 0; i < m->n_outputs; i++)
        free(m->outputs[i].path);
    for (size_t i = 0; i < m->n_sources; i++) {
        free(m->sources[i].kind);
        free(m->sources[i].name);
        free(m->sources[i].version);
        free(m->sources[i].sha256);
    }
    free(m->outputs);
    free(m->sources);
    free(m->inputs);
    stats_release(&m->stats);
    *m = (struct manifest){ 0 };
}

/* A list with a line an element. */
static void begin_list(struct json_writer *w, const char *name)
{
    if (name)
        jw_key(w, name);
    jw_begin(w, '[');
}

static void begin_element(struct json_writer *w, size_t i)
{
    if (i)
        buf_putc(w->out, ',');
    buf_puts(w->out, "\n  ");
    w->comma = false;
    jw_begin(w, '{');
}

static void end_list(struct json_writer *w, size_t n)
{
    if (n)
        buf_putc(w->out, '\n');
    w->comma = true;
    jw_end(w, ']');
}

static void put_counts(const struct stats *s, struct json_writer *w)
{
    jw_key(w, "counts");
    jw_begin(w, '{');
    jw_member_u64(w, "dropped", s->dropped);
    jw_member_u64(w, "failed", s->failed);
    jw_member_u64(w, "kept", s->kept);
    jw_member_u64(w, "records", s->records);
    jw_end(w, '}');
}

void manifest_put_funnel(const struct stats *s, struct json_writer *w)
{
    uint64_t in = s->records, failed;
    size_t n = 0;
    begin_list(w, NULL);
    for (const char *const *stage = funnel_stages(); *stage; stage++) {
        uint64_t left = funnel_left(s, *stage, &failed);
        begin_element(w, n++);
        jw_member_u64(w, "dropped", left - failed);
        jw_member_u64(w, "failed", failed);
        jw_member_u64(w, "in", in);
        jw_member_u64(w, "kept", in - left);
        jw_member_str(w, "stage", span_cstr(*stage));
        jw_end(w, '}');
        in -= left;
    }
    end_list(w, n);
}

static void put_inputs(const struct manifest *m, struct json_writer *w)
{
    begin_list(w, "inputs");
    for (size_t i = 0; i < m->n_inputs; i++) {
        const struct manifest_input *in = &m->inputs[i];
        begin_element(w, i);
        jw_member_u64(w, "bytes", in->bytes);
        jw_member_str(w, "path", span_cstr(in->name));
        jw_member_u64(w, "records", in->records);
        if (*in->sha256)
            jw_member_str(w, "sha256", span_cstr(in->sha256));
        jw_end(w, '}');
    }
    end_list(w, m->n_inputs);
}

static void put_outputs(const struct manifest *m, struct json_writer *w)
{
    begin_list(w, "outputs");
    for (size_t i = 0; i < m->n_outputs; i++) {
        begin_element(w, i);
        jw_member_u64(w, "bytes", m->outputs[i].bytes);
        jw_member_str(w, "path", span_cstr(m->outputs[i].path));
        jw_member_str(w, "sha256", span_cstr(m->outputs[i].sha256));
        jw_end(w, '}');
    }
    end_list(w, m->n_outputs);
}

static void put_sources(const struct manifest *m, const char *list, const char *kind, struct json_writer *w)
{
    size_t n = 0;
    begin_list(w, list);
    for (size_t i = 0; i < m->n_sources; i++) {
        if (strcmp(m->sources[i].kind, kind) != 0)
            continue;
        begin_element(w, n++);
        jw_member_str(w, "name", span_cstr(m->sources[i].name));
        jw_member_str(w, "sha256", span_cstr(m->sources[i].sha256));
        jw_member_str(w, "version", span_cstr(m->sources[i].version));
        jw_end(w, '}');
    }
    end_list(w, n);
}

static void put_program(struct json_writer *w)
{
    size_t n;
    const struct version_library *libraries = version_libraries(&n);
    jw_key(w, "sluice");
    jw_begin(w, '{');
    jw_member_str(w, "commit", span_cstr(version_commit()));
    jw_member_str(w, "compiler", span_cstr(version_compiler()));
    jw_key(w, "libraries");
    jw_begin(w, '{');
    for (size_t i = 0; i < n; i++)
        jw_member_str(w, libraries[i].name, span_cstr(libraries[i].version));
    jw_end(w, '}');
    jw_member_str(w, "version", SPAN(SLUICE_VERSION));
    jw_end(w, '}');
}

static void put_tokenizer(const struct manifest *m, struct json_writer *w)
{
    jw_key(w, "tokenizer");
    jw_begin(w, '{');
    jw_key(w, "bos");
    jw_bool(w, config_bool(m->plan->config, "tokenizer.bos"));
    jw_key(w, "eos");
    jw_bool(w, config_bool(m->plan->config, "tokenizer.eos"));
    jw_member_str(w, "name", span_cstr(m->vocab.name));
    jw_member_str(w, "sha256", span_cstr(m->vocab.sha256));
    jw_member_u64(w, "token_bytes", m->vocab.token_bytes);
    jw_member_u64(w, "vocab_size", m->vocab.vocab_size);
    jw_end(w, '}');
}

static void put_config(const struct plan *p, struct json_writer *w)
{
    jw_key(w, "config");
    jw_begin(w, '{');
    jw_member_str(w, "sha256", span_cstr(p->config_sha256));
    jw_member_str(w, "text", buf_view(&p->config_text));
    jw_end(w, '}');
}

/* The next member begins on a line of its own. */
static void line(struct json_writer *w)
{
    if (w->comma)
        buf_putc(w->out, ',');
    buf_putc(w->out, '\n');
    w->comma = false;
}

void manifest_put(const struct manifest *m, struct buf *out)
{
    struct json_writer w = { out, false };
    jw_begin(&w, '{');
    line(&w);
    put_config(m->plan, &w);
    line(&w);
    put_counts(&m->stats, &w);
    line(&w);
    jw_member_u64(&w, "damage", m->damage);
    line(&w);
    jw_member_u64(&w, "documents", m->stats.kept);
    line(&w);
    jw_member_str(&w, "format", SPAN("sluice-manifest-1"));
    line(&w);
    jw_key(&w, "funnel");
    manifest_put_funnel(&m->stats, &w);
    line(&w);
    put_inputs(m, &w);
    line(&w);
    jw_member_u64(&w, "inputs_failed", m->inputs_failed);
    line(&w);
    jw_member_str(&w, "ledger_root", span_cstr(m->ledger_root));
    line(&w);
    put_sources(m, "lists", "list", &w);
    line(&w);
    jw_member_str(&w, "merkle_root", span_cstr(m->merkle_root));
    line(&w);
    put_sources(m, "models", "model", &w);
    line(&w);
    put_outputs(m, &w);
    line(&w);
    put_program(&w);
    line(&w);
    jw_key(&w, "stages");
    stats_put_stages(&m->stats, &w);
    line(&w);
    put_tokenizer(m, &w);
    line(&w);
    jw_member_u64(&w, "tokens", m->stats.tokens);
    buf_putc(out, '\n');
    jw_end(&w, '}');
    buf_putc(out, '\n');
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct manifest_output *)a)->path, ((const struct manifest_output *)b)->path);
}

int manifest_write(struct manifest *m, const char *out, const char *tmp_dir, struct outfile_done done[2], struct error *e)
{
    struct buf text = { 0 };
    char *path = xasprintf("%s/manifest.json", out), *sums = xasprintf("%s/manifest.sha256", out), sum[128];
    if (m->n_outputs)
        qsort(m->outputs, m->n_outputs, sizeof *m->outputs, by_path);
    manifest_put(m, &text);
    int rc = file_write(path, tmp_dir, buf_view(&text), &done[0], e);
    if (rc == 0) {
        snprintf(sum, sizeof sum, "%s  manifest.json\n", done[0].sha256);
        rc = file_write(sums, tmp_dir, span_cstr(sum), &done[1], e);
    }
    buf_release(&text);
    free(path);
    free(sums);
    return rc;
}
