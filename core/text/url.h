/*
 * url.h - the parts of a URL that decide: scheme, host, port, path with query.  Borrowed slices;
 * nothing is decoded.  RFC 3986 appendix B, tolerant as the archives need it.
 */
#ifndef SLUICE_URL_H
#define SLUICE_URL_H

#include "core/buf.h"

struct url {
    struct span scheme;    /* as written, without ':' */
    struct span userinfo;  /* without '@' */
    struct span host;      /* as written, brackets kept for IPv6 */
    struct span port;      /* digits; empty if none */
    struct span path;      /* from the first '/' ; empty if none */
    struct span query;     /* behind '?', without it; p == NULL if none */
    struct span fragment;  /* behind '#', without it; p == NULL if none */
};

/* False when there is no scheme://host. */
bool url_parse(struct span s, struct url *out);

/*
 * url_put_host() - append a host as names are compared: lower case, without the root's dot, an internationalized name as
 * UTS #46 maps it (non-transitional) to its "xn--" form, percent-escapes undone first.  A name that has no such form
 * stays as it is, in lower case.
 */
void url_put_host(struct span host, struct buf *out);

/*
 * The key a robots.txt is filed under: scheme://host[:port], lower case, default port left out
 * (RFC 9309 2.3: one file per scheme, host and port).  False as url_parse().
 */
bool url_authority_key(struct span s, struct buf *out);

/* Append the URL with bytes that are not UTF-8 percent-encoded (INTERFACE, "Names, keys, rows"). */
void url_put_utf8(struct span s, struct buf *out);

/* WARC-Target-URI without white space and <> around it. */
struct span url_trim(struct span s);

#endif
