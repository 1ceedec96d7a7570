/* remote_answer.c - see remote_answer.h. */
#include "pipeline/ingest/remote_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "core/alloc.h"
#include "pipeline/ingest/curl_library.h"

void answer_reset(struct remote_answer *a)
{
    *a = (struct remote_answer){ .total = UINT64_MAX, .retry_after = -1 };
}

static void keep(char *to, size_t size, struct span value)
{
    size_t n = value.n < size - 1 ? value.n : size - 1;
    memcpy(to, value.p, n);
    to[n] = 0;
}

/* "bytes 5-9/100", "bytes 5-9/" and an asterisk, "bytes *" and the size. */
static void content_range(struct remote_answer *a, struct span v)
{
    if (!span_starts_i(v, "bytes "))
        return;
    v = span_trim(span_from(v, 6));
    size_t dash = span_chr(v, '-', 0), slash = span_chr(v, '/', 0);
    a->has_range = dash < slash && span_u64(span_head(v, dash), &a->first);
    if (!span_u64(span_from(v, slash + 1), &a->total))
        a->total = UINT64_MAX;
}

/* Seconds, or a date (RFC 9110 10.2.3). */
static long retry_after(struct span v)
{
    char text[64];
    uint64_t seconds;
    if (span_u64(v, &seconds))
        return seconds < 86400 ? (long)seconds : 86400;
    keep(text, sizeof text, v);
    const struct curl_library *curl = curl_library(NULL);
    time_t at = curl ? curl->curl_getdate(text, NULL) : -1, now = time(NULL);
    return at < 0 ? -1 : at > now ? (long)(at - now) : 0;
}

void answer_header(struct remote_answer *a, struct span line)
{
    size_t colon = span_chr(line, ':', 0);
    struct span name = span_trim(span_head(line, colon)), value = span_trim(span_from(line, colon + 1));
    uint64_t length;
    if (span_starts_i(line, "HTTP/")) {
        answer_reset(a);
        size_t blank = span_chr(line, ' ', 0);
        for (size_t i = blank + 1; i < line.n && ascii_digit(line.p[i]) && i < blank + 4; i++)
            a->status = a->status * 10 + (line.p[i] - '0');
    } else if (span_isi(name, "ETag")) {
        keep(a->etag, sizeof a->etag, value);
    } else if (span_isi(name, "Last-Modified")) {
        keep(a->modified, sizeof a->modified, value);
    } else if (span_isi(name, "x-amz-bucket-region")) {
        keep(a->region, sizeof a->region, value);
    } else if (span_isi(name, "Content-Range")) {
        content_range(a, value);
    } else if (span_isi(name, "Retry-After")) {
        a->retry_after = retry_after(value);
    } else if (span_isi(name, "Content-Length") && a->status == 200 && span_u64(value, &length)) {
        a->total = length;
    }
}

char *answer_version(const struct remote_answer *a)
{
    char *v = a->total == UINT64_MAX ? xasprintf("%s|%s|", a->etag, a->modified)
                                     : xasprintf("%s|%s|%" PRIu64, a->etag, a->modified, a->total);
    for (char *p = v; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7F)
            *p = '_';
    return v;
}

bool answer_is_temporary(const struct remote_answer *a)
{
    static const int temporary[] = { 0, 408, 425, 429, 500, 502, 503, 504 };
    for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++)
        if (a->status == temporary[i])
            return true;
    return false;
}

int answer_refused(const struct remote_answer *a, const char *name, struct error *e)
{
    switch (a->status) {
    case 404:
    case 410:
        return error_set(e, ERR_INPUT, name, "is not there (the server answers %d)", a->status);
    case 401:
    case 403:
        return error_set(e, ERR_INPUT, name, "may not be read (the server answers %d); for s3:// set AWS_ACCESS_KEY_ID and "
                         "AWS_SECRET_ACCESS_KEY, or read a public copy over https://", a->status);
    case 301:
    case 307:
    case 400:
        if (a->region[0])
            return error_set(e, ERR_INPUT, name, "lies in another region; set AWS_REGION=%s", a->region);
    }
    return error_set(e, ERR_INPUT, name, "the server answers %d", a->status);
}
