/* taskstate.c - see taskstate.h. */
#include "pipeline/run/taskstate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/run/tasks.h"

#define FAILURE_MAX_BYTES (1u << 16)

static char *running_path(const struct run *r, const struct step *s, size_t index)
{
    return run_tmp_path(r, "running/%s.%s.%08zu", s->phase, s->name, index);
}

static char *failed_path(const struct run *r, const struct step *s, size_t index)
{
    return run_tmp_path(r, "failed/%s.%s.%08zu.json", s->phase, s->name, index);
}

static void host_name(char host[64])
{
    memset(host, 0, 64);
    gethostname(host, 63);
}

void task_running(const struct run *r, const struct step *s, size_t index)
{
    char host[64], *path = running_path(r, s, index), *who;
    host_name(host);
    who = xasprintf("%s.%ld", host, (long)getpid());
    unlink(path); /* what a killed process left */
    if (symlink(who, path) < 0 && errno == ENOENT) {
        char *folder = run_tmp_path(r, "running");
        if (dir_make(folder, NULL) == 0 && symlink(who, path) < 0)
            errno = 0;
        free(folder);
    }
    free(who);
    free(path);
}

void task_forget_failure(const struct run *r, const struct step *s, size_t index)
{
    char *path = failed_path(r, s, index);
    unlink(path);
    free(path);
}

static void put_failure(const struct run *r, const struct step *s, size_t index, const struct error *e)
{
    struct buf b = { 0 }, why = { 0 };
    struct json_writer w = { &b, false };
    char *path = failed_path(r, s, index), *folder = run_tmp_path(r, "failed");
    if (*e->where)
        buf_printf(&why, "%s: ", e->where);
    if (*e->where && e->has_offset)
        buf_printf(&why, "%llu: ", (unsigned long long)e->offset);
    buf_puts(&why, e->msg);
    jw_begin(&w, '{');
    jw_member_str(&w, "error", buf_view(&why));
    jw_end(&w, '}');
    if (dir_make(folder, NULL) || file_write(path, r->tmp, buf_view(&b), NULL, NULL))
        errno = 0; /* the error itself is told anyway */
    free(path);
    free(folder);
    buf_release(&b);
    buf_release(&why);
}

void task_ended(const struct run *r, const struct step *s, size_t index, const struct error *e)
{
    char *path = running_path(r, s, index);
    unlink(path);
    free(path);
    if (e)
        put_failure(r, s, index, e);
}

/* HOST.PID: of another host we cannot tell; it is taken to live. */
static bool lives(const char *who)
{
    char host[64];
    const char *dot = strrchr(who, '.');
    host_name(host);
    if (!dot || strlen(host) != (size_t)(dot - who) || strncmp(who, host, (size_t)(dot - who)) != 0)
        return true;
    long pid = strtol(dot + 1, NULL, 10);
    return pid > 0 && !process_gone(pid);
}

static bool is_running(const struct run *r, const struct step *s, size_t index)
{
    char who[200] = "", *path = running_path(r, s, index);
    ssize_t n = readlink(path, who, sizeof who - 1);
    free(path);
    return n > 0 && lives(who);
}

static bool has_failed(const struct run *r, const struct step *s, size_t index, char *reason, size_t n)
{
    char *path = failed_path(r, s, index);
    struct buf b = { 0 };
    struct arena a;
    struct json *v;
    arena_init(&a, 0);
    bool failed = file_read(path, FAILURE_MAX_BYTES, &b, NULL) == 0 && json_parse(buf_view(&b), &a, &v, NULL) == 0;
    if (failed)
        snprintf(reason, n, "%.*s", SPAN_ARG(json_str(v, "error", SPAN(""))));
    arena_release(&a);
    buf_release(&b);
    free(path);
    return failed;
}

enum task_state task_look(const struct run *r, const struct step *s, size_t index, char *reason, size_t n)
{
    *reason = 0;
    if (done_is(r, s, index))
        return TASK_DONE;
    if (is_running(r, s, index))
        return TASK_RUNNING;
    return has_failed(r, s, index, reason, n) ? TASK_FAILED : TASK_OPEN;
}
