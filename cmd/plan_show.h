/*
 * plan_show.h - what run and plan share: the configuration they are given, and a plan for people.
 */
#ifndef SLUICE_PLAN_SHOW_H
#define SLUICE_PLAN_SHOW_H

#include "core/opt.h"
#include "pipeline/run/run.h"

/* CONFIG, then --robots, then every --set.  Errors: those of config_open(). */
int plan_config(struct config **c, const char *name, const char *robots, const struct opt_list *sets, struct error *e) MUST_USE;

/* The plan on standard output. */
void plan_show(const struct run *r);

#endif
