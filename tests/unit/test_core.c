/* test_core.c - bytes: UTF-8, spans, buffers, arenas, hashes, errors. */
#include "tests/unit/test.h"

#include "core/arena.h"
#include "core/hash.h"
#include "core/utf8.h"

static void test_ill_formed_utf8_is_found_and_repaired_by_maximal_subparts(void **state)
{
    /* Unicode 15 table 3-8 to 3-11: what each ill-formed run becomes. */
    static const struct { struct span in; size_t valid; const char *out; long repaired; } rows[] = {
        { SPAN("plain ascii text of some length"), 31, "plain ascii text of some length", 0 },
        { SPAN("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 0 },
        { SPAN("\xc0\xaf\xe0\x80\xbf"), 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 5 },
        { SPAN("\xed\xa0\x80"), 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3 },
        { SPAN("\xf4\x91\x92\x93\xff"), 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 5 },
        { SPAN("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A"), 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "A", 4 },
        { SPAN("abc\xe2\x82"), 3, "abc\xef\xbf\xbd", 1 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = { 0 };
        assert_int_equal(utf8_valid_prefix(rows[i].in), rows[i].valid);
        assert_int_equal(utf8_repair(rows[i].in, &b), rows[i].repaired);
        expect_span(buf_view(&b), rows[i].out);
        buf_release(&b);
    }
}

static void test_every_scalar_value_round_trips(void **state)
{
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 37) {
        char bytes[4];
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        size_t n = utf8_put(bytes, cp);
        const char *p = bytes;
        assert_true(utf8_valid(span_of(bytes, n)));
        assert_int_equal(utf8_next(&p, bytes + n), cp);
        assert_ptr_equal(p, bytes + n);
    }
}

static void test_a_buffer_never_grows_past_its_ceiling(void **state)
{
    struct buf b = BUF_MAX(10);
    assert_int_equal(buf_puts(&b, "0123456789"), 0);
    assert_int_equal(buf_putc(&b, 'x'), -ERR_TOO_BIG);
    assert_true(b.over);
    buf_reset(&b);
    assert_int_equal(buf_puts(&b, "ok"), 0);
    assert_int_equal(buf_put(&b, "01234567890", 11), -ERR_TOO_BIG);
    assert_int_equal(buf_putc(&b, 'x'), -ERR_TOO_BIG); /* sticky */
    expect_span(buf_view(&b), "ok");
    buf_release(&b);
}

static void test_an_arena_keeps_its_limit_and_its_alignment(void **state)
{
    struct arena a;
    arena_init(&a, 1000);
    assert_non_null(arena_try(&a, 900));
    assert_null(arena_try(&a, 200));
    assert_null(arena_try(&a, SIZE_MAX));
    arena_reset(&a);
    for (int i = 0; i < 10; i++)
        assert_int_equal((uintptr_t)arena_alloc(&a, 3) % 16, 0);
    expect_span(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    arena_release(&a);
}

static void test_spans_are_cut_and_compared_by_bytes(void **state)
{
    struct span rest = SPAN("a,,b"), piece;
    assert_true(span_cut(&rest, ',', &piece));
    expect_span(piece, "a");
    assert_true(span_cut(&rest, ',', &piece));
    expect_span(piece, "");
    assert_true(span_cut(&rest, ',', &piece));
    expect_span(piece, "b");
    assert_false(span_cut(&rest, ',', &piece));
    assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
    assert_true(span_cmp(SPAN("\x7f"), SPAN("\x80")) < 0);
    uint64_t v;
    assert_true(span_u64(SPAN("18446744073709551615"), &v));
    assert_false(span_u64(SPAN("18446744073709551616"), &v));
    assert_false(span_u64(SPAN(""), &v));
    assert_false(span_u64(SPAN("-1"), &v));
    assert_int_equal(span_find(SPAN("xxabc"), SPAN("abc")), 2);
    assert_int_equal(span_find(SPAN("ab"), SPAN("abc")), 2);
}

static void test_digests_are_the_published_ones(void **state)
{
    char hex[65];
    uint8_t sha1[20], sha256[32];
    sha256_hex_of(SPAN("abc"), hex); /* FIPS 180-2 B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha1_of(SPAN("abc"), sha1);
    hex_put(sha1, 20, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    struct sha256 *h = sha256_new();
    for (int round = 0; round < 2; round++) { /* take() goes back to the empty state */
        sha256_add(h, "a", 1);
        sha256_add(h, "bc", 2);
        sha256_take(h, sha256);
        hex_put(sha256, 32, hex);
        assert_memory_equal(hex, "ba7816bf", 8);
    }
    sha256_free(h);
    assert_true(hash_xxh64(SPAN(""), 0) == 0xEF46DB3751D8E999u);
    assert_true(hex_get(SPAN("0aFf"), sha1, 2));
    assert_int_equal(sha1[1], 0xFF);
    assert_false(hex_get(SPAN("0g"), sha1, 1));
}

static void test_errors_have_the_documented_exit_statuses(void **state)
{
    static const struct { enum err code; int exit; } rows[] = {
        { ERR_NONE, 0 }, { ERR_PIPE, 0 }, { ERR_NO, 1 }, { ERR_USAGE, 2 }, { ERR_INPUT, 3 }, { ERR_DAMAGE, 3 }, { ERR_FORMAT, 3 },
        { ERR_TOO_BIG, 3 }, { ERR_IO, 4 }, { ERR_MISSING, 4 }, { ERR_LOCKED, 4 }, { ERR_GATE, 6 }, { ERR_BUG, 70 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(error_exit(rows[i].code), rows[i].exit);
        assert_int_equal(error_exit(-(int)rows[i].code), rows[i].exit);
    }
    struct error e;
    assert_int_equal(error_at(&e, ERR_DAMAGE, "f", 9, "m%d", 1), -ERR_DAMAGE);
    assert_int_equal(error_set(&e, ERR_IO, e.where, "%s again", e.msg), -ERR_IO); /* from itself */
    assert_string_equal(e.msg, "m1 again");
    assert_string_equal(e.where, "f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ill_formed_utf8_is_found_and_repaired_by_maximal_subparts),
        cmocka_unit_test(test_every_scalar_value_round_trips),
        cmocka_unit_test(test_a_buffer_never_grows_past_its_ceiling),
        cmocka_unit_test(test_an_arena_keeps_its_limit_and_its_alignment),
        cmocka_unit_test(test_spans_are_cut_and_compared_by_bytes),
        cmocka_unit_test(test_digests_are_the_published_ones),
        cmocka_unit_test(test_errors_have_the_documented_exit_statuses),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
