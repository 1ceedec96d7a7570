/*
 * optout.h - what a host and a page say about their use, and what follows from it.
 *
 * Every signal gives reserved, granted or unknown; any reserved wins, whatever another channel
 * grants (the combining rule of the IETF's AIPREF drafts).  A signal in a header or in a page's head
 * is a row of the table in optout_signals.c.
 */
#ifndef SLUICE_OPTOUT_H
#define SLUICE_OPTOUT_H

#include "core/doc.h"
#include "filters/robots.h"
#include "filters/robots_snapshot.h"

enum optout_verdict {
    OPTOUT_NONE, /* the field is none of ours, or speaks to another agent */
    OPTOUT_GRANTED,
    OPTOUT_UNKNOWN, /* cannot be read: neither a reservation nor a grant */
    OPTOUT_RESERVED,
};

struct optout {
    enum robots_policy policy;
    struct span *agents;
    size_t n_agents;
    bool robots, headers, meta, tdmrep, noindex, noarchive, nosnippet, unknown_allowed;
    long as_of; /* days since 1970-01-01; LONG_MIN: not given */
    struct robots_snapshot *snapshot;
};

enum optout_place { OPTOUT_HEADER, OPTOUT_META };

/*
 * optout_signals() - hold every field of `list` against the table's rows for `place`.  Leaves an
 * evidence for each that speaks, and drops the document by the first that reserves.
 */
void optout_signals(const struct optout *o, enum optout_place place, const struct field *list,
                    struct document *d);

/* The directives of one X-Robots-Tag (with agent prefix) or meta robots value. */
enum optout_verdict optout_directives(const struct optout *o, struct span value, bool may_have_agent);

/* Whether a name in front of directives (or of a meta tag) is for us: "*", "robots" or one of the agents. */
bool optout_for_us(const struct optout *o, struct span name);

/* A date as robots directives have it (ISO 8601, RFC 822, RFC 850, asctime) as days since 1970; false if it is none. */
bool optout_date(struct span s, long *days);

/* At most OPTOUT_TEXT bytes of valid UTF-8, cut at a character, for an evidence's text. */
#define OPTOUT_TEXT 240
struct span optout_text(struct arena *a, struct span s);

/*
 * optout_robots() - what the snapshot's entry says to every agent about the target.  Returns true
 * if any is refused; *text (in the arena): which agents by which line.  With ROBOTS_HOST_RULES `r` is the
 * parsed body.
 */
bool optout_robots(const struct optout *o, const struct robots_entry *host, const struct robots *r,
                   const struct robots_target *t, struct arena *a, struct span *text);

#endif
