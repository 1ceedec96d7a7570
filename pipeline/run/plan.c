/* plan.c - see plan.h: which inputs, in which order, cut how. */
#include "pipeline/run/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "core/json.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "core/utf8.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/run/plan_inputs.h"
#include "pipeline/run/registry.h"
#include "pipeline/run/tasks.h"

#define PLAN_MAX_BYTES (1u << 30)
/* Parts: small enough that one archive keeps all workers busy, few enough that their files do not matter. */
#define PART_MIN (1u << 20)
#define PART_MAX (256u << 20)
#define PART_COUNT 256
#define GROUP_MIN (2u << 20)
#define GROUP_MAX (1u << 30)
#define GROUP_COUNT 64

/* The power of two at or above total / count, within bounds. */
static uint64_t cut_size(uint64_t total, uint64_t count, uint64_t least, uint64_t most)
{
    uint64_t size = least;
    while (size < most && size < total / count)
        size *= 2;
    return size;
}

/* A remote input is one part: it is read once, from its first byte to its last, and hashed on the way. */
static void cut(struct plan *p)
{
    size_t cap = 0, cap_groups = 0;
    for (size_t i = 0; i < p->n_inputs; i++) {
        uint64_t begin = 0;
        do {
            GROW(p->parts, p->n_parts, cap);
            bool last = p->inputs[i].bytes - begin <= p->part_bytes || is_remote(p->inputs[i].path);
            p->parts[p->n_parts++] = (struct plan_part){ i, begin, last ? UINT64_MAX : begin + p->part_bytes };
            begin = last ? p->inputs[i].bytes : begin + p->part_bytes;
        } while (begin < p->inputs[i].bytes);
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < p->n_parts; i++) {
        if (i == 0 || bytes >= p->group_bytes) {
            GROW(p->groups, p->n_groups, cap_groups);
            p->groups[p->n_groups++] = (struct plan_group){ i, 0 };
            bytes = 0;
        }
        p->groups[p->n_groups - 1].n++;
        const struct plan_part *part = &p->parts[i];
        bytes += (part->end == UINT64_MAX ? p->inputs[part->input].bytes : part->end) - part->begin;
    }
}

/* A local path as it is; JSON has no way to say bytes that are not UTF-8, so those stand in hexadecimal besides. */
static void put_local(struct json_writer *w, const char *path)
{
    struct span s = span_cstr(path);
    struct buf text = { 0 };
    url_put_utf8(s, &text);
    jw_member_str(w, "path", buf_view(&text));
    if (!utf8_valid(s)) {
        buf_reset(&text);
        buf_reserve(&text, 2 * s.n + 1);
        hex_put((const uint8_t *)path, s.n, text.p);
        jw_member_str(w, "path_hex", span_of(text.p, 2 * s.n));
    }
    buf_release(&text);
}

static void put_inputs(const struct plan *p, struct json_writer *w, bool paths)
{
    jw_key(w, "inputs");
    jw_begin(w, '[');
    for (size_t i = 0; i < p->n_inputs; i++) {
        const struct plan_input *in = &p->inputs[i];
        jw_begin(w, '{');
        jw_member_u64(w, "bytes", in->bytes);
        jw_member_str(w, "name", span_cstr(in->name));
        if (paths)
            put_local(w, in->path);
        if (in->unreadable) {
            jw_key(w, "unreadable");
            jw_bool(w, true);
        }
        jw_member_str(w, "version", span_cstr(in->version));
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

static void put_files(const struct plan *p, struct json_writer *w, bool paths)
{
    jw_key(w, "files");
    jw_begin(w, '[');
    for (size_t i = 0; i < p->n_files; i++) {
        jw_begin(w, '{');
        jw_member_str(w, "key", span_cstr(p->files[i].key));
        if (paths)
            put_local(w, p->files[i].path);
        jw_member_str(w, "sha256", span_cstr(p->files[i].sha256));
        if (paths)
            jw_member_str(w, "version", span_cstr(p->files[i].version));
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

static void add_file(struct plan *p, const char *key, const char *path, struct span sha256, char *version)
{
    p->files = xreallocarray(p->files, p->n_files + 1, sizeof *p->files);
    struct plan_file *f = &p->files[p->n_files++];
    *f = (struct plan_file){ .key = key, .path = path_absolute(path), .version = version };
    snprintf(f->sha256, sizeof f->sha256, "%.*s", SPAN_ARG(sha256));
}

/* Where every file that the configuration names lies, and what it holds.  What is missing its stage will miss. */
static void find_files(struct plan *p)
{
    const char *key;
    for (size_t i = 0; (key = config_file_key(p->config, i)); i++) {
        const char *name = config_str(p->config, key);
        char *found = NULL, sha256[65] = "";
        if (!*name)
            continue;
        if (data_find(name, &found, NULL) || file_sha256(found, sha256, NULL, NULL))
            *sha256 = 0;
        add_file(p, key, found ? found : name, span_cstr(sha256), path_version(found ? found : name, NULL));
        free(found);
    }
}

/* Configuration text and digests, and the digest of the plan, from what the plan now has. */
static void seal_plan(struct plan *p)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    buf_reset(&p->config_text);
    config_canonical(p->config, &p->config_text);
    sha256_hex_of(buf_view(&p->config_text), p->config_sha256);
    jw_begin(&w, '{');
    jw_member_str(&w, "config", span_cstr(p->config_sha256));
    put_files(p, &w, false);
    jw_member_u64(&w, "group_bytes", p->group_bytes);
    put_inputs(p, &w, false);
    jw_member_u64(&w, "part_bytes", p->part_bytes);
    jw_end(&w, '}');
    sha256_hex_of(buf_view(&b), p->sha256);
    buf_release(&b);
}

static void set_today(struct config *c)
{
    char text[64];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "optout.as_of=%Y-%m-%d", &tm);
    if (config_set(c, text, NULL))
        abort();
}

int plan_make(struct plan *p, struct config *config, char **inputs, size_t n_inputs, const char *base, struct error *e)
{
    uint64_t total = 0;
    *p = (struct plan){ .config = config };
    int rc = plan_inputs(inputs, n_inputs, base, &p->inputs, &p->n_inputs, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < p->n_inputs; i++)
        total += p->inputs[i].bytes;
    /* The day of the opt-out verdicts; where none are made a run of tomorrow is the same run. */
    if (stages_want(config, "optout") && !*config_str(config, "optout.as_of"))
        set_today(config);
    p->part_bytes = config_size(config, "run.part_bytes");
    if (!p->part_bytes)
        p->part_bytes = cut_size(total, PART_COUNT, PART_MIN, PART_MAX);
    p->group_bytes = config_size(config, "run.group_bytes");
    if (!p->group_bytes)
        p->group_bytes = cut_size(total, GROUP_COUNT, GROUP_MIN, GROUP_MAX);
    find_files(p);
    cut(p);
    seal_plan(p);
    return 0;
}

/* {"phase":"prepare","steps":[{"name":"parts","tasks":17}],"tasks":17} for each phase. */
static void put_phases(const struct plan *p, struct json_writer *w)
{
    const struct run r = { .out = (char *)".", .tmp = (char *)"./tmp", .plan = *p };
    jw_key(w, "phases");
    jw_begin(w, '[');
    for (const struct step *const *s = run_steps; *s;) {
        const char *phase = (*s)->phase;
        size_t tasks = 0;
        jw_begin(w, '{');
        jw_member_str(w, "phase", span_cstr(phase));
        jw_key(w, "steps");
        jw_begin(w, '[');
        for (; *s && strcmp((*s)->phase, phase) == 0; s++) {
            size_t n = (*s)->n_tasks(&r);
            jw_begin(w, '{');
            jw_member_str(w, "name", span_cstr((*s)->name));
            jw_member_u64(w, "tasks", n);
            jw_end(w, '}');
            tasks += n;
        }
        jw_end(w, ']');
        jw_member_u64(w, "tasks", tasks);
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

int plan_write(const struct plan *p, const char *out, struct error *e)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    jw_begin(&w, '{');
    jw_key(&w, "config");
    jw_begin(&w, '{');
    jw_member_str(&w, "sha256", span_cstr(p->config_sha256));
    jw_member_str(&w, "text", buf_view(&p->config_text));
    jw_end(&w, '}');
    put_files(p, &w, true);
    jw_member_str(&w, "format", SPAN("sluice-plan-1"));
    jw_member_u64(&w, "group_bytes", p->group_bytes);
    jw_member_u64(&w, "groups", p->n_groups);
    put_inputs(p, &w, true);
    jw_member_u64(&w, "part_bytes", p->part_bytes);
    jw_member_u64(&w, "parts", p->n_parts);
    put_phases(p, &w);
    jw_member_str(&w, "sha256", span_cstr(p->sha256));
    jw_end(&w, '}');
    buf_putc(&b, '\n');
    char *path = xasprintf("%s/plan.json", out), *tmp = xasprintf("%s/tmp", out);
    int rc = file_write(path, tmp, buf_view(&b), NULL, e);
    free(path);
    free(tmp);
    buf_release(&b);
    return rc;
}

static char *dup_member(const struct json *v, const char *name)
{
    struct span s = json_str(v, name, SPAN(""));
    return xmemdup0(s.p, s.n);
}

static char *dup_local(const struct json *v)
{
    struct span hex = json_str(v, "path_hex", SPAN(""));
    char *path = dup_member(v, "path");
    if (hex.n) {
        path = xrealloc(path, hex.n / 2 + 1);
        path[hex_get(hex, (uint8_t *)path, hex.n / 2) ? hex.n / 2 : 0] = 0;
    }
    return path;
}

/* Where `plan` found the file, else where set-up puts files of that name: its digest decides whether it is the same. */
static char *found_again(char *where)
{
    const char *slash = strrchr(where, '/');
    char *found;
    if (file_exists(where) || !slash || data_find(slash + 1, &found, NULL))
        return where;
    free(where);
    return found;
}

/* The files where `plan` found them; the configuration gets the paths back that its text leaves out. */
static int read_files(struct plan *p, const struct json *files, const char *path, struct error *e)
{
    int rc = 0;
    for (const struct json *f = files ? files->first : NULL; rc == 0 && f; f = f->next) {
        char *key = dup_member(f, "key"), *where = found_again(dup_local(f)), *set = xasprintf("%s=%s", key, where);
        const char *known = NULL;
        for (size_t i = 0; (known = config_file_key(p->config, i)) && strcmp(known, key) != 0; i++)
            ;
        rc = known ? config_set(p->config, set, e) : error_set(e, ERR_USAGE, path, "names a file under '%s', which is no such key", key);
        if (known)
            add_file(p, known, where, json_str(f, "sha256", SPAN("")), dup_member(f, "version"));
        free(key);
        free(where);
        free(set);
    }
    return rc;
}

static int read_members(struct plan *p, const struct json *v, const char *path, struct error *e)
{
    const struct json *config = json_get(v, "config"), *inputs = json_get(v, "inputs");
    if (!span_is(json_str(v, "format", SPAN("")), "sluice-plan-1") || !inputs || inputs->type != JSON_ARRAY)
        return error_set(e, ERR_USAGE, path, "is not a plan of this version; make a new one in another folder");
    p->config = config_new(conf_tables());
    int rc = config_parse(p->config, json_str(config, "text", SPAN("")), path, e);
    if (rc == 0)
        rc = read_files(p, json_get(v, "files"), path, e);
    if (rc)
        return rc;
    p->inputs = xcalloc(inputs->n, sizeof *p->inputs);
    for (const struct json *in = inputs->first; in; in = in->next) {
        const struct json *unreadable = json_get(in, "unreadable");
        p->inputs[p->n_inputs++] = (struct plan_input){
            .name = dup_member(in, "name"), .path = dup_local(in), .version = dup_member(in, "version"),
            .bytes = json_u64(in, "bytes", 0), .unreadable = unreadable && unreadable->type == JSON_TRUE,
        };
    }
    p->part_bytes = json_u64(v, "part_bytes", 0);
    p->group_bytes = json_u64(v, "group_bytes", 0);
    if (!p->part_bytes || !p->group_bytes)
        return error_set(e, ERR_USAGE, path, "is damaged; make a new one in another folder");
    seal_plan(p); /* before the cut: sizes that somebody wrote in would make parts without end */
    if (!span_is(json_str(v, "sha256", SPAN("")), p->sha256))
        return error_set(e, ERR_USAGE, path, "was edited or made by another version; make a new one in another folder");
    cut(p);
    return 0;
}

int plan_read(struct plan *p, const char *out, struct error *e)
{
    *p = (struct plan){ 0 };
    char *path = xasprintf("%s/plan.json", out);
    struct buf b = { 0 };
    struct arena a;
    struct json *v;
    arena_init(&a, 0);
    int rc = file_read(path, PLAN_MAX_BYTES, &b, e);
    if (rc)
        rc = error_set(e, ERR_MISSING, path, "no plan there; make one with sluice plan or sluice run");
    else if (json_parse(buf_view(&b), &a, &v, NULL))
        rc = error_set(e, ERR_USAGE, path, "is not JSON; make a new plan in another folder");
    else
        rc = read_members(p, v, path, e);
    arena_release(&a);
    buf_release(&b);
    free(path);
    return rc;
}

int plan_files_same(const struct plan *p, struct error *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < p->n_files; i++) {
        const struct plan_file *f = &p->files[i];
        char *now = path_version(f->path, NULL), hex[65] = "";
        if (*f->sha256 && strcmp(now, f->version) != 0 && (file_sha256(f->path, hex, NULL, NULL) || strcmp(hex, f->sha256) != 0))
            rc = error_set(e, ERR_INPUT, f->path, "changed or went since the run was planned (%s); plan again in a new folder", f->key);
        free(now);
    }
    return rc;
}

void plan_release(struct plan *p)
{
    config_free(p->config);
    buf_release(&p->config_text);
    for (size_t i = 0; i < p->n_inputs; i++) {
        free(p->inputs[i].name);
        free(p->inputs[i].path);
        free(p->inputs[i].version);
    }
    for (size_t i = 0; i < p->n_files; i++) {
        free(p->files[i].path);
        free(p->files[i].version);
    }
    free(p->files);
    free(p->inputs);
    free(p->parts);
    free(p->groups);
    *p = (struct plan){ 0 };
}
