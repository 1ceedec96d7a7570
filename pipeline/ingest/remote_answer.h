/*
 * remote_answer.h - the head of an HTTP answer, as far as reading by ranges needs it (RFC 9110 8.8, 10.2.3, 14.4).
 */
#ifndef SLUICE_REMOTE_ANSWER_H
#define SLUICE_REMOTE_ANSWER_H

#include "core/error.h"
#include "core/span.h"

struct remote_answer {
    int status;
    bool judged;            /* its owner has looked at it */
    bool has_range;         /* Content-Range: `first` is where its body begins */
    uint64_t first, total;  /* total: bytes of the whole file; UINT64_MAX: not said */
    long retry_after;       /* seconds; -1: not said */
    char etag[200], modified[64], region[64];
};

void answer_reset(struct remote_answer *a);
/* One line of the head; a status line begins anew (after a redirect). */
void answer_header(struct remote_answer *a, struct span line);
/* ETag, Last-Modified and size as one word; malloc'd. */
char *answer_version(const struct remote_answer *a);
/* 408, 425, 429, 500, 502, 503, 504: the same may be asked again. */
bool answer_is_temporary(const struct remote_answer *a);
/* An answer that will not change: -ERR_INPUT, with the cure. */
int answer_refused(const struct remote_answer *a, const char *name, struct error *e) MUST_USE;

#endif
