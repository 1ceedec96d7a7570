/* stats.c - see stats.h. */
#include "pipeline/run/stats.h"

#include <stdlib.h>

#include "core/text/url.h"

void stats_init(struct stats *s)
{
    *s = (struct stats){ 0 };
}

void stats_release(struct stats *s)
{
    tally_release(&s->rules);
    tally_release(&s->languages);
    tally_release(&s->hosts);
    tally_release(&s->years);
    tally_release(&s->evidence);
    tally_release(&s->pii);
    *s = (struct stats){ 0 };
}

/* "a/b" in out, which holds one name at a time. */
static struct span two(struct buf *out, struct span a, struct span b)
{
    buf_reset(out);
    buf_span(out, a);
    buf_putc(out, '/');
    buf_span(out, b);
    return buf_view(out);
}

/* The host as names are compared, without "www."; empty where the row has none. */
static struct span host_of(struct buf *out, struct span url)
{
    struct url u;
    buf_reset(out);
    if (!url.p || !url_parse(url, &u))
        return span_of("", 0);
    url_put_host(u.host, out);
    struct span host = buf_view(out);
    if (span_starts(host, "www.") && host.n > 4)
        host = span_from(host, 4);
    return host.n ? host : span_of("", 0);
}

static void add_kept(struct stats *s, const struct json *row, uint64_t tokens, struct buf *name)
{
    s->kept++;
    s->tokens += tokens;
    struct tally_row *r = tally_at(&s->hosts, host_of(name, json_str(row, "url", span_of(NULL, 0))));
    r->v[HOST_KEPT]++;
    r->v[HOST_TOKENS] += tokens;
    struct span date = json_str(row, "date", span_of("", 0));
    r = tally_at(&s->years, date.n >= 4 ? span_head(date, 4) : span_of("", 0));
    r->v[HOST_KEPT]++;
    r->v[HOST_TOKENS] += tokens;
    const struct json *pii = json_get(row, "pii");
    for (const struct json *k = pii ? pii->first : NULL; k; k = k->next) {
        r = tally_at(&s->pii, k->name);
        r->v[PII_SPANS] += (uint64_t)k->num;
        r->v[PII_DOCUMENTS]++;
    }
}

void stats_add_row(struct stats *s, const struct json *row)
{
    struct buf name = { 0 };
    struct span outcome = json_str(row, "outcome", span_of("", 0)), stage = json_str(row, "stage", span_of("", 0));
    bool kept = span_is(outcome, "kept"), failed = span_is(outcome, "failed");
    uint64_t tokens = kept ? json_u64(row, "tokens", 0) : 0;
    if (span_is(stage, "input")) {
        s->files++;
        return;
    }
    s->records++;
    if (kept) {
        add_kept(s, row, tokens, &name);
    } else {
        *(failed ? &s->failed : &s->dropped) += 1;
        tally_at(&s->rules, two(&name, stage, json_str(row, "rule", span_of("", 0))))->v[failed ? RULE_FAILED : RULE_DROPPED]++;
    }
    struct span language = json_str(row, "language", span_of("", 0));
    if (kept || language.n) {
        struct tally_row *r = tally_at(&s->languages, language);
        r->v[LANG_ROWS]++;
        r->v[LANG_KEPT] += kept;
        r->v[LANG_TOKENS] += tokens;
    }
    const struct json *evidence = json_get(row, "evidence");
    for (const struct json *v = evidence ? evidence->first : NULL; v; v = v->next) {
        struct tally_row *r = tally_at(&s->evidence, two(&name, json_str(v, "signal", span_of("", 0)),
                                                         json_str(v, "verdict", span_of("", 0))));
        r->v[EVIDENCE_ALL]++;
        r->v[EVIDENCE_KEPT] += kept;
    }
    buf_release(&name);
}

/* The hosts that one task leaves: a copy of the rows, cut. */
static void put_hosts(const struct stats *s, struct json_writer *w)
{
    struct tally some = { 0 };
    bool cut = s->hosts_cut;
    for (size_t i = 0; i < s->hosts.n; i++) {
        struct tally_row *r = tally_at(&some, span_cstr(s->hosts.rows[i].name));
        memcpy(r->v, s->hosts.rows[i].v, sizeof r->v);
    }
    cut |= tally_cut(&some, HOST_KEPT, STATS_HOSTS_TASK);
    jw_key(w, "hosts");
    tally_put_json(&some, 2, w);
    jw_key(w, "hosts_cut");
    jw_bool(w, cut);
    tally_release(&some);
}

void stats_put_json(const struct stats *s, struct json_writer *w)
{
    jw_begin(w, '{');
    jw_member_u64(w, "dropped", s->dropped);
    jw_key(w, "evidence");
    tally_put_json(&s->evidence, 2, w);
    jw_member_u64(w, "failed", s->failed);
    jw_member_u64(w, "files", s->files);
    put_hosts(s, w);
    jw_member_u64(w, "kept", s->kept);
    jw_key(w, "languages");
    tally_put_json(&s->languages, 3, w);
    jw_key(w, "pii");
    tally_put_json(&s->pii, 2, w);
    jw_member_u64(w, "records", s->records);
    jw_key(w, "rules");
    tally_put_json(&s->rules, 2, w);
    jw_member_u64(w, "tokens", s->tokens);
    jw_key(w, "years");
    tally_put_json(&s->years, 2, w);
    jw_end(w, '}');
}

void stats_merge_json(struct stats *s, const struct json *v)
{
    const struct json *cut = json_get(v, "hosts_cut");
    s->dropped += json_u64(v, "dropped", 0);
    s->failed += json_u64(v, "failed", 0);
    s->files += json_u64(v, "files", 0);
    s->kept += json_u64(v, "kept", 0);
    s->records += json_u64(v, "records", 0);
    s->tokens += json_u64(v, "tokens", 0);
    tally_merge_json(&s->evidence, json_get(v, "evidence"));
    tally_merge_json(&s->hosts, json_get(v, "hosts"));
    tally_merge_json(&s->languages, json_get(v, "languages"));
    tally_merge_json(&s->pii, json_get(v, "pii"));
    tally_merge_json(&s->rules, json_get(v, "rules"));
    tally_merge_json(&s->years, json_get(v, "years"));
    s->hosts_cut |= cut && cut->type == JSON_TRUE;
    if (s->hosts.n > 2 * STATS_HOSTS_ALL)
        s->hosts_cut |= tally_cut(&s->hosts, HOST_KEPT, STATS_HOSTS_ALL);
}

void stats_put_stages(const struct stats *s, struct json_writer *w)
{
    struct tally sorted = { 0 };
    struct span open = { 0 };
    for (size_t i = 0; i < s->rules.n; i++) {
        const struct tally_row *r = &s->rules.rows[i];
        tally_at(&sorted, span_cstr(r->name))->v[0] = r->v[RULE_DROPPED] + r->v[RULE_FAILED];
    }
    tally_sort_by_name(&sorted);
    jw_begin(w, '{');
    for (size_t i = 0; i < sorted.n; i++) {
        struct span rule = span_cstr(sorted.rows[i].name), stage;
        span_cut(&rule, '/', &stage);
        if (!open.p || !span_eq(open, stage)) {
            if (open.p)
                jw_end(w, '}');
            jw_key_span(w, stage);
            jw_begin(w, '{');
            open = stage;
        }
        jw_key_span(w, rule);
        jw_u64(w, sorted.rows[i].v[0]);
    }
    if (open.p)
        jw_end(w, '}');
    jw_end(w, '}');
    tally_release(&sorted);
}
