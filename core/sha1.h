/*
 * sha1.h - SHA-1 (FIPS 180-4) of one message, or of two at once.
 *
 * A processor with the SHA extensions waits for each round of a message; two messages side by side cost hardly more than one.  Archives
 * have such pairs: the digests of a block, and of the payload that ends it.  Elsewhere libcrypto does it, and tests compare both.
 */
#ifndef SLUICE_SHA1_H
#define SLUICE_SHA1_H

#include "core/hash.h"

void sha1_pair(struct span a, struct span b, uint8_t of_a[SHA1_BYTES], uint8_t of_b[SHA1_BYTES]);

/* Does this processor have them (and may they be used, core/cpu.h)? */
bool sha1_is_fast(void);
/* With the extensions alone. */
void sha1_fast(struct span s, uint8_t out[SHA1_BYTES]);

#endif
