/* vocab.c - open, describe, compile, decode; see tokenizer.h and vocab.h. */
#include "tokenizer/vocab.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/arena.h"
#include "core/hash.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "core/utf8.h"

/* What the tree of a vocabulary file may take: tekken's 150,000 entries take 90 MB. */
#define LOAD_ARENA_MAX ((size_t)1 << 30)

/* In this order: the first that knows the file takes it. */
static const struct vocab_loader *const loaders[] = { &tekken_loader, &tokenizer_json_loader, &ranks_loader };

static int load(const struct vocab_loader *l, struct vocab **out, struct span text, const char *path, enum pattern pattern,
                struct error *e)
{
    struct arena arena;
    struct vocab_header *image = NULL;
    char sha256[SHA256_HEX + 1];
    arena_init(&arena, LOAD_ARENA_MAX);
    struct vocab_source s = { .arena = &arena, .bos = -1, .eos = -1 };
    int rc = l->load(&s, text, path, pattern, e);
    if (rc == 0) {
        sha256_hex_of(text, sha256);
        rc = vocab_build(&s, path, sha256, &image, e);
    }
    arena_release(&arena);
    if (rc)
        return rc;
    struct vocab *v = xcalloc(1, sizeof *v);
    if (!image_check(image, image->bytes, v)) {
        free(image);
        free(v);
        return error_set(e, ERR_USAGE, path, "its ids of special tokens do not fit its size");
    }
    *out = v;
    return 0;
}

static int open_source(struct vocab **out, struct span text, const char *path, const char *pattern, struct error *e)
{
    enum pattern p = pattern ? pretok_by_name(span_cstr(pattern)) : PATTERN_NONE;
    const char *base = strrchr(path, '/');
    if (pattern && p == PATTERN_NONE)
        return error_set(e, ERR_USAGE, path, "there is no pattern '%s'; take cl100k, o200k, r50k or p50k", pattern);
    if (text.n > VOCAB_MAX_FILE)
        return error_set(e, ERR_USAGE, path, "is larger than %u bytes, so it is no vocabulary", VOCAB_MAX_FILE);
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        if (loaders[i]->is(text, span_cstr(base ? base + 1 : path)))
            return load(loaders[i], out, text, path, p, e);
    return error_set(e, ERR_USAGE, path, "is not a vocabulary that is known here (tekken.json, .tiktoken, or the compiled form of one)");
}

int vocab_open(struct vocab **out, const char *path, const char *pattern, struct error *e)
{
    struct span file;
    *out = NULL;
    int rc = file_map(path, &file, e);
    if (rc == -ERR_INPUT)
        return error_set(e, ERR_USAGE, path, "cannot be read as a vocabulary; is it a file that you may read?");
    if (rc)
        return rc;
    if (!span_starts(file, VOCAB_MAGIC)) {
        rc = open_source(out, file, path, pattern, e);
        file_unmap(file);
        return rc;
    }
    struct vocab *v = xcalloc(1, sizeof *v);
    if (!image_check(file.p, file.n, v)) {
        free(v);
        file_unmap(file);
        return error_set(e, ERR_USAGE, path, "is damaged or of another format version; make it again with sluice compile vocab");
    }
    if (pattern && pretok_by_name(span_cstr(pattern)) != v->h->pattern) {
        free(v);
        file_unmap(file);
        return error_set(e, ERR_USAGE, path, "was compiled for another pattern than '%s'; leave --pattern out", pattern);
    }
    v->mapped = file;
    *out = v;
    return 0;
}

void vocab_close(struct vocab *v)
{
    if (!v)
        return;
    if (v->mapped.p)
        file_unmap(v->mapped);
    else
        free((void *)(uintptr_t)v->h);
    free(v);
}

void vocab_describe(const struct vocab *v, struct vocab_info *info)
{
    *info = (struct vocab_info){ .vocab_size = v->h->vocab_size, .bos = v->h->bos, .eos = v->h->eos };
    memcpy(info->name, v->h->name, sizeof info->name);
    memcpy(info->sha256, v->h->sha256, sizeof info->sha256);
    info->token_bytes = v->h->vocab_size <= 65536 ? 2 : 4;
}

int vocab_compile(const struct vocab *v, const char *path, struct error *e)
{
    return file_write(path, NULL, span_of((const char *)v->h, v->h->bytes), NULL, e);
}

struct span vocab_token(const struct vocab *v, uint32_t id)
{
    struct span none = { NULL, 0 };
    if (id >= v->h->vocab_size)
        return none;
    struct span t = token_of(v, id);
    if (t.n)
        return t;
    for (unsigned i = 0; i < v->h->n_special; i++)
        if (id >= v->h->special[i].from && id < v->h->special[i].to)
            return span_of("", 0);
    return none;
}

int decode(const struct vocab *v, const uint32_t *ids, size_t n, struct buf *text, struct error *e)
{
    struct buf bytes = BUF_MAX(text->max);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct span t = vocab_token(v, ids[i]);
        if (!t.p)
            rc = error_set(e, ERR_FORMAT, NULL, "there is no id %u in this vocabulary", ids[i]);
        else
            buf_span(&bytes, t);
    }
    if (rc == 0 && (bytes.over || utf8_repair(buf_view(&bytes), text) < 0))
        rc = error_set(e, ERR_TOO_BIG, NULL, "the text is larger than %zu bytes", text->max);
    buf_release(&bytes);
    return rc;
}
