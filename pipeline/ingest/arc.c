/* arc.c - the heads of ARC files; see format.h. */
#include "core/text/url.h"
#include "pipeline/ingest/format.h"

#define MAX_LINE (64u << 10)
/* Of a head line.  Behind the date stand the type and the length; in version 2 five more between them. */
#define MAX_WORDS 64
#define V1_BEHIND_DATE 2
#define V2_BEHIND_DATE 7

struct head_line {
    struct span word[MAX_WORDS];
    size_t n, date; /* words; which of them is the date */
    struct span url;
};

/* A URI scheme and its colon (RFC 3986 3.1). */
static bool begins(struct span s)
{
    size_t i = 0;
    if (!s.n || !ascii_alpha(s.p[0]))
        return false;
    while (i < s.n && i < FORMAT_SIGHT / 2 && (ascii_alpha(s.p[i]) || ascii_digit(s.p[i]) || memchr("+-.", s.p[i], 3)))
        i++;
    return i > 1 && i < s.n && s.p[i] == ':';
}

static size_t head_length(struct span s)
{
    size_t eol = span_chr(s, '\n', 0);
    return eol < s.n ? eol + 1 : 0;
}

static bool all(struct span s, const char *allowed)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr(allowed, s.p[i]))
            return false;
    return s.n > 0;
}

/* An address is what tells the date from digits in a URL that holds spaces. */
static bool is_address(struct span s)
{
    return all(s, "0123456789abcdefABCDEF.:") && (memchr(s.p, '.', s.n) || memchr(s.p, ':', s.n));
}

static bool is_date(struct span s)
{
    return s.n >= 8 && s.n <= 17 && all(s, "0123456789");
}

static bool split(struct span line, struct head_line *h)
{
    struct span rest = line, word;
    h->n = h->date = 0;
    while (span_cut(&rest, ' ', &word)) {
        if (h->n == MAX_WORDS)
            return false;
        if (!h->date && h->n >= 2 && is_date(word) && is_address(h->word[h->n - 1]))
            h->date = h->n;
        h->word[h->n++] = word;
    }
    if (!h->date || h->n < h->date + 1 + V1_BEHIND_DATE)
        return false;
    h->url = span_of(line.p, (size_t)(h->word[h->date - 1].p - line.p) - 1);
    return true;
}

/* 20050308123456 as 2005-03-08T12:34:56Z; what the date leaves out counts as zero. */
static struct span iso_date(struct span digits, struct arena *a)
{
    char d[15] = "00000000000000";
    memcpy(d, digits.p, digits.n < 14 ? digits.n : 14);
    return arena_printf(a, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6, d + 8, d + 10, d + 12);
}

static const char *parse(struct span head, struct arena *a, struct warc_record *r)
{
    struct head_line h;
    struct span line = span_trim(head);
    if (line.n > MAX_LINE || !begins(line) || !split(line, &h) || !span_u64(h.word[h.n - 1], &r->content_length))
        return "ARC record head is not: URL, address, date, type, length";
    struct span first = h.word[h.date + 1], last = h.word[h.n - 1];
    bool v2 = h.n - h.date - 1 == V2_BEHIND_DATE;
    r->stored_header = head;
    r->url = url_trim(h.url);
    r->date = iso_date(h.word[h.date], a);
    r->content_type = v2 ? first : span_trim(span_of(first.p, (size_t)(last.p - first.p)));
    r->arc = true;
    r->kind = span_starts(r->url, "filedesc:") ? WARC_WARCINFO : WARC_RESPONSE;
    r->type = r->kind == WARC_WARCINFO ? SPAN("warcinfo") : SPAN("response");
    return NULL;
}

const struct record_format arc_format = {
    .name = "ARC", .max_head = MAX_LINE, .lines = true, .begins = begins, .head_length = head_length, .parse = parse,
};
