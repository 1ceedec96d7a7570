/* mime.c - see mime.h.  Section numbers are those of the standard. */
#include "pipeline/ingest/mime.h"

struct span mime_essence(struct span content_type)
{
    return span_trim(span_head(content_type, span_chr(content_type, ';', 0)));
}

static struct span skip_white(struct span s)
{
    while (s.n && ascii_space(s.p[0]))
        s = span_from(s, 1);
    return s;
}

/* 7.1: behind white space a tag that ends in a space or '>', or a comment. */
static bool looks_html(struct span body)
{
    static const char *const tags[] = { "<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font",
                                        "<table", "<a", "<style", "<title", "<b", "<body", "<br", "<p" };
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        size_t n = strlen(tags[i]);
        if (span_starts_i(body, tags[i]) && body.n > n && (body.p[n] == ' ' || body.p[n] == '>'))
            return true;
    }
    return span_starts(body, "<!--");
}

/* 3: a byte that no text has. */
static bool is_binary(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x08 || c == 0x0B || (c >= 0x0E && c <= 0x1A) || (c >= 0x1C && c <= 0x1F))
            return true;
    }
    return false;
}

static bool has_bom(struct span s)
{
    return span_starts(s, "\xef\xbb\xbf") || span_starts(s, "\xfe\xff") || span_starts(s, "\xff\xfe");
}

/* 6 and 7.1: what begins in a way that tells. */
static bool looks_other(struct span s)
{
    static const struct { const char *magic; size_t n; } magics[] = {
        { "%PDF-", 5 }, { "%!PS-Adobe-", 11 }, { "\x00\x00\x01\x00", 4 }, { "\x00\x00\x02\x00", 4 }, { "BM", 2 }, { "GIF87a", 6 },
        { "GIF89a", 6 }, { "\x89PNG\r\n\x1a\n", 8 }, { "\xff\xd8\xff", 3 }, { "FORM", 4 }, { "ID3", 3 }, { "OggS\x00", 5 },
        { "MThd\x00\x00\x00\x06", 8 }, { "\x1a\x45\xdf\xa3", 4 }, { "\x1f\x8b\x08", 3 }, { "PK\x03\x04", 4 }, { "Rar \x1a\x07\x00", 7 },
        { "wOFF", 4 }, { "wOF2", 4 }, { "OTTO", 4 }, { "\x00\x01\x00\x00", 4 },
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (s.n >= magics[i].n && memcmp(s.p, magics[i].magic, magics[i].n) == 0)
            return true;
    return s.n >= 12 && span_starts(s, "RIFF") && (memcmp(s.p + 8, "WEBP", 4) == 0 || memcmp(s.p + 8, "AVI ", 4) == 0 || memcmp(s.p + 8, "WAVE", 4) == 0);
}

/* 7.1, with sniff-scriptable set unless the server says nosniff. */
static enum mime_kind unknown_type(bool scriptable, struct span body)
{
    struct span text = skip_white(body);
    if (scriptable && looks_html(text))
        return MIME_HTML;
    if (scriptable && span_starts(text, "<?xml"))
        return MIME_XML;
    if (scriptable && span_starts(body, "%PDF-"))
        return MIME_OTHER;
    if (has_bom(body))
        return MIME_TEXT;
    return looks_other(body) || is_binary(body) ? MIME_OTHER : MIME_TEXT;
}

/* The end of what begins with `open` and ends with `close`; s.n if it does not. */
static size_t behind(struct span s, const char *open, const char *close)
{
    if (!span_starts(s, open))
        return 0;
    size_t from = strlen(open), at = span_find(span_from(s, from), span_cstr(close));
    return from + at + strlen(close) <= s.n ? from + at + strlen(close) : s.n;
}

/* 7.3: is what is served as text/html a feed? */
static enum mime_kind feed_or_html(struct span s)
{
    if (span_starts(s, "\xef\xbb\xbf"))
        s = span_from(s, 3);
    for (;;) {
        s = skip_white(s);
        size_t n = behind(s, "<!--", "-->");
        if (!n)
            n = behind(s, "<?", "?>");
        if (!n)
            n = behind(s, "<!", ">");
        if (!n)
            break;
        s = span_from(s, n);
    }
    if (span_starts(s, "<rss") || span_starts(s, "<feed"))
        return MIME_FEED;
    bool rdf = span_starts(s, "<rdf:RDF") && span_find(s, SPAN("http://purl.org/rss/1.0/")) < s.n &&
               span_find(s, SPAN("http://www.w3.org/1999/02/22-rdf-syntax-ns#")) < s.n;
    return rdf ? MIME_FEED : MIME_HTML;
}

/* 5.1: what an old Apache says of files that it does not know. */
static bool is_apache_bug(struct span content_type)
{
    return span_is(content_type, "text/plain") || span_is(content_type, "text/plain; charset=ISO-8859-1") ||
           span_is(content_type, "text/plain; charset=iso-8859-1") || span_is(content_type, "text/plain; charset=UTF-8");
}

enum mime_kind mime_sniff(struct span content_type, bool nosniff, struct span body)
{
    struct span type = mime_essence(content_type);
    body = span_head(body, MIME_SIGHT);
    if (span_isi(type, "text/xml") || span_isi(type, "application/xml") || (type.n > 4 && span_isi(span_from(type, type.n - 4), "+xml")))
        return MIME_XML;
    if (!memchr(type.n ? type.p : "", '/', type.n) || span_isi(type, "unknown/unknown") || span_isi(type, "application/unknown") || span_is(type, "*/*"))
        return unknown_type(!nosniff, body);
    if (nosniff)
        return span_isi(type, "text/html") ? MIME_HTML : span_starts_i(type, "text/") ? MIME_TEXT : MIME_OTHER;
    if (is_apache_bug(content_type)) /* 7.2 */
        return has_bom(body) || !is_binary(body) ? MIME_TEXT : MIME_OTHER;
    if (span_isi(type, "text/html"))
        return feed_or_html(body);
    return span_starts_i(type, "text/") ? MIME_TEXT : MIME_OTHER;
}
