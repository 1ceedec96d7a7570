/* cmd_inspect.c - `sluice inspect`: one document, from its tokens back to its origin. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/corpus.h"
#include "pipeline/run/row.h"
#include "pipeline/run/verify.h"
#include "tokenizer/tokenizer.h"

struct inspection {
    struct corpus corpus;
    const char *doc, *vocab, *source;
    bool by_ordinal, found, kept, json;
    uint64_t ordinal;
    struct buf out;
};

/* The vocabulary that the manifest names: by its digest, wherever set-up put it. */
static int open_vocab(const struct inspection *x, struct vocab **v, struct error *e)
{
    const struct json *t = json_get(x->corpus.manifest, "tokenizer");
    struct span name = json_str(t, "name", SPAN("")), sha = json_str(t, "sha256", SPAN(""));
    char *file = x->vocab ? xstrdup(x->vocab) : xmemdup0(name.p, name.n), *found = NULL, *compiled;
    int rc = data_find(file, &found, e);
    if (rc == 0) {
        compiled = xasprintf("%s.vocab", found);
        if (!file_exists(compiled) || vocab_open(v, compiled, NULL, NULL))
            rc = vocab_open(v, found, NULL, e);
        free(compiled);
    }
    if (rc == 0) {
        struct vocab_info info;
        vocab_describe(*v, &info);
        if (!span_is(sha, info.sha256)) {
            vocab_close(*v);
            rc = error_set(e, ERR_MISSING, found, "is not the vocabulary of this corpus (SHA-256 %.*s); name it with --vocab", SPAN_ARG(sha));
        }
    }
    free(file);
    free(found);
    return rc;
}

/* BOS and EOS, where the presets put them, are not text. */
static struct span strip_marks(const struct buf *ids, const struct vocab_info *info)
{
    size_t n = ids->n / sizeof(uint32_t), from = 0;
    const uint32_t *v = (const void *)ids->p;
    if (n && info->bos >= 0 && v[0] == (uint32_t)info->bos)
        from = 1;
    if (n > from && info->eos >= 0 && v[n - 1] == (uint32_t)info->eos)
        n--;
    return span_of((const char *)(v + from), (n - from) * sizeof *v);
}

static int decode_document(struct inspection *x, struct shard *s, const struct shard_doc *d, struct buf *text, struct error *e)
{
    struct vocab *v;
    struct vocab_info info;
    struct buf stored = { 0 }, ids = { 0 };
    int rc = open_vocab(x, &v, e);
    if (rc)
        return rc;
    vocab_describe(v, &info);
    rc = shard_tokens(s, d, &stored, e);
    if (rc == 0) {
        shard_widen(buf_view(&stored), s->index.token_bytes, &ids);
        struct span body = strip_marks(&ids, &info);
        rc = decode(v, (const uint32_t *)(const void *)body.p, body.n / sizeof(uint32_t), text, e);
    }
    buf_release(&stored);
    buf_release(&ids);
    vocab_close(v);
    return rc;
}

static void put_json(struct inspection *x, const struct json *row, bool kept, const struct buf *text)
{
    struct buf quoted = { 0 };
    json_put_string(&quoted, buf_view(text));
    const struct row_member m[] = { { "text", buf_view(&quoted) } };
    row_change(row, m, kept ? 1 : 0, &x->out);
    buf_putc(&x->out, '\n');
    buf_release(&quoted);
}

static void put_plain(struct inspection *x, const struct json *row, bool kept, const struct buf *text)
{
    for (const struct json *m = row->first; m; m = m->next) {
        buf_printf(&x->out, "%-22.*s ", SPAN_ARG(m->name));
        buf_visible(&x->out, m->type == JSON_STRING ? m->str : m->raw);
        buf_putc(&x->out, '\n');
    }
    if (!kept)
        return;
    buf_putc(&x->out, '\n');
    buf_span(&x->out, buf_view(text));
    buf_putc(&x->out, '\n');
}

static int show(struct inspection *x, const struct ledger_row *row, struct error *e)
{
    struct buf full = { 0 }, text = { 0 };
    struct arena a;
    struct json *v;
    struct shard *s;
    struct shard_doc d;
    size_t number;
    arena_init(&a, 0);
    int rc = corpus_put_row(&x->corpus, row, &full, e);
    if (rc == 0 && row->kept)
        rc = corpus_doc(&x->corpus, row->ordinal, &s, &number, &d, e);
    if (rc == 0 && row->kept)
        rc = decode_document(x, s, &d, &text, e);
    if (rc == 0 && json_parse(buf_view(&full), &a, &v, NULL))
        rc = error_set(e, ERR_BUG, NULL, "a ledger row cannot be read back");
    if (rc == 0)
        (x->json ? put_json : put_plain)(x, v, row->kept, &text);
    buf_release(&full);
    buf_release(&text);
    arena_release(&a);
    return rc;
}

static int take(void *ctx, const struct ledger_row *row, struct error *e)
{
    struct inspection *x = ctx;
    struct span id = json_str(row->json, "id", SPAN(""));
    if (x->by_ordinal ? !row->kept || row->ordinal != x->ordinal : !id.n || !span_is(id, x->doc))
        return 0;
    x->found = true;
    x->kept = row->kept;
    x->ordinal = row->ordinal;
    int rc = show(x, row, e);
    return rc ? rc : 1;
}

/* By its path in the manifest, or any path that ends so, or its base name. */
static bool is_shard(struct span shard, struct span name)
{
    if (name.n >= shard.n)
        return span_eq(span_from(name, name.n - shard.n), shard);
    return name.n > 4 && span_eq(span_from(shard, shard.n - name.n), name) && shard.p[shard.n - name.n - 1] == '/';
}

static int find_token(struct inspection *x, const char *name, uint64_t token, struct error *e)
{
    struct corpus *c = &x->corpus;
    struct shard *s;
    struct shard_doc d;
    size_t number;
    uint64_t i;
    for (size_t k = 0; k < c->n_shards; k++) {
        if (!is_shard(c->shards[k].name, span_cstr(name)))
            continue;
        int rc = corpus_doc(c, c->shards[k].first, &s, &number, &d, e);
        if (rc)
            return rc;
        if (!index_find(&s->index, token, &i))
            return error_set(e, ERR_NO, name, "has %" PRIu64 " tokens; there is none at %" PRIu64, s->index.tokens, token);
        x->ordinal = c->shards[k].first + i;
        x->by_ordinal = true;
        return 0;
    }
    return error_set(e, ERR_NO, name, "is no shard of this corpus; they are named shards/00000.zst and so on");
}

/* An id is taken with its <> or without. */
static char *whole_id(const char *doc)
{
    return doc && *doc && *doc != '<' && strncmp(doc, "urn:", 4) == 0 ? xasprintf("<%s>", doc) : xstrdup(doc ? doc : "");
}

static void differs(void *ctx, const char *file, uint64_t offset, const char *what)
{
    struct error e;
    error_at(&e, ERR_NO, file, offset, "%s", what);
    log_error(&e);
    ++*(unsigned *)ctx;
}

/* The document made again from its record: what is shown is what the pipeline makes of its source. */
static int make_again(const struct inspection *x, const char *out, struct error *e)
{
    unsigned faults = 0;
    if (!x->source || !x->kept)
        return 0;
    int rc = verify_replay_one(out, x->source, x->ordinal, differs, &faults, e);
    if (rc == 0 && faults)
        rc = error_set(e, ERR_NO, x->source, "does not give this document again");
    if (rc == 0)
        log_info("made again from its source, the document has the same tokens");
    return rc;
}

static int inspect(struct inspection *x, const char *out, const char *shard, uint64_t at, struct error *e)
{
    int rc = corpus_open(&x->corpus, out, e);
    if (rc)
        return rc;
    if (shard)
        rc = find_token(x, shard, at, e);
    if (rc == 0)
        rc = corpus_rows(&x->corpus, take, x, e);
    if (rc == 0 && !x->found)
        rc = error_set(e, ERR_NO, x->doc, "no such document in the ledger");
    if (rc == 0)
        rc = make_again(x, out, e);
    if (rc == 0)
        rc = stdout_write(x->out.p, x->out.n, e);
    corpus_close(&x->corpus);
    buf_release(&x->out);
    return rc;
}

int cmd_inspect(int argc, char **argv)
{
    struct inspection x = { .doc = NULL };
    const char *shard = NULL;
    uint64_t at = 0;
    const struct opt table[] = {
        { "doc", 0, OPT_STR, &x.doc, "ID", "the document of that record id", NULL },
        { "shard", 0, OPT_STR, &shard, "F", "the document in that shard, e.g. shards/00000.zst", NULL },
        { "at", 0, OPT_U64, &at, "TOKEN", "which holds that token, from 0 [0]", NULL },
        { "json", 0, OPT_FLAG, &x.json, NULL, "the ledger row and the text, as one JSON object", NULL },
        { "source", 0, OPT_STR, &x.source, "DIR", "make it again from its record in that folder of the inputs, and compare its tokens", NULL },
        { "vocab", 0, OPT_STR, &x.vocab, "FILE", "the vocabulary [the manifest's, where set-up put it]", NULL },
        { NULL },
    };
    static const char notes[] = "Text is decoded from the tokens.  A dropped or failed record has its row alone.\n";
    int rest, status = cmd_options(table, "inspect OUT --doc ID | --shard F --at TOKEN [--json]", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice inspect OUT --doc ID");
    if ((x.doc != NULL) == (shard != NULL))
        return cmd_usage("give --doc ID, or --shard F --at TOKEN");
    struct error e;
    char *id = whole_id(x.doc);
    if (x.doc)
        x.doc = id;
    int rc = inspect(&x, argv[rest], shard, at, &e);
    free(id);
    return rc ? cmd_fail(&e) : 0;
}
