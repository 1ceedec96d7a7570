/* pii_chars.c - what may stand beside a value. */
#include <unicode/uchar.h>

#include "core/utf8.h"
#include "filters/pii.h"

/* Blocks whose writing has no spaces between words, and Hangul's. */
static bool dense(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        { 0x0E00, 0x109F }, { 0x1100, 0x11FF },  { 0x1780, 0x17FF },  { 0x1950, 0x1AAF },   { 0x2E80, 0x2FFF },
        { 0x3000, 0xA4CF }, { 0xA960, 0xA97F },  { 0xA9E0, 0xA9FF },  { 0xAA60, 0xAADF },   { 0xAC00, 0xD7FF },
        { 0xF900, 0xFAFF }, { 0xFF66, 0xFFDC },  { 0x1AFF0, 0x1B2FF }, { 0x20000, 0x3FFFF },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && cp >= ranges[i][0]; i++)
        if (cp <= ranges[i][1])
            return true;
    return false;
}

enum pii_class pii_class_of(uint32_t cp)
{
    if (cp < 0x80)
        return ascii_alpha((char)cp) || ascii_digit((char)cp) ? PII_ASCII : PII_OTHER;
    uint32_t type = U_GET_GC_MASK((UChar32)cp);
    if (!(type & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_NL_MASK)))
        return PII_OTHER;
    return dense(cp) ? PII_DENSE : PII_SPACED;
}

uint32_t pii_before(struct span text, size_t at, size_t *begin)
{
    size_t i = at;
    if (at == 0) {
        *begin = 0;
        return 0;
    }
    do
        i--;
    while (i > 0 && at - i < 4 && ((unsigned char)text.p[i] & 0xc0) == 0x80);
    *begin = i;
    const char *p = text.p + i;
    return utf8_next(&p, text.p + at);
}

uint32_t pii_after(struct span text, size_t at, size_t *end)
{
    const char *p = text.p + at;
    if (at >= text.n) {
        *end = text.n;
        return 0;
    }
    uint32_t cp = utf8_next(&p, text.p + text.n);
    *end = (size_t)(p - text.p);
    return cp;
}

static bool touches(uint32_t cp)
{
    enum pii_class c = pii_class_of(cp);
    return c == PII_ASCII || c == PII_SPACED || (c == PII_DENSE &&
                                                 u_charType((UChar32)cp) == U_DECIMAL_DIGIT_NUMBER);
}

bool pii_edge_before(struct span text, size_t at)
{
    size_t i;
    return at == 0 || !touches(pii_before(text, at, &i));
}

bool pii_edge_after(struct span text, size_t at)
{
    size_t i;
    return at >= text.n || !touches(pii_after(text, at, &i));
}
