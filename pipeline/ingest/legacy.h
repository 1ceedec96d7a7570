/*
 * legacy.h - the encodings before Unicode as browsers decode them.
 *
 * The steps are those of the WHATWG Encoding standard, sections 9 to 14.  The characters come from ICU's tables, which
 * differ from the standard's indexes in some 200 places: legacy_patches.c has them.  ICU's own decoders are not used: they
 * swallow other bytes behind a broken sequence, and know private characters that browsers do not.
 */
#ifndef SLUICE_LEGACY_H
#define SLUICE_LEGACY_H

#include "core/buf.h"
#include "pipeline/ingest/encodings.h"

/* Tables of one thread, made from ICU's when an encoding is first met (some ms, 129 KB an index).  new/free. */
struct legacy;
struct legacy *legacy_new(void);
void legacy_free(struct legacy *l);

/*
 * legacy_decode() - append `in` as UTF-8, every error as one U+FFFD, counted in *repaired.
 * Returns 0 or -ERR_TOO_BIG (ceiling of `out`).  e->decoder is neither DECODE_UTF8 nor DECODE_REPLACEMENT.
 */
int legacy_decode(struct legacy *l, const struct encoding *e, struct span in, struct buf *out, uint64_t *repaired);

/* ---- shared by legacy*.c ---- */

#define LEGACY_ROWS 126 /* lead bytes 0x81 to 0xFE */

/* By lead - 0x81 and trail: a code point, 0 for none, or two code points as second << 16 | first. */
struct legacy_index {
    uint32_t code[LEGACY_ROWS][256];
};

enum legacy_set { SET_GBK, SET_BIG5, SET_JIS0208, SET_JIS0212, SET_SHIFT_JIS, SET_EUC_KR, LEGACY_SETS };

/* Where ICU's table differs from the standard's index. */
struct legacy_patch {
    uint16_t bytes;
    uint32_t code; /* as in legacy_index */
};
struct legacy_patches {
    const struct legacy_patch *v;
    size_t n;
};
extern const struct legacy_patches legacy_patches[LEGACY_SETS];

/* Made on first use. */
const struct legacy_index *legacy_set(struct legacy *l, enum legacy_set set);
/* The 128 upper bytes of a single-byte encoding; 0 for none. */
const uint16_t *legacy_upper(struct legacy *l, const struct encoding *e);
/* A four-byte sequence of gb18030: its code point, or 0. */
uint32_t legacy_gb18030(struct legacy *l, const unsigned char b[4]);

#endif
