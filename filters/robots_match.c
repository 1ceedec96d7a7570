/* robots_match.c - which group speaks to an agent, and which of its rules decides. */
#include "filters/robots.h"

#include <stdlib.h>

#include "core/alloc.h"

/* swiss-ai/pretrain-data, filters/robots_filter.py. */
const char *const robots_apertus_agents[] = {
    "AI2Bot", "Applebot-Extended", "Bytespider", "CCBot", "CCBot/2.0", "CCBot/1.0", "ClaudeBot",
    "cohere-training-data-crawler", "Diffbot", "FacebookBot", "Meta-ExternalAgent", "Google-Extended", "GPTBot",
    "PanguBot", "*", NULL,
};

bool robots_policy_named(const char *name, enum robots_policy *out)
{
    static const char *const names[] = { [ROBOTS_RFC] = "rfc", [ROBOTS_UNION] = "union",
                                         [ROBOTS_APERTUS] = "apertus" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum robots_policy)i;
            return true;
        }
    }
    return false;
}

/*
 * Between two '*' stands a literal; the leftmost place of each behind the one before it is always
 * good enough, so one pass decides.  An anchored last literal must be the path's end.
 */
bool robots_match(struct span pattern, bool anchored, struct span path)
{
    size_t star = span_chr(pattern, '*', 0);
    if (path.n < star || memcmp(path.p, pattern.p, star) != 0)
        return false;
    if (star == pattern.n)
        return !anchored || path.n == star;
    struct span rest = span_from(path, star), more = span_from(pattern, star + 1);
    for (;;) {
        star = span_chr(more, '*', 0);
        struct span literal = span_head(more, star);
        if (star == more.n && anchored)
            return rest.n >= literal.n && memcmp(rest.p + rest.n - literal.n, literal.p, literal.n) == 0;
        size_t at = span_find(rest, literal);
        if (literal.n && at == rest.n)
            return false;
        if (star == more.n)
            return true;
        rest = span_from(rest, at + literal.n);
        more = span_from(more, star + 1);
    }
}

static bool product_char(char c)
{
    return ascii_alpha(c) || c == '_' || c == '-';
}

static struct span product_token(struct span s)
{
    size_t n = 0;
    while (n < s.n && product_char(s.p[n]))
        n++;
    return span_head(s, n);
}

static bool names_part(struct span token, struct span agent)
{
    size_t at = 0;
    while (at < token.n) {
        size_t end = at;
        while (end < token.n && token.p[end] != ',' && !ascii_space(token.p[end]))
            end++;
        struct span part = span_of(token.p + at, end - at);
        if (part.n && (span_eqi(part, agent) || span_eqi(span_head(part, span_chr(part, '/', 0)), agent)))
            return true;
        at = end + 1;
    }
    return false;
}

/* `User-agent: *`, also with something behind it, as google reads it. */
static bool is_star(struct span token)
{
    return token.n && token.p[0] == '*' && (token.n == 1 || ascii_space(token.p[1]));
}

bool robots_names_agent(enum robots_policy policy, struct span token, struct span agent)
{
    if (agent.n == 0 || token.n == 0)
        return false;
    if (policy == ROBOTS_APERTUS)
        return memmem(agent.p, agent.n, token.p, token.n) != NULL;
    /* A version behind the agent's name is no part of its product token (RFC 9309 2.2.1). */
    struct span name = span_head(agent, span_chr(agent, '/', 0));
    if (name.n && span_eqi(product_token(token), name))
        return true;
    if (policy != ROBOTS_UNION)
        return false;
    return span_eqi(token, agent) || span_eqi(span_head(token, span_chr(token, '/', 0)), agent) ||
        names_part(token, agent);
}

/* Marks the tokens whose groups speak to the agent; false if there are none. */
static bool mark_rfc(const struct robots *r, struct span agent, uint8_t *mark)
{
    bool named = false, star = false;
    for (size_t i = 0; i < r->n_tokens; i++) {
        mark[i] = is_star(r->tokens[i]) ? 2 : robots_names_agent(r->policy, r->tokens[i], agent) ? 1 : 0;
        named |= mark[i] == 1;
        star |= mark[i] == 2;
    }
    for (size_t i = 0; i < r->n_tokens; i++)
        mark[i] = mark[i] == (named ? 1 : 2);
    return named || star;
}

/* The longest value that is a substring of the agent; `*` counts as one character; the first of equals. */
static bool mark_apertus(const struct robots *r, struct span agent, uint8_t *mark)
{
    struct span best = { NULL, 0 };
    char low[256];
    size_t n = 0;
    agent = span_trim(agent);
    for (; n < agent.n && n < sizeof low; n++)
        low[n] = ascii_lower(agent.p[n]);
    for (size_t i = 0; i < r->n_tokens; i++) {
        struct span t = r->tokens[i];
        if (t.n > best.n && (span_is(t, "*") || memmem(low, n, t.p, t.n)))
            best = t;
    }
    for (size_t i = 0; i < r->n_tokens; i++)
        mark[i] = best.n && span_eq(r->tokens[i], best);
    return best.n > 0;
}

static bool better(const struct robots_rule *a, const struct robots_rule *b)
{
    if (!b || a->priority != b->priority)
        return !b || a->priority > b->priority;
    return a->allow && !b->allow;
}

static bool rule_matches(const struct robots_rule *rule, const struct robots_target *t)
{
    return robots_match(rule->pattern, rule->anchored, t->path) ||
           (t->other.n && robots_match(rule->pattern, rule->anchored, t->other));
}

struct robots_answer robots_ask(const struct robots *r, struct span agent, const struct robots_target *t)
{
    struct robots_answer answer = { .allow = true };
    const struct robots_rule *best = NULL;
    if ((t->is_robots && r->policy != ROBOTS_APERTUS) || r->n_tokens == 0)
        return answer;
    uint8_t *mark = xmalloc(r->n_tokens);
    uint32_t *before = xreallocarray(NULL, r->n_tokens + 1, sizeof *before); /* marked tokens before each */
    bool any = r->policy == ROBOTS_APERTUS ? mark_apertus(r, agent, mark) : mark_rfc(r, agent, mark);
    before[0] = 0;
    for (size_t i = 0; i < r->n_tokens; i++)
        before[i + 1] = before[i] + mark[i];
    for (size_t g = 0; any && g < r->n_groups; g++) {
        const struct robots_group *group = &r->groups[g];
        if (before[group->first_token + group->n_tokens] == before[group->first_token])
            continue;
        for (size_t i = 0; i < group->n_rules; i++) {
            const struct robots_rule *rule = &r->rules[group->first_rule + i];
            if (better(rule, best) && rule_matches(rule, t))
                best = rule;
        }
    }
    free(mark);
    free(before);
    if (best)
        answer = (struct robots_answer){ best->allow, best->line, best->text };
    return answer;
}
