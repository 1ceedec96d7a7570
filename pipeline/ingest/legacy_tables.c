/* legacy_tables.c - the tables of legacy.h, out of ICU's converters. */
#include <stdlib.h>
#include <unicode/ucnv.h>

#include "core/alloc.h"
#include "pipeline/ingest/legacy.h"

#define MAX_SINGLE 32

struct legacy {
    struct legacy_index *sets[LEGACY_SETS];
    struct {
        const struct encoding *encoding;
        uint16_t upper[128];
    } single[MAX_SINGLE];
    size_t n_single;
    UConverter *gb18030;
};

struct legacy *legacy_new(void)
{
    return xcalloc(1, sizeof(struct legacy));
}

void legacy_free(struct legacy *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < LEGACY_SETS; i++)
        free(l->sets[i]);
    if (l->gb18030)
        ucnv_close(l->gb18030);
    free(l);
}

/* The program ships with ICU's data: a converter that is not there is a broken installation. */
static UConverter *open_converter(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *c = ucnv_open(name, &status);
    if (U_SUCCESS(status))
        ucnv_setToUCallBack(c, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    if (U_FAILURE(status))
        abort();
    return c;
}

/* One character, or 0. */
static uint32_t one(UConverter *c, const char *bytes, int n)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar out[4];
    int32_t got = ucnv_toUChars(c, out, 4, bytes, n, &status);
    ucnv_reset(c);
    if (U_FAILURE(status) || got < 1 || out[0] == 0xFFFD)
        return 0;
    return got == 1 ? out[0] : got == 2 && U16_IS_LEAD(out[0]) ? (uint32_t)U16_GET_SUPPLEMENTARY(out[0], out[1]) : 0;
}

static bool is_private(uint32_t c)
{
    return c >= 0xE000 && c <= 0xF8FF;
}

const struct legacy_index *legacy_set(struct legacy *l, enum legacy_set set)
{
    static const struct {
        const char *icu;
        unsigned char prefix, trail; /* a byte before the two; the lowest trail byte */
        bool no_private;             /* the standard's index has no private characters */
    } made[LEGACY_SETS] = {
        [SET_GBK] = { "gb18030", 0, 0x40, false },         [SET_BIG5] = { "ibm-1375_P100-2008", 0, 0x40, true },
        [SET_JIS0208] = { "euc-jp-2007", 0, 0xA1, true },  [SET_JIS0212] = { "euc-jp-2007", 0x8F, 0xA1, true },
        [SET_SHIFT_JIS] = { "ibm-943_P15A-2003", 0, 0x40, false }, [SET_EUC_KR] = { "windows-949-2000", 0, 0x41, true },
    };
    if (l->sets[set])
        return l->sets[set];
    UConverter *c = open_converter(made[set].icu);
    struct legacy_index *index = xcalloc(1, sizeof *index);
    for (unsigned lead = 0x81; lead <= 0xFE; lead++) {
        for (unsigned trail = made[set].trail; trail <= 0xFE; trail++) {
            const char b[3] = { (char)made[set].prefix, (char)lead, (char)trail };
            uint32_t code = made[set].prefix ? one(c, b, 3) : one(c, b + 1, 2);
            index->code[lead - 0x81][trail] = made[set].no_private && is_private(code) ? 0 : code;
        }
    }
    ucnv_close(c);
    const struct legacy_patches *p = &legacy_patches[set];
    for (size_t i = 0; i < p->n; i++)
        index->code[(p->v[i].bytes >> 8) - 0x81][p->v[i].bytes & 0xFF] = p->v[i].code;
    l->sets[set] = index;
    return index;
}

/* Upper bytes of which ICU thinks otherwise than the standard; 0: none. */
static void patch_upper(const char *name, uint16_t upper[128])
{
    static const struct {
        const char *name;
        unsigned char byte;
        uint16_t code;
    } patches[] = {
        { "KOI8-U", 0xAE, 0x045E }, { "KOI8-U", 0xBE, 0x040E }, { "windows-1253", 0xAA, 0 }, { "windows-1255", 0xCA, 0x05BA },
    };
    for (size_t i = 0; i < sizeof patches / sizeof *patches; i++)
        if (strcmp(patches[i].name, name) == 0)
            upper[patches[i].byte - 0x80] = patches[i].code;
}

static void fill_upper(const struct encoding *e, uint16_t upper[128])
{
    if (e->upper) {
        for (unsigned i = 0; i < 128; i++)
            upper[i] = i < 32 ? (uint16_t)(0x80 + i) : e->upper[i - 32];
        return;
    }
    if (!e->icu) { /* x-user-defined */
        for (unsigned i = 0; i < 128; i++)
            upper[i] = (uint16_t)(0xF780 + i);
        return;
    }
    UConverter *c = open_converter(e->icu);
    for (unsigned i = 0; i < 128; i++) {
        const char b = (char)(0x80 + i);
        uint32_t code = one(c, &b, 1);
        upper[i] = is_private(code) && strcmp(e->name, "macintosh") != 0 ? 0 : (uint16_t)code; /* of it, 0xF0 is U+F8FF */
    }
    ucnv_close(c);
    patch_upper(e->name, upper);
}

const uint16_t *legacy_upper(struct legacy *l, const struct encoding *e)
{
    for (size_t i = 0; i < l->n_single; i++)
        if (l->single[i].encoding == e)
            return l->single[i].upper;
    size_t at = l->n_single < MAX_SINGLE ? l->n_single++ : MAX_SINGLE - 1;
    l->single[at].encoding = e;
    fill_upper(e, l->single[at].upper);
    return l->single[at].upper;
}

/* "Index gb18030 ranges code point". */
uint32_t legacy_gb18030(struct legacy *l, const unsigned char b[4])
{
    uint32_t pointer = ((b[0] - 0x81u) * 10 + b[1] - 0x30) * 1260 + (b[2] - 0x81u) * 10 + b[3] - 0x30;
    if ((pointer > 39419 && pointer < 189000) || pointer > 1237575)
        return 0;
    if (pointer >= 189000)
        return 0x10000 + pointer - 189000;
    if (pointer == 7457)
        return 0xE7C7;
    if (!l->gb18030)
        l->gb18030 = open_converter("gb18030");
    return one(l->gb18030, (const char *)b, 4);
}
