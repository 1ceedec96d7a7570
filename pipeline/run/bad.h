/*
 * bad.h - the records of a task that killed their workers, kept beside its done file so that every later try of the
 * task, on this machine or another, gives the same rows.
 */
#ifndef SLUICE_BAD_H
#define SLUICE_BAD_H

#include "pipeline/run/super.h"

/* Add one to the task's list (whole file rewritten).  Errors: -ERR_IO. */
int bad_records_add(const struct run *r, const struct step *s, size_t task, const struct bad_record *bad, struct error *e) MUST_USE;

#endif
