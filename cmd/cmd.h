/*
 * cmd.h - the subcommands.
 *
 * To add one: cmd/cmd_x.c with cmd_x(), a row in the table of main.c, doc/man/sluice-x.1.scd, a
 * golden test.  A command parses its options by an opt table, calls into the library, and returns
 * the exit status (INTERFACE, "Conventions").  Only cmd/ exits and only cmd/ writes data to
 * standard output.
 */
#ifndef SLUICE_CMD_H
#define SLUICE_CMD_H

#include "core/error.h"
#include "core/log.h"
#include "core/opt.h"

struct command {
    const char *name;
    int (*main)(int argc, char **argv); /* argv[0] is the command's name */
    const char *summary;                /* one line for `sluice help` */
};

/*
 * cmd_options() - parse; on --help print `usage`, the table and `notes` (each may be NULL) to
 * standard output.  Returns -1 to go on with *rest set, else the exit status to return.
 */
int cmd_options(const struct opt *table, const char *usage, const char *notes, int argc, char **argv, int *rest);

/* Log the error and give its exit status. */
int cmd_fail(const struct error *e);
/* Usage error with a message. */
int cmd_usage(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
