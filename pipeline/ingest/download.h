/*
 * download.h - remote files to local ones, whole or not at all.
 */
#ifndef SLUICE_DOWNLOAD_H
#define SLUICE_DOWNLOAD_H

#include "core/buf.h"
#include "core/error.h"

/* Called with the bytes that came in since the last call; may be called by several threads. */
typedef void download_heard(void *ctx, uint64_t bytes);

struct download {
    const char *url, *path;
    bool overwrite;        /* also what is there under its name */
    download_heard *heard; /* may be NULL */
    void *ctx;
    /* results */
    bool had;              /* it was there: nothing was asked */
    uint64_t bytes;        /* of the file */
};

/*
 * download_file() - into path.part, with the version it is of beside it (path.part.version); goes on where a run before was
 * cut off if the file is still of that version; then the size is checked, an S3 object's MD5 where its ETag is one, and it
 * gets its name.  A file that has its name is whole.  Errors: those of remote_open(); -ERR_IO.
 */
int download_file(struct download *d, struct error *e) MUST_USE;

/* One record as an index gives it: its whole member, checked to hold a record (of `url`, unless p == NULL), appended to *out. */
int download_record(const char *file, uint64_t offset, uint64_t length, struct span url, struct buf *out, struct error *e) MUST_USE;

/* A line of an index: JSON with filename, offset, length and perhaps url, or CDXJ ("key timestamp {json}").  -ERR_FORMAT else. */
struct index_line {
    struct span filename, url; /* in the arena */
    uint64_t offset, length;
};
struct arena;
int index_line_parse(struct span line, struct arena *a, struct index_line *out, struct error *e) MUST_USE;

#endif
