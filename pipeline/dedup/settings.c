/* settings.c - see settings.h. */
#include "pipeline/dedup/settings.h"

#include "pipeline/dedup/sigfile.h"

const struct conf_key dedup_keys[] = {
    { "dedup.kinds", CONF_LIST, "text,url,minhash", 0, 0, NULL,
      "what counts as a duplicate, in the order of removal: text, url, minhash; empty: nothing (FineWeb has minhash alone)" },
    { "dedup.bands", CONF_INT, "14", 1, MINHASH_MAX_PERM, NULL, "bands of a MinHash signature (FineWeb)" },
    { "dedup.rows", CONF_INT, "8", 1, MINHASH_MAX_PERM, NULL, "hashes of a band (FineWeb)" },
    { "dedup.ngram", CONF_INT, "5", 1, MINHASH_MAX_NGRAM, NULL, "words of a shingle (FineWeb)" },
    { "dedup.hash", CONF_CHOICE, "sha1", 0, 0, "sha1|xxh64", "hash of a shingle: sha1 (FineWeb), xxh64 (FineWeb-2)" },
    { "dedup.words", CONF_CHOICE, "uax29", 0, 0, "uax29|whitespace", "what a word is: Unicode's segments, or Python's str.split()" },
    { "dedup.keep_minhash", CONF_LIST, "longest,earliest,id", 0, 0, NULL,
      "which of near duplicates stays: longest, shortest, earliest, newest, id; the first that differs decides" },
    { "dedup.keep_text", CONF_LIST, "earliest,id", 0, 0, NULL, "which of equal texts stays" },
    { "dedup.keep_url", CONF_LIST, "newest,longest,id", 0, 0, NULL, "which capture of one URL stays" },
    { "dedup.memory", CONF_SIZE, "256M", 64 << 10, 1e13, NULL, "memory of one task's sort; what does not fit goes to OUT/tmp" },
    { "dedup.slices", CONF_INT, "1", 1, 4096, NULL, "tasks that share the keys of one band; more for a cluster and billions of documents" },
    { 0 },
};

static const char *const kind_names[DEDUP_KINDS] = { NULL, "text", "url", "minhash" };
static const char *const keep_names[KEEP_KEYS] = { "longest", "shortest", "earliest", "newest", "id" };

const char *dedup_kind_name(enum dedup_kind k)
{
    return kind_names[k];
}

const char *keep_list_default(enum dedup_kind k)
{
    return k == DEDUP_TEXT ? "earliest,id" : k == DEDUP_URL ? "newest,longest,id" : "longest,earliest,id";
}

static int add_keep(struct keep_list *l, struct span name, struct error *e)
{
    for (unsigned i = 0; i < KEEP_KEYS; i++) {
        if (!span_is(name, keep_names[i]))
            continue;
        for (unsigned j = 0; j < l->n; j++)
            if (l->v[j] == i)
                return error_set(e, ERR_USAGE, NULL, "'%s' stands twice among the keys of the copy to keep", keep_names[i]);
        l->v[l->n++] = (enum keep_key)i;
        return 0;
    }
    return error_set(e, ERR_USAGE, NULL, "'%.*s' is no key of the copy to keep: longest, shortest, earliest, newest, id",
                     (int)(name.n < 40 ? name.n : 40), name.p);
}

int keep_list_parse(struct keep_list *l, const char *text, struct error *e)
{
    struct span rest = span_cstr(text), name;
    int rc = 0;
    *l = (struct keep_list){ .n = 0 };
    while (rc == 0 && span_cut(&rest, ',', &name))
        rc = add_keep(l, span_trim(name), e);
    return rc;
}

static int keep_from(struct keep_list *l, const struct config *c, const char *key, struct error *e)
{
    const char *const *v;
    size_t n = config_list(c, key, &v);
    int rc = 0;
    *l = (struct keep_list){ .n = 0 };
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_keep(l, span_cstr(v[i]), e);
    return rc ? error_set(e, ERR_USAGE, key, "%s", e ? e->msg : "") : 0;
}

static int add_kind(struct dedup_settings *s, const char *name, struct error *e)
{
    for (unsigned k = DEDUP_TEXT; k < DEDUP_KINDS; k++) {
        if (strcmp(name, kind_names[k]) != 0)
            continue;
        for (unsigned i = 0; i < s->n_kinds; i++)
            if (s->kinds[i] == k)
                return error_set(e, ERR_USAGE, "dedup.kinds", "'%s' stands twice", name);
        s->kinds[s->n_kinds++] = (enum dedup_kind)k;
        return 0;
    }
    return error_set(e, ERR_USAGE, "dedup.kinds", "'%s' is no kind of duplicate: text, url, minhash", name);
}

static int minhash_from(struct dedup_settings *s, const struct config *c, struct error *e)
{
    int rc = minhash_init(&s->minhash, (unsigned)config_int(c, "dedup.bands"), (unsigned)config_int(c, "dedup.rows"),
                          (unsigned)config_int(c, "dedup.ngram"),
                          strcmp(config_str(c, "dedup.hash"), "sha1") == 0 ? MINHASH_SHA1 : MINHASH_XXH64,
                          strcmp(config_str(c, "dedup.words"), "uax29") == 0 ? WORDS_UAX29 : WORDS_WHITESPACE, e);
    return rc ? error_set(e, ERR_USAGE, "dedup", "%s", e ? e->msg : "") : 0;
}

int dedup_settings_open(struct dedup_settings *s, const struct config *c, struct error *e)
{
    const char *const *v;
    size_t n = config_list(c, "dedup.kinds", &v);
    int rc = 0;
    *s = (struct dedup_settings){ .memory = config_size(c, "dedup.memory"), .slices = (unsigned)config_int(c, "dedup.slices") };
    bool minhash = false;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = add_kind(s, v[i], e);
        minhash |= rc == 0 && s->kinds[s->n_kinds - 1] == DEDUP_MINHASH;
    }
    if (rc == 0)
        rc = keep_from(&s->keep[DEDUP_TEXT], c, "dedup.keep_text", e);
    if (rc == 0)
        rc = keep_from(&s->keep[DEDUP_URL], c, "dedup.keep_url", e);
    if (rc == 0)
        rc = keep_from(&s->keep[DEDUP_MINHASH], c, "dedup.keep_minhash", e);
    if (rc == 0 && minhash)
        rc = minhash_from(s, c, e);
    return rc;
}

int dedup_settings_check(const struct config *c, struct error *e)
{
    struct dedup_settings s;
    int rc = dedup_settings_open(&s, c, e);
    dedup_settings_release(&s);
    return rc;
}

void dedup_settings_release(struct dedup_settings *s)
{
    minhash_release(&s->minhash);
}

void dedup_settings_digest(const struct dedup_settings *s, uint8_t out[SHA256_BYTES])
{
    const struct minhash_params *p = &s->minhash;
    struct buf b = { 0 };
    buf_printf(&b, "sluice-sigs 1 bands=%u", p->bands);
    if (p->bands)
        buf_printf(&b, " rows=%u ngram=%u hash=%d words=%d", p->rows, p->ngram, (int)p->hash, (int)p->words);
    sha256_of(buf_view(&b), out);
    buf_release(&b);
}
