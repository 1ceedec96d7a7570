/*
 * documents.h - where published corpora keep what we ask of a document.  At the top of the line or in its "metadata" (datatrove,
 * Dolma) or "meta" (RedPajama, older C4 copies); the first name that holds a string counts.
 */
#ifndef SLUICE_DOCUMENTS_H
#define SLUICE_DOCUMENTS_H

#include "core/json.h"

extern const char *const document_url_names[], *const document_date_names[], *const document_id_names[];

/* p == NULL: none. */
struct span document_member(const struct json *line, const char *const *names);

#endif
