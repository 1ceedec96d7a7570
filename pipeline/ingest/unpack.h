/*
 * unpack.h - how the stored bytes of an archive are compressed: gzip (RFC 1952) or zstd (RFC 8878), a member or frame a record or
 * many.  Each way is a table of functions that inflate into a struct member (member.h).
 */
#ifndef SLUICE_UNPACK_H
#define SLUICE_UNPACK_H

#include "pipeline/ingest/member.h"

struct unpacker {
    const char *magic;  /* its first bytes... */
    size_t magic_n;
    size_t probe_bytes; /* stored bytes that show what a member begins with */
    const char *cut;    /* fault: the file ends inside a member */
    /* The whole member into m->bytes at one go.  1: done, state and stored_end are set; 0: not this way (too large, cut, damaged). */
    int (*whole)(struct member *m, struct error *e);
    /* Begin to inflate in pieces at m->stored_end, behind m->bytes. */
    int (*begin)(struct member *m, struct error *e);
    /* The next piece behind m->bytes, from `in` (not empty).  Sets stored_end; state, fault and crc_only where it ends. */
    int (*piece)(struct member *m, struct span in, struct error *e);
    /* The stored end of the member that begins at m->offset, into *end; where it breaks, that place. */
    int (*extent)(struct member *m, uint64_t *end, struct error *e);
    /* The first inflated bytes of the member at the start of `in`: at most n into out; 0: it is none. */
    size_t (*probe)(const struct member *m, struct span in, char *out, size_t n);
    /* Give up what begin() made. */
    void (*end)(struct member *m);
    /* Bytes at the start of `in` that are no member but belong to the file (skippable frames); 0: none.  NULL: there is no such thing. */
    uint64_t (*skippable)(struct span in);
};

extern const struct unpacker gzip_unpacker, zstd_unpacker;

static inline bool unpack_magic(const struct unpacker *u, struct span s)
{
    return s.n >= u->magic_n && memcmp(s.p, u->magic, u->magic_n) == 0;
}

/* The member is bad behind what is there. */
void member_bad(struct member *m, const char *fault, bool crc_only);

/* Members up to these sizes are inflated whole; Common Crawl's are 10 to 60 KB stored. */
#define WHOLE_STORED_FIRST (64u << 10)
#define WHOLE_STORED_MAX (4u << 20)
#define WHOLE_INFLATED_FIRST (1u << 20)
#define WHOLE_INFLATED_MAX (16u << 20)
/* Stored bytes, and room for inflated ones, a step in pieces. */
#define UNPACK_PIECE (128u << 10)

#endif
