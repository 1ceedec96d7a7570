/* row.c - see row.h.  Members are written in sorted order, so what comes out is canonical as it is. */
#include "pipeline/run/row.h"

#include "core/hash.h"

static void put_evidence(const struct evidence *v, struct json_writer *w)
{
    jw_key(w, "evidence");
    jw_begin(w, '[');
    for (; v; v = v->next) {
        jw_begin(w, '{');
        jw_member_str(w, "date", v->date);
        jw_member_str(w, "signal", span_cstr(v->signal));
        jw_member_str(w, "source", v->source);
        jw_member_str(w, "text", v->text);
        jw_member_str(w, "verdict", span_cstr(v->verdict));
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

#define MAX_KINDS 64

/* Spans by kind, kinds in byte order. */
static void put_pii(const struct document *d, struct json_writer *w)
{
    const char *kinds[MAX_KINDS];
    size_t n = 0;
    for (size_t i = 0; i < d->n_pii; i++) {
        size_t at = 0;
        while (at < n && strcmp(kinds[at], d->pii[i].kind) < 0)
            at++;
        if ((at < n && strcmp(kinds[at], d->pii[i].kind) == 0) || n == MAX_KINDS)
            continue;
        memmove(kinds + at + 1, kinds + at, (n - at) * sizeof *kinds);
        kinds[at] = d->pii[i].kind;
        n++;
    }
    jw_key(w, "pii");
    jw_begin(w, '{');
    for (size_t k = 0; k < n; k++) {
        uint64_t count = 0;
        for (size_t i = 0; i < d->n_pii; i++)
            count += strcmp(d->pii[i].kind, kinds[k]) == 0;
        jw_member_u64(w, kinds[k], count);
    }
    jw_end(w, '}');
}

static const char *outcome(enum verdict v)
{
    return v == DOC_KEPT ? "kept" : v == DOC_DROPPED ? "dropped" : "failed";
}

static void put_charset(const struct document *d, struct json_writer *w)
{
    jw_key(w, "charset");
    jw_begin(w, '{');
    jw_member_str(w, "encoding", span_cstr(d->encoding));
    if (d->repaired)
        jw_member_u64(w, "repaired", d->repaired);
    jw_member_str(w, "signal", span_cstr(d->encoding_signal));
    jw_end(w, '}');
}

void row_put(const struct document *d, struct buf *out)
{
    struct json_writer w = { out, false };
    jw_begin(&w, '{');
    if (d->origin.at)
        jw_member_u64(&w, "at", d->origin.at);
    jw_member_str(&w, "canonical", d->facts.canonical);
    if (d->encoding)
        put_charset(d, &w);
    if (d->coding)
        jw_member_str(&w, "coding", span_cstr(d->coding));
    jw_member_str(&w, "cut", d->cut);
    jw_member_str(&w, "date", d->date);
    if (d->digest)
        jw_member_str(&w, "digest", span_cstr(d->digest));
    if (d->verdict == DOC_FAILED)
        jw_member_str(&w, "error", d->reason);
    if (d->evidence)
        put_evidence(d->evidence, &w);
    jw_member_str(&w, "id", d->id);
    jw_member_str(&w, "lang_declared", d->facts.lang_declared);
    jw_member_str(&w, "language", d->language);
    if (d->has_language_score)
        jw_member_num(&w, "language_score", d->language_score);
    jw_member_u64(&w, "length", d->origin.length);
    jw_member_str(&w, "licence", d->facts.licence);
    jw_member_u64(&w, "offset", d->origin.offset);
    jw_member_str(&w, "outcome", span_cstr(outcome(d->verdict)));
    if (d->n_pii)
        put_pii(d, &w);
    if (d->verdict != DOC_KEPT)
        jw_member_str(&w, "rule", span_cstr(d->rule));
    if (d->producer.p) {
        jw_key(&w, "source");
        jw_raw(&w, d->producer);
    }
    if (d->verdict != DOC_KEPT)
        jw_member_str(&w, "stage", span_cstr(d->stage));
    if (d->verdict == DOC_KEPT) {
        char hex[SHA256_HEX + 1];
        sha256_hex_of(d->text, hex);
        jw_member_str(&w, "text_sha256", span_cstr(hex));
    }
    if (d->verdict == DOC_DROPPED && d->has_value)
        jw_member_num(&w, "threshold", d->threshold);
    if (d->facts.truncated)
        jw_member_str(&w, "truncated", span_cstr(d->facts.truncated));
    jw_member_str(&w, "url", d->url);
    if (d->verdict == DOC_DROPPED && d->has_value)
        jw_member_num(&w, "value", d->value);
    jw_member_str(&w, "warc", d->origin.warc);
    jw_end(&w, '}');
}

void row_change(const struct json *row, const struct row_member *members, size_t n, struct buf *out)
{
    struct json_writer w = { out, false };
    const struct json *m = row->first;
    size_t i = 0;
    jw_begin(&w, '{');
    while (m || i < n) {
        int c = !m ? 1 : i == n ? -1 : span_cmp(m->name, span_cstr(members[i].name));
        if (c < 0) {
            jw_key_span(&w, m->name);
            jw_raw(&w, m->raw);
        } else {
            jw_key(&w, members[i].name);
            jw_raw(&w, members[i++].json);
        }
        if (c <= 0)
            m = m->next;
    }
    jw_end(&w, '}');
}
