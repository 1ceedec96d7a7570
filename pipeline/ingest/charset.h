/*
 * charset.h - which encoding a page is in, and the page as UTF-8.
 *
 * Order: BOM, HTTP charset, <meta> prescan (WHATWG HTML 13.2.3.2, first 1,024 bytes), UTF-8 where
 * valid, then a statistical detector (ICU) on a prefix with tags taken out.  Labels by the WHATWG
 * Encoding standard ("latin1" is windows-1252).
 */
#ifndef SLUICE_CHARSET_H
#define SLUICE_CHARSET_H

#include "core/buf.h"
#include "core/error.h"

struct charset_choice {
    const char *encoding; /* WHATWG name, static: "UTF-8", "windows-1252", "Shift_JIS"... */
    const char *signal;   /* static: "bom" | "http" | "meta" (or an XML declaration) | "utf-8" | "detected" | "fallback" */
    uint64_t repaired;    /* undecodable sequences that became U+FFFD */
};

/* Converters of one thread, opened once.  new/free. */
struct charset_converter;
struct charset_converter *charset_new(void);
void charset_free(struct charset_converter *c);

/*
 * charset_decode() - `body` as valid UTF-8 without BOM.  *out borrows body when nothing had to be
 * changed, else lies in `buf` (reset first; its ceiling gives -ERR_TOO_BIG).
 */
int charset_decode(struct charset_converter *c, struct span body, struct span http_charset, struct buf *buf,
                   struct span *out, struct charset_choice *choice) MUST_USE;

#endif
