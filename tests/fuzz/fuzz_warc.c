/*
 * fuzz_warc.c - any bytes as an archive.  Records come in the order of their places, each byte of the file
 * belongs to a record or a run of damage (what stands between is line ends, members that hold nothing
 * else, or zeros at the end), reading it in two chained parts gives the same, and so does a pipe.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <zlib.h>

#include "core/hash.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc.h"

struct item {
    enum warc_kind kind;
    uint64_t offset, length, at, hash;
    bool behind; /* damage inside a member behind its records: its length is of inflated bytes */
};

struct items {
    struct item v[512];
    size_t n;
    bool plain, refused;
    uint64_t position;
};

static void look(const struct warc_record *r, struct arena *a)
{
    touch(r->type);
    touch(r->id);
    touch(r->url);
    touch(r->block);
    touch(r->stored_header);
    for (const struct field *f = r->headers; f; f = f->next) {
        touch(f->name);
        touch(f->value);
    }
    expect(r->block_cut || r->block.n == r->content_length);
    (void)warc_check_digests(r);
    struct http_message m;
    if (http_parse(r->block, a, &m) == 0)
        touch(m.stored_body);
}

/* Append what a reader gives.  With `deep`, records are looked into as well. */
static void read_all(const char *path, const struct warc_options *o, struct items *out, bool deep)
{
    struct warc_reader *w;
    struct warc_record r;
    struct error e;
    struct arena a;
    int rc;
    if (warc_open(&w, path, o, &e)) {
        out->refused = true;
        return;
    }
    arena_init(&a, 0);
    while ((rc = warc_next(w, &r, &e)) > 0 && out->n < 512) {
        arena_reset(&a);
        struct item *i = &out->v[out->n++];
        *i = (struct item){ .kind = r.kind, .offset = r.offset, .length = r.length, .at = r.at };
        expect(r.kind != WARC_DAMAGE || r.damage);
        i->behind = r.kind == WARC_DAMAGE && r.inside;
        i->hash = r.kind == WARC_DAMAGE ? hash_xxh64(span_cstr(r.damage), 0) : hash_xxh64(r.block, hash_xxh64(r.id, 1));
        if (deep && r.kind != WARC_DAMAGE)
            look(&r, &a);
    }
    expect(rc >= 0);
    out->plain = warc_is_plain(w);
    out->position = warc_position(w);
    arena_release(&a);
    warc_close(w);
}

static bool line_ends(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != '\r' && p[i] != '\n')
            return false;
    return true;
}

static bool zeros(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i])
            return false;
    return true;
}

/* Whole gzip members that inflate to line ends or nothing. */
static bool empty_members(struct span s)
{
    while (s.n) {
        uint8_t out[4096];
        z_stream z = { .next_in = (uint8_t *)(uintptr_t)s.p, .avail_in = (unsigned)s.n };
        int rc = inflateInit2(&z, 31);
        while (rc == Z_OK) {
            z.next_out = out;
            z.avail_out = sizeof out;
            rc = inflate(&z, Z_NO_FLUSH);
            if (!line_ends(out, sizeof out - z.avail_out) || (rc == Z_OK && z.avail_out == sizeof out))
                rc = Z_DATA_ERROR;
        }
        s = span_from(s, s.n - z.avail_in);
        inflateEnd(&z);
        if (rc != Z_STREAM_END)
            return false;
    }
    return true;
}

static bool may_lie_between(const struct items *all, struct span gap)
{
    if (span_starts(gap, "\x28\xb5\x2f\xfd") || (gap.n >= 8 && (gap.p[0] & 0xF0) == 0x50 && gap.p[1] == 0x2a)) /* an empty frame, a skippable one */
        return true;
    return all->plain ? line_ends((const uint8_t *)gap.p, gap.n) : empty_members(gap);
}

static void check_coverage(const struct items *all, struct span file)
{
    uint64_t end = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct item *x = &all->v[i];
        const struct item *before = i ? x - 1 : NULL;
        bool same_member = before && !all->plain && x->offset == before->offset;
        expect(x->offset <= file.n && (x->behind || x->length <= file.n - x->offset));
        if (same_member) {
            expect(x->at > before->at);
        } else {
            expect(x->offset >= end && x->length > 0);
            expect(may_lie_between(all, span_of(file.p + end, (size_t)(x->offset - end))));
        }
        if (!x->behind && x->offset + x->length > end)
            end = x->offset + x->length;
    }
    struct span rest = span_from(file, (size_t)end);
    while (rest.n && all->plain && line_ends((const uint8_t *)rest.p, 1))
        rest = span_from(rest, 1);
    size_t members = 0; /* zeros may follow members that hold nothing */
    while (members <= rest.n && !(zeros(span_from(rest, members)) && empty_members(span_head(rest, members))))
        members++;
    expect(members <= rest.n);
    expect(all->position == file.n);
}

static void check_same(const struct items *a, const struct items *b)
{
    expect(a->n == b->n && a->refused == b->refused);
    for (size_t i = 0; i < a->n; i++)
        expect(a->v[i].kind == b->v[i].kind && a->v[i].offset == b->v[i].offset && a->v[i].length == b->v[i].length &&
               a->v[i].at == b->v[i].at && a->v[i].hash == b->v[i].hash);
}

static void check_parts(const struct items *whole, const char *path, uint64_t cut)
{
    static struct items parts;
    parts.n = 0;
    parts.refused = false;
    read_all(path, &(struct warc_options){ .end = cut }, &parts, false);
    expect(!parts.refused && parts.position >= cut);
    read_all(path, &(struct warc_options){ .begin = parts.position }, &parts, false);
    check_same(whole, &parts);
}

static void check_pipe(const struct items *whole, struct span file)
{
    static struct items piped;
    int ends[2], kept = dup(0);
    if (file.n > 60000) /* what a pipe holds without a reader */
        return;
    expect(pipe(ends) == 0 && write(ends[1], file.p, file.n) == (ssize_t)file.n);
    close(ends[1]);
    dup2(ends[0], 0);
    close(ends[0]);
    piped.n = 0;
    piped.refused = false;
    read_all("-", &(struct warc_options){ 0 }, &piped, false);
    if (kept >= 0) {
        dup2(kept, 0);
        close(kept);
    }
    check_same(whole, &piped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct items whole;
    struct span file = span_of((const char *)data, size);
    struct fuzz_path path;
    int fd = fuzz_file(file, &path);
    whole.n = 0;
    whole.refused = false;
    read_all(path.s, &(struct warc_options){ 0 }, &whole, true);
    if (!whole.refused && whole.n < 512) {
        check_coverage(&whole, file);
        for (uint64_t i = 1; i < 4; i++)
            if (size * i / 4)
                check_parts(&whole, path.s, size * i / 4);
    }
    if (whole.n < 512)
        check_pipe(&whole, file);
    close(fd);
    return 0;
}
