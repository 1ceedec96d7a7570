/*
 * robots.h - robots.txt: bytes in, an answer for an agent and a URL out.
 *
 * Three policies, because readers of robots.txt do not agree (and a refusal must not be missed):
 *
 *   rfc      RFC 9309: a group is for the agent whose product token [A-Za-z_-]+ equals its own; all
 *            groups of a token are one; none: the `*` groups; most octets win, allow wins ties; both
 *            sides percent-normalised.  Slips of the pen are read as google/robotstxt reads them.
 *   union    rfc, but a user-agent line also names the agent by its full literal, its literal up to
 *            '/', or any comma- or space-separated part (with or without its '/version').
 *   apertus  as Protego 0.6.1 answers, which the Apertus corpus used: the longest user-agent value
 *            that is a substring of the agent.  Asks its own fifteen agents.
 */
#ifndef SLUICE_ROBOTS_H
#define SLUICE_ROBOTS_H

#include "core/arena.h"
#include "core/buf.h"

/* RFC 9309 2.5: at least 500 KiB; what follows is not read (google does the same). Protego has no bound. */
#define ROBOTS_MAX_BYTES (500u << 10)

enum robots_policy { ROBOTS_RFC, ROBOTS_UNION, ROBOTS_APERTUS };

struct robots_rule {
    struct span pattern; /* percent-normalised; '*' is any run of octets */
    struct span text;    /* the line as it stands, without comment and white space at its ends */
    uint32_t line;       /* from 1; CR, LF and CRLF end a line */
    uint32_t priority;   /* octets (apertus: characters) of the normalised pattern */
    bool allow;
    bool anchored; /* stood before a final '$' */
};

/* Rules [first_rule, +n_rules) hold for the user-agent values [first_token, +n_tokens). */
struct robots_group {
    uint32_t first_token, n_tokens, first_rule, n_rules;
};

struct robots {
    enum robots_policy policy;
    struct span *tokens; /* user-agent values as written, trimmed (apertus: lower case) */
    struct robots_rule *rules;
    struct robots_group *groups;
    size_t n_tokens, n_rules, n_groups;
    size_t cap_tokens, cap_rules, cap_groups;
    struct arena arena; /* patterns */
};

struct robots_answer {
    bool allow;
    uint32_t line;    /* of the deciding rule; 0: none decides */
    struct span rule; /* its line; p == NULL where none */
};

/* The part of a URL that rules are held against, by the policy's rules. */
struct robots_target {
    struct span path;  /* path and query, percent-normalised; lies in the buf given */
    struct span other; /* the same with the query's delimiters decoded (RFC 9309 2.2.2, example 2); n == 0: no difference */
    bool is_robots;    /* /robots.txt itself: always allowed (RFC 9309 2.2.2) */
};

/* "rfc" | "union" | "apertus".  False on anything else. */
bool robots_policy_named(const char *name, enum robots_policy *out);

/* Apertus's agents, in its code's order: AI2Bot ... GPTBot, PanguBot, *.  NULL-ended, fifteen. */
extern const char *const robots_apertus_agents[];
#define ROBOTS_APERTUS_AGENTS 15

/*
 * robots_parse() - read a robots.txt.  *r borrows `bytes`; release before another parse.
 * Never fails: what parses counts (RFC 9309 2.4).  O(bytes) time and memory.
 */
void robots_parse(struct robots *r, enum robots_policy policy, struct span bytes);
void robots_release(struct robots *r);

/* The target of a URL (or of a bare path); `b` is reset and holds it. */
void robots_target(enum robots_policy policy, struct span url, struct buf *b, struct robots_target *out);

/* One agent, one target.  O(tokens + rules x path), each match linear. */
struct robots_answer robots_ask(const struct robots *r, struct span agent, const struct robots_target *t);

/* Whether `token`, as it stands in a file (or in front of an X-Robots-Tag), names the agent under the policy. */
bool robots_names_agent(enum robots_policy policy, struct span token, struct span agent);

/* Whether the pattern matches a prefix of path (all of it, if anchored).  Linear: O(path + pattern). */
bool robots_match(struct span pattern, bool anchored, struct span path);

/* ---- between the files of the parser ---- */

/* The next line of *rest, ended by CR, LF or CRLF.  False at the end. */
bool robots_line(struct span *rest, struct span *line);
void robots_add_token(struct robots *r, struct span token);
void robots_add_rule(struct robots *r, const struct robots_rule *rule);
/* Tokens from `first_token` on have the rules that follow. */
void robots_add_group(struct robots *r, size_t first_token);
/* filters/robots_protego.c */
void robots_parse_protego(struct robots *r, struct span bytes);
void robots_target_protego(struct span url, struct buf *b, struct robots_target *out);

#endif
