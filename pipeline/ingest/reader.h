/*
 * reader.h - the state of a reader of archives, for its own files: detect.c tells what a file is, lost.c leaves damage behind,
 * warc.c reads records.
 */
#ifndef SLUICE_READER_H
#define SLUICE_READER_H

#include "pipeline/ingest/member.h"
#include "pipeline/ingest/warc.h"

struct warc_reader {
    struct window w;
    struct warc_options o;
    struct member m;  /* its u is NULL for a plain file: one member in which the place is the stored offset */
    struct arena arena;
    struct buf cut;   /* head of a block that is larger than max_block */
    bool in_member, resynced, ended;
    bool gave;        /* a record out of the open member */
    bool fits;        /* the record's declared length ends where its member's bytes do */
    uint64_t pos;     /* stored: the next member or plain record */
    uint64_t at;      /* place in the member */
    uint64_t deep;    /* stored: how far damaged members were inflated, of which ... */
    unsigned tries;   /* ... this many began before it */
};

static inline bool reader_is_plain(const struct warc_reader *r)
{
    return !r->m.u;
}

/* Packing, format and dictionary, by the file's bytes.  Errors: -ERR_INPUT: not an archive at all. */
int reader_detect(struct warc_reader *r, struct error *e) MUST_USE;

/* ---- damage: *out becomes a WARC_DAMAGE item and the reader stands behind it; 1, or an error ---- */

/* The file's size; `place` for a pipe whose end was not met. */
uint64_t reader_end(const struct warc_reader *r, uint64_t place);
/* Stored bytes [offset, offset + length), or inflated ones of the member at `offset` from place `at` on. */
int lost(struct warc_record *out, const char *what, uint64_t offset, uint64_t length, uint64_t at);
/* The open member from r->at on.  Goes on at its end if that is known, else where a member begins again. */
int lost_member(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e) MUST_USE;
/* Plain: bytes from r->at on; goes on at the next head that parses. */
int lost_plain(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e) MUST_USE;
/* Inside a member that is not bad: bytes from r->at to the next head that parses in it, or to its end. */
int lost_inside(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e) MUST_USE;
/* Bytes between members. */
int lost_between(struct warc_reader *r, struct warc_record *out, struct error *e) MUST_USE;

#endif
