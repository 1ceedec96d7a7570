/* remote_url.c - see remote_url.h.  Addresses of S3: Amazon S3 User Guide, "Virtual hosting of buckets". */
#include "pipeline/ingest/remote_url.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/buf.h"
#include "pipeline/ingest/remote.h"

bool is_remote(const char *name)
{
    return strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0 || strncmp(name, "s3://", 5) == 0;
}

static const char *variable(const char *first, const char *second)
{
    const char *v = getenv(first);
    if ((!v || !*v) && second)
        v = getenv(second);
    return v && *v ? v : NULL;
}

/* Bytes of a key as SigV4 wants them in a path: all but unreserved ones and '/' percent-encoded. */
static void put_key(struct buf *b, const char *key)
{
    for (const unsigned char *p = (const unsigned char *)key; *p; p++) {
        if (ascii_alpha((char)*p) || ascii_digit((char)*p) || strchr("-._~/", *p))
            buf_putc(b, (char)*p);
        else
            buf_printf(b, "%%%02X", *p);
    }
}

static void sign(struct remote_target *t, const char *region)
{
    const char *key = variable("AWS_ACCESS_KEY_ID", NULL), *secret = variable("AWS_SECRET_ACCESS_KEY", NULL);
    const char *token = variable("AWS_SESSION_TOKEN", NULL);
    if (!key || !secret || variable("AWS_NO_SIGN_REQUEST", NULL))
        return;
    t->sign = xasprintf("aws:amz:%s:s3", region);
    t->user = xasprintf("%s:%s", key, secret);
    if (token)
        t->token = xasprintf("x-amz-security-token: %s", token);
}

static int s3_target(const char *name, struct remote_target *t, struct error *e)
{
    const char *bucket = name + 5, *slash = strchr(bucket, '/');
    const char *region = variable("AWS_REGION", "AWS_DEFAULT_REGION"), *endpoint = variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
    if (!slash || slash == bucket || !slash[1])
        return error_set(e, ERR_USAGE, name, "is no object; say s3://BUCKET/KEY");
    int n = (int)(slash - bucket);
    struct buf b = { 0 };
    region = region ? region : "us-east-1";
    if (endpoint)
        buf_printf(&b, "%.*s/%.*s/", (int)(strlen(endpoint) - (endpoint[strlen(endpoint) - 1] == '/')), endpoint, n, bucket);
    else if (memchr(bucket, '.', (size_t)n)) /* a dot in the name would not match the certificate */
        buf_printf(&b, "https://s3.%s.amazonaws.com/%.*s/", region, n, bucket);
    else
        buf_printf(&b, "https://%.*s.s3.%s.amazonaws.com/", n, bucket, region);
    put_key(&b, slash + 1);
    t->url = xmemdup0(b.p, b.n);
    buf_release(&b);
    sign(t, region);
    return 0;
}

int remote_target(const char *name, struct remote_target *t, struct error *e)
{
    *t = (struct remote_target){ 0 };
    if (strncmp(name, "s3://", 5) == 0)
        return s3_target(name, t, e);
    struct buf b = { 0 };
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        if (*p <= ' ' || *p >= 0x7F) /* what no URL has: a list's lines may */
            buf_printf(&b, "%%%02X", *p);
        else
            buf_putc(&b, (char)*p);
    }
    t->url = xmemdup0(b.p, b.n);
    buf_release(&b);
    return 0;
}

void remote_target_release(struct remote_target *t)
{
    free(t->url);
    free(t->sign);
    free(t->user);
    free(t->token);
    *t = (struct remote_target){ 0 };
}

char *remote_public_name(const char *url)
{
    const char *host = strstr(url, "://"), *at;
    if (!host)
        return xstrdup(url);
    host += 3;
    size_t authority = strcspn(host, "/?#"), n = strcspn(host, strncmp(url, "s3://", 5) == 0 ? "" : "?#");
    at = memrchr(host, '@', authority);
    const char *from = at ? at + 1 : host;
    return xasprintf("%.*s%.*s", (int)(host - url), url, (int)(host + n - from), from);
}
