/* cmd_tokenize.c - sluice tokenize: text to ids, their number, or back. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "core/alloc.h"
#include "core/infile.h"
#include "core/utf8.h"
#include "tokenizer/tokenizer.h"

struct tokenize {
    struct vocab *vocab;
    struct vocab_info info;
    bool count, bos, eos;
};

/* One thread: its encoder, and room for ids and text. */
struct scratch {
    struct encoder *encoder;
    struct buf ids, text;
};

static void *scratch_new(const void *ctx)
{
    const struct tokenize *t = ctx;
    struct scratch *s = xcalloc(1, sizeof *s);
    s->encoder = encoder_new(t->vocab);
    return s;
}

static void scratch_free(void *scratch)
{
    struct scratch *s = scratch;
    encoder_free(s->encoder);
    buf_release(&s->ids);
    buf_release(&s->text);
    free(s);
}

static void put_id(struct buf *ids, int64_t id)
{
    uint32_t v = (uint32_t)id;
    buf_put(ids, &v, sizeof v);
}

/* Decimal digits and a comma, which is most of what this command writes. */
static void put_number(struct buf *out, uint32_t v)
{
    char digits[12], *p = digits + sizeof digits;
    *--p = ',';
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    buf_put(out, p, (size_t)(digits + sizeof digits - p));
}

static void put_ids(struct buf *out, const struct buf *ids)
{
    const uint32_t *v = (const void *)ids->p;
    size_t n = ids->n / sizeof *v;
    buf_putc(out, '[');
    for (size_t i = 0; i < n; i++)
        put_number(out, v[i]);
    if (n)
        out->n--;
    buf_putc(out, ']');
}

static int encode_text(const struct tokenize *t, struct scratch *s, const struct document *d, struct span text, struct buf *out,
                       struct error *e)
{
    struct json_writer w = { out, false };
    buf_reset(&s->ids);
    if (t->bos)
        put_id(&s->ids, t->info.bos);
    int rc = encode(s->encoder, text, &s->ids, e);
    if (rc)
        return rc;
    if (t->eos)
        put_id(&s->ids, t->info.eos);
    buf_puts(out, "{\"id\":");
    doc_put_id(d, &w);
    if (t->count) {
        buf_printf(out, ",\"tokens\":%zu,\"bytes\":%zu}\n", s->ids.n / sizeof(uint32_t), text.n);
    } else {
        buf_puts(out, ",\"ids\":");
        put_ids(out, &s->ids);
        buf_puts(out, "}\n");
    }
    return 0;
}

static int document(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e)
{
    return encode_text(ctx, scratch, d, d->text, out, e);
}

/* --text: a whole file. */
static int whole(const void *ctx, void *scratch, struct span line, struct arena *a, struct buf *out, struct error *e)
{
    size_t good = utf8_valid_prefix(line);
    if (good != line.n)
        return error_set(e, ERR_FORMAT, NULL, "is not UTF-8 at byte %zu", good);
    struct document none = { 0 };
    return encode_text(ctx, scratch, &none, line, out, e);
}

/* A JSON number that is whole, 5.0 and 5e0 included; the list is known to be JSON, what is no number has other bytes. */
static bool read_id(struct span s, uint32_t *id)
{
    uint64_t whole;
    char text[32], *end;
    if (span_u64(s, &whole)) {
        *id = (uint32_t)whole;
        return whole < UINT32_MAX;
    }
    if (s.n == 0 || s.n >= sizeof text || !ascii_digit(s.p[0]))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    double v = strtod(text, &end);
    *id = v < 4294967295.0 ? (uint32_t)v : 0;
    return *end == 0 && v == (double)*id;
}

static int read_ids(const struct json *ids, struct buf *out, struct error *e)
{
    if (!ids || ids->type != JSON_ARRAY)
        return error_set(e, ERR_FORMAT, NULL, "has no list of ids");
    struct span rest = span_of(ids->raw.p + 1, ids->raw.n - 2), one;
    uint32_t id;
    while (ids->n && span_cut(&rest, ',', &one)) {
        if (!read_id(span_trim(one), &id))
            return error_set(e, ERR_FORMAT, NULL, "has an id that is no whole number");
        put_id(out, (int64_t)id);
    }
    return 0;
}

/* --decode */
static int back(const void *ctx, void *scratch, struct span line, struct arena *a, struct buf *out, struct error *e)
{
    const struct tokenize *t = ctx;
    struct scratch *s = scratch;
    struct json *v;
    size_t where = 0;
    if (json_parse_flat(line, a, &v, &where) || v->type != JSON_OBJECT)
        return error_set(e, ERR_FORMAT, NULL, "is not a JSON object, at byte %zu of the line", where);
    buf_reset(&s->ids);
    buf_reset(&s->text);
    int rc = read_ids(json_get(v, "ids"), &s->ids, e);
    if (rc == 0)
        rc = decode(t->vocab, (const void *)s->ids.p, s->ids.n / sizeof(uint32_t), &s->text, e);
    if (rc)
        return rc;
    const struct json *id = json_get(v, "id");
    buf_puts(out, "{\"id\":");
    buf_span(out, id ? id->raw : SPAN("null"));
    buf_puts(out, ",\"text\":");
    json_put_string(out, buf_view(&s->text));
    buf_puts(out, "}\n");
    return 0;
}

static int open_vocab(struct tokenize *t, const char *name, const char *pattern, struct error *e)
{
    char *path;
    int rc = data_find(name, &path, e);
    if (rc == 0)
        rc = vocab_open(&t->vocab, path, pattern, e);
    free(path);
    if (rc)
        return rc;
    vocab_describe(t->vocab, &t->info);
    if (t->bos && t->info.bos < 0)
        return error_set(e, ERR_USAGE, name, "has no token for the beginning of a text; leave --bos out");
    if (t->eos && t->info.eos < 0)
        return error_set(e, ERR_USAGE, name, "has no token for the end of a text; leave --eos out");
    return 0;
}

int cmd_tokenize(int argc, char **argv)
{
    struct tokenize t = { 0 };
    struct error e = { 0 };
    const char *vocab = "tekken_240911.json.vocab", *pattern = NULL;
    bool decoding = false, text = false;
    uint64_t jobs = opt_default_jobs();
    int rest;
    const struct opt options[] = {
        { "vocab", 0, OPT_STR, &vocab, "FILE", "tekken.json, .tiktoken rank file, or compiled form [tekken_240911.json.vocab]", NULL },
        { "pattern", 0, OPT_CHOICE, &pattern, "NAME", "of a rank file whose name does not tell", "cl100k|o200k|r50k|p50k" },
        { "count", 0, OPT_FLAG, &t.count, NULL, "only the number of ids, and the bytes of the text", NULL },
        { "decode", 0, OPT_FLAG, &decoding, NULL, "read {\"id\",\"ids\"}, write {\"id\",\"text\"}", NULL },
        { "text", 0, OPT_FLAG, &text, NULL, "each input is one plain text", NULL },
        { "bos", 0, OPT_FLAG, &t.bos, NULL, "put the vocabulary's beginning-of-text id first", NULL },
        { "eos", 0, OPT_FLAG, &t.eos, NULL, "put its end-of-text id last", NULL },
        OPT_JOBS(&jobs),
        { 0 },
    };
    int status = cmd_options(options, "tokenize --vocab FILE [options] [FILE...]",
                             "Reads documents, writes {\"id\",\"ids\"} a line, in input order.\n", argc, argv, &rest);
    if (status >= 0)
        return status;
    if (decoding && (t.count || text || t.bos || t.eos))
        return cmd_usage("--decode takes ids, so --count, --text, --bos and --eos do not go with it");
    if (open_vocab(&t, vocab, pattern, &e)) {
        vocab_close(t.vocab);
        return cmd_fail(&e);
    }
    struct filter f = { .ctx = &t, .scratch_new = scratch_new, .scratch_free = scratch_free, .document = document };
    f.line = decoding ? back : text ? whole : NULL;
    f.whole_input = text;
    status = filter_run(&f, argv + rest, argc - rest, jobs);
    vocab_close(t.vocab);
    return status;
}
