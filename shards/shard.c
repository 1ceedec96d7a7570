/* shard.c - see shard.h. */
#include "shards/shard.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

struct shard_writer {
    struct shard_options o;
    struct seekable_writer data;
    struct index_writer *index;
    char *idx, *tmp_dir;
    struct buf frame;
};

int shard_create(struct shard_writer **out, const char *zst, const char *idx, const char *tmp_dir, const struct shard_options *o,
                 struct error *e)
{
    struct shard_writer *w = xcalloc(1, sizeof *w);
    w->o = *o;
    int rc = seekable_create(&w->data, zst, tmp_dir, o->level, e);
    if (rc) {
        free(w);
        return rc;
    }
    w->index = index_new(o->token_bytes);
    w->idx = xstrdup(idx);
    w->tmp_dir = tmp_dir ? xstrdup(tmp_dir) : NULL;
    *out = w;
    return 0;
}

static int cut(struct shard_writer *w, struct error *e)
{
    if (w->frame.n == 0)
        return 0;
    index_frame(w->index, (uint32_t)(w->frame.n / w->o.token_bytes));
    int rc = seekable_frame(&w->data, buf_view(&w->frame), e);
    buf_reset(&w->frame);
    return rc;
}

int shard_begin(struct shard_writer *w, const struct shard_doc *d, struct error *e)
{
    uint64_t bytes = d->tokens * w->o.token_bytes;
    int rc = 0;
    if (w->frame.n >= w->o.frame_bytes / 4 && bytes > w->o.frame_bytes - w->frame.n)
        rc = cut(w, e);
    return rc ? rc : index_add(w->index, d, e);
}

int shard_put(struct shard_writer *w, const void *tokens, size_t bytes, struct error *e)
{
    const char *p = tokens;
    size_t most = w->o.frame_bytes - w->o.frame_bytes % w->o.token_bytes;
    int rc = 0;
    while (rc == 0 && bytes) {
        size_t take = most - w->frame.n < bytes ? most - w->frame.n : bytes;
        buf_put(&w->frame, p, take);
        p += take;
        bytes -= take;
        if (w->frame.n == most)
            rc = cut(w, e);
    }
    return rc;
}

static void release(struct shard_writer *w)
{
    free(w->idx);
    free(w->tmp_dir);
    buf_release(&w->frame);
    free(w);
}

void shard_abandon(struct shard_writer *w)
{
    if (!w)
        return;
    seekable_abandon(&w->data);
    index_abandon(w->index);
    release(w);
}

int shard_commit(struct shard_writer *w, struct outfile_done *zst, struct outfile_done *idx, struct error *e)
{
    int rc = cut(w, e);
    if (rc) {
        shard_abandon(w);
        return rc;
    }
    rc = seekable_commit(&w->data, zst, e);
    if (rc == 0)
        rc = index_commit(w->index, w->idx, w->tmp_dir, idx, e);
    else
        index_abandon(w->index);
    release(w);
    return rc;
}

/* ---- reading ---- */

/* The index's frame cuts are those of the seek table. */
static int check_frames(const struct shard *s, const char *idx, struct error *e)
{
    bool fits = s->index.n_frames == s->data.n && s->index.tokens * s->index.token_bytes == s->data.bytes;
    for (uint32_t i = 0; fits && i < s->data.n; i++)
        fits = (uint64_t)index_frame_tokens(&s->index, i) * s->index.token_bytes == s->data.frames[i].bytes;
    return fits ? 0 : error_set(e, ERR_FORMAT, idx, "does not fit its shard: other frames or tokens");
}

int shard_open(struct shard *s, const char *zst, const char *idx, struct error *e)
{
    *s = (struct shard){ .zst = xstrdup(zst) };
    int rc = seekable_open(&s->data, s->zst, e);
    if (rc == 0)
        rc = index_open(&s->index, idx, e);
    if (rc == 0)
        rc = check_frames(s, idx, e);
    if (rc)
        shard_close(s);
    return rc;
}

void shard_close(struct shard *s)
{
    index_close(&s->index);
    seekable_close(&s->data);
    free(s->zst);
    *s = (struct shard){ 0 };
}

int shard_tokens(struct shard *s, const struct shard_doc *d, struct buf *out, struct error *e)
{
    uint64_t width = s->index.token_bytes;
    return seekable_range(&s->data, d->first_token * width, d->tokens * width, out, e);
}

void shard_widen(struct span stored, unsigned token_bytes, struct buf *out)
{
    const uint8_t *p = (const uint8_t *)stored.p;
    for (size_t i = 0; i + token_bytes <= stored.n; i += token_bytes) {
        uint32_t id = token_bytes == 2 ? get_le16(p + i) : get_le32(p + i);
        buf_put(out, &id, sizeof id);
    }
}
