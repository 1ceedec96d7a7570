/* digest.c - WARC digests and record ids; declared in warc.h. */
#include <stdlib.h>

#include "core/hash.h"
#include "pipeline/ingest/coding.h"
#include "pipeline/ingest/fields.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc.h"

/* An entity that inflates past this is not compared: the digest fails. */
#define MAX_ENTITY ((size_t)256 << 20)

/* RFC 4648 base 32, any case; padding must be cut off before.  Returns the bytes, or -1. */
static int base32(struct span s, uint8_t *out, size_t cap)
{
    uint64_t bits = 0;
    unsigned n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = ascii_lower(s.p[i]);
        int v = c >= 'a' && c <= 'z' ? c - 'a' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
        if (v < 0)
            return -1;
        bits = bits << 5 | (uint64_t)v;
        n_bits += 5;
        if (n_bits >= 8) {
            if (n == cap)
                return -1;
            n_bits -= 8;
            out[n++] = (uint8_t)(bits >> n_bits);
        }
    }
    return (int)n;
}

struct wanted {
    bool sha256;
    uint8_t bytes[SHA256_BYTES];
    size_t n;
};

static enum digest_verdict parse(struct span value, struct wanted *w)
{
    if (!value.n)
        return DIGEST_NONE;
    size_t colon = span_chr(value, ':', 0);
    struct span algorithm = span_head(value, colon), text = span_trim(span_from(value, colon + 1));
    while (text.n && text.p[text.n - 1] == '=')
        text.n--;
    if (span_isi(algorithm, "sha1") || span_isi(algorithm, "sha-1"))
        w->n = SHA1_BYTES;
    else if (span_isi(algorithm, "sha256") || span_isi(algorithm, "sha-256"))
        w->n = SHA256_BYTES;
    else
        return DIGEST_UNKNOWN;
    w->sha256 = w->n == SHA256_BYTES;
    if (text.n == 2 * w->n)
        return hex_get(text, w->bytes, w->n) ? DIGEST_OK : DIGEST_BAD;
    return base32(text, w->bytes, sizeof w->bytes) == (int)w->n ? DIGEST_OK : DIGEST_BAD;
}

static bool holds(const struct wanted *w, struct span bytes)
{
    uint8_t got[SHA256_BYTES];
    if (w->sha256)
        sha256_of(bytes, got);
    else
        sha1_of(bytes, got);
    return memcmp(got, w->bytes, w->n) == 0;
}

/* The block of a request or response: its fields and stored body.  False: it is no HTTP. */
static bool split_http(const struct warc_record *r, struct arena *a, struct http_message *m)
{
    if (r->kind == WARC_RESPONSE)
        return http_parse(r->block, a, m) == 0;
    if (r->kind != WARC_REQUEST)
        return false;
    struct span rest = span_from(r->block, span_chr(r->block, '\n', 0) + 1);
    size_t n = fields_parse(rest, HTTP_MAX_FIELDS, a, &m->fields);
    m->stored_body = n == SIZE_MAX ? rest : span_from(rest, n);
    return n != SIZE_MAX;
}

/* The body as stored, or with one transfer coding after the other taken off. */
static bool holds_body(const struct wanted *w, const struct http_message *m)
{
    struct buf b[2] = { BUF_MAX(MAX_ENTITY), BUF_MAX(MAX_ENTITY) };
    struct coding_list l;
    struct span body = m->stored_body;
    bool ok = holds(w, body);
    coding_list_transfer(m->fields, &l);
    for (size_t i = l.n; !ok && i-- > 0;) {
        buf_reset(&b[i & 1]);
        if (coding_undo(l.v[i], body, &b[i & 1]))
            break;
        body = buf_view(&b[i & 1]);
        ok = holds(w, body);
    }
    buf_release(&b[0]);
    buf_release(&b[1]);
    return ok;
}

static enum digest_verdict check_block(const struct warc_record *r, struct span value)
{
    struct wanted w;
    enum digest_verdict v = parse(value, &w);
    if (v != DIGEST_OK)
        return v;
    if (r->block_cut)
        return DIGEST_UNKNOWN;
    return holds(&w, r->block) ? DIGEST_OK : DIGEST_BAD;
}

static enum digest_verdict check_payload(const struct warc_record *r, struct span value)
{
    struct wanted w;
    enum digest_verdict v = parse(value, &w);
    if (v != DIGEST_OK)
        return v;
    if (r->block_cut || r->kind == WARC_REVISIT || r->kind == WARC_CONTINUATION || field_find(r->headers, "WARC-Segment-Number"))
        return DIGEST_UNKNOWN;
    struct arena a;
    struct http_message m = { 0 };
    arena_init(&a, 0);
    bool ok = split_http(r, &a, &m) ? holds_body(&w, &m) : holds(&w, r->block);
    arena_release(&a);
    return ok ? DIGEST_OK : DIGEST_BAD;
}

/* One that fails decides; else one that was verified. */
enum digest_verdict warc_check_digests(const struct warc_record *r)
{
    bool ok = false, unknown = false;
    for (const struct field *f = r->headers; f; f = f->next) {
        enum digest_verdict v = DIGEST_NONE;
        if (span_isi(f->name, "WARC-Block-Digest"))
            v = check_block(r, f->value);
        else if (span_isi(f->name, "WARC-Payload-Digest"))
            v = check_payload(r, f->value);
        if (v == DIGEST_BAD)
            return v;
        ok = ok || v == DIGEST_OK;
        unknown = unknown || v == DIGEST_UNKNOWN;
    }
    return ok ? DIGEST_OK : unknown ? DIGEST_UNKNOWN : DIGEST_NONE;
}

struct span warc_make_id(struct arena *a, struct span input_name, uint64_t offset, uint64_t at)
{
    /* RFC 9562 5.5: SHA-1 over a namespace and the name.  The namespace is Sluice's own, fixed for ever. */
    static const uint8_t space[16] = { 0x5b, 0x1d, 0x9a, 0x3e, 0x0c, 0x47, 0x4f, 0x52, 0x9d, 0x61, 0x73, 0x6c, 0x75, 0x69, 0x63, 0x65 };
    struct buf b = { 0 };
    uint8_t d[SHA1_BYTES];
    char h[33];
    buf_put(&b, space, sizeof space);
    buf_span(&b, input_name);
    buf_printf(&b, "\n%llu\n%llu", (unsigned long long)offset, (unsigned long long)at);
    sha1_of(buf_view(&b), d);
    buf_release(&b);
    d[6] = (uint8_t)((d[6] & 0x0F) | 0x50);
    d[8] = (uint8_t)((d[8] & 0x3F) | 0x80);
    hex_put(d, 16, h);
    return arena_printf(a, "<urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s>", h, h + 8, h + 12, h + 16, h + 20);
}
