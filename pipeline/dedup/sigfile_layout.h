/* sigfile_layout.h - sizes of the signature file's parts, for its writer and its reader (sigfile.c has the picture). */
#ifndef SLUICE_SIGFILE_LAYOUT_H
#define SLUICE_SIGFILE_LAYOUT_H

#include "pipeline/dedup/sigfile.h"

#define SIG_MAGIC "sluicsig"
#define SIG_END "sluicend"
#define SIG_VERSION 1u
#define SIG_HEADER 64u
#define SIG_ENTRY 16u
#define SIG_FOOTER 32u
#define SIG_META 40u
/* Documents of a block: a column of 64 KiB. */
#define SIG_BLOCK_MAX 4096u
/* A block ends when its ids reach this, so that long ids do not fill memory. */
#define SIG_POOL_FLUSH (1u << 20)
/* One id, one key. */
#define SIG_POOL_MAX (1u << 30)

#endif
