/* filter.c - see filter.h. */
#include "cmd/filter.h"

#include <stdlib.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "core/parallel.h"

/* Lines of one item: enough that handing it over costs nothing, few enough to keep order cheap. */
#define CHUNK_BYTES (512u << 10)
/* What one line may take in memory besides itself (tree, text, result). */
#define LINE_ARENA_MAX ((size_t)160 << 20)
/* Bytes of chunks that are read ahead: a line may be as large as FILTER_MAX_LINE, but then no other is read. */
#define AHEAD_BYTES ((size_t)16 << 20)

struct complaint {
    uint64_t offset;
    enum err code;
    char *msg;
};

struct chunk {
    struct buf bytes, out;
    struct {
        size_t from, n;
        uint64_t offset;
    } *lines;
    size_t n_lines, cap_lines;
    struct complaint *bad;
    size_t n_bad, cap_bad;
    const char *name;
    struct arena arena;
};

struct driver {
    const struct filter *f;
    char **files;
    int n_files, at;
    struct infile *in;
    char *name; /* of the file that `in` reads; chunks borrow it, so it lives to the end */
    char **names;
    size_t n_names, cap_names;
    int status;
};

static void complain(struct chunk *c, uint64_t offset, const struct error *e)
{
    GROW(c->bad, c->n_bad, c->cap_bad);
    c->bad[c->n_bad++] = (struct complaint){ offset, e->code, xstrdup(e->msg) };
}

static int open_next(struct driver *d, struct error *e)
{
    const char *path = d->n_files == 0 ? "-" : d->files[d->at];
    int rc = infile_open(&d->in, path, e);
    if (rc)
        return rc;
    GROW(d->names, d->n_names, d->cap_names);
    d->names[d->n_names++] = d->name = xstrdup(infile_name(d->in));
    d->at++;
    return 1;
}

static bool files_left(const struct driver *d)
{
    return d->n_files == 0 ? d->at == 0 : d->at < d->n_files;
}

static void add_line(struct chunk *c, struct span line, uint64_t offset)
{
    GROW(c->lines, c->n_lines, c->cap_lines);
    c->lines[c->n_lines].from = c->bytes.n;
    c->lines[c->n_lines].n = line.n;
    c->lines[c->n_lines++].offset = offset;
    buf_span(&c->bytes, line);
}

static int read_whole(struct driver *d, struct chunk *c, struct error *e)
{
    size_t got = 1;
    while (got) {
        buf_reserve(&c->bytes, CHUNK_BYTES);
        int rc = infile_read(d->in, c->bytes.p + c->bytes.n, c->bytes.cap - c->bytes.n, &got, e);
        if (rc)
            return rc;
        c->bytes.n += got;
        if (c->bytes.n > FILTER_MAX_TEXT)
            return error_set(e, ERR_TOO_BIG, d->name, "is larger than %u bytes; split it", FILTER_MAX_TEXT);
    }
    GROW(c->lines, c->n_lines, c->cap_lines);
    c->lines[0].from = 0;
    c->lines[0].n = c->bytes.n;
    c->lines[0].offset = 0;
    c->n_lines = 1;
    return 0;
}

static int read_lines(struct driver *d, struct chunk *c, struct error *e)
{
    int rc = 1;
    while (rc > 0 && c->bytes.n < CHUNK_BYTES) {
        struct span line;
        uint64_t offset;
        struct error bad;
        rc = infile_line(d->in, FILTER_MAX_LINE, &line, &offset, &bad);
        if (rc == 1 && span_trim(line).n) {
            add_line(c, line, offset);
        } else if (rc == -ERR_TOO_BIG) {
            complain(c, offset, &bad);
            rc = 1;
        } else if (rc < 0) {
            *e = bad;
        }
    }
    return rc;
}

/* A file that cannot be read or is damaged is named; the others go on. */
static void file_fault(struct driver *d, const struct error *e)
{
    log_error(e);
    if (d->status == 0)
        d->status = error_exit(e->code);
}

static int next_chunk(void *ctx, void *item, struct error *e)
{
    struct driver *d = ctx;
    struct chunk *c = item;
    buf_reset(&c->bytes);
    buf_reset(&c->out);
    c->n_lines = c->n_bad = 0;
    while (c->n_lines == 0 && c->n_bad == 0) {
        struct error fault;
        if (!d->in) {
            if (!files_left(d))
                return 0;
            if (open_next(d, &fault) < 0) {
                d->at++;
                file_fault(d, &fault);
                continue;
            }
        }
        c->name = d->name;
        int rc = d->f->whole_input ? read_whole(d, c, &fault) : read_lines(d, c, &fault);
        if (rc < 0)
            file_fault(d, &fault);
        if (rc <= 0) {
            infile_close(d->in);
            d->in = NULL;
        }
    }
    return 1;
}

static int one_line(const struct filter *f, void *scratch, struct chunk *c, struct span line, struct error *e)
{
    struct document d;
    if (f->line)
        return f->line(f->ctx, scratch, line, &c->arena, &c->out, e);
    int rc = doc_parse(line, &c->arena, &d, e);
    return rc ? rc : f->document(f->ctx, scratch, &d, &c->out, e);
}

static void work(void *ctx, void *scratch, void *item)
{
    struct driver *d = ctx;
    struct chunk *c = item;
    c->arena.limit = LINE_ARENA_MAX;
    for (size_t i = 0; i < c->n_lines; i++) {
        struct error e = { 0 };
        size_t before = c->out.n;
        struct span line = span_of(c->bytes.p + c->lines[i].from, c->lines[i].n);
        arena_reset(&c->arena);
        if (one_line(d->f, scratch, c, line, &e) < 0) {
            c->out.n = before;
            complain(c, c->lines[i].offset, &e);
        }
    }
}

static int done(void *ctx, void *item, struct error *e)
{
    struct driver *d = ctx;
    struct chunk *c = item;
    for (size_t i = 0; i < c->n_bad; i++) {
        struct error bad;
        error_at(&bad, c->bad[i].code, c->name, c->bad[i].offset, "%s", c->bad[i].msg);
        log_error(&bad);
        free(c->bad[i].msg);
        if (d->status == 0)
            d->status = error_exit(bad.code);
    }
    c->n_bad = 0;
    int rc = d->f->take ? d->f->take(d->f->taker, buf_view(&c->out), e) : stdout_write(c->out.p, c->out.n, e);
    if (c->bytes.cap > AHEAD_BYTES || c->out.cap > AHEAD_BYTES) { /* a giant's memory does not stay */
        buf_release(&c->bytes);
        buf_release(&c->out);
    }
    arena_reset(&c->arena);
    return rc;
}

static size_t weight(const void *item)
{
    return ((const struct chunk *)item)->bytes.n;
}

static void drop(void *ctx, void *item)
{
    struct chunk *c = item;
    buf_release(&c->bytes);
    buf_release(&c->out);
    free(c->lines);
    for (size_t i = 0; i < c->n_bad; i++)
        free(c->bad[i].msg);
    free(c->bad);
    arena_release(&c->arena);
}

static void *scratch_new(void *ctx)
{
    struct driver *d = ctx;
    return d->f->scratch_new ? d->f->scratch_new(d->f->ctx) : NULL;
}

int filter_run(const struct filter *f, char **files, int n_files, uint64_t jobs)
{
    struct driver d = { .f = f, .files = files, .n_files = n_files };
    struct error e;
    struct parallel p = { .ctx = &d, .item_size = sizeof(struct chunk), .next = next_chunk, .work = work, .done = done,
                          .drop = drop, .weight = weight, .budget = AHEAD_BYTES,
                          .scratch_new = scratch_new, .scratch_free = f->scratch_free };
    int rc = parallel_run(&p, jobs ? jobs : opt_default_jobs(), &e);
    if (rc == 0)
        rc = stdout_flush(&e);
    infile_close(d.in);
    for (size_t i = 0; i < d.n_names; i++)
        free(d.names[i]);
    free(d.names);
    if (rc < 0)
        return cmd_fail(&e);
    return d.status;
}
