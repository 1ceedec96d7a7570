/* cmd_compile.c - sluice compile: what tasks map is made once, by set-up or by hand. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/infile.h"
#include "tokenizer/tokenizer.h"

static int compile_vocab(const char *source, const char *out, const char *pattern, struct error *e)
{
    struct vocab *v;
    int rc = vocab_open(&v, source, pattern, e);
    if (rc)
        return rc;
    rc = vocab_compile(v, out, e);
    vocab_close(v);
    return rc;
}

/* One row a kind of source. */
static const struct {
    const char *kind;
    int (*compile)(const char *source, const char *out, const char *pattern, struct error *e);
} kinds[] = {
    { "vocab", compile_vocab },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

int cmd_compile(int argc, char **argv)
{
    const char *out = NULL, *pattern = NULL;
    struct error e = { 0 };
    int rest;
    const struct opt options[] = {
        OPT_OUTPUT(&out, "FILE"),
        { "pattern", 0, OPT_CHOICE, &pattern, "NAME", "of a rank file whose name does not tell", "cl100k|o200k|r50k|p50k" },
        { 0 },
    };
    int status = cmd_options(options, "compile vocab SOURCE -o FILE",
                             "The compiled form opens in milliseconds, is shared by all processes that map it, and carries\n"
                             "the SHA-256 of its source.\n", argc, argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 2 || !out)
        return cmd_usage("needs what to compile, its source and -o: sluice compile vocab tekken.json -o FILE");
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].kind, argv[rest]) == 0)
            return kinds[i].compile(argv[rest + 1], out, pattern, &e) ? cmd_fail(&e) : 0;
    return cmd_usage("cannot compile '%s'; there is: vocab", argv[rest]);
}
