/*
 * test_sigfile.c - signature, group, link and decision files: what goes in comes out, and no bytes of
 * another's making lead astray.
 */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/choice.h"
#include "pipeline/dedup/date.h"
#include "pipeline/dedup/group.h"
#include "pipeline/dedup/link.h"
#include "pipeline/dedup/sigset.h"

static char folder[] = "/tmp/sluice-sigfile-XXXXXX";
static struct dedup_settings settings;

static void must(int rc, const struct error *e)
{
    if (rc < 0)
        fail_msg("%s: %s", e->where, e->msg);
}

static int set_up(void **state)
{
    struct error e;
    settings = (struct dedup_settings){ .kinds = { DEDUP_TEXT, DEDUP_URL, DEDUP_MINHASH }, .n_kinds = 3, .memory = 1 << 20, .slices = 1 };
    for (unsigned k = DEDUP_TEXT; k < DEDUP_KINDS; k++)
        if (keep_list_parse(&settings.keep[k], keep_list_default(k), &e))
            return -1;
    return !mkdtemp(folder) || minhash_init(&settings.minhash, 2, 3, 5, MINHASH_SHA1, WORDS_UAX29, &e);
}

static int tear_down(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    dedup_settings_release(&settings);
    return rc;
}

static char *in_folder(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static void documents_make_records(void **state)
{
    struct document d = { .id = SPAN("<urn:1>"), .text = SPAN("h\xC3\xA9llo"), .url = SPAN("http://x/"), .date = SPAN("1970-01-01T00:01:00.25Z") };
    struct sig_record r;
    uint8_t sha[SHA256_BYTES];
    sig_record_of(&d, &r);
    sha256_of(d.text, sha);
    assert_int_equal(r.flags, SIG_DATE | SIG_URL);
    assert_int_equal(r.length, 5);
    assert_int_equal(r.date, 60);
    assert_int_equal(r.date_ns, 250000000);
    assert_memory_equal(r.text, sha, sizeof sha);
    expect_span(r.id, "<urn:1>");
    struct document bare = { .text = SPAN(""), .url = SPAN(""), .date = SPAN("soon") };
    sig_record_of(&bare, &r);
    assert_int_equal(r.flags, 0);
    assert_int_equal(r.length, 0);
}

static void bands_tell_their_place_and_values(void **state)
{
    uint64_t sig[6] = { 1, 2, 3, 1, 2, 3 };
    uint8_t a[2 * KEY_BYTES], b[2 * KEY_BYTES];
    sig_bands_of(&settings.minhash, sig, a);
    assert_memory_not_equal(a, a + KEY_BYTES, KEY_BYTES); /* equal values of other bands */
    sig[5]++;
    sig_bands_of(&settings.minhash, sig, b);
    assert_memory_equal(a, b, KEY_BYTES);
    assert_memory_not_equal(a + KEY_BYTES, b + KEY_BYTES, KEY_BYTES);
}

/* More than a block, ids of many lengths, one that fills a pool by itself. */
#define N_MANY 9001

static void many_id(unsigned i, struct buf *b)
{
    buf_reset(b);
    buf_printf(b, "id-%u-", i);
    for (unsigned j = 0; j < (i == 5000 ? 3u << 20 : i % 50); j++)
        buf_putc(b, 'x');
}

static char *write_many(void)
{
    struct sigfile_writer *w;
    struct error e;
    struct buf id = { 0 };
    char *path = in_folder("many.sigs");
    must(sigfile_begin(&w, &settings, path, folder, &e), &e);
    for (unsigned i = 0; i < N_MANY; i++) {
        uint8_t bands[2 * KEY_BYTES];
        struct sig_record r = { .date = -(int64_t)i, .date_ns = i, .flags = i % 8, .length = 3u * i, .bands = bands, .key = SPAN("key") };
        memset(r.text, (int)i, sizeof r.text);
        memset(r.url, (int)i + 1, sizeof r.url);
        memset(bands, (int)i + 2, sizeof bands);
        many_id(i, &id);
        r.id = buf_view(&id);
        must(sigfile_put(w, &r, &e), &e);
    }
    must(sigfile_commit(w, NULL, &e), &e);
    buf_release(&id);
    return path;
}

static void records_come_back_as_they_went(void **state)
{
    struct sigfile f;
    struct error e;
    struct buf id = { 0 };
    uint8_t digest[SHA256_BYTES], want[KEY_BYTES];
    char *path = write_many();
    dedup_settings_digest(&settings, digest);
    must(sigfile_open(&f, path, digest, &e), &e);
    assert_int_equal(f.n, N_MANY);
    assert_int_equal(f.n_blocks, 3); /* the second one ended at the long id */
    for (unsigned i = 0; i < N_MANY; i++) {
        struct sig_record r;
        must(sigfile_record(&f, i, &r, &e), &e);
        many_id(i, &id);
        assert_true(span_eq(r.id, buf_view(&id)));
        expect_span(r.key, "key");
        assert_true(r.date == -(int64_t)i && r.date_ns == i && r.flags == i % 8 && r.length == 3u * i);
        assert_int_equal(r.text[31], i & 255);
    }
    for (size_t b = 0; b < f.n_blocks; b++) {
        for (size_t i = 0; i < f.blocks[b].n; i++) {
            unsigned at = (unsigned)(f.blocks[b].first + i);
            const uint8_t *key = sig_block_key(&f.blocks[b], i, DEDUP_MINHASH, 1);
            memset(want, (int)at + 2, sizeof want);
            assert_true((key != NULL) == ((at % 8 & SIG_BANDS) != 0));
            if (key)
                assert_memory_equal(key, want, sizeof want);
            assert_true((sig_block_key(&f.blocks[b], i, DEDUP_URL, 0) != NULL) == ((at % 8 & SIG_URL) != 0));
        }
    }
    sigfile_close(&f);
    buf_release(&id);
    free(path);
}

static void files_of_other_settings_are_refused(void **state)
{
    struct dedup_settings other = settings;
    struct error e;
    struct sigset set;
    char **paths = xcalloc(1, sizeof *paths);
    paths[0] = write_many();
    other.minhash.ngram = 4;
    assert_int_equal(sigset_open(&set, &other, paths, 1, &e), -ERR_FORMAT);
    assert_non_null(strstr(e.msg, "other settings"));
}

/* A small file, then each of its bytes changed and each of its prefixes: an error or records, no crash, no overrun. */
static void touch_all(struct span bytes)
{
    struct sigfile f;
    struct sig_record r;
    struct error e;
    if (sigfile_parse(&f, bytes, "x", NULL, &e))
        return;
    for (uint64_t i = 0; i < f.n; i++) {
        if (sigfile_record(&f, i, &r, &e))
            continue;
        assert_true(r.id.p >= bytes.p && r.key.p + r.key.n <= bytes.p + bytes.n);
    }
    f.map = (struct span){ 0 };
    sigfile_close(&f);
}

static void small_file(struct buf *b, const char *name)
{
    struct sigfile_writer *w;
    struct error e;
    char *path = in_folder(name);
    must(sigfile_begin(&w, &settings, path, folder, &e), &e);
    for (int i = 0; i < 3; i++) {
        uint8_t bands[2 * KEY_BYTES] = { 0 };
        struct sig_record r = { .flags = 7, .bands = bands, .id = SPAN("some id"), .key = SPAN("k") };
        must(sigfile_put(w, &r, &e), &e);
    }
    must(sigfile_commit(w, NULL, &e), &e);
    must(file_read(path, 1 << 20, b, &e), &e);
    free(path);
}

static void damaged_signature_files_harm_nothing(void **state)
{
    struct buf b = { 0 };
    struct sigfile f;
    struct error e;
    small_file(&b, "small.sigs");
    for (size_t i = 0; i < b.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            b.p[i] ^= (char)(1 << bit);
            touch_all(buf_view(&b));
            b.p[i] ^= (char)(1 << bit);
        }
        char *cut = xmemdup0(b.p, i); /* at its end, where a tool would see an overrun */
        assert_int_equal(sigfile_parse(&f, span_of(cut, i), "x", NULL, &e), -ERR_FORMAT);
        free(cut);
    }
    buf_release(&b);
}

static void decisions_come_back_as_they_went(void **state)
{
    static const struct choice made[] = {
        { .kept = true, .cluster_size = 1 }, { .rule = "text", .duplicate_of = { "a", 1 } }, { .rule = "minhash", .duplicate_of = { "", 0 } },
        { .kept = true, .cluster_size = 1ull << 40 }, { .rule = "url", .duplicate_of = { "<urn:uuid:0>", 12 } },
    };
    struct choice_writer *w;
    struct choice_reader *r;
    struct choice c;
    struct error e;
    char *path = in_folder("x.choice");
    must(choice_create(&w, path, folder, COUNT(made), &e), &e);
    for (size_t i = 0; i < COUNT(made); i++)
        must(choice_put(w, &made[i], &e), &e);
    must(choice_commit(w, NULL, &e), &e);
    must(choice_open(&r, path, &e), &e);
    assert_int_equal(choice_count(r), COUNT(made));
    for (size_t i = 0; i < COUNT(made); i++) {
        assert_int_equal(choice_next(r, &c, &e), 1);
        assert_true(c.kept == made[i].kept && c.cluster_size == made[i].cluster_size);
        assert_true(span_eq(c.duplicate_of, made[i].duplicate_of) && (c.duplicate_of.p == NULL) == c.kept);
        assert_true(c.kept ? c.rule == NULL : strcmp(c.rule, made[i].rule) == 0);
    }
    assert_int_equal(choice_next(r, &c, &e), 0);
    choice_close(r);
    must(choice_create(&w, path, folder, 2, &e), &e);
    must(choice_put(w, &made[0], &e), &e);
    assert_int_equal(choice_commit(w, NULL, &e), -ERR_BUG);
    free(path);
}

static void damaged_decisions_harm_nothing(void **state)
{
    static const char bytes[] = "slucdecs\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0" "\0\1\0\0\0\0\0\0\0" "\3\2\0\0\0ab";
    size_t n = sizeof bytes - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        struct choice_reader *r;
        struct choice c;
        struct error e;
        char *copy = xmemdup0(bytes, cut);
        int rc = choice_parse(&r, span_of(copy, cut), "x", &e);
        if (rc == 0) {
            while ((rc = choice_next(r, &c, &e)) > 0)
                ;
            choice_close(r);
        }
        assert_int_equal(rc, cut == n ? 0 : -ERR_FORMAT);
        free(copy);
    }
}

static void damaged_groups_and_links_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        int want; /* of opening, or else of reading on */
    } groups[] = {
        { "slucgrps\1\0\0\0\0\0\0\0", 16, 0 },
        { "slucgrps\1\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\x80" "\2\0\0\0\0\0\0\0", 32, 0 },
        { "slucgrps\1\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0", 24, -ERR_FORMAT }, /* in no group */
        { "slucgrps\1\0\0\0\0\0\0\0" "\1\0\0", 19, -ERR_FORMAT },
        { "slucgrps\2\0\0\0\0\0\0\0", 16, -ERR_FORMAT },
        { "", 0, -ERR_FORMAT },
    };
    char *path = in_folder("bad");
    struct error e;
    for (size_t i = 0; i < COUNT(groups); i++) {
        struct group_reader *r;
        uint64_t doc;
        bool begins;
        must(file_write(path, NULL, span_of(groups[i].bytes, groups[i].n), NULL, &e), &e);
        int rc = group_open(&r, path, &e);
        if (rc == 0) {
            while ((rc = group_next(r, &doc, &begins, &e)) > 0)
                ;
            group_close(r);
        }
        assert_int_equal(rc, groups[i].want);
    }
    static const char links[] = "sluclnks\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0";
    struct links l;
    must(file_write(path, NULL, span_of(links, sizeof links - 1), NULL, &e), &e);
    must(links_open(&l, path, 1, &e), &e);
    links_close(&l);
    assert_int_equal(links_open(&l, path, 2, &e), -ERR_FORMAT);
    must(file_write(path, NULL, span_of(links, sizeof links - 2), NULL, &e), &e);
    assert_int_equal(links_open(&l, path, 1, &e), -ERR_FORMAT);
    free(path);
}

static void dates_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* INT64_MIN: not a date */
        uint32_t ns;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0, 0 },
        { "2025-11-02T10:11:12Z", 1762078272, 0 },
        { "2025-11-02T10:11:12.5Z", 1762078272, 500000000 },
        { "2025-11-02T10:11:12.1234567899Z", 1762078272, 123456789 },
        { "2025-11-02T11:11:12+01:00", 1762078272, 0 },
        { "2025-11-02T05:41:12-0430", 1762078272, 0 },
        { "2025-11-02 10:11:12", 1762078272, 0 },
        { "2025-11-02T10:11", 1762078260, 0 },
        { "2025-11-02", 1762041600, 0 },
        { "2024-02-29", 1709164800, 0 },
        { "2024", 1704067200, 0 },
        { "0000-01-01", -62167219200, 0 },
        { "9999-12-31T23:59:60Z", 253402300800, 0 },
        { "2023-02-29", INT64_MIN, 0 }, { "2025-13-01", INT64_MIN, 0 }, { "2025-00-01", INT64_MIN, 0 }, { "", INT64_MIN, 0 },
        { "yesterday", INT64_MIN, 0 }, { "2025-11-02T", INT64_MIN, 0 }, { "2025-11-02T10", INT64_MIN, 0 }, { "20251102", INT64_MIN, 0 },
        { "2025-11-02T10:11:12Zx", INT64_MIN, 0 }, { "2025-11-02T10:11:12.Z", INT64_MIN, 0 }, { "2025-11-02T25:11:12Z", INT64_MIN, 0 },
        { "2025-11-02T10:11:12+1", INT64_MIN, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t s = INT64_MIN;
        uint32_t ns = 0;
        assert_true(date_parse(span_cstr(cases[i].text), &s, &ns) == (cases[i].seconds != INT64_MIN));
        assert_true(s == cases[i].seconds && ns == cases[i].ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_make_records),
        cmocka_unit_test(bands_tell_their_place_and_values),
        cmocka_unit_test(records_come_back_as_they_went),
        cmocka_unit_test(files_of_other_settings_are_refused),
        cmocka_unit_test(damaged_signature_files_harm_nothing),
        cmocka_unit_test(decisions_come_back_as_they_went),
        cmocka_unit_test(damaged_decisions_harm_nothing),
        cmocka_unit_test(damaged_groups_and_links_are_refused),
        cmocka_unit_test(dates_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
