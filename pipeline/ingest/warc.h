/*
 * warc.h - records out of archives, and a name for every byte that is in none.
 *
 * Reads WARC (0.17 to 1.1), ARC (1 and 2) and documents as JSON lines; plain, gzip or zstd (with the dictionary of a
 * .warc.zst), a member or frame a record or many, told by their bytes and not by their names; in windows: memory does not
 * grow with the file.  Damage never ends a file silently: warc_next() gives a WARC_DAMAGE item for each run of bytes that
 * belongs to no whole record, then goes on at the next member, frame or head.
 */
#ifndef SLUICE_WARC_H
#define SLUICE_WARC_H

#include "core/doc.h"
#include "core/error.h"

enum warc_kind {
    WARC_DAMAGE, /* no record: offset and length of the bytes, and `damage` */
    WARC_WARCINFO, WARC_RESPONSE, WARC_RESOURCE, WARC_REQUEST, WARC_METADATA, WARC_REVISIT,
    WARC_CONVERSION, WARC_CONTINUATION,
    WARC_DOCUMENT, /* a line of JSON: the block */
    WARC_OTHER,  /* a type this list does not have: `type` has its name */
};

enum digest_verdict { DIGEST_NONE, DIGEST_OK, DIGEST_BAD, DIGEST_UNKNOWN };

/* Valid until the next warc_next() or warc_close(). */
struct warc_record {
    enum warc_kind kind;
    struct span type;            /* as in the header, lower case */
    uint64_t offset;             /* stored bytes: where the member, frame or plain record begins */
    uint64_t length;             /* stored bytes (plain: header and block, without end marks) */
    uint64_t at;                 /* place in the member's inflated bytes; 0 for the first record of a member */
    const char *damage;          /* WARC_DAMAGE: static, what */
    bool inside;                 /* WARC_DAMAGE in a member that is whole: length counts inflated bytes from `at` on */
    bool arc;                    /* of an ARC file: content_type is the head's until the block shows HTTP */
    bool resynced;               /* found by resynchronising behind damage */

    struct field *headers;       /* all named fields in order; continuation lines folded into one value */
    struct span id, url, date, content_type; /* p == NULL if absent; url trimmed of <> and white space */
    struct span identified_type; /* WARC-Identified-Payload-Type */
    struct span truncated;       /* WARC-Truncated */
    struct span payload_digest, block_digest; /* as written */
    uint64_t content_length;     /* as declared */
    struct span block;           /* the record's block; shorter than content_length only with block_cut */
    bool block_cut;              /* the block is larger than max_block: only its head is here (not damage) */
    bool digest_known;           /* `digest` is what warc_check_digests() would say, had it the whole block */
    enum digest_verdict digest;
    struct span stored_header;   /* version line and fields as they stand, with the empty line */
};

struct warc_options {
    bool digests;           /* of blocks that are cut, too: they are taken while the rest is read over */
    uint64_t max_block;     /* bytes of a block kept in memory [default 64 MiB]; the rest is read over */
    const char *version;    /* remote: what the file must be (remote.h), or NULL */
    bool hash;              /* take the SHA-256 of all that is read, see warc_digest(); with begin 0 */
    uint64_t begin;         /* first byte to look at; 0: the start of the file */
    uint64_t end;           /* records that begin at or after it are not given; 0: the end of the file */
    bool inside;            /* a record inside the member at `begin` is wanted: the end of a split one may stand before it */
    bool find_start;        /* `begin` is a guess: look for the first record at or after it (parts) */
};

struct warc_reader;

/*
 * path "-" is standard input; URLs as in window.h.  Errors: -ERR_INPUT: cannot be opened, or is no archive at all (an empty file is
 * fine); remote: -ERR_AGAIN, too.
 */
int warc_open(struct warc_reader **out, const char *path, const struct warc_options *o, struct error *e) MUST_USE;
/* 1: *out is filled (a record or damage); 0: the end; negative: -ERR_INPUT, -ERR_AGAIN when the file cannot be read any more. */
int warc_next(struct warc_reader *r, struct warc_record *out, struct error *e) MUST_USE;
/* Not compressed: offsets are places in the inflated bytes, too. */
bool warc_is_plain(const struct warc_reader *w);
/*
 * Where the next record begins (stored offset): after the last warc_next() this is where the part
 * that follows must begin, see find_start.  The file's size at the end.
 */
uint64_t warc_position(const struct warc_reader *w);
/* With o.hash, behind the last record: SHA-256 and size of the file, read once. */
int warc_digest(struct warc_reader *w, char hex[65], uint64_t *bytes, struct error *e) MUST_USE;
/* With find_start: where the first record was found (== warc_position() before the first warc_next()). */
void warc_close(struct warc_reader *w);

/*
 * Verify block and payload digests (sha1, sha256; base32 or hex, any case), each that the head has.  The
 * payload digest covers the HTTP entity body without transfer coding; one over the body as stored also counts.
 */
enum digest_verdict warc_check_digests(const struct warc_record *r);

/* "<urn:uuid:...>": UUIDv5 of the key (input name, offset, at), for records without an id. */
struct span warc_make_id(struct arena *a, struct span input_name, uint64_t offset, uint64_t at);

#endif
