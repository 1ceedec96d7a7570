/*
 * remote.h - a file on a web server or in an object store, read by its bytes: http://, https:// and s3://bucket/key.
 *
 * Reading on is a stream of requests that grow, from 64 KiB to 256 MiB, or one to the end (`whole`); going elsewhere begins
 * anew.  What fails on the way (a connection cut, 429, 500, 502, 503, 504, another range than was asked for, a server that cannot be
 * reached) is tried again from the byte that was reached, with growing pauses and the server's Retry-After.
 *
 * Every request after the first says If-Range, and its answer must be of the version that the first was (ETag, Last-Modified,
 * size; where a server tells neither of the first two, the last bytes are read again and compared): a file that changed in
 * between is an error, never a mixture.  A server that ignores Range is read from its start up to the place.  A signature
 * and a session token go to the host that was named and no other.
 *
 * Environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (without them, or with AWS_NO_SIGN_REQUEST, requests are
 * not signed), AWS_REGION or AWS_DEFAULT_REGION [us-east-1], AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (then paths are
 * ENDPOINT/BUCKET/KEY); the proxies that libcurl knows; SLUICE_RETRY_MS, the first pause in milliseconds [1000];
 * SLUICE_CONTACT, an address that servers are told in the User-Agent.
 */
#ifndef SLUICE_REMOTE_H
#define SLUICE_REMOTE_H

#include "core/buf.h"
#include "core/error.h"

struct remote;

bool is_remote(const char *name);

/*
 * remote_open() - begins to read at `from`; size and version are known.  `version` (may be NULL): what it must be.
 * Errors: -ERR_INPUT: it is not there, not for us (401, 403, 404, 410), or the server answers what nobody understands;
 * -ERR_AGAIN: it cannot be reached, after the last try, or it changed; -ERR_USAGE: no such URL; -ERR_MISSING: libcurl is not installed.
 */
int remote_open(struct remote **out, const char *url, uint64_t from, bool whole, const char *version, struct error *e) MUST_USE;
/* What lies from `from` on, of which a run before had the rest: the ETag of `version` goes into If-Range.  Compare remote_version(). */
int remote_resume(struct remote **out, const char *url, uint64_t from, const char *version, struct error *e) MUST_USE;
void remote_close(struct remote *r);

uint64_t remote_size(const struct remote *r); /* bytes; UINT64_MAX: the server does not say */
const char *remote_version(const struct remote *r); /* as opaque text without blanks; "" : the server has none */
const char *remote_etag(const struct remote *r); /* as sent, "" if none */

/* Up to n bytes from `offset` on; *got = 0 only at the end.  Errors: as remote_open(). */
int remote_read(struct remote *r, uint64_t offset, void *p, size_t n, size_t *got, struct error *e) MUST_USE;

/* Exactly [offset, offset + length) of a file, appended to *out, by one ranged request.  Errors: as remote_open(). */
int remote_range(const char *url, uint64_t offset, uint64_t length, struct buf *out, struct error *e) MUST_USE;

/* Of the libcurl that would be used, or "not installed". */
const char *remote_library(void);

/* Tries in a row without a byte, before a read fails [8]; bytes a second of all reads together [0: no limit]. */
void remote_set_tries(unsigned tries);
void remote_set_rate(uint64_t bytes_per_second);

#endif
