/* interim.c - stand-ins that strong definitions replace while the parts are being put together. */
#include "core/alloc.h"
#include "filters/filters.h"
#include "pipeline/extract/extract.h"
#include "pipeline/run/run.h"

#define WEAK __attribute__((weak))
static int nothing(const void *s, void *x, struct document *d, struct error *e)
{
    return 0;
}
const struct stage_ops optout_url_stage WEAK = { .name = "optout", .phase = PHASE_URL, .apply = nothing };
const struct stage_ops optout_page_stage WEAK = { .name = "optout", .phase = PHASE_PAGE, .apply = nothing };
const struct stage_ops language_stage WEAK = { .name = "language", .phase = PHASE_LANGUAGE, .apply = nothing };
const struct stage_ops quality_stage WEAK = { .name = "quality", .phase = PHASE_QUALITY, .apply = nothing };
const struct stage_ops pii_stage WEAK = { .name = "pii", .phase = PHASE_SCRUB, .apply = nothing };
