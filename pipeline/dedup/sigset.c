/* sigset.c - see sigset.h. */
#include "pipeline/dedup/sigset.h"

#include <stdlib.h>

#include "core/alloc.h"

int sigset_map(const struct sigset *s, size_t part, struct sigfile *f, struct error *e)
{
    uint8_t digest[SHA256_BYTES];
    dedup_settings_digest(s->settings, digest);
    int rc = sigfile_open(f, s->paths[part], digest, e);
    if (rc == 0 && f->n_bands != s->settings->minhash.bands) {
        rc = error_set(e, ERR_FORMAT, s->paths[part], "has other bands than its parameters say; prepare that part again");
        sigfile_close(f);
    }
    return rc;
}

static void begin(struct sigset *s, const struct dedup_settings *settings, char **paths, size_t n_parts)
{
    *s = (struct sigset){ .settings = settings, .paths = paths, .n_parts = n_parts };
    s->first = xcalloc(n_parts + 1, sizeof *s->first);
    s->open = xcalloc(n_parts, sizeof *s->open);
    s->asked = xcalloc(n_parts, sizeof *s->asked);
}

void sigset_open_counted(struct sigset *s, const struct dedup_settings *settings, char **paths, size_t n_parts, const uint64_t *first)
{
    begin(s, settings, paths, n_parts);
    memcpy(s->first, first, (n_parts + 1) * sizeof *first);
}

int sigset_open(struct sigset *s, const struct dedup_settings *settings, char **paths, size_t n_parts, struct error *e)
{
    begin(s, settings, paths, n_parts);
    for (size_t i = 0; i < n_parts; i++) {
        struct sigfile f;
        int rc = sigset_map(s, i, &f, e);
        if (rc) {
            sigset_close(s);
            return rc;
        }
        s->first[i + 1] = s->first[i] + f.n;
        sigfile_close(&f);
    }
    return 0;
}

void sigset_close(struct sigset *s)
{
    for (size_t i = 0; i < s->n_parts; i++) {
        sigfile_close(&s->open[i]);
        free(s->paths[i]);
    }
    free(s->open);
    free(s->asked);
    free(s->paths);
    free(s->first);
    *s = (struct sigset){ 0 };
}

/* The part that holds the document; parts without documents are passed over. */
static size_t part_of(const struct sigset *s, uint64_t doc)
{
    size_t lo = 0, hi = s->n_parts;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->first[mid] <= doc)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Unmap what was asked for longest ago. */
static void let_go(struct sigset *s)
{
    size_t oldest = 0;
    for (size_t i = 1; i < s->n_open; i++)
        if (s->asked[s->held[i]] < s->asked[s->held[oldest]])
            oldest = i;
    struct sigfile *f = &s->open[s->held[oldest]];
    s->open_bytes -= f->map.n;
    sigfile_close(f);
    s->held[oldest] = s->held[--s->n_open];
}

/* The part that was asked for last stays, whatever its size. */
static int keep_open(struct sigset *s, size_t part, struct error *e)
{
    struct sigfile *f = &s->open[part];
    int rc = sigset_map(s, part, f, e);
    if (rc)
        return rc;
    while (s->n_open > 1 && (s->n_open == SIGSET_OPEN_MAX || s->open_bytes + f->map.n > SIGSET_OPEN_BYTES))
        let_go(s);
    s->open_bytes += f->map.n;
    s->held[s->n_open++] = (uint32_t)part;
    return 0;
}

int sigset_record(struct sigset *s, uint64_t doc, struct sig_record *r, struct error *e)
{
    if (doc >= sigset_count(s))
        return error_set(e, ERR_FORMAT, NULL, "a document is named that is not there; remove tmp/dedup and run dedup again");
    size_t part = part_of(s, doc);
    int rc = s->open[part].n ? 0 : keep_open(s, part, e);
    s->asked[part] = ++s->clock;
    return rc ? rc : sigfile_record(&s->open[part], doc - s->first[part], r, e);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Earlier first; one without a date behind all that have one, whichever way dates are asked for. */
static int compare_dates(const struct sig_record *a, const struct sig_record *b, int direction)
{
    bool has_a = a->flags & SIG_DATE, has_b = b->flags & SIG_DATE;
    if (!has_a || !has_b)
        return (int)has_b - (int)has_a;
    int c = (a->date > b->date) - (a->date < b->date);
    return direction * (c ? c : compare_u64(a->date_ns, b->date_ns));
}

static int compare_by(enum keep_key key, const struct sig_record *a, const struct sig_record *b)
{
    switch (key) {
    case KEEP_LONGEST: return compare_u64(b->length, a->length);
    case KEEP_SHORTEST: return compare_u64(a->length, b->length);
    case KEEP_EARLIEST: return compare_dates(a, b, 1);
    case KEEP_NEWEST: return compare_dates(a, b, -1);
    default: return span_cmp(a->id, b->id);
    }
}

int keeper_compare(const struct keep_list *l, const struct sig_record *a, const struct sig_record *b)
{
    int c = 0;
    for (unsigned i = 0; c == 0 && i < l->n; i++)
        c = compare_by(l->v[i], a, b);
    if (c == 0)
        c = memcmp(a->text, b->text, SHA256_BYTES);
    return c ? c : span_cmp(a->key, b->key);
}
