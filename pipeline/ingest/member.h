/*
 * member.h - the inflated bytes of one gzip member (or of a plain file), with their stored place.
 *
 * The record layer above sees a stream of bytes from the member's start and asks for as many as it
 * needs at once.  A member that fits is inflated whole by libdeflate; a larger one, or one that
 * libdeflate refuses, goes through zlib in pieces, so memory is bounded by what is asked for.
 */
#ifndef SLUICE_MEMBER_H
#define SLUICE_MEMBER_H

#include "core/buf.h"
#include "pipeline/ingest/window.h"

struct libdeflate_decompressor;

enum member_state {
    MEMBER_WHOLE, /* everything is there and its CRC holds */
    MEMBER_OPEN,  /* more may come */
    MEMBER_BAD,   /* damaged behind what is there: `fault` says how */
};

struct member {
    struct window *w;
    struct libdeflate_decompressor *inflater;
    void *z;               /* z_stream in pieces, or NULL */
    bool plain;            /* not compressed: the file itself */
    enum member_state state;
    const char *fault;     /* static */
    bool crc_only;         /* MEMBER_BAD, but the deflate data ended: `stored_end` is the member's end */
    uint64_t offset;       /* stored: where it begins */
    uint64_t stored_end;   /* stored: behind its last byte, once WHOLE or crc_only; else how far we read */
    uint64_t known_end;    /* stored: found by member_extent(); 0: not looked for */
    struct buf bytes;      /* inflated bytes [base, base + bytes.n) */
    uint64_t base;         /* inflated place of bytes.p[0] */
};

void member_init(struct member *m, struct window *w);
void member_release(struct member *m);

/* Begin the gzip member at `offset` (plain: the bytes from there on).  Errors: -ERR_INPUT. */
int member_begin(struct member *m, uint64_t offset, bool plain, struct error *e) MUST_USE;

/*
 * member_get() - inflated bytes from place `at` on: at least `want`, fewer where the member ends or
 * is bad (see m->state).  What lies before `at` is let go.  Errors: -ERR_INPUT.
 */
int member_get(struct member *m, uint64_t at, size_t want, struct span *out, struct error *e) MUST_USE;

/* Go over the inflated bytes up to place `to` without keeping them.  *reached <= to. */
int member_skip(struct member *m, uint64_t to, uint64_t *reached, struct error *e) MUST_USE;

/*
 * member_extent() - the stored bytes of the whole member.  Where it is still OPEN its rest is inflated once
 * more on the side: only members with several records, too large to be inflated whole, pay for that.
 * A member that is bad further on extends to where it breaks.  Errors: -ERR_INPUT.
 */
int member_extent(struct member *m, uint64_t *length, struct error *e) MUST_USE;

#endif
