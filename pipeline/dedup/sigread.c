/* sigread.c - reading signature files; see sigfile.h, and sigfile.c for the layout. */
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/sigfile_layout.h"

static int damaged(const struct sigfile *f, uint64_t at, const char *what, struct error *e)
{
    return error_at(e, ERR_FORMAT, f->path, at, "is not a whole signature file (%s); remove it and prepare that part again", what);
}

static const uint8_t *bytes_at(const struct sigfile *f, uint64_t at)
{
    return (const uint8_t *)f->map.p + at;
}

static uint64_t block_bytes(const struct sigfile *f, uint64_t n)
{
    return n * (SIG_META + SHA256_BYTES + KEY_BYTES + (uint64_t)f->n_bands * KEY_BYTES);
}

static int read_header(struct sigfile *f, const uint8_t *digest, struct error *e)
{
    if (f->map.n < SIG_HEADER + SIG_FOOTER || memcmp(f->map.p, SIG_MAGIC, 8) != 0)
        return damaged(f, 0, "no header", e);
    if (get_le32(bytes_at(f, 8)) != SIG_VERSION)
        return damaged(f, 8, "another version", e);
    f->n_bands = get_le32(bytes_at(f, 12));
    if (f->n_bands > MINHASH_MAX_PERM)
        return damaged(f, 12, "too many bands", e);
    if (digest && memcmp(bytes_at(f, 16), digest, SHA256_BYTES) != 0)
        return error_set(e, ERR_FORMAT, f->path, "was made with other settings of section dedup; prepare that part again");
    return 0;
}

/* Blocks follow each other without a gap, from the header to the index. */
static int read_block(struct sigfile *f, size_t i, uint64_t index_at, uint64_t *at, struct error *e)
{
    const uint8_t *entry = bytes_at(f, index_at + (uint64_t)i * SIG_ENTRY);
    uint64_t n = get_le32(entry + 8), pool = get_le32(entry + 12);
    if (get_le64(entry) != *at || n == 0 || n > SIG_BLOCK_MAX || block_bytes(f, n) + pool > index_at - *at)
        return damaged(f, index_at + (uint64_t)i * SIG_ENTRY, "index", e);
    struct sig_block *b = &f->blocks[i];
    b->first = f->n;
    b->n = n;
    b->meta = bytes_at(f, *at);
    b->text = b->meta + n * SIG_META;
    b->url = b->text + n * SHA256_BYTES;
    b->bands = b->url + n * KEY_BYTES;
    b->pool = span_of((const char *)b->bands + (size_t)f->n_bands * n * KEY_BYTES, pool);
    f->n += n;
    *at += block_bytes(f, n) + pool;
    return 0;
}

static int read_index(struct sigfile *f, struct error *e)
{
    uint64_t footer = f->map.n - SIG_FOOTER;
    uint64_t blocks = get_le64(bytes_at(f, footer)), index_at = get_le64(bytes_at(f, footer + 16)), at = SIG_HEADER;
    if (memcmp(bytes_at(f, footer + 24), SIG_END, 8) != 0)
        return damaged(f, footer, "no footer", e);
    if (index_at < SIG_HEADER || index_at > footer || (footer - index_at) % SIG_ENTRY || blocks != (footer - index_at) / SIG_ENTRY)
        return damaged(f, footer, "footer", e);
    f->n_blocks = blocks;
    f->blocks = xcalloc(blocks, sizeof *f->blocks);
    for (size_t i = 0; i < blocks; i++) {
        int rc = read_block(f, i, index_at, &at, e);
        if (rc)
            return rc;
    }
    if (at != index_at || f->n != get_le64(bytes_at(f, footer + 8)))
        return damaged(f, footer, "count", e);
    return 0;
}

int sigfile_parse(struct sigfile *f, struct span bytes, const char *name, const uint8_t digest[SHA256_BYTES], struct error *e)
{
    *f = (struct sigfile){ .map = bytes, .path = xstrdup(name) };
    int rc = read_header(f, digest, e);
    if (rc == 0)
        rc = read_index(f, e);
    if (rc) {
        f->map = (struct span){ 0 };
        sigfile_close(f);
    }
    return rc;
}

int sigfile_open(struct sigfile *f, const char *path, const uint8_t digest[SHA256_BYTES], struct error *e)
{
    struct span bytes;
    *f = (struct sigfile){ 0 };
    int rc = file_map(path, &bytes, e);
    if (rc)
        return rc;
    rc = sigfile_parse(f, bytes, path, digest, e);
    if (rc)
        file_unmap(bytes);
    return rc;
}

void sigfile_close(struct sigfile *f)
{
    file_unmap(f->map);
    free(f->path);
    free(f->blocks);
    *f = (struct sigfile){ 0 };
}

static const struct sig_block *block_of(const struct sigfile *f, uint64_t ordinal)
{
    size_t lo = 0, hi = f->n_blocks - 1;
    while (lo < hi) {
        size_t mid = lo + (hi - lo + 1) / 2;
        if (f->blocks[mid].first <= ordinal)
            lo = mid;
        else
            hi = mid - 1;
    }
    return &f->blocks[lo];
}

int sigfile_record(const struct sigfile *f, uint64_t ordinal, struct sig_record *r, struct error *e)
{
    const struct sig_block *b = block_of(f, ordinal);
    size_t i = ordinal - b->first;
    const uint8_t *m = b->meta + i * SIG_META;
    *r = (struct sig_record){ .date = (int64_t)get_le64(m), .date_ns = get_le32(m + 8), .flags = get_le32(m + 12),
                              .length = get_le64(m + 16) };
    uint64_t at = get_le32(m + 24), id_n = get_le32(m + 28), key_n = get_le32(m + 32);
    if (at + id_n + key_n > b->pool.n)
        return damaged(f, (uint64_t)((const char *)m - f->map.p), "id", e);
    r->id = span_of(b->pool.p + at, id_n);
    r->key = span_of(b->pool.p + at + id_n, key_n);
    memcpy(r->text, b->text + i * SHA256_BYTES, SHA256_BYTES);
    memcpy(r->url, b->url + i * KEY_BYTES, KEY_BYTES);
    return 0;
}

const uint8_t *sig_block_key(const struct sig_block *b, size_t i, enum dedup_kind kind, unsigned band)
{
    uint32_t flags = get_le32(b->meta + i * SIG_META + 12);
    switch (kind) {
    case DEDUP_TEXT: return b->text + i * SHA256_BYTES;
    case DEDUP_URL: return flags & SIG_URL ? b->url + i * KEY_BYTES : NULL;
    case DEDUP_MINHASH: return flags & SIG_BANDS ? b->bands + ((size_t)band * b->n + i) * KEY_BYTES : NULL;
    default: return NULL;
    }
}
