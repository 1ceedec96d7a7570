/*
 * merge.h - byte-pair merging of one piece: the pair with the lowest id first, the leftmost of equals.
 */
#ifndef SLUICE_MERGE_H
#define SLUICE_MERGE_H

#include "tokenizer/vocab.h"

/* Arrays of one thread, grown to the longest piece it met.  Zeroed is empty. */
struct merger {
    struct symbol *symbols;
    size_t cap;
    struct bucket *buckets; /* one an id; made when the first long piece comes */
    uint32_t *heap;         /* ids of buckets that have something */
    size_t heap_n, heap_cap;
    uint64_t *queue;        /* of the fallback */
    size_t queue_n, queue_cap;
    uint64_t sorted;        /* symbols sorted so far in this piece */
};
void merger_release(struct merger *m);

/* Longer pieces are refused: 40 bytes of memory a byte. */
#define MERGE_MAX_PIECE (8u << 20)
/* Up to here the minimum is looked for by going over the pairs; beyond, by buckets. */
#define MERGE_SHORT 128

/*
 * merge_piece() - the ids of piece to out[piece.n]; returns their number, 0 past MERGE_MAX_PIECE.
 * Time in proportion to the piece's length but for a logarithm, whatever its bytes.
 */
size_t merge_piece(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out);

/* The three ways, for tests that compare them. */
size_t merge_short(const struct vocab *v, struct span piece, uint32_t *out); /* piece.n <= MERGE_SHORT */
size_t merge_buckets(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out);
size_t merge_queue(struct merger *m, const struct vocab *v, struct span piece, uint32_t *out);

#endif
