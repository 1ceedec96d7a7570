/* process.c - see process.h. */
#include "pipeline/run/process.h"

#include <stdlib.h>

#include "pipeline/run/crash.h"

int processor_open(struct processor *p, const struct config *c, struct error *e)
{
    int rc = stages_open(&p->stages, c, PHASE_URL, PHASE_SCRUB, e);
    if (rc == 0)
        record_context_init(&p->record, c);
    return rc;
}

void processor_close(struct processor *p)
{
    stages_close(&p->stages);
    record_context_release(&p->record);
}

bool processor_is_heavy(const struct processor *p, size_t bytes)
{
    return p->record.body.cap >= bytes || p->record.utf8.cap >= bytes;
}

void processor_trim(struct processor *p)
{
    stages_drop_scratch(&p->stages);
    buf_release(&p->record.body);
    buf_release(&p->record.utf8);
}

void process_record(struct processor *p, const struct warc_record *r, struct span input_name, struct arena *a,
                    struct document *d)
{
    stages_scratch(&p->stages);
    record_head(&p->record, r, input_name, a, d);
    stages_apply(&p->stages, PHASE_URL, PHASE_URL, d);
    record_body(&p->record, r, d);
    crash_if_marked(d->payload, "prepare");
    bool has_text = d->text.p != NULL; /* conversion records bring their text */
    stages_apply(&p->stages, has_text ? PHASE_PAGE : PHASE_EXTRACT, PHASE_SCRUB, d);
}
