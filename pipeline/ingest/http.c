/* http.c - see http.h.  RFC 9112 for the message, tolerant as archives need it. */
#include "pipeline/ingest/http.h"

#include "pipeline/ingest/coding.h"
#include "pipeline/ingest/content_type.h"
#include "pipeline/ingest/fields.h"
#include "pipeline/ingest/mime.h"

static struct span lower(struct arena *a, struct span s)
{
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        p[i] = ascii_lower(p[i]);
    return span_of(p, s.n);
}

static int status_of(struct span line)
{
    size_t i = 0;
    while (i < line.n && !ascii_space(line.p[i]))
        i++;
    while (i < line.n && ascii_space(line.p[i]))
        i++;
    int status = 0, digits = 0;
    for (; i < line.n && ascii_digit(line.p[i]) && digits < 3; i++, digits++)
        status = status * 10 + (line.p[i] - '0');
    return digits == 3 ? status : 0;
}

int http_parse(struct span block, struct arena *a, struct http_message *out)
{
    *out = (struct http_message){ 0 };
    struct span s = span_from(block, span_line_ends(span_head(block, 8)));
    if (!span_starts_i(s, "HTTP/") && !span_starts_i(s, "ICY ")) /* Shoutcast's */
        return -ERR_FORMAT;
    size_t eol = span_chr(s, '\n', 0);
    out->status = status_of(span_trim(span_head(s, eol)));
    struct span rest = span_from(s, eol + 1);
    size_t n = fields_parse(rest, HTTP_MAX_FIELDS, a, &out->fields);
    if (n == SIZE_MAX)
        return -ERR_FORMAT;
    out->head = span_head(s, s.n - rest.n + n);
    out->stored_body = span_from(rest, n);
    struct content_type type = content_type(out->fields, a);
    out->content_type = type.value;
    out->charset = type.charset;
    if (type.value.n)
        out->mime = lower(a, mime_essence(type.value));
    return 0;
}

int http_body(const struct http_message *m, struct buf *buf, struct span *out, enum http_coded *coded, struct error *e)
{
    struct buf other = BUF_MAX(buf->max);
    struct coding_list codings;
    enum http_coded worst = HTTP_CODED_WELL;
    buf_reset(buf);
    *out = m->stored_body;
    coding_list_from(m->fields, &codings);
    bool too_big = false, in_buf = false;
    /* Taken off in the reverse of the order in which they were put on.  What fits is decoded further, for a head may be wanted. */
    for (size_t i = codings.n; i-- > 0;) {
        struct buf *to = in_buf ? &other : buf;
        bool cut;
        buf_reset(to);
        to->over = false;
        int rc = coding_undo(codings.v[i], *out, to, &cut);
        if (rc == -ERR_FORMAT) { /* it does not hold: the bytes stay as they are */
            worst = worst > HTTP_CODED_NOT ? worst : HTTP_CODED_NOT;
            continue;
        }
        worst = cut && !too_big ? HTTP_CODED_CUT : worst;
        too_big |= rc != 0;
        *out = buf_view(to);
        in_buf = !in_buf;
    }
    if (coded)
        *coded = worst;
    if (out->p && other.p && out->p >= other.p && out->p < other.p + other.cap) {
        struct buf swap = *buf;
        *buf = other;
        other = swap;
    }
    buf_release(&other);
    return too_big ? error_set(e, ERR_TOO_BIG, NULL, "decoded body is larger than the bound") : 0;
}
