/*
 * mime.h - of what type a body is, as a browser decides it (WHATWG MIME Sniffing standard).
 */
#ifndef SLUICE_MIME_H
#define SLUICE_MIME_H

#include "core/span.h"

/* Bytes of a body that the standard looks at (section 5.2). */
#define MIME_SIGHT 1445

enum mime_kind {
    MIME_HTML,
    MIME_XML,    /* any XML type; XHTML is told by its name */
    MIME_FEED,   /* RSS or Atom, served as text/html */
    MIME_TEXT,
    MIME_OTHER,  /* images, sound, archives, PDF, bytes: what its name says, or what its first bytes are */
};

/* Content-Type's value without parameters, trimmed. */
struct span mime_essence(struct span content_type);

/*
 * mime_sniff() - "content_type" as the header has it (p == NULL: none), `nosniff` of X-Content-Type-Options, and the first
 * bytes of the decoded body (7 to 7.3, "determining the computed MIME type").
 */
enum mime_kind mime_sniff(struct span content_type, bool nosniff, struct span body);

#endif
