/* plan_inputs.c - see plan_inputs.h. */
#include "pipeline/run/plan_inputs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/text/url.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/ingest/remote_url.h"

/*
 * A process that holds a plan of 100,000 inputs with long names took 103 MiB at its most (while it parsed plan.json); each is to
 * stay below 512.  Common Crawl's largest crawls have 90,000 archives.
 */
#define MAX_INPUTS 400000u
#define MAX_FOLDER_DEPTH 32
#define LIST_LINE_MAX (1u << 16)
#define LIST_MAX (256u << 20) /* stored bytes of a remote list; Common Crawl's have 2 MB */

struct list {
    struct plan_input *v;
    size_t n, cap;
    bool unasked;     /* remote files are not asked for size and version */
    const char *base; /* stands before relative lines of a list; NULL: none was given */
};

/* The folders that we are in, so that a link back to one of them is no endless tree. */
struct above {
    const struct above *up;
    dev_t dev;
    ino_t ino;
};

char *path_absolute(const char *path)
{
    if (is_remote(path))
        return xstrdup(path);
    char *p = realpath(path, NULL);
    return p ? p : xstrdup(path);
}

char *path_version(const char *path, uint64_t *bytes)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return xstrdup("");
    if (bytes)
        *bytes = (uint64_t)st.st_size;
    return xasprintf("%lld%09ld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static char *utf8_name(const char *name)
{
    struct buf b = { 0 };
    while (name[0] == '.' && name[1] == '/')
        name += 2 + strspn(name + 2, "/");
    url_put_utf8(span_cstr(name), &b);
    char *copy = xmemdup0(b.p, b.n);
    buf_release(&b);
    return copy;
}

/* Size and version by asking; what is not there, or not for us, is unreadable for good. */
static int ask(struct plan_input *in, struct error *e)
{
    struct remote *r;
    int rc = remote_open(&r, in->path, 0, false, NULL, e);
    in->unreadable = rc == -ERR_INPUT;
    if (rc) {
        in->version = xstrdup("");
        return rc == -ERR_INPUT ? 0 : rc;
    }
    if (remote_size(r) == UINT64_MAX)
        rc = error_set(e, ERR_INPUT, in->name, "the server does not say how large it is, so that a run could not resume; sluice fetch it first");
    in->bytes = remote_size(r);
    in->version = xstrdup(remote_version(r));
    remote_close(r);
    return rc;
}

static int add(struct list *l, const char *name, const char *path, struct error *e)
{
    if (l->n == MAX_INPUTS)
        return error_set(e, ERR_USAGE, path, "more than %u inputs; split the run", MAX_INPUTS);
    GROW(l->v, l->n, l->cap);
    struct plan_input *in = &l->v[l->n++];
    *in = (struct plan_input){ .name = utf8_name(name), .path = path_absolute(path) };
    if (is_remote(path) && !l->unasked)
        return ask(in, e);
    in->version = path_version(path, &in->bytes);
    in->unreadable = !*in->version;
    return 0;
}

/* What a folder is searched for; a file that is given by itself may be called anything. */
static bool is_archive_name(const char *name)
{
    static const char *const ends[] = { ".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wet.zst", ".arc", ".arc.gz", ".arc.zst",
                                        ".jsonl", ".jsonl.gz", ".jsonl.zst", ".json.gz", ".json.zst" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (span_ends(span_cstr(name), ends[i]))
            return true;
    return false;
}

static bool is_folder(const char *path, struct above *here)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return false;
    here->dev = st.st_dev;
    here->ino = st.st_ino;
    return true;
}

static bool is_above(const struct above *a, const struct above *here)
{
    for (; a; a = a->up)
        if (a->dev == here->dev && a->ino == here->ino)
            return true;
    return false;
}

/* Every archive below `path`; `prefix` stands before its path below the folder that was given. */
static int add_folder(struct list *l, const char *path, const char *prefix, const struct above *here, int depth, struct error *e)
{
    struct dirent **entries;
    if (depth == MAX_FOLDER_DEPTH)
        return error_set(e, ERR_INPUT, path, "folders more than %d deep are not searched; name this one", MAX_FOLDER_DEPTH);
    int rc = 0, n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        return error_errno(e, ERR_INPUT, path, "cannot list the folder");
    for (int i = 0; i < n; i++) {
        const char *base = entries[i]->d_name;
        struct above sub_here = { .up = here };
        if (rc == 0 && base[0] != '.') {
            char *sub = xasprintf("%s/%s", path, base), *name = xasprintf("%s%s", prefix, base);
            if (is_folder(sub, &sub_here)) {
                char *deeper = xasprintf("%s/", name);
                if (!is_above(here, &sub_here))
                    rc = add_folder(l, sub, deeper, &sub_here, depth + 1, e);
                free(deeper);
            } else if (is_archive_name(base)) {
                rc = add(l, name, sub, e);
            }
            free(sub);
            free(name);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* A file in a place that is given by itself: its base name. */
static int add_remote(struct list *l, const char *url, struct error *e)
{
    char *name = remote_public_name(url);
    int rc = add(l, strrchr(name, '/') + 1, url, e);
    free(name);
    return rc;
}

/* ---- lists ---- */

struct lines {
    char **v;
    size_t n, cap;
};

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        free(lines->v[i]);
    free(lines->v);
}

/* A remote list is read whole, into memory that has a name. */
static int open_list(struct infile **f, const char *path, struct error *e)
{
    struct remote *r;
    char local[64], piece[64 << 10];
    size_t got = 1;
    uint64_t at = 0;
    if (!is_remote(path))
        return infile_open(f, path, e);
    int rc = remote_open(&r, path, 0, true, NULL, e), fd = rc ? -1 : memfd_create("list", MFD_CLOEXEC);
    while (rc == 0 && got) {
        rc = remote_read(r, at, piece, sizeof piece, &got, e);
        at += got;
        if (rc == 0 && (at > LIST_MAX || write(fd, piece, got) != (ssize_t)got))
            rc = error_set(e, ERR_INPUT, path, "is larger than a list can be");
    }
    if (rc == 0) {
        snprintf(local, sizeof local, "/proc/self/fd/%d", fd);
        rc = infile_open(f, local, e);
    }
    if (fd >= 0) {
        close(fd);
        remote_close(r);
    }
    return rc;
}

static int read_lines(struct lines *lines, const char *path, struct error *e)
{
    struct infile *f;
    struct span line;
    int rc = open_list(&f, path, e);
    if (rc)
        return rc;
    while ((rc = infile_line(f, LIST_LINE_MAX, &line, NULL, e)) > 0) {
        line = span_trim(line);
        while (line.n > 1 && line.p[line.n - 1] == '/')
            line.n--;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        GROW(lines->v, lines->n, lines->cap);
        lines->v[lines->n++] = xmemdup0(line.p, line.n);
    }
    infile_close(f);
    return rc;
}

/* Bytes of the deepest folder, with its '/', that holds all absolute paths of the list. */
static size_t common_folder(const struct lines *lines)
{
    const char *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < lines->n; i++) {
        const char *p = lines->v[i];
        if (p[0] != '/')
            continue;
        if (!first) {
            first = p;
            n = (size_t)(strrchr(p, '/') - p) + 1;
        }
        size_t same = 0;
        while (same < n && p[same] == first[same])
            same++;
        for (n = same; n && first[n - 1] != '/'; n--)
            ;
    }
    return n;
}

/* The root of a remote list's place: its lines are paths from there, as Common Crawl's are. */
static int root_length(const char *url)
{
    const char *host = strstr(url, "://") + 3;
    return (int)(host - url + (ptrdiff_t)strcspn(host, "/"));
}

/* Where a line's file lies: behind the base, else seen from here, else from the list's own folder or its server's root. */
static char *line_path(const struct list *l, const char *list, const char *line)
{
    const char *slash = strrchr(list, '/');
    struct stat st;
    if (l->base && line[0] != '/')
        return xasprintf("%s%s%s", l->base, l->base[strlen(l->base) - 1] == '/' ? "" : "/", line);
    if (is_remote(list))
        return xasprintf("%.*s%s%s", root_length(list), list, line[0] == '/' ? "" : "/", line);
    if (line[0] == '/' || !slash || stat(line, &st) == 0)
        return xstrdup(line);
    return xasprintf("%.*s%s", (int)(slash - list) + 1, list, line);
}

static int add_line(struct list *l, const char *list, const char *line, size_t common, struct error *e)
{
    struct above here = { 0 };
    int rc;
    if (is_remote(line))
        return add_remote(l, line, e);
    const char *name = line[0] == '/' ? line + common : line;
    char *path = line_path(l, list, line);
    if (!is_remote(path) && is_folder(path, &here)) {
        char *prefix = xasprintf("%s/", name);
        rc = add_folder(l, path, prefix, &here, 0, e);
        free(prefix);
    } else {
        rc = add(l, name, path, e);
    }
    free(path);
    return rc;
}

static int add_list(struct list *l, const char *path, struct error *e)
{
    struct lines lines = { 0 };
    int rc = read_lines(&lines, path, e);
    size_t common = rc ? 0 : common_folder(&lines);
    for (size_t i = 0; rc == 0 && i < lines.n; i++)
        rc = add_line(l, path, lines.v[i], common, e);
    free_lines(&lines);
    return rc;
}

/* ---- all arguments ---- */

static int add_argument(struct list *l, const char *arg, struct error *e)
{
    struct above here = { 0 };
    if (strcmp(arg, "-") == 0)
        return error_set(e, ERR_USAGE, arg, "a run cannot read standard input: it must be able to resume; save it to a file");
    if (arg[0] == '@')
        return add_list(l, arg + 1, e);
    if (is_remote(arg))
        return add_remote(l, arg, e);
    if (strstr(arg, "://"))
        return error_set(e, ERR_USAGE, arg, "is no address that is read; say http://, https:// or s3://");
    if (is_folder(arg, &here))
        return add_folder(l, arg, "", &here, 0, e);
    const char *slash = strrchr(arg, '/');
    return add(l, slash ? slash + 1 : arg, arg, e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct plan_input *)a)->name, ((const struct plan_input *)b)->name);
}

static int collect(struct list *l, char **arguments, size_t n_arguments, struct error *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n_arguments; i++)
        rc = add_argument(l, arguments[i], e);
    return rc;
}

static bool goes_up(const char *name)
{
    struct span rest = span_cstr(name), one;
    while (span_cut(&rest, '/', &one))
        if (span_is(one, "..") || span_is(one, ".") || !one.n)
            return true;
    return false;
}

int plan_remotes(char **arguments, size_t n_arguments, const char *base, struct plan_remote **out, size_t *n, struct error *e)
{
    struct list l = { .base = base, .unasked = true };
    int rc = collect(&l, arguments, n_arguments, e);
    *out = xcalloc(l.n + 1, sizeof **out);
    *n = l.n;
    for (size_t i = 0; i < l.n; i++) {
        (*out)[i] = (struct plan_remote){ l.v[i].name, l.v[i].path };
        free(l.v[i].version);
        if (rc == 0 && !is_remote(l.v[i].path))
            rc = error_set(e, ERR_USAGE, l.v[i].path, "is no URL; for the lines of a list say where they lie: --base URL");
        else if (rc == 0 && goes_up(l.v[i].name)) /* a list from elsewhere writes where we say, and nowhere else */
            rc = error_set(e, ERR_USAGE, l.v[i].path, "is no name for a file here");
    }
    free(l.v);
    return rc;
}

void plan_remotes_free(struct plan_remote *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(v[i].name);
        free(v[i].url);
    }
    free(v);
}

int plan_inputs(char **arguments, size_t n_arguments, const char *base, struct plan_input **inputs, size_t *n, struct error *e)
{
    struct list l = { .base = base };
    int rc = collect(&l, arguments, n_arguments, e);
    *inputs = l.v;
    *n = l.n;
    if (rc)
        return rc;
    if (l.n == 0)
        return error_set(e, ERR_USAGE, NULL, "no inputs: name archives (.warc, .warc.gz), a folder of them, or @LIST");
    qsort(l.v, l.n, sizeof *l.v, by_name);
    for (size_t i = 1; i < l.n; i++)
        if (strcmp(l.v[i].name, l.v[i - 1].name) == 0)
            return error_set(e, ERR_USAGE, l.v[i].path,
                             "has the same name as %s; give their folder or a list, so that names differ", l.v[i - 1].path);
    return 0;
}
