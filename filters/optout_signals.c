/*
 * optout_signals.c - reservations in HTTP header fields and in meta tags, one row each.
 *
 * Sources: Google's "Robots meta tag" page and draft-illyes-repext for X-Robots-Tag and meta robots;
 * noai and noimageai as DeviantArt introduced them (2022-11), noml as found in the wild; TDMRep: W3C
 * Community Group report of 2024-02.
 */
#include <limits.h>

#include "core/utf8.h"
#include "filters/optout.h"

struct signal {
    const char *signal, *rule;
    enum optout_place place;
    bool (*on)(const struct optout *o);
    bool (*mine)(const struct optout *o, struct span name);
    enum optout_verdict (*judge)(const struct optout *o, struct span value);
    const char *beside; /* a field whose value is evidence too */
};

static bool headers_on(const struct optout *o)
{
    return o->headers;
}

static bool meta_on(const struct optout *o)
{
    return o->meta;
}

static bool tdmrep_on(const struct optout *o)
{
    return o->tdmrep;
}

static bool is_x_robots(const struct optout *o, struct span name)
{
    return span_isi(name, "x-robots-tag");
}

static bool is_tdm(const struct optout *o, struct span name)
{
    return span_isi(name, "tdm-reservation");
}

static enum optout_verdict judge_header(const struct optout *o, struct span value)
{
    return optout_directives(o, value, true);
}

static enum optout_verdict judge_meta(const struct optout *o, struct span value)
{
    return optout_directives(o, value, false);
}

/* 1 reserves, 0 does not, anything else is unset.  Several fields may have been joined by commas. */
static enum optout_verdict judge_tdm(const struct optout *o, struct span value)
{
    enum optout_verdict v = OPTOUT_NONE, one;
    struct span piece;
    if (!value.p)
        return OPTOUT_UNKNOWN;
    while (span_cut(&value, ',', &piece)) {
        piece = span_trim(piece);
        one = span_is(piece, "1") ? OPTOUT_RESERVED : span_is(piece, "0") ? OPTOUT_GRANTED : OPTOUT_UNKNOWN;
        v = one > v ? one : v;
    }
    return v;
}

static const struct signal signals[] = {
    { "x-robots-tag", "x_robots_tag", OPTOUT_HEADER, headers_on, is_x_robots, judge_header, NULL },
    { "tdmrep-header", "tdmrep_header", OPTOUT_HEADER, tdmrep_on, is_tdm, judge_tdm, "tdm-policy" },
    { "meta-robots", "meta_robots", OPTOUT_META, meta_on, optout_for_us, judge_meta, NULL },
    { "tdmrep-meta", "tdmrep_meta", OPTOUT_META, tdmrep_on, is_tdm, judge_tdm, "tdm-policy" },
};

struct span optout_text(struct arena *a, struct span s)
{
    struct buf b = BUF_MAX(4 * OPTOUT_TEXT + 16);
    utf8_repair(span_head(s, OPTOUT_TEXT), &b);
    size_t n = b.n < OPTOUT_TEXT ? b.n : OPTOUT_TEXT;
    while (n < b.n && n && ((unsigned char)b.p[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)b.p[i] < ' ')
            b.p[i] = ' ';
    struct span out = arena_dup(a, span_of(b.p, n));
    buf_release(&b);
    return out;
}

static void leave_evidence(const struct signal *s, const struct field *f, const struct field *list,
                           enum optout_verdict v, struct document *d)
{
    static const char *const verdicts[] = { [OPTOUT_GRANTED] = "allowed", [OPTOUT_UNKNOWN] = "unknown",
                                            [OPTOUT_RESERVED] = "refused" };
    struct evidence *e = doc_evidence(d, s->signal, verdicts[v]);
    const struct field *beside = s->beside ? field_find(list, s->beside) : NULL;
    struct buf text = { 0 };
    buf_span(&text, span_head(f->name, 64));
    buf_puts(&text, ": ");
    buf_span(&text, span_head(f->value, OPTOUT_TEXT));
    if (beside && v == OPTOUT_RESERVED) {
        buf_printf(&text, "; %s: ", s->beside);
        buf_span(&text, span_head(beside->value, OPTOUT_TEXT));
    }
    e->text = optout_text(d->arena, buf_view(&text));
    e->source = d->url;
    e->date = d->date;
    buf_release(&text);
}

/* A page may repeat a tag ten thousand times: so many are evidence enough. */
#define MAX_EVIDENCE 16

void optout_signals(const struct optout *o, enum optout_place place, const struct field *list,
                    struct document *d)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        const struct signal *s = &signals[i];
        size_t left = 0;
        if (s->place != place || !s->on(o))
            continue;
        for (const struct field *f = list; f; f = f->next) {
            if (!s->mine(o, span_trim(f->name)))
                continue;
            enum optout_verdict v = s->judge(o, f->value);
            bool first_refusal = v == OPTOUT_RESERVED && d->verdict == DOC_KEPT;
            if (v != OPTOUT_NONE && (left < MAX_EVIDENCE || first_refusal)) {
                leave_evidence(s, f, list, v, d);
                left++;
            }
            if (v == OPTOUT_RESERVED)
                doc_drop(d, "optout", s->rule);
        }
    }
}

bool optout_for_us(const struct optout *o, struct span name)
{
    enum robots_policy policy = o->policy == ROBOTS_RFC ? ROBOTS_RFC : ROBOTS_UNION;
    if (span_is(name, "*") || span_isi(name, "robots"))
        return true;
    for (size_t i = 0; i < o->n_agents; i++)
        if (robots_names_agent(policy, name, o->agents[i]))
            return true;
    return false;
}

/* ---- directives ---- */

static bool has_value(struct span name)
{
    return span_isi(name, "unavailable_after") || span_isi(name, "max-snippet") || span_isi(name,
            "max-image-preview") ||
           span_isi(name, "max-video-preview");
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (ascii_space(s.p[i]))
            return false;
    return s.n > 0;
}

static enum optout_verdict word(const struct optout *o, struct span w)
{
    const struct {
        const char *name;
        bool reserves;
    } words[] = {
        { "noai", true }, { "noml", true }, { "noindex", o->noindex }, { "none", o->noindex },
        { "noarchive", o->noarchive }, { "nosnippet", o->nosnippet },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_isi(w, words[i].name))
            return words[i].reserves ? OPTOUT_RESERVED : OPTOUT_GRANTED;
    return OPTOUT_GRANTED;
}

static enum optout_verdict words(const struct optout *o, struct span s)
{
    enum optout_verdict v = OPTOUT_GRANTED, one;
    for (size_t at = 0; at < s.n;) {
        size_t end = at;
        while (end < s.n && !ascii_space(s.p[end]) && s.p[end] != ';')
            end++;
        if (end > at && (one = word(o, span_of(s.p + at, end - at))) > v)
            v = one;
        at = end + 1;
    }
    return v;
}

/* The page is taken to be gone on the day that it names, since as_of is a whole day. */
static enum optout_verdict unavailable(const struct optout *o, struct span s)
{
    long day;
    if (!optout_date(s, &day) || o->as_of == LONG_MIN)
        return OPTOUT_UNKNOWN;
    return day <= o->as_of ? OPTOUT_RESERVED : OPTOUT_GRANTED;
}

enum optout_verdict optout_directives(const struct optout *o, struct span value, bool may_have_agent)
{
    enum optout_verdict v = OPTOUT_NONE;
    bool ours = true;
    struct span rest = value, piece;
    while (span_cut(&rest, ',', &piece)) {
        enum optout_verdict one;
        size_t colon = span_chr(piece, ':', 0);
        struct span name = span_trim(span_head(piece, colon));
        if (may_have_agent && colon < piece.n && is_token(name) && !has_value(name)) {
            ours = optout_for_us(o, name);
            piece = span_from(piece, colon + 1);
            colon = span_chr(piece, ':', 0);
            name = span_trim(span_head(piece, colon));
        }
        if (!ours)
            continue;
        if (colon == piece.n)
            one = words(o, piece);
        else if (span_isi(name, "unavailable_after")) /* its date may have commas: all that follows */
            one = unavailable(o, span_of(piece.p + colon + 1,
                                         (size_t)(value.p + value.n - piece.p) - colon - 1));
        else
            one = OPTOUT_GRANTED;
        v = one > v ? one : v;
    }
    return v;
}

/* ---- dates ---- */

static long days_of(long y, long m, long d)
{
    y -= m <= 2;
    long era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    long of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static long month_of(struct span s)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (long i = 0; s.n >= 3 && i < 12; i++)
        if (span_eqi(span_head(s, 3), span_of(names + 3 * i, 3)))
            return i + 1;
    return 0;
}

static bool number_of(struct span s, long *out)
{
    uint64_t v;
    if (s.n > 4 || !span_u64(s, &v))
        return false;
    *out = (long)v;
    return true;
}

static bool iso_date(struct span s, long *y, long *m, long *d)
{
    return s.n >= 10 && s.p[4] == '-' && s.p[7] == '-' && number_of(span_head(s, 4), y) &&
           number_of(span_of(s.p + 5, 2), m) && number_of(span_of(s.p + 8, 2), d);
}

bool optout_date(struct span s, long *days)
{
    long y = -1, m = 0, d = 0, v;
    s = span_head(span_trim(s), 48);
    if (!iso_date(s, &y, &m, &d)) {
        for (size_t at = 0, end; at < s.n; at = end + 1) {
            for (end = at; end < s.n && (ascii_alpha(s.p[end]) || ascii_digit(s.p[end])); end++)
                ;
            struct span t = span_of(s.p + at, end - at);
            bool time = (end < s.n && s.p[end] == ':') || (at > 0 && s.p[at - 1] == ':');
            if (!m && month_of(t))
                m = month_of(t);
            else if (time || !number_of(t, &v))
                continue;
            else if (t.n <= 2 && !d)
                d = v;
            else if (t.n == 4 && y < 0)
                y = v;
            else if (t.n == 2 && y < 0)
                y = v < 70 ? 2000 + v : 1900 + v;
        }
    }
    if (y < 0 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    *days = days_of(y, m, d);
    return true;
}
