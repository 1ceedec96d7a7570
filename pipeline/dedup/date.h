/*
 * date.h - the dates of documents as numbers that compare.
 */
#ifndef SLUICE_DEDUP_DATE_H
#define SLUICE_DEDUP_DATE_H

#include "core/span.h"

/*
 * date_parse() - ISO 8601 as WARC has it (W3CDTF: YYYY[-MM[-DD[Thh:mm[:ss[.f]][Z|+hh:mm|-hh:mm]]]]; a blank for
 * the T is taken too) to seconds since 1970 and nanoseconds.  What is left out is the least there is; no zone is UTC.
 * False: not a date, *seconds untouched.
 */
bool date_parse(struct span s, int64_t *seconds, uint32_t *nanoseconds);

#endif
