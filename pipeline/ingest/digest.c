/* digest.c - WARC digests and record ids; declared in warc.h. */
#include <stdlib.h>

#include "core/sha1.h"
#include "pipeline/ingest/coding.h"
#include "pipeline/ingest/digest.h"
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

enum digest_verdict digest_parse(struct span value, struct digest_wanted *w)
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

/* SHA-1 of a block and of the payload that ends it, taken at once where both are asked for. */
struct taken {
    struct span of[2];
    uint8_t sha1[2][SHA1_BYTES];
};

static bool holds(const struct digest_wanted *w, struct span bytes, const struct taken *t)
{
    uint8_t got[SHA256_BYTES];
    for (int i = 0; i < 2; i++)
        if (!w->sha256 && bytes.n && t->of[i].p == bytes.p && t->of[i].n == bytes.n)
            return memcmp(t->sha1[i], w->bytes, w->n) == 0;
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
static bool holds_body(const struct digest_wanted *w, const struct http_message *m, const struct taken *t)
{
    struct buf b[2] = { BUF_MAX(MAX_ENTITY), BUF_MAX(MAX_ENTITY) };
    struct coding_list l;
    struct span body = m->stored_body;
    bool ok = holds(w, body, t), cut;
    coding_list_transfer(m->fields, &l);
    for (size_t i = l.n; !ok && i-- > 0;) {
        buf_reset(&b[i & 1]);
        if (coding_undo(l.v[i], body, &b[i & 1], &cut))
            break;
        body = buf_view(&b[i & 1]);
        ok = holds(w, body, t);
    }
    buf_release(&b[0]);
    buf_release(&b[1]);
    return ok;
}

bool digest_is_of_payload(const struct field *f)
{
    return span_isi(f->name, "WARC-Payload-Digest");
}

bool digest_is_of_block(const struct field *f)
{
    return span_isi(f->name, "WARC-Block-Digest");
}

bool digest_payload_is_here(const struct warc_record *r)
{
    return r->kind != WARC_REVISIT && r->kind != WARC_CONTINUATION && !field_find(r->headers, "WARC-Segment-Number");
}

/* What the checks of one record share. */
struct check {
    const struct warc_record *r;
    struct arena arena;
    struct http_message m;
    bool http;
    struct taken taken;
};

static enum digest_verdict check_field(const struct check *c, const struct field *f)
{
    struct digest_wanted w;
    bool of_block = digest_is_of_block(f);
    if (!of_block && !digest_is_of_payload(f))
        return DIGEST_NONE;
    enum digest_verdict v = digest_parse(f->value, &w);
    if (v != DIGEST_OK)
        return v;
    if (c->r->block_cut || (!of_block && !digest_payload_is_here(c->r)))
        return DIGEST_UNKNOWN;
    bool ok = !of_block && c->http ? holds_body(&w, &c->m, &c->taken) : holds(&w, c->r->block, &c->taken);
    return ok ? DIGEST_OK : DIGEST_BAD;
}

static bool asks_sha1(struct span value)
{
    struct digest_wanted w;
    return digest_parse(value, &w) == DIGEST_OK && !w.sha256;
}

static void take_pair(struct check *c)
{
    const struct warc_record *r = c->r;
    if (!c->http || r->block_cut || !digest_payload_is_here(r) || !asks_sha1(r->block_digest) || !asks_sha1(r->payload_digest))
        return;
    c->taken.of[0] = r->block;
    c->taken.of[1] = c->m.stored_body;
    sha1_pair(r->block, c->m.stored_body, c->taken.sha1[0], c->taken.sha1[1]);
}

/* One that fails decides; else one that was verified. */
enum digest_verdict warc_check_digests(const struct warc_record *r)
{
    struct check c = { .r = r };
    bool ok = false, bad = false, unknown = false;
    if (r->digest_known)
        return r->digest;
    if (!r->payload_digest.n && !r->block_digest.n)
        return DIGEST_NONE;
    arena_init(&c.arena, 0);
    c.http = split_http(r, &c.arena, &c.m);
    take_pair(&c);
    for (const struct field *f = r->headers; f && !bad; f = f->next) {
        enum digest_verdict v = check_field(&c, f);
        ok = ok || v == DIGEST_OK;
        bad = v == DIGEST_BAD;
        unknown = unknown || v == DIGEST_UNKNOWN;
    }
    arena_release(&c.arena);
    return bad ? DIGEST_BAD : ok ? DIGEST_OK : unknown ? DIGEST_UNKNOWN : DIGEST_NONE;
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
