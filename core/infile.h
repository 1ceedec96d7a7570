/*
 * infile.h - read lines or bytes of a file that may be plain, gzip or zstd (told by magic, not by
 * name), or standard input.  Reads in windows: memory does not grow with the file.
 *
 * This is for our own files and for JSONL.  WARC files have records and damage; pipeline/ingest
 * reads those.
 */
#ifndef SLUICE_INFILE_H
#define SLUICE_INFILE_H

#include "core/buf.h"

struct infile;

/* path "-" is standard input.  Errors: -ERR_INPUT (cannot be opened). */
int infile_open(struct infile **out, const char *path, struct error *e) MUST_USE;
void infile_close(struct infile *f);

/* Up to n inflated bytes into p; *got = 0 only at the end.  Errors: -ERR_INPUT, -ERR_DAMAGE (names the offset). */
int infile_read(struct infile *f, void *p, size_t n, size_t *got, struct error *e) MUST_USE;

/*
 * infile_line() - the next line without its LF.  The span is valid until the next call.
 * Returns 1, 0 at the end, -ERR_TOO_BIG past max bytes (the line is skipped; *offset names it, and
 * the next call goes on), or a read error.  *offset (may be NULL): inflated offset of the line.
 */
int infile_line(struct infile *f, size_t max, struct span *line, uint64_t *offset, struct error *e) MUST_USE;

const char *infile_name(const struct infile *f);

/* A small file whole, NUL-terminated behind n.  Errors: -ERR_MISSING, -ERR_INPUT, -ERR_TOO_BIG. */
int file_read(const char *path, size_t max, struct buf *out, struct error *e) MUST_USE;

/* A file mapped read-only and shared; an empty file maps to an empty span.  Unmap with the same span. */
int file_map(const char *path, struct span *out, struct error *e) MUST_USE;
void file_unmap(struct span s);

/* SHA-256 of a file's bytes as hex; *bytes (may be NULL) its size. */
int file_sha256(const char *path, char hex[65], uint64_t *bytes, struct error *e) MUST_USE;

bool file_exists(const char *path);
/* mkdir -p.  Errors: -ERR_IO. */
int dir_make(const char *path, struct error *e) MUST_USE;

/*
 * data_find() - where one of the files that set-up installs lies: `name` itself if it has a slash or
 * exists, else $SLUICE_DATA/name, models/ and configs/ beside the program, ../share/sluice from it, PREFIX/share/sluice.
 * Returns 0 with a malloc'd path, or -ERR_MISSING with the cure.
 */
int data_find(const char *name, char **path, struct error *e) MUST_USE;

#endif
