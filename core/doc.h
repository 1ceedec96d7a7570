/*
 * doc.h - one document on its one path, and the verdict on it.
 *
 * A document is valid until its arena is reset; every span in it lies in that arena or in memory
 * that outlives it.  A worker owns a document from its record to its last row: it never crosses
 * workers.
 */
#ifndef SLUICE_DOC_H
#define SLUICE_DOC_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/json.h"

enum verdict { DOC_KEPT, DOC_DROPPED, DOC_FAILED };

/* Where the record lies. */
struct origin {
    struct span warc; /* the input's name (INTERFACE, "Names, keys, rows"), never a local path in rows */
    uint64_t offset;  /* bytes: where the record's gzip member (or plain record) begins */
    uint64_t length;  /* stored bytes */
    uint64_t at;      /* place in the inflated bytes of a member with several records; else 0 */
};

/* A name and a value as bytes, e.g. a meta tag of the page's head or an HTTP header field. */
struct field {
    struct span name, value;
    struct field *next;
};

/* One opt-out signal that was looked at: the ledger's evidence. */
struct evidence {
    const char *signal;  /* static: "robots", "x-robots-tag", "meta-robots", "tdmrep-header", "tdmrep-meta" */
    struct span source;  /* where it was read: a URL, or a digest of the bytes */
    struct span text;    /* the deciding line, bounded; p == NULL if there is none */
    struct span date;    /* when those bytes were captured, ISO 8601 */
    const char *verdict; /* static: "allowed" | "refused" | "unknown" */
    struct evidence *next;
};

/* One span of personal data, in bytes of the text it was found in; never the value. */
struct pii_span {
    const char *kind; /* static */
    size_t start, end;
};

/* What the page says of itself (filled by pipeline/extract). */
struct page_facts {
    struct span title, canonical, lang_declared, author, published, licence;
    struct field *metas; /* head signals for the opt-out filter: <meta name=robots|AGENT|tdm-*>, in page order */
    const char *truncated; /* static name of the bound that cut the page, or NULL */
};

/* A measured value of a rule, for `filter --all` and the ledger. */
struct measure {
    const char *rule; /* static */
    double value;
    bool has_value;
    struct measure *next;
};

struct document {
    struct arena *arena;
    struct span id;   /* "<urn:uuid:...>"; from a source whose id is no string: its JSON */
    struct span url;  /* p == NULL: none */
    struct span date; /* ISO 8601, as the WARC has it */
    struct origin origin;
    struct span text; /* UTF-8, NFC, no U+0000 */

    /* before extraction (ingest) */
    struct field *http;  /* response header fields, in order */
    struct span payload; /* decoded body */
    struct span charset; /* the HTTP charset parameter */
    const char *digest;  /* static: what the record's own digests say, "ok" | "bad" | "unknown"; NULL: none, or not asked */
    struct span cut;     /* WARC-Truncated, or "segment": the record is not all of its page; p == NULL: it is */
    const char *coding;  /* static: what is amiss with the codings that the HTTP head names, "cut" (the body breaks off) | "absent" (it is
                            not coded so); NULL: nothing */
    const char *encoding, *encoding_signal; /* static: how the body became UTF-8 (charset.h); NULL: it was not converted */
    uint64_t repaired;   /* undecodable sequences in it */
    struct span producer; /* of a document that another pipeline made: where that one had it from, a JSON object; p == NULL: none */

    struct page_facts facts;
    struct span language; /* model label, e.g. "de"; p == NULL: not identified */
    double language_score;
    bool has_language_score;
    struct evidence *evidence;
    struct pii_span *pii;
    size_t n_pii;
    struct measure *measures; /* in the order of the rules */

    enum verdict verdict;
    const char *stage, *rule; /* static; set when not kept */
    double value, threshold;  /* set when has_value */
    bool has_value;
    struct span reason; /* DOC_FAILED: one line for the ledger, no text of the document */

    /* JSONL in and out: what we do not know passes through as it came */
    const struct json *source; /* the line's tree, or NULL */
    struct field *extra;       /* metadata members that we add besides the typed ones: name, JSON value */
};

/* drop: record the first rule that refused; later calls are ignored. */
void doc_drop(struct document *d, const char *stage, const char *rule);
void doc_drop_value(struct document *d, const char *stage, const char *rule, double value, double threshold);
void doc_fail(struct document *d, const char *stage, const char *rule, const char *reason);

/* Append to the document's lists, in its arena. */
void doc_measure(struct document *d, const char *rule, double value);
struct evidence *doc_evidence(struct document *d, const char *signal, const char *verdict);
/* A metadata member that has no typed field; json is its value, already JSON.  Replaces one of that name. */
void doc_extra(struct document *d, const char *name, struct span json);
/* The first HTTP field of that name (ASCII case ignored) behind `after` (NULL: from the start), or NULL. */
const struct field *field_find(const struct field *list, const char *name);

/* ---- JSON lines (INTERFACE "A document") ---- */

/*
 * doc_parse() - one line into *d (zeroed but for the arena).  Known metadata fills the typed
 * fields; everything else is kept for doc_write().  text must be a string.
 * Returns 0, -ERR_FORMAT (with a reason without text) or -ERR_TOO_BIG.
 */
int doc_parse(struct span line, struct arena *a, struct document *d, struct error *e) MUST_USE;

/* The document's id as JSON: a string, what its source had (a number, say), or null. */
void doc_put_id(const struct document *d, struct json_writer *w);

/*
 * doc_write() - append the document as one line with its LF.  Known members first, then unknown
 * ones in their order; `drop` (INTERFACE) only for a dropped document.
 */
void doc_write(const struct document *d, struct buf *out);

#endif
