/* bad.c - see bad.h and super.h. */
#include "pipeline/run/bad.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"

#define BAD_MAX_BYTES (16u << 20)

static char *bad_path(const struct run *r, const struct step *s, size_t task)
{
    return run_tmp_path(r, "done/%s.%s.%08zu.bad.json", s->phase, s->name, task);
}

static int parse(const struct run *r, struct span text, struct bad_record **list, size_t *n, const char *path, struct error *e)
{
    struct arena a;
    struct json *v;
    size_t cap = 0;
    arena_init(&a, 0);
    int rc = json_parse(text, &a, &v, NULL);
    if (rc || v->type != JSON_OBJECT)
        rc = error_set(e, ERR_MISSING, path, "is damaged; remove it and run the task again");
    else if (!span_is(json_str(v, "plan", SPAN("")), r->plan.sha256))
        rc = 0; /* of another plan: no use */
    else
        for (const struct json *b = json_get(v, "records") ? json_get(v, "records")->first : NULL; b; b = b->next) {
            GROW(*list, *n, cap);
            (*list)[(*n)++] = (struct bad_record){
                .key = { json_u64(b, "part", 0), json_u64(b, "offset", 0), json_u64(b, "at", 0) },
                .signal = (int)json_u64(b, "signal", 0),
                .memory = json_u64(b, "memory", 0) != 0,
            };
        }
    arena_release(&a);
    return rc;
}

int bad_records_read(const struct run *r, const struct step *s, size_t task, struct bad_record **list, size_t *n, struct error *e)
{
    char *path = bad_path(r, s, task);
    struct buf b = { 0 };
    int rc = 0;
    *list = NULL;
    *n = 0;
    if (file_exists(path)) {
        rc = file_read(path, BAD_MAX_BYTES, &b, e);
        if (rc == 0)
            rc = parse(r, buf_view(&b), list, n, path, e);
    }
    buf_release(&b);
    free(path);
    return rc;
}

int bad_records_add(const struct run *r, const struct step *s, size_t task, const struct bad_record *bad, struct error *e)
{
    struct bad_record *list;
    size_t n;
    int rc = bad_records_read(r, s, task, &list, &n, e);
    if (rc)
        return rc;
    list = xreallocarray(list, n + 1, sizeof *list);
    list[n++] = *bad;
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    jw_begin(&w, '{');
    jw_member_str(&w, "plan", span_cstr(r->plan.sha256));
    jw_key(&w, "records");
    jw_begin(&w, '[');
    for (size_t i = 0; i < n; i++) {
        jw_begin(&w, '{');
        jw_member_u64(&w, "at", list[i].key.at);
        jw_member_u64(&w, "memory", list[i].memory);
        jw_member_u64(&w, "offset", list[i].key.offset);
        jw_member_u64(&w, "part", list[i].key.part);
        jw_member_u64(&w, "signal", (uint64_t)list[i].signal);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_end(&w, '}');
    char *path = bad_path(r, s, task);
    rc = file_write(path, r->tmp, buf_view(&b), NULL, e);
    free(path);
    free(list);
    buf_release(&b);
    return rc;
}

const struct bad_record *bad_record_find(const struct bad_record *list, size_t n, const struct record_key *key)
{
    for (size_t i = 0; i < n; i++)
        if (record_key_eq(&list[i].key, key))
            return &list[i];
    return NULL;
}

const char *bad_record_rule(const struct bad_record *b)
{
    return b->memory ? "memory" : "crash";
}

void bad_record_reason(const struct bad_record *b, char *out, size_t n)
{
    if (b->memory)
        snprintf(out, n, "needs more memory than a worker has (run.worker_memory)");
    else
        snprintf(out, n, "killed its worker twice (signal %d, SIG%s); a bug: please report the record", b->signal, sigabbrev_np(b->signal));
}
