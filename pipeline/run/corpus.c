/* corpus.c - see corpus.h. */
#include "pipeline/run/corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/run/row.h"

#define MANIFEST_MAX_BYTES ((size_t)1 << 30)
#define ROW_ARENA_MAX ((size_t)256 << 20)

char *corpus_path(const struct corpus *c, struct span name)
{
    return xasprintf("%s/%.*s", c->out, SPAN_ARG(name));
}

/* A path of our own: below OUT, in one of the folders we write. */
static bool is_name(struct span s, const char *folder, const char *end)
{
    return span_starts(s, folder) && span_ends(s, end) && span_find(s, SPAN("..")) == s.n;
}

static void take_outputs(struct corpus *c)
{
    const struct json *outputs = json_get(c->manifest, "outputs");
    size_t n = outputs ? outputs->n : 0;
    c->ledgers = xcalloc(n, sizeof *c->ledgers);
    c->shards = xcalloc(n, sizeof *c->shards);
    for (const struct json *o = outputs ? outputs->first : NULL; o; o = o->next) {
        struct span name = json_str(o, "path", SPAN(""));
        if (is_name(name, "ledger/", ".jsonl.zst"))
            c->ledgers[c->n_ledgers++] = name;
        else if (is_name(name, "shards/", ".zst"))
            c->shards[c->n_shards++].name = name;
    }
}

int corpus_manifest(struct corpus *c, const char *out, struct error *e)
{
    *c = (struct corpus){ .out = xstrdup(out) };
    struct json *v;
    char *path = xasprintf("%s/manifest.json", out);
    arena_init(&c->arena, 0);
    int rc = file_read(path, MANIFEST_MAX_BYTES, &c->text, e);
    if (rc == -ERR_MISSING)
        rc = error_set(e, ERR_MISSING, path, "no manifest: the run is not sealed; sluice status %s says how far it is", out);
    else if (rc == 0 && (json_parse(buf_view(&c->text), &c->arena, &v, NULL) || !span_is(json_str(v, "format", SPAN("")), "sluice-manifest-1")))
        rc = error_set(e, ERR_FORMAT, path, "is not a manifest of this version");
    free(path);
    if (rc) {
        corpus_close(c);
        return rc;
    }
    c->manifest = v;
    take_outputs(c);
    return 0;
}

static char *index_path(const struct corpus *c, size_t shard)
{
    struct span name = c->shards[shard].name;
    return xasprintf("%s/%.*s.idx", c->out, (int)(name.n - 4), name.p);
}

int corpus_open(struct corpus *c, const char *out, struct error *e)
{
    uint64_t documents = 0;
    int rc = corpus_manifest(c, out, e);
    if (rc)
        return rc;
    for (size_t i = 0; rc == 0 && i < c->n_shards; i++) {
        char *path = index_path(c, i);
        c->shards[i].first = documents;
        rc = index_peek(path, &c->shards[i].n, &c->shards[i].tokens, e);
        documents += c->shards[i].n;
        free(path);
    }
    if (rc)
        corpus_close(c);
    return rc;
}

void corpus_close(struct corpus *c)
{
    if (c->open_at)
        shard_close(&c->open);
    arena_release(&c->arena);
    buf_release(&c->text);
    free(c->ledgers);
    free(c->shards);
    free(c->out);
    *c = (struct corpus){ 0 };
}

int corpus_ledger(const struct corpus *c, size_t ledger, uint64_t *next, row_taker take, void *ctx, struct error *e)
{
    struct ledger_row row = { .ledger = c->ledgers[ledger] };
    struct infile *f;
    struct arena a;
    uint64_t end = 0; /* of the row before */
    char *path = corpus_path(c, row.ledger);
    int rc = infile_open(&f, path, e);
    if (rc) {
        free(path);
        return rc;
    }
    arena_init(&a, ROW_ARENA_MAX);
    while ((rc = infile_line(f, ROW_MAX_BYTES, &row.text, &row.offset, e)) > 0) {
        arena_reset(&a);
        if (json_parse(row.text, &a, &row.json, NULL) || row.json->type != JSON_OBJECT) {
            rc = error_at(e, ERR_FORMAT, path, row.offset, "is not a ledger row");
            break;
        }
        row.kept = span_is(json_str(row.json, "outcome", SPAN("")), "kept");
        row.ordinal = *next;
        *next += row.kept;
        end = row.offset + row.text.n + 1;
        rc = take(ctx, &row, e);
        if (rc)
            break;
    }
    if (rc == 0 && row.offset != end)
        rc = error_at(e, ERR_FORMAT, path, row.offset, "the last row has no line break");
    arena_release(&a);
    infile_close(f);
    free(path);
    return rc;
}

int corpus_rows(const struct corpus *c, row_taker take, void *ctx, struct error *e)
{
    uint64_t next = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->n_ledgers; i++)
        rc = corpus_ledger(c, i, &next, take, ctx, e);
    return rc < 0 ? rc : 0;
}

static int open_shard(struct corpus *c, size_t i, struct error *e)
{
    if (c->open_at == i + 1)
        return 0;
    if (c->open_at)
        shard_close(&c->open);
    c->open_at = 0;
    char *zst = corpus_path(c, c->shards[i].name), *idx = index_path(c, i);
    int rc = shard_open(&c->open, zst, idx, e);
    if (rc == 0)
        c->open_at = i + 1;
    free(zst);
    free(idx);
    return rc;
}

/* Shards without documents are passed over. */
size_t corpus_shard_of(const struct corpus *c, uint64_t ordinal)
{
    size_t lo = 0, hi = c->n_shards; /* the first that ends behind it */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ordinal >= c->shards[mid].first + c->shards[mid].n)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int corpus_doc(struct corpus *c, uint64_t ordinal, struct shard **shard, size_t *number, struct shard_doc *d, struct error *e)
{
    size_t i = corpus_shard_of(c, ordinal);
    if (i == c->n_shards)
        return error_set(e, ERR_FORMAT, c->out, "the ledger has more kept rows than the shards have documents; sluice verify tells more");
    int rc = open_shard(c, i, e);
    if (rc)
        return rc;
    if (c->open.index.n != c->shards[i].n)
        return error_set(e, ERR_FORMAT, c->open.zst, "its index changed while it was read");
    index_doc(&c->open.index, ordinal - c->shards[i].first, d);
    *shard = &c->open;
    *number = i;
    return 0;
}

int corpus_put_row(struct corpus *c, const struct ledger_row *row, struct buf *out, struct error *e)
{
    struct shard *shard;
    struct shard_doc d;
    size_t number;
    char first[24];
    if (!row->kept) {
        buf_span(out, row->text);
        return 0;
    }
    int rc = corpus_doc(c, row->ordinal, &shard, &number, &d, e);
    if (rc)
        return rc;
    struct buf name = { 0 };
    json_put_string(&name, c->shards[number].name);
    snprintf(first, sizeof first, "%" PRIu64, d.first_token);
    const struct row_member m[] = { { "first_token", span_cstr(first) }, { "shard", buf_view(&name) } };
    row_change(row->json, m, 2, out);
    buf_release(&name);
    return 0;
}
