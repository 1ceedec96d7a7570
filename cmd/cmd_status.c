/* cmd_status.c - `sluice status` and `sluice clean`. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/drive.h"

struct step_state {
    size_t tasks, done;
    char first[600]; /* why the first open task is not done */
};

static void look(const struct run *r, const struct step *s, struct step_state *st)
{
    *st = (struct step_state){ .tasks = s->n_tasks(r) };
    for (size_t i = 0; i < st->tasks; i++) {
        struct arena a;
        const struct json *facts;
        struct error e;
        arena_init(&a, 0);
        if (done_facts(r, s, i, &a, &facts, &e) == 0)
            st->done++;
        else if (!*st->first)
            snprintf(st->first, sizeof st->first, "%s", e.msg);
        arena_release(&a);
    }
}

/* Does a run hold the lock now? */
static bool running(const char *out)
{
    struct error e;
    int fd, rc = run_lock(out, &fd, &e);
    if (rc == 0)
        close(fd);
    return rc == -ERR_LOCKED;
}

static void show(const struct run *r, bool json, bool busy, struct buf *out)
{
    struct json_writer w = { out, false };
    char *manifest = run_path(r, "manifest.json");
    bool sealed = file_exists(manifest) && done_is(r, &seal_step, 0);
    free(manifest);
    if (json) {
        jw_begin(&w, '{');
        jw_key(&w, "running");
        jw_bool(&w, busy);
        jw_key(&w, "sealed");
        jw_bool(&w, sealed);
        jw_key(&w, "steps");
        jw_begin(&w, '[');
    }
    for (const struct step *const *s = run_steps; *s; s++) {
        struct step_state st;
        look(r, *s, &st);
        if (json) {
            jw_begin(&w, '{');
            jw_member_u64(&w, "done", st.done);
            jw_member_str(&w, "phase", span_cstr((*s)->phase));
            jw_member_str(&w, "step", span_cstr((*s)->name));
            jw_member_u64(&w, "tasks", st.tasks);
            if (*st.first)
                jw_member_str(&w, "next", span_cstr(st.first));
            jw_end(&w, '}');
        } else {
            buf_printf(out, "%-8s %-9s %zu of %zu done%s%s\n", (*s)->phase, (*s)->name, st.done, st.tasks, *st.first ? "; " : "",
                       st.first);
        }
    }
    if (json) {
        jw_end(&w, ']');
        jw_end(&w, '}');
        buf_putc(out, '\n');
    } else {
        buf_printf(out, "%s\n", sealed ? "sealed" : busy ? "a run is working here" : "not sealed; nothing is running here");
    }
}

int cmd_status(int argc, char **argv)
{
    bool json = false;
    const struct opt table[] = {
        { "json", 0, OPT_FLAG, &json, NULL, "as one JSON object", NULL },
        { NULL },
    };
    int rest, status = cmd_options(table, "status OUT [--json]", NULL, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice status OUT");
    struct run r;
    struct error e;
    struct buf out = { 0 };
    int rc = run_open(&r, argv[rest], &e);
    if (rc)
        return cmd_fail(&e);
    show(&r, json, running(argv[rest]), &out);
    rc = stdout_write(out.p, out.n, &e);
    buf_release(&out);
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

int cmd_clean(int argc, char **argv)
{
    bool force = false;
    const struct opt table[] = {
        { "force", 0, OPT_FLAG, &force, NULL, "also where the run is not sealed yet: its work is lost", NULL },
        { NULL },
    };
    int rest, status = cmd_options(table, "clean OUT", "Removes OUT/tmp after seal.\n", argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice clean OUT");
    struct run r;
    struct error e;
    int fd, rc = run_open(&r, argv[rest], &e);
    if (rc == 0)
        rc = run_lock(argv[rest], &fd, &e);
    if (rc)
        return cmd_fail(&e);
    char *manifest = run_path(&r, "manifest.json");
    if (!file_exists(manifest) && !force)
        rc = error_set(&e, ERR_USAGE, r.out, "is not sealed; finish the run, or say --force to throw its work away");
    else if (nftw(r.tmp, remove_one, 32, FTW_DEPTH | FTW_PHYS) < 0)
        rc = error_errno(&e, ERR_IO, r.tmp, "cannot remove");
    free(manifest);
    run_release(&r);
    return rc ? cmd_fail(&e) : 0;
}
