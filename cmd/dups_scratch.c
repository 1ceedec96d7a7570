/* dups_scratch.c - see dups_scratch.h. */
#include "cmd/dups_scratch.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "pipeline/dedup/group.h"

/* Documents of one signature file: small enough to map and unmap as it is read through. */
#define FILE_DOCUMENTS (1u << 18)

static char *path_of(const struct dups_scratch *s, const char *what, size_t i)
{
    return xasprintf("%s/%08zu.%s", s->folder, i, what);
}

char *dups_scratch_lines(const struct dups_scratch *s)
{
    return xasprintf("%s/lines.zst", s->folder);
}

int dups_scratch_open(struct dups_scratch *s, const struct dedup_settings *settings, const char *where, bool spool, struct error *e)
{
    *s = (struct dups_scratch){ .settings = settings };
    if (!where && !(where = getenv("TMPDIR")))
        where = access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
    s->folder = xasprintf("%s/sluice-dups-XXXXXX", where);
    if (!mkdtemp(s->folder)) {
        int rc = error_errno(e, ERR_IO, where, "cannot make a scratch folder; name another one by --scratch");
        free(s->folder);
        s->folder = NULL;
        return rc;
    }
    char *lines = dups_scratch_lines(s);
    int rc = spool ? outfile_open(&s->lines, lines, s->folder, 1, e) : 0;
    free(lines);
    return rc;
}

void dups_scratch_close(struct dups_scratch *s)
{
    sigfile_abandon(s->sigs);
    outfile_abandon(s->lines);
    links_close(&s->links);
    sigset_close(&s->set);
    DIR *d = s->folder ? opendir(s->folder) : NULL;
    for (struct dirent *f; d && (f = readdir(d));)
        if (f->d_name[0] != '.')
            unlinkat(dirfd(d), f->d_name, 0);
    if (d)
        closedir(d);
    if (s->folder)
        rmdir(s->folder);
    free(s->folder);
    *s = (struct dups_scratch){ 0 };
}

static int end_file(struct dups_scratch *s, struct error *e)
{
    struct sigfile_writer *w = s->sigs;
    s->sigs = NULL;
    return w ? sigfile_commit(w, NULL, e) : 0;
}

int dups_scratch_add(struct dups_scratch *s, const struct sig_record *r, struct span line, struct error *e)
{
    int rc = 0;
    if (s->sigs && sigfile_count(s->sigs) == FILE_DOCUMENTS)
        rc = end_file(s, e);
    if (rc == 0 && !s->sigs) {
        char *path = path_of(s, "sigs", s->n_sigs);
        rc = sigfile_begin(&s->sigs, s->settings, path, NULL, e);
        free(path);
        if (rc)
            return rc;
        s->n_sigs++;
    }
    if (rc == 0)
        rc = sigfile_put(s->sigs, r, e);
    if (rc == 0 && s->lines)
        rc = outfile_write(s->lines, line.p, line.n, e);
    if (rc == 0 && s->lines)
        rc = outfile_write(s->lines, "\n", 1, e);
    return rc;
}

static int end_input(struct dups_scratch *s, struct error *e)
{
    struct outfile *lines = s->lines;
    s->lines = NULL;
    int rc = end_file(s, e);
    if (!lines)
        return rc;
    if (rc) {
        outfile_abandon(lines);
        return rc;
    }
    return outfile_commit(lines, NULL, e);
}

static int open_set(struct dups_scratch *s, struct error *e)
{
    char **paths = xcalloc(s->n_sigs, sizeof *paths);
    for (size_t i = 0; i < s->n_sigs; i++)
        paths[i] = path_of(s, "sigs", i);
    return sigset_open(&s->set, s->settings, paths, s->n_sigs, e);
}

static int group_all(struct dups_scratch *s, char *const *groups, size_t n, const volatile int *stopped, struct error *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct group_job job = group_job_at(s->settings, i);
        struct group_counts counts;
        rc = *stopped ? error_set(e, ERR_IO, NULL, "stopped by signal %d", *stopped)
                      : group_make(&s->set, &job, groups[i], s->folder, NULL, &counts, e);
    }
    return rc;
}

int dups_scratch_link(struct dups_scratch *s, const volatile int *stopped, struct error *e)
{
    size_t n = group_n_jobs(s->settings);
    struct link_counts counts;
    int rc = end_input(s, e);
    if (rc == 0)
        rc = open_set(s, e);
    if (rc)
        return rc;
    char **groups = xcalloc(n, sizeof *groups), *path = path_of(s, "links", 0);
    for (size_t i = 0; i < n; i++)
        groups[i] = path_of(s, "groups", i);
    rc = group_all(s, groups, n, stopped, e);
    if (rc == 0)
        rc = link_make(&s->set, groups, path, s->folder, NULL, &counts, e);
    if (rc == 0)
        rc = links_open(&s->links, path, sigset_count(&s->set), e);
    for (size_t i = 0; i < n; i++)
        free(groups[i]);
    free(groups);
    free(path);
    return rc;
}
