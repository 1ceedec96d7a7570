/* pii_kinds.c - every kind of personal data, one row each, and how a list of them is read. */
#include <stdlib.h>

#include "core/alloc.h"
#include "core/buf.h"
#include "filters/pii_pattern.h"

/* The strongest checks first: a number that two kinds claim is the upper one's. */
const struct pii_kind pii_kinds[] = {
    { "email", pii_scan_email, false },
    { "secret", pii_scan_secret, false },
    { "wallet", pii_scan_wallet, false },
    { "iban", pii_scan_iban, false },
    { "ip", pii_scan_ip, false },
    { "mac", pii_scan_mac, false },
    { "card", pii_scan_card, false },
    { "ch-ahv", pii_scan_national, false },
    { "fr-nir", pii_scan_national, false },
    { "be-nn", pii_scan_national, false },
    { "cn-ric", pii_scan_national, false },
    { "kr-rrn", pii_scan_national, false },
    { "it-cf", pii_scan_national, false },
    { "es-dni", pii_scan_national, false },
    { "es-nie", pii_scan_national, false },
    { "fi-hetu", pii_scan_national, false },
    { "no-fnr", pii_scan_national, false },
    { "pl-pesel", pii_scan_national, false },
    { "br-cpf", pii_scan_national, false },
    { "de-idnr", pii_scan_national, false },
    { "in-aadhaar", pii_scan_national, false },
    { "jp-mynumber", pii_scan_national, false },
    { "se-pnr", pii_scan_national, false },
    { "dk-cpr", pii_scan_national, false },
    { "us-ssn", pii_scan_national, false },
    { "us-itin", pii_scan_national, false },
    { "nl-bsn", pii_scan_national, false },
    { "ca-sin", pii_scan_national, false },
    { "pt-nif", pii_scan_national, false },
    { "uk-nhs", pii_scan_national, false },
    { "uk-nino", pii_scan_national, false },
    { "cvv", pii_scan_cvv, false },
    { "geo", pii_scan_geo, true },
    { "phone", pii_scan_phone, false },
    { NULL, NULL, false },
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
    int rc = error_set(e, ERR_USAGE, NULL,
                       "there is no kind of personal data '%.*s'; there are: %.*s, and all, default, none, ip=all",
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
