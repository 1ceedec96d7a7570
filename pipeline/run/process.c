/* process.c - see process.h. */
#include "pipeline/run/process.h"

#include <stdlib.h>

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

/* A build for tests dies on a page that asks for it, so that the supervisor's work can be shown. */
static void crash_if_marked(const struct document *d)
{
#ifdef SLUICE_CRASH_MARK
    if (span_find(d->payload, SPAN("sluice-crash-mark")) < d->payload.n)
        abort();
#else
    (void)d;
#endif
}

void process_record(struct processor *p, const struct warc_record *r, struct span input_name, struct arena *a,
                    struct document *d)
{
    stages_scratch(&p->stages);
    record_head(&p->record, r, input_name, a, d);
    stages_apply(&p->stages, PHASE_URL, PHASE_URL, d);
    record_body(&p->record, r, d);
    crash_if_marked(d);
    bool has_text = d->text.p != NULL; /* conversion records bring their text */
    stages_apply(&p->stages, has_text ? PHASE_PAGE : PHASE_EXTRACT, PHASE_SCRUB, d);
}
