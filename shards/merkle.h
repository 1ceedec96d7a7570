/*
 * merkle.h - Merkle roots by RFC 6962 section 2.1: leaves SHA-256(00 || data), nodes
 * SHA-256(01 || left || right), the empty tree SHA-256 of nothing.  Leaves go by, memory does not grow.
 */
#ifndef SLUICE_MERKLE_H
#define SLUICE_MERKLE_H

#include "core/hash.h"

/* Zeroed is the empty tree. */
struct merkle {
    uint64_t n; /* leaves */
    uint8_t peak[64][SHA256_BYTES]; /* roots of the whole subtrees, by height, where n has that bit */
};

void merkle_leaf(struct span data, uint8_t out[SHA256_BYTES]);
/* Add a leaf's digest. */
void merkle_add(struct merkle *m, const uint8_t leaf[SHA256_BYTES]);
void merkle_root(const struct merkle *m, uint8_t out[SHA256_BYTES]);

/*
 * The leaf of a kept document (merkle_root of the manifest): key = SHA-256(url, or id where there is
 * none), value = SHA-256(its row without the line break).  Leaves sort by key || value.
 */
#define LEAF_BYTES 64u
void merkle_document(struct span url_or_id, struct span row, uint8_t key_value[LEAF_BYTES]);

#endif
