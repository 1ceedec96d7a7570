/*
 * fuzz_corpus.c - any bytes as a sealed folder of a run: manifest, ledger, index and shard, one behind the other, each with its
 * length (u16) before it but the last. Whatever they hold, rows come in order, what is printed is JSON, and
 * tokens of a document are as many as its index says.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/stat.h>

#include "core/hash.h"
#include "pipeline/run/corpus.h"

static char folder[] = "/tmp/sluice-fuzz-corpus-XXXXXX";
static const char *const names[] = { "manifest.json", "ledger/00000.jsonl.zst", "shards/00000.idx", "shards/00000.zst" };

static void path_of(const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", folder, name);
}

static void remove_folder(void)
{
    char path[96];
    for (size_t i = 0; i < 4; i++) {
        path_of(names[i], path);
        unlink(path);
    }
    path_of("ledger", path);
    rmdir(path);
    path_of("shards", path);
    rmdir(path);
    rmdir(folder);
}

static void make_folder(void)
{
    char path[96];
    expect(mkdtemp(folder) != NULL);
    path_of("ledger", path);
    mkdir(path, 0700);
    path_of("shards", path);
    mkdir(path, 0700);
    atexit(remove_folder);
}

static void put_files(struct span s)
{
    for (size_t i = 0; i < 4; i++) {
        char path[96];
        size_t n = s.n;
        if (i < 3) {
            n = s.n < 2 ? 0 : get_le16((const uint8_t *)s.p);
            s = span_from(s, 2);
        }
        path_of(names[i], path);
        fuzz_put(path, span_head(s, n));
        s = span_from(s, n);
    }
}

struct reading {
    struct corpus *c;
    uint64_t rows, kept;
};

static int take(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct reading *x = ctx;
    struct buf out = { 0 }, tokens = { 0 };
    struct shard *shard;
    struct shard_doc d;
    struct arena a;
    struct json *v;
    size_t number;
    arena_init(&a, 0);
    expect(row->json->type == JSON_OBJECT && row->ordinal == x->kept);
    x->kept += row->kept;
    x->rows++;
    if (corpus_put_row(x->c, row, &out, e) == 0)
        expect(json_parse(buf_view(&out), &a, &v, NULL) == 0 && (!row->kept || json_get(v, "first_token")));
    if (row->kept && corpus_doc(x->c, row->ordinal, &shard, &number, &d, e) == 0 && shard_tokens(shard, &d, &tokens, e) == 0)
        expect(tokens.n == d.tokens * shard->index.token_bytes);
    arena_release(&a);
    buf_release(&out);
    buf_release(&tokens);
    return x->rows >= 100;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct corpus c;
    struct error e;
    if (!ready) {
        make_folder();
        ready = true;
    }
    put_files(span_of((const char *)data, size));
    if (corpus_open(&c, folder, &e) == 0) {
        struct reading x = { .c = &c };
        (void)!corpus_rows(&c, take, &x, &e);
        corpus_close(&c);
    }
    return 0;
}
