/* load.c - the vocabulary files that people publish.  See struct vocab_loader in vocab.h. */
#include <stdlib.h>

#include "core/alloc.h"
#include "core/json.h"
#include "tokenizer/vocab.h"

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct span base64_decode(struct span s, struct arena *a)
{
    struct span none = { NULL, 0 };
    if (s.n % 4 != 0)
        return none;
    size_t pad = s.n && s.p[s.n - 1] == '=' ? 1 + (s.p[s.n - 2] == '=') : 0;
    char *out = arena_try(a, s.n / 4 * 3 + 1), *q = out;
    if (!out)
        return none;
    for (size_t i = 0; i < s.n; i += 4) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            int v = i + k < s.n - pad ? base64_value(s.p[i + k]) : 0;
            if (v < 0)
                return none;
            bits = bits << 6 | (uint32_t)v;
        }
        *q++ = (char)(bits >> 16);
        *q++ = (char)(bits >> 8);
        *q++ = (char)bits;
    }
    return span_of(out, s.n / 4 * 3 - pad);
}

/* ---- tekken.json ---- */

static bool starts_json(struct span text)
{
    return span_trim(span_head(text, 256)).n && span_trim(span_head(text, 256)).p[0] == '{';
}

static bool tekken_is(struct span text, struct span name)
{
    struct span head = span_head(text, 64u << 10);
    return starts_json(text) && (span_find(head, SPAN("\"num_vocab_tokens\"")) < head.n ||
                                 span_find(head, SPAN("\"default_num_special_tokens\"")) < head.n);
}

static void add_special(struct vocab_source *s, uint32_t from, uint32_t to)
{
    s->special[s->n_special].from = from;
    s->special[s->n_special++].to = to;
}

/* BOS and EOS of the file's own list; without one, those of the family's first files: <s> 1, </s> 2 (mistral-common). */
static void tekken_ends(struct vocab_source *s, const struct json *list, uint64_t n_special)
{
    s->bos = n_special > 1 ? 1 : -1;
    s->eos = n_special > 2 ? 2 : -1;
    if (!list || list->type != JSON_ARRAY)
        return;
    s->bos = s->eos = -1;
    for (const struct json *t = list->first; t; t = t->next) {
        uint64_t rank = json_u64(t, "rank", UINT64_MAX);
        struct span text = json_str(t, "token_str", span_of("", 0));
        if (rank < n_special && span_is(text, "<s>"))
            s->bos = (int64_t)rank;
        if (rank < n_special && span_is(text, "</s>"))
            s->eos = (int64_t)rank;
    }
}

static int tekken_tokens(struct vocab_source *s, const struct json *list, uint32_t special, const char *path, struct error *e)
{
    uint32_t rank = 0;
    s->tokens = arena_try(s->arena, s->size * sizeof *s->tokens);
    if (!s->tokens)
        return error_set(e, ERR_USAGE, path, "is larger than its bound");
    memset(s->tokens, 0, s->size * sizeof *s->tokens);
    for (const struct json *t = list->first; t && special + rank < s->size; t = t->next, rank++) {
        if (json_u64(t, "rank", UINT64_MAX) != rank)
            return error_set(e, ERR_USAGE, path, "its ranks are not 0, 1, 2, ... at entry %u", rank);
        s->tokens[special + rank] = base64_decode(json_str(t, "token_bytes", span_of("=", 1)), s->arena);
        if (!s->tokens[special + rank].p)
            return error_set(e, ERR_USAGE, path, "token_bytes of rank %u is not base64", rank);
    }
    return 0;
}

static int tekken_load(struct vocab_source *s, struct span text, const char *path, enum pattern pattern, struct error *e)
{
    struct json *v;
    size_t where = 0;
    if (json_parse(text, s->arena, &v, &where))
        return error_set(e, ERR_USAGE, path, "is not JSON, or too large, at byte %zu", where);
    const struct json *config = json_get(v, "config"), *vocab = json_get(v, "vocab");
    uint64_t size = json_u64(config, "default_vocab_size", 0), special = json_u64(config, "default_num_special_tokens", 0);
    if (!vocab || vocab->type != JSON_ARRAY || size == 0 || size >= VOCAB_MAX_IDS || special >= size || size > vocab->n + special)
        return error_set(e, ERR_USAGE, path, "is not a tekken vocabulary that can be used: its counts do not fit its list");
    s->pattern = pretok_by_text(json_str(config, "pattern", span_of("", 0)));
    if (s->pattern == PATTERN_NONE)
        return error_set(e, ERR_USAGE, path, "its pattern is not one that is known here (tekken of 2024-09)");
    if (pattern != PATTERN_NONE && pattern != s->pattern)
        return error_set(e, ERR_USAGE, path, "names its own pattern; leave --pattern out");
    s->size = (uint32_t)size;
    tekken_ends(s, json_get(v, "special_tokens"), special);
    if (special)
        add_special(s, 0, (uint32_t)special);
    return tekken_tokens(s, vocab, (uint32_t)special, path, e);
}

const struct vocab_loader tekken_loader = { "tekken.json", tekken_is, tekken_load };

/* ---- tokenizer.json: told, and refused ---- */

static bool tokenizer_json_is(struct span text, struct span name)
{
    return starts_json(text);
}

static int tokenizer_json_load(struct vocab_source *s, struct span text, const char *path, enum pattern pattern, struct error *e)
{
    return error_set(e, ERR_USAGE, path, "this kind of JSON vocabulary is not supported; take a tekken.json or a .tiktoken rank file");
}

const struct vocab_loader tokenizer_json_loader = { "tokenizer.json", tokenizer_json_is, tokenizer_json_load };

/* ---- .tiktoken rank files: a line "BASE64 RANK" a token ---- */

/*
 * What the encodings of tiktoken add to their rank files (tiktoken_ext/openai_public.py, 0.14.0):
 * the ids of special tokens, and the size of the vocabulary.
 */
static const struct encoding {
    const char *name;
    enum pattern pattern;
    uint32_t eos, size;
    struct {
        uint32_t from, to;
    } special[3];
} encodings[] = {
    { "r50k_base", PATTERN_R50K, 50256, 50257, { { 50256, 50257 } } },
    { "p50k_base", PATTERN_R50K, 50256, 50281, { { 50256, 50257 } } },
    { "cl100k_base", PATTERN_CL100K, 100257, 100277, { { 100257, 100261 }, { 100276, 100277 } } },
    { "o200k_base", PATTERN_O200K, 199999, 200019, { { 199999, 200000 }, { 200018, 200019 } } },
};

static const struct encoding *encoding_of(struct span name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (span_starts(name, encodings[i].name))
            return &encodings[i];
    return NULL;
}

static bool rank_line(struct span line, struct span *code, uint64_t *rank)
{
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return span_cut(&line, ' ', code) && line.p && span_u64(line, rank) && code->n && *rank < VOCAB_MAX_IDS - 1;
}

static bool ranks_is(struct span text, struct span name)
{
    struct span rest = text, line, code;
    uint64_t rank;
    return span_cut(&rest, '\n', &line) && rank_line(line, &code, &rank);
}

static int ranks_size(struct vocab_source *s, struct span text, const char *path, struct error *e)
{
    struct span line, code;
    uint64_t rank, at = 0;
    while (span_cut(&text, '\n', &line)) {
        at++;
        if (line.n == 0)
            continue;
        if (!rank_line(line, &code, &rank))
            return error_set(e, ERR_USAGE, path, "line %llu is not a token in base64 and its rank", (unsigned long long)at);
        if (rank >= s->size)
            s->size = (uint32_t)rank + 1;
    }
    return 0;
}

static int ranks_tokens(struct vocab_source *s, struct span text, const char *path, struct error *e)
{
    struct span line, code;
    uint64_t rank;
    s->tokens = arena_try(s->arena, s->size * sizeof *s->tokens);
    if (!s->tokens)
        return error_set(e, ERR_USAGE, path, "is larger than its bound");
    memset(s->tokens, 0, s->size * sizeof *s->tokens);
    while (span_cut(&text, '\n', &line)) {
        if (line.n == 0 || !rank_line(line, &code, &rank))
            continue;
        if (s->tokens[rank].p)
            return error_set(e, ERR_USAGE, path, "has rank %llu twice", (unsigned long long)rank);
        s->tokens[rank] = base64_decode(code, s->arena);
        if (!s->tokens[rank].p)
            return error_set(e, ERR_USAGE, path, "the token of rank %llu is not base64", (unsigned long long)rank);
    }
    return 0;
}

static int ranks_load(struct vocab_source *s, struct span text, const char *path, enum pattern pattern, struct error *e)
{
    const char *base = strrchr(path, '/');
    const struct encoding *known = encoding_of(span_cstr(base ? base + 1 : path));
    if (known && pattern != PATTERN_NONE && pattern != known->pattern)
        known = NULL;
    s->pattern = known ? known->pattern : pattern;
    s->bos = s->eos = -1;
    if (s->pattern == PATTERN_NONE)
        return error_set(e, ERR_USAGE, path, "its name does not tell its pattern; give --pattern cl100k, o200k, r50k or p50k");
    if (s->pattern == PATTERN_TEKKEN)
        return error_set(e, ERR_USAGE, path, "a rank file has no ids for special tokens; take the tekken.json");
    int rc = ranks_size(s, text, path, e);
    if (rc)
        return rc;
    if (known && s->size <= known->size) {
        s->size = known->size;
        s->eos = known->eos;
        for (size_t i = 0; i < 3 && known->special[i].to; i++)
            add_special(s, known->special[i].from, known->special[i].to);
    }
    return ranks_tokens(s, text, path, e);
}

const struct vocab_loader ranks_loader = { "rank file", ranks_is, ranks_load };
