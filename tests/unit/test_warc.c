/*
 * test_warc.c - the WARC reader under bad bytes: cut at every byte, one bit turned in every byte, read in parts
 * that end at every byte.  Whatever happens, each stored byte belongs to one item and whole records come through.
 */
#include "tests/unit/test.h"

#include <unistd.h>
#include <zlib.h>

#include "core/alloc.h"
#include "pipeline/ingest/warc.h"

#define MAX_ITEMS 64
#define END UINT64_MAX

struct item {
    bool damage, resynced;
    uint64_t offset, length, at;
    uLong sum; /* of the block */
    char id[40];
};
struct items {
    struct item v[MAX_ITEMS];
    size_t n;
    uint64_t end; /* warc_position() behind the last */
};

static char path[] = "/tmp/sluice-warc-XXXXXX";
static int fd = -1;
static struct span file; /* what lies in it */

static void put_file(struct span bytes)
{
    file = bytes;
    assert_int_equal(pwrite(fd, bytes.p, bytes.n, 0), (ssize_t)bytes.n);
    assert_int_equal(ftruncate(fd, (off_t)bytes.n), 0);
}

/* Items of [begin, end); with `guess` begin is where to look for the first. */
static void read_part(struct items *l, uint64_t begin, uint64_t end, bool guess)
{
    struct warc_options o = { .begin = begin, .end = end == END ? 0 : end, .find_start = guess };
    struct warc_reader *w;
    struct warc_record r;
    struct error e;
    int rc;
    assert_int_equal(warc_open(&w, path, &o, &e), 0);
    while ((rc = warc_next(w, &r, &e)) > 0) {
        assert_true(l->n < MAX_ITEMS);
        struct item *i = &l->v[l->n++];
        memset(i, 0, sizeof *i); /* its padding, too: items are compared as bytes */
        i->damage = r.kind == WARC_DAMAGE;
        i->resynced = r.resynced;
        i->offset = r.offset;
        i->length = r.length;
        i->at = r.at;
        i->sum = crc32(0, (const unsigned char *)r.block.p, (uInt)r.block.n);
        snprintf(i->id, sizeof i->id, "%.*s", SPAN_ARG(r.id));
    }
    assert_int_equal(rc, 0);
    l->end = warc_position(w);
    warc_close(w);
}

static void read_all(struct items *l)
{
    l->n = 0;
    read_part(l, 0, END, false);
}

static bool only_marks(uint64_t from, uint64_t to)
{
    while (from < to && (file.p[from] == '\r' || file.p[from] == '\n'))
        from++;
    return from == to;
}

/* Every stored byte is in one item: in order, without overlap; between plain records lie end marks alone. */
static void expect_tiles(const struct items *l, const char *what, uint64_t which)
{
    uint64_t at = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct item *x = &l->v[i];
        if (x->at) /* one of several in the member before */
            continue;
        if (x->offset < at || x->length == 0 || !only_marks(at, x->offset))
            fail_msg("%s %zu: item %zu at %zu+%zu, the one before ended at %zu", what, (size_t)which, i, (size_t)x->offset,
                     (size_t)x->length, (size_t)at);
        at = x->offset + x->length;
    }
    uint64_t end = file.n;
    while (end > at && file.p[end - 1] == 0) /* padding */
        end--;
    if (at > file.n || !only_marks(at, end))
        fail_msg("%s %zu: items end at %zu of %zu", what, (size_t)which, (size_t)at, file.n);
}

static const struct item *find(const struct items *l, const struct item *want)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->v[i].damage && strcmp(l->v[i].id, want->id) == 0 && l->v[i].sum == want->sum)
            return &l->v[i];
    return NULL;
}

/* ---- archives ---- */

static void put_record(struct buf *b, const char *id, struct span block)
{
    buf_printf(b, "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <%s>\r\nWARC-Date: 2025-01-01T00:00:00Z\r\nContent-Length: %zu\r\n\r\n",
               id, block.n);
    buf_span(b, block);
    buf_puts(b, "\r\n\r\n");
}

static void put_member(struct buf *b, struct span bytes, int level)
{
    z_stream z = { 0 };
    size_t room = bytes.n + bytes.n / 10 + 200;
    buf_reserve(b, room);
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)bytes.p;
    z.avail_in = (uInt)bytes.n;
    z.next_out = (unsigned char *)b->p + b->n;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->n += room - z.avail_out;
    deflateEnd(&z);
}

/* The archive that lies in a payload: its records must never show. */
static void put_inner(struct buf *b, bool gzip, int level)
{
    static const char *const ids[] = { "inner-1", "inner-2" };
    for (size_t i = 0; i < 2; i++) {
        struct buf r = { 0 };
        put_record(&r, ids[i], i ? SPAN("x") : SPAN("a page inside"));
        if (gzip)
            put_member(b, buf_view(&r), level);
        else
            buf_span(b, buf_view(&r));
        buf_release(&r);
    }
}

/* An archive whose payloads look like archives; stored, so that their bytes stand in the file as they are. */
static void make_archive(struct buf *out, bool gzip, int level, bool nasty)
{
    struct buf blocks[7] = { 0 };
    buf_puts(&blocks[0], "first");
    if (nasty) {
        put_inner(&blocks[1], false, 0);
        put_inner(&blocks[2], true, 9);
        put_inner(&blocks[3], true, 0);
        buf_puts(&blocks[4], "text\r\n\r\nWARC/1.1\r\nnot a head\r\n\r\n\r\n");
        buf_puts(&blocks[5], "\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 5\r\n");
    }
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct buf r = { 0 };
        char id[16];
        snprintf(id, sizeof id, "outer-%zu", i);
        put_record(&r, id, blocks[i].p ? buf_view(&blocks[i]) : SPAN(""));
        if (gzip)
            put_member(out, buf_view(&r), level);
        else
            buf_span(out, buf_view(&r));
        buf_release(&r);
        buf_release(&blocks[i]);
    }
}

static const struct form {
    const char *name;
    bool gzip;
    int level;
} forms[] = { { "plain", false, 0 }, { "gzip", true, 6 }, { "stored gzip", true, 0 } };

/* ---- parts ---- */

/* What `run` does: parts guess where they begin, then the chain is put right from the front. */
static void expect_parts(const struct items *want, uint64_t size, uint64_t step)
{
    struct items got = { 0 };
    uint64_t begin = 0;
    for (uint64_t at = 0; at < size; at += step) {
        uint64_t end = at + step < size ? at + step : END;
        if (begin < end)
            read_part(&got, begin, end, false);
        begin = got.end;
    }
    assert_int_equal(got.n, want->n);
    assert_memory_equal(got.v, want->v, want->n * sizeof *want->v);
    assert_int_equal(got.end, want->end);
}

static void test_parts_of_any_size_give_what_the_whole_gives(void **state)
{
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct buf b = { 0 };
        struct items whole, from = { 0 };
        make_archive(&b, forms[f].gzip, forms[f].level, true);
        put_file(buf_view(&b));
        read_all(&whole);
        assert_int_equal(whole.n, 7);
        for (size_t i = 0; i < 7; i++)
            assert_false(whole.v[i].damage || whole.v[i].resynced);
        for (uint64_t step = 1; step < b.n; step += 1 + step / 16)
            expect_parts(&whole, b.n, step);
        size_t right = 0;
        for (uint64_t cut = 1; cut < b.n; cut++) { /* a guess is right or is told by its beginning */
            struct items first = { 0 };
            read_part(&first, 0, cut, false);
            from.n = 0;
            read_part(&from, cut, END, true);
            uint64_t guessed = from.n ? from.v[0].offset : from.end;
            right += guessed == first.end;
        }
        assert_true(right * 3 > b.n);
        buf_release(&b);
    }
}

static void test_in_an_archive_without_archives_every_guess_is_right(void **state)
{
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct buf b = { 0 };
        make_archive(&b, forms[f].gzip, forms[f].level, false);
        put_file(buf_view(&b));
        for (uint64_t cut = 1; cut < b.n; cut++) {
            struct items first = { 0 }, from = { 0 };
            read_part(&first, 0, cut, false);
            read_part(&from, cut, END, true);
            uint64_t guessed = from.n ? from.v[0].offset : from.end;
            if (guessed != first.end)
                fail_msg("%s: cut at %zu: guessed %zu, right is %zu", forms[f].name, (size_t)cut, (size_t)guessed, (size_t)first.end);
        }
        buf_release(&b);
    }
}

/* ---- damage ---- */

/* The records of an inner archive: they may only show in a row that begins with one marked as found behind damage. */
static void expect_no_inner(const struct items *whole, const struct items *l, const char *what, uint64_t at)
{
    bool row = false;
    for (size_t i = 0; i < l->n; i++) {
        const struct item *x = &l->v[i];
        bool outer = false;
        for (size_t k = 0; k < whole->n; k++)
            outer |= x->offset == whole->v[k].offset;
        row = !x->damage && !outer && (x->resynced || row);
        if (!x->damage && !outer && !row)
            fail_msg("%s %zu: %s at %zu passes for a record", what, (size_t)at, x->id, (size_t)x->offset);
    }
}

static void test_a_file_cut_at_any_byte(void **state)
{
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct buf b = { 0 };
        struct items whole, l;
        size_t inner_edges = 0;
        make_archive(&b, forms[f].gzip, forms[f].level, true);
        put_file(buf_view(&b));
        read_all(&whole);
        for (uint64_t n = whole.v[0].length; n < b.n; n++) {
            size_t before = 0;
            while (before < whole.n && whole.v[before].offset + whole.v[before].length <= n)
                before++;
            put_file(span_of(b.p, (size_t)n));
            read_all(&l);
            if (l.n < before || memcmp(l.v, whole.v, before * sizeof *l.v) != 0)
                fail_msg("%s cut to %zu: %zu items, %zu records were whole", forms[f].name, (size_t)n, l.n, before);
            if (l.n > before && !l.v[before].damage)
                fail_msg("%s cut to %zu: %s at %zu+%zu is taken for whole", forms[f].name, (size_t)n, l.v[before].id,
                         (size_t)l.v[before].offset, (size_t)l.v[before].length);
            expect_tiles(&l, forms[f].name, n);
            /* Plain, cut exactly behind an inner record: a payload looks like records that a false length has swallowed. */
            inner_edges += l.n > before + 1;
            expect_no_inner(&whole, &l, forms[f].name, n);
        }
        assert_true(forms[f].gzip || inner_edges <= 20);
        buf_release(&b);
    }
}

static void expect_others(const struct items *whole, const struct items *l, const char *name, uint64_t at)
{
    for (size_t i = 0; i < whole->n; i++) {
        const struct item *x = &whole->v[i];
        bool hit = at >= x->offset && at < x->offset + x->length;
        if (!hit && !find(l, x))
            fail_msg("%s: byte %zu turned: record %s at %zu is lost", name, (size_t)at, x->id, (size_t)x->offset);
    }
}

static void test_a_bit_turned_in_any_byte_costs_one_record(void **state)
{
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct buf b = { 0 };
        struct items whole, l;
        make_archive(&b, forms[f].gzip, forms[f].level, true);
        put_file(buf_view(&b));
        read_all(&whole);
        for (uint64_t at = 0; at < b.n; at++)
            for (unsigned bit = 0; bit < 8; bit += 1 + (unsigned)(at % 3)) {
                b.p[at] ^= (char)(1 << bit);
                put_file(buf_view(&b));
                read_all(&l);
                expect_tiles(&l, forms[f].name, at);
                expect_others(&whole, &l, forms[f].name, at);
                expect_no_inner(&whole, &l, forms[f].name, at);
                b.p[at] ^= (char)(1 << bit);
            }
        buf_release(&b);
    }
}

static int set_up(void **state)
{
    fd = mkstemp(path);
    return fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    close(fd);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_any_size_give_what_the_whole_gives),
        cmocka_unit_test(test_in_an_archive_without_archives_every_guess_is_right),
        cmocka_unit_test(test_a_file_cut_at_any_byte),
        cmocka_unit_test(test_a_bit_turned_in_any_byte_costs_one_record),
    };
    return cmocka_run_group_tests_name("warc", tests, set_up, tear_down);
}
