/*
 * remote_url.h - what a request goes to, and with what credentials.
 */
#ifndef SLUICE_REMOTE_URL_H
#define SLUICE_REMOTE_URL_H

#include "core/error.h"

struct remote_target {
    char *url;       /* http or https */
    char *sign;      /* for libcurl's CURLOPT_AWS_SIGV4, "aws:amz:REGION:s3"; NULL: not signed */
    char *user;      /* KEY:SECRET */
    char *token;     /* header line of a session token, or NULL */
};

/* http(s) as it is; s3://bucket/key by the environment (remote.h).  Errors: -ERR_USAGE. */
int remote_target(const char *name, struct remote_target *t, struct error *e) MUST_USE;
void remote_target_release(struct remote_target *t);

/* The URL without user, password and query, which may hold a signature: for messages, names and rows.  malloc'd. */
char *remote_public_name(const char *url);

#endif
