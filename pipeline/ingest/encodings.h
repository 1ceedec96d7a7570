/*
 * encodings.h - the labels of the WHATWG Encoding standard, and what ICU calls each encoding.
 */
#ifndef SLUICE_ENCODINGS_H
#define SLUICE_ENCODINGS_H

#include "core/span.h"

enum decoder {
    DECODE_UTF8, DECODE_SINGLE, DECODE_GB18030, DECODE_BIG5, DECODE_EUC_JP, DECODE_ISO_2022_JP, DECODE_SHIFT_JIS, DECODE_EUC_KR,
    DECODE_UTF16BE, DECODE_UTF16LE,
    DECODE_REPLACEMENT, /* encodings that attack: the whole page is one U+FFFD */
};

struct encoding {
    const char *name; /* WHATWG */
    enum decoder decoder;
    const char *icu;  /* DECODE_SINGLE: whose table; NULL: `upper`, or x-user-defined */
    const uint16_t *upper; /* code points of 0xA0 to 0xFF; what is below stands for itself */
};

/* The encoding of a label (ASCII case and white space around it ignored), or NULL. */
const struct encoding *encoding_by_label(struct span label);
/* By WHATWG name; never NULL for a name of the table. */
const struct encoding *encoding_by_name(const char *name);

#endif
