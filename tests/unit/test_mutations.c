/*
 * test_mutations.c - good archives, damaged at random: bits turned, ranges cut out, put in, swapped and repeated.  Whatever
 * happens, every record whose stored bytes still stand whole is found at its place, and each byte that is in no record is in a
 * line of damage.  What must be found is known from how the file was made, not from the reader.
 *
 * SLUICE_MUTATIONS says how many, SLUICE_MUTATION which one alone; its file is kept.
 */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>
#include <zdict.h>
#include <zlib.h>
#include <zstd.h>

#include "core/alloc.h"
#include "pipeline/ingest/warc.h"

#define RECORDS 14
#define MAX_ITEMS 512
#define DEFAULT_MUTATIONS 10000

enum packing { PLAIN, GZIP, ZSTD, ZSTD_DICT };
enum format { WARC, ARC, LINES };
static const struct { const char *name; enum packing packing; enum format format; } kinds[] = {
    { "warc", PLAIN, WARC }, { "warc.gz", GZIP, WARC }, { "warc.zst", ZSTD, WARC }, { "warc.zst with a dictionary", ZSTD_DICT, WARC },
    { "arc", PLAIN, ARC }, { "arc.gz", GZIP, ARC }, { "jsonl", PLAIN, LINES }, { "jsonl.gz", GZIP, LINES },
};

struct piece {
    size_t from, n; /* stored bytes of the good file; plain: without end marks */
    struct span raw; /* what is in it: head and block */
};
struct archive {
    enum packing packing;
    enum format format;
    struct buf bytes;
    size_t prologue; /* bytes before the first record: a dictionary */
    struct piece v[RECORDS];
};
struct item {
    const char *damage; /* NULL: a record */
    uint64_t offset, length, at;
    struct buf raw;
};

static uint64_t state;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below ? state % below : 0;
}

/* ---- good files ---- */

static void put_words(struct buf *b, size_t n)
{
    static const char *const words[] = { "river", "stone", "the", "lamp", "WARC/", "quiet", "\r\n", "1.0", "{", "}\n", "harbour", "and" };
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%s%u ", words[draw(sizeof words / sizeof *words)], (unsigned)draw(1000));
}

static struct buf make_block(unsigned i, bool http)
{
    struct buf b = { 0 };
    if (http)
        buf_puts(&b, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
    put_words(&b, 5 + draw(60));
    if (i % 5 == 4) /* an archive within a page */
        buf_puts(&b, "\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <inner>\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nContent-Length: 4\r\n\r\nabcd\r\n\r\n");
    return b;
}

static struct buf make_record(enum format format, unsigned i)
{
    struct buf b = { 0 }, block = make_block(i, i && format != LINES);
    if (format == WARC)
        buf_printf(&b, "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <%u>\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nContent-Length: %zu\r\n\r\n",
                   i ? "response" : "warcinfo", i, block.n);
    else if (format == ARC)
        buf_printf(&b, "%s%u 192.0.2.1 20240101000000 text/html %zu\n", i ? "http://example.com/" : "filedesc://a", i, block.n);
    if (format == LINES) {
        buf_printf(&b, "{\"id\":\"%u\",\"text\":", i);
        json_put_string(&b, buf_view(&block));
        buf_putc(&b, '}');
    } else {
        buf_span(&b, buf_view(&block));
    }
    buf_release(&block);
    return b;
}

static void put_gzip(struct buf *out, struct span in)
{
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, (int)draw(10), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    buf_reserve(out, deflateBound(&z, in.n));
    z.next_in = (unsigned char *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = (unsigned char *)out->p + out->n;
    z.avail_out = (uInt)(out->cap - out->n);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

static void put_zstd(struct buf *out, struct span in, ZSTD_CCtx *c)
{
    buf_reserve(out, ZSTD_compressBound(in.n));
    size_t n = ZSTD_compress2(c, out->p + out->n, out->cap - out->n, in.p, in.n);
    assert_false(ZSTD_isError(n));
    out->n += n;
}

static void put_dictionary(struct archive *a, ZSTD_CCtx *c)
{
    struct buf samples = { 0 };
    size_t sizes[200];
    char dictionary[2048];
    for (unsigned i = 0; i < 200; i++) {
        struct buf b = make_record(WARC, 1 + i);
        sizes[i] = b.n;
        buf_span(&samples, buf_view(&b));
        buf_release(&b);
    }
    size_t n = ZDICT_trainFromBuffer(dictionary, sizeof dictionary, samples.p, sizes, 200);
    assert_false(ZDICT_isError(n));
    const unsigned char head[] = { 0x5D, 0x2A, 0x4D, 0x18, (unsigned char)n, (unsigned char)(n >> 8), 0, 0 };
    buf_put(&a->bytes, head, sizeof head);
    buf_put(&a->bytes, dictionary, n);
    ZSTD_CCtx_loadDictionary(c, dictionary, n);
    a->prologue = a->bytes.n;
    buf_release(&samples);
}

static void make_archive(struct archive *a, enum packing packing, enum format format)
{
    static const char *const marks[] = { "\r\n\r\n", "\n", "\n" };
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    *a = (struct archive){ .packing = packing, .format = format };
    if (packing == ZSTD_DICT)
        put_dictionary(a, c);
    for (unsigned i = 0; i < RECORDS; i++) {
        struct buf raw = make_record(format, i);
        struct piece *p = &a->v[i];
        p->from = a->bytes.n;
        p->n = raw.n;
        buf_puts(&raw, marks[format]);
        if (packing == PLAIN)
            buf_span(&a->bytes, buf_view(&raw));
        else if (packing == GZIP)
            put_gzip(&a->bytes, buf_view(&raw));
        else
            put_zstd(&a->bytes, buf_view(&raw), c);
        p->raw = span_of(raw.p, p->n);
        if (packing != PLAIN)
            p->n = a->bytes.n - p->from;
    }
    ZSTD_freeCCtx(c);
}

static void free_archive(struct archive *a)
{
    for (unsigned i = 0; i < RECORDS; i++)
        free((char *)(uintptr_t)a->v[i].raw.p);
    buf_release(&a->bytes);
}

/* ---- damage ---- */

static void splice(struct buf *b, size_t at, size_t gone, struct span put)
{
    struct buf to = { 0 };
    buf_span(&to, span_head(buf_view(b), at));
    buf_span(&to, put);
    buf_span(&to, span_from(buf_view(b), at + gone));
    buf_release(b);
    *b = to;
}

static void mutate_once(struct buf *b)
{
    size_t at = draw(b->n), n = 1 + draw(draw(4) ? 40 : 900);
    n = n < b->n - at ? n : b->n - at;
    size_t other = draw(b->n - n + 1);
    struct buf piece = { 0 };
    switch (draw(7)) {
    case 0: b->p[at] ^= (char)(1 << draw(8)); break;
    case 1: b->n = at ? at : 1; break;
    case 2: splice(b, at, n, SPAN("")); break;
    case 3:
        for (size_t i = 0; i < n; i++)
            buf_putc(&piece, (char)draw(256));
        splice(b, at, draw(2) ? n : 0, buf_view(&piece));
        break;
    case 4: /* repeated: a range stands in another place, too */
        buf_span(&piece, span_head(span_from(buf_view(b), other), n));
        splice(b, at, 0, buf_view(&piece));
        break;
    case 5: /* swapped, of equal length */
        if (other + n <= at || at + n <= other)
            for (size_t i = 0; i < n; i++) {
                char c = b->p[at + i];
                b->p[at + i] = b->p[other + i];
                b->p[other + i] = c;
            }
        break;
    case 6: memset(b->p + at, (int)draw(2) * 255, n); break;
    }
    buf_release(&piece);
}

/* ---- what the reader makes of it ---- */

static char path[] = "/tmp/sluice-mutation-XXXXXX";
static int fd = -1;

static size_t read_items(struct item *v, const char *what)
{
    struct warc_options o = { 0 };
    struct warc_reader *w;
    struct warc_record r;
    struct error e;
    size_t n = 0;
    int rc = warc_open(&w, path, &o, &e);
    if (rc) { /* nothing in it is known: then nothing may be whole */
        assert_int_equal(rc, -ERR_INPUT);
        return 0;
    }
    while ((rc = warc_next(w, &r, &e)) > 0) {
        if (n == MAX_ITEMS)
            fail_msg("%s: more items than a file of this size can hold", what);
        v[n] = (struct item){ .damage = r.kind == WARC_DAMAGE ? r.damage : NULL, .offset = r.offset, .length = r.length, .at = r.at };
        if (!v[n].damage) {
            buf_span(&v[n].raw, r.stored_header);
            buf_span(&v[n].raw, r.block);
        }
        n++;
    }
    assert_int_equal(rc, 0);
    warc_close(w);
    return n;
}

static bool only(struct span s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(bytes, s.p[i], n))
            return false;
    return true;
}

/* Bytes of no item: end marks in plain files, zero padding at the end, frames and members that hold nothing. */
static bool may_be_skipped(const struct archive *a, struct span file, size_t from, size_t to)
{
    struct span gap = span_of(file.p + from, to - from);
    if (to == file.n) {
        size_t n = gap.n;
        while (n && gap.p[n - 1] == 0)
            n--;
        gap.n = n;
    }
    if (a->packing == PLAIN || gap.n == 0)
        return only(gap, "\r\n", 2);
    return a->packing == ZSTD_DICT && from == 0 && gap.n >= 8 && (gap.p[0] & 0xF0) == 0x50;
}

static void check_tiles(const struct archive *a, struct span file, const struct item *v, size_t n, const char *what)
{
    uint64_t end = 0;
    for (size_t i = 0; i < n; i++) {
        if (a->packing != PLAIN && v[i].at) /* inside a member that has been counted */
            continue;
        if (v[i].offset < end)
            fail_msg("%s: item at %llu begins before %llu", what, (unsigned long long)v[i].offset, (unsigned long long)end);
        if (v[i].offset > end && !may_be_skipped(a, file, end, v[i].offset))
            fail_msg("%s: bytes %llu to %llu have no line", what, (unsigned long long)end, (unsigned long long)v[i].offset);
        end = v[i].offset + v[i].length;
    }
    if (end < file.n && !may_be_skipped(a, file, end, file.n))
        fail_msg("%s: bytes %llu to %zu have no line", what, (unsigned long long)end, file.n);
}

/*
 * Inside the declared extent of a readable head: of a plain record, or of a member that could be inflated to its
 * end (stored as it is, it may hold what looks like others).  An archive in a payload is no record.
 */
static bool is_covered(const struct archive *a, const struct item *v, size_t n, uint64_t at)
{
    for (size_t i = 0; i < n; i++) {
        const char *d = v[i].damage;
        bool extent = a->packing == PLAIN ? !d || strstr(d, "Content-Length") : d && (strstr(d, "CRC") || strstr(d, "checksum"));
        if (extent && v[i].offset < at && at < v[i].offset + v[i].length)
            return true;
    }
    return false;
}

static bool is_given(const struct item *v, size_t n, uint64_t at, struct span raw)
{
    for (size_t i = 0; i < n; i++)
        if (!v[i].damage && v[i].offset == at && span_eq(buf_view(&v[i].raw), raw))
            return true;
    return false;
}

/* A line is whole with its end alone, and begins behind one; other plain records begin anywhere. */
static bool stands_whole(const struct archive *a, struct span file, size_t at, size_t n)
{
    if (a->packing != PLAIN || a->format == WARC)
        return true;
    bool begins = at == 0 || file.p[at - 1] == '\n', ends = at + n >= file.n || file.p[at + n] == '\n' || file.p[at + n] == '\r';
    return begins && (a->format == ARC || ends);
}

static void check_found(const struct archive *a, struct span file, const struct item *v, size_t n, const char *what)
{
    for (unsigned i = 0; i < RECORDS; i++) {
        struct span stored = span_of(a->bytes.p + a->v[i].from, a->v[i].n);
        for (size_t at = span_find(file, stored); at < file.n; at += 1 + span_find(span_from(file, at + 1), stored)) {
            if (!stands_whole(a, file, at, stored.n) || is_given(v, n, at, a->v[i].raw))
                continue;
            if (is_covered(a, v, n, at))
                continue;
            fail_msg("%s: record %u at %zu is lost", what, i, at);
        }
    }
}

/* A member has a checksum: what is given out of it is what was put in. */
static void check_true(const struct archive *a, const struct item *v, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++) {
        bool known = v[i].damage != NULL || a->packing == PLAIN;
        for (unsigned j = 0; j < RECORDS && !known; j++)
            known = span_eq(buf_view(&v[i].raw), a->v[j].raw);
        if (!known)
            fail_msg("%s: what is given at %llu:%llu was never put in", what, (unsigned long long)v[i].offset, (unsigned long long)v[i].at);
    }
}

static bool dictionary_stands(const struct archive *a, struct span file)
{
    return span_eq(span_head(file, a->prologue), span_head(buf_view(&a->bytes), a->prologue));
}

static void check_mutation(const struct archive *a, const char *what)
{
    static struct item v[MAX_ITEMS];
    struct buf b = { 0 };
    buf_span(&b, buf_view(&a->bytes));
    for (size_t times = 1 + draw(3); times > 0 && b.n; times--)
        mutate_once(&b);
    if (!dictionary_stands(a, buf_view(&b))) { /* without it nothing can be read */
        buf_release(&b);
        return;
    }
    assert_int_equal(pwrite(fd, b.p, b.n, 0), (ssize_t)b.n);
    assert_int_equal(ftruncate(fd, (off_t)b.n), 0);
    size_t n = read_items(v, what);
    if (n)
        check_tiles(a, buf_view(&b), v, n, what);
    check_found(a, buf_view(&b), v, n, what);
    check_true(a, v, n, what);
    for (size_t i = 0; i < n; i++)
        buf_release(&v[i].raw);
    buf_release(&b);
}

static void test_mutations(void **unused)
{
    const char *asked = getenv("SLUICE_MUTATIONS"), *one = getenv("SLUICE_MUTATION");
    size_t n = asked ? (size_t)atol(asked) : DEFAULT_MUTATIONS, n_kinds = sizeof kinds / sizeof *kinds;
    for (size_t i = one ? (size_t)atol(one) : 0; i < n || one; i++) {
        struct archive a;
        char what[120];
        state = 0x9E3779B97F4A7C15u * (i + 1);
        draw(0);
        make_archive(&a, kinds[i % n_kinds].packing, kinds[i % n_kinds].format);
        snprintf(what, sizeof what, "SLUICE_MUTATION=%zu, %s", i, kinds[i % n_kinds].name);
        check_mutation(&a, what);
        free_archive(&a);
        if (one)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutations) };
    fd = mkstemp(path);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (getenv("SLUICE_MUTATION")) /* to look at */
        fprintf(stderr, "the file is %s\n", path);
    else
        unlink(path);
    return failed;
}
