/* charset.c - see charset.h. */
#include "pipeline/ingest/charset.h"

#include <stdlib.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucsdet.h>

#include "core/alloc.h"
#include "core/utf8.h"
#include "pipeline/ingest/prescan.h"

/* The detector works at about 5 MB/s: it sees this much of a page, tags taken out. */
#define DETECT_BYTES 8192
#define MAX_OPEN 48

struct charset_converter {
    struct {
        const char *icu;
        UConverter *cnv;
    } open[MAX_OPEN];
    size_t n_open;
    UConverter *utf8;
    UCharsetDetector *detector;
    char sample[DETECT_BYTES];
};

struct charset_converter *charset_new(void)
{
    struct charset_converter *c = xcalloc(1, sizeof *c);
    UErrorCode status = U_ZERO_ERROR;
    c->utf8 = ucnv_open("UTF-8", &status);
    if (U_FAILURE(status))
        abort();
    return c;
}

void charset_free(struct charset_converter *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_open; i++)
        ucnv_close(c->open[i].cnv);
    ucnv_close(c->utf8);
    if (c->detector)
        ucsdet_close(c->detector);
    free(c);
}

static UConverter *converter(struct charset_converter *c, const char *icu)
{
    for (size_t i = 0; i < c->n_open; i++)
        if (strcmp(c->open[i].icu, icu) == 0)
            return c->open[i].cnv;
    UErrorCode status = U_ZERO_ERROR;
    UConverter *cnv = c->n_open < MAX_OPEN ? ucnv_open(icu, &status) : NULL;
    if (!cnv || U_FAILURE(status))
        return NULL;
    c->open[c->n_open].icu = icu;
    c->open[c->n_open++].cnv = cnv;
    return cnv;
}

/* U+FFFD, counted.  ICU's own substitute for one byte of a multibyte encoding is U+001A. */
static void put_replacement(const void *context, UConverterToUnicodeArgs *args, const char *bytes, int32_t length,
                            UConverterCallbackReason reason, UErrorCode *status)
{
    static const UChar replacement = 0xFFFD;
    if (reason > UCNV_IRREGULAR)
        return;
    ++*(uint64_t *)(uintptr_t)context;
    *status = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &replacement, 1, 0, status);
}

static int convert(struct charset_converter *c, UConverter *cnv, struct span in, struct buf *out, uint64_t *repaired)
{
    UChar pivot[4096], *pivot_source = pivot, *pivot_target = pivot;
    const char *source = in.p, *end = in.p + in.n;
    UErrorCode status = U_ZERO_ERROR;
    UConverterToUCallback old;
    const void *old_context;
    ucnv_reset(cnv);
    ucnv_reset(c->utf8);
    ucnv_setToUCallBack(cnv, put_replacement, repaired, &old, &old_context, &status);
    for (UBool first = true;; first = false) {
        size_t room = out->max && out->n + 65536 > out->max ? out->max - out->n : 65536;
        if (room < 64) {
            out->over = true;
            return -ERR_TOO_BIG;
        }
        buf_reserve(out, room);
        char *target = out->p + out->n;
        status = U_ZERO_ERROR;
        ucnv_convertEx(c->utf8, cnv, &target, out->p + out->n + room, &source, end, pivot, &pivot_source, &pivot_target,
                       pivot + 4096, first, true, &status);
        out->n = (size_t)(target - out->p);
        if (status != U_BUFFER_OVERFLOW_ERROR)
            return U_FAILURE(status) ? -ERR_BUG : 0;
    }
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
    return e && e->icu && strncmp(e->name, "UTF-16", 6) != 0 ? e : NULL;
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

static int by_table(const uint16_t *upper, struct span body, struct buf *out)
{
    for (size_t i = 0; i < body.n; i++) {
        unsigned char c = (unsigned char)body.p[i];
        if (buf_reserve(out, 4))
            return -ERR_TOO_BIG;
        out->n += utf8_put(out->p + out->n, c < 0xA0 ? c : upper[c - 0xA0]);
    }
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
    UConverter *cnv = e->icu ? converter(c, e->icu) : NULL;
    if (!cnv && strcmp(e->name, "x-user-defined") == 0)
        cnv = converter(c, encoding_by_name("windows-1252")->icu);
    if (cnv) {
        int rc = convert(c, cnv, body, buf, &choice->repaired);
        *out = buf_view(buf);
        return rc;
    }
    if (e->upper) {
        int rc = by_table(e->upper, body, buf);
        *out = buf_view(buf);
        return rc;
    }
    if (utf8_valid(body)) {
        *out = body;
        return 0;
    }
    long repaired = utf8_repair(body, buf);
    if (repaired < 0)
        return -ERR_TOO_BIG;
    choice->repaired = (uint64_t)repaired;
    *out = buf_view(buf);
    return 0;
}
