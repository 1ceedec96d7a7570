/*
 * optout.c - the two opt-out stages: the host's robots.txt and the response's header fields before
 * extraction, the page's own head after it.
 */
#include "filters/optout.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/text/url.h"
#include "filters/filters.h"

/* Of the list in the manifest, which has its digest. */
#define SNAPSHOT_NAME "robots-snapshot"

static const struct conf_key optout_keys[] = {
    { "optout.robots", CONF_BOOL, "true", 0, 0, NULL, "ask the robots.txt of the host, from the snapshot" },
    { "optout.snapshot", CONF_FILE, "", 0, 0, NULL,
      "file that sluice robots build made; needed when optout.robots is true" },
    { "optout.agents", CONF_LIST,
      "AI2Bot,Applebot-Extended,Bytespider,CCBot,CCBot/2.0,CCBot/1.0,ClaudeBot,cohere-training-data-crawler,Diffbot,"
      "FacebookBot,Meta-ExternalAgent,Google-Extended,GPTBot,PanguBot,*",
      0, 0, NULL,
          "agents asked for; one refusal refuses (default: the fifteen of Apertus; policy apertus has no others)" },
    { "optout.policy", CONF_CHOICE, "union", 0, 0, "rfc|union|apertus",
      "how a robots.txt is read: RFC 9309; that and every looser way of naming an agent; as Apertus read it" },
    { "optout.unknown_host", CONF_CHOICE, "refuse", 0, 0, "refuse|allow",
      "a host that the snapshot does not have" },
    { "optout.max_age", CONF_INT, "365", 0, 100000, NULL,
      "days the snapshot may be older than optout.as_of; 0: any" },
    { "optout.as_of", CONF_DATE, "", 0, 0, NULL,
      "the day of the verdict, YYYY-MM-DD; sluice plan writes its own day" },
    { "optout.headers", CONF_BOOL, "true", 0, 0, NULL,
      "X-Robots-Tag: noai, noml, unavailable_after, and as below" },
    { "optout.meta", CONF_BOOL, "true", 0, 0, NULL, "the same in <meta name=robots> or <meta name=AGENT>" },
    { "optout.tdmrep", CONF_BOOL, "true", 0, 0, NULL, "TDMRep's tdm-reservation in header and meta" },
    { "optout.noindex", CONF_BOOL, "true", 0, 0, NULL, "take noindex and none as reservations" },
    { "optout.noarchive", CONF_BOOL, "false", 0, 0, NULL,
      "take noarchive as one (Bing and Amazonbot: do not train)" },
    { "optout.nosnippet", CONF_BOOL, "false", 0, 0, NULL, "take nosnippet as one" },
    { 0 },
};

static const char *const url_rules[] = { "robots_refused", "robots_unknown_host", "x_robots_tag",
                                         "tdmrep_header", NULL };
static const char *const page_rules[] = { "meta_robots", "tdmrep_meta", NULL };

static void optout_close(void *state)
{
    struct optout *o = state;
    if (!o)
        return;
    snapshot_close(o->snapshot);
    free(o->agents);
    free(o);
}

static struct optout *settings(const struct config *c)
{
    struct optout *o = xcalloc(1, sizeof *o);
    const char *const *agents;
    size_t n = config_list(c, "optout.agents", &agents);
    robots_policy_named(config_str(c, "optout.policy"), &o->policy);
    if (o->policy == ROBOTS_APERTUS) {
        agents = robots_apertus_agents;
        n = ROBOTS_APERTUS_AGENTS;
    }
    o->agents = xcalloc(n + 1, sizeof *o->agents);
    for (; o->n_agents < n; o->n_agents++)
        o->agents[o->n_agents] = span_cstr(agents[o->n_agents]);
    o->robots = config_bool(c, "optout.robots");
    o->headers = config_bool(c, "optout.headers");
    o->meta = config_bool(c, "optout.meta");
    o->tdmrep = config_bool(c, "optout.tdmrep");
    o->noindex = config_bool(c, "optout.noindex");
    o->noarchive = config_bool(c, "optout.noarchive");
    o->nosnippet = config_bool(c, "optout.nosnippet");
    o->unknown_allowed = strcmp(config_str(c, "optout.unknown_host"), "allow") == 0;
    if (!optout_date(span_cstr(config_str(c, "optout.as_of")), &o->as_of))
        o->as_of = LONG_MIN;
    return o;
}

static int check_age(const struct optout *o, const struct config *c, struct error *e)
{
    long made, most = (long)config_int(c, "optout.max_age");
    struct span date = snapshot_date(o->snapshot);
    if (most == 0)
        return 0;
    if (o->as_of == LONG_MIN)
        return error_set(e, ERR_GATE, "optout.as_of",
                         "is not set, so the snapshot's age cannot be judged; give a date");
    if (!optout_date(date, &made) || o->as_of - made > most)
        return error_set(e, ERR_GATE, snapshot_path(o->snapshot),
                         "robots snapshot of %.10s is more than %ld days (optout.max_age) older than %s (optout.as_of); make "
                         "a newer one with: sluice robots build -o SNAPSHOT WARC...",
                         date.p, most, config_str(c, "optout.as_of"));
    return 0;
}

static int open_snapshot(struct optout *o, const struct config *c, struct error *e)
{
    const char *path = config_str(c, "optout.snapshot");
    struct error why = { 0 };
    if (!*path)
        return error_set(e, ERR_GATE, "optout.snapshot",
                         "no robots snapshot is given, and without one no page may be kept; make one with: sluice robots "
                         "build -o SNAPSHOT WARC..., and give it as --robots SNAPSHOT");
    if (snapshot_open(&o->snapshot, path, &why))
        return error_set(e, ERR_GATE, path,
                         "no usable robots snapshot: %s; make one with: sluice robots build -o SNAPSHOT WARC...",
                         why.msg);
    return check_age(o, c, e);
}

/* "*", or a name that a line of robots.txt could have: one that none could have would allow everything. */
static bool is_agent(struct span s)
{
    if (span_is(s, "*"))
        return true;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr("[]{}\"'#:,", s.p[i]))
            return false;
    return s.n && ascii_alpha(s.p[0]);
}

static int check_agents(const struct optout *o, struct error *e)
{
    if (o->n_agents == 0)
        return error_set(e, ERR_USAGE, "optout.agents", "is empty: name at least one agent, or leave the stage out");
    for (size_t i = 0; i < o->n_agents; i++)
        if (!is_agent(o->agents[i]))
            return error_set(e, ERR_USAGE, "optout.agents", "'%.*s' is no name of an agent", SPAN_ARG(o->agents[i]));
    return 0;
}

static int url_open(const struct config *c, void **state, struct error *e)
{
    struct optout *o = settings(c);
    int rc = check_agents(o, e);
    if (rc == 0 && o->robots)
        rc = open_snapshot(o, c, e);
    if (rc)
        optout_close(o);
    else
        *state = o;
    return rc;
}

static int page_open(const struct config *c, void **state, struct error *e)
{
    *state = settings(c);
    return 0;
}

/* The last host's robots.txt, parsed: pages of one host come in rows.  It saves work and decides nothing. */
struct scratch {
    struct buf key, target, had;
    struct robots robots;
    struct robots_entry entry;
    int found; /* what snapshot_find() said of `had`; valid when had.n */
};

static void *scratch_new(const void *state)
{
    return xcalloc(1, sizeof(struct scratch));
}

static void scratch_free(void *scratch)
{
    struct scratch *x = scratch;
    if (!x)
        return;
    robots_release(&x->robots);
    buf_release(&x->key);
    buf_release(&x->target);
    buf_release(&x->had);
    free(x);
}

static int look_up(const struct optout *o, struct scratch *x, struct error *e)
{
    if (x->had.n && span_eq(buf_view(&x->had), buf_view(&x->key)))
        return x->found;
    buf_reset(&x->had);
    robots_release(&x->robots);
    x->found = snapshot_find(o->snapshot, buf_view(&x->key), &x->entry, e);
    if (x->found < 0)
        return x->found;
    buf_span(&x->had, buf_view(&x->key));
    if (x->found && x->entry.host == ROBOTS_HOST_RULES)
        robots_parse(&x->robots, o->policy, x->entry.body);
    return x->found;
}

static int unknown_host(const struct optout *o, struct document *d, const char *why)
{
    struct evidence *v = doc_evidence(d, "robots", o->unknown_allowed ? "unknown" : "refused");
    v->source = SPAN(SNAPSHOT_NAME);
    v->date = snapshot_date(o->snapshot);
    v->text = span_cstr(why);
    if (!o->unknown_allowed)
        doc_drop(d, "optout", "robots_unknown_host");
    return 0;
}

static int ask_robots(const struct optout *o, struct scratch *x, struct document *d, struct error *e)
{
    struct robots_target t;
    buf_reset(&x->key);
    if (!d->url.p || !url_authority_key(d->url, &x->key))
        return unknown_host(o, d, "the document has no URL with a host");
    int rc = look_up(o, x, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return unknown_host(o, d, "the snapshot does not have this host");
    robots_target(o->policy, d->url, &x->target, &t);
    struct span text;
    bool refused = optout_robots(o, &x->entry, &x->robots, &t, d->arena, &text);
    struct evidence *v = doc_evidence(d, "robots", refused ? "refused" : "allowed");
    v->source = arena_printf(d->arena, "sha256:%s", x->entry.sha256);
    v->date = x->entry.date;
    v->text = text;
    if (refused)
        doc_drop(d, "optout", "robots_refused");
    return 0;
}

static int url_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    const struct optout *o = state;
    int rc = o->robots ? ask_robots(o, scratch, d, e) : 0;
    if (rc == 0)
        optout_signals(o, OPTOUT_HEADER, d->http, d);
    return rc;
}

/* A text without its page, as in WET files: header and head are not there to be looked at, and the evidence says so. */
static void page_is_missing(const struct optout *o, struct document *d)
{
    if (!o->headers && !o->meta && !o->tdmrep)
        return;
    struct evidence *v = doc_evidence(d, o->meta ? "meta-robots" : o->headers ? "x-robots-tag" : "tdmrep-header", "unknown");
    v->text = SPAN("the record is a text without its HTTP head and HTML: this check could not run");
}

static int page_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    if (d->payload.p)
        optout_signals(state, OPTOUT_META, d->facts.metas, d);
    else
        page_is_missing(state, d);
    return 0;
}

static void url_sources(const void *state,
                        void (*add)(void *ctx, const char *kind, const char *name, const char *version,
                                    const char *sha256),
                        void *ctx)
{
    const struct optout *o = state;
    char sha[SHA256_HEX + 1], date[SNAPSHOT_DATE] = "";
    if (!o->snapshot)
        return;
    snapshot_digest(o->snapshot, sha);
    memcpy(date, snapshot_date(o->snapshot).p, 20);
    add(ctx, "list", SNAPSHOT_NAME, date, sha);
}

const struct stage_ops optout_url_stage = {
    .name = "optout",
    .version = 1,
    .phase = PHASE_URL,
    .keys = optout_keys,
    .rules = url_rules,
    .open = url_open,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .apply = url_apply,
    .close = optout_close,
    .sources = url_sources,
};

const struct stage_ops optout_page_stage = {
    .name = "optout",
    .version = 1,
    .phase = PHASE_PAGE,
    .rules = page_rules,
    .open = page_open,
    .apply = page_apply,
    .close = optout_close,
};
