/*
 * json.h - strict JSON in, canonical JSON out.
 *
 * The reader takes RFC 8259 text that is also I-JSON (RFC 7493): valid UTF-8, no lone surrogates,
 * no member name twice, at most JSON_MAX_DEPTH deep.  Every value remembers the bytes it was read
 * from (`raw`), so what we do not know passes through as it came.
 */
#ifndef SLUICE_JSON_H
#define SLUICE_JSON_H

#include "core/arena.h"
#include "core/buf.h"

#define JSON_MAX_DEPTH 64

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    struct span raw;    /* the value's own bytes in the source */
    struct span name;   /* member name, unescaped; p == NULL outside objects */
    struct span str;    /* JSON_STRING: unescaped */
    double num;         /* JSON_NUMBER */
    struct json *first; /* JSON_ARRAY, JSON_OBJECT: children in source order */
    struct json *next;
    size_t n; /* children */
};

/*
 * json_parse() - one value and nothing but white space around it.
 *
 * The tree lives in the arena and borrows `text` (strings without escapes point into it).
 * Returns 0, -ERR_FORMAT (*where: offset of the fault; may be NULL) or -ERR_TOO_BIG (arena limit).
 */
int json_parse(struct span text, struct arena *a, struct json **out, size_t *where);
/* The same, but arrays keep no children (n and raw tell of them): a list of millions of numbers takes no memory. */
int json_parse_flat(struct span text, struct arena *a, struct json **out, size_t *where);
/*
 * The same, but as pages are written: control characters may stand in strings, a surrogate alone is U+FFFD, and of two
 * members of one name the first counts.  Any number of members; linear in the text.
 */
int json_parse_loose(struct span text, struct arena *a, struct json **out, size_t *where);

/* NULL if v is NULL, not an object, or has no such member. */
const struct json *json_get(const struct json *v, const char *name);
/* The member's value if it has that type; else the default. */
struct span json_str(const struct json *v, const char *name, struct span otherwise);
double json_num(const struct json *v, const char *name, double otherwise);
/* A whole number in [0, 2^53]; else the default. */
uint64_t json_u64(const struct json *v, const char *name, uint64_t otherwise);

/* Append v by RFC 8785: members sorted by UTF-16 code units, shortest numbers, fewest escapes. */
void json_canonical(const struct json *v, struct buf *out);

/* ---- writing ---- */

/*
 * A writer over a buf that knows when to put a comma.  Members come out in call order: for canonical
 * rows call in sorted order, or write any order and pass the result through json_parse() and
 * json_canonical().
 */
struct json_writer {
    struct buf *out;
    bool comma; /* something stands before us on this level */
};

void jw_begin(struct json_writer *w, char bracket); /* '{' or '[' */
void jw_end(struct json_writer *w, char bracket);   /* '}' or ']' */
void jw_key(struct json_writer *w, const char *name);
void jw_key_span(struct json_writer *w, struct span name);
void jw_str(struct json_writer *w, struct span s); /* s must be valid UTF-8 */
void jw_u64(struct json_writer *w, uint64_t v);
void jw_i64(struct json_writer *w, int64_t v);
void jw_num(struct json_writer *w, double v); /* finite; shortest form that reads back (ECMAScript) */
void jw_bool(struct json_writer *w, bool v);
void jw_null(struct json_writer *w);
void jw_raw(struct json_writer *w, struct span json); /* a value that is JSON already */

/* key and value in one; an absent span (p == NULL) writes nothing. */
void jw_member_str(struct json_writer *w, const char *name, struct span s);
void jw_member_u64(struct json_writer *w, const char *name, uint64_t v);
void jw_member_num(struct json_writer *w, const char *name, double v);

/* A quoted, escaped string by RFC 8785. */
void json_put_string(struct buf *out, struct span s);
void json_put_number(struct buf *out, double v);

#endif
