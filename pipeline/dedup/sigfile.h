/*
 * sigfile.h - what prepare leaves for dedup: one file a part, a fixed record a kept document.
 *
 * The layout is little-endian, versioned, and carries a digest of the dedup parameters so that
 * files of other parameters are refused.  See the .c file for offsets.
 */
#ifndef SLUICE_SIGFILE_H
#define SLUICE_SIGFILE_H

#include "core/outfile.h"
#include "pipeline/dedup/minhash.h"

extern const struct conf_key dedup_keys[]; /* section dedup: kinds, bands, rows, ngram, hash, words, keep_* , memory */

struct sigfile_writer;
int sigfile_create(struct sigfile_writer **out, const struct config *c, const char *path, const char *tmp_dir,
                   struct error *e) MUST_USE;
/* Signs d->text if minhash is among dedup.kinds, and adds the document's record (id, url, date, length, digest, bands). */
int sigfile_add(struct sigfile_writer *w, const struct document *d, struct error *e) MUST_USE;
int sigfile_commit(struct sigfile_writer *w, struct outfile_done *done, struct error *e) MUST_USE;
void sigfile_abandon(struct sigfile_writer *w);

#endif
