/* cmd_verify.c - `sluice verify`: does a corpus hold, and can it be made again. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/verify.h"

struct findings {
    uint64_t faults, rows, replayed, inputs;
};

static void say(void *ctx, const char *file, uint64_t offset, const char *what)
{
    struct findings *f = ctx;
    struct buf line = { 0 };
    buf_puts(&line, "sluice verify: ");
    buf_visible(&line, span_cstr(file));
    buf_printf(&line, ":%" PRIu64 ": ", offset);
    buf_visible(&line, span_cstr(what));
    fprintf(stderr, "%.*s\n", SPAN_ARG(buf_view(&line)));
    buf_release(&line);
    f->faults++;
}

static int told(const char *out, const struct findings *f)
{
    struct buf line = { 0 };
    struct error e;
    buf_printf(&line, "%s: %s: %" PRIu64 " ledger rows, every digest, count, token and both roots", out, f->faults ? "FAULTS" : "holds", f->rows);
    if (f->inputs)
        buf_printf(&line, "; %" PRIu64 " inputs by their digests", f->inputs);
    if (f->replayed)
        buf_printf(&line, "; %" PRIu64 " documents made again from their sources", f->replayed);
    if (f->faults)
        buf_printf(&line, "; %" PRIu64 " faults", f->faults);
    buf_putc(&line, '\n');
    int rc = stdout_write(line.p, line.n, &e);
    buf_release(&line);
    return rc ? cmd_fail(&e) : f->faults ? error_exit(ERR_NO) : 0;
}

int cmd_verify(int argc, char **argv)
{
    struct findings f = { 0 };
    uint64_t replay = 0;
    const char *source = NULL;
    const struct opt table[] = {
        { "replay", 0, OPT_U64, &replay, "N", "make N documents again from their source records and compare their tokens", NULL },
        { "source", 0, OPT_STR, &source, "DIR", "folder of the inputs [where the plan found them]; without --replay their sizes and digests are checked", NULL },
        { NULL },
    };
    static const char notes[] = "Checks manifest.sha256, the size and SHA-256 of every output, files that nobody lists, the order and form of\n"
                                "every ledger row, counts, tokens of every document, and both Merkle roots.  A line a fault on standard\n"
                                "error; exit status 1 if there is any.\n";
    int rest, status = cmd_options(table, "verify OUT [--replay N] [--source DIR]", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 1)
        return cmd_usage("name the output folder: sluice verify OUT");
    struct error e;
    if (!file_exists(argv[rest])) {
        error_set(&e, ERR_USAGE, argv[rest], "no such folder");
        return cmd_fail(&e);
    }
    int rc = verify_folder(argv[rest], say, &f, &f.rows, &e);
    if (rc == 0 && source && !replay && !f.faults)
        rc = verify_sources(argv[rest], source, say, &f, &f.inputs, &e);
    if (rc == 0 && replay && !f.faults)
        rc = verify_replay(argv[rest], source, replay, say, &f, &f.replayed, &e);
    return rc ? cmd_fail(&e) : told(argv[rest], &f);
}
