/*
 * partfile.h - a file that comes in pieces over several runs: it grows as PATH.part and gets its name when it is whole.
 *
 * Beside it lies PATH.part.version, of what it is a part; a part of something else is begun anew.
 */
#ifndef SLUICE_PARTFILE_H
#define SLUICE_PARTFILE_H

#include "core/buf.h"

struct partfile {
    char *path, *part, *version; /* its name, and those of what lies there meanwhile */
    char *of;   /* the version that a run before held; "" if none */
    int fd;
    uint64_t n; /* bytes that are there */
};

/* With what a run before left.  Errors: -ERR_IO. */
int partfile_open(struct partfile *p, const char *path, struct error *e) MUST_USE;
/* What is there counts if it is of that version, and the version says something ("": it does not).  Errors: -ERR_IO. */
int partfile_hold(struct partfile *p, const char *version, struct error *e) MUST_USE;
int partfile_append(struct partfile *p, struct span bytes, struct error *e) MUST_USE;
/* On the disk and under its name. */
int partfile_commit(struct partfile *p, struct error *e) MUST_USE;
/* What came so far stays for the next run; nothing stays of nothing. */
void partfile_close(struct partfile *p);

#endif
