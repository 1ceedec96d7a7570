/* charset.c - see charset.h. */
#include "pipeline/ingest/charset.h"

#include <stdlib.h>
#include <unicode/ucsdet.h>

#include "core/alloc.h"
#include "core/utf8.h"
#include "pipeline/ingest/legacy.h"
#include "pipeline/ingest/prescan.h"

/* The detector works at about 5 MB/s: it sees this much of a page, tags taken out. */
#define DETECT_BYTES 8192

struct charset_converter {
    struct legacy *legacy;
    UCharsetDetector *detector;
    char sample[DETECT_BYTES];
};

struct charset_converter *charset_new(void)
{
    struct charset_converter *c = xcalloc(1, sizeof *c);
    c->legacy = legacy_new();
    return c;
}

void charset_free(struct charset_converter *c)
{
    if (!c)
        return;
    legacy_free(c->legacy);
    if (c->detector)
        ucsdet_close(c->detector);
    free(c);
}

/* Text between tags, without scripts and styles, as the detector likes it. */
static size_t sample_text(struct span body, char out[DETECT_BYTES])
{
    size_t n = 0;
    bool tag = false, ends = true; /* an element of raw text ends further on: looked for in vain once is enough */
    for (size_t i = 0; i < body.n && n < DETECT_BYTES; i++) {
        char c = body.p[i];
        if (c == '<') {
            struct span here = span_from(body, i);
            const char *raw = span_starts_i(here, "<script") ? "</script" : span_starts_i(here, "<style") ? "</style" : NULL;
            size_t end = raw && ends ? span_find(span_from(here, 1), span_cstr(raw)) : here.n;
            if (end + 1 < here.n)
                i += end;
            else if (raw)
                ends = false;
            tag = true;
        } else if (c == '>') {
            tag = false;
        } else if (!tag && (!ascii_space(c) || (n && !ascii_space(out[n - 1])))) {
            out[n++] = c;
        }
    }
    return n;
}

static const struct encoding *detect(struct charset_converter *c, struct span body)
{
    UErrorCode status = U_ZERO_ERROR;
    size_t n = sample_text(body, c->sample);
    if (!c->detector)
        c->detector = ucsdet_open(&status);
    if (n < 16 || U_FAILURE(status))
        return NULL;
    ucsdet_setText(c->detector, c->sample, (int32_t)n, &status);
    const UCharsetMatch *m = ucsdet_detect(c->detector, &status);
    const char *name = m && U_SUCCESS(status) ? ucsdet_getName(m, &status) : NULL;
    if (!name || U_FAILURE(status) || ucsdet_getConfidence(m, &status) < 10)
        return NULL;
    const struct encoding *e = encoding_by_label(span_cstr(name));
    /* UTF-16 without a byte order mark is a guess too wild, and UTF-8 it is not. */
    return e && e->decoder != DECODE_UTF8 && e->decoder != DECODE_UTF16BE && e->decoder != DECODE_UTF16LE &&
           e->decoder != DECODE_REPLACEMENT ? e : NULL;
}

static const struct encoding *by_bom(struct span *body)
{
    if (span_starts(*body, "\xEF\xBB\xBF")) {
        *body = span_from(*body, 3);
        return encoding_by_name("UTF-8");
    }
    if (span_starts(*body, "\xFE\xFF")) {
        *body = span_from(*body, 2);
        return encoding_by_name("UTF-16BE");
    }
    if (span_starts(*body, "\xFF\xFE")) {
        *body = span_from(*body, 2);
        return encoding_by_name("UTF-16LE");
    }
    return NULL;
}

static const struct encoding *decide(struct charset_converter *c, struct span *body, struct span http, const char **signal)
{
    const struct encoding *e = by_bom(body);
    *signal = "bom";
    if (!e) {
        e = encoding_by_label(http);
        *signal = "http";
    }
    if (!e) {
        e = prescan_meta(*body);
        *signal = "meta";
    }
    if (!e && utf8_valid(*body)) {
        e = encoding_by_name("UTF-8");
        *signal = "utf-8";
    }
    if (!e) {
        e = detect(c, *body);
        *signal = "detected";
    }
    if (!e) {
        e = encoding_by_name("windows-1252"); /* the standard's default for most locales */
        *signal = "fallback";
    }
    return e;
}

/* Valid UTF-8 is not copied. */
static int from_utf8(struct span body, struct buf *buf, struct span *out, uint64_t *repaired)
{
    *out = body;
    if (utf8_valid(body))
        return 0;
    long n = utf8_repair(body, buf);
    if (n < 0)
        return -ERR_TOO_BIG;
    *repaired = (uint64_t)n;
    *out = buf_view(buf);
    return 0;
}

int charset_decode(struct charset_converter *c, struct span body, struct span http_charset, struct buf *buf, struct span *out,
                   struct charset_choice *choice)
{
    const struct encoding *e = decide(c, &body, http_charset, &choice->signal);
    choice->encoding = e->name;
    choice->repaired = 0;
    buf_reset(buf);
    if (buf->max && body.n > buf->max)
        return -ERR_TOO_BIG;
    if (e->decoder == DECODE_UTF8)
        return from_utf8(body, buf, out, &choice->repaired);
    if (e->decoder == DECODE_REPLACEMENT) {
        choice->repaired = body.n > 0;
        *out = body.n ? SPAN("\xEF\xBF\xBD") : body;
        return 0;
    }
    int rc = legacy_decode(c->legacy, e, body, buf, &choice->repaired);
    *out = buf_view(buf);
    return rc;
}
