/* optout_robots.c - the verdict of one robots.txt over all agents, and the words that prove it. */
#include <stdlib.h>

#include "core/alloc.h"
#include "filters/optout.h"

static void put_agents(struct buf *b, const struct optout *o, const struct robots_answer *v,
                       const struct robots_answer *like)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n_agents; i++) {
        if (v[i].line != like->line || v[i].allow != like->allow)
            continue;
        if (n++)
            buf_putc(b, ',');
        buf_span(b, o->agents[i]);
    }
}

static size_t count_like(const struct optout *o, const struct robots_answer *v, size_t i)
{
    size_t n = 0;
    for (size_t j = 0; j < o->n_agents; j++)
        n += v[j].line == v[i].line && v[j].allow == v[i].allow;
    return n;
}

static bool seen_before(const struct robots_answer *v, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (v[j].line == v[i].line && v[j].allow == v[i].allow)
            return true;
    return false;
}

/* "CCBot,GPTBot: line 4: Disallow: /; others: no rule".  Of a refusal only the lines that refuse. */
static struct span describe(const struct optout *o, const struct robots_answer *v, bool refused,
                            struct arena *a)
{
    struct buf b = { 0 };
    size_t most = 0;
    for (size_t i = 0; i < o->n_agents; i++)
        if (count_like(o, v, i) > count_like(o, v, most))
            most = i;
    for (size_t i = 0; i < o->n_agents; i++) {
        if (seen_before(v, i) || (refused && v[i].allow))
            continue;
        if (b.n)
            buf_puts(&b, "; ");
        bool common = v[i].line == v[most].line && v[i].allow == v[most].allow;
        if (count_like(o, v, i) == o->n_agents)
            buf_puts(&b, "all agents");
        else if (common && !refused)
            buf_puts(&b, "others");
        else
            put_agents(&b, o, v, &v[i]);
        if (v[i].line) {
            buf_printf(&b, ": line %u: ", v[i].line);
            buf_span(&b, span_head(v[i].rule, 120));
        } else {
            buf_puts(&b, ": no rule");
        }
    }
    struct span out = optout_text(a, buf_view(&b));
    buf_release(&b);
    return out;
}

bool optout_robots(const struct optout *o, const struct robots_entry *host, const struct robots *r,
                   const struct robots_target *t, struct arena *a, struct span *text)
{
    bool refused = false;
    if (host->host != ROBOTS_HOST_RULES) {
        refused = host->host != ROBOTS_HOST_NONE;
        *text = arena_printf(a, "status %d: %s", host->status, refused ? "unreachable, all refused" : "no robots.txt, all allowed");
        return refused;
    }
    struct robots_answer *v = xcalloc(o->n_agents + 1, sizeof *v);
    for (size_t i = 0; i < o->n_agents; i++) {
        v[i] = robots_ask(r, o->agents[i], t);
        refused |= !v[i].allow;
    }
    *text = describe(o, v, refused, a);
    free(v);
    return refused;
}
