/* pii_kinds.c - every kind of personal data, one row each, and how a list of them is read. */
#include <stdlib.h>

#include "core/alloc.h"
#include "core/buf.h"
#include "filters/pii.h"

const struct pii_kind pii_kinds[] = {
    { "email", pii_scan_email, false, 0 },
    { "iban", pii_scan_iban, false, 0 },
    { "ip", pii_scan_ip, false, 0 },
    { NULL, NULL, false, 0 },
};

void pii_add(struct pii_list *l, const char *kind, size_t start, size_t end)
{
    GROW(l->v, l->n, l->cap);
    l->v[l->n++] = (struct pii_span){ kind, start, end };
}

static void set_all(struct pii_options *o, bool with_the_rest)
{
    for (size_t i = 0; pii_kinds[i].name; i++)
        o->on[i] |= with_the_rest || !pii_kinds[i].not_by_default;
    o->any = true;
}

int pii_select(struct pii_options *o, struct span name, struct error *e)
{
    name = span_trim(name);
    if (span_is(name, "none")) {
        *o = (struct pii_options){ 0 };
        return 0;
    }
    if (span_is(name, "all") || span_is(name, "default")) {
        set_all(o, span_is(name, "all"));
        return 0;
    }
    bool ip_all = span_is(name, "ip=all");
    for (size_t i = 0; pii_kinds[i].name; i++) {
        if (span_is(name, pii_kinds[i].name) || (ip_all && strcmp(pii_kinds[i].name, "ip") == 0)) {
            o->on[i] = o->any = true;
            o->ip_all |= ip_all;
            return 0;
        }
    }
    struct buf b = { 0 };
    for (size_t i = 0; pii_kinds[i].name; i++)
        buf_printf(&b, "%s%s", i ? " " : "", pii_kinds[i].name);
    int rc = error_set(e, ERR_USAGE, NULL, "there is no kind of personal data '%.*s'; there are: %.*s, and all, default, none, ip=all",
                       name.n > 40 ? 40 : (int)name.n, name.p, (int)b.n, b.p);
    buf_release(&b);
    return rc;
}

int pii_select_list(struct pii_options *o, const char *list, struct error *e)
{
    struct span rest = span_cstr(list), name;
    int rc = 0;
    *o = (struct pii_options){ 0 };
    while (rc == 0 && span_cut(&rest, ',', &name))
        rc = pii_select(o, name, e);
    return rc;
}
