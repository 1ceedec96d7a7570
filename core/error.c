/* error.c - see error.h. */
#include "core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fill(struct error *e, enum err code, const char *where, const char *fmt, va_list ap)
{
    if (!e)
        return -(int)code;
    e->code = code;
    e->has_offset = false;
    e->offset = 0;
    /* `where` may lie inside *e. */
    char at[sizeof e->where];
    snprintf(at, sizeof at, "%s", where ? where : "");
    char msg[sizeof e->msg];
    vsnprintf(msg, sizeof msg, fmt, ap);
    memcpy(e->where, at, sizeof at);
    memcpy(e->msg, msg, sizeof msg);
    return -(int)code;
}

int error_set(struct error *e, enum err code, const char *where, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = fill(e, code, where, fmt, ap);
    va_end(ap);
    return rc;
}

int error_at(struct error *e, enum err code, const char *where, uint64_t offset, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = fill(e, code, where, fmt, ap);
    va_end(ap);
    if (e) {
        e->has_offset = true;
        e->offset = offset;
    }
    return rc;
}

int error_errno(struct error *e, enum err code, const char *where, const char *fmt, ...)
{
    int saved = errno;
    if (saved == EPIPE)
        code = ERR_PIPE;
    va_list ap;
    va_start(ap, fmt);
    int rc = fill(e, code, where, fmt, ap);
    va_end(ap);
    if (e) {
        size_t n = strlen(e->msg);
        snprintf(e->msg + n, sizeof e->msg - n, ": %s", strerror(saved));
    }
    return rc;
}

int error_exit(int code)
{
    switch ((enum err)abs(code)) {
    case ERR_NONE:
    case ERR_PIPE: return 0;
    case ERR_NO: return 1;
    case ERR_USAGE: return 2;
    case ERR_INPUT:
    case ERR_AGAIN:
    case ERR_DAMAGE:
    case ERR_FORMAT:
    case ERR_TOO_BIG: return 3;
    case ERR_IO:
    case ERR_MISSING:
    case ERR_LOCKED: return 4;
    case ERR_GATE: return 6;
    case ERR_BUG: break;
    }
    return 70;
}
