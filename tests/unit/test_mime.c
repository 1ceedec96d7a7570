/* test_mime.c - computed MIME types, case by case of the WHATWG MIME Sniffing standard. */
#include "tests/unit/test.h"

#include "pipeline/ingest/mime.h"

static const struct {
    const char *type; /* NULL: no Content-Type */
    bool nosniff;
    const char *body;
    size_t n; /* 0: its length */
    enum mime_kind kind;
} cases[] = {
    /* 7.1: no type, or one that means none */
    { NULL, false, "<!DOCTYPE HTML><p>x", 0, MIME_HTML },
    { NULL, false, " \n\t<HTML >", 0, MIME_HTML },
    { NULL, false, "<div>x", 0, MIME_HTML },
    { NULL, false, "<divx", 0, MIME_TEXT },
    { NULL, false, "<b", 0, MIME_TEXT },
    { NULL, false, "<!--x", 0, MIME_HTML },
    { NULL, false, "<p\n", 0, MIME_TEXT },
    { NULL, false, "<?xml version='1.0'?><html>", 0, MIME_XML },
    { NULL, false, "%PDF-1.7", 0, MIME_OTHER },
    { NULL, false, "GIF89a", 0, MIME_OTHER },
    { NULL, false, "\x89PNG\r\n\x1a\n", 8, MIME_OTHER },
    { NULL, false, "\x1f\x8b\x08", 3, MIME_OTHER },
    { NULL, false, "RIFF....WEBPVP", 0, MIME_OTHER },
    { NULL, false, "plain words", 0, MIME_TEXT },
    { NULL, false, "words\x01", 0, MIME_OTHER },
    { NULL, false, "\xef\xbb\xbf\x01", 0, MIME_TEXT },
    { NULL, false, "", 0, MIME_TEXT },
    { NULL, true, "<!DOCTYPE HTML><p>x", 0, MIME_TEXT },
    { "unknown/unknown", false, "<html>", 0, MIME_HTML },
    { "application/unknown", false, "<html>", 0, MIME_HTML },
    { "*/*", false, "<html>", 0, MIME_HTML },
    { "nonsense", false, "<html>", 0, MIME_HTML },
    /* a type that says what it is */
    { "text/html", false, "x", 0, MIME_HTML },
    { "Text/HTML; charset=x", false, "\x89PNG\r\n\x1a\n", 8, MIME_HTML },
    { "text/html", true, "<rss>", 0, MIME_HTML },
    { "application/xhtml+xml", false, "<html>", 0, MIME_XML },
    { "application/rss+xml", false, "<html>", 0, MIME_XML },
    { "text/xml", false, "<html>", 0, MIME_XML },
    { "image/png", false, "<html>", 0, MIME_OTHER },
    { "application/json", false, "<html>", 0, MIME_OTHER },
    { "text/css", false, "<html>", 0, MIME_TEXT },
    { "application/octet-stream", false, "<html>", 0, MIME_OTHER },
    /* 7.2: what an old Apache says */
    { "text/plain", false, "<html>", 0, MIME_TEXT },
    { "text/plain", false, "a\x02", 0, MIME_OTHER },
    { "text/plain; charset=ISO-8859-1", false, "a\x02", 0, MIME_OTHER },
    { "text/plain; charset=utf-8", false, "a\x02", 0, MIME_TEXT },
    { "text/plain", true, "a\x02", 0, MIME_TEXT },
    /* 7.3: feeds */
    { "text/html", false, "<rss version=\"2.0\">", 0, MIME_FEED },
    { "text/html", false, "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x --><feed xmlns=\"x\">", 0, MIME_FEED },
    { "text/html", false, "<!DOCTYPE rss><rss>", 0, MIME_FEED },
    { "text/html", false, "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">", 0, MIME_FEED },
    { "text/html", false, "<rdf:RDF xmlns=\"x\">", 0, MIME_HTML },
    { "text/html", false, "<!-- <rss> --><html>", 0, MIME_HTML },
    { "text/html", false, "words <rss>", 0, MIME_HTML },
};

static void test_computed_types(void **unused)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span body = span_of(cases[i].body, cases[i].n ? cases[i].n : strlen(cases[i].body));
        enum mime_kind got = mime_sniff(span_cstr(cases[i].type), cases[i].nosniff, body);
        if (got != cases[i].kind)
            fail_msg("case %zu (%s, %.20s): %d, not %d", i, cases[i].type ? cases[i].type : "none", cases[i].body, (int)got, (int)cases[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_computed_types) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
