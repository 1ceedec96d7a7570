/*
 * cmd.h - the subcommands.
 *
 * To add one: cmd/cmd_x.c with cmd_x(), a row in COMMANDS below, doc/man/sluice-x.1.scd, a
 * golden test.  A command parses its options by an opt table, calls into the library, and returns
 * the exit status (INTERFACE, "Conventions").  Only cmd/ exits and only cmd/ writes data to
 * standard output.
 */
#ifndef SLUICE_CMD_H
#define SLUICE_CMD_H

#include "core/error.h"
#include "core/log.h"
#include "core/opt.h"

/* Every command: its name, and one line for `sluice help`. */
#define COMMANDS(X)                                                                                \
    X(run, "all phases, here: archives in, shards and their account out")                          \
    X(plan, "what a run would do: write OUT/plan.json")                                            \
    X(prepare, "one task of phase 1: records to text")                                             \
    X(dedup, "one task of phase 2: duplicates")                                                    \
    X(pack, "one task of phase 3: tokens and shards")                                              \
    X(seal, "phase 4: manifest, report, audit database")                                           \
    X(status, "how far a run is")                                                                  \
    X(verify, "check digests, counts and roots; --replay from the sources")                        \
    X(inspect, "one document: text, origin, every decision")                                       \
    X(audit, "ledger rows by URL, domain or record")                                               \
    X(clean, "remove OUT/tmp after seal")                                                          \
    X(ls, "one line a record of an archive")                                                       \
    X(cat, "one record of an archive")                                                             \
    X(fetch, "archives and single records from the web and from S3")                               \
    X(extract, "archive or HTML to documents")                                                     \
    X(lang, "add the language")                                                                    \
    X(filter, "quality rules")                                                                     \
    X(scrub, "replace personal data by tags")                                                      \
    X(sign, "MinHash signatures")                                                                  \
    X(dups, "near and exact duplicates")                                                           \
    X(tokenize, "text to token ids and back")                                                      \
    X(robots, "robots.txt: test, build a snapshot, query it")                                      \
    X(config, "check a configuration and print it with every default")                             \
    X(compile, "models and vocabularies to mapped files")

#define DECLARE(cmd, summary) int cmd_##cmd(int argc, char **argv);
COMMANDS(DECLARE)
#undef DECLARE

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
