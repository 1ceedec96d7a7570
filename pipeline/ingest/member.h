/*
 * member.h - the inflated bytes of one gzip member or zstd frame (or of a plain file), with their stored place.
 *
 * The record layer above sees a stream of bytes from the member's start and asks for as many as it
 * needs at once.  A member that fits is inflated whole; a larger one, or one that is refused, goes through in
 * pieces, so memory is bounded by what is asked for.
 */
#ifndef SLUICE_MEMBER_H
#define SLUICE_MEMBER_H

#include "core/buf.h"
#include "pipeline/ingest/format.h"
#include "pipeline/ingest/window.h"

struct libdeflate_decompressor;
struct unpacker;
struct ZSTD_DCtx_s;
struct ZSTD_DDict_s;

enum member_state {
    MEMBER_WHOLE, /* everything is there and its CRC holds */
    MEMBER_OPEN,  /* more may come */
    MEMBER_BAD,   /* damaged behind what is there: `fault` says how */
};

struct member {
    struct window *w;
    const struct unpacker *u;           /* NULL: not compressed, the file itself */
    const struct record_format *format; /* of the records in it */
    struct libdeflate_decompressor *inflater;
    struct ZSTD_DCtx_s *zstd;
    struct ZSTD_DDict_s *dictionary;    /* NULL: none */
    void *z;               /* z_stream in pieces, or NULL */
    enum member_state state;
    const char *fault;     /* static */
    bool end_known;        /* MEMBER_BAD, but where its data end is known: `stored_end` is the member's end */
    bool joining;          /* a record goes on in the next member, see member_rebase() */
    uint64_t offset;       /* stored: where it begins */
    uint64_t stored_end;   /* stored: behind its last byte, once WHOLE or end_known; else how far we read */
    uint64_t known_end;    /* stored: found by member_extent(); 0: not looked for */
    struct buf bytes;      /* inflated bytes [base, base + bytes.n) */
    uint64_t base;         /* inflated place of bytes.p[0] */
    uint64_t joint, joint_offset; /* inflated place and stored offset of the last member that was joined; 0: none */
};

void member_init(struct member *m, struct window *w);
void member_release(struct member *m);

/* Begin the member at `offset` (plain: the bytes from there on).  Errors: -ERR_INPUT. */
int member_begin(struct member *m, uint64_t offset, struct error *e) MUST_USE;

/*
 * member_get() - inflated bytes from place `at` on: at least `want`, fewer where the member ends or
 * is bad (see m->state).  What lies before `at` is let go.  Errors: -ERR_INPUT.
 */
int member_get(struct member *m, uint64_t at, size_t want, struct span *out, struct error *e) MUST_USE;

/* Go over the inflated bytes up to place `to` without keeping them.  *reached <= to. */
int member_skip(struct member *m, uint64_t to, uint64_t *reached, struct error *e) MUST_USE;

/*
 * While m->joining is set, member_get() and member_skip() go on in the member behind a whole one, if that does not begin with a
 * record: some writers split a record over two.  member_rebase() leaves the members before the last that was joined
 * behind when *at has come to it: *at becomes a place in that member.
 */
void member_rebase(struct member *m, uint64_t *at);

/*
 * member_extent() - the stored bytes of the whole member.  Where it is still OPEN its rest is gone over once
 * more on the side: only members with several records, too large to be inflated whole, pay for that.
 * A member that is bad further on extends to where it breaks.  Errors: -ERR_INPUT.
 */
int member_extent(struct member *m, uint64_t *length, struct error *e) MUST_USE;

/* Does a member whose bytes begin as a record of the format begin at the start of `in`? */
bool member_begins_record(const struct member *m, struct span in);

#endif
