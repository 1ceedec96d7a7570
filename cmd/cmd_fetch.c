/* cmd_fetch.c - `sluice fetch`: archives, lists of them, or single records, from http(s):// and s3:// to here. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/arena.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/ingest/download.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/ingest/remote_url.h"
#include "pipeline/run/plan_inputs.h"
#include "pipeline/run/progress.h"

/* Connections at once: a server is shared with others. */
#define MAX_JOBS 16
#define LINE_MAX_BYTES (1u << 20)

struct fetch {
    const char *out, *base, *records;
    uint64_t jobs, rate, tries;
    bool overwrite, progress;
    struct plan_remote *files;
    size_t n;
    /* shared by the threads */
    pthread_mutex_t lock;
    size_t next, had, done, failed;
    uint64_t bytes;
    double began;
    int status;
};

static void heard(void *ctx, uint64_t bytes)
{
    struct fetch *f = ctx;
    pthread_mutex_lock(&f->lock);
    f->bytes += bytes;
    double seconds = progress_clock() - f->began;
    log_progress("fetch %zu/%zu  %.1f MB  %.1f MB/s", f->done + f->had, f->n, (double)f->bytes / 1e6,
                 (double)f->bytes / 1e6 / (seconds > 0.1 ? seconds : 0.1));
    pthread_mutex_unlock(&f->lock);
}

/* The folders above a file of a list, as the list has them. */
static int make_folders(char *path, struct error *e)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    *slash = 0;
    int rc = dir_make(path, e);
    *slash = '/';
    return rc;
}

static char *local_path(const struct fetch *f, const char *name)
{
    struct stat st;
    bool folder = !f->out || f->n > 1 || (stat(f->out, &st) == 0 && S_ISDIR(st.st_mode)) || f->out[strlen(f->out) - 1] == '/';
    return folder ? xasprintf("%s/%s", f->out ? f->out : ".", name) : xstrdup(f->out);
}

static void one(struct fetch *f, const struct plan_remote *file)
{
    struct error e;
    char *path = local_path(f, file->name);
    struct download d = { .url = file->url, .path = path, .overwrite = f->overwrite, .heard = heard, .ctx = f };
    int rc = make_folders(path, &e);
    if (rc == 0)
        rc = download_file(&d, &e);
    pthread_mutex_lock(&f->lock);
    if (rc) {
        f->failed++;
        f->status = cmd_fail(&e);
    } else if (d.had) {
        f->had++;
    } else {
        f->done++;
    }
    pthread_mutex_unlock(&f->lock);
    free(path);
}

static void *work(void *ctx)
{
    struct fetch *f = ctx;
    for (;;) {
        pthread_mutex_lock(&f->lock);
        size_t i = f->next++;
        pthread_mutex_unlock(&f->lock);
        if (i >= f->n)
            return NULL;
        one(f, &f->files[i]);
    }
}

static int fetch_files(struct fetch *f)
{
    pthread_t threads[MAX_JOBS];
    size_t n = f->jobs < f->n ? (size_t)f->jobs : f->n;
    for (size_t i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, work, f))
            abort();
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    log_progress_end();
    log_info("%zu fetched (%.1f MB), %zu were there, %zu failed", f->done, (double)f->bytes / 1e6, f->had, f->failed);
    return f->status;
}

static int to_stdout(const char *url, struct error *e)
{
    struct remote *r;
    char *room = xmalloc(1 << 20);
    uint64_t at = 0;
    size_t got = 1;
    int rc = remote_open(&r, url, 0, true, NULL, e);
    while (rc == 0 && got) {
        rc = remote_read(r, at, room, 1 << 20, &got, e);
        at += got;
        if (rc == 0)
            rc = stdout_write(room, got, e);
    }
    if (rc == 0)
        rc = stdout_flush(e);
    if (rc == 0 || at)
        remote_close(r);
    free(room);
    return rc;
}

static char *record_file(const struct fetch *f, struct span filename)
{
    char *name = xmemdup0(filename.p, filename.n);
    if (is_remote(name) || !f->base)
        return name;
    char *url = xasprintf("%s%s%s", f->base, f->base[strlen(f->base) - 1] == '/' ? "" : "/", name);
    free(name);
    return url;
}

/* One line of the index: its record behind the others, or a message. */
static int one_record(struct fetch *f, struct span line, uint64_t at, struct outfile *out, struct error *e)
{
    struct arena a;
    struct index_line x;
    struct buf bytes = { 0 };
    struct error why;
    arena_init(&a, 0);
    int rc = index_line_parse(line, &a, &x, &why);
    if (rc == 0) {
        char *url = record_file(f, x.filename);
        rc = is_remote(url) ? download_record(url, x.offset, x.length, x.url, &bytes, &why)
                            : error_set(&why, ERR_USAGE, url, "is no URL; say where it lies: --base https://data.commoncrawl.org/");
        free(url);
    } else {
        error_at(&why, ERR_INPUT, f->records, at, "%s", why.msg);
    }
    if (rc) {
        f->failed++;
        f->status = cmd_fail(&why);
        rc = rc == -ERR_USAGE ? rc : 0;
        *e = why;
    } else {
        f->done++;
        heard(f, bytes.n);
        rc = outfile_write(out, bytes.p, bytes.n, e);
    }
    buf_release(&bytes);
    arena_release(&a);
    return rc;
}

static int fetch_records(struct fetch *f, struct error *e)
{
    struct infile *in;
    struct outfile *out = NULL;
    struct span line;
    uint64_t at;
    int rc = infile_open(&in, f->records, e);
    if (rc)
        return rc;
    rc = outfile_open(&out, f->out, NULL, 0, e);
    while (rc == 0 && (rc = infile_line(in, LINE_MAX_BYTES, &line, &at, e)) > 0)
        rc = span_trim(line).n ? one_record(f, line, at, out, e) : 0;
    infile_close(in);
    if (rc == 0 && f->done) {
        rc = outfile_commit(out, NULL, e);
        out = NULL;
    }
    outfile_abandon(out);
    log_progress_end();
    log_info("%zu records fetched (%.1f MB), %zu failed", f->done, (double)f->bytes / 1e6, f->failed);
    return rc;
}

static int run(struct fetch *f, char **inputs, size_t n, struct error *e)
{
    if (f->records)
        return fetch_records(f, e);
    int rc = plan_remotes(inputs, n, f->base, &f->files, &f->n, e);
    if (rc)
        return rc;
    if (f->out && strcmp(f->out, "-") == 0)
        return f->n == 1 ? to_stdout(f->files[0].url, e) : error_set(e, ERR_USAGE, NULL, "-o - takes one file");
    rc = fetch_files(f);
    return rc;
}

int cmd_fetch(int argc, char **argv)
{
    struct fetch f = { .jobs = 2, .tries = 8 };
    const char *contact = NULL;
    const struct opt table[] = {
        OPT_OUTPUT(&f.out, "DIR|FILE|-"),
        { "jobs", 'j', OPT_U64, &f.jobs, "N", "files at a time [2]", NULL },
        OPT_BASE(&f.base),
        { "records", 0, OPT_STR, &f.records, "INDEX", "single records: JSON lines or CDXJ with filename, offset, length; into one archive, -o FILE", NULL },
        { "limit-rate", 0, OPT_SIZE, &f.rate, "SIZE", "bytes a second, of all files together [no limit]", NULL },
        { "tries", 0, OPT_U64, &f.tries, "N", "tries in a row without a byte, before a file fails [8]", NULL },
        { "contact", 0, OPT_STR, &contact, "TEXT", "an address for the User-Agent, as servers ask for (SLUICE_CONTACT)", NULL },
        { "overwrite", 0, OPT_FLAG, &f.overwrite, NULL, "fetch again what is there", NULL },
        { "progress", 0, OPT_FLAG, &f.progress, NULL, "show progress even when standard error is no terminal", NULL },
        { NULL },
    };
    static const char notes[] = "INPUT: http(s):// and s3:// URLs, or @LIST (a path or URL a line, plain or .gz, as Common Crawl's warc.paths.gz).\n"
                                "What was cut off goes on where it was when the same command is given again.\n";
    int rest, status = cmd_options(table, "fetch [-o DIR|FILE|-] [-j N] [--base URL] [--records INDEX] INPUT...", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (f.records ? rest != argc || !f.out : rest == argc)
        return cmd_usage(f.records ? "say: sluice fetch --records INDEX -o FILE" : "name a URL, or @LIST");
    if (f.jobs < 1 || f.jobs > MAX_JOBS || f.tries < 1 || f.tries > 1000)
        return cmd_usage("-j takes 1 to 16 files at a time, --tries 1 to 1000");
    if (contact)
        setenv("SLUICE_CONTACT", contact, 1);
    remote_set_tries((unsigned)f.tries);
    remote_set_rate(f.rate);
    log_progress_enable(f.progress);
    pthread_mutex_init(&f.lock, NULL);
    f.began = progress_clock();
    struct error e = { 0 };
    int rc = run(&f, argv + rest, (size_t)(argc - rest), &e);
    plan_remotes_free(f.files, f.n);
    if (rc < 0)
        return f.status && e.code == ERR_USAGE ? f.status : cmd_fail(&e);
    return rc ? rc : f.status;
}
