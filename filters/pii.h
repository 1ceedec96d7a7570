/*
 * pii.h - personal data: where it stands in a text, by kinds.
 *
 * A kind is one row of the table in pii_kinds.c: a name (its tag is <NAME-pii>) and a scanner that
 * reports sorted, non-overlapping spans of the value only, on character boundaries.  Where kinds
 * overlap the one further up in the table has it.
 *
 * Every scanner is linear in the text: it goes from one rare byte to the next and looks at a bounded
 * window around it, or at each maximal run once.
 */
#ifndef SLUICE_PII_H
#define SLUICE_PII_H

#include "core/arena.h"
#include "core/doc.h"
#include "core/error.h"

#define PII_MAX_KINDS 64

struct pii_options {
    bool on[PII_MAX_KINDS]; /* by row of the table */
    bool any;
    bool ip_all; /* private, local and documentation addresses too */
};

struct pii_list {
    struct pii_span *v;
    size_t n, cap;
};

struct pii_scratch;

struct pii_kind {
    const char *name; /* NULL ends the table */
    void (*scan)(const struct pii_options *o, struct pii_scratch *x, const struct pii_kind *k, struct span text,
                 struct pii_list *out);
    bool not_by_default;
};
extern const struct pii_kind pii_kinds[];

/*
 * pii_select() - one name of a list: a kind, "ip=all", "all", "default" or "none" (which clears what
 * went before).  Errors: -ERR_USAGE, naming every kind there is.
 */
int pii_select(struct pii_options *o, struct span name, struct error *e) MUST_USE;
/* A comma-separated list of such names. */
int pii_select_list(struct pii_options *o, const char *list, struct error *e) MUST_USE;

/* Compiled patterns, match data and buffers of one thread.  new/free; NULL to free is fine. */
struct pii_scratch *pii_scratch_new(void);
void pii_scratch_free(struct pii_scratch *x);

/*
 * pii_find() - all spans of the text (valid UTF-8), sorted and apart; *out is reset and the caller's
 * to free.  A text with tags in it gives no span inside a tag, and the text that
 * pii_rewrite() makes gives none at all.
 */
void pii_find(const struct pii_options *o, struct pii_scratch *x, struct span text, struct pii_list *out);

/* Append the text with a tag for each span. */
void pii_rewrite(struct span text, const struct pii_span *v, size_t n, struct buf *out);

/* text, spans -> the document's; d->pii lies in its arena, over the original text. */
void pii_scrub(const struct pii_options *o, struct pii_scratch *x, struct document *d);

/* For scanners: append one. */
void pii_add(struct pii_list *l, const char *kind, size_t start, size_t end);

/* ---- scanners ---- */

#define PII_SCANNER(name)                                                                            \
    void name(const struct pii_options *o, struct pii_scratch *x, const struct pii_kind *k,          \
              struct span text, struct pii_list *out)
PII_SCANNER(pii_scan_email);
PII_SCANNER(pii_scan_ip);
PII_SCANNER(pii_scan_iban);

/* ---- addresses (pii_ip.c) ---- */

/* Exactly one address.  IPv4: no leading zeros.  IPv6: every form of RFC 4291 2.2; a zone must be cut off before. */
bool pii_parse_ipv4(struct span s, uint8_t out[4]);
bool pii_parse_ipv6(struct span s, uint8_t out[16]);
/* As Python 3.13's ipaddress.is_global, which follows IANA's special-purpose registries. */
bool pii_ipv4_is_public(const uint8_t a[4]);
bool pii_ipv6_is_public(const uint8_t a[16]);

/* Length of an IBAN of that country (two upper-case letters), or 0 (registry v101: 89 countries). */
int pii_iban_length(const char *country);

/* ---- characters (pii_chars.c) ---- */

enum pii_class {
    PII_OTHER,  /* no letter, mark or digit */
    PII_ASCII,  /* A-Z a-z 0-9 */
    PII_SPACED, /* letters, marks and digits of scripts that put spaces between words */
    PII_DENSE,  /* ... of those that do not (Han, kana, Thai, Lao, Khmer, Myanmar), and Hangul, whose
                 * particles stick to a word */
};

enum pii_class pii_class_of(uint32_t cp);
/* The character before `at` (0 at the start), and where it begins; the one at `at`, and where it ends. */
uint32_t pii_before(struct span text, size_t at, size_t *begin);
uint32_t pii_after(struct span text, size_t at, size_t *end);
/*
 * Whether a value of ASCII letters and digits may begin or end at `at`: no letter or digit of a
 * spaced script touches it there.  Digits of any script touch.
 */
bool pii_edge_before(struct span text, size_t at);
bool pii_edge_after(struct span text, size_t at);

#endif
