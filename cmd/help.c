/* help.c - see help.h. */
#include "cmd/help.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Which statuses a command can end with, besides 0, 2, 4, 70 and 128+n. */
enum { NO = 1, INPUT = 2, GATE = 4 };

struct help {
    const char *command;
    const char *example; /* one command line; runs in the root of the checkout, after the first command of README */
    unsigned statuses;
    const char *no;      /* what status 1 answers, with NO */
};

static const struct help helps[] = {
    { "run", "sluice run -c strict -o out/sample --robots out/sample.robots --set optout.as_of=2025-11-15 sample/pages.warc.gz", INPUT | GATE, NULL },
    { "plan", "sluice plan -c strict -o out/plan --robots out/sample.robots --set optout.as_of=2025-11-15 sample/pages.warc.gz", INPUT | GATE, NULL },
    { "prepare", "sluice prepare out/plan --task 0", INPUT | GATE, NULL },
    { "dedup", "sluice dedup out/sample --step group --task 0", INPUT, NULL },
    { "pack", "sluice pack out/sample --step tokenize --task 0", INPUT, NULL },
    { "seal", "sluice seal out/sample", INPUT, NULL },
    { "status", "sluice status out/sample", 0, NULL },
    { "verify", "sluice verify out/sample --replay 5", NO | INPUT, "a fault was found" },
    { "inspect", "sluice inspect out/sample --shard shards/00000.zst --at 0", NO | INPUT, "there is no such document or token" },
    { "audit", "sluice audit out/sample --all --json", NO | INPUT, "there is no such row" },
    { "clean", "sluice clean out/sample", 0, NULL },
    { "ls", "sluice ls sample/pages.warc.gz", INPUT, NULL },
    { "cat", "sluice cat sample/pages.warc.gz 0", NO | INPUT, "no record begins at that offset" },
    { "fetch", "sluice fetch -o out/lists https://data.commoncrawl.org/crawl-data/CC-MAIN-2024-10/warc.paths.gz", INPUT, NULL },
    { "extract", "sluice extract sample/pages.warc.gz", INPUT, NULL },
    { "lang", "sluice extract sample/pages.warc.gz | sluice lang", INPUT, NULL },
    { "filter", "sluice extract sample/pages.warc.gz | sluice lang | sluice filter --profile fineweb --all", INPUT, NULL },
    { "scrub", "echo '{\"id\":\"1\",\"text\":\"Write to info@example.org today.\"}' | sluice scrub", INPUT, NULL },
    { "sign", "sluice extract sample/pages.warc.gz | sluice sign --hash xxh64", INPUT, NULL },
    { "dups", "sluice extract sample/pages.warc.gz | sluice dups --by minhash --all", INPUT, NULL },
    { "tokenize", "echo 'Gold from gravel.' | sluice tokenize --text --vocab tekken_240911.json", INPUT, NULL },
    { "robots test",
      "printf '%s\\n' '{\"robots\":\"User-agent: *\\nDisallow: /\",\"agents\":[\"x\"],\"url\":\"http://a.org/\"}' | sluice robots test",
      NO | INPUT, "an answer is no" },
    { "robots build", "sluice robots build -o out/sample.robots sample/robots.warc.gz", INPUT, NULL },
    { "robots query", "sluice robots query --robots out/sample.robots http://a.org/a", NO | GATE,
      "a URL is refused, or its host is not in the snapshot" },
    { "config", "sluice config check strict", 0, NULL },
    { "compile", "sluice compile vocab models/tekken_240911.json -o out/tekken.vocab", 0, NULL },
};

/* What doc/man has besides, as text. */
static const struct {
    const char *command, *text;
} prose[] = {
#include "prose.h"
};

static bool is_of(const char *usage, const char *command)
{
    size_t n = strlen(command);
    return strncmp(usage, command, n) == 0 && (usage[n] == ' ' || usage[n] == 0);
}

static const struct help *find(const char *usage)
{
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
        if (is_of(usage, helps[i].command))
            return &helps[i];
    return NULL;
}

void help_show(const char *usage)
{
    const struct help *h = find(usage);
    if (!h)
        return;
    printf("\nExample:\n  %s\n\nExit status:\n  0      done\n", h->example);
    if (h->statuses & NO)
        printf("  1      %s\n", h->no);
    printf("  2      wrong usage or configuration\n");
    if (h->statuses & INPUT)
        printf("  3      an input cannot be read, or is damaged; what can be read was done\n");
    printf("  4      output or environment: disk full, no permission, a model is missing\n");
    if (h->statuses & GATE)
        printf("  6      a compliance gate refused: the opt-out snapshot is missing or too old\n");
    printf("  70     a bug of ours\n  128+n  ended by signal n\n");
    for (size_t i = 0; i < sizeof prose / sizeof *prose; i++)
        if (is_of(usage, prose[i].command))
            printf("\n%s", prose[i].text);
}
