/*
 * link.c - see link.h.
 *
 *   links file   "sluclnks", u32 version 1, u32 zero, u64 documents; then a u64 a document: the kind that
 *                removed it in the top two bits, below them the number of the kept document it gives way
 *                to; where none removed it, the size of its cluster.
 *
 * While linking a node is: 0, a root; live, its parent's number + 1; removed, the kind and its keeper's
 * number + 1.  Of two roots the one that stays becomes the parent, so the root of a cluster is its keeper
 * and the order of the groups does not matter.
 */
#include "pipeline/dedup/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/group.h"

#define MAGIC "sluclnks"
#define VERSION 1u
#define HEADER 24u
#define KIND_SHIFT 62
#define NUMBER ((1ull << KIND_SHIFT) - 1)

struct linker {
    struct sigset *set;
    uint64_t n;
    uint64_t *node;
    enum dedup_kind sized; /* the kind whose cluster sizes are told */
    uint32_t *size;        /* documents that a keeper of it stands for, itself not counted; sticks at its end */
    const struct keep_list *keep;
    enum dedup_kind kind;
    struct link_counts *counts;
};

/* ---- a mapped array that needs no memory of ours ---- */

/* Space is taken at once: a disk that fills up later would kill us by SIGBUS. */
static int map_scratch(void **p, uint64_t bytes, const char *scratch, struct error *e)
{
    *p = NULL;
    if (bytes == 0)
        return 0;
    char *path = xasprintf("%s/links.XXXXXX.tmp", scratch);
    int rc = 0, fd = mkostemps(path, 4, O_CLOEXEC), full = 0;
    if (fd < 0) {
        rc = error_errno(e, ERR_IO, scratch, "cannot make a scratch file; is the folder there, writable and not full?");
        free(path);
        return rc;
    }
    unlink(path);
    free(path);
    do
        full = posix_fallocate(fd, 0, (off_t)bytes);
    while (full == EINTR);
    if (full) {
        errno = full;
        rc = error_errno(e, ERR_IO, scratch, "cannot take %llu bytes of scratch; free some space or choose another folder",
                         (unsigned long long)bytes);
    } else if ((*p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        *p = NULL;
        rc = error_errno(e, ERR_IO, scratch, "cannot map scratch");
    }
    close(fd);
    return rc;
}

static void unmap_scratch(void *p, uint64_t bytes)
{
    if (p)
        munmap(p, bytes);
}

/* ---- union and find ---- */

static unsigned kind_of(uint64_t node)
{
    return (unsigned)(node >> KIND_SHIFT);
}

/* The root of a live document's cluster; every second node on the way is hung higher (path halving). */
static uint64_t find(struct linker *l, uint64_t doc)
{
    uint64_t parent;
    while ((parent = l->node[doc] & NUMBER) != 0) {
        uint64_t above = l->node[parent - 1] & NUMBER;
        if (above && kind_of(l->node[doc]) == DEDUP_NONE && kind_of(l->node[parent - 1]) == DEDUP_NONE)
            l->node[doc] = above;
        doc = parent - 1;
    }
    return doc;
}

static int join(struct linker *l, uint64_t a, uint64_t b, struct error *e)
{
    struct sig_record x, y;
    a = find(l, a);
    b = find(l, b);
    if (a == b)
        return 0;
    int rc = sigset_record(l->set, a, &x, e);
    if (rc == 0)
        rc = sigset_record(l->set, b, &y, e);
    if (rc)
        return rc;
    int c = keeper_compare(l->keep, &x, &y);
    bool first = c ? c < 0 : a < b;
    l->node[first ? b : a] = (first ? a : b) + 1;
    return 0;
}

/* Still there when this kind began. */
static bool in_play(const struct linker *l, uint64_t doc)
{
    return kind_of(l->node[doc]) == DEDUP_NONE || kind_of(l->node[doc]) == l->kind;
}

/* Call `take` for each document of a file that is in play, with the one before it in its group (or itself). */
static int each_member(struct linker *l, const char *path, int (*take)(struct linker *, uint64_t doc, uint64_t with, struct error *),
                       struct error *e)
{
    struct group_reader *r;
    uint64_t doc, with = 0;
    bool begins, any = false;
    int rc = group_open(&r, path, e), took = 0;
    if (rc)
        return rc;
    while (took == 0 && (rc = group_next(r, &doc, &begins, e)) > 0) {
        if (begins)
            any = false;
        if (doc >= l->n) {
            took = error_set(e, ERR_FORMAT, path, "names a document that is not there; remove it and run dedup again");
        } else if (in_play(l, doc)) {
            took = take(l, doc, any ? with : doc, e);
            with = doc;
            any = true;
        }
    }
    group_close(r);
    return took ? took : rc;
}

static int take_join(struct linker *l, uint64_t doc, uint64_t with, struct error *e)
{
    return join(l, doc, with, e);
}

/* All joins of the kind are made: who is no root goes. */
static int take_remove(struct linker *l, uint64_t doc, uint64_t with, struct error *e)
{
    if (kind_of(l->node[doc]) != DEDUP_NONE)
        return 0;
    uint64_t root = find(l, doc);
    if (root == doc)
        return 0;
    l->node[doc] = (uint64_t)l->kind << KIND_SHIFT | (root + 1);
    l->counts->removed[l->kind]++;
    if (l->kind == l->sized && l->size[root] < UINT32_MAX)
        l->size[root]++;
    return 0;
}

static int link_kind(struct linker *l, char *const *groups, size_t from, size_t to, struct error *e)
{
    int rc = 0;
    for (size_t i = from; rc == 0 && i < to; i++)
        rc = each_member(l, groups[i], take_join, e);
    for (size_t i = from; rc == 0 && i < to; i++)
        rc = each_member(l, groups[i], take_remove, e);
    return rc;
}

static enum dedup_kind sized_kind(const struct dedup_settings *s)
{
    for (unsigned i = 0; i < s->n_kinds; i++)
        if (s->kinds[i] == DEDUP_MINHASH || s->n_kinds == 1)
            return s->kinds[i];
    return DEDUP_NONE;
}

static int link_kinds(struct linker *l, char *const *groups, struct error *e)
{
    const struct dedup_settings *s = l->set->settings;
    size_t jobs = group_n_jobs(s), from = 0;
    int rc = 0;
    l->sized = sized_kind(s);
    for (unsigned k = 0; rc == 0 && k < s->n_kinds; k++) {
        size_t to = from;
        l->kind = s->kinds[k];
        l->keep = &s->keep[l->kind];
        while (to < jobs && group_job_at(s, to).kind == l->kind)
            to++;
        rc = link_kind(l, groups, from, to, e);
        from = to;
    }
    return rc;
}

/* ---- the result ---- */

/* A keeper may itself have gone by a later kind: at most one step a kind. */
static uint64_t final_keeper(const struct linker *l, uint64_t doc)
{
    while (kind_of(l->node[doc]) != DEDUP_NONE)
        doc = (l->node[doc] & NUMBER) - 1;
    return doc;
}

static int write_links(const struct linker *l, struct outfile *f, struct error *e)
{
    uint8_t h[HEADER] = { 0 }, le[8];
    memcpy(h, MAGIC, 8);
    put_le32(h + 8, VERSION);
    put_le64(h + 16, l->n);
    int rc = outfile_write(f, h, sizeof h, e);
    for (uint64_t doc = 0; rc == 0 && doc < l->n; doc++) {
        unsigned kind = kind_of(l->node[doc]);
        uint64_t v = kind ? (uint64_t)kind << KIND_SHIFT | final_keeper(l, doc) : (uint64_t)l->size[doc] + 1;
        put_le64(le, v);
        rc = outfile_write(f, le, sizeof le, e);
    }
    return rc;
}

int link_make(struct sigset *set, char *const *groups, const char *path, const char *scratch, struct outfile_done *done,
              struct link_counts *counts, struct error *e)
{
    struct linker l = { .set = set, .n = sigset_count(set), .counts = counts };
    struct outfile *f = NULL;
    void *p = NULL;
    *counts = (struct link_counts){ .removed = { 0 } };
    int rc = map_scratch(&p, l.n * sizeof *l.node, scratch, e);
    l.node = p;
    if (rc == 0)
        rc = map_scratch(&p, l.n * sizeof *l.size, scratch, e);
    l.size = rc == 0 ? p : NULL;
    if (rc == 0)
        rc = link_kinds(&l, groups, e);
    if (rc == 0)
        rc = outfile_open(&f, path, scratch, 0, e);
    if (rc == 0)
        rc = write_links(&l, f, e);
    unmap_scratch(l.node, l.n * sizeof *l.node);
    unmap_scratch(l.size, l.n * sizeof *l.size);
    if (rc)
        outfile_abandon(f);
    else
        rc = outfile_commit(f, done, e);
    return rc;
}

/* ---- reading ---- */

int links_open(struct links *l, const char *path, uint64_t n, struct error *e)
{
    *l = (struct links){ .n = n };
    int rc = file_map(path, &l->map, e);
    if (rc)
        return rc;
    const uint8_t *h = (const uint8_t *)l->map.p;
    if (l->map.n < HEADER || memcmp(h, MAGIC, 8) != 0 || get_le32(h + 8) != VERSION || get_le64(h + 16) != n ||
        (l->map.n - HEADER) / 8 != n || l->map.n % 8) {
        file_unmap(l->map);
        l->map = (struct span){ 0 };
        return error_set(e, ERR_FORMAT, path, "is not the links of these documents; remove it and run dedup again");
    }
    l->path = xstrdup(path);
    return 0;
}

void links_close(struct links *l)
{
    file_unmap(l->map);
    free(l->path);
    *l = (struct links){ 0 };
}

static uint64_t link_of(const struct links *l, uint64_t doc)
{
    return get_le64((const uint8_t *)l->map.p + HEADER + 8 * doc);
}

int links_choose(const struct links *l, struct sigset *set, uint64_t doc, struct choice *c, struct error *e)
{
    uint64_t v = link_of(l, doc);
    struct sig_record keeper;
    if (kind_of(v) == DEDUP_NONE) {
        *c = (struct choice){ .kept = true, .cluster_size = v };
        return 0;
    }
    int rc = sigset_record(set, v & NUMBER, &keeper, e);
    *c = (struct choice){ .rule = dedup_kind_name(kind_of(v)), .duplicate_of = keeper.id };
    return rc;
}

int links_choose_part(const struct links *l, struct sigset *set, size_t part, const char *path, const char *tmp_dir,
                      struct outfile_done *done, uint64_t removed[DEDUP_KINDS], struct error *e)
{
    struct choice_writer *w;
    uint64_t from = set->first[part], to = set->first[part + 1];
    int rc = choice_create(&w, path, tmp_dir, to - from, e);
    if (rc)
        return rc;
    for (uint64_t doc = from; rc == 0 && doc < to; doc++) {
        struct choice c;
        rc = links_choose(l, set, doc, &c, e);
        if (rc == 0) {
            removed[kind_of(link_of(l, doc))]++;
            rc = choice_put(w, &c, e);
        }
    }
    if (rc)
        choice_abandon(w);
    else
        rc = choice_commit(w, done, e);
    return rc;
}
