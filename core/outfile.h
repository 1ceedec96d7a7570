/*
 * outfile.h - the one way to write a file: under a unique temporary name, hashed while it is
 * written, renamed.  A file that is there under its own name is whole.
 *
 * A file with a tmp_dir belongs to a run and can be made again, so it is not flushed to the disk one by one (a flush costs 5
 * to 10 ms, as much as four pages of work): should the machine lose its power, a file is missing or shorter than its done
 * file says, and its task is done again.  disk_flush() makes all of it durable at once, before the manifest vouches
 * for it.  A file without a tmp_dir is flushed before it gets its name.
 */
#ifndef SLUICE_OUTFILE_H
#define SLUICE_OUTFILE_H

#include "core/buf.h"

struct outfile;

struct outfile_done {
    uint64_t bytes;       /* as stored */
    char sha256[65];      /* of the stored bytes, hex */
};

/*
 * outfile_open() - begin `path`.  The temporary lies in tmp_dir (same file system), or beside the
 * path when tmp_dir is NULL.  level: 0 plain, else one zstd frame at that level with a checksum.
 * Errors: -ERR_IO.
 */
int outfile_open(struct outfile **out, const char *path, const char *tmp_dir, int level, struct error *e) MUST_USE;
int outfile_write(struct outfile *f, const void *p, size_t n, struct error *e) MUST_USE;
/* Plain bytes past the compressor; only for files opened with level 0.  Stored offset so far. */
uint64_t outfile_offset(const struct outfile *f);
/* Finish: write, flush, rename.  The handle is gone either way; on an error so is the temporary. */
int outfile_commit(struct outfile *f, struct outfile_done *done, struct error *e) MUST_USE;
/* Give up: the temporary is removed.  NULL is fine. */
void outfile_abandon(struct outfile *f);

/* All that this machine wrote to the file system of `path`, names included, is on the disk.  Errors: -ERR_IO. */
int disk_flush(const char *path, struct error *e) MUST_USE;

/* A small file in one go. */
int file_write(const char *path, const char *tmp_dir, struct span bytes, struct outfile_done *done, struct error *e) MUST_USE;

/* Standard output, checked: data goes here and nothing else does. */
int stdout_write(const void *p, size_t n, struct error *e) MUST_USE;
int stdout_flush(struct error *e) MUST_USE;

#endif
