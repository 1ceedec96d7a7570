/*
 * tally.h - counters by name, for sums that many tasks make and one task adds up.
 *
 * Nothing that comes out depends on the order in which names came in: rows are always given in the
 * byte order of their names, or by count with the name to decide ties.
 */
#ifndef SLUICE_TALLY_H
#define SLUICE_TALLY_H

#include "core/json.h"

#define TALLY_COLUMNS 4

struct tally_row {
    char *name; /* NUL-terminated, owned */
    uint64_t v[TALLY_COLUMNS];
};

/* Zeroed is empty. */
struct tally {
    struct tally_row *rows; /* in the order of first sight: sort before showing */
    size_t n, cap;
    uint32_t *slots; /* index + 1 into rows, 0 empty */
    size_t n_slots;  /* a power of two */
};

/* The row of that name, made with zeros where there is none.  Valid until the next call. */
struct tally_row *tally_at(struct tally *t, struct span name);
/* NULL where there is none. */
const struct tally_row *tally_find(const struct tally *t, struct span name);
void tally_sort_by_name(struct tally *t);
/* Most first by that column, then by name. */
void tally_sort_by_count(struct tally *t, unsigned column);
/* Keep the `keep` rows that sort first by count.  Returns whether any went. */
bool tally_cut(struct tally *t, unsigned column, size_t keep);
void tally_release(struct tally *t);

/* {"name":[a,b],...} with the first `columns` columns, names in byte order. */
void tally_put_json(const struct tally *t, unsigned columns, struct json_writer *w);
/* Add what tally_put_json() wrote.  Members that are no arrays of whole numbers are passed over. */
void tally_merge_json(struct tally *t, const struct json *v);

#endif
