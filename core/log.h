/*
 * log.h - words for people, on standard error: `sluice CMD: FILE:OFFSET: what, and the cure`.
 *
 * Never log document text: ids, offsets and rule names only.  Only cmd/ and pipeline/run call this.
 */
#ifndef SLUICE_LOG_H
#define SLUICE_LOG_H

#include "core/error.h"

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/* Once, from main: the command's name for the prefix, and how much to say. */
void log_setup(const char *command, enum log_level level);
enum log_level log_level(void);

void log_error(const struct error *e);            /* always; ERR_PIPE says nothing */
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2); /* unless quiet */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2); /* unless quiet */
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2); /* only verbose */

/* A progress line that overwrites itself; only when standard error is a terminal or `force`. */
void log_progress_enable(bool force);
bool log_progress_on(void);
void log_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_progress_end(void);

#endif
