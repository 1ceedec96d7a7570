/* warc_header.c - see warc_header.h.  WARC 1.1 (ISO 28500:2017) sections 4 and 5. */
#include "pipeline/ingest/warc_header.h"

#include "core/text/url.h"
#include "pipeline/ingest/fields.h"
#include "pipeline/ingest/format.h"

bool warc_is_version(struct span s)
{
    return span_starts(s, "WARC/") && s.n > 5 && ascii_digit(s.p[5]);
}

bool warc_is_version_line(struct span s)
{
    return warc_is_version(s) && s.n > 8 && s.p[6] == '.' && ascii_digit(s.p[7]) && (s.p[8] == '\n' || span_starts(span_from(s, 8), "\r\n"));
}

size_t warc_find_version(struct span s, size_t from)
{
    for (;;) {
        from += span_find(span_from(s, from), SPAN("WARC/"));
        if (from >= s.n || warc_is_version_line(span_from(s, from)))
            return from < s.n ? from : s.n;
        from++;
    }
}

size_t warc_head_length(struct span s)
{
    for (size_t i = span_chr(s, '\n', 0); i < s.n; i = span_chr(s, '\n', i + 1)) {
        if (i + 1 < s.n && s.p[i + 1] == '\n')
            return i + 2;
        if (i + 2 < s.n && s.p[i + 1] == '\r' && s.p[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

static enum warc_kind kind_of(struct span type)
{
    static const struct { const char *name; enum warc_kind kind; } kinds[] = {
        { "response", WARC_RESPONSE }, { "request", WARC_REQUEST }, { "metadata", WARC_METADATA }, { "warcinfo", WARC_WARCINFO },
        { "resource", WARC_RESOURCE }, { "revisit", WARC_REVISIT }, { "conversion", WARC_CONVERSION },
        { "continuation", WARC_CONTINUATION },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (span_isi(type, kinds[i].name))
            return kinds[i].kind;
    return WARC_OTHER;
}

static struct span lower(struct arena *a, struct span s)
{
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        p[i] = ascii_lower(p[i]);
    return span_of(p, s.n);
}

static void take_field(struct warc_record *r, const struct field *f)
{
    static const struct { const char *name; size_t slot; } wanted[] = {
        { "WARC-Record-ID", offsetof(struct warc_record, id) },
        { "WARC-Date", offsetof(struct warc_record, date) },
        { "Content-Type", offsetof(struct warc_record, content_type) },
        { "WARC-Identified-Payload-Type", offsetof(struct warc_record, identified_type) },
        { "WARC-Truncated", offsetof(struct warc_record, truncated) },
        { "WARC-Payload-Digest", offsetof(struct warc_record, payload_digest) },
        { "WARC-Block-Digest", offsetof(struct warc_record, block_digest) },
        { "WARC-Target-URI", offsetof(struct warc_record, url) },
        { "WARC-Type", offsetof(struct warc_record, type) },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct span *slot = (struct span *)((char *)r + wanted[i].slot);
        if (!slot->p && span_isi(f->name, wanted[i].name)) {
            *slot = f->value;
            return;
        }
    }
}

/* A head that breaks off, with a whole one behind it: both standards ask for these four fields in each. */
static bool holds_other_head(struct span head, struct arena *a)
{
    static const char *const needed[] = { "WARC-Record-ID", "WARC-Date", "WARC-Type", "Content-Length" };
    for (size_t at = warc_find_version(head, 1); at < head.n; at = warc_find_version(head, at + 1)) {
        struct field *fields;
        struct span other = span_from(head, at);
        if (warc_find_version(other, 1) < other.n)
            continue;
        if (fields_parse(span_from(other, span_chr(other, '\n', 0) + 1), WARC_MAX_FIELDS, a, &fields) == SIZE_MAX)
            return false;
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            if (!field_find(fields, needed[i]))
                return false;
        return true;
    }
    return false;
}

const char *warc_parse_head(struct span head, struct arena *a, struct warc_record *r)
{
    size_t eol = span_chr(head, '\n', 0);
    if (holds_other_head(head, a))
        return "record head is cut off by another record";
    r->stored_header = head;
    if (fields_parse(span_from(head, eol + 1), WARC_MAX_FIELDS, a, &r->headers) == SIZE_MAX)
        return "record head has too many fields";
    for (const struct field *f = r->headers; f; f = f->next)
        take_field(r, f);
    const struct field *length = field_find(r->headers, "Content-Length");
    if (!length || !span_u64(length->value, &r->content_length))
        return "record head has no usable Content-Length";
    if (!r->type.n)
        return "record head has no WARC-Type";
    r->type = lower(a, r->type);
    r->kind = kind_of(r->type);
    if (r->url.p)
        r->url = url_trim(r->url);
    return NULL;
}

const struct record_format warc_format = {
    .name = "WARC", .max_head = WARC_MAX_HEADER, .begins = warc_is_version, .head_length = warc_head_length, .parse = warc_parse_head,
};
