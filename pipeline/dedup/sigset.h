/*
 * sigset.h - the signature files of a whole run as one row of documents.
 *
 * A document's number is its place in that row: the parts in order, each in its own order.  So it
 * stands for the record's key, and equal inputs number equally however they were cut.
 */
#ifndef SLUICE_SIGSET_H
#define SLUICE_SIGSET_H

#include "pipeline/dedup/sigfile.h"

/*
 * Files mapped at once for sigset_record(): far below what a process may map (65,530), and few enough bytes that with all
 * else a process stays below 512 MiB, since mapped pages count.
 */
#define SIGSET_OPEN_MAX 1024u
#define SIGSET_OPEN_BYTES ((size_t)128 << 20)

struct sigset {
    const struct dedup_settings *settings;
    char **paths;
    size_t n_parts;
    uint64_t *first; /* n_parts + 1: number of each part's first document; the last is the sum */
    struct sigfile *open; /* mapped ones, by part */
    uint64_t *asked, clock;       /* by part: when it was asked for last */
    uint32_t held[SIGSET_OPEN_MAX]; /* which are mapped */
    size_t n_open, open_bytes;
};

/*
 * sigset_open() - take n_parts paths (the array and the strings are the set's from then on, in an error too)
 * and read how many documents each file has.  Errors: those of sigfile_open().
 */
int sigset_open(struct sigset *s, const struct dedup_settings *settings, char **paths, size_t n_parts, struct error *e) MUST_USE;
/* The same where the n_parts + 1 numbers are known (copied): no file is touched before it is asked for. */
void sigset_open_counted(struct sigset *s, const struct dedup_settings *settings, char **paths, size_t n_parts, const uint64_t *first);
void sigset_close(struct sigset *s);

static inline uint64_t sigset_count(const struct sigset *s)
{
    return s->first[s->n_parts];
}

/* Map one part to read through; close it with sigfile_close(). */
int sigset_map(const struct sigset *s, size_t part, struct sigfile *f, struct error *e) MUST_USE;

/*
 * sigset_record() - any document by its number.  The spans live until documents of two other parts were
 * asked for: two of any parts can be compared.  Errors: those of sigfile_open() and sigfile_record().
 */
int sigset_record(struct sigset *s, uint64_t doc, struct sig_record *r, struct error *e) MUST_USE;

/*
 * keeper_compare() - which of two documents stays: negative, a; positive, b; 0 where the list, the
 * text's digest and the key all leave it open, and the smaller number decides.
 */
int keeper_compare(const struct keep_list *l, const struct sig_record *a, const struct sig_record *b);

#endif
