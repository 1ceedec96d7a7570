/* digest_stream.c - digests of blocks that do not fit in memory; see digest.h. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "pipeline/ingest/coding.h"
#include "pipeline/ingest/digest.h"
#include "pipeline/ingest/http.h"

/* Digest fields of one head that are looked at. */
#define MAX_WANTED 8
#define MAX_SIZE_LINE 1024

/* A body in chunks (RFC 9112 7.1), from pieces. */
struct chunks {
    enum { IN_SIZE, IN_DATA, BEHIND_DATA, OVER, NO_CHUNKS } state;
    uint64_t left;  /* of the chunk */
    size_t line;    /* bytes of the size line so far */
    bool digits, ignoring; /* a digit was seen; an extension is passed over */
};

struct sum {
    struct digest_wanted wanted;
    bool payload;
    EVP_MD_CTX *stored, *entity; /* over the bytes as stored; of a payload in chunks, without them */
};

struct digest_stream {
    struct sum v[MAX_WANTED];
    size_t n;
    uint64_t head;    /* bytes of the block before the payload that are still to come */
    bool chunked, coded; /* coded: in another way, which is not taken off here */
    bool bad, unknown;
    struct chunks chunks;
};

static EVP_MD_CTX *begin(bool sha256)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c || EVP_DigestInit_ex(c, sha256 ? EVP_sha256() : EVP_sha1(), NULL) != 1)
        abort();
    return c;
}

static void add_field(struct digest_stream *s, const struct warc_record *r, const struct field *f)
{
    bool payload = digest_is_of_payload(f);
    if (!payload && !digest_is_of_block(f))
        return;
    struct sum *sum = &s->v[s->n];
    enum digest_verdict v = digest_parse(f->value, &sum->wanted);
    if (v == DIGEST_OK && ((payload && !digest_payload_is_here(r)) || s->n == MAX_WANTED - 1))
        v = DIGEST_UNKNOWN;
    s->bad = s->bad || v == DIGEST_BAD;
    s->unknown = s->unknown || v == DIGEST_UNKNOWN;
    if (v != DIGEST_OK)
        return;
    sum->payload = payload;
    sum->stored = begin(sum->wanted.sha256);
    if (payload && s->chunked)
        sum->entity = begin(sum->wanted.sha256);
    s->n++;
}

struct digest_stream *digest_stream_new(const struct warc_record *r)
{
    struct digest_stream *s = xcalloc(1, sizeof *s);
    struct http_message m;
    struct coding_list l;
    struct arena a;
    arena_init(&a, 0);
    if (r->kind == WARC_RESPONSE && http_parse(r->block, &a, &m) == 0) {
        s->head = (uint64_t)(m.stored_body.p - r->block.p);
        coding_list_transfer(m.fields, &l);
        s->chunked = l.n == 1 && l.v[0] == CODING_CHUNKED;
        s->coded = l.n && !s->chunked;
    }
    arena_release(&a);
    for (const struct field *f = r->headers; f; f = f->next)
        add_field(s, r, f);
    return s;
}

static void update(struct digest_stream *s, bool entity, struct span bytes)
{
    for (size_t i = 0; i < s->n && bytes.n; i++)
        if (entity ? s->v[i].entity != NULL : s->v[i].payload)
            EVP_DigestUpdate(entity ? s->v[i].entity : s->v[i].stored, bytes.p, bytes.n);
}

static void size_line(struct chunks *c, char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char *digit = memchr(hex, ascii_lower(byte), 16);
    if (++c->line > MAX_SIZE_LINE) {
        c->state = NO_CHUNKS;
    } else if (byte == '\n') {
        c->state = !c->digits ? NO_CHUNKS : c->left ? IN_DATA : OVER;
        c->line = 0;
        c->digits = c->ignoring = false;
    } else if (!c->ignoring && digit && c->left < UINT64_MAX >> 4) {
        c->left = c->left << 4 | (uint64_t)(digit - hex);
        c->digits = true;
    } else if (ascii_space(byte) || byte == ';' || c->ignoring) {
        c->ignoring = true;
    } else {
        c->state = NO_CHUNKS;
    }
}

static void dechunk(struct digest_stream *s, struct span bytes)
{
    struct chunks *c = &s->chunks;
    while (bytes.n && c->state != OVER && c->state != NO_CHUNKS) {
        size_t n = 1;
        if (c->state == IN_SIZE) {
            size_line(c, bytes.p[0]);
        } else if (c->state == IN_DATA) {
            n = c->left < bytes.n ? (size_t)c->left : bytes.n;
            update(s, true, span_head(bytes, n));
            c->left -= n;
            c->state = c->left ? IN_DATA : BEHIND_DATA;
        } else if (bytes.p[0] == '\n') {
            c->state = IN_SIZE;
        } else if (bytes.p[0] != '\r') {
            c->state = NO_CHUNKS;
        }
        bytes = span_from(bytes, n);
    }
}

void digest_stream_add(struct digest_stream *s, struct span piece)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->v[i].payload)
            EVP_DigestUpdate(s->v[i].stored, piece.p, piece.n);
    size_t over = s->head < piece.n ? (size_t)s->head : piece.n;
    s->head -= over;
    piece = span_from(piece, over);
    update(s, false, piece);
    if (s->chunked)
        dechunk(s, piece);
}

static bool ends_as(EVP_MD_CTX *c, const struct digest_wanted *w)
{
    unsigned char d[EVP_MAX_MD_SIZE];
    if (!c)
        return false;
    EVP_DigestFinal_ex(c, d, NULL);
    EVP_MD_CTX_free(c);
    return memcmp(d, w->bytes, w->n) == 0;
}

enum digest_verdict digest_stream_take(struct digest_stream *s)
{
    bool ok = false;
    for (size_t i = 0; i < s->n; i++) {
        struct sum *sum = &s->v[i];
        bool stored = ends_as(sum->stored, &sum->wanted), entity = ends_as(sum->entity, &sum->wanted);
        if (stored || entity)
            ok = true;
        else if (sum->payload && s->coded) /* of bytes that were not made */
            s->unknown = true;
        else
            s->bad = true;
    }
    enum digest_verdict v = s->bad ? DIGEST_BAD : ok ? DIGEST_OK : s->unknown ? DIGEST_UNKNOWN : DIGEST_NONE;
    free(s);
    return v;
}
