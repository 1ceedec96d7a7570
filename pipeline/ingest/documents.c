/*
 * documents.c - documents as JSON lines, read as an archive whose records are lines; see format.h.  Here are id, URL and date;
 * what else a line holds (of datatrove, Dolma, C4 and others) is taken by pipeline/run/record_document.c.
 */
#include "core/json.h"
#include "pipeline/ingest/format.h"

#define MAX_DOCUMENT (64u << 20)

static bool begins(struct span s)
{
    return s.n > 1 && s.p[0] == '{' && (s.p[1] == '"' || s.p[1] == '}' || ascii_space(s.p[1]));
}

static size_t head_length(struct span s)
{
    size_t eol = span_chr(s, '\n', 0);
    if (eol == s.n)
        return 0;
    return eol && s.p[eol - 1] == '\r' ? eol - 1 : eol;
}

/* At the top of the line or in its "metadata" (datatrove, Dolma) or "meta" (RedPajama): the first name that holds a string. */
static struct span find_string(const struct json *line, const char *const *names)
{
    static const char *const below[] = { "metadata", "meta" };
    for (size_t i = 0; names[i]; i++) {
        struct span s = json_str(line, names[i], (struct span){ 0 });
        for (size_t j = 0; !s.n && j < sizeof below / sizeof *below; j++)
            s = json_str(json_get(line, below[j]), names[i], (struct span){ 0 });
        if (s.n)
            return s;
    }
    return (struct span){ 0 };
}

static const char *const url_names[] = { "url", "source_url", "URL", "WARC-Target-URI", "warc_target_uri", NULL };
static const char *const date_names[] = { "date", "timestamp", "created", "WARC-Date", "crawl_date", NULL };
static const char *const id_names[] = { "id", "WARC-Record-ID", "warc_record_id", "doc_id", NULL };

static const char *parse(struct span head, struct arena *a, struct warc_record *r)
{
    struct json *line;
    if (json_parse_flat(head, a, &line, NULL) || line->type != JSON_OBJECT)
        return "line is no JSON object";
    r->kind = WARC_DOCUMENT;
    r->type = SPAN("document");
    r->id = find_string(line, id_names);
    r->url = find_string(line, url_names);
    r->date = find_string(line, date_names);
    r->stored_header = span_head(head, 0);
    r->block = head;
    r->content_length = head.n;
    return NULL;
}

const struct record_format documents_format = {
    .name = "documents", .max_head = MAX_DOCUMENT, .lines = true, .bare = true,
    .begins = begins, .head_length = head_length, .parse = parse,
};
