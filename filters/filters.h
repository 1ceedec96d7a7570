/*
 * filters.h - the stages of this folder, for pipeline/run/registry.c and the commands.
 */
#ifndef SLUICE_FILTERS_H
#define SLUICE_FILTERS_H

#include "core/stage.h"

extern const struct stage_ops optout_url_stage;  /* robots.txt of the host, X-Robots-Tag, TDMRep header: before extraction */
extern const struct stage_ops optout_page_stage; /* meta robots, TDMRep meta: after it */
extern const struct stage_ops language_stage;    /* identification and the gate */
extern const struct stage_ops quality_stage;     /* the recipe's rules, in its order */
extern const struct stage_ops pii_stage;         /* personal data becomes <KIND-pii> */

#endif
