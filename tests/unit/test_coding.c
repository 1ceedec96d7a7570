/* test_coding.c - HTTP codings: taken off, stacked, cut, false, and bombs. */
#include <zlib.h>
#include <zstd.h>

#include "pipeline/ingest/http.h"
#include "tests/unit/test.h"

#define TEXT "Ring around the harbour, ring around the harbour, and the boats lie still in the evening."

/* By the encoder of Brotli 1.0.9, quality 11: TEXT, and 16 MiB of zeros. */
static const char brotli_text[] = "\x1b\x58\x00\x18\x9c\x09\x76\x8c\xc4\x92\x89\x32\x0c\xec\x95\x94\x5b\x86\xc9\xd1\x75\x9a\x18\xdb\xdb\x06\x71"
                                  "\x39\x9b\x03\x0e\x39\x70\xba\xb4\x85\x19\x05\x1a\x41\xb0\x01\x27\x9a\x51\x40\x1c\x4e\xf2\x33\x04\xab\x74\x8a"
                                  "\x86\xea\x9e\x09\xa3\xf8\xbb\x94";
static const char brotli_bomb[] = "\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x2f\xff\xff\xff\xf0\x4f\x00\xc4\x61\x11\x80\xee\xfd\x1f";

#define BROTLI_TEXT span_of(brotli_text, sizeof brotli_text - 1)
#define BROTLI_BOMB span_of(brotli_bomb, sizeof brotli_bomb - 1)
#define CEILING 65536

/* The body of a response with that Content-Encoding; *rc is http_body()'s.  The span lives until the next call. */
static struct span body_of(const char *coding, struct span stored, int *rc)
{
    static struct buf message, body;
    static struct arena a;
    struct http_message m;
    struct span out;
    struct error e;
    buf_reset(&message);
    buf_release(&body);
    body.max = CEILING;
    arena_release(&a);
    arena_init(&a, 0);
    buf_printf(&message, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n", coding);
    buf_span(&message, stored);
    assert_int_equal(http_parse(buf_view(&message), &a, &m), 0);
    *rc = http_body(&m, &body, &out, NULL, &e);
    return out;
}

static void expect_body(const char *coding, struct span stored, const char *want)
{
    int rc;
    struct span got = body_of(coding, stored, &rc);
    assert_int_equal(rc, 0);
    expect_span(got, want);
}

static struct span zstd_of(struct span s)
{
    static char out[1024];
    return span_of(out, ZSTD_compress(out, sizeof out, s.p, s.n, 3));
}

static void test_brotli_and_zstd_are_taken_off(void **state)
{
    expect_body("br", BROTLI_TEXT, TEXT);
    expect_body("BR", BROTLI_TEXT, TEXT);
    expect_body("zstd", zstd_of(SPAN(TEXT)), TEXT);
    expect_body("br, zstd", zstd_of(BROTLI_TEXT), TEXT);
    struct buf two = { 0 };
    buf_span(&two, zstd_of(SPAN("one, ")));
    buf_span(&two, zstd_of(SPAN("two")));
    expect_body("zstd", buf_view(&two), "one, two");
    buf_release(&two);
}

/* The crawler has decoded already and left the header as it was. */
static void test_a_coding_that_does_not_hold_leaves_the_bytes(void **state)
{
    expect_body("br", SPAN("<!doctype html><p>" TEXT), "<!doctype html><p>" TEXT);
    expect_body("zstd", SPAN("<!doctype html><p>" TEXT), "<!doctype html><p>" TEXT);
    expect_body("zstd", SPAN("\x28\xb5\x2f\xfd no frame at all"), "\x28\xb5\x2f\xfd no frame at all");
    expect_body("br", SPAN(""), "");
    expect_body("unheard-of", SPAN(TEXT), TEXT);
}

static void test_what_breaks_off_is_kept_up_to_there(void **state)
{
    int rc;
    struct span got = body_of("br", span_head(BROTLI_TEXT, sizeof brotli_text - 10), &rc);
    assert_int_equal(rc, 0);
    assert_true(got.n > 10 && got.n < sizeof TEXT - 1);
    assert_memory_equal(got.p, TEXT, got.n);
}

static void test_a_bomb_ends_at_the_ceiling(void **state)
{
    static char zeros[1 << 20];
    int rc;
    assert_int_equal(body_of("br", BROTLI_BOMB, &rc).n, CEILING);
    assert_int_equal(rc, -ERR_TOO_BIG);
    assert_int_equal(body_of("zstd", zstd_of(span_of(zeros, sizeof zeros)), &rc).n, CEILING);
    assert_int_equal(rc, -ERR_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brotli_and_zstd_are_taken_off),
        cmocka_unit_test(test_a_coding_that_does_not_hold_leaves_the_bytes),
        cmocka_unit_test(test_what_breaks_off_is_kept_up_to_there),
        cmocka_unit_test(test_a_bomb_ends_at_the_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
