/* log.c - see log.h.  The one mutable global outside cmd/. */
#include "core/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
    char command[64];
    enum log_level level;
    bool progress, line_open, tty;
} state = { "", LOG_NORMAL, false, false, false };

void log_setup(const char *command, enum log_level level)
{
    snprintf(state.command, sizeof state.command, "%s", command);
    state.level = level;
}

enum log_level log_level(void)
{
    return state.level;
}

/* One write a line, so that lines of several workers do not mix. */
static void say(const char *fmt, va_list ap)
{
    char line[2048];
    int n = snprintf(line, sizeof line, "%ssluice%s%s: ", state.line_open && state.tty ? "\r\033[K" : "",
                     *state.command ? " " : "", state.command);
    state.line_open = false;
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
    size_t len = (size_t)n + (size_t)m;
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = (size_t)n; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?'; /* names come from outside: no control characters to a terminal */
    line[len++] = '\n';
    fflush(stdout);
    ssize_t ignored = write(2, line, len);
    (void)ignored;
}

#define SAY(when)                                                                                  \
    do {                                                                                           \
        if (when) {                                                                                \
            va_list ap;                                                                            \
            va_start(ap, fmt);                                                                     \
            say(fmt, ap);                                                                          \
            va_end(ap);                                                                            \
        }                                                                                          \
    } while (0)

static void say_always(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void say_always(const char *fmt, ...)
{
    SAY(true);
}

void log_error(const struct error *e)
{
    if (e->code == ERR_PIPE || e->code == ERR_NONE)
        return;
    if (e->has_offset)
        say_always("%s:%" PRIu64 ": %s", e->where, e->offset, e->msg);
    else if (*e->where)
        say_always("%s: %s", e->where, e->msg);
    else
        say_always("%s", e->msg);
}

void log_warn(const char *fmt, ...)
{
    SAY(state.level > LOG_QUIET);
}

void log_info(const char *fmt, ...)
{
    SAY(state.level > LOG_QUIET);
}

void log_debug(const char *fmt, ...)
{
    SAY(state.level >= LOG_VERBOSE);
}

void log_progress_enable(bool force)
{
    state.tty = isatty(2);
    state.progress = state.level > LOG_QUIET && (force || state.tty);
}

bool log_progress_on(void)
{
    return state.progress;
}

void log_progress(const char *fmt, ...)
{
    if (!state.progress)
        return;
    char line[400];
    int n = snprintf(line, sizeof line, "%s", state.tty ? "\r\033[K" : "");
    va_list ap;
    va_start(ap, fmt);
    n += vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
    va_end(ap);
    if ((size_t)n > sizeof line - 2)
        n = (int)sizeof line - 2;
    if (!state.tty)
        line[n++] = '\n';
    state.line_open = true;
    ssize_t ignored = write(2, line, (size_t)n);
    (void)ignored;
}

void log_progress_end(void)
{
    if (state.line_open && state.tty) {
        ssize_t ignored = write(2, "\r\033[K", 4);
        (void)ignored;
    }
    state.line_open = false;
}
