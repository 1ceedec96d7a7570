/*
 * unicode_tables.h - Unicode 16.0 classes of characters, as far as pretokenizers ask for them.
 */
#ifndef SLUICE_UNICODE_TABLES_H
#define SLUICE_UNICODE_TABLES_H

#include <stdint.h>

/* Values are fixed by scripts/make-unicode-tables. */
enum char_class {
    CLASS_OTHER,    /* punctuation, symbols, controls, unassigned */
    CLASS_UPPER,    /* Lu, Lt */
    CLASS_LOWER,    /* Ll */
    CLASS_CASELESS, /* Lm, Lo */
    CLASS_MARK,     /* M: no letter, yet part of words in some patterns */
    CLASS_NUMBER,   /* N */
    CLASS_SPACE,    /* White_Space but for the two below */
    CLASS_NEWLINE,  /* CR, LF */
};

#define CHAR_BLOCK_BITS 7
#define CHAR_BLOCKS 7173
#define CHAR_ROWS 230
extern const uint8_t char_blocks[CHAR_BLOCKS];
extern const char char_rows[CHAR_ROWS * 128 + 1];

static inline unsigned char_class_of(uint32_t c)
{
    uint32_t block = c >> CHAR_BLOCK_BITS;
    if (block >= CHAR_BLOCKS)
        block = CHAR_BLOCKS - 1;
    return (unsigned)char_rows[(char_blocks[block] << CHAR_BLOCK_BITS) + (c & ((1u << CHAR_BLOCK_BITS) - 1))] & 7;
}

#endif
