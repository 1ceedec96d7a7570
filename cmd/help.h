/*
 * help.h - what every --help ends with: an example that runs, the exit statuses, and the prose of doc/man.
 *
 * One row a command.  The man pages are made from --help and the same prose (scripts/make-man), and
 * tests/house/run runs every example on the bundled sample.
 */
#ifndef SLUICE_CMD_HELP_H
#define SLUICE_CMD_HELP_H

/*
 * help_show() - print the ending for the command that `usage` begins with ("robots test [--policy"
 * is "robots test") to standard output.  Prints nothing where there is no row.
 */
void help_show(const char *usage);

#endif
