/*
 * fuzz_robots.c - the first line is a URL, the rest a robots.txt: every policy answers, and what is
 * said to decide is a line of the file.
 */
#include <stdlib.h>

#include "filters/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t lines(struct span s)
{
    uint32_t n = 1;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n' || s.p[i] == '\r';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = span_of((const char *)data, size), url, text = all;
    struct buf b = { 0 };
    if (!robots_line(&text, &url))
        return 0;
    for (enum robots_policy p = ROBOTS_RFC; p <= ROBOTS_APERTUS; p++) {
        struct robots r;
        struct robots_target t;
        robots_parse(&r, p, text);
        robots_target(p, url, &b, &t);
        for (size_t i = 0; i < ROBOTS_APERTUS_AGENTS; i++) {
            struct robots_answer a = robots_ask(&r, span_cstr(robots_apertus_agents[i]), &t);
            if (a.line > lines(text) || (a.line != 0) != (a.rule.p != NULL) || (!a.allow && !a.line))
                abort();
        }
        robots_release(&r);
    }
    buf_release(&b);
    return 0;
}
