/* main.c - the dispatch table, and the options that stand before the command. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/help.h"
#include "core/outfile.h"
#include "core/text/chars.h"
#include "core/version.h"
#include "pipeline/ingest/remote.h"

/* A command whose part of the tree is left out of a build is told apart by its absence. */
#define WEAKEN(cmd, summary) int cmd_##cmd(int argc, char **argv) __attribute__((weak));
COMMANDS(WEAKEN)

#define ROW(cmd, text) { #cmd, cmd_##cmd, text },
static const struct command commands[] = { COMMANDS(ROW) };
#define N_COMMANDS (sizeof commands / sizeof *commands)

int cmd_options(const struct opt *table, const char *usage, const char *notes, int argc, char **argv, int *rest)
{
    struct error e;
    int rc = opt_parse(table, argc, argv, rest, &e);
    if (rc < 0)
        return cmd_fail(&e);
    if (rc == 0)
        return -1;
    printf("usage: sluice %s\n\n", usage);
    opt_help(table);
    if (notes)
        printf("\n%s", notes);
    help_show(usage);
    return 0;
}

int cmd_fail(const struct error *e)
{
    log_error(e);
    return error_exit(e->code);
}

int cmd_usage(const char *fmt, ...)
{
    struct error e;
    char msg[sizeof e.msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    error_set(&e, ERR_USAGE, NULL, "%s", msg);
    return cmd_fail(&e);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void usage(FILE *f)
{
    fprintf(f, "usage: sluice [-q|-v] COMMAND [options] [INPUT...]\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(f, "\n  -q         errors only            -v         everything\n"
               "\nsluice help COMMAND tells more; sluice --version tells what this is.\n");
}

static void version(void)
{
    size_t n;
    const struct version_library *libs = version_libraries(&n);
    printf("sluice %s\ncommit %s\ncompiler %s\n", SLUICE_VERSION, version_commit(), version_compiler());
    for (size_t i = 0; i < n; i++)
        printf("%s %s\n", libs[i].name, libs[i].version);
    printf("libcurl %s\n", remote_library());
}

static int dispatch(const struct command *c, int argc, char **argv, enum log_level level)
{
    if (!c->main) {
        log_setup("", level);
        return cmd_usage("'%s' is not built into this program", c->name);
    }
    log_setup(c->name, level);
    return c->main(argc, argv);
}

static int help(int argc, char **argv, enum log_level level)
{
    if (argc < 2) {
        usage(stdout);
        return 0;
    }
    const struct command *c = find(argv[1]);
    if (!c)
        return cmd_usage("no command '%s'; see sluice help", argv[1]);
    /* "help robots test" is "robots test --help". */
    char *ask[] = { argv[1], argc > 2 ? argv[2] : (char *)"--help", argc > 2 ? (char *)"--help" : NULL, NULL };
    return dispatch(c, argc > 2 ? 3 : 2, ask, level);
}

/* A standard stream that is closed would be the next file that is opened.  What takes its place refuses reading or writing as it did. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(4);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    enum log_level level = LOG_NORMAL;
    int i = 1;
    int status;
    signal(SIGPIPE, SIG_IGN);
    text_own_memory();
    for (; i < argc && (strcmp(argv[i], "-q") == 0 || strcmp(argv[i], "-v") == 0); i++)
        level = argv[i][1] == 'q' ? LOG_QUIET : LOG_VERBOSE;
    log_setup("", level);
    if (i >= argc) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[i], "--version") == 0) {
        version();
        status = 0;
    } else if (strcmp(argv[i], "help") == 0 || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
        status = help(argc - i, argv + i, level);
    } else {
        const struct command *c = find(argv[i]);
        status = c ? dispatch(c, argc - i, argv + i, level) : cmd_usage("no command '%s'; see sluice help", argv[i]);
    }
    struct error e;
    if (stdout_flush(&e) && status == 0)
        status = cmd_fail(&e);
    return status;
}
