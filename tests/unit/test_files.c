/* test_files.c - files in three codings, written whole or not at all; documents; the ordered map. */
#include "tests/unit/test.h"

#include <unistd.h>
#include <zlib.h>

#include "core/alloc.h"
#include "core/doc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "core/parallel.h"

static char folder[] = "/tmp/sluice-test-XXXXXX";

static char *in_folder(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    return rc;
}

static void write_gzip(const char *path, struct span a, struct span b)
{
    gzFile f = gzopen(path, "wb");
    gzwrite(f, a.p, (unsigned)a.n);
    gzclose(f);
    f = gzopen(path, "ab"); /* a second member */
    gzwrite(f, b.p, (unsigned)b.n);
    gzclose(f);
}

static void expect_lines(const char *path, const char *const *want, size_t n)
{
    struct infile *f;
    struct error e;
    struct span line;
    uint64_t offset, sum = 0;
    assert_int_equal(infile_open(&f, path, &e), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(infile_line(f, 1000, &line, &offset, &e), 1);
        expect_span(line, want[i]);
        assert_int_equal(offset, sum);
        sum += line.n + 1;
    }
    assert_int_equal(infile_line(f, 1000, &line, &offset, &e), 0);
    infile_close(f);
}

static void test_plain_gzip_and_zstd_read_the_same(void **state)
{
    static const char *const want[] = { "one", "", "three, the last without an end" };
    struct span text = SPAN("one\n\nthree, the last without an end");
    struct error e;
    char *plain = in_folder("plain"), *gz = in_folder("gz"), *zst = in_folder("zst");
    assert_int_equal(file_write(plain, NULL, text, NULL, &e), 0);
    write_gzip(gz, span_head(text, 6), span_from(text, 6));
    struct outfile *o;
    assert_int_equal(outfile_open(&o, zst, NULL, 3, &e), 0);
    assert_int_equal(outfile_write(o, text.p, text.n, &e), 0);
    assert_int_equal(outfile_commit(o, NULL, &e), 0);
    expect_lines(plain, want, 3);
    expect_lines(gz, want, 3);
    expect_lines(zst, want, 3);
    free(plain);
    free(gz);
    free(zst);
}

static void test_a_cut_file_is_damage_not_an_end(void **state)
{
    struct buf big = { 0 };
    struct error e;
    for (int i = 0; i < 20000; i++)
        buf_printf(&big, "line %d %d\n", i, i * 7919);
    char *whole = in_folder("whole"), *cut = in_folder("cut");
    struct outfile *o;
    assert_int_equal(outfile_open(&o, whole, folder, 3, &e), 0);
    assert_int_equal(outfile_write(o, big.p, big.n, &e), 0);
    assert_int_equal(outfile_commit(o, NULL, &e), 0);
    struct buf stored = { 0 };
    assert_int_equal(file_read(whole, 1 << 20, &stored, &e), 0);
    assert_int_equal(file_write(cut, NULL, span_of(stored.p, stored.n - 9), NULL, &e), 0);
    struct infile *f;
    struct span line;
    int rc;
    assert_int_equal(infile_open(&f, cut, &e), 0);
    while ((rc = infile_line(f, 1000, &line, NULL, &e)) > 0)
        ;
    assert_int_equal(rc, -ERR_DAMAGE);
    assert_true(e.has_offset);
    infile_close(f);
    buf_release(&big);
    buf_release(&stored);
    free(whole);
    free(cut);
}

static void test_a_long_line_is_skipped_and_named(void **state)
{
    struct error e;
    struct span line;
    uint64_t offset;
    char *path = in_folder("long");
    struct buf b = { 0 };
    buf_puts(&b, "a\n");
    for (int i = 0; i < 600000; i++)
        buf_putc(&b, 'x');
    buf_puts(&b, "\nb\n");
    assert_int_equal(file_write(path, NULL, buf_view(&b), NULL, &e), 0);
    struct infile *f;
    assert_int_equal(infile_open(&f, path, &e), 0);
    assert_int_equal(infile_line(f, 100, &line, &offset, &e), 1);
    assert_int_equal(infile_line(f, 100, &line, &offset, &e), -ERR_TOO_BIG);
    assert_int_equal(offset, 2);
    assert_int_equal(infile_line(f, 100, &line, &offset, &e), 1);
    expect_span(line, "b");
    assert_int_equal(offset, 600003);
    infile_close(f);
    buf_release(&b);
    free(path);
}

static void test_an_abandoned_file_leaves_nothing(void **state)
{
    struct error e;
    struct outfile *o;
    char *path = in_folder("never");
    assert_int_equal(outfile_open(&o, path, folder, 0, &e), 0);
    assert_int_equal(outfile_write(o, "x", 1, &e), 0);
    assert_false(file_exists(path));
    outfile_abandon(o);
    assert_false(file_exists(path));
    assert_int_equal(outfile_open(&o, "/nonexistent/folder/f", NULL, 0, &e), -ERR_IO);
    free(path);
}

static void test_the_digest_is_of_the_stored_bytes(void **state)
{
    struct error e;
    struct outfile_done done;
    char *path = in_folder("digest"), hex[65];
    uint64_t bytes;
    struct outfile *o;
    assert_int_equal(outfile_open(&o, path, NULL, 3, &e), 0);
    for (int i = 0; i < 300000; i++)
        assert_int_equal(outfile_write(o, "0123456789", 10, &e), 0);
    assert_int_equal(outfile_commit(o, &done, &e), 0);
    assert_int_equal(file_sha256(path, hex, &bytes, &e), 0);
    assert_string_equal(hex, done.sha256);
    assert_int_equal(bytes, done.bytes);
    free(path);
}

static void test_unknown_members_pass_through_a_document(void **state)
{
    struct arena a;
    struct document d;
    struct error e;
    struct buf out = { 0 };
    arena_init(&a, 0);
    struct span line = SPAN("{\"id\":\"i\",\"text\":\"t\",\"metadata\":{\"url\":\"u\",\"dump\":\"CC\",\"n\":1.50},\"source\":{\"x\":[1, 2]}}");
    assert_int_equal(doc_parse(line, &a, &d, &e), 0);
    d.text = SPAN("T");
    d.language = SPAN("de");
    doc_extra(&d, "dump", SPAN("\"new\""));
    doc_write(&d, &out);
    expect_span(buf_view(&out), "{\"id\":\"i\",\"text\":\"T\",\"metadata\":{\"url\":\"u\",\"language\":\"de\",\"n\":1.50,\"dump\":\"new\"},"
                                "\"source\":{\"x\":[1, 2]}}\n");
    buf_reset(&out);
    doc_drop_value(&d, "quality", "r", 1, 2);
    doc_drop(&d, "later", "ignored");
    doc_write(&d, &out);
    assert_true(span_find(buf_view(&out), SPAN("\"drop\":{\"stage\":\"quality\",\"rule\":\"r\",\"value\":1,\"threshold\":2}")) < out.n);
    static const struct span bad[] = { SPAN("{}"), SPAN("{\"text\":1}"), SPAN("[]"), SPAN("{\"text\":\"t\",\"metadata\":[]}"), SPAN("{\"text\":\"\xff\"}"), SPAN("x") };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(doc_parse(bad[i], &a, &d, &e), -ERR_FORMAT);
    /* An id that is no string is an id. */
    buf_reset(&out);
    assert_int_equal(doc_parse(SPAN("{\"text\":\"t\",\"id\":5.0}"), &a, &d, &e), 0);
    doc_write(&d, &out);
    expect_span(buf_view(&out), "{\"id\":5.0,\"text\":\"t\",\"metadata\":{}}\n");
    buf_release(&out);
    arena_release(&a);
}

struct squares {
    unsigned next, expect, stop_at;
};

static int next_number(void *ctx, void *item, struct error *e)
{
    struct squares *s = ctx;
    *(unsigned *)item = s->next;
    return s->next++ < 1000;
}

static void square(void *ctx, void *scratch, void *item)
{
    unsigned *v = item;
    for (volatile unsigned i = 0; i < (*v % 7) * 1000; i++)
        ;
    *v *= *v;
}

static int check_order(void *ctx, void *item, struct error *e)
{
    struct squares *s = ctx;
    if (s->expect == s->stop_at)
        return error_set(e, ERR_IO, NULL, "stop");
    assert_int_equal(*(unsigned *)item, s->expect * s->expect);
    s->expect++;
    return 0;
}

static void test_the_map_keeps_order_for_any_number_of_threads(void **state)
{
    static const uint64_t jobs[] = { 1, 2, 7 };
    for (size_t i = 0; i < COUNT(jobs); i++) {
        struct error e;
        struct squares s = { .stop_at = UINT32_MAX };
        struct parallel p = { .ctx = &s, .item_size = sizeof(unsigned), .next = next_number, .work = square, .done = check_order };
        assert_int_equal(parallel_run(&p, jobs[i], &e), 0);
        assert_int_equal(s.expect, 1000);
        s = (struct squares){ .stop_at = 500 };
        assert_int_equal(parallel_run(&p, jobs[i], &e), -ERR_IO);
        assert_int_equal(s.expect, 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_gzip_and_zstd_read_the_same),
        cmocka_unit_test(test_a_cut_file_is_damage_not_an_end),
        cmocka_unit_test(test_a_long_line_is_skipped_and_named),
        cmocka_unit_test(test_an_abandoned_file_leaves_nothing),
        cmocka_unit_test(test_the_digest_is_of_the_stored_bytes),
        cmocka_unit_test(test_unknown_members_pass_through_a_document),
        cmocka_unit_test(test_the_map_keeps_order_for_any_number_of_threads),
    };
    return cmocka_run_group_tests_name("files", tests, make_folder, remove_folder);
}
