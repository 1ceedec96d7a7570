/* http.c - see http.h.  RFC 9112 for the message, tolerant as archives need it. */
#include "pipeline/ingest/http.h"

#include "pipeline/ingest/coding.h"
#include "pipeline/ingest/fields.h"
#include "pipeline/ingest/mime.h"

static struct span lower(struct arena *a, struct span s)
{
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        p[i] = ascii_lower(p[i]);
    return span_of(p, s.n);
}

/* The charset parameter of a Content-Type value, unquoted; p == NULL if there is none. */
static struct span charset_of(struct span value)
{
    struct span rest = value, part;
    span_cut(&rest, ';', &part);
    while (span_cut(&rest, ';', &part)) {
        part = span_trim(part);
        size_t eq = span_chr(part, '=', 0);
        if (eq == part.n || !span_isi(span_trim(span_head(part, eq)), "charset"))
            continue;
        part = span_trim(span_from(part, eq + 1));
        if (part.n >= 2 && (part.p[0] == '"' || part.p[0] == '\'') && part.p[part.n - 1] == part.p[0])
            part = span_of(part.p + 1, part.n - 2);
        if (part.n)
            return part;
    }
    return (struct span){ 0 };
}

static int status_of(struct span line)
{
    size_t i = span_chr(line, ' ', 0);
    while (i < line.n && line.p[i] == ' ')
        i++;
    int status = 0, digits = 0;
    for (; i < line.n && ascii_digit(line.p[i]) && digits < 3; i++, digits++)
        status = status * 10 + (line.p[i] - '0');
    return digits == 3 ? status : 0;
}

int http_parse(struct span block, struct arena *a, struct http_message *out)
{
    *out = (struct http_message){ 0 };
    size_t blank = 0;
    while (blank < block.n && blank < 8 && (block.p[blank] == '\r' || block.p[blank] == '\n'))
        blank++;
    struct span s = span_from(block, blank);
    if (!span_starts_i(s, "HTTP/"))
        return -ERR_FORMAT;
    size_t eol = span_chr(s, '\n', 0);
    out->status = status_of(span_trim(span_head(s, eol)));
    struct span rest = span_from(s, eol + 1);
    size_t n = fields_parse(rest, HTTP_MAX_FIELDS, a, &out->fields);
    if (n == SIZE_MAX)
        return -ERR_FORMAT;
    out->head = span_head(s, s.n - rest.n + n);
    out->stored_body = span_from(rest, n);
    for (const struct field *f = out->fields; f; f = f->next) /* of several the last counts (Fetch standard, "extract a MIME type") */
        if (span_isi(f->name, "Content-Type") && f->value.n)
            out->content_type = f->value;
    if (out->content_type.n) {
        out->mime = lower(a, mime_essence(out->content_type));
        out->charset = charset_of(out->content_type);
    }
    return 0;
}

int http_body(const struct http_message *m, struct buf *buf, struct span *out, struct error *e)
{
    struct buf other = BUF_MAX(buf->max);
    struct coding_list codings;
    buf_reset(buf);
    *out = m->stored_body;
    coding_list_from(m->fields, &codings);
    if (!codings.n)
        return 0;
    int rc = 0;
    bool in_buf = false;
    /* Taken off in the reverse of the order in which they were put on. */
    for (size_t i = codings.n; rc == 0 && i-- > 0;) {
        struct buf *to = in_buf ? &other : buf;
        buf_reset(to);
        rc = coding_undo(codings.v[i], *out, to);
        if (rc == -ERR_FORMAT) { /* it does not hold: the bytes stay as they are */
            rc = 0;
            continue;
        }
        *out = buf_view(to);
        in_buf = !in_buf;
    }
    if (out->p && other.p && out->p >= other.p && out->p < other.p + other.cap) {
        struct buf swap = *buf;
        *buf = other;
        other = swap;
    }
    buf_release(&other);
    return rc ? error_set(e, ERR_TOO_BIG, NULL, "decoded body is larger than the bound") : 0;
}
