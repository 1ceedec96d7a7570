/*
 * sigfile.c - writing signature files; see sigfile.h.
 *
 *   header   64 bytes   "sluicsig", u32 version 1, u32 bands, 32 bytes digest of the parameters, 16 zero
 *   blocks              n x 40 meta, n x 32 text digests, n x 16 URL hashes, bands x (n x 16) band hashes, pool
 *   index               a block: u64 offset, u32 documents, u32 pool bytes
 *   footer   32 bytes   u64 blocks, u64 documents, u64 offset of the index, "sluicend"
 *   meta     40 bytes   i64 date, u32 nanoseconds, u32 flags, u64 length, u32 place in the pool, u32 bytes of
 *                       the id, u32 bytes of the key behind it, u32 zero
 *
 * Columns let a task of `group` read its band and nothing else.
 */
#include "pipeline/dedup/sigfile_layout.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/utf8.h"
#include "pipeline/dedup/date.h"

struct sigfile_writer {
    struct outfile *f;
    const struct dedup_settings *settings;
    struct dedup_settings *own; /* when we opened them ourselves */
    struct signer *signer;
    uint64_t *sig;
    unsigned n_bands;
    uint8_t *meta, *text, *url, *bands; /* columns of the block that is being filled; bands as rows of the block's capacity */
    size_t n;
    struct buf pool, index;
    uint64_t n_documents, n_blocks;
};

/* ---- records ---- */

void sig_record_of(const struct document *d, struct sig_record *r)
{
    uint8_t digest[SHA256_BYTES];
    *r = (struct sig_record){ .length = utf8_count(d->text), .id = d->id };
    if (d->date.p && date_parse(d->date, &r->date, &r->date_ns))
        r->flags |= SIG_DATE;
    sha256_of(d->text, r->text);
    if (d->url.n) {
        sha256_of(d->url, digest);
        memcpy(r->url, digest, KEY_BYTES);
        r->flags |= SIG_URL;
    }
}

/* Equal bands of different places must not meet, so the band's number goes in front. */
void sig_bands_of(const struct minhash_params *p, const uint64_t *sig, uint8_t *bands)
{
    uint8_t bytes[4 + 8 * MINHASH_MAX_PERM], digest[SHA256_BYTES];
    for (unsigned i = 0; i < p->bands; i++) {
        put_le32(bytes, i);
        for (unsigned j = 0; j < p->rows; j++)
            put_le64(bytes + 4 + 8 * j, sig[i * p->rows + j]);
        sha256_of(span_of((const char *)bytes, 4 + 8 * p->rows), digest);
        memcpy(bands + i * KEY_BYTES, digest, KEY_BYTES);
    }
}

/* ---- the file ---- */

static int put_header(struct sigfile_writer *w, struct error *e)
{
    uint8_t h[SIG_HEADER] = { 0 };
    memcpy(h, SIG_MAGIC, 8);
    put_le32(h + 8, SIG_VERSION);
    put_le32(h + 12, w->n_bands);
    dedup_settings_digest(w->settings, h + 16);
    return outfile_write(w->f, h, sizeof h, e);
}

int sigfile_begin(struct sigfile_writer **out, const struct dedup_settings *s, const char *path, const char *tmp_dir,
                  struct error *e)
{
    struct sigfile_writer *w = xcalloc(1, sizeof *w);
    w->settings = s;
    w->n_bands = s->minhash.bands;
    w->meta = xcalloc(SIG_BLOCK_MAX, SIG_META);
    w->text = xcalloc(SIG_BLOCK_MAX, SHA256_BYTES);
    w->url = xcalloc(SIG_BLOCK_MAX, KEY_BYTES);
    w->bands = xcalloc((size_t)w->n_bands * SIG_BLOCK_MAX, KEY_BYTES);
    int rc = outfile_open(&w->f, path, tmp_dir, 0, e);
    if (rc == 0)
        rc = put_header(w, e);
    if (rc)
        sigfile_abandon(w);
    else
        *out = w;
    return rc;
}

int sigfile_create(struct sigfile_writer **out, const struct config *c, const char *path, const char *tmp_dir, struct error *e)
{
    struct dedup_settings *s = xcalloc(1, sizeof *s);
    int rc = dedup_settings_open(s, c, e);
    if (rc == 0)
        rc = sigfile_begin(out, s, path, tmp_dir, e);
    if (rc == 0) {
        (*out)->own = s;
        return 0;
    }
    dedup_settings_release(s);
    free(s);
    return rc;
}

static int flush_block(struct sigfile_writer *w, struct error *e)
{
    uint8_t entry[SIG_ENTRY];
    if (w->n == 0)
        return 0;
    put_le64(entry, outfile_offset(w->f));
    put_le32(entry + 8, (uint32_t)w->n);
    put_le32(entry + 12, (uint32_t)w->pool.n);
    buf_put(&w->index, entry, sizeof entry);
    int rc = outfile_write(w->f, w->meta, w->n * SIG_META, e);
    if (rc == 0)
        rc = outfile_write(w->f, w->text, w->n * SHA256_BYTES, e);
    if (rc == 0)
        rc = outfile_write(w->f, w->url, w->n * KEY_BYTES, e);
    for (unsigned i = 0; rc == 0 && i < w->n_bands; i++)
        rc = outfile_write(w->f, w->bands + (size_t)i * SIG_BLOCK_MAX * KEY_BYTES, w->n * KEY_BYTES, e);
    if (rc == 0)
        rc = outfile_write(w->f, w->pool.p, w->pool.n, e);
    w->n_documents += w->n;
    w->n_blocks++;
    w->n = 0;
    buf_reset(&w->pool);
    return rc;
}

static void put_meta(uint8_t *m, const struct sig_record *r, size_t pool)
{
    put_le64(m, (uint64_t)r->date);
    put_le32(m + 8, r->date_ns);
    put_le32(m + 12, r->flags);
    put_le64(m + 16, r->length);
    put_le32(m + 24, (uint32_t)pool);
    put_le32(m + 28, (uint32_t)r->id.n);
    put_le32(m + 32, (uint32_t)r->key.n);
    put_le32(m + 36, 0);
}

int sigfile_put(struct sigfile_writer *w, const struct sig_record *r, struct error *e)
{
    if (r->id.n > SIG_POOL_MAX || r->key.n > SIG_POOL_MAX)
        return error_set(e, ERR_TOO_BIG, NULL, "an id is longer than %u bytes", SIG_POOL_MAX);
    size_t i = w->n;
    put_meta(w->meta + i * SIG_META, r, w->pool.n);
    buf_span(&w->pool, r->id);
    buf_span(&w->pool, r->key);
    memcpy(w->text + i * SHA256_BYTES, r->text, SHA256_BYTES);
    memcpy(w->url + i * KEY_BYTES, r->url, KEY_BYTES);
    for (unsigned b = 0; b < w->n_bands; b++) {
        uint8_t *to = w->bands + ((size_t)b * SIG_BLOCK_MAX + i) * KEY_BYTES;
        if (r->flags & SIG_BANDS)
            memcpy(to, r->bands + (size_t)b * KEY_BYTES, KEY_BYTES);
        else
            memset(to, 0, KEY_BYTES);
    }
    w->n++;
    return w->n == SIG_BLOCK_MAX || w->pool.n >= SIG_POOL_FLUSH ? flush_block(w, e) : 0;
}

int sigfile_add(struct sigfile_writer *w, const struct document *d, struct error *e)
{
    const struct minhash_params *p = &w->settings->minhash;
    uint8_t bands[KEY_BYTES * MINHASH_MAX_PERM];
    struct sig_record r;
    sig_record_of(d, &r);
    if (w->n_bands) {
        if (!w->signer) {
            w->signer = signer_new(p);
            w->sig = xcalloc(p->n_perm, sizeof *w->sig);
        }
        int rc = minhash_sign(w->signer, d->text, w->sig, e);
        if (rc < 0)
            return rc;
        if (rc > 0) {
            sig_bands_of(p, w->sig, bands);
            r.bands = bands;
            r.flags |= SIG_BANDS;
        }
    }
    return sigfile_put(w, &r, e);
}

uint64_t sigfile_count(const struct sigfile_writer *w)
{
    return w->n_documents + w->n;
}

static void dispose(struct sigfile_writer *w)
{
    signer_free(w->signer);
    free(w->sig);
    free(w->meta);
    free(w->text);
    free(w->url);
    free(w->bands);
    buf_release(&w->pool);
    buf_release(&w->index);
    if (w->own) {
        dedup_settings_release(w->own);
        free(w->own);
    }
    free(w);
}

void sigfile_abandon(struct sigfile_writer *w)
{
    if (!w)
        return;
    outfile_abandon(w->f);
    dispose(w);
}

int sigfile_commit(struct sigfile_writer *w, struct outfile_done *done, struct error *e)
{
    uint8_t footer[SIG_FOOTER];
    int rc = flush_block(w, e);
    uint64_t at = outfile_offset(w->f);
    put_le64(footer, w->n_blocks);
    put_le64(footer + 8, w->n_documents);
    put_le64(footer + 16, at);
    memcpy(footer + 24, SIG_END, 8);
    if (rc == 0)
        rc = outfile_write(w->f, w->index.p, w->index.n, e);
    if (rc == 0)
        rc = outfile_write(w->f, footer, sizeof footer, e);
    if (rc == 0)
        rc = outfile_commit(w->f, done, e);
    else
        outfile_abandon(w->f);
    dispose(w);
    return rc;
}
