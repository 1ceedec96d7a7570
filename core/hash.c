/* hash.c - see hash.h. */
#include "core/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/alloc.h"
#include "core/sha1.h"

struct sha256 {
    EVP_MD_CTX *ctx;
};

/* EVP can only fail here for want of memory or of a provider; neither leaves a digest to give. */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

struct sha256 *sha256_new(void)
{
    struct sha256 *h = xmalloc(sizeof *h);
    h->ctx = EVP_MD_CTX_new();
    must(h->ctx != NULL);
    must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
    return h;
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    must(EVP_DigestUpdate(h->ctx, p, n));
}

void sha256_take(struct sha256 *h, uint8_t out[SHA256_BYTES])
{
    must(EVP_DigestFinal_ex(h->ctx, out, NULL));
    must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

static pthread_key_t context_key;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void make_context_key(void)
{
    must(pthread_key_create(&context_key, free_context) == 0);
}

/* One context a thread, freed when the thread ends: fetching the algorithm costs more than hashing a row. */
static EVP_MD_CTX *thread_context(void)
{
    static _Thread_local EVP_MD_CTX *ctx;
    if (!ctx) {
        must((ctx = EVP_MD_CTX_new()) != NULL);
        must(pthread_once(&context_once, make_context_key) == 0);
        must(pthread_setspecific(context_key, ctx) == 0);
    }
    return ctx;
}

static void digest(const EVP_MD *md, struct span s, uint8_t *out)
{
    EVP_MD_CTX *ctx = thread_context();
    must(EVP_DigestInit_ex(ctx, md, NULL));
    must(EVP_DigestUpdate(ctx, s.p, s.n));
    must(EVP_DigestFinal_ex(ctx, out, NULL));
}

static const EVP_MD *fetched(const EVP_MD **slot, const char *name)
{
    const EVP_MD *md = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!md) {
        must((md = EVP_MD_fetch(NULL, name, NULL)) != NULL);
        __atomic_store_n(slot, md, __ATOMIC_RELEASE);
    }
    return md;
}

void sha256_of(struct span s, uint8_t out[SHA256_BYTES])
{
    static const EVP_MD *md;
    digest(fetched(&md, "SHA256"), s, out);
}

void sha1_of(struct span s, uint8_t out[SHA1_BYTES])
{
    static const EVP_MD *md;
    if (sha1_is_fast())
        sha1_fast(s, out);
    else
        digest(fetched(&md, "SHA1"), s, out);
}

void sha256_hex_of(struct span s, char out[SHA256_HEX + 1])
{
    uint8_t d[SHA256_BYTES];
    sha256_of(s, d);
    hex_put(d, sizeof d, out);
}

uint64_t hash_xxh64(struct span s, uint64_t seed)
{
    return XXH64(s.p, s.n, seed);
}

uint64_t hash_fast(struct span s)
{
    return XXH3_64bits(s.p, s.n);
}

uint64_t hash_seeded(struct span s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.p, s.n, seed);
}

void hex_put(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = 0;
}

static int hex_value(char c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_get(struct span s, uint8_t *out, size_t n)
{
    if (s.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_value(s.p[2 * i]), lo = hex_value(s.p[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}
