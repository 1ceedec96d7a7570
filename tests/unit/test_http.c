/* test_http.c - HTTP messages as archives have them: heads that are odd, types said several times, chunks that lie. */
#include <zlib.h>

#include "pipeline/ingest/http.h"
#include "tests/unit/test.h"

struct message {
    struct arena arena;
    struct http_message http;
    struct buf body;
    struct span entity;
    enum http_coded coded;
    int rc;
};

static void open_message(struct message *m, struct span block, size_t ceiling)
{
    struct error e;
    *m = (struct message){ .body = BUF_MAX(ceiling) };
    arena_init(&m->arena, 0);
    assert_int_equal(http_parse(block, &m->arena, &m->http), 0);
    m->rc = http_body(&m->http, &m->body, &m->entity, &m->coded, &e);
}

static void close_message(struct message *m)
{
    buf_release(&m->body);
    arena_release(&m->arena);
}

static void test_heads(void **state)
{
    static const struct { const char *block; int status; const char *mime, *body; } heads[] = {
        { "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx", 200, "text/html", "x" },
        { "HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\nx", 200, "text/html", "x" },
        { "HTTP/1.0 404 Not Found\nContent-Type: Text/HTML ; charset=x\n\nx", 404, "text/html", "x" },
        { "http/1.1\t301 Moved\r\n\r\n", 301, "", "" },
        { "ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nx", 200, "audio/mpeg", "x" },
        { "HTTP/2 200\r\nCONTENT-TYPE:text/html\r\n\r\nx", 200, "text/html", "x" },
        { "HTTP/1.1 200 OK\r\nContent-Type:\r\n text/html;\r\n\tcharset=x\r\n\r\nx", 200, "text/html", "x" },
        { "HTTP/1.1 OK\r\n\r\nx", 0, "", "x" },
        { "HTTP/1.1 20\r\n\r\nx", 0, "", "x" },
        { "\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", 200, "", "x" },
        { "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Type : text/html\r\n\r\nx", 200, "text/html", "x" },
        { "HTTP/1.1 200 OK", 200, "", "" },
        { "HTTP/1.1 200 OK\r\nContent-Type: text/html", 200, "text/html", "" },
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct message m;
        open_message(&m, span_cstr(heads[i].block), 1000);
        assert_int_equal(m.http.status, heads[i].status);
        expect_span(m.http.mime, heads[i].mime);
        expect_span(m.entity, heads[i].body);
        close_message(&m);
    }
}

static void test_no_head(void **state)
{
    static const char *const blocks[] = { "", "<html>", "HTP/1.1 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n" };
    struct http_message m;
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(blocks); i++)
        assert_int_equal(http_parse(span_cstr(blocks[i]), &a, &m), -ERR_FORMAT);
    arena_release(&a);
}

/* Fetch, "extract a MIME type": the examples of the standard are among these. */
static void test_which_content_type_counts(void **state)
{
    static const struct { const char *fields, *mime, *charset; } types[] = {
        { "", "", "" },
        { "Content-Type: text/html; charset=utf-8\n", "text/html", "utf-8" },
        { "Content-Type: text/html; charset=\"utf-8\"\n", "text/html", "utf-8" },
        { "Content-Type: text/html; charset=\"ut\\f-8\n", "text/html", "utf-8" },
        { "Content-Type: text/html; charset='utf-8'\n", "text/html", "'utf-8'" },
        { "Content-Type: text/html;charset=;charset=koi8-r\n", "text/html", "koi8-r" },
        { "Content-Type: text/html; Charset=a; charset=b\n", "text/html", "a" },
        { "Content-Type: text/html; x=\"; charset=a\"; charset=b\n", "text/html", "b" },
        { "Content-Type: text/html; charset\n", "text/html", "" },
        { "Content-Type: text/plain;charset=gbk, text/html\n", "text/html", "" },
        { "Content-Type: text/html;charset=gbk;a=b, text/html;x=y\n", "text/html", "gbk" },
        { "Content-Type: text/html;charset=gbk;a=b\nContent-Type: text/html;x=y\n", "text/html", "gbk" },
        { "Content-Type: text/html;charset=gbk\nContent-Type: x/x\nContent-Type: text/html;x=y\n", "text/html", "" },
        { "Content-Type: text/html\nContent-Type: cannot-parse\n", "text/html", "" },
        { "Content-Type: text/html\nContent-Type: */*\n", "text/html", "" },
        { "Content-Type: text/html\nContent-Type:\n", "text/html", "" },
        { "Content-Type: html\n", "html", "" },
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        struct message m;
        struct buf block = { 0 };
        buf_printf(&block, "HTTP/1.1 200 OK\n%s\n", types[i].fields);
        open_message(&m, buf_view(&block), 1000);
        expect_span(m.http.mime, types[i].mime);
        expect_span(m.http.charset, types[i].charset);
        close_message(&m);
        buf_release(&block);
    }
}

static void test_chunks(void **state)
{
    static const struct { const char *coding, *stored, *body; enum http_coded coded; } bodies[] = {
        { "chunked", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", HTTP_CODED_WELL },
        { "Chunked", "3\nabc\n0\n\n", "abc", HTTP_CODED_WELL },
        { "chunked", "3;name=value;x=\"y\"\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", "abc", HTTP_CODED_WELL },
        { "chunked", " 3 \r\nabc\r\n00\r\n\r\n", "abc", HTTP_CODED_WELL },
        { "chunked", "000000000000000000000003\r\nabc\r\n0\r\n\r\n", "abc", HTTP_CODED_WELL },
        { "chunked", "A\r\n0123456789\r\n0\r\n", "0123456789", HTTP_CODED_WELL },
        { "chunked", "0\r\n\r\n", "", HTTP_CODED_WELL },
        { "chunked", "3\r\nabc\r\n", "abc", HTTP_CODED_CUT },
        { "chunked", "3\r\nabc\r\n2\r\nd", "abcd", HTTP_CODED_CUT },
        { "chunked", "3\r\nabc\r\n1f", "abc", HTTP_CODED_CUT },
        { "chunked", "3\r\nabc\r\n2;ex", "abc", HTTP_CODED_CUT },
        { "chunked", "3\r\nabc\r", "abc", HTTP_CODED_CUT },
        { "chunked", "FFFFFFFFFFFFFFF\r\nabc", "abc", HTTP_CODED_CUT },
        { "chunked", "FFFFFFFFFFFFFFFFFF\r\nabc", "FFFFFFFFFFFFFFFFFF\r\nabc", HTTP_CODED_NOT },
        { "chunked", "<p>not chunked</p>", "<p>not chunked</p>", HTTP_CODED_NOT },
        { "chunked", "3\r\nabcdef\r\n0\r\n\r\n", "3\r\nabcdef\r\n0\r\n\r\n", HTTP_CODED_NOT },
        { "chunked", "-3\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n", HTTP_CODED_NOT },
        { "chunked", "", "", HTTP_CODED_NOT },
        { "chunked, chunked", "3\r\nabc\r\n0\r\n\r\n", "abc", HTTP_CODED_NOT },
        { "identity", "3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", HTTP_CODED_WELL },
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct message m;
        struct buf block = { 0 };
        buf_printf(&block, "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n%s", bodies[i].coding, bodies[i].stored);
        open_message(&m, buf_view(&block), 1000);
        assert_int_equal(m.rc, 0);
        expect_span(m.entity, bodies[i].body);
        assert_int_equal(m.coded, bodies[i].coded);
        close_message(&m);
        buf_release(&block);
    }
}

/* windowBits as of deflateInit2(): 31 gzip, 15 zlib, -15 raw. */
static struct span deflated(int bits, struct span s, char *out, size_t room)
{
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)s.p, .avail_in = (uInt)s.n,
                   .next_out = (unsigned char *)out, .avail_out = (uInt)room };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return span_of(out, room - z.avail_out);
}

static void expect_coded(const char *fields, struct span stored, size_t ceiling, const char *want, enum http_coded coded, int rc)
{
    struct message m;
    struct buf block = { 0 };
    buf_printf(&block, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", fields);
    buf_span(&block, stored);
    open_message(&m, buf_view(&block), ceiling);
    expect_span(m.entity, want);
    assert_int_equal(m.coded, coded);
    assert_int_equal(m.rc, rc);
    close_message(&m);
    buf_release(&block);
}

#define PAGE "<!doctype html><p>The boats lie still in the evening, the boats lie still.</p>"

static void test_deflate_in_every_dress(void **state)
{
    char room[3][400], both[1000];
    struct span gzip = deflated(31, SPAN(PAGE), room[0], 400), zlib = deflated(15, SPAN(PAGE), room[1], 400),
                raw = deflated(-15, SPAN(PAGE), room[2], 400);
    memcpy(both, gzip.p, gzip.n);
    memcpy(both + gzip.n, gzip.p, gzip.n);
    expect_coded("Content-Encoding: gzip", gzip, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: X-GZIP", gzip, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: gzip", span_of(both, 2 * gzip.n), 1000, PAGE PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: deflate", zlib, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: deflate", raw, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Transfer-Encoding: gzip", gzip, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: identity, gzip, unheard-of", gzip, 1000, PAGE, HTTP_CODED_WELL, 0);
    expect_coded("Content-Encoding: gzip", SPAN(PAGE), 1000, PAGE, HTTP_CODED_NOT, 0);
    expect_coded("Content-Encoding: deflate", SPAN(PAGE), 1000, PAGE, HTTP_CODED_NOT, 0);
    expect_coded("Content-Encoding: deflate", SPAN("Kind words, not deflated."), 1000, "Kind words, not deflated.", HTTP_CODED_NOT, 0);
    expect_coded("Content-Encoding: gzip", gzip, 20, "<!doctype html><p>Th", HTTP_CODED_WELL, -ERR_TOO_BIG);
}

static void test_what_breaks_off_is_said_to(void **state)
{
    char room[400];
    struct message m;
    struct buf block = { 0 };
    struct span gzip = deflated(31, SPAN(PAGE), room, sizeof room);
    buf_puts(&block, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
    buf_span(&block, span_head(gzip, gzip.n - 20));
    open_message(&m, buf_view(&block), 1000);
    assert_int_equal(m.rc, 0);
    assert_int_equal(m.coded, HTTP_CODED_CUT);
    assert_true(m.entity.n > 10 && span_starts(SPAN(PAGE), "<!doctype") && memcmp(m.entity.p, PAGE, m.entity.n) == 0);
    close_message(&m);
    buf_release(&block);
}

/* The first bytes are to be had through all codings, whatever the bound. */
static void test_a_head_through_stacked_codings(void **state)
{
    char page[4000], room[2][4500];
    memset(page, 'x', sizeof page);
    for (size_t i = 0; i < sizeof page; i++) /* does not deflate well */
        page[i] = (char)('a' + i * i * 7919 % 251 % 26);
    memcpy(page, "<!doctype html>", 15);
    struct span gzip = deflated(31, span_of(page, sizeof page), room[0], 4500);
    struct buf chunks = { 0 };
    buf_printf(&chunks, "%zx\r\n", gzip.n);
    buf_span(&chunks, gzip);
    buf_puts(&chunks, "\r\n0\r\n\r\n");
    struct message m;
    struct buf block = { 0 };
    buf_puts(&block, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    buf_span(&block, buf_view(&chunks));
    open_message(&m, buf_view(&block), 600);
    assert_int_equal(m.rc, -ERR_TOO_BIG);
    assert_true(span_starts(m.entity, "<!doctype html>") && m.entity.n > 100 && m.entity.n <= 600);
    close_message(&m);
    open_message(&m, buf_view(&block), 8000);
    assert_true(m.rc == 0 && span_eq(m.entity, span_of(page, sizeof page)) && m.coded == HTTP_CODED_WELL);
    close_message(&m);
    buf_release(&block);
    buf_release(&chunks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_no_head),
        cmocka_unit_test(test_which_content_type_counts),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_deflate_in_every_dress),
        cmocka_unit_test(test_what_breaks_off_is_said_to),
        cmocka_unit_test(test_a_head_through_stacked_codings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
