/* audit_db.c - see audit_db.h. */
#include "pipeline/run/audit_db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/json.h"
#include "core/text/url.h"

/* A ledger row holds no text but evidence and a URL: all far below this. */
#define ROW_MAX_BYTES (16u << 20)
#define ROW_ARENA_MAX ((size_t)256 << 20)

/* No time, no host, nothing that differs from run to run; pages of one size, filled in one order. */
static const char schema[] =
    "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA auto_vacuum=NONE; PRAGMA cache_size=-65536;"
    "PRAGMA encoding='UTF-8'; BEGIN;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE documents(n INTEGER PRIMARY KEY, id TEXT, url TEXT, host TEXT, warc TEXT, \"offset\" INTEGER, \"at\" INTEGER,"
    " length INTEGER, date TEXT, outcome TEXT, stage TEXT, rule TEXT, value REAL, threshold REAL, duplicate_of TEXT,"
    " language TEXT, language_score REAL, text_sha256 TEXT, tokens_sha256 TEXT, tokens INTEGER, error TEXT);"
    "CREATE TABLE evidence(document INTEGER, signal TEXT, source TEXT, text TEXT, date TEXT, verdict TEXT);"
    "CREATE TABLE pii(document INTEGER, kind TEXT, count INTEGER);"
    "INSERT INTO meta VALUES('format','sluice-audit-1');";

static const char indexes[] =
    "CREATE INDEX documents_url ON documents(url);"
    "CREATE INDEX documents_host ON documents(host);"
    "CREATE INDEX documents_id ON documents(id);"
    "CREATE INDEX documents_text ON documents(text_sha256);"
    "CREATE INDEX documents_rule ON documents(stage, rule);"
    "CREATE INDEX evidence_document ON evidence(document);"
    "CREATE INDEX evidence_signal ON evidence(signal, verdict);"
    "CREATE INDEX pii_document ON pii(document);"
    "COMMIT;";

struct builder {
    sqlite3 *db;
    sqlite3_stmt *document, *evidence, *pii;
    const char *path; /* for messages: what the file will be called */
    int64_t n;
    struct buf host;
};

void audit_reverse_name(struct span name, struct buf *out)
{
    struct buf plain = { 0 };
    url_put_host(name, &plain);
    struct span host = buf_view(&plain);
    bool address = span_chr(host, ':', 0) < host.n || (host.n && ascii_digit(host.p[host.n - 1]));
    while (host.n) {
        size_t from = host.n;
        while (!address && from > 0 && host.p[from - 1] != '.')
            from--;
        if (address)
            from = 0;
        buf_span(out, span_from(host, from));
        buf_putc(out, '.');
        host.n = from ? from - 1 : 0;
    }
    buf_release(&plain);
}

void audit_reverse_host(struct span url, struct buf *out)
{
    struct url u;
    if (url.p && url_parse(url, &u))
        audit_reverse_name(u.host, out);
}

static int sql_error(const struct builder *b, struct error *e)
{
    return error_set(e, ERR_IO, b->path, "cannot write: %s (SQLite); free some space and run again",
                     b->db ? sqlite3_errmsg(b->db) : "out of memory");
}

static void bind_span(sqlite3_stmt *s, int at, struct span v)
{
    if (v.p)
        sqlite3_bind_text64(s, at, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(s, at);
}

static void bind_str(sqlite3_stmt *s, int at, const struct json *row, const char *name)
{
    bind_span(s, at, json_str(row, name, span_of(NULL, 0)));
}

static void bind_int(sqlite3_stmt *s, int at, const struct json *row, const char *name)
{
    const struct json *v = json_get(row, name);
    if (v && v->type == JSON_NUMBER)
        sqlite3_bind_int64(s, at, (int64_t)v->num);
    else
        sqlite3_bind_null(s, at);
}

static void bind_num(sqlite3_stmt *s, int at, const struct json *row, const char *name)
{
    const struct json *v = json_get(row, name);
    if (v && v->type == JSON_NUMBER)
        sqlite3_bind_double(s, at, v->num);
    else
        sqlite3_bind_null(s, at);
}

static int step(const struct builder *b, sqlite3_stmt *s, struct error *e)
{
    int rc = sqlite3_step(s) == SQLITE_DONE ? 0 : sql_error(b, e);
    sqlite3_reset(s);
    return rc;
}

static int put_lists(struct builder *b, const struct json *row, struct error *e)
{
    static const char *const columns[] = { "signal", "source", "text", "date", "verdict" };
    const struct json *list = json_get(row, "evidence"), *pii = json_get(row, "pii");
    int rc = 0;
    for (const struct json *v = list ? list->first : NULL; rc == 0 && v; v = v->next) {
        sqlite3_bind_int64(b->evidence, 1, b->n);
        for (int i = 0; i < 5; i++)
            bind_str(b->evidence, 2 + i, v, columns[i]);
        rc = step(b, b->evidence, e);
    }
    for (const struct json *k = pii ? pii->first : NULL; rc == 0 && k; k = k->next) {
        sqlite3_bind_int64(b->pii, 1, b->n);
        bind_span(b->pii, 2, k->name);
        sqlite3_bind_int64(b->pii, 3, (int64_t)k->num);
        rc = step(b, b->pii, e);
    }
    return rc;
}

static int put_row(struct builder *b, const struct json *row, struct error *e)
{
    static const struct {
        const char *name;
        char type;
    } columns[] = {
        { "warc", 's' }, { "offset", 'i' }, { "at", 'i' }, { "length", 'i' }, { "date", 's' }, { "outcome", 's' }, { "stage", 's' },
        { "rule", 's' }, { "value", 'n' }, { "threshold", 'n' }, { "duplicate_of", 's' }, { "language", 's' },
        { "language_score", 'n' }, { "text_sha256", 's' }, { "tokens_sha256", 's' }, { "tokens", 'i' }, { "error", 's' },
    };
    sqlite3_stmt *s = b->document;
    sqlite3_bind_int64(s, 1, ++b->n);
    bind_str(s, 2, row, "id");
    bind_str(s, 3, row, "url");
    buf_reset(&b->host);
    audit_reverse_host(json_str(row, "url", span_of(NULL, 0)), &b->host);
    bind_span(s, 4, b->host.n ? buf_view(&b->host) : span_of(NULL, 0));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        (columns[i].type == 's' ? bind_str : columns[i].type == 'i' ? bind_int : bind_num)(s, 5 + (int)i, row, columns[i].name);
    int rc = step(b, s, e);
    return rc ? rc : put_lists(b, row, e);
}

static int put_ledger(struct builder *b, const char *path, struct error *e)
{
    struct infile *f;
    struct arena a;
    struct span line;
    uint64_t offset;
    int rc = infile_open(&f, path, e);
    if (rc)
        return rc;
    arena_init(&a, ROW_ARENA_MAX);
    while ((rc = infile_line(f, ROW_MAX_BYTES, &line, &offset, e)) > 0) {
        struct json *row;
        arena_reset(&a);
        if (json_parse(line, &a, &row, NULL) || row->type != JSON_OBJECT)
            rc = error_at(e, ERR_FORMAT, path, offset, "is not a ledger row");
        else
            rc = put_row(b, row, e);
        if (rc < 0)
            break;
    }
    arena_release(&a);
    infile_close(f);
    return rc;
}

static int open_db(struct builder *b, const char *tmp, struct error *e)
{
    static const char *const inserts[] = {
        "INSERT INTO documents VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "INSERT INTO evidence VALUES(?,?,?,?,?,?)",
        "INSERT INTO pii VALUES(?,?,?)",
    };
    sqlite3_stmt **statements[] = { &b->document, &b->evidence, &b->pii };
    if (sqlite3_open_v2(tmp, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(b->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        return sql_error(b, e);
    for (int i = 0; i < 3; i++)
        if (sqlite3_prepare_v2(b->db, inserts[i], -1, statements[i], NULL) != SQLITE_OK)
            return sql_error(b, e);
    return 0;
}

static int close_db(struct builder *b, int rc, struct error *e)
{
    sqlite3_finalize(b->document);
    sqlite3_finalize(b->evidence);
    sqlite3_finalize(b->pii);
    if (rc == 0 && sqlite3_exec(b->db, indexes, NULL, NULL, NULL) != SQLITE_OK)
        rc = sql_error(b, e);
    if (sqlite3_close(b->db) != SQLITE_OK && rc == 0)
        rc = error_set(e, ERR_IO, b->path, "cannot write: SQLite could not close the database; free some space and run again");
    buf_release(&b->host);
    return rc;
}

/* Digest and rename: what core/outfile.h does for files that we write ourselves. */
static int into_place(const char *tmp, const char *path, struct outfile_done *done, struct error *e)
{
    int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 || (fsync(fd) < 0 && errno != EINVAL) ? error_errno(e, ERR_IO, path, "cannot flush; free some space and run again") : 0;
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        rc = file_sha256(tmp, done->sha256, &done->bytes, e);
    if (rc == 0 && rename(tmp, path) < 0)
        rc = error_errno(e, ERR_IO, path, "cannot rename the finished file into place");
    return rc;
}

int audit_db_build(char **ledger_paths, size_t n, const char *path, const char *tmp_dir, struct outfile_done *done, struct error *e)
{
    struct builder b = { .path = path };
    struct outfile_done ignored;
    char host[64] = "", *before = sqlite3_temp_directory;
    gethostname(host, sizeof host - 1);
    char *tmp = tmp_dir ? xasprintf("%s/audit.%s.%ld.tmp", tmp_dir, host, (long)getpid())
                        : xasprintf("%s.%s.%ld.tmp", path, host, (long)getpid());
    unlink(tmp);
    if (tmp_dir) /* sorting for the indexes spills here, not to /var/tmp */
        sqlite3_temp_directory = sqlite3_mprintf("%s", tmp_dir);
    int rc = open_db(&b, tmp, e);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = put_ledger(&b, ledger_paths[i], e);
    rc = close_db(&b, rc, e);
    if (rc == 0)
        rc = into_place(tmp, path, done ? done : &ignored, e);
    if (rc)
        unlink(tmp);
    if (tmp_dir) {
        sqlite3_free(sqlite3_temp_directory);
        sqlite3_temp_directory = before;
    }
    free(tmp);
    return rc;
}
