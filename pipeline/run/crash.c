/* crash.c - see crash.h. */
#include "pipeline/run/crash.h"

#ifdef SLUICE_CRASH_MARK
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"

/* Until there is none left, or so much that nobody bounds us. */
static void take_memory(void)
{
    for (int i = 0; i < 4096; i++)
        memset(xmalloc(1 << 20), 1, 1 << 20);
}

void crash_if_marked(struct span text, const char *where)
{
    static const struct { const char *how; int signal; } signals[] = {
        { "segv", SIGSEGV }, { "abrt", SIGABRT }, { "fpe", SIGFPE }, { "ill", SIGILL }, { "bus", SIGBUS }, { "kill", SIGKILL }, { "term", SIGTERM },
    };
    size_t at = span_find(text, SPAN("sluice-crash-mark "));
    struct span rest = span_from(text, at + strlen("sluice-crash-mark ")), word;
    if (at == text.n || !span_cut(&rest, ' ', &word) || !span_is(word, where) || !span_cut(&rest, ' ', &word))
        return;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (span_is(word, signals[i].how))
            raise(signals[i].signal);
    const char *once = getenv("SLUICE_CRASH_ONCE");
    if (span_is(word, "once") && once && unlink(once) == 0)
        abort();
    if (span_is(word, "memory"))
        take_memory();
}
#endif
