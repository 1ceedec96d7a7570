/*
 * choice.c - see choice.h.
 *
 *   header   24 bytes   "slucdecs", u32 version 1, u32 zero, u64 decisions
 *   a decision          u8 0: kept, u64 cluster size;  u8 1 text, 2 url, 3 minhash: removed, u32 n, n bytes of the keeper's id
 */
#include "pipeline/dedup/choice.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/settings.h"

#define MAGIC "slucdecs"
#define VERSION 1u
#define HEADER 24u

struct choice_reader {
    struct span map, rest;
    char *path;
    uint64_t n, seen;
    bool mapped;
};

static int damaged(const struct choice_reader *r, struct error *e)
{
    return error_at(e, ERR_FORMAT, r->path, (uint64_t)(r->rest.p - r->map.p),
                    "is not a whole file of decisions; remove it and run dedup again");
}

int choice_parse(struct choice_reader **out, struct span bytes, const char *name, struct error *e)
{
    struct choice_reader *r = xcalloc(1, sizeof *r);
    r->map = r->rest = bytes;
    r->path = xstrdup(name);
    const uint8_t *h = (const uint8_t *)bytes.p;
    if (bytes.n < HEADER || memcmp(h, MAGIC, 8) != 0 || get_le32(h + 8) != VERSION) {
        int rc = damaged(r, e);
        choice_close(r);
        return rc;
    }
    r->n = get_le64(h + 16);
    r->rest = span_from(bytes, HEADER);
    *out = r;
    return 0;
}

int choice_open(struct choice_reader **out, const char *path, struct error *e)
{
    struct span bytes;
    int rc = file_map(path, &bytes, e);
    if (rc)
        return rc;
    rc = choice_parse(out, bytes, path, e);
    if (rc)
        file_unmap(bytes);
    else
        (*out)->mapped = true;
    return rc;
}

uint64_t choice_count(const struct choice_reader *r)
{
    return r->n;
}

/* n bytes off the front, or NULL. */
static const uint8_t *take(struct choice_reader *r, size_t n)
{
    if (r->rest.n < n)
        return NULL;
    const uint8_t *p = (const uint8_t *)r->rest.p;
    r->rest = span_from(r->rest, n);
    return p;
}

int choice_next(struct choice_reader *r, struct choice *c, struct error *e)
{
    *c = (struct choice){ .kept = true };
    if (r->seen == r->n)
        return r->rest.n ? damaged(r, e) : 0;
    const uint8_t *kind = take(r, 1), *p;
    if (!kind || *kind >= DEDUP_KINDS)
        return damaged(r, e);
    r->seen++;
    if (*kind == DEDUP_NONE) {
        if (!(p = take(r, 8)))
            return damaged(r, e);
        c->cluster_size = get_le64(p);
        return 1;
    }
    if (!(p = take(r, 4)))
        return damaged(r, e);
    size_t n = get_le32(p);
    if (!(p = take(r, n)))
        return damaged(r, e);
    c->kept = false;
    c->rule = dedup_kind_name(*kind);
    c->duplicate_of = span_of((const char *)p, n);
    return 1;
}

void choice_close(struct choice_reader *r)
{
    if (!r)
        return;
    if (r->mapped)
        file_unmap(r->map);
    free(r->path);
    free(r);
}

/* ---- writing ---- */

struct choice_writer {
    struct outfile *f;
    uint64_t n, seen;
};

int choice_create(struct choice_writer **out, const char *path, const char *tmp_dir, uint64_t n, struct error *e)
{
    struct choice_writer *w = xcalloc(1, sizeof *w);
    uint8_t h[HEADER] = { 0 };
    memcpy(h, MAGIC, 8);
    put_le32(h + 8, VERSION);
    put_le64(h + 16, n);
    w->n = n;
    int rc = outfile_open(&w->f, path, tmp_dir, 0, e);
    if (rc == 0)
        rc = outfile_write(w->f, h, sizeof h, e);
    if (rc)
        choice_abandon(w);
    else
        *out = w;
    return rc;
}

static uint8_t kind_of(const char *rule)
{
    for (unsigned k = DEDUP_TEXT; rule && k < DEDUP_KINDS; k++)
        if (strcmp(rule, dedup_kind_name(k)) == 0)
            return (uint8_t)k;
    return DEDUP_NONE;
}

int choice_put(struct choice_writer *w, const struct choice *c, struct error *e)
{
    uint8_t h[9] = { kind_of(c->rule) };
    w->seen++;
    if (h[0] == DEDUP_NONE) {
        put_le64(h + 1, c->cluster_size);
        return outfile_write(w->f, h, 9, e);
    }
    put_le32(h + 1, (uint32_t)c->duplicate_of.n);
    int rc = outfile_write(w->f, h, 5, e);
    return rc ? rc : outfile_write(w->f, c->duplicate_of.p, c->duplicate_of.n, e);
}

int choice_commit(struct choice_writer *w, struct outfile_done *done, struct error *e)
{
    int rc;
    if (w->seen != w->n) {
        choice_abandon(w);
        return error_set(e, ERR_BUG, NULL, "decisions were promised that were not made; please report");
    }
    rc = outfile_commit(w->f, done, e);
    free(w);
    return rc;
}

void choice_abandon(struct choice_writer *w)
{
    if (!w)
        return;
    outfile_abandon(w->f);
    free(w);
}
