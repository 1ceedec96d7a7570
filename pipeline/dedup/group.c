/*
 * group.c - see group.h.
 *
 *   header   16 bytes   "slucgrps", u32 version 1, u32 zero
 *   a document          u64: its number; the top bit is set on the first of a group
 */
#include "pipeline/dedup/group.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/extsort.h"

#define MAGIC "slucgrps"
#define VERSION 1u
#define HEADER 16u
#define BEGINS (1ull << 63)

static unsigned columns_of(const struct dedup_settings *s, enum dedup_kind kind)
{
    return kind == DEDUP_MINHASH ? s->minhash.bands : 1;
}

size_t group_n_jobs(const struct dedup_settings *s)
{
    size_t columns = 0;
    for (unsigned i = 0; i < s->n_kinds; i++)
        columns += columns_of(s, s->kinds[i]);
    return columns * s->slices;
}

struct group_job group_job_at(const struct dedup_settings *s, size_t i)
{
    struct group_job j = { .slice = (unsigned)(i % s->slices) };
    size_t column = i / s->slices;
    for (unsigned k = 0; k < s->n_kinds; k++) {
        unsigned n = columns_of(s, s->kinds[k]);
        if (column < n) {
            j.kind = s->kinds[k];
            j.band = (unsigned)column;
            return j;
        }
        column -= n;
    }
    abort(); /* i was not below group_n_jobs() */
}

/* ---- writing ---- */

/* Hashes are spread evenly, so equal shares of their first 32 bits are equal shares of the documents. */
static unsigned slice_of(uint64_t hi, unsigned slices)
{
    return (unsigned)((hi >> 32) * slices >> 32);
}

static int add_part(const struct sigset *set, size_t part, const struct group_job *job, struct extsort *sort, struct error *e)
{
    struct sigfile f;
    int rc = sigset_map(set, part, &f, e);
    if (rc)
        return rc;
    for (size_t b = 0; rc == 0 && b < f.n_blocks; b++) {
        for (size_t i = 0; rc == 0 && i < f.blocks[b].n; i++) {
            const uint8_t *key = sig_block_key(&f.blocks[b], i, job->kind, job->band);
            if (!key)
                continue;
            /* Big-endian, so that the slices are ranges of the bytes. */
            struct pair p = { __builtin_bswap64(get_le64(key)), __builtin_bswap64(get_le64(key + 8)),
                              set->first[part] + f.blocks[b].first + i };
            if (slice_of(p.hi, set->settings->slices) == job->slice)
                rc = extsort_add(sort, p, e);
        }
    }
    sigfile_close(&f);
    return rc;
}

static int put(struct outfile *f, uint64_t v, struct error *e)
{
    uint8_t le[8];
    put_le64(le, v);
    return outfile_write(f, le, sizeof le, e);
}

static int put_groups(struct extsort *sort, struct outfile *f, struct group_counts *counts, struct error *e)
{
    struct pair last = { 0 }, p;
    bool any = false, open = false; /* `last` holds a pair; it was written as part of a group */
    int rc;
    while ((rc = extsort_next(sort, &p, e)) > 0) {
        if (any && p.hi == last.hi && p.lo == last.lo) {
            int wrote = open ? 0 : put(f, last.doc | BEGINS, e);
            if (wrote == 0)
                wrote = put(f, p.doc, e);
            if (wrote)
                return wrote;
            counts->groups += !open;
            counts->members += open ? 1 : 2;
            open = true;
        } else {
            open = false;
        }
        last = p;
        any = true;
    }
    return rc;
}

int group_make(const struct sigset *set, const struct group_job *job, const char *path, const char *scratch,
               struct outfile_done *done, struct group_counts *counts, struct error *e)
{
    struct extsort *sort = extsort_new(set->settings->memory, sigset_count(set), scratch);
    struct outfile *f = NULL;
    uint8_t h[HEADER] = { 0 };
    int rc = 0;
    *counts = (struct group_counts){ 0 };
    memcpy(h, MAGIC, 8);
    put_le32(h + 8, VERSION);
    for (size_t i = 0; rc == 0 && i < set->n_parts; i++)
        rc = add_part(set, i, job, sort, e);
    if (rc == 0)
        rc = extsort_finish(sort, e);
    if (rc == 0)
        rc = outfile_open(&f, path, scratch, 0, e);
    if (rc == 0)
        rc = outfile_write(f, h, sizeof h, e);
    if (rc == 0)
        rc = put_groups(sort, f, counts, e);
    counts->spilled = extsort_spilled(sort);
    extsort_free(sort);
    if (rc)
        outfile_abandon(f);
    else
        rc = outfile_commit(f, done, e);
    return rc;
}

/* ---- reading ---- */

struct group_reader {
    struct infile *f;
    uint8_t window[64u << 10];
    size_t n, at;
    uint64_t offset; /* of the window's end */
    bool in_group;
};

static int damaged(const struct group_reader *r, struct error *e)
{
    return error_at(e, ERR_FORMAT, infile_name(r->f), r->offset, "is not a whole file of groups; remove it and run dedup again");
}

/* Whole numbers of `size` bytes into the window; n = 0 at the end. */
static int fill(struct group_reader *r, size_t size, struct error *e)
{
    size_t got = 1;
    r->n = r->at = 0;
    while (r->n < sizeof r->window && got) {
        int rc = infile_read(r->f, r->window + r->n, sizeof r->window - r->n, &got, e);
        if (rc)
            return rc;
        r->n += got;
        r->offset += got;
    }
    return r->n % size ? damaged(r, e) : 0;
}

int group_open(struct group_reader **out, const char *path, struct error *e)
{
    struct group_reader *r = xcalloc(1, sizeof *r);
    int rc = infile_open(&r->f, path, e);
    if (rc == 0)
        rc = fill(r, 8, e);
    if (rc == 0 && (r->n < HEADER || memcmp(r->window, MAGIC, 8) != 0 || get_le32(r->window + 8) != VERSION))
        rc = damaged(r, e);
    r->at = HEADER;
    if (rc)
        group_close(r);
    else
        *out = r;
    return rc;
}

int group_next(struct group_reader *r, uint64_t *doc, bool *begins, struct error *e)
{
    if (r->at == r->n) {
        int rc = fill(r, 8, e);
        if (rc || r->n == 0)
            return rc;
    }
    uint64_t v = get_le64(r->window + r->at);
    r->at += 8;
    *begins = (v & BEGINS) != 0;
    *doc = v & ~BEGINS;
    if (!*begins && !r->in_group)
        return damaged(r, e);
    r->in_group = true;
    return 1;
}

void group_close(struct group_reader *r)
{
    if (!r)
        return;
    infile_close(r->f);
    free(r);
}
