/*
 * fuzz_http.c - any bytes as an HTTP response and as the head of a record.  Parts lie within the message, a body is
 * never larger than its bound and never depends on it where it fits, and what comes out as a page is valid UTF-8.
 */
#include "tests/fuzz/fuzz.h"

#include "core/utf8.h"
#include "pipeline/ingest/charset.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc_header.h"

#define MOST (1u << 20)

static size_t touch_fields(const struct field *f)
{
    size_t n = 0;
    for (; f; f = f->next, n++) {
        touch(f->name);
        touch(f->value);
    }
    return n;
}

static void page(struct span body, struct span charset)
{
    struct charset_converter *c = charset_new();
    struct charset_choice choice;
    struct buf buf = BUF_MAX(4 * MOST);
    struct span text;
    if (charset_decode(c, body, charset, &buf, &text, &choice) == 0)
        expect(utf8_valid(text));
    charset_free(c);
    buf_release(&buf);
}

static void check_body(const struct http_message *m, struct span block)
{
    struct buf large = BUF_MAX(MOST), small = BUF_MAX(100);
    struct span body, head;
    struct error e;
    enum http_coded coded;
    int rc = http_body(m, &large, &body, &coded, &e);
    expect(rc == 0 || rc == -ERR_TOO_BIG);
    expect(coded == HTTP_CODED_WELL || coded == HTTP_CODED_NOT || coded == HTTP_CODED_CUT);
    expect(within(body, block) || body.n <= MOST);
    touch(body);
    int rc_small = http_body(m, &small, &head, NULL, &e);
    expect(rc_small == 0 || rc_small == -ERR_TOO_BIG);
    expect(within(head, block) || head.n <= 100);
    if (rc == 0 && rc_small == 0)
        expect(span_eq(head, body));
    touch(head);
    page(body, m->charset);
    buf_release(&large);
    buf_release(&small);
}

static void response(struct span block, struct arena *a)
{
    struct http_message m;
    if (http_parse(block, a, &m))
        return;
    expect(touch_fields(m.fields) <= HTTP_MAX_FIELDS);
    expect(within(m.head, block) && within(m.stored_body, block));
    expect(m.stored_body.p == m.head.p + m.head.n || m.stored_body.n == 0);
    expect(m.status >= 0 && m.status <= 999);
    touch(m.mime);
    touch(m.charset);
    check_body(&m, block);
}

static void record_head(struct span s, struct arena *a)
{
    struct warc_record r = { 0 };
    size_t n = warc_head_length(s);
    expect(n <= s.n);
    if (n == 0 || warc_parse_head(span_head(s, n), a, &r))
        return;
    expect(touch_fields(r.headers) <= WARC_MAX_FIELDS);
    touch(r.type);
    touch(r.id);
    touch(r.url);
    touch(r.date);
    touch(r.payload_digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s = span_of((const char *)data, size);
    struct arena a;
    arena_init(&a, 0);
    response(s, &a);
    arena_reset(&a);
    record_head(s, &a);
    arena_release(&a);
    return 0;
}
