/* run_json.c - OUT/run.json; see run_summary.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cmd/run_summary.h"

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
    jw_member_u64(&w, "crashes", report->crashes);
    jw_member_str(&w, "ended", span_cstr(when));
    jw_member_str(&w, "host", span_cstr(host));
    jw_key(&w, "inputs");
    jw_begin(&w, '[');
    for (size_t i = 0; i < r->plan.n_inputs; i++) {
        jw_begin(&w, '{');
        jw_member_str(&w, "name", span_cstr(r->plan.inputs[i].name));
        jw_member_str(&w, "path", span_cstr(r->plan.inputs[i].path));
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_member_u64(&w, "peak_rss_kib", summary_peak_kib(report));
    jw_member_u64(&w, "records", t->records);
    jw_member_num(&w, "seconds", seconds);
    jw_member_u64(&w, "workers", workers);
    jw_end(&w, '}');
    buf_putc(&b, '\n');
    char *path = run_path(r, "run.json");
    int rc = file_write(path, r->tmp, buf_view(&b), NULL, e);
    free(path);
    buf_release(&b);
    return rc;
}
