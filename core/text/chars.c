/* chars.c - see chars.h. */
#include "core/text/chars.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/uclean.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#include "core/alloc.h"
#include "core/utf8.h"

bool char_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= 9 && cp <= 13) || (cp >= 0x1C && cp <= 0x20);
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

bool char_is_alpha(uint32_t cp)
{
    if (cp < 0x80)
        return ascii_alpha((char)cp);
    return (U_GET_GC_MASK((UChar32)cp) & U_GC_L_MASK) != 0;
}

bool char_is_line_end(uint32_t cp)
{
    return (cp >= 0x0A && cp <= 0x0D) || (cp >= 0x1C && cp <= 0x1E) || cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

struct span text_lstrip(struct span s)
{
    while (s.n) {
        const char *p = s.p;
        if (!char_is_space(utf8_next(&p, s.p + s.n)))
            break;
        s = span_from(s, (size_t)(p - s.p));
    }
    return s;
}

struct span text_rstrip(struct span s)
{
    while (s.n) {
        size_t i = s.n - 1;
        while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            i--;
        const char *p = s.p + i;
        if (!char_is_space(utf8_next(&p, s.p + s.n)))
            break;
        s.n = i;
    }
    return s;
}

struct span text_strip(struct span s)
{
    return text_rstrip(text_lstrip(s));
}

/* Could a line end begin with this byte?  LF VT FF CR FS GS RS, C2 (85), E2 (80 A8, 80 A9). */
static const bool may_end_line[256] = { [0x0A] = true, [0x0B] = true, [0x0C] = true, [0x0D] = true, [0x1C] = true,
                                        [0x1D] = true, [0x1E] = true, [0xC2] = true, [0xE2] = true };

bool text_splitline(struct span *rest, struct span *line)
{
    if (!rest->n)
        return false;
    const char *end = rest->p + rest->n;
    for (const char *p = rest->p; p < end;) {
        if (!may_end_line[(unsigned char)*p]) {
            p++;
            continue;
        }
        const char *q = p;
        uint32_t cp = utf8_next(&q, end);
        if (char_is_line_end(cp)) {
            if (cp == '\r' && q < end && *q == '\n')
                q++;
            *line = span_of(rest->p, (size_t)(p - rest->p));
            *rest = span_of(q, (size_t)(end - q));
            return true;
        }
        p = q;
    }
    *line = *rest;
    *rest = span_of(end, 0);
    return true;
}

/* datatrove's PUNCTUATION beyond ASCII (129 with the controls and the 32 of ASCII), sorted: reference 2.6. */
static const uint16_t punct[] = {
    0x00AB, 0x00B4, 0x00BB, 0x2013, 0x2014, 0x2019, 0x201C, 0x201D, 0x201E, 0x2026, 0x2236, 0x2501, 0x25BA, 0x3001, 0x3002,
    0x3008, 0x3009, 0x300A, 0x300B, 0x300C, 0x300D, 0x3010, 0x3011, 0xFF01, 0xFF05, 0xFF08, 0xFF09, 0xFF0C, 0xFF0E, 0xFF11,
    0xFF1A, 0xFF1B, 0xFF1F, 0xFF5E,
};

static int find16(const uint16_t *table, size_t n, uint32_t cp)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (table[mid] < cp)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && table[lo] == cp;
}

bool char_is_punct(uint32_t cp)
{
    if (cp < 0x80)
        return (cp <= 0x1F && cp != 9 && cp != 10) || (cp >= 0x21 && cp <= 0x2F) || (cp >= 0x3A && cp <= 0x40) ||
               (cp >= 0x5B && cp <= 0x60) || cp >= 0x7B;
    if (cp <= 0x9F)
        return true;
    return cp <= 0xFFFF && find16(punct, sizeof punct / sizeof *punct, cp);
}

/* TERMINAL_PUNCTUATION, 159 code points as ranges: reference 2.6 (Unicode's Sentence_Terminal without U+2024, and some more). */
static const struct {
    uint32_t from, to;
} terminal[] = {
    { 0x21, 0x21 }, { 0x2E, 0x2E }, { 0x3F, 0x3F }, { 0x589, 0x589 }, { 0x61D, 0x61F }, { 0x6D4, 0x6D4 }, { 0x700, 0x702 },
    { 0x7F9, 0x7F9 }, { 0x837, 0x837 }, { 0x839, 0x839 }, { 0x83D, 0x83E }, { 0x964, 0x965 }, { 0x104A, 0x104B }, { 0x1362, 0x1362 },
    { 0x1367, 0x1368 }, { 0x166E, 0x166E }, { 0x1735, 0x1736 }, { 0x17D4, 0x17D6 }, { 0x17D9, 0x17DA }, { 0x1803, 0x1803 },
    { 0x1809, 0x1809 }, { 0x1944, 0x1945 }, { 0x1AA8, 0x1AAB }, { 0x1B5A, 0x1B5B }, { 0x1B5E, 0x1B5F }, { 0x1B7D, 0x1B7E },
    { 0x1C3B, 0x1C3C }, { 0x1C7E, 0x1C7F }, { 0x203C, 0x203D }, { 0x2047, 0x2049 }, { 0x2E2E, 0x2E2E }, { 0x2E3C, 0x2E3C },
    { 0x2E53, 0x2E54 }, { 0x3002, 0x3002 }, { 0xA4FF, 0xA4FF }, { 0xA60E, 0xA60F }, { 0xA6F3, 0xA6F3 }, { 0xA6F7, 0xA6F7 },
    { 0xA876, 0xA877 }, { 0xA8CE, 0xA8CF }, { 0xA92F, 0xA92F }, { 0xA9C8, 0xA9C9 }, { 0xAA5D, 0xAA5F }, { 0xAAF0, 0xAAF1 },
    { 0xABEB, 0xABEB }, { 0xFE52, 0xFE52 }, { 0xFE56, 0xFE57 }, { 0xFF01, 0xFF01 }, { 0xFF0E, 0xFF0E }, { 0xFF1F, 0xFF1F },
    { 0xFF61, 0xFF61 }, { 0x10A56, 0x10A57 }, { 0x10F55, 0x10F59 }, { 0x10F86, 0x10F89 }, { 0x11047, 0x11048 }, { 0x110BE, 0x110C1 },
    { 0x11141, 0x11143 }, { 0x111C5, 0x111C6 }, { 0x111CD, 0x111CD }, { 0x111DE, 0x111DF }, { 0x11238, 0x11239 },
    { 0x1123B, 0x1123C }, { 0x112A9, 0x112A9 }, { 0x1144B, 0x1144C }, { 0x115C2, 0x115C3 }, { 0x115C9, 0x115D7 },
    { 0x11641, 0x11642 }, { 0x1173C, 0x1173E }, { 0x11944, 0x11944 }, { 0x11946, 0x11946 }, { 0x11A42, 0x11A43 },
    { 0x11A9B, 0x11A9C }, { 0x11C41, 0x11C42 }, { 0x11EF7, 0x11EF8 }, { 0x11F43, 0x11F44 }, { 0x16A6E, 0x16A6F },
    { 0x16AF5, 0x16AF5 }, { 0x16B37, 0x16B38 }, { 0x16B44, 0x16B44 }, { 0x16E98, 0x16E98 }, { 0x1BC9F, 0x1BC9F }, { 0x1DA88, 0x1DA88 },
};

bool char_is_terminal(uint32_t cp)
{
    size_t lo = 0, hi = sizeof terminal / sizeof *terminal;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (terminal[mid].to < cp)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < sizeof terminal / sizeof *terminal && terminal[lo].from <= cp;
}

/* ---- through UTF-16 and ICU ---- */

static UChar *to_utf16(struct span s, int32_t *n)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar *u = xreallocarray(NULL, s.n + 1, sizeof *u);
    u_strFromUTF8(u, (int32_t)s.n + 1, n, s.p ? s.p : "", (int32_t)s.n, &status);
    if (U_FAILURE(status))
        *n = -1;
    return u;
}

static int put_utf16(const UChar *u, int32_t n, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t bytes = 0;
    if (buf_reserve(out, (size_t)n * 3 + 1))
        return -ERR_TOO_BIG;
    u_strToUTF8(out->p + out->n, n * 3 + 1, &bytes, u, n, &status);
    if (U_FAILURE(status))
        return -ERR_BUG;
    out->n += (size_t)bytes;
    return 0;
}

/* ICU counts in int32_t; a text past this is refused. */
#define MAX_ICU_BYTES (256u << 20)

static int normalize(const UNormalizer2 *norm, struct span s, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n, made;
    if (s.n > MAX_ICU_BYTES)
        return -ERR_TOO_BIG;
    UChar *u = to_utf16(s, &n);
    if (n < 0) {
        free(u);
        return -ERR_BUG;
    }
    int32_t cap = n + n / 2 + 64;
    UChar *v = xreallocarray(NULL, (size_t)cap, sizeof *v);
    made = unorm2_normalize(norm, u, n, v, cap, &status);
    if (status == U_BUFFER_OVERFLOW_ERROR) {
        status = U_ZERO_ERROR;
        cap = made + 1;
        v = xreallocarray(v, (size_t)cap, sizeof *v);
        made = unorm2_normalize(norm, u, n, v, cap, &status);
    }
    int rc = U_FAILURE(status) ? -ERR_BUG : put_utf16(v, made, out);
    free(u);
    free(v);
    return rc;
}

/* No code point below U+0300 is changed by NFC, whatever its neighbours are (UAX #15). */
static bool below_u0300(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0xCC)
            return false;
    return true;
}

/* Latin, Cyrillic, CJK... most text is NFC already: ask before converting. */
static bool is_nfc(struct span s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        if ((unsigned char)*p < 0xCC) {
            p++;
            continue;
        }
        if (!u_hasBinaryProperty((UChar32)utf8_next(&p, end), UCHAR_NFC_INERT))
            return false;
    }
    return true;
}

int text_nfc(struct span s, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    if (below_u0300(s) || is_nfc(s))
        return buf_span(out, s);
    return normalize(unorm2_getNFCInstance(&status), s, out);
}

int text_nfd(struct span s, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    size_t i = 0;
    while (i < s.n && (unsigned char)s.p[i] < 0x80)
        i++;
    if (i == s.n)
        return buf_span(out, s);
    return normalize(unorm2_getNFDInstance(&status), s, out);
}

int text_lower(struct span s, struct buf *out)
{
    size_t i = 0;
    if (buf_reserve(out, s.n))
        return -ERR_TOO_BIG;
    while (i < s.n && (unsigned char)s.p[i] < 0x80)
        i++;
    if (i == s.n) {
        for (i = 0; i < s.n; i++)
            out->p[out->n++] = ascii_lower(s.p[i]);
        return 0;
    }
    /* The root locale's full mapping is Python's: final sigma, and U+0130 to i with a dot above. */
    UErrorCode status = U_ZERO_ERROR;
    int32_t n;
    if (s.n > MAX_ICU_BYTES)
        return -ERR_TOO_BIG;
    UChar *u = to_utf16(s, &n);
    int32_t cap = n * 2 + 16;
    UChar *v = xreallocarray(NULL, (size_t)cap, sizeof *v);
    int32_t made = n < 0 ? 0 : u_strToLower(v, cap, u, n, "", &status);
    int rc = n < 0 || U_FAILURE(status) ? -ERR_BUG : put_utf16(v, made, out);
    free(u);
    free(v);
    return rc;
}

static void count_scripts(struct span s, uint32_t counts[USCRIPT_CODE_LIMIT])
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        if ((unsigned char)*p < 0x80) {
            counts[USCRIPT_LATIN] += ascii_alpha(*p++);
            continue;
        }
        uint32_t cp = utf8_next(&p, end);
        if (!char_is_alpha(cp))
            continue;
        UErrorCode status = U_ZERO_ERROR;
        UScriptCode code = uscript_getScript((UChar32)cp, &status);
        if (U_SUCCESS(status) && code > USCRIPT_INHERITED && code < USCRIPT_CODE_LIMIT)
            counts[code]++;
    }
}

size_t text_scripts(struct span s, struct script_count *out, size_t max)
{
    uint32_t counts[USCRIPT_CODE_LIMIT] = { 0 };
    size_t n = 0;
    count_scripts(s, counts);
    for (; n < max; n++) {
        int best = 0;
        for (int i = USCRIPT_INHERITED + 1; i < USCRIPT_CODE_LIMIT; i++)
            if (counts[i] > (best ? counts[best] : 0))
                best = i;
        if (!best)
            break;
        out[n] = (struct script_count){ uscript_getShortName((UScriptCode)best), counts[best] };
        counts[best] = 0;
    }
    return n;
}

const char *text_script(struct span s)
{
    struct script_count most;
    return text_scripts(s, &most, 1) ? most.script : "Zyyy";
}

static void *icu_new(const void *context, size_t n)
{
    return xmalloc(n);
}

static void *icu_grow(const void *context, void *p, size_t n)
{
    return xrealloc(p, n);
}

static void icu_free(const void *context, void *p)
{
    free(p);
}

void text_own_memory(void)
{
    UErrorCode status = U_ZERO_ERROR;
    u_setMemoryFunctions(NULL, icu_new, icu_grow, icu_free, &status);
}
