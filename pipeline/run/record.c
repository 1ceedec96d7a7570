/* record.c - see record.h. */
#include "pipeline/run/record.h"

#include "core/text/url.h"
#include "pipeline/ingest/content_type.h"
#include "pipeline/ingest/mime.h"
#include "pipeline/run/record_document.h"

const struct conf_key ingest_keys[] = {
    { "ingest.max_block", CONF_SIZE, "64M", 1 << 16, 1e9, NULL,
      "bytes of one record's block; a larger record is dropped as too_large (Common Crawl cuts at 5 MiB)" },
    { "ingest.max_body", CONF_SIZE, "64M", 1 << 16, 1e9, NULL, "bytes of one decoded HTTP body; more is dropped as too_large" },
    { "ingest.max_ratio", CONF_INT, "1000", 10, 1e6, NULL,
      "decoded bytes for a stored one, past the first MiB, behind which a body is dropped as ratio (deflate gives 1,032 at most)" },
    { "ingest.truncated", CONF_CHOICE, "keep", 0, 0, "keep|drop",
      "records that the crawler cut (WARC-Truncated), or that are the first of several segments" },
    { "ingest.digests", CONF_CHOICE, "verify", 0, 0, "off|verify|require",
      "WARC-Payload-Digest and WARC-Block-Digest: verify says in the row what they say; require drops a record that fails one, as digest" },
    { 0 },
};

void record_context_init(struct record_context *x, const struct config *c)
{
    *x = (struct record_context){
        .max_block = config_size(c, "ingest.max_block"),
        .drop_truncated = strcmp(config_str(c, "ingest.truncated"), "drop") == 0,
        .digests = strcmp(config_str(c, "ingest.digests"), "off") != 0,
        .drop_bad_digest = strcmp(config_str(c, "ingest.digests"), "require") == 0,
        .charset = charset_new(),
    };
    x->max_body = x->utf8.max = config_size(c, "ingest.max_body");
    x->max_ratio = (uint64_t)config_int(c, "ingest.max_ratio");
    x->sight.max = MIME_SIGHT;
}

void record_context_release(struct record_context *x)
{
    charset_free(x->charset);
    buf_release(&x->body);
    buf_release(&x->utf8);
    buf_release(&x->sight);
}

static const char *kind_name(enum warc_kind kind)
{
    switch (kind) {
    case WARC_WARCINFO: return "warcinfo";
    case WARC_REQUEST: return "request";
    case WARC_METADATA: return "metadata";
    case WARC_REVISIT: return "revisit";
    case WARC_CONTINUATION: return "continuation";
    case WARC_OTHER: return "other_type";
    case WARC_DAMAGE:
    case WARC_RESPONSE:
    case WARC_RESOURCE:
    case WARC_DOCUMENT:
    case WARC_CONVERSION: break;
    }
    return NULL;
}

static bool is_html(struct span mime)
{
    return span_isi(mime, "text/html") || span_isi(mime, "application/xhtml+xml");
}

static bool is_robots(struct span url)
{
    struct url u;
    return url_parse(url, &u) && span_is(u.path, "/robots.txt");
}

/* The first bytes of the decoded body; cut at the bound, as more is not looked at. */
static struct span body_sight(struct record_context *x)
{
    struct span body;
    struct error e;
    buf_reset(&x->sight);
    (void)!http_body(&x->http, &x->sight, &body, NULL, &e);
    return body;
}

/* Identified payload type first, then what a browser makes of the HTTP type and the bytes. */
static bool is_page(struct record_context *x, const struct warc_record *r)
{
    if (r->identified_type.n)
        return is_html(mime_essence(r->identified_type));
    if (is_html(x->http.mime) && !span_isi(x->http.mime, "text/html"))
        return true;
    const struct field *f = field_find(x->http.fields, "X-Content-Type-Options");
    return mime_sniff(x->http.content_type, f && span_isi(f->value, "nosniff"), body_sight(x)) == MIME_HTML;
}

static void gate_response(struct record_context *x, const struct warc_record *r, struct document *d)
{
    if (is_robots(d->url)) {
        doc_drop(d, "ingest", "robots");
    } else if (http_parse(r->block, d->arena, &x->http)) {
        if (!span_starts_i(r->content_type, "application/http"))
            doc_drop(d, "ingest", "mime"); /* of another protocol: dns, ftp */
        else if (mime_sniff((struct span){ 0 }, false, r->block) != MIME_HTML) /* a page without a head is HTTP/0.9 */
            doc_fail(d, "ingest", "http", "the block of this response has no HTTP head");
    } else {
        x->has_http = true;
        d->http = x->http.fields;
        d->charset = x->http.charset;
        if (x->http.status != 200)
            doc_drop_value(d, "ingest", "status", x->http.status, 200);
        else if (!is_page(x, r))
            doc_drop(d, "ingest", "mime");
    }
}

/* A file or page without an HTTP head, its type in the record's own. */
static void gate_resource(const struct warc_record *r, struct document *d)
{
    const struct field type = { SPAN("Content-Type"), r->content_type, NULL };
    d->charset = content_type(&type, d->arena).charset;
    if (is_robots(d->url))
        doc_drop(d, "ingest", "robots");
    else if (!is_html(mime_essence(r->identified_type.n ? r->identified_type : r->content_type)))
        doc_drop(d, "ingest", "resource");
}

/* What the record says of itself that the ledger keeps. */
static void note_state(const struct record_context *x, const struct warc_record *r, struct document *d)
{
    static const char *const verdicts[] = { NULL, "ok", "bad", "unknown" };
    if (x->digests)
        d->digest = verdicts[warc_check_digests(r)];
    if (r->truncated.n)
        d->cut = arena_dup(d->arena, r->truncated);
    else if (r->kind == WARC_RESPONSE && field_find(r->headers, "WARC-Segment-Number"))
        d->cut = SPAN("segment");
}

void record_head(struct record_context *x, const struct warc_record *r, struct span input_name, struct arena *a,
                 struct document *d)
{
    *d = (struct document){ .arena = a, .id = r->id, .date = r->date };
    d->origin = (struct origin){ input_name, r->offset, r->length, r->at };
    x->has_http = false;
    if (r->kind == WARC_DAMAGE) {
        d->id = d->date = (struct span){ 0 };
        doc_fail(d, "ingest", "damage", r->damage);
        return;
    }
    if (!r->id.n)
        d->id = warc_make_id(a, input_name, r->offset, r->at);
    if (r->url.p) {
        struct buf url = { 0 };
        url_put_utf8(r->url, &url);
        d->url = arena_dup(a, buf_view(&url));
        buf_release(&url);
    }
    note_state(x, r, d);
    const char *refused = kind_name(r->kind);
    if (refused)
        doc_drop(d, "ingest", refused);
    else if (r->block_cut || r->block.n > x->max_block)
        doc_drop_value(d, "ingest", "too_large", (double)r->content_length, (double)x->max_block);
    else if (d->cut.p && x->drop_truncated)
        doc_drop(d, "ingest", "truncated");
    else if (x->drop_bad_digest && d->digest && strcmp(d->digest, "bad") == 0)
        doc_drop(d, "ingest", "digest");
    else if (r->kind == WARC_DOCUMENT)
        record_document(r->block, d);
    else if (r->kind == WARC_RESPONSE)
        gate_response(x, r, d);
    else if (r->kind == WARC_RESOURCE)
        gate_resource(r, d);
    else if (!span_isi(mime_essence(r->content_type), "text/plain"))
        doc_drop(d, "ingest", "mime");
}

#define RATIO_FREE ((uint64_t)1 << 20) /* a small body may be anything */

/* The body without its codings; false, and dropped, past a bound. */
static bool take_http_body(struct record_context *x, struct document *d, struct span *body)
{
    static const char *const names[] = { [HTTP_CODED_WELL] = NULL, [HTTP_CODED_NOT] = "absent", [HTTP_CODED_CUT] = "cut" };
    enum http_coded coded;
    struct error e;
    uint64_t by_ratio = RATIO_FREE + x->max_ratio * x->http.stored_body.n;
    x->body.max = by_ratio < x->max_body ? by_ratio : x->max_body;
    int rc = http_body(&x->http, &x->body, body, &coded, &e);
    d->coding = names[coded];
    if (rc && x->body.max < x->max_body)
        doc_drop_value(d, "ingest", "ratio", (double)(x->body.max / x->http.stored_body.n), (double)x->max_ratio);
    else if (rc)
        doc_drop_value(d, "ingest", "too_large", (double)x->max_body, (double)x->max_body);
    return rc == 0;
}

void record_body(struct record_context *x, const struct warc_record *r, struct document *d)
{
    struct span body = r->block, utf8;
    if (d->verdict != DOC_KEPT || d->text.p)
        return;
    buf_reset(&x->body);
    buf_reset(&x->utf8);
    if (x->has_http && !take_http_body(x, d, &body))
        return;
    if (charset_decode(x->charset, body, d->charset, &x->utf8, &utf8, &x->choice)) {
        doc_drop_value(d, "ingest", "too_large", (double)x->utf8.max, (double)x->utf8.max);
        return;
    }
    d->encoding = x->choice.encoding;
    d->encoding_signal = x->choice.signal;
    d->repaired = x->choice.repaired;
    if (r->kind == WARC_CONVERSION)
        d->text = text_without_nul(utf8, d->arena);
    else
        d->payload = utf8;
}

void record_to_document(struct record_context *x, const struct warc_record *r, struct span input_name, struct arena *a,
                        struct document *d)
{
    record_head(x, r, input_name, a, d);
    record_body(x, r, d);
}
