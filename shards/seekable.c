/* seekable.c - see seekable.h. */
#include "shards/seekable.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"

#define SKIPPABLE 0x184D2A5Eu
#define SEEK_MAGIC 0x8F92EAB1u
#define ENTRY_BYTES 8u
#define FOOTER_BYTES 9u

int seekable_create(struct seekable_writer *w, const char *path, const char *tmp_dir, int level, struct error *e)
{
    *w = (struct seekable_writer){ 0 };
    int rc = outfile_open(&w->file, path, tmp_dir, 0, e);
    if (rc)
        return rc;
    w->z = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(w->z, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(w->z, ZSTD_c_checksumFlag, 1);
    return 0;
}

int seekable_frame(struct seekable_writer *w, struct span bytes, struct error *e)
{
    uint8_t entry[ENTRY_BYTES];
    size_t bound = ZSTD_compressBound(bytes.n);
    buf_reset(&w->out);
    buf_reserve(&w->out, bound);
    size_t n = ZSTD_compress2(w->z, w->out.p, bound, bytes.p, bytes.n);
    if (ZSTD_isError(n))
        return error_set(e, ERR_BUG, NULL, "zstd: %s", ZSTD_getErrorName(n));
    put_le32(entry, (uint32_t)n);
    put_le32(entry + 4, (uint32_t)bytes.n);
    buf_put(&w->table, entry, sizeof entry);
    w->frames++;
    return outfile_write(w->file, w->out.p, n, e);
}

static void release(struct seekable_writer *w)
{
    ZSTD_freeCCtx(w->z);
    buf_release(&w->table);
    buf_release(&w->out);
    *w = (struct seekable_writer){ 0 };
}

void seekable_abandon(struct seekable_writer *w)
{
    outfile_abandon(w->file);
    release(w);
}

int seekable_commit(struct seekable_writer *w, struct outfile_done *done, struct error *e)
{
    uint8_t head[8], foot[FOOTER_BYTES] = { 0 };
    put_le32(head, SKIPPABLE);
    put_le32(head + 4, (uint32_t)(w->table.n + FOOTER_BYTES));
    put_le32(foot, w->frames);
    put_le32(foot + 5, SEEK_MAGIC);
    int rc = outfile_write(w->file, head, sizeof head, e);
    if (rc == 0)
        rc = outfile_write(w->file, w->table.p, w->table.n, e);
    if (rc == 0)
        rc = outfile_write(w->file, foot, sizeof foot, e);
    if (rc == 0)
        rc = outfile_commit(w->file, done, e);
    else
        outfile_abandon(w->file);
    release(w);
    return rc;
}

/* ---- reading ---- */

static int read_table(struct seekable *s, struct span b, const char *name, struct error *e)
{
    const uint8_t *p = (const uint8_t *)b.p, *foot = p + b.n - FOOTER_BYTES;
    if (b.n < 8 + FOOTER_BYTES || get_le32(foot + 5) != SEEK_MAGIC)
        return error_at(e, ERR_FORMAT, name, b.n, "does not end with a zstd seek table");
    uint64_t n = get_le32(foot), entry = foot[4] & 0x80 ? ENTRY_BYTES + 4 : ENTRY_BYTES, table = n * entry + FOOTER_BYTES;
    if (foot[4] & 0x7C || table + 8 > b.n)
        return error_at(e, ERR_FORMAT, name, b.n - FOOTER_BYTES, "has a seek table that does not fit the file");
    uint64_t end = b.n - table - 8, at = 0;
    const uint8_t *q = p + end;
    if (get_le32(q) != SKIPPABLE || get_le32(q + 4) != table)
        return error_at(e, ERR_FORMAT, name, end, "has a seek table of another length than its frame");
    s->frames = xcalloc(n, sizeof *s->frames);
    for (q += 8; s->n < n; q += entry) {
        struct seekable_frame *f = &s->frames[s->n++];
        *f = (struct seekable_frame){ at, s->bytes, get_le32(q), get_le32(q + 4) };
        if (f->stored_bytes > end - at || f->bytes > SEEKABLE_FRAME_MAX)
            return error_at(e, ERR_FORMAT, name, (uint64_t)(q - p), "has a frame that does not fit the file, or one over %u bytes",
                            SEEKABLE_FRAME_MAX);
        at += f->stored_bytes;
        s->bytes += f->bytes;
    }
    return at == end ? 0 : error_at(e, ERR_FORMAT, name, at, "has bytes that no entry of its seek table covers");
}

int seekable_parse(struct seekable *s, struct span bytes, const char *name, struct error *e)
{
    *s = (struct seekable){ .path = name };
    int rc = read_table(s, bytes, name, e);
    if (rc) {
        free(s->frames);
        *s = (struct seekable){ 0 };
        return rc;
    }
    s->map = bytes;
    s->z = ZSTD_createDCtx();
    return 0;
}

int seekable_open(struct seekable *s, const char *path, struct error *e)
{
    struct span map;
    *s = (struct seekable){ 0 };
    int rc = file_map(path, &map, e);
    if (rc)
        return rc;
    rc = seekable_parse(s, map, path, e);
    if (rc)
        file_unmap(map);
    return rc;
}

void seekable_close(struct seekable *s)
{
    if (s->map.p)
        file_unmap(s->map);
    ZSTD_freeDCtx(s->z);
    free(s->frames);
    buf_release(&s->last);
    *s = (struct seekable){ 0 };
}

int seekable_read(struct seekable *s, uint32_t i, struct buf *out, struct error *e)
{
    const struct seekable_frame *f = &s->frames[i];
    int rc = buf_reserve(out, f->bytes);
    if (rc)
        return error_set(e, ERR_TOO_BIG, s->path, "more than %zu bytes were asked for", out->max);
    size_t n = ZSTD_decompressDCtx(s->z, out->p + out->n, f->bytes, s->map.p + f->stored, f->stored_bytes);
    if (ZSTD_isError(n) || n != f->bytes)
        return error_at(e, ERR_FORMAT, s->path, f->stored, "frame %u is damaged", i);
    out->n += n;
    return 0;
}

static uint32_t frame_at(const struct seekable *s, uint64_t at)
{
    uint32_t lo = 0, hi = s->n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->frames[mid].begin <= at)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Frame i, inflated, in s->last. */
static int hold_frame(struct seekable *s, uint32_t i, struct error *e)
{
    if (s->last_at == i + 1)
        return 0;
    s->last_at = 0;
    buf_reset(&s->last);
    int rc = seekable_read(s, i, &s->last, e);
    if (rc == 0)
        s->last_at = i + 1;
    return rc;
}

int seekable_range(struct seekable *s, uint64_t from, uint64_t n, struct buf *out, struct error *e)
{
    int rc = 0;
    if (from > s->bytes || n > s->bytes - from)
        return error_set(e, ERR_FORMAT, s->path, "ends before what its index says");
    for (uint32_t i = n ? frame_at(s, from) : 0; rc == 0 && n; i++) {
        const struct seekable_frame *f = &s->frames[i];
        uint64_t skip = from - f->begin, take = f->bytes - skip < n ? f->bytes - skip : n;
        rc = hold_frame(s, i, e);
        if (rc == 0 && buf_put(out, s->last.p + skip, (size_t)take))
            rc = error_set(e, ERR_TOO_BIG, s->path, "more than %zu bytes were asked for", out->max);
        from += take;
        n -= take;
    }
    return rc;
}
