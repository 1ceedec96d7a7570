/*
 * unpack_zstd.h - the dictionary that a .warc.zst file may begin with.
 */
#ifndef SLUICE_UNPACK_ZSTD_H
#define SLUICE_UNPACK_ZSTD_H

#include "pipeline/ingest/unpack.h"

struct ZSTD_DDict_s;

/* From the skippable frame 0x184D2A5D that opens the file; *out is NULL where there is none or it cannot be used.  Errors: -ERR_INPUT. */
int zstd_read_dictionary(struct window *w, struct ZSTD_DDict_s **out, struct error *e) MUST_USE;

#endif
