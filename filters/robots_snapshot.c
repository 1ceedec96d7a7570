/* robots_snapshot.c - see robots_snapshot.h: reading. */
#include "filters/robots_snapshot.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"

/* A file up to this size is checked whole when it is opened; a larger one entry by entry. */
#define CHECK_WHOLE (64u << 20)

struct robots_snapshot {
    struct span bytes, entries, keys, bodies;
    uint64_t n;
    char *path;
    bool mapped;
};

static const uint8_t *at(struct span s, size_t i)
{
    return (const uint8_t *)s.p + i;
}

static bool part(struct span whole, uint64_t from, uint64_t n, struct span *out)
{
    if (from < SNAPSHOT_HEADER || from > whole.n || n > whole.n - from)
        return false;
    *out = span_of(whole.p + from, n);
    return true;
}

static bool digest_is(struct span s, const uint8_t want[SHA256_BYTES])
{
    uint8_t have[SHA256_BYTES];
    sha256_of(s, have);
    return memcmp(have, want, sizeof have) == 0;
}

static bool date_is(const uint8_t *p)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? !ascii_digit((char)p[i]) : p[i] != form[i])
            return false;
    return p[sizeof form - 1] == 0;
}

static const char *fault(struct robots_snapshot *s)
{
    struct span b = s->bytes;
    if (b.n < SNAPSHOT_HEADER || memcmp(b.p, SNAPSHOT_MAGIC, 8) != 0)
        return "is not a robots snapshot";
    if (get_le32(at(b, 8)) != SNAPSHOT_VERSION || get_le32(at(b, 12)) != SNAPSHOT_HEADER)
        return "is a robots snapshot of another version";
    if (get_le64(at(b, 64)) != b.n)
        return "is cut short";
    if (!digest_is(span_head(b, 128), at(b, 128)))
        return "is damaged in its header";
    s->n = get_le64(at(b, 16));
    if (s->n > b.n / SNAPSHOT_ENTRY || !part(b, get_le64(at(b, 24)), s->n * SNAPSHOT_ENTRY, &s->entries) ||
        !part(b, get_le64(at(b, 32)), get_le64(at(b, 40)), &s->keys) ||
        !part(b, get_le64(at(b, 48)), get_le64(at(b, 56)), &s->bodies) || !date_is(at(b, 72)))
        return "is damaged in its header";
    if (b.n <= CHECK_WHOLE && !digest_is(span_from(b, SNAPSHOT_HEADER), at(b, 96)))
        return "does not have the digest its header gives";
    return NULL;
}

int snapshot_use(struct robots_snapshot **out, struct span bytes, const char *name, struct error *e)
{
    struct robots_snapshot *s = xcalloc(1, sizeof *s);
    s->bytes = bytes;
    s->path = xstrdup(name);
    const char *what = fault(s);
    if (what) {
        snapshot_close(s);
        return error_set(e, ERR_FORMAT, name, "%s; make it again with sluice robots build", what);
    }
    *out = s;
    return 0;
}

int snapshot_open(struct robots_snapshot **out, const char *path, struct error *e)
{
    struct span bytes;
    int rc = file_map(path, &bytes, e);
    if (rc)
        return rc;
    rc = snapshot_use(out, bytes, path, e);
    if (rc)
        file_unmap(bytes);
    else
        (*out)->mapped = true;
    return rc;
}

void snapshot_close(struct robots_snapshot *s)
{
    if (!s)
        return;
    if (s->mapped)
        file_unmap(s->bytes);
    free(s->path);
    free(s);
}

struct span snapshot_date(const struct robots_snapshot *s)
{
    return span_of(s->bytes.p + 72, 20);
}

uint64_t snapshot_hosts(const struct robots_snapshot *s)
{
    return s->n;
}

const char *snapshot_path(const struct robots_snapshot *s)
{
    return s->path;
}

void snapshot_digest(const struct robots_snapshot *s, char out[SHA256_HEX + 1])
{
    sha256_hex_of(s->bytes, out);
}

static bool key_of(const struct robots_snapshot *s, uint64_t i, struct span *key)
{
    const uint8_t *p = at(s->entries, i * SNAPSHOT_ENTRY);
    uint64_t from = get_le64(p), n = get_le32(p + 8);
    if (from > s->keys.n || n > s->keys.n - from)
        return false;
    *key = span_of(s->keys.p + from, n);
    return true;
}

static bool entry(const struct robots_snapshot *s, uint64_t i, struct span key, struct robots_entry *out)
{
    const uint8_t *p = at(s->entries, i * SNAPSHOT_ENTRY);
    if (hash_xxh64(span_of((const char *)p, 88), hash_xxh64(key, 0)) != get_le64(p + 88))
        return false;
    uint64_t from = get_le64(p + 16), n = get_le32(p + 24);
    if (from > s->bodies.n || n > s->bodies.n - from || !date_is(p + 64))
        return false;
    *out = (struct robots_entry){
        .key = key,
        .body = span_of(s->bodies.p + from, n),
        .status = get_le16(p + 12),
        .host = (enum robots_host)get_le16(p + 14),
        .hops = get_le32(p + 28),
        .date = span_of((const char *)p + 64, 20),
    };
    hex_put(p + 32, SHA256_BYTES, out->sha256);
    return out->host >= ROBOTS_HOST_RULES && out->host <= ROBOTS_HOST_REFUSED && digest_is(out->body, p + 32);
}

int snapshot_find(const struct robots_snapshot *s, struct span key, struct robots_entry *out, struct error *e)
{
    uint64_t low = 0, high = s->n;
    struct span have;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (!key_of(s, mid, &have))
            return error_set(e, ERR_FORMAT, s->path, "is damaged; make it again with sluice robots build");
        int c = span_cmp(have, key);
        if (c == 0)
            return entry(s, mid, have, out)
                       ? 1
                       : error_set(e, ERR_FORMAT, s->path,
                                   "is damaged; make it again with sluice robots build");
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return 0;
}
