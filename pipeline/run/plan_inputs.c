/* plan_inputs.c - see plan_inputs.h. */
#include "pipeline/run/plan_inputs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/text/url.h"

/*
 * A process that holds a plan of 100,000 inputs with long names took 103 MiB at its most (while it parsed plan.json); each is to
 * stay below 512.  Common Crawl's largest crawls have 90,000 archives.
 */
#define MAX_INPUTS 400000u
#define MAX_FOLDER_DEPTH 32
#define LIST_LINE_MAX (1u << 16)

struct list {
    struct plan_input *v;
    size_t n, cap;
};

/* The folders that we are in, so that a link back to one of them is no endless tree. */
struct above {
    const struct above *up;
    dev_t dev;
    ino_t ino;
};

char *path_absolute(const char *path)
{
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

static int add(struct list *l, const char *name, const char *path, struct error *e)
{
    if (l->n == MAX_INPUTS)
        return error_set(e, ERR_USAGE, path, "more than %u inputs; split the run", MAX_INPUTS);
    GROW(l->v, l->n, l->cap);
    struct plan_input *in = &l->v[l->n++];
    *in = (struct plan_input){ .name = utf8_name(name), .path = path_absolute(path) };
    in->version = path_version(path, &in->bytes);
    in->unreadable = !*in->version;
    return 0;
}

/* What a folder is searched for; a file that is given by itself may be called anything. */
static bool is_archive_name(const char *name)
{
    static const char *const ends[] = { ".warc", ".warc.gz", ".warc.zst", ".warc.wet.gz", ".arc", ".arc.gz" };
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

static int refuse_url(const char *path, struct error *e)
{
    return strstr(path, "://") ? error_set(e, ERR_USAGE, path, "remote inputs are not supported; download the file first") : 0;
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

static int read_lines(struct lines *lines, const char *path, struct error *e)
{
    struct infile *f;
    struct span line;
    int rc = infile_open(&f, path, e);
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

/* Where a line's file lies: seen from here, else from the list's own folder. */
static char *line_path(const char *list, const char *line)
{
    const char *slash = strrchr(list, '/');
    struct stat st;
    if (line[0] == '/' || !slash || stat(line, &st) == 0)
        return xstrdup(line);
    return xasprintf("%.*s%s", (int)(slash - list) + 1, list, line);
}

static int add_line(struct list *l, const char *list, const char *line, size_t common, struct error *e)
{
    struct above here = { 0 };
    int rc = refuse_url(line, e);
    if (rc)
        return rc;
    const char *name = line[0] == '/' ? line + common : line;
    char *path = line_path(list, line);
    if (is_folder(path, &here)) {
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
    int rc = refuse_url(arg, e);
    if (rc)
        return rc;
    if (is_folder(arg, &here))
        return add_folder(l, arg, "", &here, 0, e);
    const char *slash = strrchr(arg, '/');
    return add(l, slash ? slash + 1 : arg, arg, e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct plan_input *)a)->name, ((const struct plan_input *)b)->name);
}

int plan_inputs(char **arguments, size_t n_arguments, struct plan_input **inputs, size_t *n, struct error *e)
{
    struct list l = { 0 };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n_arguments; i++)
        rc = add_argument(&l, arguments[i], e);
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
