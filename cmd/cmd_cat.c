/* cmd_cat.c - `sluice cat`: one record of an archive. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/outfile.h"
#include "core/span.h"
#include "pipeline/ingest/http.h"
#include "pipeline/ingest/warc.h"

enum what { WHAT_PAYLOAD, WHAT_HTTP, WHAT_RECORD };

#define MAX_RECORD ((uint64_t)1 << 30)

static int write_payload(const struct warc_record *r, struct error *e)
{
    struct arena a;
    struct http_message m;
    struct buf b = BUF_MAX((size_t)MAX_RECORD);
    struct span body = r->block;
    arena_init(&a, 0);
    int rc = 0;
    if (r->kind == WARC_RESPONSE && http_parse(r->block, &a, &m) == 0)
        rc = http_body(&m, &b, &body, NULL, e);
    if (rc == 0)
        rc = stdout_write(body.p, body.n, e);
    buf_release(&b);
    arena_release(&a);
    return rc;
}

static int write_what(const struct warc_record *r, enum what what, struct error *e)
{
    int rc = 0;
    if (r->block_cut)
        return error_set(e, ERR_TOO_BIG, NULL, "the record is larger than %llu bytes; use dd", (unsigned long long)MAX_RECORD);
    if (what == WHAT_PAYLOAD)
        return write_payload(r, e);
    if (what == WHAT_RECORD)
        rc = stdout_write(r->stored_header.p, r->stored_header.n, e);
    return rc ? rc : stdout_write(r->block.p, r->block.n, e);
}

#define MAX_HEAD (64u << 10) /* of a block that is only read over */

/* The record at (offset, at), or -ERR_NO. */
static int find_record(struct warc_reader *reader, const char *file, uint64_t offset, uint64_t at, struct warc_record *r, struct error *e)
{
    int rc;
    while ((rc = warc_next(reader, r, e)) > 0) {
        if (r->kind != WARC_DAMAGE && r->offset == offset && r->at == at)
            return 0;
        if (r->offset > offset || (r->offset == offset && r->at > at))
            break;
    }
    return rc < 0 ? rc : error_at(e, ERR_NO, file, offset, "no record begins here; sluice ls tells where they do");
}

/*
 * Into *reader, open, and *r.  A member tells by itself that it begins at `offset`.  A plain file
 * is read over from its start: a line inside a block may look like a record.  So is a pipe.
 */
static int open_at(const char *file, uint64_t offset, uint64_t at, struct warc_reader **reader, struct warc_record *r, struct error *e)
{
    bool pipe = strcmp(file, "-") == 0;
    struct warc_options o = { .begin = pipe ? 0 : offset, .max_block = MAX_RECORD, .inside = at > 0 }, over = { .max_block = MAX_HEAD };
    int rc = warc_open(reader, file, &o, e);
    if (rc == 0 && !pipe && warc_is_plain(*reader)) {
        struct warc_reader *walk;
        rc = warc_open(&walk, file, &over, e);
        if (rc == 0) {
            rc = find_record(walk, file, offset, at, r, e);
            warc_close(walk);
        }
    }
    return rc ? rc : find_record(*reader, file, offset, at, r, e);
}

int cmd_cat(int argc, char **argv)
{
    bool record = false, http = false, payload = false;
    const struct opt table[] = {
        { "record", 0, OPT_FLAG, &record, NULL, "the record with its WARC header, inflated", NULL },
        { "http", 0, OPT_FLAG, &http, NULL, "the record's block: the HTTP message", NULL },
        { "payload", 0, OPT_FLAG, &payload, NULL, "the body after all codings (the default)", NULL },
        { NULL },
    };
    int rest, status = cmd_options(table, "cat FILE OFFSET[:AT] [--record|--http|--payload]", "Offsets are those of sluice ls.\n", argc,
                                   argv, &rest);
    if (status >= 0)
        return status;
    if (argc - rest != 2)
        return cmd_usage("say: sluice cat FILE OFFSET");
    struct span where = span_cstr(argv[rest + 1]);
    size_t colon = span_chr(where, ':', 0);
    uint64_t offset, at = 0;
    if (!span_u64(span_head(where, colon), &offset) || (colon < where.n && !span_u64(span_from(where, colon + 1), &at)))
        return cmd_usage("'%s' is not an offset in bytes (OFFSET or OFFSET:AT)", argv[rest + 1]);
    if (record + http + payload > 1)
        return cmd_usage("--record, --http and --payload: give one");
    struct warc_reader *reader = NULL;
    struct warc_record r;
    struct error e;
    int rc = open_at(argv[rest], offset, at, &reader, &r, &e);
    if (rc == 0)
        rc = write_what(&r, record ? WHAT_RECORD : http ? WHAT_HTTP : WHAT_PAYLOAD, &e);
    warc_close(reader);
    return rc ? cmd_fail(&e) : 0;
}
