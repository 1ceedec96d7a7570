/* cmd_dups.c - sluice dups: near and exact duplicates of documents on one machine. */
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/dups_scratch.h"
#include "cmd/filter.h"
#include "cmd/sign_options.h"
#include "core/alloc.h"
#include "core/infile.h"

/* What a thread that signs takes: its lines, its tables, its texts. */
#define THREAD_MEMORY (24ull << 20)
/* The tree of one line; as the filters' own. */
#define LINE_ARENA_MAX ((size_t)2 << 30)

struct dups {
    struct dedup_settings settings;
    enum dedup_kind by;
    bool all;
    struct dups_scratch scratch;
    char **files;
    int n_files;
    bool spool;
    struct stat *stats; /* of the files, before they are read */
    uint64_t n_read;    /* documents of the second reading */
};

static volatile int stopped; /* by which signal */

static void on_stop(int sig)
{
    stopped = sig;
}

/* ---- first reading: records ---- */

struct scratch {
    struct signer *signer;
    uint64_t *sig;
    uint8_t *bands;
};

static void *scratch_new(const void *ctx)
{
    const struct dups *x = ctx;
    const struct minhash_params *p = &x->settings.minhash;
    struct scratch *s = xcalloc(1, sizeof *s);
    if (p->bands) {
        s->signer = signer_new(p);
        s->sig = xcalloc(p->n_perm, sizeof *s->sig);
        s->bands = xcalloc(p->bands, KEY_BYTES);
    }
    return s;
}

static void scratch_free(void *scratch)
{
    struct scratch *s = scratch;
    signer_free(s->signer);
    free(s->sig);
    free(s->bands);
    free(s);
}

/* What document() hands to take(): then the bands, the id, the key, the line. */
struct parcel {
    struct sig_record record;
    size_t bands_n, line_n;
};

static void put_be64(struct buf *b, uint64_t v)
{
    for (int i = 56; i >= 0; i -= 8)
        buf_putc(b, (char)(v >> i));
}

/* The record's key (input, offset, at), then id and line, so that what two documents differ in decides, not their place. */
static void put_key(const struct document *d, struct buf *b)
{
    uint8_t digest[SHA256_BYTES];
    buf_span(b, d->origin.warc);
    buf_putc(b, 0);
    put_be64(b, d->origin.offset);
    put_be64(b, d->origin.at);
    buf_span(b, d->id);
    buf_putc(b, 0);
    sha256_of(d->source->raw, digest);
    buf_put(b, digest, sizeof digest);
}

static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    const struct dups *x = ctx;
    struct scratch *s = scratch;
    struct parcel p = { .line_n = x->spool ? d->source->raw.n : 0 };
    struct buf key = { 0 };
    sig_record_of(d, &p.record);
    if (s->signer) {
        int rc = minhash_sign(s->signer, d->text, s->sig, e);
        if (rc < 0)
            return rc;
        if (rc > 0) {
            sig_bands_of(&x->settings.minhash, s->sig, s->bands);
            p.record.flags |= SIG_BANDS;
            p.bands_n = x->settings.minhash.bands * KEY_BYTES;
        }
    }
    put_key(d, &key);
    p.record.key.n = key.n;
    buf_put(out, &p, sizeof p);
    buf_put(out, s->bands, p.bands_n);
    buf_span(out, d->id);
    buf_span(out, buf_view(&key));
    buf_span(out, span_head(d->source->raw, p.line_n));
    buf_release(&key);
    return 0;
}

static struct span cut(struct span *rest, size_t n)
{
    struct span s = span_head(*rest, n);
    *rest = span_from(*rest, n);
    return s;
}

static int take(void *taker, struct span out, struct error *e)
{
    struct dups *x = taker;
    int rc = 0;
    while (rc == 0 && out.n) {
        struct parcel p;
        memcpy(&p, cut(&out, sizeof p).p, sizeof p);
        p.record.bands = (const uint8_t *)cut(&out, p.bands_n).p;
        p.record.id = cut(&out, p.record.id.n);
        p.record.key = cut(&out, p.record.key.n);
        rc = dups_scratch_add(&x->scratch, &p.record, cut(&out, p.line_n), e);
    }
    if (rc == 0 && stopped)
        rc = error_set(e, ERR_IO, NULL, "stopped by signal %d", stopped);
    return rc;
}

/* ---- second reading: documents ---- */

static void put_number(struct document *d, const char *name, uint64_t v)
{
    doc_extra(d, name, arena_printf(d->arena, "%llu", (unsigned long long)v));
}

static void put_string(struct document *d, const char *name, struct span v)
{
    struct buf b = { 0 };
    json_put_string(&b, v);
    doc_extra(d, name, arena_dup(d->arena, buf_view(&b)));
    buf_release(&b);
}

/* A size that a MinHash run left is not overwritten by a text or URL run behind it. */
static bool has_size(const struct dups *x, const struct document *d)
{
    return x->by != DEDUP_MINHASH && json_get(json_get(d->source, "metadata"), "minhash_cluster_size");
}

static int decide(struct dups *x, struct document *d, struct buf *out, struct error *e)
{
    struct choice c;
    int rc = links_choose(&x->scratch.links, &x->scratch.set, x->n_read, &c, e);
    if (rc)
        return rc;
    x->n_read++;
    if (!c.kept && !x->all)
        return 0;
    if (c.kept && !has_size(x, d))
        put_number(d, "minhash_cluster_size", c.cluster_size);
    if (!c.kept) {
        doc_drop(d, "dedup", c.rule);
        put_string(d, "duplicate_of", c.duplicate_of);
    }
    doc_write(d, out);
    return 0;
}

static int changed(const char *path, struct error *e)
{
    return error_set(e, ERR_INPUT, path, "changed while it was read; run again when nothing writes to it");
}

/* Lines that are no documents were told of in the first reading. */
static int read_again(struct dups *x, const char *path, struct error *e)
{
    struct infile *f;
    struct span line;
    struct arena a;
    struct buf out = { 0 };
    struct error bad;
    int rc = 0, got;
    if (infile_open(&f, path, &bad))
        return 0;
    arena_init(&a, LINE_ARENA_MAX);
    while (rc == 0 && ((got = infile_line(f, FILTER_MAX_LINE, &line, NULL, &bad)) > 0 || got == -ERR_TOO_BIG)) {
        struct document d;
        arena_reset(&a);
        if (got < 0 || span_trim(line).n == 0 || doc_parse(line, &a, &d, &bad))
            continue;
        buf_reset(&out);
        rc = x->n_read < dups_scratch_count(&x->scratch) ? decide(x, &d, &out, e) : changed(path, e);
        if (rc == 0)
            rc = stdout_write(out.p, out.n, e);
        if (rc == 0 && stopped)
            rc = error_set(e, ERR_IO, NULL, "stopped by signal %d", stopped);
    }
    infile_close(f);
    arena_release(&a);
    buf_release(&out);
    return rc;
}

static int check_unchanged(const struct dups *x, int i, struct error *e)
{
    struct stat now;
    const struct stat *was = &x->stats[i];
    if (was->st_mode == 0) /* it was not there */
        return file_exists(x->files[i]) ? changed(x->files[i], e) : 0;
    if (stat(x->files[i], &now) || now.st_size != was->st_size || now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != was->st_mtim.tv_nsec || now.st_ino != was->st_ino)
        return changed(x->files[i], e);
    return 0;
}

static int write_documents(struct dups *x, struct error *e)
{
    int rc = 0;
    if (x->spool) {
        char *lines = dups_scratch_lines(&x->scratch);
        rc = read_again(x, lines, e);
        free(lines);
    }
    for (int i = 0; rc == 0 && !x->spool && i < x->n_files; i++) {
        rc = read_again(x, x->files[i], e);
        if (rc == 0)
            rc = check_unchanged(x, i, e);
    }
    if (rc == 0 && x->n_read != dups_scratch_count(&x->scratch))
        rc = changed(x->spool ? "(scratch)" : x->files[x->n_files - 1], e);
    return rc ? rc : stdout_flush(e);
}

/* ---- all of it ---- */

static void look_at_files(struct dups *x)
{
    x->stats = xcalloc((size_t)x->n_files, sizeof *x->stats);
    x->spool = x->n_files == 0;
    for (int i = 0; i < x->n_files; i++) {
        bool there = strcmp(x->files[i], "-") != 0 && stat(x->files[i], &x->stats[i]) == 0;
        if (!there)
            x->stats[i] = (struct stat){ 0 };
        x->spool |= strcmp(x->files[i], "-") == 0 || (there && !S_ISREG(x->stats[i].st_mode) && !S_ISDIR(x->stats[i].st_mode));
    }
}

static int dups_run(struct dups *x, const char *where, uint64_t jobs)
{
    struct error e = { 0 };
    struct filter f = { .ctx = x, .scratch_new = scratch_new, .scratch_free = scratch_free, .document = document,
                        .take = take, .taker = x };
    look_at_files(x);
    if (dups_scratch_open(&x->scratch, &x->settings, where, x->spool, &e))
        return cmd_fail(&e);
    int status = filter_run(&f, x->files, x->n_files, jobs);
    if (status != 0 && status != 3)
        return status;
    malloc_trim(0); /* what the threads took is the sort's now */
    if (dups_scratch_link(&x->scratch, &stopped, &e) || write_documents(x, &e))
        return cmd_fail(&e);
    return status;
}

static enum dedup_kind kind_named(const char *name)
{
    enum dedup_kind k = DEDUP_TEXT;
    while (strcmp(dedup_kind_name(k), name) != 0)
        k++;
    return k;
}

static int dups_settings(struct dups *x, const struct sign_options *o, const char *by, const char *keep, uint64_t memory,
                         struct error *e)
{
    struct dedup_settings *s = &x->settings;
    x->by = kind_named(by);
    s->kinds[0] = x->by;
    s->n_kinds = 1;
    s->slices = 1;
    s->memory = memory / 2;
    int rc = keep_list_parse(&s->keep[x->by], keep ? keep : keep_list_default(x->by), e);
    return rc == 0 && x->by == DEDUP_MINHASH ? sign_options_params(o, &s->minhash, e) : rc;
}

/* Until the scratch folder is gone; then the signal does what it always does. */
static void catch_signals(void (*handler)(int))
{
    struct sigaction a = { .sa_handler = handler };
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
}

int cmd_dups(int argc, char **argv)
{
    struct dups x = { .all = false };
    struct sign_options o = SIGN_OPTIONS_DEFAULT;
    struct error e = { 0 };
    const char *by = "minhash", *keep = NULL, *where = NULL;
    uint64_t jobs = opt_default_jobs(), memory = 1ull << 30;
    int rest;
    const struct opt options[] = {
        { "by", 0, OPT_CHOICE, &by, "KIND", "what makes a duplicate: near (minhash) or equal text, equal URL [minhash]", "minhash|text|url" },
        { "keep", 0, OPT_STR, &keep, "KEYS", "which copy stays: longest, shortest, earliest, newest, id; the first that differs decides", NULL },
        { "all", 0, OPT_FLAG, &x.all, NULL, "write removed documents too, with drop and metadata.duplicate_of", NULL },
        { "memory", 0, OPT_SIZE, &memory, "SIZE", "memory in all, mapped files not counted; the rest goes to scratch [1G]", NULL },
        { "scratch", 0, OPT_STR, &where, "DIR", "where to put what does not fit [$TMPDIR, else /var/tmp]", NULL },
        SIGN_OPTIONS(o),
        OPT_JOBS(&jobs),
        { 0 },
    };
    int status = cmd_options(options, "dups [options] [FILE...]",
                             "Defaults of --keep: minhash longest,earliest,id; text earliest,id; url newest,longest,id.\n"
                             "Kept documents have metadata.minhash_cluster_size, removed ones are left out (but see --all).\n"
                             "Files are read twice; standard input is kept in scratch. Few threads run where memory is small;\n"
                             "less than 32M is taken as a wish.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    x.files = argv + rest;
    x.n_files = argc - rest;
    if (jobs > memory / THREAD_MEMORY)
        jobs = memory / THREAD_MEMORY;
    if (dups_settings(&x, &o, by, keep, memory, &e)) {
        status = cmd_fail(&e);
    } else {
        catch_signals(on_stop);
        status = dups_run(&x, where, jobs ? jobs : 1);
        dups_scratch_close(&x.scratch);
    }
    free(x.stats);
    dedup_settings_release(&x.settings);
    if (stopped) {
        catch_signals(SIG_DFL);
        raise(stopped);
    }
    return status;
}
