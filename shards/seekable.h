/*
 * seekable.h - the zstd seekable format: independent frames, then a table of their sizes in a
 * skippable frame that every zstd reader passes over.
 *
 * Source: facebook/zstd, contrib/seekable_format/zstd_seekable_compression_format.md, version 0.1.0: a skippable frame
 * 0x184D2A5E with an entry (stored bytes, inflated bytes: u32 each) a frame, and the footer: number of
 * frames u32, descriptor u8 (0: no checksums; the frames carry their own), 0x8F92EAB1.
 */
#ifndef SLUICE_SEEKABLE_H
#define SLUICE_SEEKABLE_H

#include "core/outfile.h"

struct seekable_writer {
    struct outfile *file;
    struct ZSTD_CCtx_s *z;
    struct buf table, out;
    uint32_t frames;
};

/* Errors: -ERR_IO. */
int seekable_create(struct seekable_writer *w, const char *path, const char *tmp_dir, int level, struct error *e) MUST_USE;
/* One frame of its own. */
int seekable_frame(struct seekable_writer *w, struct span bytes, struct error *e) MUST_USE;
/* Seek table, then as outfile_commit().  The writer is released either way. */
int seekable_commit(struct seekable_writer *w, struct outfile_done *done, struct error *e) MUST_USE;
void seekable_abandon(struct seekable_writer *w);

struct seekable_frame {
    uint64_t stored, begin; /* offset in the file, place in the inflated bytes */
    uint32_t stored_bytes, bytes;
};

struct seekable {
    struct span map;
    struct seekable_frame *frames;
    uint32_t n;
    uint64_t bytes; /* inflated */
    struct ZSTD_DCtx_s *z;
    const char *path; /* borrowed */
    struct buf last;  /* the frame that seekable_range() inflated last: documents that follow each other share it */
    uint32_t last_at; /* its place + 1; 0: none */
};

/* The largest frame that we write, and so the largest that we read. */
#define SEEKABLE_FRAME_MAX (256u << 10)

/*
 * seekable_open() - map the file and read its seek table.  path is borrowed.
 * Errors: -ERR_MISSING, -ERR_INPUT, -ERR_FORMAT (no table, or one that does not fit the file).
 */
int seekable_open(struct seekable *s, const char *path, struct error *e) MUST_USE;
/* The same over bytes that the caller keeps. */
int seekable_parse(struct seekable *s, struct span bytes, const char *name, struct error *e) MUST_USE;
void seekable_close(struct seekable *s);
/* Frame i < n, inflated, appended to `out`.  Errors: -ERR_FORMAT with the frame's offset. */
int seekable_read(struct seekable *s, uint32_t i, struct buf *out, struct error *e) MUST_USE;
/* Bytes [from, from + n) appended to `out`; past the end: -ERR_FORMAT. */
int seekable_range(struct seekable *s, uint64_t from, uint64_t n, struct buf *out, struct error *e) MUST_USE;

#endif
