/*
 * resync.h - where the next record may begin, looked for in the stored bytes.
 */
#ifndef SLUICE_RESYNC_H
#define SLUICE_RESYNC_H

#include "pipeline/ingest/member.h"

/*
 * resync_member() - the first offset >= from where a member begins that inflates to the beginning of a record (m has
 * the packing, the format and the file; what is in it stays); the file's size if there is none before `limit` (0: the end).
 */
int resync_member(struct member *m, uint64_t from, uint64_t limit, uint64_t *found, struct error *e) MUST_USE;

/* Does a member that holds a record begin at `at`, or the file end there (zero padding counts)? */
int member_edge_at(struct member *m, uint64_t at, bool *yes, struct error *e) MUST_USE;

/* As resync_member() for plain files: a head that parses, wherever its format lets it begin (one that is cut off may have no line end). */
int resync_plain(struct window *w, const struct record_format *f, uint64_t from, uint64_t limit, uint64_t *found, struct error *e) MUST_USE;

/* As resync_plain() in the inflated bytes of the member that is open: *found is the place; UINT64_MAX if there is none. */
int resync_in_member(struct member *m, uint64_t from, uint64_t *found, struct error *e) MUST_USE;

/* Does a whole head that parses stand at the start of s? */
bool head_stands(const struct record_format *f, struct span s);

/* Nothing but zero bytes from `from` to the end of the file? */
int only_zeros(struct window *w, uint64_t from, bool *yes, struct error *e) MUST_USE;

/*
 * resync_inside() - a plain record's declared block [block, end) does not end at a record's edge.  If a
 * chain of records that begins inside it runs on past `end` (or to the exact end of the file where
 * `end` lies beyond), the declared length is false: *found is where that chain begins.  Else *found = end.
 */
int resync_inside(struct window *w, const struct record_format *f, uint64_t block, uint64_t end, uint64_t *found, struct error *e) MUST_USE;

/* Does a record end at `end`: behind blank lines another begins, or the file ends (zero padding counts)? */
int edge_at(struct window *w, const struct record_format *f, uint64_t end, bool *yes, struct error *e) MUST_USE;

#endif
