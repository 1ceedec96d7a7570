/* robots_build.c - captures to a snapshot: see robots_snapshot.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "filters/robots_snapshot.h"

#define MAX_HOPS 5      /* RFC 9309 2.3.1.2 */
#define MAX_URL 8192    /* bytes of a capture's or target's URL; longer ones are no place for robots.txt */

struct capture {
    char *url;    /* authority key, path, query */
    char *target; /* of a redirect, the same form; NULL: none */
    char date[32], stored_date[SNAPSHOT_DATE];
    uint8_t sha[SHA256_BYTES];
    uint64_t at; /* of the body in the spool */
    uint32_t n;
    int status;
};

struct robots_builder {
    char *path;
    int spool;
    uint64_t spooled;
    struct capture *v;
    size_t n, cap;
    char **wanted; /* sorted */
    size_t n_wanted, cap_wanted;
    unsigned pass;
    uint64_t captures;
};

int builder_new(struct robots_builder **out, const char *path, struct error *e)
{
    char *name = xasprintf("%s.%ld.spool", path, (long)getpid());
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        int rc = error_errno(e, ERR_IO, name, "cannot create; is the folder there and writable?");
        free(name);
        return rc;
    }
    unlink(name);
    free(name);
    *out = xcalloc(1, sizeof **out);
    (*out)->path = xstrdup(path);
    (*out)->spool = fd;
    return 0;
}

void builder_free(struct robots_builder *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n; i++) {
        free(b->v[i].url);
        free(b->v[i].target);
    }
    for (size_t i = 0; i < b->n_wanted; i++)
        free(b->wanted[i]);
    close(b->spool);
    free(b->wanted);
    free(b->v);
    free(b->path);
    free(b);
}

/* "/a/./b/../c" -> "/a/c" (RFC 3986 5.2.4), in place; the path begins with '/'. */
static void remove_dots(struct buf *b, size_t from)
{
    size_t to = from;
    for (size_t i = from; i < b->n;) {
        size_t end = i + 1;
        while (end < b->n && b->p[end] != '/')
            end++;
        struct span segment = span_of(b->p + i + 1, end - i - 1);
        bool last = end == b->n;
        if (span_is(segment, "..")) {
            while (to > from && b->p[--to] != '/')
                ;
            if (last)
                b->p[to++] = '/';
        } else if (span_is(segment, ".")) {
            if (last)
                b->p[to++] = '/';
        } else {
            memmove(b->p + to, b->p + i, end - i);
            to += end - i;
        }
        i = end;
    }
    b->n = to;
}

/* Authority key, path ("/" if empty) and query: how a URL is told from another here.  NULL: not http(s). */
static char *canonical(struct span s)
{
    struct url u;
    struct buf b = { 0 };
    char *out = NULL;
    s = url_trim(s);
    if (s.n <= MAX_URL && url_parse(s, &u) && (span_isi(u.scheme, "http") || span_isi(u.scheme, "https")) &&
        url_authority_key(s, &b)) {
        size_t from = b.n;
        buf_span(&b, u.path.n ? u.path : SPAN("/"));
        remove_dots(&b, from);
        if (u.query.p) {
            buf_putc(&b, '?');
            buf_span(&b, u.query);
        }
        out = memchr(b.p, 0, b.n) ? NULL : xmemdup0(b.p, b.n);
    }
    buf_release(&b);
    return out;
}

/* Where `location` leads from `base` (RFC 3986 5.2).  NULL: nowhere that can hold a robots.txt. */
static char *resolve(struct span base, struct span location)
{
    struct url u, l;
    struct buf b = { 0 };
    char *out = NULL;
    location = span_trim(span_head(location, span_chr(location, '#', 0)));
    if (location.n > MAX_URL || !url_parse(base, &u))
        return NULL;
    if (url_parse(location, &l)) {
        buf_span(&b, location);
    } else if (span_starts(location, "//")) {
        buf_span(&b, u.scheme);
        buf_putc(&b, ':');
        buf_span(&b, location);
    } else {
        size_t query = span_chr(location, '?', 0);
        url_authority_key(base, &b);
        struct span path = span_head(location, query);
        if (path.n == 0) {
            buf_span(&b, u.path.n ? u.path : SPAN("/"));
        } else {
            const char *slash = u.path.n ? memrchr(u.path.p, '/', u.path.n) : NULL;
            if (path.p[0] != '/')
                buf_span(&b, slash ? span_head(u.path, (size_t)(slash - u.path.p) + 1) : SPAN("/"));
            buf_span(&b, path);
        }
        buf_span(&b, span_from(location, query));
    }
    out = canonical(buf_view(&b));
    buf_release(&b);
    return out;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* "scheme://authority/robots.txt", whole. */
static bool is_robots(const char *url)
{
    const char *host = strstr(url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
    return path && strcmp(path, "/robots.txt") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_wanted(const struct robots_builder *b, const char *url)
{
    return b->n_wanted && bsearch(&url, b->wanted, b->n_wanted, sizeof *b->wanted, by_name);
}

/* To the second, "Z" behind; false if it is no full date (a capture without one is no evidence). */
static bool take_date(struct capture *c, struct span date)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    date = span_trim(date);
    if (date.n < sizeof form - 1 || date.n > sizeof c->date)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? !ascii_digit(date.p[i]) : date.p[i] != form[i])
            return false;
    memcpy(c->date, date.p, date.n - (date.p[date.n - 1] == 'Z'));
    memcpy(c->stored_date, date.p, sizeof form - 1);
    c->stored_date[sizeof form - 1] = 'Z';
    return true;
}

static int spool(struct robots_builder *b, struct capture *c, struct span body, struct error *e)
{
    c->at = b->spooled;
    c->n = (uint32_t)body.n;
    for (size_t done = 0; done < body.n;) {
        ssize_t k = pwrite(b->spool, body.p + done, body.n - done, (off_t)(c->at + done));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return error_errno(e, ERR_IO, b->path, "cannot write beside it; is the disk full?");
        done += (size_t)k;
    }
    b->spooled += body.n;
    return 0;
}

bool builder_takes(const struct robots_builder *b, struct span url)
{
    char *key = canonical(url);
    bool take = key && (b->pass == 0 ? is_robots(key) : is_wanted(b, key));
    free(key);
    return take;
}

int builder_add(struct robots_builder *b, const struct robots_capture *in, struct error *e)
{
    struct capture c = { .status = in->status };
    struct span body = in->status / 100 == 2 ? span_head(in->body, SNAPSHOT_MAX_BODY) : span_of("", 0);
    c.url = canonical(in->url);
    bool take = c.url && take_date(&c, in->date) && (b->pass == 0 ? is_robots(c.url) : is_wanted(b, c.url));
    if (!take) {
        free(c.url);
        return 0;
    }
    b->captures += b->pass == 0;
    sha256_of(body, c.sha);
    if (is_redirect(in->status) && in->location.p)
        c.target = resolve(span_cstr(c.url), in->location);
    int rc = spool(b, &c, body, e);
    GROW(b->v, b->n, b->cap);
    b->v[b->n++] = c;
    return rc;
}

/* By URL; then the one that counts first: latest, larger digest, and the rest only to make the order total. */
static int by_url(const void *x, const void *y)
{
    const struct capture *a = x, *b = y;
    int c = strcmp(a->url, b->url);
    if (c == 0)
        c = -strcmp(a->date, b->date);
    if (c == 0)
        c = -memcmp(a->sha, b->sha, sizeof a->sha);
    if (c == 0)
        c = b->status - a->status;
    return c ? c : strcmp(b->target ? b->target : "", a->target ? a->target : "");
}

/* Sort, and keep of each URL the capture that counts. */
static void settle(struct robots_builder *b)
{
    size_t kept = 0;
    if (b->n)
        qsort(b->v, b->n, sizeof *b->v, by_url);
    for (size_t i = 0; i < b->n; i++) {
        if (kept && strcmp(b->v[kept - 1].url, b->v[i].url) == 0) {
            free(b->v[i].url);
            free(b->v[i].target);
        } else {
            b->v[kept++] = b->v[i];
        }
    }
    b->n = kept;
}

static const struct capture *find(const struct robots_builder *b, const char *url)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(b->v[mid].url, url);
        if (c == 0)
            return &b->v[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

size_t builder_wants(struct robots_builder *b)
{
    settle(b);
    for (size_t i = 0; i < b->n_wanted; i++)
        free(b->wanted[i]);
    b->n_wanted = 0;
    for (size_t i = 0; b->pass < MAX_HOPS && i < b->n; i++) {
        if (!b->v[i].target || find(b, b->v[i].target))
            continue;
        GROW(b->wanted, b->n_wanted, b->cap_wanted);
        b->wanted[b->n_wanted++] = xstrdup(b->v[i].target);
    }
    if (b->n_wanted)
        qsort(b->wanted, b->n_wanted, sizeof *b->wanted, by_name);
    b->pass++;
    return b->n_wanted;
}

/* ---- the file ---- */

struct host {
    struct capture own, from; /* the host's own capture, and where its redirects end */
    enum robots_host kind;
    unsigned hops;
    uint64_t key_at, body_at;
};

static enum robots_host kind_of(int status)
{
    if (status / 100 == 2)
        return ROBOTS_HOST_RULES;
    if (status / 100 == 5 || status == 429)
        return ROBOTS_HOST_REFUSED;
    return status / 100 == 4 ? ROBOTS_HOST_NONE : 0;
}

static bool follow(const struct robots_builder *b, const struct capture *c, struct host *out)
{
    *out = (struct host){ .own = *c };
    while (c->target && out->hops < MAX_HOPS) {
        c = find(b, c->target);
        if (!c)
            return false;
        out->hops++;
    }
    out->from = *c;
    out->kind = c->target ? 0 : kind_of(c->status);
    return out->kind != 0;
}

static struct span key_of(const struct host *h)
{
    return span_of(h->own.url, strlen(h->own.url) - strlen("/robots.txt"));
}

static int by_key(const void *a, const void *b)
{
    return span_cmp(key_of(a), key_of(b));
}

static int by_body(const void *a, const void *b)
{
    return memcmp((*(struct host *const *)a)->from.sha, (*(struct host *const *)b)->from.sha, SHA256_BYTES);
}

struct sink {
    struct sha256 *sha;   /* first time through: the digest */
    struct outfile *file; /* second time: the bytes */
};

static int put(struct sink *s, const void *p, size_t n, struct error *e)
{
    if (s->file)
        return outfile_write(s->file, p, n, e);
    sha256_add(s->sha, p, n);
    return 0;
}

static int put_entry(struct sink *s, const struct host *h, struct error *e)
{
    uint8_t p[SNAPSHOT_ENTRY] = { 0 };
    struct span key = key_of(h);
    put_le64(p, h->key_at);
    put_le32(p + 8, (uint32_t)key.n);
    put_le16(p + 12, (uint16_t)h->from.status);
    put_le16(p + 14, (uint16_t)h->kind);
    put_le64(p + 16, h->body_at);
    put_le32(p + 24, h->from.n);
    put_le32(p + 28, h->hops);
    memcpy(p + 32, h->from.sha, SHA256_BYTES);
    memcpy(p + 64, h->own.stored_date, 20);
    put_le64(p + 88, hash_xxh64(span_of((const char *)p, 88), hash_xxh64(key, 0)));
    return put(s, p, sizeof p, e);
}

static int put_body(const struct robots_builder *b, struct sink *s, const struct host *h, struct error *e)
{
    char window[65536];
    int rc = 0;
    for (uint32_t done = 0; rc == 0 && done < h->from.n;) {
        size_t want = h->from.n - done < sizeof window ? h->from.n - done : sizeof window;
        ssize_t k = pread(b->spool, window, want, (off_t)(h->from.at + done));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return error_errno(e, ERR_IO, b->path, "cannot read what was put beside it");
        rc = put(s, window, (size_t)k, e);
        done += (uint32_t)k;
    }
    return rc;
}

/* Offsets of keys and of bodies, equal bodies once and in the order of their digests; returns the bytes of the bodies. */
static uint64_t lay_out(struct host *v, size_t n, struct host **order, uint64_t *keys)
{
    uint64_t bodies = 0;
    *keys = 0;
    for (size_t i = 0; i < n; i++) {
        v[i].key_at = *keys;
        *keys += key_of(&v[i]).n;
        order[i] = &v[i];
    }
    if (n)
        qsort(order, n, sizeof *order, by_body);
    for (size_t i = 0; i < n; i++) {
        bool same = i && by_body(&order[i - 1], &order[i]) == 0;
        order[i]->body_at = same ? order[i - 1]->body_at : bodies;
        bodies += same ? 0 : order[i]->from.n;
    }
    return bodies;
}

static int put_all(const struct robots_builder *b, struct sink *s, const struct host *v,
                   struct host *const *order,
                   size_t n, struct error *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = put_entry(s, &v[i], e);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = put(s, key_of(&v[i]).p, key_of(&v[i]).n, e);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (i == 0 || by_body(&order[i - 1], &order[i]) != 0)
            rc = put_body(b, s, order[i], e);
    return rc;
}

static int write_file(const struct robots_builder *b, struct host *v, size_t n, const char *date,
                      struct error *e)
{
    struct host **order = xreallocarray(NULL, n + 1, sizeof *order);
    uint64_t keys, bodies = lay_out(v, n, order, &keys), at = SNAPSHOT_HEADER;
    uint8_t h[SNAPSHOT_HEADER] = SNAPSHOT_MAGIC;
    struct sink s = { .sha = sha256_new() };
    struct outfile_done done;
    put_le32(h + 8, SNAPSHOT_VERSION);
    put_le32(h + 12, SNAPSHOT_HEADER);
    put_le64(h + 16, n);
    put_le64(h + 24, at);
    put_le64(h + 32, at += n * SNAPSHOT_ENTRY);
    put_le64(h + 40, keys);
    put_le64(h + 48, at += keys);
    put_le64(h + 56, bodies);
    put_le64(h + 64, at + bodies);
    memcpy(h + 72, date, strlen(date));
    int rc = put_all(b, &s, v, order, n, e);
    sha256_take(s.sha, h + 96);
    sha256_of(span_of((const char *)h, 128), h + 128);
    if (rc == 0)
        rc = outfile_open(&s.file, b->path, NULL, 0, e);
    if (rc == 0)
        rc = put(&s, h, sizeof h, e);
    if (rc == 0)
        rc = put_all(b, &s, v, order, n, e);
    if (rc == 0)
        rc = outfile_commit(s.file, &done, e);
    else
        outfile_abandon(s.file);
    sha256_free(s.sha);
    free(order);
    return rc;
}

int builder_commit(struct robots_builder *b, const char *as_of, struct robots_built *built, struct error *e)
{
    settle(b);
    struct host *v = xcalloc(b->n + 1, sizeof *v);
    size_t n = 0;
    *built = (struct robots_built){ .captures = b->captures };
    for (size_t i = 0; i < b->n; i++) {
        if (!is_robots(b->v[i].url))
            continue;
        if (strcmp(b->v[i].stored_date, built->date) > 0)
            memcpy(built->date, b->v[i].stored_date, SNAPSHOT_DATE);
        if (!follow(b, &b->v[i], &v[n])) {
            built->unresolved++;
            continue;
        }
        built->rules += v[n].kind == ROBOTS_HOST_RULES;
        built->none += v[n].kind == ROBOTS_HOST_NONE;
        built->refused += v[n].kind == ROBOTS_HOST_REFUSED;
        n++;
    }
    built->hosts = n;
    if (as_of)
        snprintf(built->date, sizeof built->date, "%.10sT00:00:00Z", as_of);
    if (n)
        qsort(v, n, sizeof *v, by_key);
    int rc = built->date[0] ? write_file(b, v, n, built->date, e)
                            : error_set(e, ERR_INPUT, NULL,
                                        "no capture of a /robots.txt in these inputs: no snapshot was "
                                        "written; give WARC files that have some (Common Crawl's robotstxt files, say)");
    free(v);
    return rc;
}
