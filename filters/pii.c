/*
 * pii.c - the stage: finds, joins the kinds, rewrites.
 *
 * A tag can lay bare what its value hid: in "1.2.3.4aaaa...@example.com" the address of the host
 * shows only when the mailbox is cut.  So the rewritten text is looked at again until nothing is
 * found: scrubbing twice is scrubbing once.
 */
#include "filters/pii.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "filters/filters.h"
#include "filters/pii_pattern.h"

/* Each round finds at least one value more; text made to need more rounds than this keeps the rest. */
#define MAX_ROUNDS 16

struct pii_scratch {
    struct pii_list one, joined, round;
    struct buf text;
    struct pii_patterns *patterns;
};

struct pii_scratch *pii_scratch_new(void)
{
    struct pii_scratch *x = xcalloc(1, sizeof *x);
    x->patterns = pii_patterns_new();
    return x;
}

void pii_scratch_free(struct pii_scratch *x)
{
    if (!x)
        return;
    pii_patterns_free(x->patterns);
    free(x->one.v);
    free(x->joined.v);
    free(x->round.v);
    buf_release(&x->text);
    free(x);
}

struct pii_patterns *pii_scratch_patterns(struct pii_scratch *x)
{
    return x->patterns;
}

/* Into `all` (sorted, apart) what of `more` (sorted, apart) touches none of it. */
static void join(struct pii_list *all, const struct pii_list *more, struct pii_list *spare)
{
    size_t i = 0;
    spare->n = 0;
    for (size_t j = 0; j < more->n; j++) {
        const struct pii_span *m = &more->v[j];
        while (i < all->n && all->v[i].end <= m->start) {
            pii_add(spare, all->v[i].kind, all->v[i].start, all->v[i].end);
            i++;
        }
        if (i == all->n || all->v[i].start >= m->end)
            pii_add(spare, m->kind, m->start, m->end);
    }
    for (; i < all->n; i++)
        pii_add(spare, all->v[i].kind, all->v[i].start, all->v[i].end);
    struct pii_list t = *all;
    *all = *spare;
    *spare = t;
}

static void scan_kinds(const struct pii_options *o, struct pii_scratch *x, struct span text, bool labelled,
                       struct pii_list *out)
{
    pii_patterns_labelled(x->patterns, labelled);
    for (size_t i = 0; pii_kinds[i].name; i++) {
        if (!o->on[i] || (labelled && pii_kinds[i].scan != pii_scan_national))
            continue;
        x->one.n = 0;
        pii_kinds[i].scan(o, x, &pii_kinds[i], text, &x->one);
        if (x->one.n)
            join(out, &x->one, &x->joined);
    }
}

static void find_once(const struct pii_options *o, struct pii_scratch *x, struct span text,
                      struct pii_list *out)
{
    out->n = 0;
    pii_patterns_reset(x->patterns);
    scan_kinds(o, x, text, true, out);
    scan_kinds(o, x, text, false, out);
}

void pii_rewrite(struct span text, const struct pii_span *v, size_t n, struct buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        buf_put(out, text.p + at, v[i].start - at);
        buf_printf(out, "<%s-pii>", v[i].kind);
        at = v[i].end;
    }
    buf_span(out, span_from(text, at));
}

/*
 * Spans over the rewritten text become spans over the text it was made from: each lies between two
 * tags, so only the difference in length of what stands before it counts.
 */
static void take_back(const struct pii_list *had, struct pii_list *found)
{
    size_t i = 0, kept = 0, cut = 0, put = 0; /* bytes of values and of tags so far */
    for (size_t j = 0; j < found->n; j++) {
        struct pii_span s = found->v[j];
        while (i < had->n && had->v[i].start - cut + put < s.start) {
            cut += had->v[i].end - had->v[i].start;
            put += strlen(had->v[i].kind) + 6;
            i++;
        }
        size_t start = s.start + cut - put, end = s.end + cut - put;
        bool apart = (i == 0 || had->v[i - 1].end <= start) && (i == had->n || end <= had->v[i].start);
        if (apart && s.start >= (i ? had->v[i - 1].end + put - cut : 0))
            found->v[kept++] = (struct pii_span){ s.kind, start, end };
    }
    found->n = kept;
}

void pii_find(const struct pii_options *o, struct pii_scratch *x, struct span text, struct pii_list *out)
{
    find_once(o, x, text, out);
    for (size_t round = 1; out->n && round < MAX_ROUNDS; round++) {
        buf_reset(&x->text);
        pii_rewrite(text, out->v, out->n, &x->text);
        find_once(o, x, buf_view(&x->text), &x->round);
        take_back(out, &x->round);
        if (x->round.n == 0)
            break;
        join(out, &x->round, &x->joined);
    }
}

void pii_scrub(const struct pii_options *o, struct pii_scratch *x, struct document *d)
{
    struct pii_list found = { 0 };
    struct buf b = { 0 };
    pii_find(o, x, d->text, &found);
    d->n_pii = found.n;
    d->pii = NULL;
    if (found.n) {
        d->pii = arena_alloc(d->arena, found.n * sizeof *d->pii);
        memcpy(d->pii, found.v, found.n * sizeof *d->pii);
        pii_rewrite(d->text, found.v, found.n, &b);
        d->text = arena_dup(d->arena, buf_view(&b));
    }
    buf_release(&b);
    free(found.v);
}

/* ---- the stage ---- */

static const struct conf_key pii_keys[] = {
    { "pii.kinds", CONF_LIST, "default", 0, 0, NULL,
      "kinds replaced by <KIND-pii>; default: every kind but geo; all; none" },
    { "pii.ip", CONF_CHOICE, "public", 0, 0, "public|all",
      "addresses: only public ones, or private and local ones too" },
    { 0 },
};
static const char *const pii_rules[] = { NULL };

static int pii_open(const struct config *c, void **state, struct error *e)
{
    struct pii_options o = { 0 };
    const char *const *v;
    size_t n = config_list(c, "pii.kinds", &v);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = pii_select(&o, span_cstr(v[i]), e);
    if (rc)
        return rc;
    o.ip_all |= strcmp(config_str(c, "pii.ip"), "all") == 0;
    *state = xmalloc(sizeof o);
    memcpy(*state, &o, sizeof o);
    return 0;
}

static void *pii_scratch_of(const void *state)
{
    return pii_scratch_new();
}

static void pii_scratch_drop(void *scratch)
{
    pii_scratch_free(scratch);
}

static int pii_apply(const void *state, void *scratch, struct document *d, struct error *e)
{
    pii_scrub(state, scratch, d);
    return 0;
}

static void pii_close(void *state)
{
    free(state);
}

const struct stage_ops pii_stage = {
    .name = "pii",
    .version = 1,
    .phase = PHASE_SCRUB,
    .keys = pii_keys,
    .rules = pii_rules,
    .open = pii_open,
    .scratch_new = pii_scratch_of,
    .scratch_free = pii_scratch_drop,
    .apply = pii_apply,
    .close = pii_close,
};
