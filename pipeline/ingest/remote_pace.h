/*
 * remote_pace.h - how politely we ask: who we say we are, how long we wait, how fast we read.  Shared by all reads of a process.
 */
#ifndef SLUICE_REMOTE_PACE_H
#define SLUICE_REMOTE_PACE_H

#include <stdbool.h>
#include <stddef.h>

/* "sluice/VERSION", with SLUICE_CONTACT in brackets if that is set; static. */
const char *pace_agent(void);
/* n bytes were read: wait where that is faster than remote_set_rate() allows. */
void pace(size_t n);
/* A CURLcode that may be another the next time. */
bool pace_is_temporary(int curl_code);
/*
 * One more try: waits, between half and all of a pause that doubles from SLUICE_RETRY_MS to a minute, or as long as the server said
 * (retry_after seconds, five minutes at most; -1: it did not).  False, at once: there were enough.
 */
bool pace_wait(unsigned *tries, long retry_after);

#endif
