/* window.c - see window.h. */
#include "pipeline/ingest/window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/ingest/remote_url.h"

/* One read: large enough for a parallel file system, small enough for many workers. */
#define WINDOW_READ (1u << 20)
/* What a window keeps of the room that one giant record took. */
#define WINDOW_LARGE (8u << 20)

static int open_remote(struct window *w, const char *url, const char *version, struct error *e)
{
    *w = (struct window){ .fd = -1 };
    int rc = remote_open(&w->remote, url, 0, false, version, e);
    if (rc)
        return rc;
    w->name = remote_public_name(url);
    w->size = remote_size(w->remote);
    w->seekable = w->size != UINT64_MAX;
    return 0;
}

int window_open(struct window *w, const char *path, const char *version, struct error *e)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    if (is_remote(path))
        return open_remote(w, path, version, e);
    if (strstr(path, "://"))
        return error_set(e, ERR_INPUT, path, "is no address that is read; say http://, https:// or s3://");
    *w = (struct window){ .fd = standard ? 0 : open(path, O_RDONLY | O_CLOEXEC), .size = UINT64_MAX };
    if (w->fd < 0)
        return error_errno(e, ERR_INPUT, path, "cannot open");
    if (fstat(w->fd, &st) < 0 || S_ISDIR(st.st_mode)) {
        if (!standard)
            close(w->fd);
        return error_set(e, ERR_INPUT, path, "is not a file");
    }
    w->name = xstrdup(standard ? "(standard input)" : path);
    w->seekable = S_ISREG(st.st_mode);
    if (w->seekable) {
        w->size = (uint64_t)st.st_size;
        posix_fadvise(w->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return 0;
}

void window_close(struct window *w)
{
    if (w->fd > 0)
        close(w->fd);
    remote_close(w->remote);
    sha256_free(w->hash);
    free(w->name);
    free(w->p);
    *w = (struct window){ .fd = -1 };
}

void window_hash(struct window *w)
{
    w->hash = sha256_new();
}

void window_keep(struct window *w, uint64_t offset)
{
    w->floor = offset;
}

/* The first byte to stay in memory when [offset, ...) is wanted next. */
static uint64_t keep_from(struct window *w, uint64_t offset)
{
    if (w->seekable || w->floor >= offset)
        return offset;
    if (offset - w->floor > WINDOW_KEEP)
        w->floor = offset;
    return w->floor > w->base ? w->floor : w->base;
}

/* Make [offset, offset + want) fit behind what is kept of the window. */
static void shift(struct window *w, uint64_t offset, size_t want)
{
    uint64_t end = w->base + w->n;
    if (offset >= w->base && offset <= end) {
        size_t gone = (size_t)(keep_from(w, offset) - w->base);
        if (gone)
            memmove(w->p, w->p + gone, w->n - gone);
        w->n -= gone;
        w->base += gone;
    } else {
        w->n = 0;
        w->base = offset;
    }
    want += (size_t)(offset - w->base);
    if (w->seekable && w->cap > WINDOW_LARGE && want + WINDOW_READ <= WINDOW_LARGE) { /* a giant record was read: let go of its room */
        w->cap = WINDOW_LARGE;
        w->n = w->n < w->cap ? w->n : w->cap;
        w->p = xrealloc(w->p, w->cap);
    }
    if (want + WINDOW_READ > w->cap) {
        w->cap = want + WINDOW_READ + (w->seekable ? 0 : w->cap / 2);
        w->p = xrealloc(w->p, w->cap);
    }
}

static void hash_new(struct window *w, const char *p, size_t n)
{
    uint64_t at = w->base + w->n;
    if (w->hash && at <= w->hashed && w->hashed < at + n) {
        sha256_add(w->hash, p + (w->hashed - at), (size_t)(at + n - w->hashed));
        w->hashed = at + n;
    }
}

/* Behind what is there; *got = 0 at the end. */
static int read_more(struct window *w, size_t *got, struct error *e)
{
    char *to = w->p + w->n;
    size_t room = w->cap - w->n;
    ssize_t n = 0;
    *got = 0;
    if (w->remote) {
        int rc = remote_read(w->remote, w->base + w->n, to, room, got, e);
        if (rc)
            return rc;
    } else {
        do
            n = w->seekable ? pread(w->fd, to, room, (off_t)(w->base + w->n)) : read(w->fd, to, room);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return error_errno(e, ERR_INPUT, w->name, "cannot read");
        *got = (size_t)n;
    }
    hash_new(w, to, *got);
    w->n += *got;
    return 0;
}

/* Must every byte be seen? */
static bool reads_on(const struct window *w)
{
    return !w->seekable || w->hash;
}

/* A pipe reads over what lies before `offset`.  *there: it does not end before. */
static int reach(struct window *w, uint64_t offset, bool *there, struct error *e)
{
    size_t got = 1;
    while (offset > w->base + w->n && got) {
        shift(w, w->base + w->n, 0);
        int rc = read_more(w, &got, e);
        if (rc)
            return rc;
        if (!got)
            w->size = w->base + w->n;
    }
    *there = offset <= w->base + w->n;
    return 0;
}

/* Where reading goes on when [offset, ...) is wanted: a window that reads on sees what lies before. */
static int move_to(struct window *w, uint64_t offset, size_t want, bool *there, struct error *e)
{
    *there = true;
    if (!w->seekable && offset < w->base)
        return error_at(e, ERR_INPUT, w->name, offset, "cannot go back so far in a pipe; give the file by its name");
    if (reads_on(w) && offset > w->base + w->n) {
        if (w->hash && w->base + w->n < w->hashed)
            shift(w, w->hashed < offset ? w->hashed : offset, 0);
        int rc = reach(w, offset, there, e);
        if (rc || !*there)
            return rc;
    }
    shift(w, offset, want);
    return 0;
}

int window_get(struct window *w, uint64_t offset, size_t want, struct span *out, struct error *e)
{
    *out = span_of("", 0);
    if (w->size != UINT64_MAX) { /* a length that lies past the end of the file takes no memory */
        uint64_t left = offset < w->size ? w->size - offset : 0;
        want = want < left ? want : (size_t)left;
    }
    if (offset < w->base || offset + want > w->base + w->n) {
        bool there;
        size_t got = 1;
        int rc = move_to(w, offset, want, &there, e);
        if (rc || !there)
            return rc;
        while (w->n < offset - w->base + want && got) {
            rc = read_more(w, &got, e);
            if (rc)
                return rc;
            if (!got && !w->seekable)
                w->size = w->base + w->n;
        }
    }
    size_t at = (size_t)(offset - w->base);
    if (at < w->n)
        *out = span_of(w->p + at, w->n - at);
    return 0;
}

int window_digest(struct window *w, char hex[65], uint64_t *bytes, struct error *e)
{
    uint8_t d[SHA256_BYTES];
    struct span s;
    do {
        int rc = window_get(w, w->hashed, 1, &s, e);
        if (rc)
            return rc;
    } while (s.n);
    sha256_take(w->hash, d);
    hex_put(d, SHA256_BYTES, hex);
    *bytes = w->hashed;
    return 0;
}
