/*
 * filter.h - the one driver of the JSONL filters (lang, filter, scrub, sign, tokenize): reads
 * documents from files or standard input, hands them to threads, writes in input order.
 */
#ifndef SLUICE_CMD_FILTER_H
#define SLUICE_CMD_FILTER_H

#include "core/doc.h"
#include "core/stage.h"

struct filter {
    void *ctx;                                  /* shared, const while it runs */
    void *(*scratch_new)(const void *ctx);      /* per thread; NULL: none */
    void (*scratch_free)(void *scratch);
    /*
     * One document.  Append what goes to standard output to `out` (doc_write(), or a line of one's
     * own); nothing appended drops it.  Negative: the document is reported with file and offset and
     * left out, exit status 3.
     */
    int (*document)(const void *ctx, void *scratch, struct document *d, struct buf *out, struct error *e);
    /* Lines that need not be documents with a text (tokenize --decode); NULL otherwise.  Same contract. */
    int (*line)(const void *ctx, void *scratch, struct span line, struct arena *a, struct buf *out, struct error *e);
    bool whole_input; /* --text: each file is one `line` */
    /* Where `out` goes instead of standard output, in input order, in the calling thread; NULL: standard output. */
    int (*take)(void *taker, struct span out, struct error *e);
    void *taker;
};

/* Runs it; returns the exit status.  No files: standard input. */
int filter_run(const struct filter *f, char **files, int n_files, uint64_t jobs);

/* One line longer than this is refused: with all that the filters make of it a process is to fit in 512 MiB.  A text that is a
 * whole file may be longer. */
#define FILTER_MAX_LINE (32u << 20)
#define FILTER_MAX_TEXT (256u << 20)

#endif
