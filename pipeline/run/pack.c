/* pack.c - see pack.h. */
#include "pipeline/run/pack.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"

const struct conf_key pack_keys[] = {
    { "tokenizer.vocab", CONF_FILE, "tekken_240911.json", 0, 0, NULL,
      "vocabulary: a tekken.json or a .tiktoken rank file, by path or by the name that set-up gave it" },
    { "tokenizer.pattern", CONF_CHOICE, "auto", 0, 0, "auto|cl100k|o200k|r50k|p50k",
      "pretokenizer of a rank file whose name does not tell" },
    { "tokenizer.bos", CONF_BOOL, "false", 0, 0, NULL, "put BOS before every document" },
    { "tokenizer.eos", CONF_BOOL, "true", 0, 0, NULL, "put EOS behind every document" },
    { "shards.tokens", CONF_INT, "67108864", 1, 4e9, NULL, "a shard ends with the first document that reaches this many tokens" },
    { "shards.frame_bytes", CONF_SIZE, "256K", 64 << 10, 256 << 10, NULL, "most inflated bytes of a zstd frame: what a reader inflates to seek" },
    { "shards.level", CONF_INT, "3", 1, 19, NULL, "zstd level of shards and ledger" },
    { 0 },
};

static int check_marks(const struct config *c, const struct vocab_info *info, struct error *e)
{
    if (config_bool(c, "tokenizer.bos") && info->bos < 0)
        return error_set(e, ERR_USAGE, "tokenizer.bos", "%s has no BOS; set tokenizer.bos to false", info->name);
    if (config_bool(c, "tokenizer.eos") && info->eos < 0)
        return error_set(e, ERR_USAGE, "tokenizer.eos", "%s has no EOS; set tokenizer.eos to false", info->name);
    return 0;
}

static bool open_compiled(const char *path, const char *sha256, struct vocab **v)
{
    struct vocab_info info;
    if (!file_exists(path) || vocab_open(v, path, NULL, NULL))
        return false;
    vocab_describe(*v, &info);
    if (strcmp(info.sha256, sha256) == 0)
        return true;
    vocab_close(*v);
    return false;
}

static int open_source(const struct run *r, const char *path, const char *sha256, const char *compiled, struct vocab **v,
                       struct error *e)
{
    const char *pattern = config_str(r->plan.config, "tokenizer.pattern");
    struct vocab_info info;
    int rc = vocab_open(v, path, strcmp(pattern, "auto") == 0 ? NULL : pattern, e);
    if (rc)
        return rc;
    vocab_describe(*v, &info);
    if (strcmp(info.sha256, sha256) != 0)
        rc = error_set(e, ERR_INPUT, path, "changed since the run was planned; plan again in a new folder");
    else if (compiled)
        rc = vocab_compile(*v, compiled, e);
    if (rc)
        vocab_close(*v);
    return rc;
}

static const struct plan_file *planned(const struct plan *p)
{
    for (size_t i = 0; i < p->n_files; i++)
        if (strcmp(p->files[i].key, "tokenizer.vocab") == 0)
            return &p->files[i];
    return NULL;
}

int pack_vocab(const struct run *r, struct vocab **v, struct error *e)
{
    const struct plan_file *f = planned(&r->plan);
    if (!f || !*f->sha256)
        return error_set(e, ERR_MISSING, config_str(r->plan.config, "tokenizer.vocab"),
                         "no such vocabulary; run scripts/setup, or name a file (tokenizer.vocab)");
    char *beside = xasprintf("%s.vocab", f->path), *ours = run_tmp_path(r, "pack/vocab"), *folder = run_tmp_path(r, "pack");
    struct vocab_info info;
    int rc = 0;
    if (!open_compiled(beside, f->sha256, v) && !open_compiled(ours, f->sha256, v))
        rc = open_source(r, f->path, f->sha256, file_exists(folder) ? ours : NULL, v, e);
    if (rc == 0) {
        vocab_describe(*v, &info);
        rc = check_marks(r->plan.config, &info, e);
        if (rc)
            vocab_close(*v);
    }
    free(beside);
    free(ours);
    free(folder);
    return rc;
}

static void put_id(struct buf *ids, int64_t id)
{
    uint32_t v = (uint32_t)id;
    buf_put(ids, &v, sizeof v);
}

int pack_encode(const struct config *c, const struct vocab_info *info, struct encoder *x, struct span text, struct buf *ids,
                struct error *e)
{
    if (config_bool(c, "tokenizer.bos"))
        put_id(ids, info->bos);
    int rc = encode(x, text, ids, e);
    if (rc == 0 && config_bool(c, "tokenizer.eos"))
        put_id(ids, info->eos);
    return rc;
}

void pack_narrow(struct buf *ids, unsigned token_bytes)
{
    size_t n = ids->n / sizeof(uint32_t);
    const char *p = ids->p;
    uint8_t *q = (uint8_t *)ids->p;
    for (size_t i = 0; i < n; i++, q += token_bytes) {
        uint32_t id;
        memcpy(&id, p + i * sizeof id, sizeof id);
        if (token_bytes == 2)
            put_le16(q, (uint16_t)id);
        else
            put_le32(q, id);
    }
    ids->n = n * token_bytes;
}

/* Digits of the numbers below n, at least five. */
static int digits(size_t n)
{
    int width = 5;
    for (size_t most = 100000; n > most && width < 19; most *= 10)
        width++;
    return width;
}

char *ledger_name(const struct run *r, size_t group)
{
    return xasprintf("ledger/%0*zu.jsonl.zst", digits(r->plan.n_groups), group);
}

char *shard_name(size_t number, size_t n_shards, const char *end)
{
    return xasprintf("shards/%0*zu%s", digits(n_shards), number, end);
}

int shard_spans_read(const struct run *r, struct shard_span **v, size_t *n, struct error *e)
{
    char *path = run_tmp_path(r, "pack/shards");
    struct span map;
    *v = NULL;
    *n = 0;
    int rc = file_map(path, &map, e);
    if (rc == 0) {
        *n = map.n / SHARD_SPAN_BYTES;
        *v = xcalloc(*n, sizeof **v);
        for (size_t i = 0; i < *n; i++) {
            const uint8_t *p = (const uint8_t *)map.p + i * SHARD_SPAN_BYTES;
            (*v)[i] = (struct shard_span){ get_le64(p), get_le64(p + 8), get_le64(p + 16) };
        }
        if (map.n % SHARD_SPAN_BYTES)
            rc = error_set(e, ERR_FORMAT, path, "is cut short; run pack assign again");
        file_unmap(map);
    }
    free(path);
    return rc;
}
