/* run_json.c - OUT/run.json; see run_summary.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cmd/run_summary.h"
#include "core/text/url.h"

static void put_steps(struct json_writer *w, const struct super_report *report)
{
    jw_key(w, "steps");
    jw_begin(w, '[');
    for (size_t i = 0; i < report->n_steps; i++) {
        const struct step_time *t = &report->steps[i];
        jw_begin(w, '{');
        jw_member_num(w, "cpu_seconds", t->cpu);
        jw_member_num(w, "longest_task_cpu_seconds", t->longest);
        jw_member_str(w, "phase", span_cstr(t->step->phase));
        jw_member_num(w, "seconds", t->wall);
        jw_member_str(w, "step", span_cstr(t->step->name));
        jw_member_u64(w, "tasks", t->tasks);
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

/* For people: bytes that are not UTF-8 are percent-encoded. */
static void put_path(struct json_writer *w, const char *path)
{
    struct buf text = { 0 };
    url_put_utf8(span_cstr(path), &text);
    jw_member_str(w, "path", buf_view(&text));
    buf_release(&text);
}

int summary_write_json(const struct run *r, const struct run_totals *t, const struct super_report *report, uint64_t workers,
                       double seconds, struct error *e)
{
    struct buf b = { 0 };
    struct json_writer w = { &b, false };
    char host[256] = "", when[32];
    time_t now = time(NULL);
    struct tm tm;
    gethostname(host, sizeof host - 1);
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    jw_begin(&w, '{');
    jw_member_num(&w, "cpu_seconds", report->cpu_seconds);
    jw_member_u64(&w, "crashes", t->killed);
    jw_member_str(&w, "ended", span_cstr(when));
    jw_member_str(&w, "host", span_cstr(host));
    jw_key(&w, "inputs");
    jw_begin(&w, '[');
    for (size_t i = 0; i < r->plan.n_inputs; i++) {
        jw_begin(&w, '{');
        jw_member_str(&w, "name", span_cstr(r->plan.inputs[i].name));
        put_path(&w, r->plan.inputs[i].path);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_member_u64(&w, "peak_rss_kib", summary_peak_kib(report));
    jw_member_u64(&w, "records", t->records);
    jw_member_num(&w, "seconds", seconds);
    put_steps(&w, report);
    jw_member_u64(&w, "workers", workers);
    jw_end(&w, '}');
    buf_putc(&b, '\n');
    char *path = run_path(r, "run.json");
    int rc = file_write(path, r->tmp, buf_view(&b), NULL, e);
    free(path);
    buf_release(&b);
    return rc;
}
