/* remote.c - see remote.h.  libcurl carries the bytes (a multi handle, so that a stream waits while we work on what it gave). */
#include "pipeline/ingest/remote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "pipeline/ingest/curl_library.h"
#include "pipeline/ingest/remote_answer.h"
#include "pipeline/ingest/remote_pace.h"
#include "pipeline/ingest/remote_url.h"

/* What a stream is ahead of its reader, at most, and below which it goes on. */
#define AHEAD_MAX (4u << 20)
#define AHEAD_MIN (1u << 20)
/* Bytes that are read over rather than asked for anew. */
#define NEAR (1u << 20)
/* The first request of a place asks for so much, each that goes on for four times more: one record costs little, a file few requests. */
#define FIRST_PIECE (64u << 10)
#define LARGEST_PIECE (256u << 20)
/* Bytes that are read again and compared where a server tells no version. */
#define TAIL 256u
#define MAX_REDIRECTS 5
#define NO_BODY_SHA256 "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define CONNECT_SECONDS 30
/* A connection that gives nothing for so long is given up. */
#define STALL_SECONDS 60

struct remote {
    char *name;            /* for messages */
    struct remote_target target;
    const struct curl_library *curl;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct remote_answer answer; /* of the request that runs */
    struct remote_answer first;  /* that told the version */
    char *version;         /* that of the file; NULL until the first answer */
    char held[sizeof((struct remote_answer *)0)->etag]; /* for If-Range before that, "" if none */
    uint64_t size;
    uint64_t last;         /* nothing behind it is wanted; UINT64_MAX: the file's end */
    uint64_t until;        /* the request ends here; UINT64_MAX: the file's end */
    uint64_t piece;        /* what the next request asks for; UINT64_MAX: all that is left */
    bool whole;
    char tail[TAIL];       /* the last bytes that were received */
    size_t n_tail, overlap; /* overlap: how many of them the request asks for again */
    struct buf buf;        /* bytes [at, at + buf.n) */
    uint64_t at;
    uint64_t skip;         /* bytes of the answer that lie before the place that is wanted */
    bool running, paused, ended;
    bool unfit;            /* with `fatal`: another try may bring a better answer */
    unsigned tries;
    struct error fatal;    /* set by a callback: the answer cannot be used */
};

static size_t on_header(char *p, size_t one, size_t n, void *ctx)
{
    struct remote *r = ctx;
    answer_header(&r->answer, span_of(p, n));
    return n;
}

static bool is_versioned(const struct remote_answer *a)
{
    return a->etag[0] || a->modified[0];
}

/* Of the version that the first answer told?  A 206 to If-Range may leave validators out (RFC 9110 15.3.7), a 200 may not. */
static bool is_same(const struct remote *r)
{
    const struct remote_answer *a = &r->answer;
    bool vouched = a->status == 206;
    if (a->total != UINT64_MAX && r->size != UINT64_MAX && a->total != r->size)
        return false;
    if (r->first.etag[0] && (a->etag[0] || !vouched))
        return strcmp(a->etag, r->first.etag) == 0;
    return !r->first.modified[0] || (!a->modified[0] && vouched) || strcmp(a->modified, r->first.modified) == 0;
}

static void learn(struct remote *r)
{
    r->first = r->answer;
    r->version = answer_version(&r->answer);
    r->size = r->answer.total;
}

static bool changed(struct remote *r, uint64_t at)
{
    error_at(&r->fatal, ERR_AGAIN, r->name, at, "the file changed while it was read; begin again");
    return false;
}

/* The answer's head is whole: is it the file that we read, from the place that we asked for? */
static bool admit(struct remote *r)
{
    struct remote_answer *a = &r->answer;
    uint64_t wanted = r->at + r->buf.n - r->overlap;
    r->skip = r->overlap;
    a->judged = true;
    if (a->status == 200)
        r->skip += wanted;
    else if (a->status != 206)
        return true; /* a body that says what is wrong: not kept */
    else if (!a->has_range || a->first != wanted) {
        r->unfit = true;
        error_at(&r->fatal, ERR_AGAIN, r->name, wanted, "the server sent other bytes than it was asked for (Content-Range)");
        return false;
    }
    if (r->version)
        return is_same(r) || changed(r, wanted);
    learn(r);
    return true;
}

/* Go over what lies before the place that is wanted.  False: its end is not what we had. */
static bool skip_over(struct remote *r, struct span *s)
{
    size_t n = r->skip < s->n ? (size_t)r->skip : s->n;
    for (size_t i = 0; i < n; i++, r->skip--)
        if (r->skip <= r->overlap && s->p[i] != r->tail[r->n_tail - (size_t)r->skip])
            return changed(r, r->at + r->buf.n);
    *s = span_from(*s, n);
    return true;
}

static void keep_tail(struct remote *r, struct span s)
{
    if (s.n > TAIL)
        s = span_from(s, s.n - TAIL);
    size_t stay = r->n_tail + s.n > TAIL ? TAIL - s.n : r->n_tail;
    memmove(r->tail, r->tail + r->n_tail - stay, stay);
    memcpy(r->tail + stay, s.p, s.n);
    r->n_tail = stay + s.n;
}

static size_t on_body(char *p, size_t one, size_t n, void *ctx)
{
    struct remote *r = ctx;
    struct span s = span_of(p, n);
    if (!r->answer.judged && !admit(r))
        return 0;
    if (r->answer.status != 200 && r->answer.status != 206)
        return n;
    if (r->buf.n >= AHEAD_MAX) {
        r->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!skip_over(r, &s))
        return 0;
    if (s.n) {
        r->tries = 0;
        keep_tail(r, s);
        buf_span(&r->buf, s);
    }
    return n;
}

static void stop(struct remote *r)
{
    if (r->running)
        r->curl->curl_multi_remove_handle(r->multi, r->easy);
    r->running = r->paused = false;
}

static void set_options(struct remote *r)
{
    CURL *c = r->easy;
    bool secure = strncmp(r->target.url, "https:", 6) == 0;
    r->curl->curl_easy_setopt(c, CURLOPT_URL, r->target.url);
    r->curl->curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    r->curl->curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    r->curl->curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    r->curl->curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, r->target.sign ? 0L : 1L); /* a signature and a token are for one host */
    r->curl->curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    r->curl->curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    r->curl->curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    r->curl->curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    r->curl->curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    r->curl->curl_easy_setopt(c, CURLOPT_USERAGENT, pace_agent());
    r->curl->curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    r->curl->curl_easy_setopt(c, CURLOPT_HEADERDATA, r);
    r->curl->curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    r->curl->curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
    r->curl->curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L << 10);
    if (r->target.sign) {
        r->curl->curl_easy_setopt(c, CURLOPT_AWS_SIGV4, r->target.sign);
        r->curl->curl_easy_setopt(c, CURLOPT_USERPWD, r->target.user);
    }
}

/* If-Range holds a request that goes on to the version of the first: a weak ETag cannot do that. */
static void set_headers(struct remote *r)
{
    const char *holds = !r->version ? r->held : r->first.etag[0] ? (r->first.etag[0] == '"' ? r->first.etag : "") : r->first.modified;
    r->curl->curl_slist_free_all(r->headers);
    r->headers = NULL;
    if (r->target.sign)
        r->headers = r->curl->curl_slist_append(r->headers, NO_BODY_SHA256); /* which S3 wants to be signed, too */
    if (r->target.token)
        r->headers = r->curl->curl_slist_append(r->headers, r->target.token);
    if (*holds) {
        char *line = xasprintf("If-Range: %s", holds);
        r->headers = r->curl->curl_slist_append(r->headers, line);
        free(line);
    }
    r->curl->curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
}

/* Where the request from `from` on ends. */
static uint64_t end_of_piece(struct remote *r, uint64_t from)
{
    uint64_t end = r->piece < UINT64_MAX - from ? from + r->piece : UINT64_MAX;
    if (r->piece != UINT64_MAX)
        r->piece = r->piece < LARGEST_PIECE / 4 ? r->piece * 4 : LARGEST_PIECE;
    if (r->size != UINT64_MAX && end > r->size)
        end = r->whole ? UINT64_MAX : r->size;
    return end < r->last ? end : r->last;
}

/* Ask for the bytes behind what is in the buffer. */
static int start(struct remote *r, struct error *e)
{
    char range[64];
    uint64_t from = r->at + r->buf.n;
    stop(r);
    r->until = end_of_piece(r, from);
    r->overlap = r->version && !is_versioned(&r->first) ? r->n_tail : 0;
    from -= r->overlap;
    if (r->until == UINT64_MAX)
        snprintf(range, sizeof range, "%" PRIu64 "-", from);
    else
        snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, from, r->until - 1);
    answer_reset(&r->answer);
    r->fatal.code = ERR_NONE;
    r->unfit = false;
    set_headers(r);
    r->curl->curl_easy_setopt(r->easy, CURLOPT_RANGE, range);
    if (r->curl->curl_multi_add_handle(r->multi, r->easy) != CURLM_OK)
        return error_set(e, ERR_BUG, r->name, "libcurl takes no request");
    r->running = true;
    return 0;
}

/* The request ended, well or not.  0: go on reading or asking; negative: it is over. */
static int settle(struct remote *r, CURLcode code, struct error *e)
{
    const struct remote_answer *a = &r->answer;
    uint64_t reached = r->at + r->buf.n;
    stop(r);
    if (r->fatal.code && r->unfit && pace_wait(&r->tries, a->retry_after))
        return 0;
    if (r->fatal.code) {
        *e = r->fatal;
        return -(int)r->fatal.code;
    }
    if (a->status == 416 && (!r->version || reached >= r->size)) { /* there is nothing at all, or nothing more */
        if (!r->version) {
            learn(r);
            r->size = a->total != UINT64_MAX ? a->total : 0;
        }
        r->ended = true;
        return 0;
    }
    if (code == CURLE_OK && (a->status == 200 || a->status == 206)) {
        if (!a->judged && !admit(r)) { /* an empty body */
            *e = r->fatal;
            return -(int)r->fatal.code;
        }
        uint64_t end = r->last < r->size ? r->last : r->size;
        r->ended = end == UINT64_MAX || reached >= end;
        if (r->ended || (a->status == 206 && reached >= r->until))
            return 0;
        /* it ended before its time */
    } else if (code == CURLE_OK && !answer_is_temporary(a)) {
        return answer_refused(a, r->name, e);
    } else if (code != CURLE_OK && !pace_is_temporary((int)code)) {
        return error_at(e, ERR_INPUT, r->name, reached, "cannot be read: %s", r->curl->curl_easy_strerror(code));
    }
    if (pace_wait(&r->tries, a->retry_after))
        return 0;
    if (code != CURLE_OK)
        return error_at(e, ERR_AGAIN, r->name, reached, "cannot be read: %s (%u tries); run it again later", r->curl->curl_easy_strerror(code), r->tries);
    return error_at(e, ERR_AGAIN, r->name, reached, "the server answers %d (%u tries); run it again later", a->status, r->tries);
}

/* Let the request run until there is something new. */
static int pump(struct remote *r, struct error *e)
{
    int running, left;
    size_t had = r->buf.n;
    uint64_t skipped = r->skip;
    if (r->paused && r->buf.n < AHEAD_MIN) {
        r->paused = false;
        r->curl->curl_easy_pause(r->easy, CURLPAUSE_CONT);
    }
    while (r->buf.n == had) {
        if (r->curl->curl_multi_perform(r->multi, &running) != CURLM_OK)
            return error_set(e, ERR_BUG, r->name, "libcurl does not run");
        for (CURLMsg *m; (m = r->curl->curl_multi_info_read(r->multi, &left));)
            if (m->msg == CURLMSG_DONE)
                return settle(r, m->data.result, e);
        if (r->buf.n > had || r->skip != skipped)
            break;
        r->curl->curl_multi_poll(r->multi, NULL, 0, 1000, NULL);
    }
    return 0;
}

/* Leave behind what lies before `offset`; true: what is wanted is, or will be, in the stream. */
static bool is_ahead(struct remote *r, uint64_t offset)
{
    uint64_t end = r->at + r->buf.n;
    if (offset < r->at || (offset > end && (!r->running || offset >= r->until || offset - end > NEAR)))
        return false;
    size_t gone = offset - r->at < r->buf.n ? (size_t)(offset - r->at) : r->buf.n;
    if (gone && (gone == r->buf.n || gone > AHEAD_MIN)) {
        memmove(r->buf.p, r->buf.p + gone, r->buf.n - gone);
        r->buf.n -= gone;
        r->at += gone;
    }
    return true;
}

int remote_read(struct remote *r, uint64_t offset, void *p, size_t n, size_t *got, struct error *e)
{
    *got = 0;
    if (!is_ahead(r, offset)) {
        stop(r);
        buf_reset(&r->buf);
        r->n_tail = 0;
        r->piece = r->whole ? UINT64_MAX : FIRST_PIECE;
        r->at = offset;
        r->ended = false;
    }
    for (;;) {
        if (r->size != UINT64_MAX && offset >= r->size)
            return 0;
        is_ahead(r, offset);
        if (offset < r->at + r->buf.n) {
            size_t from = (size_t)(offset - r->at), have = r->buf.n - from;
            *got = have < n ? have : n;
            memcpy(p, r->buf.p + from, *got);
            pace(*got);
            return 0;
        }
        if (r->ended)
            return 0;
        int rc = r->running ? 0 : start(r, e);
        if (rc == 0)
            rc = pump(r, e);
        if (rc)
            return rc;
    }
}

static int begin(struct remote **out, const char *url, uint64_t from, uint64_t last, bool whole, struct error *e)
{
    const struct curl_library *curl = curl_library(e);
    if (!curl)
        return -ERR_MISSING;
    struct remote *r = xcalloc(1, sizeof *r);
    int rc = remote_target(url, &r->target, e);
    if (rc) {
        free(r);
        return rc;
    }
    r->curl = curl;
    r->name = remote_public_name(url);
    r->size = UINT64_MAX;
    r->at = from;
    r->last = last;
    r->whole = whole;
    r->piece = whole ? UINT64_MAX : FIRST_PIECE;
    r->multi = r->curl->curl_multi_init();
    r->easy = r->curl->curl_easy_init();
    if (!r->multi || !r->easy)
        abort();
    set_options(r);
    *out = r;
    return 0;
}

/* The strong ETag of a version that was told before. */
static void hold(struct remote *r, const char *version)
{
    size_t n = strcspn(version, "|");
    if (n >= 2 && n < sizeof r->held && version[0] == '"' && version[n - 1] == '"')
        snprintf(r->held, sizeof r->held, "%.*s", (int)n, version);
}

/* The first byte, and with it what the file is.  On an error r is closed. */
static int look(struct remote *r, uint64_t from, struct error *e)
{
    char first;
    size_t got;
    int rc = remote_read(r, from, &first, 1, &got, e);
    if (rc)
        remote_close(r);
    return rc;
}

int remote_resume(struct remote **out, const char *url, uint64_t from, const char *version, struct error *e)
{
    struct remote *r;
    int rc = begin(&r, url, from, UINT64_MAX, true, e);
    if (rc)
        return rc;
    if (from)
        hold(r, version);
    rc = look(r, from, e);
    if (rc == 0)
        *out = r;
    return rc;
}

int remote_open(struct remote **out, const char *url, uint64_t from, bool whole, const char *version, struct error *e)
{
    struct remote *r;
    int rc = begin(&r, url, from, UINT64_MAX, whole, e);
    if (rc == 0)
        rc = look(r, from, e);
    if (rc)
        return rc;
    if (version && strcmp(version, r->version) != 0)
        rc = error_set(e, ERR_AGAIN, r->name, "changed since the run was planned; plan again in a new folder");
    if (rc) {
        remote_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void remote_close(struct remote *r)
{
    if (!r)
        return;
    stop(r);
    r->curl->curl_easy_cleanup(r->easy);
    r->curl->curl_multi_cleanup(r->multi);
    r->curl->curl_slist_free_all(r->headers);
    remote_target_release(&r->target);
    answer_reset(&r->answer);
    buf_release(&r->buf);
    free(r->version);
    free(r->name);
    free(r);
}

uint64_t remote_size(const struct remote *r)
{
    return r->size;
}

const char *remote_version(const struct remote *r)
{
    return r->version;
}

const char *remote_etag(const struct remote *r)
{
    return r->first.etag;
}

int remote_range(const char *url, uint64_t offset, uint64_t length, struct buf *out, struct error *e)
{
    struct remote *r;
    size_t got = 1;
    if (offset > UINT64_MAX - length)
        return error_set(e, ERR_USAGE, url, "a range that is no range");
    int rc = begin(&r, url, offset, offset + length, true, e);
    if (rc)
        return rc;
    uint64_t at = offset;
    while (rc == 0 && at < offset + length && got) {
        uint64_t left = offset + length - at;
        size_t n = left < AHEAD_MIN ? (size_t)left : AHEAD_MIN;
        buf_reserve(out, n);
        rc = remote_read(r, at, out->p + out->n, n, &got, e);
        out->n += got;
        at += got;
    }
    if (rc == 0 && at < offset + length)
        rc = error_at(e, ERR_INPUT, r->name, at, "the file ends before the range does");
    remote_close(r);
    return rc;
}
