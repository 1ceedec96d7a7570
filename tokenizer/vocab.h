/*
 * vocab.h - inside a vocabulary: one image, the same bytes in memory and in the compiled file.
 *
 * The image is read-only and position-free: a header, then sections at offsets the header gives, each
 * on a 64-byte line.  Little-endian.  Whatever made it, image_check() has looked at every entry
 * before it is used, so lookups check nothing.
 */
#ifndef SLUICE_VOCAB_H
#define SLUICE_VOCAB_H

#include "core/arena.h"
#include "tokenizer/pretok.h"
#include "tokenizer/tokenizer.h"

#define VOCAB_MAGIC "slucvoc\n"
#define VOCAB_FORMAT 1u
#define VOCAB_ID_BITS 21
#define VOCAB_MAX_IDS ((1u << VOCAB_ID_BITS) - 1) /* three ids are packed in 63 bits */
#define VOCAB_MAX_TOKEN 512                       /* bytes; the longest of tekken, cl100k, o200k has 128 */
#define VOCAB_MAX_FILE (128u << 20)               /* bytes of a source file */
#define VOCAB_MAX_SPECIAL 16
#define NO_ID UINT32_MAX

struct vocab_header {
    char magic[8];
    uint32_t format, pattern; /* enum pattern */
    uint32_t vocab_size, n_special;
    int64_t bos, eos;
    struct {
        uint32_t from, to; /* ids [from, to) are known and have no bytes */
    } special[VOCAB_MAX_SPECIAL];
    uint64_t bytes;        /* of the whole image */
    uint64_t ends_at;      /* u32[vocab_size + 1]: where each id's bytes begin and end */
    uint64_t text_at, text_bytes;
    uint64_t ids_at, ids_slots;     /* u32: hash of bytes -> id; a power of two */
    uint64_t pairs_at, pairs_slots; /* u64: hash of (id, id) -> the id that merging makes of them */
    uint64_t single_at;    /* u32[256]: id of each byte */
    uint64_t double_at;    /* u32[65536]: id of each two bytes, or NO_ID */
    char name[128];
    char sha256[72];
    uint8_t reserved[64];
};

struct vocab {
    const struct vocab_header *h;
    const uint32_t *ends, *ids, *single, *twos;
    const uint64_t *pairs;
    const char *text;
    unsigned ids_shift, pairs_shift;
    pretok_fn *pretok;
    struct span mapped; /* the file, or p == NULL where the image is on the heap */
};

/* What a loader finds in a source file; vocab_build() makes the image of it. */
struct vocab_source {
    uint32_t size;        /* ids [0, size) */
    struct span *tokens;  /* by id; p == NULL: no such id */
    struct arena *arena;  /* holds them */
    enum pattern pattern;
    int64_t bos, eos;
    unsigned n_special;
    struct {
        uint32_t from, to;
    } special[VOCAB_MAX_SPECIAL];
};

/* Errors: -ERR_USAGE (no id for a byte, two ids of one text, a token over the bound), -ERR_TOO_BIG. */
int vocab_build(const struct vocab_source *s, const char *path, const char *sha256, struct vocab_header **image,
                struct error *e) MUST_USE;
/* Whether the n bytes are an image that can be used: every offset, id and table entry.  Fills *v but for `mapped`. */
bool image_check(const void *image, size_t n, struct vocab *v);

/*
 * Loaders.  `is` tells by the first bytes and the name; `load` fills *s (zeroed but for arena), whose
 * spans may borrow `text`.  `pattern`: what the user named, or PATTERN_NONE.  Errors: -ERR_USAGE.
 */
struct vocab_loader {
    const char *what;
    bool (*is)(struct span text, struct span name);
    int (*load)(struct vocab_source *s, struct span text, const char *path, enum pattern pattern, struct error *e);
};
extern const struct vocab_loader tekken_loader, ranks_loader, tokenizer_json_loader;

/* Standard base64 with padding into the arena.  p == NULL if it is none. */
struct span base64_decode(struct span s, struct arena *a);

/* Hash of up to VOCAB_MAX_TOKEN bytes, eight at a time; it is on disk, so fixed (little-endian). */
static inline uint64_t ids_hash(struct span s)
{
    const uint64_t k = 0x9e3779b97f4a7c15u;
    uint64_t h = s.n * k, w;
    for (; s.n >= 8; s.p += 8, s.n -= 8) {
        memcpy(&w, s.p, 8);
        h = (h ^ w) * k;
        h ^= h >> 32;
    }
    w = 0;
    for (size_t i = 0; i < s.n; i++)
        w |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
    h = (h ^ w) * k;
    h ^= h >> 32;
    return h * k;
}

static inline uint64_t pair_key(uint32_t a, uint32_t b)
{
    return (uint64_t)a << VOCAB_ID_BITS | b;
}

static inline uint64_t pair_hash(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15u;
}

static inline struct span token_of(const struct vocab *v, uint32_t id)
{
    return span_of(v->text + v->ends[id], v->ends[id + 1] - v->ends[id]);
}

/* The id whose bytes are s, or NO_ID. */
static inline uint32_t vocab_find(const struct vocab *v, struct span s)
{
    size_t mask = v->h->ids_slots - 1, i = ids_hash(s) >> v->ids_shift;
    for (; v->ids[i] != NO_ID; i = (i + 1) & mask)
        if (span_eq(token_of(v, v->ids[i]), s))
            return v->ids[i];
    return NO_ID;
}

/* The id that merging makes of a and b side by side, or NO_ID. */
static inline uint32_t vocab_pair(const struct vocab *v, uint32_t a, uint32_t b)
{
    uint64_t key = pair_key(a, b), slot;
    size_t mask = v->h->pairs_slots - 1, i = pair_hash(key) >> v->pairs_shift;
    for (; (slot = v->pairs[i]) != UINT64_MAX; i = (i + 1) & mask)
        if (slot >> VOCAB_ID_BITS == key)
            return (uint32_t)slot & VOCAB_MAX_IDS;
    return NO_ID;
}

#endif
