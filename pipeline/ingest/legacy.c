/* legacy.c - see legacy.h.  One function an encoding, named and ordered as in the standard. */
#include "pipeline/ingest/legacy.h"

#include "core/error.h"
#include "core/utf8.h"

struct stream {
    const unsigned char *p, *end;
    struct buf *out;
    uint64_t repaired;
};

static bool ascii(unsigned c)
{
    return c < 0x80;
}

static bool within(unsigned c, unsigned low, unsigned high)
{
    return c >= low && c <= high;
}

/* A code point or a pair of them (legacy_index); 0 is an error. */
static void put(struct stream *s, uint32_t code)
{
    if (code == 0) {
        s->repaired++;
        code = UTF8_BAD;
    }
    if (code > 0x10FFFF) {
        buf_put_utf8(s->out, code & 0xFFFF);
        code >>= 16;
    }
    buf_put_utf8(s->out, code);
}

/* What is ASCII is most of a page, whatever its encoding: copied as it is. */
static bool next(struct stream *s, unsigned *c)
{
    const unsigned char *run = s->p;
    while (s->p < s->end && ascii(*s->p))
        s->p++;
    if (s->p > run && buf_put(s->out, run, (size_t)(s->p - run)))
        return false;
    if (s->p == s->end || s->out->over)
        return false;
    *c = *s->p++;
    return true;
}

/* "If byte is an ASCII byte, restore byte": a trail that can stand for itself does. */
static void put_trail(struct stream *s, uint32_t code, unsigned trail)
{
    if (code == 0 && ascii(trail))
        s->p--;
    put(s, code);
}

static void single_byte(struct stream *s, const uint16_t *upper)
{
    unsigned c;
    while (next(s, &c))
        put(s, upper[c - 0x80]);
}

/* Behind a lead byte and a digit; on an error the second byte and what follows are read again. */
static void gb18030_four(struct legacy *l, struct stream *s)
{
    const unsigned char *b = s->p - 2;
    if (s->end - b < 4) { /* it breaks off inside the sequence, or has begun to be none */
        bool whole = s->end - b < 3 || within(b[2], 0x81, 0xFE);
        s->p = whole ? s->end : b + 1;
        put(s, 0);
        return;
    }
    if (within(b[2], 0x81, 0xFE) && within(b[3], 0x30, 0x39)) {
        s->p = b + 4;
        put(s, legacy_gb18030(l, b));
    } else {
        s->p = b + 1;
        put(s, 0);
    }
}

static void gb18030(struct legacy *l, struct stream *s)
{
    const struct legacy_index *gbk = legacy_set(l, SET_GBK);
    unsigned c;
    while (next(s, &c)) {
        if (c == 0x80 || c == 0xFF) {
            put(s, c == 0x80 ? 0x20AC : 0);
        } else if (s->p == s->end) {
            put(s, 0);
        } else {
            unsigned trail = *s->p++;
            if (within(trail, 0x30, 0x39))
                gb18030_four(l, s);
            else
                put_trail(s, gbk->code[c - 0x81][trail], trail);
        }
    }
}

/* Big5, EUC-KR: lead 0x81 to 0xFE and one trail byte. */
static void two_bytes(const struct legacy_index *index, struct stream *s)
{
    unsigned c;
    while (next(s, &c)) {
        if (!within(c, 0x81, 0xFE) || s->p == s->end) {
            put(s, 0);
        } else {
            unsigned trail = *s->p++;
            put_trail(s, index->code[c - 0x81][trail], trail);
        }
    }
}

static void euc_jp(struct legacy *l, struct stream *s)
{
    const struct legacy_index *jis0208 = legacy_set(l, SET_JIS0208);
    unsigned c;
    while (next(s, &c)) {
        if ((c != 0x8E && c != 0x8F && !within(c, 0xA1, 0xFE)) || s->p == s->end) {
            put(s, 0);
            continue;
        }
        unsigned trail = *s->p++;
        if (c == 0x8E && within(trail, 0xA1, 0xDF)) {
            put(s, 0xFF61 - 0xA1 + trail);
        } else if (c == 0x8F && within(trail, 0xA1, 0xFE)) {
            if (s->p == s->end) {
                put(s, 0);
                continue;
            }
            unsigned third = *s->p++;
            put_trail(s, legacy_set(l, SET_JIS0212)->code[trail - 0x81][third], third);
        } else {
            put_trail(s, within(c, 0xA1, 0xFE) ? jis0208->code[c - 0x81][trail] : 0, trail);
        }
    }
}

static void shift_jis(const struct legacy_index *index, struct stream *s)
{
    unsigned c;
    while (next(s, &c)) {
        if (c == 0x80) {
            put(s, 0x80);
        } else if (within(c, 0xA1, 0xDF)) {
            put(s, 0xFF61 - 0xA1 + c);
        } else if ((!within(c, 0x81, 0x9F) && !within(c, 0xE0, 0xFC)) || s->p == s->end) {
            put(s, 0);
        } else {
            unsigned trail = *s->p++;
            put_trail(s, index->code[c - 0x81][trail], trail);
        }
    }
}

enum iso_2022_jp_state { ISO_ASCII, ISO_ROMAN, ISO_KATAKANA, ISO_LEAD };

/* Behind ESC: the state of a known escape sequence, which is then stepped over; -1 for another. */
static int escape(struct stream *s)
{
    static const struct { const char *bytes; enum iso_2022_jp_state state; } known[] = {
        { "(B", ISO_ASCII }, { "(J", ISO_ROMAN }, { "(I", ISO_KATAKANA }, { "$@", ISO_LEAD }, { "$B", ISO_LEAD },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known && s->end - s->p >= 2; i++) {
        if (memcmp(s->p, known[i].bytes, 2) == 0) {
            s->p += 2;
            return (int)known[i].state;
        }
    }
    return -1;
}

/* A byte in a state of one byte a character. */
static uint32_t iso_2022_jp_one(enum iso_2022_jp_state state, unsigned c)
{
    if (state == ISO_KATAKANA)
        return within(c, 0x21, 0x5F) ? 0xFF61 - 0x21 + c : 0;
    if (!ascii(c) || c == 0x0E || c == 0x0F)
        return 0;
    return state == ISO_ROMAN && c == 0x5C ? 0xA5 : state == ISO_ROMAN && c == 0x7E ? 0x203E : c;
}

static void iso_2022_jp(struct legacy *l, struct stream *s)
{
    const struct legacy_index *jis0208 = legacy_set(l, SET_JIS0208);
    enum iso_2022_jp_state state = ISO_ASCII;
    bool output = false; /* something stands behind the last escape sequence: two in a row are an error */
    while (s->p < s->end && !s->out->over) {
        unsigned c = *s->p++;
        if (c == 0x1B) {
            int to = escape(s);
            if (to < 0 || output)
                put(s, 0);
            if (to >= 0)
                state = (enum iso_2022_jp_state)to;
            output = to >= 0;
            continue;
        }
        output = false;
        if (state != ISO_LEAD) {
            if (c == 0 && state != ISO_KATAKANA)
                buf_putc(s->out, 0);
            else
                put(s, iso_2022_jp_one(state, c));
        } else if (!within(c, 0x21, 0x7E)) {
            put(s, 0);
        } else if (s->p == s->end || *s->p == 0x1B) {
            put(s, 0); /* an escape sequence in place of a trail is read as one */
        } else {
            unsigned trail = *s->p++;
            put(s, within(trail, 0x21, 0x7E) ? jis0208->code[c + 0x80 - 0x81][trail + 0x80] : 0);
        }
    }
}

static void utf_16(struct stream *s, bool big)
{
    uint32_t lead = 0;
    for (; s->end - s->p >= 2 && !s->out->over; s->p += 2) {
        uint32_t unit = big ? (uint32_t)s->p[0] << 8 | s->p[1] : (uint32_t)s->p[1] << 8 | s->p[0];
        if (lead && within(unit, 0xDC00, 0xDFFF)) {
            put(s, 0x10000 + ((lead - 0xD800) << 10) + (unit - 0xDC00));
            lead = 0;
            continue;
        }
        if (lead)
            put(s, 0);
        lead = within(unit, 0xD800, 0xDBFF) ? unit : 0;
        if (unit == 0)
            buf_putc(s->out, 0);
        else if (!lead)
            put(s, within(unit, 0xDC00, 0xDFFF) ? 0 : unit);
    }
    if (lead || s->p < s->end)
        put(s, 0);
}

int legacy_decode(struct legacy *l, const struct encoding *e, struct span in, struct buf *out, uint64_t *repaired)
{
    const unsigned char *p = (const unsigned char *)in.p;
    struct stream s = { p, p + in.n, out, 0 };
    switch (e->decoder) {
    case DECODE_SINGLE: single_byte(&s, legacy_upper(l, e)); break;
    case DECODE_GB18030: gb18030(l, &s); break;
    case DECODE_BIG5: two_bytes(legacy_set(l, SET_BIG5), &s); break;
    case DECODE_EUC_JP: euc_jp(l, &s); break;
    case DECODE_ISO_2022_JP: iso_2022_jp(l, &s); break;
    case DECODE_SHIFT_JIS: shift_jis(legacy_set(l, SET_SHIFT_JIS), &s); break;
    case DECODE_EUC_KR: two_bytes(legacy_set(l, SET_EUC_KR), &s); break;
    case DECODE_UTF16BE: utf_16(&s, true); break;
    case DECODE_UTF16LE: utf_16(&s, false); break;
    case DECODE_UTF8:
    case DECODE_REPLACEMENT: break;
    }
    *repaired += s.repaired;
    return out->over ? -ERR_TOO_BIG : 0;
}
