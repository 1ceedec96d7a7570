/*
 * error.h - one way to report an error.
 *
 * Functions that can fail return 0 or a negative enum err; the detail goes into a caller-owned
 * struct error, their last argument.  Library code never prints and never exits.
 */
#ifndef SLUICE_ERROR_H
#define SLUICE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err {
    ERR_NONE,
    ERR_NO,       /* the answer is no: exit 1 */
    ERR_USAGE,    /* a wrong option, argument or configuration: exit 2 */
    ERR_INPUT,    /* an input cannot be read at all: exit 3 */
    ERR_DAMAGE,   /* an input is damaged; all that could be read was: exit 3 */
    ERR_FORMAT,   /* bytes do not hold to their format; callers turn it into a row or ERR_INPUT: exit 3 */
    ERR_TOO_BIG,  /* a bound on what the input controls was met: exit 3 */
    ERR_IO,       /* output or environment: disk full, permission: exit 4 */
    ERR_MISSING,  /* a model, table or file of ours is not there: exit 4 */
    ERR_LOCKED,   /* another run holds the output folder: exit 4 */
    ERR_GATE,     /* a compliance gate refused: exit 6 */
    ERR_AGAIN,    /* an input cannot be reached now, or changed while it was read; the same may be asked again: exit 3 */
    ERR_BUG,      /* a fault of ours: exit 70 */
    ERR_PIPE,     /* the reader of our output went away: exit 0, quietly */
};

struct error {
    enum err code;
    bool has_offset;
    uint64_t offset; /* bytes into `where` */
    char where[400]; /* file or setting; may be empty */
    char msg[600];   /* what, and the cure; one line, no document text */
};

/* error_set() - fill *e (which may be NULL) and return -code, so: return error_set(e, ERR_IO, path, "..."); */
int error_set(struct error *e, enum err code, const char *where, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same with a byte offset into `where`. */
int error_at(struct error *e, enum err code, const char *where, uint64_t offset, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* error_errno() - as error_set(), with ": strerror(errno)" behind the message.  EPIPE becomes ERR_PIPE. */
int error_errno(struct error *e, enum err code, const char *where, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The documented exit status of a (negative or positive) error code. */
int error_exit(int code);

#endif
