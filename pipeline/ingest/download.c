/* download.c - see download.h. */
#include "pipeline/ingest/download.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "core/infile.h"
#include "core/json.h"
#include "core/partfile.h"
#include "core/text/url.h"
#include "pipeline/ingest/remote.h"
#include "pipeline/ingest/warc.h"

#define STEP (1u << 20)

static int bring(struct partfile *p, struct remote *r, const struct download *d, struct error *e)
{
    char *room = xmalloc(STEP);
    size_t got = 1;
    int rc = 0;
    while (rc == 0 && got) {
        rc = remote_read(r, p->n, room, STEP, &got, e);
        if (rc == 0)
            rc = partfile_append(p, span_of(room, got), e);
        if (rc == 0 && d->heard)
            d->heard(d->ctx, got);
    }
    free(room);
    if (rc == 0 && remote_size(r) != UINT64_MAX && p->n != remote_size(r))
        rc = error_set(e, ERR_AGAIN, d->url, "has %llu bytes here and %llu there; remove %s and run it again", (unsigned long long)p->n,
                       (unsigned long long)remote_size(r), p->part);
    return rc;
}

static int md5_of_file(const char *path, char hex[33], struct error *e)
{
    struct span s;
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int rc = file_map(path, &s, e);
    if (rc)
        return rc;
    if (!EVP_Digest(s.p ? s.p : "", s.n, md5, &n, EVP_md5(), NULL) || n != 16)
        abort();
    file_unmap(s);
    hex_put(md5, n, hex);
    return 0;
}

/* The ETag of an object that was put in one piece is its MD5 (Amazon S3 API, "Object"). */
static int check_md5(const struct partfile *p, const struct download *d, const char *etag, struct error *e)
{
    char hex[33];
    if (strncmp(d->url, "s3://", 5) != 0 || strlen(etag) != 34 || strspn(etag + 1, "0123456789abcdef") != 32)
        return 0;
    int rc = md5_of_file(p->part, hex, e);
    if (rc == 0 && strncmp(hex, etag + 1, 32) != 0)
        rc = error_set(e, ERR_AGAIN, d->url, "came in damaged: its MD5 is %s and should be %.32s; remove %s and run it again", hex, etag + 1, p->part);
    return rc;
}

/* A version of a size alone says too little to go on from. */
static const char *telling(const char *version)
{
    return version[strspn(version, "|0123456789")] ? version : "";
}

int download_file(struct download *d, struct error *e)
{
    struct remote *r = NULL;
    struct partfile p;
    struct stat st;
    d->had = !d->overwrite && stat(d->path, &st) == 0;
    d->bytes = d->had ? (uint64_t)st.st_size : 0;
    if (d->had)
        return 0;
    int rc = partfile_open(&p, d->path, e);
    if (rc)
        return rc;
    rc = remote_resume(&r, d->url, p.n, p.of, e);
    if (rc == 0)
        rc = partfile_hold(&p, telling(remote_version(r)), e);
    if (rc == 0)
        rc = bring(&p, r, d, e);
    if (rc == 0)
        rc = check_md5(&p, d, remote_etag(r), e);
    if (rc == 0)
        rc = partfile_commit(&p, e);
    d->bytes = p.n;
    partfile_close(&p);
    remote_close(r);
    return rc;
}

/* ---- records of an index ---- */

/* "offset" and "length" are strings in Common Crawl's index and numbers elsewhere. */
static bool number(const struct json *v, const char *name, uint64_t *out)
{
    const struct json *m = json_get(v, name);
    return m && span_u64(m->type == JSON_STRING ? m->str : m->raw, out);
}

int index_line_parse(struct span line, struct arena *a, struct index_line *out, struct error *e)
{
    struct json *v;
    *out = (struct index_line){ 0 };
    line = span_from(line, span_chr(line, '{', 0));
    if (json_parse(line, a, &v, NULL))
        return error_set(e, ERR_FORMAT, NULL, "is no line of an index (JSON, or CDXJ)");
    out->filename = json_str(v, "filename", (struct span){ 0 });
    out->url = json_str(v, "url", (struct span){ 0 });
    if (!out->filename.n || !number(v, "offset", &out->offset) || !number(v, "length", &out->length) || !out->length)
        return error_set(e, ERR_FORMAT, NULL, "has no filename, offset and length");
    return 0;
}

/* The member, read as an archive of its own. */
static int check_member(struct span bytes, const char *file, uint64_t offset, struct span url, struct error *e)
{
    char path[64];
    struct warc_options o = { 0 };
    struct warc_reader *w;
    struct warc_record r;
    int fd = memfd_create("member", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n) {
        if (fd >= 0)
            close(fd);
        return error_errno(e, ERR_IO, file, "cannot be checked");
    }
    bool opened = warc_open(&w, path, &o, e) == 0;
    bool whole = opened && warc_next(w, &r, e) > 0 && r.kind != WARC_DAMAGE && r.offset == 0 && r.length == bytes.n;
    int rc = 0;
    if (!whole)
        rc = error_at(e, ERR_INPUT, file, offset, "no whole record lies there");
    else if (url.n && !span_eq(r.url, url_trim(url)))
        rc = error_at(e, ERR_INPUT, file, offset, "the record there is of another URL than the index says");
    if (opened)
        warc_close(w);
    close(fd);
    return rc;
}

int download_record(const char *file, uint64_t offset, uint64_t length, struct span url, struct buf *out, struct error *e)
{
    size_t had = out->n;
    int rc = remote_range(file, offset, length, out, e);
    if (rc == 0)
        rc = check_member(span_from(buf_view(out), had), file, offset, url, e);
    if (rc)
        out->n = had;
    return rc;
}
