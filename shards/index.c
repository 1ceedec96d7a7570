/* index.c - see index.h. */
#include "shards/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/infile.h"

#define MAGIC "SLUICEIX"
#define VERSION 1
#define HEAD_BYTES 64
#define RECORD_BYTES 96
#define NAME_MAX_BYTES (1u << 20)

struct index_writer {
    unsigned token_bytes;
    uint64_t n, tokens, n_frames;
    struct buf records, frames, pool;
    struct span last_warc; /* in the pool: documents of one WARC follow each other */
    uint64_t last_place;
};

struct index_writer *index_new(unsigned token_bytes)
{
    struct index_writer *w = xcalloc(1, sizeof *w);
    w->token_bytes = token_bytes;
    return w;
}

static uint64_t put_name(struct index_writer *w, struct span s)
{
    uint64_t place = w->pool.n;
    buf_span(&w->pool, s);
    return place;
}

static uint64_t put_warc(struct index_writer *w, struct span s)
{
    struct span last = span_of(w->pool.p + w->last_place, w->last_warc.n);
    if (w->n == 0 || !span_eq(last, s)) {
        w->last_place = put_name(w, s);
        w->last_warc.n = s.n;
    }
    return w->last_place;
}

int index_add(struct index_writer *w, const struct shard_doc *d, struct error *e)
{
    uint8_t r[RECORD_BYTES] = { 0 };
    if (d->id.n > NAME_MAX_BYTES || d->warc.n > NAME_MAX_BYTES)
        return error_set(e, ERR_TOO_BIG, NULL, "a record id or input name of more than %u bytes", NAME_MAX_BYTES);
    put_le64(r, w->tokens);
    put_le64(r + 8, d->tokens);
    put_le64(r + 16, d->offset);
    put_le64(r + 24, d->length);
    put_le64(r + 32, d->at);
    put_le32(r + 40, (uint32_t)d->id.n);
    put_le32(r + 44, (uint32_t)d->warc.n);
    put_le64(r + 48, put_name(w, d->id));
    put_le64(r + 56, put_warc(w, d->warc));
    memcpy(r + 64, d->sha256, SHA256_BYTES);
    buf_put(&w->records, r, sizeof r);
    w->n++;
    w->tokens += d->tokens;
    return 0;
}

void index_frame(struct index_writer *w, uint32_t tokens)
{
    uint8_t b[4];
    put_le32(b, tokens);
    buf_put(&w->frames, b, sizeof b);
    w->n_frames++;
}

uint64_t index_tokens(const struct index_writer *w)
{
    return w->tokens;
}

void index_abandon(struct index_writer *w)
{
    if (!w)
        return;
    buf_release(&w->records);
    buf_release(&w->frames);
    buf_release(&w->pool);
    free(w);
}

int index_commit(struct index_writer *w, const char *path, const char *tmp_dir, struct outfile_done *done, struct error *e)
{
    uint8_t head[HEAD_BYTES] = MAGIC;
    struct outfile *f;
    put_le32(head + 8, VERSION);
    put_le32(head + 12, w->token_bytes);
    put_le64(head + 16, w->n);
    put_le64(head + 24, w->tokens);
    put_le64(head + 32, w->n_frames);
    put_le64(head + 40, w->pool.n);
    int rc = outfile_open(&f, path, tmp_dir, 0, e);
    if (rc == 0) {
        rc = outfile_write(f, head, sizeof head, e);
        if (rc == 0)
            rc = outfile_write(f, w->records.p, w->records.n, e);
        if (rc == 0)
            rc = outfile_write(f, w->frames.p, w->frames.n, e);
        if (rc == 0)
            rc = outfile_write(f, w->pool.p, w->pool.n, e);
        if (rc == 0)
            rc = outfile_commit(f, done, e);
        else
            outfile_abandon(f);
    }
    index_abandon(w);
    return rc;
}

/* ---- reading ---- */

static const uint8_t *record(const struct shard_index *x, uint64_t i)
{
    return x->records + i * RECORD_BYTES;
}

static bool in_pool(const struct shard_index *x, const uint8_t *place, const uint8_t *bytes)
{
    uint64_t at = get_le64(place);
    return at <= x->pool.n && get_le32(bytes) <= x->pool.n - at;
}

static int check(const struct shard_index *x, const char *name, struct error *e)
{
    uint64_t at = 0, frames = 0;
    for (uint64_t i = 0; i < x->n; i++) {
        const uint8_t *r = record(x, i);
        if (get_le64(r) != at || get_le64(r + 8) > x->tokens - at || !in_pool(x, r + 48, r + 40) || !in_pool(x, r + 56, r + 44))
            return error_at(e, ERR_FORMAT, name, HEAD_BYTES + i * RECORD_BYTES, "document %llu does not follow the one before it",
                            (unsigned long long)i);
        at += get_le64(r + 8);
    }
    for (uint64_t i = 0; i < x->n_frames; i++)
        frames += index_frame_tokens(x, i);
    if (at != x->tokens || (x->n_frames && frames != x->tokens))
        return error_at(e, ERR_FORMAT, name, 24, "its documents or frames do not sum up to its tokens");
    return 0;
}

int index_parse(struct shard_index *x, struct span bytes, const char *name, struct error *e)
{
    *x = (struct shard_index){ 0 };
    const uint8_t *p = (const uint8_t *)bytes.p;
    if (bytes.n < HEAD_BYTES || memcmp(p, MAGIC, 8) != 0 || get_le32(p + 8) != VERSION)
        return error_at(e, ERR_FORMAT, name, 0, "is not a document index of this version");
    x->token_bytes = get_le32(p + 12);
    x->n = get_le64(p + 16);
    x->tokens = get_le64(p + 24);
    x->n_frames = get_le64(p + 32);
    uint64_t pool = get_le64(p + 40), room = bytes.n - HEAD_BYTES;
    if ((x->token_bytes != 2 && x->token_bytes != 4) || x->n > room / RECORD_BYTES || x->n_frames > room / 4 || pool > room ||
        x->n * RECORD_BYTES + x->n_frames * 4 + pool != room)
        return error_at(e, ERR_FORMAT, name, 12, "is cut short, or its counts do not fit its size");
    x->records = p + HEAD_BYTES;
    x->frames = x->records + x->n * RECORD_BYTES;
    x->pool = span_of((const char *)x->frames + x->n_frames * 4, (size_t)pool);
    return check(x, name, e);
}

int index_peek(const char *path, uint64_t *documents, uint64_t *tokens, struct error *e)
{
    struct span map;
    int rc = file_map(path, &map, e);
    if (rc)
        return rc;
    const uint8_t *p = (const uint8_t *)map.p;
    if (map.n < HEAD_BYTES || memcmp(p, MAGIC, 8) != 0 || get_le32(p + 8) != VERSION) {
        rc = error_at(e, ERR_FORMAT, path, 0, "is not a document index of this version");
    } else {
        *documents = get_le64(p + 16);
        *tokens = get_le64(p + 24);
        if (*documents > map.n / RECORD_BYTES)
            rc = error_at(e, ERR_FORMAT, path, 16, "is cut short, or its counts do not fit its size");
    }
    file_unmap(map);
    return rc;
}

int index_open(struct shard_index *x, const char *path, struct error *e)
{
    struct span map;
    *x = (struct shard_index){ 0 };
    int rc = file_map(path, &map, e);
    if (rc)
        return rc;
    rc = index_parse(x, map, path, e);
    if (rc)
        file_unmap(map);
    else
        x->map = map;
    return rc;
}

void index_close(struct shard_index *x)
{
    if (x->map.p)
        file_unmap(x->map);
    *x = (struct shard_index){ 0 };
}

void index_doc(const struct shard_index *x, uint64_t i, struct shard_doc *d)
{
    const uint8_t *r = record(x, i);
    *d = (struct shard_doc){
        .first_token = get_le64(r), .tokens = get_le64(r + 8), .offset = get_le64(r + 16), .length = get_le64(r + 24),
        .at = get_le64(r + 32), .id = span_of(x->pool.p + get_le64(r + 48), get_le32(r + 40)),
        .warc = span_of(x->pool.p + get_le64(r + 56), get_le32(r + 44)),
    };
    memcpy(d->sha256, r + 64, SHA256_BYTES);
}

uint32_t index_frame_tokens(const struct shard_index *x, uint64_t frame)
{
    return get_le32(x->frames + frame * 4);
}

bool index_find(const struct shard_index *x, uint64_t token, uint64_t *i)
{
    uint64_t lo = 0, hi = x->n; /* the last document that begins at or before the token and has any */
    if (token >= x->tokens)
        return false;
    while (hi - lo > 1) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (get_le64(record(x, mid)) <= token)
            lo = mid;
        else
            hi = mid;
    }
    *i = lo;
    return true;
}
