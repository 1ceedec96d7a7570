/* cmd_extract.c - `sluice extract`: pages of an archive, or one HTML file, as documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "core/parallel.h"
#include "pipeline/extract/extract.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/record.h"

#define MAX_HTML_FILE (64u << 20) /* ingest.max_body */
/* Bytes of pages that are read ahead: behind a giant none is. */
#define AHEAD_BYTES ((size_t)16 << 20)

struct job {
    struct arena arena;
    struct document d;
    struct buf payload, out; /* the reader's memory moves on: the page is kept here */
    struct error error;
    int rc;
};

struct extraction {
    struct extract_options o;
    char **files;
    int n_files, at, status;
    struct warc_reader *reader;
    struct record_context record;
};

static void put_fact(struct document *d, const char *name, struct span value)
{
    struct buf b = { 0 };
    if (!value.p)
        return;
    json_put_string(&b, value);
    doc_extra(d, name, arena_dup(d->arena, buf_view(&b)));
    buf_release(&b);
}

/* Page facts as metadata, in the order of INTERFACE. */
static void put_facts(struct document *d)
{
    put_fact(d, "title", d->facts.title);
    put_fact(d, "canonical", d->facts.canonical);
    put_fact(d, "lang_declared", d->facts.lang_declared);
    put_fact(d, "author", d->facts.author);
    put_fact(d, "published", d->facts.published);
    put_fact(d, "licence", d->facts.licence);
    if (d->facts.truncated)
        put_fact(d, "truncated", span_cstr(d->facts.truncated));
}

static void file_fault(struct extraction *x, const struct error *e)
{
    int status = cmd_fail(e);
    if (x->status == 0)
        x->status = status;
}

/* The name by which `run` knows a file that is given alone (INTERFACE, "Names, keys, rows"): an id that is made from it is the run's. */
static struct span input_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return span_cstr(slash ? slash + 1 : path);
}

/* The next page of the current file: 1; 0: the file is done. */
static int next_page(struct extraction *x, struct job *j, struct error *e)
{
    struct warc_record r;
    int rc;
    while ((rc = warc_next(x->reader, &r, e)) > 0) {
        arena_reset(&j->arena);
        record_to_document(&x->record, &r, input_name(x->files[x->at]), &j->arena, &j->d);
        j->d.origin.warc = span_cstr(x->files[x->at]);
        if (r.kind == WARC_DAMAGE) {
            struct error damage;
            error_at(&damage, ERR_DAMAGE, x->files[x->at], r.offset, "%s; %llu bytes are passed over", r.damage, (unsigned long long)r.length);
            file_fault(x, &damage);
        }
        if (j->d.verdict == DOC_DROPPED && (strcmp(j->d.rule, "too_large") == 0 || strcmp(j->d.rule, "ratio") == 0)) {
            struct error large;
            error_at(&large, ERR_TOO_BIG, x->files[x->at], r.offset, "page is larger than a bound (ingest.max_body, ingest.max_ratio); it is refused");
            file_fault(x, &large);
        }
        if (j->d.verdict != DOC_KEPT)
            continue;
        buf_reset(&j->payload);
        buf_span(&j->payload, j->d.payload.p ? j->d.payload : j->d.text);
        /* Header spans lie in the reader, too. */
        j->d.id = arena_dup(&j->arena, j->d.id);
        if (j->d.date.p)
            j->d.date = arena_dup(&j->arena, j->d.date);
        return 1;
    }
    return rc;
}

static int next_job(void *ctx, void *item, struct error *e)
{
    struct extraction *x = ctx;
    struct job *j = item;
    for (;;) {
        int rc = 0;
        struct error fault;
        if (!x->reader) {
            if (x->at == x->n_files)
                return 0;
            struct warc_options o = { .max_block = x->record.max_block };
            rc = warc_open(&x->reader, x->files[x->at], &o, &fault);
        }
        if (rc == 0)
            rc = next_page(x, j, &fault);
        if (rc > 0)
            return 1;
        if (rc < 0)
            file_fault(x, &fault);
        warc_close(x->reader);
        x->reader = NULL;
        x->at++;
    }
}

static void work(void *ctx, void *scratch, void *item)
{
    struct extraction *x = ctx;
    struct job *j = item;
    bool has_text = j->d.text.p != NULL;
    buf_reset(&j->out);
    j->rc = 0;
    if (has_text)
        j->d.text = buf_view(&j->payload);
    else
        j->rc = extract_html(scratch, &x->o, buf_view(&j->payload), &j->arena, &j->d.text, &j->d.facts, &j->error);
    if (j->rc == 0 && j->d.text.n) {
        put_facts(&j->d);
        doc_write(&j->d, &j->out);
    }
}

static int done(void *ctx, void *item, struct error *e)
{
    struct extraction *x = ctx;
    struct job *j = item;
    if (j->rc) {
        struct error fault = j->error;
        char *file = arena_cstr(&j->arena, j->d.origin.warc);
        error_at(&fault, fault.code, file, j->d.origin.offset, "%s", j->error.msg);
        file_fault(x, &fault);
    }
    int rc = stdout_write(j->out.p, j->out.n, e);
    if (j->payload.cap > AHEAD_BYTES || j->out.cap > AHEAD_BYTES) { /* a giant's memory does not stay */
        buf_release(&j->payload);
        buf_release(&j->out);
    }
    arena_reset(&j->arena);
    return rc;
}

static size_t weight(const void *item)
{
    return ((const struct job *)item)->payload.n;
}

static void drop(void *ctx, void *item)
{
    struct job *j = item;
    arena_release(&j->arena);
    buf_release(&j->payload);
    buf_release(&j->out);
}

static void *scratch_new(void *ctx)
{
    return extractor_new();
}

static void scratch_free(void *scratch)
{
    extractor_free(scratch);
}

static int extract_archives(struct extraction *x, uint64_t jobs)
{
    struct error e;
    struct config *c = config_new(conf_tables());
    record_context_init(&x->record, c);
    x->record.digests = false; /* documents do not say what became of them */
    struct parallel p = { .ctx = x, .item_size = sizeof(struct job), .next = next_job, .work = work, .done = done, .drop = drop,
                          .weight = weight, .budget = AHEAD_BYTES, .scratch_new = scratch_new, .scratch_free = scratch_free };
    int rc = parallel_run(&p, jobs, &e);
    if (rc == 0)
        rc = stdout_flush(&e);
    warc_close(x->reader);
    record_context_release(&x->record);
    config_free(c);
    return rc < 0 ? cmd_fail(&e) : x->status;
}

/* One HTML file whole, plain, .gz or .zst. */
static int read_html(const char *file, struct buf *html, struct error *e)
{
    struct infile *in;
    size_t got = 1;
    int rc = infile_open(&in, file, e);
    if (rc)
        return rc;
    while (rc == 0 && got) {
        buf_reserve(html, 64u << 10);
        rc = html->over ? error_set(e, ERR_TOO_BIG, infile_name(in), "is larger than %u bytes", MAX_HTML_FILE)
                        : infile_read(in, html->p + html->n, html->cap - html->n, &got, e);
        if (rc == 0)
            html->n += got;
    }
    infile_close(in);
    return rc;
}

static int extract_file(struct extraction *x, const char *file, const char *url)
{
    struct job j = { 0 };
    struct buf html = BUF_MAX(MAX_HTML_FILE), utf8 = BUF_MAX(MAX_HTML_FILE);
    struct span body;
    struct charset_choice choice;
    struct charset_converter *charset = charset_new();
    struct extractor *scratch = extractor_new();
    int rc = read_html(file, &html, &j.error);
    if (rc == 0) {
        j.d.arena = &j.arena;
        rc = charset_decode(charset, buf_view(&html), (struct span){ 0 }, &utf8, &body, &choice);
        if (rc)
            error_set(&j.error, ERR_TOO_BIG, file, "page is larger than the bound");
    }
    if (rc == 0) {
        if (url)
            j.d.url = span_cstr(url);
        buf_span(&j.payload, body);
        work(x, scratch, &j);
        rc = j.rc ? j.rc : stdout_write(j.out.p, j.out.n, &j.error);
        if (j.rc)
            error_set(&j.error, j.error.code, file, "%s", j.error.msg);
    }
    drop(x, &j);
    buf_release(&html);
    buf_release(&utf8);
    extractor_free(scratch);
    charset_free(charset);
    return rc ? cmd_fail(&j.error) : 0;
}

int cmd_extract(int argc, char **argv)
{
    const char *mode = "balanced", *url = NULL;
    bool markdown = false, all_text = false, html = false;
    uint64_t jobs = opt_default_jobs();
    const struct opt table[] = {
        { "mode", 0, OPT_CHOICE, &mode, NULL, "how much to take [balanced]", "precision|balanced|recall" },
        { "markdown", 0, OPT_FLAG, &markdown, NULL, "headings, lists, quotes and code marked as in Markdown", NULL },
        { "all-text", 0, OPT_FLAG, &all_text, NULL, "the whole visible text instead of the main content", NULL },
        { "html", 0, OPT_FLAG, &html, NULL, "FILE is one HTML page (plain, .gz, .zst), not an archive", NULL },
        { "url", 0, OPT_STR, &url, "URL", "with --html: the page's URL", NULL },
        OPT_JOBS(&jobs),
        { NULL },
    };
    static const char notes[] = "Documents as JSON lines, in file order; a page without text gives none.\n";
    int rest, status = cmd_options(table, "extract [--mode MODE] [--markdown|--all-text] [-j N] FILE...\n"
                                          "       sluice extract --html [--url URL] FILE", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    struct extraction x = { .files = argv + rest, .n_files = argc - rest };
    x.o.mode = all_text ? EXTRACT_ALL_TEXT : mode[0] == 'p' ? EXTRACT_PRECISION : mode[0] == 'r' ? EXTRACT_RECALL : EXTRACT_BALANCED;
    x.o.markdown = markdown;
    if (markdown && all_text)
        return cmd_usage("--markdown and --all-text: give one");
    if (rest == argc || (html && argc - rest != 1))
        return cmd_usage(html ? "--html takes one file" : "name a WARC file");
    return html ? extract_file(&x, argv[rest], url) : extract_archives(&x, jobs);
}
