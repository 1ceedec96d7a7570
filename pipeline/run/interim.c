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
const struct conf_key pack_keys[] WEAK = { { 0 } };
const struct conf_key seal_keys[] WEAK = { { 0 } };
static size_t none(const struct run *r)
{
    return 0;
}
const struct step pack_tokenize_step WEAK = { "pack", "tokenize", none, NULL, NULL, NULL };
const struct step pack_assign_step WEAK = { "pack", "assign", none, NULL, NULL, NULL };
const struct step pack_write_step WEAK = { "pack", "write", none, NULL, NULL, NULL };
const struct step seal_step WEAK = { "seal", "seal", none, NULL, NULL, NULL };
