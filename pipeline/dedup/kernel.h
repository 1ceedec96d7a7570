/*
 * kernel.h - the inner loop of a signature: for every permutation the least
 * ((h * a + b) mod 2^64) mod (2^61 - 1) over the shingle hashes h.
 */
#ifndef SLUICE_MINHASH_KERNEL_H
#define SLUICE_MINHASH_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERSENNE_61 ((1ull << 61) - 1)

/* least[i] = min(least[i], ...) for the n_perm permutations over n hashes.  Any CPU. */
void kernel_scalar(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least);

/* The same bits by AVX-512DQ.  Call it only if kernel_has_avx512(). */
void kernel_avx512(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least);
bool kernel_has_avx512(void);

/* The faster of the two on this machine. */
void kernel_best(const uint64_t *a, const uint64_t *b, size_t n_perm, const uint64_t *h, size_t n, uint64_t *least);

#endif
