/*
 * crash.h - a build for tests (make sluice-crash) dies on a page that asks for it, so that the supervisor's work can be
 * shown: "sluice-crash-mark WHERE HOW ", WHERE being prepare or pack.  In every other build this is nothing.
 */
#ifndef SLUICE_CRASH_H
#define SLUICE_CRASH_H

#include "core/span.h"

#ifdef SLUICE_CRASH_MARK
/* HOW: segv abrt fpe ill bus kill term memory; once: abrt, if the file $SLUICE_CRASH_ONCE is there, which is removed. */
void crash_if_marked(struct span text, const char *where);
#else
static inline void crash_if_marked(struct span text, const char *where)
{
}
#endif

#endif
