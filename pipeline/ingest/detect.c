/* detect.c - what kind of archive a file is; see reader.h. */
#include "pipeline/ingest/reader.h"
#include "pipeline/ingest/resync.h"
#include "pipeline/ingest/unpack_zstd.h"
#include "pipeline/ingest/warc_header.h"

/* A file whose first bytes are no record may still hold some behind damage: looked for this far. */
#define FIRST_RECORD_SEARCH (16u << 20)

static const struct record_format *const formats[] = { &warc_format, &arc_format, &documents_format };
#define N_FORMATS (sizeof formats / sizeof *formats)

/* What the first bytes are that we know and do not read, with the cure; NULL: nothing of the kind. */
static const char *other_format(struct span s)
{
    static const struct { const char *magic, *what; } others[] = {
        { "BZh", "is compressed by bzip2; give it plain, as .gz or as .zst" },
        { "\xfd" "7zXZ", "is compressed by xz; give it plain, as .gz or as .zst" },
        { "\x04\x22\x4d\x18", "is compressed by lz4; give it plain, as .gz or as .zst" },
        { "PAR1", "is a Parquet file; make JSON lines of it first, see sluice help run" },
        { "PK\x03\x04", "is a ZIP file (a WACZ?); unpack it and give the archives in it" },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (span_starts(s, others[i].magic))
            return others[i].what;
    size_t blank = 0;
    while (blank < s.n && ascii_space(s.p[blank]))
        blank++;
    if (span_starts(span_from(s, blank), "["))
        return "is a JSON array; give one document a line (jq -c '.[]')";
    return NULL;
}

/* All but one of the bytes that open a gzip member or a zstd file: the file's very first may be damaged. */
static const struct unpacker *packing_of(struct span s)
{
    static const struct { const char *magic; size_t n; const struct unpacker *u; } magics[] = {
        { "\x1f\x8b\x08", 3, &gzip_unpacker }, { "\x28\xb5\x2f\xfd", 4, &zstd_unpacker }, { "\x5d\x2a\x4d\x18", 4, &zstd_unpacker },
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        size_t same = 0;
        for (size_t j = 0; j < magics[i].n && j < s.n; j++)
            same += s.p[j] == magics[i].magic[j];
        if (same + 1 >= magics[i].n)
            return magics[i].u;
    }
    return s.n >= 8 && zstd_unpacker.skippable(s) ? &zstd_unpacker : NULL;
}

static const struct record_format *format_of(struct span s)
{
    s = span_from(s, span_line_ends(s));
    if (warc_is_version(s))
        return &warc_format;
    if (span_starts(s, "filedesc:"))
        return &arc_format;
    return documents_format.begins(s) ? &documents_format : NULL;
}

/* The first inflated bytes of the file; *s is empty where its first member is damaged. */
static int first_bytes(struct warc_reader *r, char *room, size_t n, struct span *s, struct error *e)
{
    uint64_t at = 0;
    for (;;) {
        int rc = window_get(&r->w, at, r->m.u ? r->m.u->probe_bytes : n, s, e);
        if (rc || !r->m.u)
            return rc;
        uint64_t skip = r->m.u->skippable ? r->m.u->skippable(*s) : 0;
        if (!skip)
            break;
        at += skip;
    }
    *s = span_of(room, unpack_magic(r->m.u, *s) ? r->m.u->probe(&r->m, *s, room, n) : 0);
    return 0;
}

/* A line that begins with a brace says little: one must hold a text. */
static int find_document(struct warc_reader *r, uint64_t *found, struct error *e)
{
    struct span s;
    for (uint64_t at = 0;; at++) {
        int rc = resync_plain(&r->w, r->m.format, at, FIRST_RECORD_SEARCH, &at, e);
        if (rc == 0)
            rc = window_get(&r->w, at, FORMAT_SIGHT, &s, e);
        *found = at;
        if (rc || s.n == 0)
            return rc;
        struct span line = span_head(s, span_chr(s, '\n', 0));
        if (span_find(line, SPAN("\"text\"")) < line.n && head_stands(r->m.format, s))
            return 0;
    }
}

/* Where a record of that packing and format begins, near the beginning; *found is UINT64_MAX if there is none. */
static int find_record(struct warc_reader *r, uint64_t *found, struct error *e)
{
    const struct record_format *f = r->m.format;
    struct span s;
    int rc = r->m.u    ? resync_member(&r->m, 0, FIRST_RECORD_SEARCH, found, e)
             : f->bare ? find_document(r, found, e)
                       : resync_plain(&r->w, f, 0, FIRST_RECORD_SEARCH, found, e);
    if (rc == 0)
        rc = window_get(&r->w, *found, 1, &s, e);
    if (rc == 0 && s.n == 0)
        *found = UINT64_MAX;
    return rc;
}

/* The first bytes do not tell: they are damaged, or stand before the first member.  What is found first counts. */
static int search(struct warc_reader *r, const struct unpacker *likely, struct error *e)
{
    const struct unpacker *const packings[] = { &gzip_unpacker, &zstd_unpacker, NULL }, *best_u = NULL;
    const struct record_format *best = NULL;
    uint64_t first = UINT64_MAX, found;
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        for (size_t j = 0; j < N_FORMATS; j++) {
            if (likely && !packings[i]) /* what a compressed file shows in the plain is no record */
                continue;
            r->m.u = packings[i];
            r->m.format = formats[j];
            int rc = find_record(r, &found, e);
            if (rc)
                return rc;
            if (found < first) {
                first = found;
                best_u = packings[i];
                best = formats[j];
            }
        }
    }
    r->m.u = best_u;
    r->m.format = best;
    if (best)
        return 0;
    return error_set(e, ERR_INPUT, r->w.name, "is no archive (WARC, ARC or JSON lines; plain, gzip or zstd); check what was downloaded");
}

int reader_detect(struct warc_reader *r, struct error *e)
{
    char room[FORMAT_SIGHT];
    struct span s;
    r->m.format = &warc_format;
    int rc = window_get(&r->w, 0, sizeof room, &s, e);
    if (rc || s.n == 0)
        return rc;
    const char *other = other_format(s);
    if (other)
        return error_set(e, ERR_INPUT, r->w.name, "%s", other);
    const struct unpacker *u = r->m.u = packing_of(s);
    if (u == &zstd_unpacker)
        rc = zstd_read_dictionary(&r->w, &r->m.dictionary, e);
    if (rc == 0)
        rc = first_bytes(r, room, sizeof room, &s, e);
    if (rc)
        return rc;
    const struct record_format *f = format_of(s);
    if (!f)
        return search(r, u, e);
    r->m.format = f;
    return 0;
}
