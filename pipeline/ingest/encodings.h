/*
 * encodings.h - the labels of the WHATWG Encoding standard, and what ICU calls each encoding.
 */
#ifndef SLUICE_ENCODINGS_H
#define SLUICE_ENCODINGS_H

#include "core/span.h"

struct encoding {
    const char *name; /* WHATWG */
    const char *icu;  /* converter name; NULL: handled apart (UTF-8, replacement, `upper`) */
    const uint16_t *upper; /* code points of 0xA0 to 0xFF; what is below stands for itself.  NULL: not by table */
};

/* The encoding of a label (ASCII case and white space around it ignored), or NULL. */
const struct encoding *encoding_by_label(struct span label);
/* By WHATWG name; never NULL for a name of the table. */
const struct encoding *encoding_by_name(const char *name);

#endif
