/* minhash.c - see minhash.h. */
#include "pipeline/dedup/minhash.h"

#include <stdlib.h>
#include <unicode/uchar.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/utf8.h"
#include "pipeline/dedup/kernel.h"
#include "pipeline/dedup/simplify.h"

/* ---- the parameters of NumPy's RandomState(1) ---- */

/* MT19937 (Matsumoto and Nishimura 1998), seeded by its init_genrand(). */
#define MT_N 624
#define MT_M 397

struct twister {
    uint32_t v[MT_N];
    unsigned at;
};

static void twister_seed(struct twister *t, uint32_t seed)
{
    t->v[0] = seed;
    for (unsigned i = 1; i < MT_N; i++)
        t->v[i] = 1812433253u * (t->v[i - 1] ^ t->v[i - 1] >> 30) + i;
    t->at = MT_N;
}

static uint32_t twister_next(struct twister *t)
{
    if (t->at == MT_N) {
        for (unsigned i = 0; i < MT_N; i++) {
            uint32_t y = (t->v[i] & 0x80000000u) | (t->v[(i + 1) % MT_N] & 0x7FFFFFFFu);
            t->v[i] = t->v[(i + MT_M) % MT_N] ^ y >> 1 ^ (y & 1 ? 0x9908B0DFu : 0);
        }
        t->at = 0;
    }
    uint32_t y = t->v[t->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680u;
    y ^= y << 15 & 0xEFC60000u;
    return y ^ y >> 18;
}

/* A number in [0, most] by masked rejection; most has 61 bits. */
static uint64_t twister_below(struct twister *t, uint64_t most)
{
    uint64_t v;
    do {
        v = (uint64_t)twister_next(t) << 32;
        v = (v | twister_next(t)) & MERSENNE_61;
    } while (v > most);
    return v;
}

int minhash_init(struct minhash_params *p, unsigned bands, unsigned rows, unsigned ngram, enum minhash_hash hash,
                 enum words_mode words, struct error *e)
{
    *p = (struct minhash_params){ .bands = bands, .rows = rows, .ngram = ngram, .hash = hash, .words = words };
    if (bands == 0 || rows == 0 || ngram == 0)
        return error_set(e, ERR_USAGE, NULL, "bands, rows and n-gram must be at least 1");
    if (bands > MINHASH_MAX_PERM || rows > MINHASH_MAX_PERM / bands || ngram > MINHASH_MAX_NGRAM)
        return error_set(e, ERR_USAGE, NULL, "bands times rows can be at most %d, an n-gram at most %d words", MINHASH_MAX_PERM,
                         MINHASH_MAX_NGRAM);
    p->n_perm = bands * rows;
    p->a = xcalloc(p->n_perm, sizeof *p->a);
    p->b = xcalloc(p->n_perm, sizeof *p->b);
    struct twister t;
    twister_seed(&t, 1);
    for (unsigned i = 0; i < p->n_perm; i++)
        p->a[i] = 1 + twister_below(&t, MERSENNE_61 - 2);
    for (unsigned i = 0; i < p->n_perm; i++)
        p->b[i] = twister_below(&t, MERSENNE_61 - 1);
    return 0;
}

void minhash_release(struct minhash_params *p)
{
    free(p->a);
    free(p->b);
    p->a = p->b = NULL;
}

/* ---- one text ---- */

/* Hashes that go through the kernel together: they stay in the first-level cache. */
#define BATCH 512
/* Words are split in pieces of about this size, so that a long text does not cost a long array. */
#define PIECE (64u << 10)
/* ASCII between two line breaks is split by words.c without ICU; shorter stretches are not worth a call. */
#define MIN_STRETCH 48

struct signer {
    const struct minhash_params *p;
    struct simplifier *simplifier;
    struct segmenter *segmenter;
    struct arena arena;
    struct buf simple, joined; /* the simplified text; its last words joined by single spaces */
    size_t *starts;            /* ring: where the last `ngram` words begin in `joined` */
    uint64_t n_words;
    uint64_t hashes[BATCH];
    size_t n_hashes;
    uint64_t *least;
};

struct signer *signer_new(const struct minhash_params *p)
{
    struct signer *s = xcalloc(1, sizeof *s);
    s->p = p;
    s->simplifier = simplifier_new();
    s->segmenter = segmenter_new();
    arena_init(&s->arena, 0);
    s->starts = xcalloc(p->ngram, sizeof *s->starts);
    s->least = xcalloc(p->n_perm, sizeof *s->least);
    return s;
}

void signer_free(struct signer *s)
{
    if (!s)
        return;
    simplifier_free(s->simplifier);
    segmenter_free(s->segmenter);
    arena_release(&s->arena);
    buf_release(&s->simple);
    buf_release(&s->joined);
    free(s->starts);
    free(s->least);
    free(s);
}

static void flush(struct signer *s)
{
    kernel_best(s->p->a, s->p->b, s->p->n_perm, s->hashes, s->n_hashes, s->least);
    s->n_hashes = 0;
}

static uint64_t shingle_hash(const struct signer *s, struct span shingle)
{
    uint8_t digest[SHA1_BYTES];
    if (s->p->hash == MINHASH_XXH64)
        return hash_xxh64(shingle, 0);
    sha1_of(shingle, digest);
    return get_le64(digest);
}

static void add_word(struct signer *s, struct span word)
{
    unsigned n = s->p->ngram;
    if (s->n_words)
        buf_putc(&s->joined, ' ');
    s->starts[s->n_words % n] = s->joined.n;
    buf_span(&s->joined, word);
    s->n_words++;
    if (s->n_words < n)
        return;
    s->hashes[s->n_hashes++] = shingle_hash(s, span_from(buf_view(&s->joined), s->starts[s->n_words % n]));
    if (s->n_hashes == BATCH)
        flush(s);
}

/* Only the words that a later shingle still needs stay in `joined`. */
static void forget_words(struct signer *s)
{
    unsigned n = s->p->ngram;
    if (s->n_words < n)
        return;
    size_t from = s->starts[s->n_words % n];
    memmove(s->joined.p, s->joined.p + from, s->joined.n - from);
    s->joined.n -= from;
    for (unsigned i = 0; i < n; i++)
        s->starts[i] -= from;
}

static int add_words(struct signer *s, struct span piece)
{
    struct words w;
    arena_reset(&s->arena);
    int rc = words_split(s->segmenter, s->p->words, piece, &s->arena, &w);
    for (size_t i = 0; rc == 0 && i < w.n; i++)
        add_word(s, w.w[i]);
    forget_words(s);
    return rc;
}

/*
 * Does a word boundary always stand between a blank and cp?  Yes but for what UAX #29 hangs on any
 * character before it (WB4); then the two sides of the blank do not know of each other.
 */
static bool begins_afresh(uint32_t cp)
{
    if (cp < 0x80)
        return true;
    int wb = u_getIntPropertyValue((UChar32)cp, UCHAR_WORD_BREAK);
    return wb != U_WB_EXTEND && wb != U_WB_FORMAT && wb != U_WB_ZWJ;
}

static bool may_cut(const char *blank, const char *end)
{
    const char *next = blank + 1;
    return next >= end || begins_afresh(utf8_next(&next, end));
}

/* The length of the ASCII at p that ends with the last blank before a foreign character, or with the text. */
static size_t ascii_stretch(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && (unsigned char)*q < 0x80)
        q++;
    if (q == end)
        return (size_t)(end - p);
    while (q > p && *q != ' ')
        q--;
    return (size_t)(q - p);
}

/*
 * Blanks of the simplified text around long stretches of ASCII become line breaks, which are blanks
 * too, but tell words_split() where to do without ICU.  No word changes: see begins_afresh().
 */
static void mark_stretches(struct buf *text)
{
    char *p = text->p, *end = text->p + text->n;
    while (p < end) {
        size_t n = ascii_stretch(p, end);
        char *behind = p + n;
        if (n >= MIN_STRETCH && behind < end && may_cut(behind, end)) {
            if (p > text->p)
                p[-1] = '\n';
            *behind = '\n';
            p = behind + 1;
            continue;
        }
        if (n >= MIN_STRETCH && behind == end && p > text->p)
            p[-1] = '\n';
        p = behind < end ? memchr(behind + (n == 0), ' ', (size_t)(end - behind) - (n == 0)) : NULL;
        while (p && !may_cut(p, end))
            p = memchr(p + 1, ' ', (size_t)(end - p - 1));
        if (!p)
            break;
        p++;
    }
}

/* Where the piece that begins at p ends: behind a blank if that can be. */
static const char *piece_end(const char *p, const char *end)
{
    if ((size_t)(end - p) <= PIECE)
        return end;
    for (const char *q = p + PIECE; q < end; q++)
        if ((*q == ' ' || *q == '\n') && may_cut(q, end))
            return q + 1;
    return end;
}

int minhash_sign(struct signer *s, struct span text, uint64_t *sig, struct error *e)
{
    buf_reset(&s->simple);
    buf_reset(&s->joined);
    s->n_words = 0;
    s->n_hashes = 0;
    for (unsigned i = 0; i < s->p->n_perm; i++)
        s->least[i] = UINT64_MAX;
    int rc = simplify_text(s->simplifier, text, &s->simple);
    mark_stretches(&s->simple);
    const char *p = s->simple.p, *end = p + s->simple.n;
    while (rc == 0 && p < end) {
        const char *q = piece_end(p, end);
        rc = add_words(s, span_of(p, (size_t)(q - p)));
        p = q;
    }
    if (rc)
        return error_set(e, (enum err)-rc, NULL, "text cannot be signed: it is too long for Unicode's tables");
    if (s->n_words < s->p->ngram)
        return 0;
    flush(s);
    memcpy(sig, s->least, s->p->n_perm * sizeof *sig);
    return 1;
}
