/* cmd_ls.c - `sluice ls`: one line a record, damage included (INTERFACE, "ls and cat, exactly"). */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/json.h"
#include "core/outfile.h"
#include "core/text/url.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/mime.h"
#include "pipeline/ingest/warc.h"

/* Without digests this much of a block is looked at: its HTTP head. */
#define HTTP_HEAD_MAX (256u << 10)

struct listing {
    const char *file;
    bool digests, damaged;
    struct arena arena;
    struct buf line, utf8;
};

static const char *verdict_name(enum digest_verdict v)
{
    static const char *const names[] = { "none", "ok", "bad", "unknown" };
    return names[v];
}

/* A header value as JSON: null where absent; bytes that are not UTF-8 percent-encoded. */
static void put(struct listing *l, struct json_writer *w, const char *name, struct span s)
{
    jw_key(w, name);
    if (!s.p) {
        jw_null(w);
        return;
    }
    buf_reset(&l->utf8);
    url_put_utf8(s, &l->utf8);
    jw_str(w, l->utf8.p ? buf_view(&l->utf8) : SPAN(""));
}

static void put_http(struct listing *l, struct json_writer *w, const struct warc_record *r)
{
    struct http_message m = { 0 };
    bool http = r->kind == WARC_RESPONSE || (r->kind == WARC_REVISIT && r->block.n);
    if (http && http_parse(r->block, &l->arena, &m))
        m = (struct http_message){ 0 };
    jw_key(w, "status");
    if (m.status)
        jw_i64(w, m.status);
    else
        jw_null(w);
    put(l, w, "mime", r->arc && !m.fields && !m.status ? mime_essence(r->content_type) : m.mime);
}

static void put_damage(struct listing *l, struct json_writer *w, const struct warc_record *r)
{
    l->damaged = true;
    put(l, w, "file", span_cstr(l->file));
    jw_member_u64(w, "offset", r->offset);
    jw_member_u64(w, "length", r->length);
    if (r->at)
        jw_member_u64(w, "at", r->at);
    jw_member_str(w, "damage", span_cstr(r->damage));
}

static void put_record(struct listing *l, struct json_writer *w, const struct warc_record *r)
{
    put(l, w, "file", span_cstr(l->file));
    jw_member_u64(w, "offset", r->offset);
    jw_member_u64(w, "length", r->length);
    if (r->at)
        jw_member_u64(w, "at", r->at);
    put(l, w, "type", r->type);
    put(l, w, "id", r->id);
    put(l, w, "url", r->url);
    put(l, w, "date", r->date);
    put_http(l, w, r);
    jw_member_u64(w, "content_length", r->content_length);
    put(l, w, "truncated", r->truncated);
    put(l, w, "payload_digest", r->payload_digest);
    enum digest_verdict v = l->digests ? warc_check_digests(r)
                            : r->payload_digest.n || r->block_digest.n ? DIGEST_UNKNOWN : DIGEST_NONE;
    jw_member_str(w, "digest", span_cstr(verdict_name(v)));
    if (r->resynced) {
        jw_key(w, "resynced");
        jw_bool(w, true);
    }
}

static int list_file(struct listing *l, struct error *e)
{
    struct warc_options o = { .digests = l->digests, .max_block = l->digests ? 0 : HTTP_HEAD_MAX };
    struct warc_reader *reader;
    struct warc_record r;
    int rc = warc_open(&reader, l->file, &o, e);
    if (rc)
        return rc;
    while ((rc = warc_next(reader, &r, e)) > 0) {
        struct json_writer w = { &l->line, false };
        buf_reset(&l->line);
        arena_reset(&l->arena);
        jw_begin(&w, '{');
        if (r.kind == WARC_DAMAGE)
            put_damage(l, &w, &r);
        else
            put_record(l, &w, &r);
        jw_end(&w, '}');
        buf_putc(&l->line, '\n');
        rc = stdout_write(l->line.p, l->line.n, e);
        if (rc)
            break;
    }
    warc_close(reader);
    return rc;
}

int cmd_ls(int argc, char **argv)
{
    bool digests = true;
    const struct opt table[] = {
        { "digests", 0, OPT_FLAG, &digests, NULL, "verify WARC digests; --no-digests leaves that out [on]", NULL },
        { NULL },
    };
    static const char notes[] = "One JSON line a record, in file order; a run of damaged bytes is a line too, and exit status 3.\n";
    int rest, status = cmd_options(table, "ls [--no-digests] FILE...", notes, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest == argc)
        return cmd_usage("name a WARC file, or - for standard input");
    struct listing l = { .digests = digests };
    status = 0;
    for (int i = rest; i < argc; i++) {
        struct error e;
        l.file = argv[i];
        int rc = list_file(&l, &e);
        if (rc == -ERR_PIPE || rc == -ERR_IO) {
            status = cmd_fail(&e);
            break;
        }
        if (rc < 0)
            status = cmd_fail(&e);
    }
    if (status == 0 && l.damaged)
        status = error_exit(ERR_DAMAGE);
    arena_release(&l.arena);
    buf_release(&l.line);
    buf_release(&l.utf8);
    return status;
}
