/* cmd_robots.c - sluice robots: test rules, build a snapshot of captures, ask it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/cmd.h"
#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "filters/optout.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc.h"

#define MAX_LINE (64u << 20)  /* one line of `robots test` */
#define MAX_BLOCK (8u << 20)  /* of a capture kept in memory: head and body */

/* ---- test ---- */

struct tester {
    enum robots_policy policy;
    struct arena arena;
    struct buf target, out;
    const char *file;
    bool refused;
    int status;
};

static void put_answer(struct buf *b, const struct robots_answer *a)
{
    struct json_writer w = { b, false };
    struct arena tmp;
    arena_init(&tmp, 0);
    jw_begin(&w, '{');
    jw_key(&w, "allow");
    jw_bool(&w, a->allow);
    jw_member_u64(&w, "line", a->line);
    jw_member_str(&w, "rule", a->rule.p ? optout_text(&tmp, a->rule) : span_of("", 0));
    jw_end(&w, '}');
    buf_putc(b, '\n');
    arena_release(&tmp);
}

/* Refused if any agent is; the deciding line is that of the first refusal, else of the first rule that allows. */
static struct robots_answer ask_all(const struct robots *r, const struct span *agents, size_t n,
                                    const struct robots_target *t)
{
    struct robots_answer all = { .allow = true }, one;
    for (size_t i = 0; i < n && all.allow; i++) {
        one = robots_ask(r, agents[i], t);
        if (!one.allow || !all.line)
            all = one;
    }
    return all;
}

static int bad_line(struct tester *x, uint64_t offset, const char *what)
{
    struct error e;
    error_at(&e, ERR_FORMAT, x->file, offset,
             "%s; a line is {\"robots\":\"...\",\"agents\":[\"...\"],\"url\":\"...\"}", what);
    log_error(&e);
    x->status = error_exit(ERR_FORMAT);
    return 0;
}

static size_t read_agents(struct tester *x, const struct json *v, struct span **out)
{
    const struct json *list = json_get(v, "agents");
    size_t n = x->policy == ROBOTS_APERTUS ? ROBOTS_APERTUS_AGENTS : list && list->type == JSON_ARRAY
        ? list->n : 0, i = 0;
    *out = arena_alloc(&x->arena, (n + 1) * sizeof **out);
    if (x->policy == ROBOTS_APERTUS) {
        for (; i < n; i++)
            (*out)[i] = span_cstr(robots_apertus_agents[i]);
        return n;
    }
    for (const struct json *a = n ? list->first : NULL; a; a = a->next, i++) {
        if (a->type != JSON_STRING)
            return 0;
        (*out)[i] = a->str;
    }
    return n;
}

static int test_line(struct tester *x, struct span line, uint64_t offset, struct error *e)
{
    struct json *v;
    struct robots r;
    struct robots_target t;
    struct span *agents;
    arena_reset(&x->arena);
    if (json_parse(line, &x->arena, &v, NULL) || v->type != JSON_OBJECT)
        return bad_line(x, offset, "is not a JSON object in UTF-8");
    const struct json *text = json_get(v, "robots"), *url = json_get(v, "url");
    size_t n = read_agents(x, v, &agents);
    if (!text || text->type != JSON_STRING || !url || url->type != JSON_STRING || n == 0)
        return bad_line(x, offset, "lacks 'robots', 'agents' or 'url'");
    robots_parse(&r, x->policy, text->str);
    robots_target(x->policy, url->str, &x->target, &t);
    struct robots_answer a = ask_all(&r, agents, n, &t);
    x->refused |= !a.allow;
    buf_reset(&x->out);
    put_answer(&x->out, &a);
    robots_release(&r);
    return stdout_write(x->out.p, x->out.n, e);
}

static int test_file(struct tester *x, const char *path, struct error *e)
{
    struct infile *f = NULL;
    struct span line;
    uint64_t offset;
    int rc = infile_open(&f, path, e), got = 0;
    x->file = rc ? path : infile_name(f);
    while (rc == 0 && (got = infile_line(f, MAX_LINE, &line, &offset, e)) != 0) {
        if (got == -ERR_TOO_BIG)
            bad_line(x, offset, "is longer than 64 MiB");
        else if (got < 0)
            rc = got;
        else if (span_trim(line).n)
            rc = test_line(x, line, offset, e);
    }
    infile_close(f);
    return rc;
}

static int robots_test(int argc, char **argv)
{
    struct tester x = { .status = 0 };
    struct error e = { 0 };
    const char *policy = "rfc";
    char *standard_input[] = { (char *)"-" };
    int rest, rc = 0;
    const struct opt options[] = {
        { "policy", 0, OPT_CHOICE, &policy, "NAME", "how robots.txt is read [rfc]", "rfc|union|apertus" },
        { 0 },
    };
    int status = cmd_options(options, "robots test [--policy rfc|union|apertus] [FILE...]",
                             "Lines of {\"robots\":\"file text\",\"agents\":[\"a\"],\"url\":\"...\"} in, "
                             "{\"allow\",\"line\",\"rule\"} out; exit status 1 if any answer is no.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    robots_policy_named(policy, &x.policy);
    arena_init(&x.arena, 0);
    char **files = argc > rest ? argv + rest : standard_input;
    int n = argc > rest ? argc - rest : 1;
    for (int i = 0; rc == 0 && i < n; i++)
        rc = test_file(&x, files[i], &e);
    arena_release(&x.arena);
    buf_release(&x.target);
    buf_release(&x.out);
    if (rc)
        return cmd_fail(&e);
    return x.status ? x.status : x.refused;
}

/* ---- build ---- */

struct capture_reader {
    struct robots_builder *builder;
    struct arena arena;
    struct buf body;
    bool first_pass, damaged;
    uint64_t cut; /* captures that the archive has only in part */
};

static int add_response(struct capture_reader *x, const struct warc_record *r, struct error *e)
{
    struct http_message m;
    struct robots_capture c = { .url = r->url, .date = r->date };
    arena_reset(&x->arena);
    if (http_parse(r->block, &x->arena, &m))
        return 0;
    const struct field *location = field_find(m.fields, "location");
    c.status = m.status;
    c.location = location ? location->value : (struct span){ NULL, 0 };
    if (m.status / 100 == 2) {
        buf_reset(&x->body);
        int rc = http_body(&m, &x->body, &c.body, NULL, e);
        bool enough = c.body.n >= ROBOTS_MAX_BYTES;
        if ((rc || r->block_cut || r->truncated.p) && !enough) { /* what is missing may be the refusal */
            x->cut += x->first_pass;
            return 0;
        }
    }
    return builder_add(x->builder, &c, e);
}

static int read_warc(struct capture_reader *x, const char *path, struct error *e)
{
    struct warc_options o = { .max_block = MAX_BLOCK };
    struct warc_reader *w = NULL;
    struct warc_record r;
    int rc = warc_open(&w, path, &o, e), got;
    while (rc == 0 && (got = warc_next(w, &r, e)) != 0) {
        if (got < 0)
            rc = got;
        else if (r.kind == WARC_DAMAGE && x->first_pass) {
            log_warn("%s:%llu: %s", path, (unsigned long long)r.offset, r.damage);
            x->damaged = true;
        } else if (r.kind == WARC_RESPONSE && r.url.p && builder_takes(x->builder, r.url))
            rc = add_response(x, &r, e);
    }
    if (w)
        warc_close(w);
    return rc;
}

/* Once for the captures of robots.txt themselves, then once for each hop of redirects to other pages. */
static int read_all(struct capture_reader *x, char **files, int n, struct error *e)
{
    bool again = true;
    int rc = 0;
    for (int i = 0; i < n; i++)
        again &= strcmp(files[i], "-") != 0;
    x->first_pass = true;
    do {
        for (int i = 0; rc == 0 && i < n; i++)
            rc = read_warc(x, files[i], e);
        x->first_pass = false;
    } while (rc == 0 && again && builder_wants(x->builder));
    return rc;
}

static int robots_build(int argc, char **argv)
{
    struct capture_reader x = { .damaged = false };
    struct robots_built built;
    struct error e = { 0 };
    const char *out = NULL, *as_of = NULL;
    long day;
    int rest;
    const struct opt options[] = {
        OPT_OUTPUT(&out, "SNAPSHOT"),
        { "as-of", 0, OPT_STR, &as_of, "DATE", "date of the snapshot, YYYY-MM-DD [its newest capture]", NULL },
        { 0 },
    };
    int status = cmd_options(options, "robots build -o SNAPSHOT [--as-of DATE] WARC...",
                             "Captures of /robots.txt become one file. Of each URL the latest capture counts; redirects are "
                             "followed\nwithin the captures, at most 5; 2xx gives rules, 4xx (not 429) no rules, 5xx and 429 "
                             "refuse; anything else\nleaves the host unknown.\n",
                             argc, argv, &rest);
    if (status >= 0)
        return status;
    if (!out || rest == argc)
        return cmd_usage("robots build needs -o SNAPSHOT and at least one WARC file");
    if (as_of && (strlen(as_of) != 10 || !optout_date(span_cstr(as_of), &day)))
        return cmd_usage("--as-of takes a date as 2026-01-31");
    x.body.max = MAX_BLOCK;
    arena_init(&x.arena, 0);
    int rc = builder_new(&x.builder, out, &e);
    if (rc == 0)
        rc = read_all(&x, argv + rest, argc - rest, &e);
    if (rc == 0)
        rc = builder_commit(x.builder, as_of, &built, &e);
    if (rc == 0)
        log_info("%s: %llu hosts of %llu captures, as of %.10s: %llu with rules, %llu without a robots.txt, %llu unreachable; "
                 "%llu left out, since their status or redirect tells nothing, %llu since they were cut",
                 out, (unsigned long long)built.hosts, (unsigned long long)built.captures, built.date,
                 (unsigned long long)built.rules, (unsigned long long)built.none,
                     (unsigned long long)built.refused,
                 (unsigned long long)built.unresolved, (unsigned long long)x.cut);
    builder_free(x.builder);
    arena_release(&x.arena);
    buf_release(&x.body);
    if (rc)
        return cmd_fail(&e);
    return x.damaged ? error_exit(ERR_DAMAGE) : 0;
}

/* ---- query ---- */

static void put_verdict(struct buf *b, const struct robots_snapshot *s, struct span url, struct span key,
                        const struct robots_entry *host, bool refused, struct span text)
{
    struct json_writer w = { b, false };
    struct buf clean = { 0 };
    char source[SHA256_HEX + 8] = "";
    url_put_utf8(url, &clean);
    jw_begin(&w, '{');
    jw_member_str(&w, "url", buf_view(&clean));
    jw_member_str(&w, "host", key);
    jw_member_str(&w, "verdict", span_cstr(!host ? "unknown" : refused ? "refused" : "allowed"));
    if (host) {
        snprintf(source, sizeof source, "sha256:%s", host->sha256);
        jw_member_u64(&w, "status", (uint64_t)host->status);
        jw_key(&w, "evidence");
        jw_begin(&w, '[');
        jw_begin(&w, '{');
        jw_member_str(&w, "signal", SPAN("robots"));
        jw_member_str(&w, "source", span_cstr(source));
        jw_member_str(&w, "text", text);
        jw_member_str(&w, "date", host->date);
        jw_member_str(&w, "verdict", span_cstr(refused ? "refused" : "allowed"));
        jw_end(&w, '}');
        jw_end(&w, ']');
    }
    jw_member_str(&w, "snapshot_date", snapshot_date(s));
    jw_end(&w, '}');
    buf_putc(b, '\n');
    buf_release(&clean);
}

/* 0 allowed, 1 refused or unknown; negative: an error. */
static int query(const struct optout *o, struct span url, struct error *e)
{
    struct buf key = { 0 }, path = { 0 }, out = { 0 };
    struct robots_entry host;
    struct robots_target t;
    struct robots r = { 0 };
    struct span text = { 0 };
    struct arena a;
    arena_init(&a, 0);
    int rc = url_authority_key(url, &key) ? snapshot_find(o->snapshot, buf_view(&key), &host, e)
                                          : error_set(e, ERR_USAGE, NULL, "the URL has no scheme://host");
    if (rc >= 0) {
        bool found = rc > 0, refused = true;
        if (found) {
            robots_target(o->policy, url, &path, &t);
            if (host.host == ROBOTS_HOST_RULES)
                robots_parse(&r, o->policy, host.body);
            refused = optout_robots(o, &host, &r, &t, &a, &text);
            robots_release(&r);
        }
        put_verdict(&out, o->snapshot, url, buf_view(&key), found ? &host : NULL, refused, text);
        rc = stdout_write(out.p, out.n, e);
        rc = rc ? rc : refused;
    }
    arena_release(&a);
    buf_release(&key);
    buf_release(&path);
    buf_release(&out);
    return rc;
}

static int robots_query(int argc, char **argv)
{
    struct optout o = { .as_of = LONG_MIN };
    struct error e = { 0 };
    const char *path = NULL, *policy = "union";
    struct opt_list agents = { 0 };
    int rest, rc;
    const struct opt options[] = {
        { "robots", 0, OPT_STR, &path, "SNAPSHOT", "file that robots build made", NULL },
        { "agent", 0, OPT_LIST, &agents, "NAME", "agent to ask for; repeatable [the fifteen of Apertus]",
          NULL },
        { "policy", 0, OPT_CHOICE, &policy, "NAME", "how robots.txt is read [union]", "rfc|union|apertus" },
        { 0 },
    };
    int status = cmd_options(options, "robots query --robots SNAPSHOT [--agent NAME] URL...",
                             "Exit status 1 if any URL is refused, or its host is not in the snapshot (verdict \"unknown\");\n"
                             "6 if there is no such snapshot.\n",
                                 argc, argv, &rest);
    if (status >= 0)
        return status;
    if (!path || rest == argc)
        return cmd_usage("robots query needs --robots SNAPSHOT and a URL");
    robots_policy_named(policy, &o.policy);
    bool own = agents.n == 0 || o.policy == ROBOTS_APERTUS;
    o.n_agents = own ? ROBOTS_APERTUS_AGENTS : agents.n;
    o.agents = xcalloc(o.n_agents, sizeof *o.agents);
    for (size_t i = 0; i < o.n_agents; i++)
        o.agents[i] = span_cstr(own ? robots_apertus_agents[i] : agents.v[i]);
    rc = snapshot_open(&o.snapshot, path, &e);
    if (rc == -ERR_MISSING)
        rc = error_set(&e, ERR_GATE, path, "there is no such snapshot; sluice robots build -o SNAPSHOT WARC... makes one");
    for (int i = rest; rc == 0 && i < argc; i++) {
        rc = query(&o, span_cstr(argv[i]), &e);
        status = rc > 0 ? 1 : status;
        rc = rc < 0 ? rc : 0;
    }
    snapshot_close(o.snapshot);
    free(o.agents);
    free(agents.v);
    if (rc)
        return cmd_fail(&e);
    return status > 0;
}

int cmd_robots(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*main)(int argc, char **argv);
    } commands[] = { { "test", robots_test }, { "build", robots_build }, { "query", robots_query } };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        printf("usage: sluice robots test|build|query ...\n\n  test   answers for robots.txt texts, agents and URLs\n"
               "  build  a snapshot of the captures in WARC files\n  query  what a snapshot says of a URL\n\n"
               "sluice robots COMMAND --help tells more.\n");
        return 0;
    }
    return cmd_usage("sluice robots takes test, build or query");
}
