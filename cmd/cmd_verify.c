/* cmd_verify.c - `sluice verify`: does a corpus hold, and can it be made again. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/verify.h"

static void say(void *ctx, const char *file, uint64_t offset, const char *what)
{
    uint64_t *faults = ctx;
    fprintf(stderr, "sluice verify: %s:%" PRIu64 ": %s\n", file, offset, what);
    ++*faults;
}

static int told(const char *out, uint64_t rows, uint64_t replayed, uint64_t faults)
{
    char line[600];
    struct error e;
    int n = snprintf(line, sizeof line, "%s: %s: %" PRIu64 " ledger rows, every digest, count, token and both roots", out,
                     faults ? "FAULTS" : "holds", rows);
    if (replayed && n < (int)sizeof line)
        n += snprintf(line + n, sizeof line - (size_t)n, "; %" PRIu64 " documents made again from their sources", replayed);
    if (faults && n < (int)sizeof line)
        n += snprintf(line + n, sizeof line - (size_t)n, "; %" PRIu64 " faults", faults);
    if (n < (int)sizeof line - 1)
        line[n++] = '\n';
    if (stdout_write(line, n < (int)sizeof line ? (size_t)n : sizeof line - 1, &e))
        return cmd_fail(&e);
    return faults ? error_exit(ERR_NO) : 0;
}

int cmd_verify(int argc, char **argv)
{
    uint64_t replay = 0, faults = 0, rows = 0, replayed = 0;
    const char *source = NULL;
    const struct opt table[] = {
        { "replay", 0, OPT_U64, &replay, "N", "make N documents again from their source records and compare their tokens", NULL },
        { "source", 0, OPT_STR, &source, "DIR", "folder of the inputs [where the plan found them]", NULL },
        { NULL },
    };
    static const char notes[] = "Checks manifest.sha256, the size and SHA-256 of every output, files that nobody lists, the order and form of\n"
                                "every ledger row, counts, tokens of every document, and both Merkle roots.  A line a fault on standard\n"
                                "error; exit status 1 if there is any.\n";
    int rest, status = cmd_options(table, "verify OUT [--replay N [--source DIR]]", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice verify OUT");
    struct error e;
    if (!file_exists(argv[rest])) {
        error_set(&e, ERR_USAGE, argv[rest], "no such folder");
        return cmd_fail(&e);
    }
    int rc = verify_folder(argv[rest], say, &faults, &rows, &e);
    if (rc == 0 && replay && !faults)
        rc = verify_replay(argv[rest], source, replay, say, &faults, &replayed, &e);
    return rc ? cmd_fail(&e) : told(argv[rest], rows, replayed, faults);
}
