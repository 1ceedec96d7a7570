/*
 * fuzz_shard.c - any bytes as a seekable file and as an index of documents: refused, or every frame is as long as the table
 * says, ranges are what frames give, documents follow each other and each token is found in its own.
 */
#include "tests/fuzz/fuzz.h"

#include "shards/index.h"
#include "shards/seekable.h"

static void frames(struct span bytes)
{
    struct seekable s;
    struct error e;
    struct buf all = { 0 }, part = { 0 };
    bool whole = true;
    if (seekable_parse(&s, bytes, "input", &e))
        return;
    for (uint32_t i = 0; i < s.n && all.n < 4u << 20; i++) {
        size_t before = all.n;
        bool good = s.frames[i].begin == before && seekable_read(&s, i, &all, &e) == 0;
        expect(!good || all.n - before == s.frames[i].bytes);
        whole = whole && good;
    }
    if (whole && all.n == s.bytes) {
        uint64_t from = s.bytes / 3, n = s.bytes / 2;
        expect(seekable_range(&s, from, n, &part, &e) == 0);
        expect(span_eq(buf_view(&part), span_of(all.p + from, (size_t)n)));
        expect(seekable_range(&s, from, s.bytes - from + 1, &part, &e) == -ERR_FORMAT);
    }
    s.map = (struct span){ 0 }; /* the bytes are not ours to unmap */
    seekable_close(&s);
    buf_release(&all);
    buf_release(&part);
}

static void documents(struct span bytes)
{
    struct shard_index x;
    struct error e;
    uint64_t token = 0, found;
    if (index_parse(&x, bytes, "input", &e))
        return;
    for (uint64_t i = 0; i < x.n; i++) {
        struct shard_doc d;
        index_doc(&x, i, &d);
        expect(d.first_token == token && within(d.id, bytes) && within(d.warc, bytes));
        touch(d.id);
        touch(d.warc);
        if (d.tokens) {
            expect(index_find(&x, d.first_token, &found) && found == i);
            expect(index_find(&x, d.first_token + d.tokens - 1, &found) && found == i);
        }
        token += d.tokens;
    }
    expect(token == x.tokens && !index_find(&x, x.tokens, &found));
    for (uint64_t i = 0; i < x.n_frames; i++)
        (void)index_frame_tokens(&x, i);
    x.map = (struct span){ 0 };
    index_close(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of((const char *)data, size);
    frames(bytes);
    documents(bytes);
    return 0;
}
