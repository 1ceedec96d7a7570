/*
 * hash.h - digests and fast hashes.  SHA by libcrypto, XXH by xxHash.
 */
#ifndef SLUICE_HASH_H
#define SLUICE_HASH_H

#include "core/span.h"

#define SHA256_BYTES 32
#define SHA1_BYTES 20
#define SHA256_HEX (2 * SHA256_BYTES)

/* A streaming SHA-256.  new/free; NULL to free is fine. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *p, size_t n);
/* The digest so far added, and back to the empty state. */
void sha256_take(struct sha256 *h, uint8_t out[SHA256_BYTES]);
void sha256_free(struct sha256 *h);

void sha256_of(struct span s, uint8_t out[SHA256_BYTES]);
/* As 64 lower-case hex digits and a NUL. */
void sha256_hex_of(struct span s, char out[SHA256_HEX + 1]);
void sha1_of(struct span s, uint8_t out[SHA1_BYTES]);

uint64_t hash_xxh64(struct span s, uint64_t seed); /* XXH64, as trainers and datatrove use it */
uint64_t hash_fast(struct span s);                 /* XXH3-64: for tables in memory, never on disk */
uint64_t hash_seeded(struct span s, uint64_t seed); /* the same with a seed */
/* Two words of which one is seeded: the halves of their product, as XXH3 folds them. */
static inline uint64_t hash_pair(uint64_t a, uint64_t b)
{
    unsigned __int128 m = (unsigned __int128)(a ^ 0x9FB21C651E98DF25u) * (b ^ 0xE7037ED1A0B428DBu);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* 2n lower-case digits and a NUL. */
void hex_put(const uint8_t *bytes, size_t n, char *out);
/* Exactly 2n hex digits, any case.  False on anything else. */
bool hex_get(struct span s, uint8_t *out, size_t n);

/* Little-endian fields of files. */
static inline void put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static inline void put_le32(uint8_t *p, uint32_t v)
{
    put_le16(p, (uint16_t)v);
    put_le16(p + 2, (uint16_t)(v >> 16));
}
static inline void put_le64(uint8_t *p, uint64_t v)
{
    put_le32(p, (uint32_t)v);
    put_le32(p + 4, (uint32_t)(v >> 32));
}
static inline uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}
static inline uint64_t get_le64(const uint8_t *p)
{
    return (uint64_t)get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

#endif
