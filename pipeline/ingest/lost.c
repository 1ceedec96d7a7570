/* lost.c - bytes that belong to no whole record, and where to go on behind them; see reader.h. */
#include "pipeline/ingest/reader.h"
#include "pipeline/ingest/resync.h"

/* Damaged members that are inflated over the same stored bytes, at most: what looks like one may run on over many others. */
#define MAX_TRIES 8

int lost(struct warc_record *out, const char *what, uint64_t offset, uint64_t length, uint64_t at)
{
    *out = (struct warc_record){ .kind = WARC_DAMAGE, .damage = what, .offset = offset, .length = length, .at = at };
    return 1;
}

uint64_t reader_end(const struct warc_reader *r, uint64_t place)
{
    return r->w.size != UINT64_MAX ? r->w.size : place;
}

/*
 * Is the end that inflating gave the member's?  Where its checksum fails, sizes in it may have been misread, so that it ran over
 * others: then its record's declared length must end there as well, and something must begin there.
 */
static int trust_end(struct warc_reader *r, bool *yes, struct error *e)
{
    *yes = r->m.state == MEMBER_WHOLE;
    return r->m.end_known && r->fits ? member_edge_at(&r->m, r->m.stored_end, yes, e) : 0;
}

/* The end of a damaged member is not known: the next may begin anywhere behind its first byte, to be looked for MAX_TRIES times. */
static uint64_t search_from(struct warc_reader *r)
{
    if (r->m.stored_end > r->deep)
        r->deep = r->m.stored_end;
    return ++r->tries > MAX_TRIES && r->deep > r->m.offset ? r->deep : r->m.offset + 1;
}

int lost_member(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e)
{
    uint64_t from = r->m.offset, reached;
    bool trusted = false;
    int rc = r->m.state == MEMBER_OPEN ? member_skip(&r->m, UINT64_MAX, &reached, e) : 0;
    if (rc == 0)
        rc = trust_end(r, &trusted, e);
    if (rc == 0 && trusted)
        r->pos = r->m.stored_end;
    else if (rc == 0)
        rc = resync_member(&r->m, search_from(r), 0, &r->pos, e);
    r->in_member = false;
    r->resynced = true;
    return rc ? rc : lost(out, what, from, r->pos - from, r->gave ? r->at : 0);
}

int lost_plain(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e)
{
    int rc = resync_plain(&r->w, r->m.format, r->at + 1, 0, &r->pos, e);
    r->in_member = false;
    r->resynced = true;
    return rc ? rc : lost(out, what, r->at, r->pos - r->at, 0);
}

int lost_inside(struct warc_reader *r, const char *what, struct warc_record *out, struct error *e)
{
    uint64_t from = r->at, found;
    r->m.joining = false;
    int rc = resync_in_member(&r->m, from + 1, &found, e);
    if (rc)
        return rc;
    if (found == UINT64_MAX && (r->m.state == MEMBER_BAD || from == 0))
        return lost_member(r, r->m.state == MEMBER_BAD ? r->m.fault : what, out, e);
    if (found == UINT64_MAX)
        rc = member_skip(&r->m, UINT64_MAX, &found, e);
    r->at = found;
    r->resynced = true;
    if (rc == 0)
        rc = lost(out, what, r->m.offset, found - from, from);
    out->inside = true;
    return rc;
}

int lost_between(struct warc_reader *r, struct warc_record *out, struct error *e)
{
    uint64_t from = r->pos;
    r->resynced = true;
    int rc = resync_member(&r->m, from + 1, 0, &r->pos, e);
    return rc ? rc : lost(out, "bytes between members", from, r->pos - from, 0);
}
