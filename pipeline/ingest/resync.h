/*
 * resync.h - where the next record may begin, looked for in the stored bytes.
 */
#ifndef SLUICE_RESYNC_H
#define SLUICE_RESYNC_H

#include "pipeline/ingest/window.h"

/*
 * resync_gzip() - the first offset >= from where a gzip member begins that inflates to a WARC
 * version line; the file's size if there is none before `limit` (0: the end).
 */
int resync_gzip(struct window *w, uint64_t from, uint64_t limit, uint64_t *found, struct error *e) MUST_USE;

/* Does a gzip member that holds a record begin at `at`, or the file end there (zero padding counts)? */
int member_edge_at(struct window *w, uint64_t at, bool *yes, struct error *e) MUST_USE;

/* As resync_gzip() for plain files: a head that parses, wherever it begins (a record that is cut off may have no line end). */
int resync_plain(struct window *w, uint64_t from, uint64_t limit, uint64_t *found, struct error *e) MUST_USE;

/* Nothing but zero bytes from `from` to the end of the file? */
int only_zeros(struct window *w, uint64_t from, bool *yes, struct error *e) MUST_USE;

/*
 * resync_inside() - a plain record's declared block [block, end) does not end at a record's edge.  If a
 * chain of records that begins inside it runs on past `end` (or to the exact end of the file where
 * `end` lies beyond), the declared length is false: *found is where that chain begins.  Else *found = end.
 */
int resync_inside(struct window *w, uint64_t block, uint64_t end, uint64_t *found, struct error *e) MUST_USE;

/* Does a record end at `end`: behind blank lines another begins, or the file ends (zero padding counts)? */
int edge_at(struct window *w, uint64_t end, bool *yes, struct error *e) MUST_USE;

#endif
