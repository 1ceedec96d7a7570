/* run.c - paths and done files of a run; see run.h. */
#include "pipeline/run/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/run/tasks.h"
#include "pipeline/run/taskstate.h"

#define DONE_MAX_BYTES (64u << 20)

const struct step *const run_steps[] = {
    &prepare_parts_step, &dedup_group_step, &dedup_link_step, &dedup_choose_step, &pack_tokenize_step,
    &pack_assign_step,   &pack_write_step,  &seal_step,       NULL,
};

static char *join(const char *folder, const char *fmt, va_list ap)
{
    char *tail, *whole;
    if (vasprintf(&tail, fmt, ap) < 0)
        abort();
    whole = xasprintf("%s/%s", folder, tail);
    free(tail);
    return whole;
}

char *run_tmp_path(const struct run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = join(r->tmp, fmt, ap);
    va_end(ap);
    return p;
}

char *run_path(const struct run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = join(r->out, fmt, ap);
    va_end(ap);
    return p;
}

int run_open(struct run *r, const char *out, struct error *e)
{
    *r = (struct run){ .out = xstrdup(out), .tmp = xasprintf("%s/tmp", out) };
    int rc = plan_read(&r->plan, out, e);
    if (rc)
        run_release(r);
    return rc;
}

void run_release(struct run *r)
{
    plan_release(&r->plan);
    free(r->out);
    free(r->tmp);
    *r = (struct run){ 0 };
}

int run_make_folders(const struct run *r, struct error *e)
{
    static const char *const folders[] = { "tmp/done", "tmp/prepare", "tmp/dedup", "tmp/pack", "shards", "ledger" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *p = run_path(r, "%s", folders[i]);
        int rc = dir_make(p, e);
        free(p);
        if (rc)
            return rc;
    }
    return 0;
}

/* No such process, or one that was killed and that its parent has not asked after yet: it writes no more. */
bool process_gone(long pid)
{
    char path[64], text[512];
    if (pid <= 1)
        return false;
    if (kill((pid_t)pid, 0) < 0)
        return errno == ESRCH;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = 0;
    const char *state = strrchr(text, ')'); /* PID (NAME) STATE ...; a name may hold anything */
    return state && state[1] == ' ' && (state[2] == 'Z' || state[2] == 'X');
}

/* NAME.HOST.PID.N.tmp: core/outfile.c. */
void run_sweep(const char *out)
{
    char host[64] = "", *tmp = xasprintf("%s/tmp", out);
    gethostname(host, sizeof host - 1);
    DIR *d = opendir(tmp);
    for (struct dirent *f; d && (f = readdir(d));) {
        struct span name = span_cstr(f->d_name);
        char mark[80];
        snprintf(mark, sizeof mark, ".%s.", host);
        size_t at = span_find(name, span_cstr(mark));
        if (!span_ends(name, ".tmp") || at == name.n)
            continue;
        long pid = strtol(f->d_name + at + strlen(mark), NULL, 10);
        if (process_gone(pid))
            unlinkat(dirfd(d), f->d_name, 0);
    }
    if (d)
        closedir(d);
    free(tmp);
}

void task_output(struct task *t, const char *relative, const struct outfile_done *done)
{
    t->outputs = xreallocarray(t->outputs, t->n_outputs + 1, sizeof *t->outputs);
    t->outputs[t->n_outputs++] = (struct task_output){ xstrdup(relative), *done };
}

static char *done_path(const struct run *r, const struct step *s, size_t index)
{
    return run_tmp_path(r, "done/%s.%s.%08zu.json", s->phase, s->name, index);
}

int task_finish(struct task *t, const struct step *s, struct error *e)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    jw_begin(&w, '{');
    jw_key(&w, "facts");
    jw_begin(&w, '{');
    buf_span(&b, buf_view(&t->facts));
    jw_end(&w, '}');
    jw_key(&w, "outputs");
    jw_begin(&w, '[');
    for (size_t i = 0; i < t->n_outputs; i++) {
        jw_begin(&w, '{');
        jw_member_u64(&w, "bytes", t->outputs[i].done.bytes);
        jw_member_str(&w, "path", span_cstr(t->outputs[i].path));
        jw_member_str(&w, "sha256", span_cstr(t->outputs[i].done.sha256));
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_member_str(&w, "plan", span_cstr(t->run->plan.sha256));
    jw_end(&w, '}');
    char *path = done_path(t->run, s, t->index);
    int rc = file_write(path, t->run->tmp, buf_view(&b), NULL, e);
    free(path);
    buf_release(&b);
    if (rc == 0)
        task_forget_failure(t->run, s, t->index);
    return rc;
}

void task_release(struct task *t)
{
    for (size_t i = 0; i < t->n_outputs; i++)
        free(t->outputs[i].path);
    free(t->outputs);
    buf_release(&t->facts);
}

static bool outputs_there(const struct run *r, const struct json *done)
{
    const struct json *outputs = json_get(done, "outputs");
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next) {
        struct span path = json_str(o, "path", SPAN(""));
        char *p = run_path(r, "%.*s", SPAN_ARG(path));
        struct stat st;
        bool ok = stat(p, &st) == 0 && (uint64_t)st.st_size == json_u64(o, "bytes", UINT64_MAX);
        free(p);
        if (!ok)
            return false;
    }
    return true;
}

int done_read(const struct run *r, const struct step *s, size_t index, struct arena *a, const struct json **done,
              struct error *e)
{
    char *path = done_path(r, s, index);
    struct buf b = { 0 };
    struct json *v;
    int rc = file_read(path, DONE_MAX_BYTES, &b, e);
    if (rc) {
        rc = error_set(e, ERR_MISSING, path, "task %zu of %s %s is not done; run sluice %s OUT --step %s --task %zu", index,
                       s->phase, s->name, s->phase, s->name, index);
    } else if (json_parse(arena_dup(a, buf_view(&b)), a, &v, NULL) || !json_get(v, "facts")) {
        rc = error_set(e, ERR_MISSING, path, "is not a done file; remove it and run the task again");
    } else if (!span_is(json_str(v, "plan", SPAN("")), r->plan.sha256)) {
        rc = error_set(e, ERR_MISSING, path, "belongs to another plan; run task %zu of %s %s again", index, s->phase, s->name);
    } else if (!outputs_there(r, v)) {
        rc = error_set(e, ERR_MISSING, path, "an output of task %zu of %s %s is gone; run it again", index, s->phase, s->name);
    } else {
        *done = v;
    }
    buf_release(&b);
    free(path);
    return rc;
}

int done_facts(const struct run *r, const struct step *s, size_t index, struct arena *a, const struct json **facts,
               struct error *e)
{
    const struct json *done;
    int rc = done_read(r, s, index, a, &done, e);
    if (rc == 0)
        *facts = json_get(done, "facts");
    return rc;
}

bool done_is(const struct run *r, const struct step *s, size_t index)
{
    struct arena a;
    const struct json *facts;
    arena_init(&a, 0);
    bool yes = done_facts(r, s, index, &a, &facts, NULL) == 0;
    arena_release(&a);
    return yes;
}

int done_each(const struct run *r, const struct step *s, size_t from, size_t to, done_taker take, void *ctx, struct error *e)
{
    struct arena a;
    const struct json *done;
    int rc = 0;
    arena_init(&a, 0);
    for (size_t i = from; rc == 0 && i < to; i++) {
        rc = done_read(r, s, i, &a, &done, e);
        if (rc == 0)
            rc = take(ctx, i, done, e);
        arena_reset(&a);
    }
    arena_release(&a);
    return rc;
}

static int pass_over(void *ctx, size_t index, const struct json *done, struct error *e)
{
    return 0;
}

int done_all(const struct run *r, const struct step *s, struct error *e)
{
    return done_each(r, s, 0, s->n_tasks(r), pass_over, NULL, e);
}
