/*
 * opt.h - command-line options as tables: one table gives parsing, --help and errors.
 */
#ifndef SLUICE_OPT_H
#define SLUICE_OPT_H

#include "core/error.h"

enum opt_type {
    OPT_FLAG,   /* bool *: --x sets true, --no-x false */
    OPT_STR,    /* const char ** */
    OPT_U64,    /* uint64_t * */
    OPT_SIZE,   /* uint64_t *, bytes; takes K, M, G (1024) */
    OPT_NUM,    /* double * */
    OPT_CHOICE, /* const char **, one of `choices` */
    OPT_LIST,   /* struct opt_list *: repeatable */
};

struct opt_list {
    const char **v; /* borrowed from argv; the array is the caller's to free */
    size_t n, cap;
};

struct opt {
    const char *name;    /* long name without dashes; NULL ends the table */
    char key;            /* short name, or 0 */
    enum opt_type type;
    void *dst;           /* holds the default beforehand */
    const char *arg;     /* what stands for the value in --help, e.g. "FILE" */
    const char *help;    /* one line, with unit and [default] */
    const char *choices; /* OPT_CHOICE: "a|b|c" */
};

/* The short options that mean the same in every command (INTERFACE: -c -o -j -h). */
#define OPT_CONFIG(dst) { "config", 'c', OPT_STR, dst, "CONFIG", "configuration, or the name of a preset [strict]", NULL }
#define OPT_OUTPUT(dst, what) { "output", 'o', OPT_STR, dst, what, "where to write", NULL }
#define OPT_BASE(dst) { "base", 0, OPT_STR, dst, "URL", "what relative lines of a list lie below, as https://data.commoncrawl.org/", NULL }
#define OPT_JOBS(dst) { "jobs", 'j', OPT_U64, dst, "N", "workers [number of processors]", NULL }

/*
 * opt_parse() - read argv[1..argc) into the table's destinations.
 *
 * Options may stand behind operands; "--" ends them.  On success *rest is the index in argv where
 * the operands begin (argv is permuted).  Returns 0, 1 if --help was asked (nothing else is done),
 * or -ERR_USAGE naming the option and the cure.
 */
int opt_parse(const struct opt *table, int argc, char **argv, int *rest, struct error *e) MUST_USE;

/* The OPTIONS part of --help on standard output. */
void opt_help(const struct opt *table);

/* "10K" -> 10240.  False if it is not a size. */
bool opt_size(const char *text, uint64_t *out);

/* Workers to use when none were asked for: the processors this process may run on. */
uint64_t opt_default_jobs(void);

#endif
