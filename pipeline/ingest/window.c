/* window.c - see window.h. */
#include "pipeline/ingest/window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"

/* One read: large enough for a parallel file system, small enough for many workers. */
#define WINDOW_READ (1u << 20)
/* What a window keeps of the room that one giant record took. */
#define WINDOW_LARGE (8u << 20)

int window_open(struct window *w, const char *path, struct error *e)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    if (strstr(path, "://"))
        return error_set(e, ERR_INPUT, path, "remote files are not read yet; download it and name the file");
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
    free(w->name);
    free(w->p);
    *w = (struct window){ .fd = -1 };
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

static ssize_t read_more(struct window *w)
{
    ssize_t n;
    do
        n = w->seekable ? pread(w->fd, w->p + w->n, w->cap - w->n, (off_t)(w->base + w->n))
                        : read(w->fd, w->p + w->n, w->cap - w->n);
    while (n < 0 && errno == EINTR);
    return n;
}

/* A pipe reads over what lies before `offset`.  False: it ends there. */
static bool reach(struct window *w, uint64_t offset)
{
    while (offset > w->base + w->n && w->size == UINT64_MAX) {
        shift(w, w->base + w->n, 0);
        ssize_t n = read_more(w);
        if (n <= 0)
            w->size = w->base + w->n;
        else
            w->n += (size_t)n;
    }
    return offset <= w->base + w->n;
}

int window_get(struct window *w, uint64_t offset, size_t want, struct span *out, struct error *e)
{
    *out = span_of("", 0);
    if (w->size != UINT64_MAX) { /* a length that lies past the end of the file takes no memory */
        uint64_t left = offset < w->size ? w->size - offset : 0;
        want = want < left ? want : (size_t)left;
    }
    if (offset < w->base || offset + want > w->base + w->n) {
        if (!w->seekable && offset < w->base)
            return error_at(e, ERR_INPUT, w->name, offset, "cannot go back so far in a pipe; give the file by its name");
        if (!w->seekable && !reach(w, offset))
            return 0;
        shift(w, offset, want);
        while (w->n < offset - w->base + want) {
            ssize_t n = read_more(w);
            if (n < 0)
                return error_errno(e, ERR_INPUT, w->name, "cannot read");
            if (n == 0) {
                if (!w->seekable)
                    w->size = w->base + w->n;
                break;
            }
            w->n += (size_t)n;
        }
    }
    size_t at = (size_t)(offset - w->base);
    if (at < w->n)
        *out = span_of(w->p + at, w->n - at);
    return 0;
}
