/*
 * process.h - everything that happens to one record in prepare, as one function.  `run` and
 * `verify --replay` call the same.
 */
#ifndef SLUICE_PROCESS_H
#define SLUICE_PROCESS_H

#include "pipeline/run/record.h"
#include "pipeline/run/registry.h"

struct processor {
    struct stage_list stages;
    struct record_context record;
};

/*
 * processor_open() - models and tables, read once; fork afterwards to share them.
 * Errors: those of stages_open().
 */
int processor_open(struct processor *p, const struct config *c, struct error *e) MUST_USE;
void processor_close(struct processor *p);
/* Was the last record's body at least that many bytes?  Then processor_trim() gives back what its scratch memory grew to. */
bool processor_is_heavy(const struct processor *p, size_t bytes);
void processor_trim(struct processor *p);

/*
 * process_record() - the record's document with its verdict; kept text is scrubbed.  The document
 * lives in `a` and in the reader's and processor's buffers until the next record.
 */
void process_record(struct processor *p, const struct warc_record *r, struct span input_name, struct arena *a,
                    struct document *d);

#endif
