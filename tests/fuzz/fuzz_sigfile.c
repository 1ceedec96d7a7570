/* fuzz_sigfile.c - any bytes as a signature file and as a file of decisions: every record and key can be looked at. */
#include "tests/fuzz/fuzz.h"

#include "pipeline/dedup/choice.h"
#include "pipeline/dedup/sigfile.h"

static void signatures(struct span bytes)
{
    struct sigfile f;
    struct sig_record r;
    struct error e;
    if (sigfile_parse(&f, bytes, "input", NULL, &e))
        return;
    for (uint64_t i = 0; i < f.n; i++) {
        if (sigfile_record(&f, i, &r, &e) == 0) {
            touch(r.id);
            touch(r.key);
        }
    }
    for (size_t b = 0; b < f.n_blocks; b++) {
        for (size_t i = 0; i < f.blocks[b].n; i++) {
            const uint8_t *key = f.n_bands ? sig_block_key(&f.blocks[b], i, DEDUP_MINHASH, f.n_bands - 1) : NULL;
            touch(span_of((const char *)key, key ? KEY_BYTES : 0));
            touch(span_of((const char *)sig_block_key(&f.blocks[b], i, DEDUP_TEXT, 0), KEY_BYTES));
        }
    }
    f.map = (struct span){ 0 }; /* the bytes are not ours to unmap */
    sigfile_close(&f);
}

static void decisions(struct span bytes)
{
    struct choice_reader *r;
    struct choice c;
    struct error e;
    if (choice_parse(&r, bytes, "input", &e))
        return;
    while (choice_next(r, &c, &e) > 0) {
        touch(c.duplicate_of);
        expect(c.kept == (c.rule == NULL));
    }
    choice_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of((const char *)data, size);
    signatures(bytes);
    decisions(bytes);
    return 0;
}
