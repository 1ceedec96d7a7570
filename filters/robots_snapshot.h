/*
 * robots_snapshot.h - the robots.txt of many hosts in one mapped, read-only file.
 *
 * Layout, little-endian, everything at the offsets the header gives:
 *
 *   0    8  "SLROBOTS"
 *   8    4  format version, 1
 *   12   4  bytes of this header, 160
 *   16   8  hosts
 *   24   8  offset of the entries (one a host, 96 bytes, in the byte order of their keys)
 *   32   8  offset, 40 8 bytes of the keys
 *   48   8  offset, 56 8 bytes of the bodies
 *   64   8  bytes of the file
 *   72   24 date of the snapshot, "YYYY-MM-DDTHH:MM:SSZ" and NULs: its newest capture, or as told
 *   96   32 SHA-256 of all bytes behind the header
 *   128  32 SHA-256 of the header's first 128 bytes
 *
 * An entry:
 *
 *   0    8  offset of the key in the keys; 8 4 its bytes
 *   12   2  HTTP status the verdict rests on; 14 2 enum robots_host
 *   16   8  offset of the body in the bodies; 24 4 its bytes; 28 4 redirects followed
 *   32   32 SHA-256 of the body
 *   64   24 date of the capture of the host's own /robots.txt, NULs behind
 *   88   8  XXH64 of the key, then of the entry's first 88 bytes with that as seed
 *
 * The key is the authority of core/text/url.h.  Equal bodies are stored once.  A lookup checks the
 * entry and the body it gives, so a flipped bit is an error and never an answer.
 */
#ifndef SLUICE_ROBOTS_SNAPSHOT_H
#define SLUICE_ROBOTS_SNAPSHOT_H

#include "core/buf.h"
#include "core/error.h"
#include "core/hash.h"

#define SNAPSHOT_MAGIC "SLROBOTS"
#define SNAPSHOT_VERSION 1
#define SNAPSHOT_HEADER 160
#define SNAPSHOT_ENTRY 96
#define SNAPSHOT_DATE 24
/* Of one robots.txt; Common Crawl stores at most 5 MiB, readers stop at 500 KiB. */
#define SNAPSHOT_MAX_BODY (2u << 20)

/* What the host's answer means (RFC 9309 2.3.1; of 4xx all but 429, as google takes it). */
enum robots_host {
    ROBOTS_HOST_RULES = 1, /* 2xx: the body decides */
    ROBOTS_HOST_NONE,      /* 4xx: there is no robots.txt, all is allowed */
    ROBOTS_HOST_REFUSED,   /* 5xx, 429: assume complete disallow */
};

struct robots_entry {
    struct span key, body;
    enum robots_host host;
    int status;
    unsigned hops;           /* redirects between the host's /robots.txt and the body */
    struct span date;        /* of the capture */
    char sha256[SHA256_HEX + 1];
};

struct robots_snapshot;

/* Errors: -ERR_MISSING (no such file), -ERR_FORMAT (not a snapshot, another version, damaged).  Small files are checked whole. */
int snapshot_open(struct robots_snapshot **out, const char *path, struct error *e) MUST_USE;
/* The same over bytes that outlive it; `name` stands in messages. */
int snapshot_use(struct robots_snapshot **out, struct span bytes, const char *name, struct error *e) MUST_USE;
void snapshot_close(struct robots_snapshot *s);

/* Its date, "YYYY-MM-DDTHH:MM:SSZ". */
struct span snapshot_date(const struct robots_snapshot *s);
uint64_t snapshot_hosts(const struct robots_snapshot *s);
const char *snapshot_path(const struct robots_snapshot *s);
/* SHA-256 of the whole file, hex: reads all of it. */
void snapshot_digest(const struct robots_snapshot *s, char out[SHA256_HEX + 1]);

/* 1 found; 0 the snapshot has no such host; -ERR_FORMAT: what it has is damaged. */
int snapshot_find(const struct robots_snapshot *s, struct span key, struct robots_entry *out,
                  struct error *e) MUST_USE;

/* ---- building ---- */

/*
 * A builder takes captures in any order and gives the same file: of the captures of one URL the
 * latest counts, of equal dates the one with the larger digest.  Bodies wait in an unlinked file
 * beside the snapshot; memory is about 200 bytes a capture.
 */
struct robots_builder;

struct robots_capture {
    struct span url;      /* of the capture; only http and https count */
    struct span date;     /* ISO 8601 */
    int status;
    struct span location; /* of a redirect; p == NULL: none */
    struct span body;     /* decoded */
};

struct robots_built {
    uint64_t captures, hosts, rules, none, refused,
        unresolved; /* unresolved: hosts whose redirect or status tells nothing */
    char date[SNAPSHOT_DATE];
};

/* Errors: -ERR_IO. */
int builder_new(struct robots_builder **out, const char *path, struct error *e) MUST_USE;
void builder_free(struct robots_builder *b);
/* Whether a response of that URL counts now: its path is /robots.txt, or builder_wants() asked for it. */
bool builder_takes(const struct robots_builder *b, struct span url);
/* One response; one that does not count, or has no full date, is passed over.  Errors: -ERR_IO. */
int builder_add(struct robots_builder *b, const struct robots_capture *c, struct error *e) MUST_USE;
/*
 * After all captures were added once: how many redirect targets have no body yet.  While it is not
 * 0, add all captures again (at most 5 times: one hop more each time), then ask again.
 */
size_t builder_wants(struct robots_builder *b);
/* Write the snapshot.  as_of: "YYYY-MM-DD", or NULL for the date of the newest capture. */
int builder_commit(struct robots_builder *b, const char *as_of, struct robots_built *built,
                   struct error *e) MUST_USE;

#endif
