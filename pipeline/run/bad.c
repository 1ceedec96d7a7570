/* bad.c - see bad.h and super.h. */
#include "pipeline/run/bad.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"

#define BAD_MAX_BYTES (16u << 20)

static char *bad_path(const struct run *r, size_t task)
{
    return run_tmp_path(r, "prepare/%08zu.bad.json", task);
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
            (*list)[(*n)++] = (struct bad_record){ json_u64(b, "offset", 0), json_u64(b, "at", 0), (int)json_u64(b, "signal", 0) };
        }
    arena_release(&a);
    return rc;
}

int bad_records_read(const struct run *r, size_t task, struct bad_record **list, size_t *n, struct error *e)
{
    char *path = bad_path(r, task);
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

int bad_records_add(const struct run *r, size_t task, const struct bad_record *bad, struct error *e)
{
    struct bad_record *list;
    size_t n;
    int rc = bad_records_read(r, task, &list, &n, e);
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
        jw_member_u64(&w, "at", list[i].at);
        jw_member_u64(&w, "offset", list[i].offset);
        jw_member_u64(&w, "signal", (uint64_t)list[i].signal);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_end(&w, '}');
    char *path = bad_path(r, task);
    rc = file_write(path, r->tmp, buf_view(&b), NULL, e);
    free(path);
    free(list);
    buf_release(&b);
    return rc;
}
