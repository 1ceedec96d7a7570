/*
 * format.h - what a record looks like in each kind of archive: WARC, ARC, documents as JSON lines.
 *
 * The reader (warc.h) is one loop for all of them; a format tells it where a record may begin, where its head ends and
 * what the head says.
 */
#ifndef SLUICE_FORMAT_H
#define SLUICE_FORMAT_H

#include "pipeline/ingest/warc.h"

struct record_format {
    const char *name; /* for messages */
    size_t max_head;  /* bytes; a larger head is damage */
    bool lines;       /* a head is one line: records begin at the start of a line and nowhere else */
    bool bare;        /* the head is all there is: a document is its line */
    /* May a record begin at s (behind blank lines)?  Decided by at most FORMAT_SIGHT bytes. */
    bool (*begins)(struct span s);
    /* Bytes of the head with the line end that closes it (`bare`: without); 0 if it does not end within s. */
    size_t (*head_length)(struct span s);
    /*
     * The head's fields into *r, in `a`; `head` outlives r.  Returns NULL, or what is wrong with it (static).
     * `bare`: the block is set, too.
     */
    const char *(*parse)(struct span head, struct arena *a, struct warc_record *r);
};

/* More bytes than any begins() looks at. */
#define FORMAT_SIGHT 64

extern const struct record_format warc_format; /* WARC 0.17 to 1.1 (ISO 28500) */
/*
 * ARC 1 and 2 (Internet Archive, "Arc File Format", 1996): one line a head, "URL IP date type length", version 2 with
 * five more fields before the length; the file's first record is filedesc://.
 */
extern const struct record_format arc_format;
extern const struct record_format documents_format; /* a JSON object a line */

#endif
