/*
 * chars.h - character classes as Python's str methods and Unicode have them.
 */
#ifndef SLUICE_CHARS_H
#define SLUICE_CHARS_H

#include "core/buf.h"

/* Python's str.isspace() characters: U+0009-000D 001C-0020 0085 00A0 1680 2000-200A 2028 2029 202F 205F 3000. */
bool char_is_space(uint32_t cp);
/* str.isalpha(): general category L*. */
bool char_is_alpha(uint32_t cp);
/* Line boundaries of str.splitlines(): LF CR CRLF VT FF FS GS RS NEL LS PS. */
bool char_is_line_end(uint32_t cp);

/* str.strip(), lstrip(), rstrip() with no argument. */
struct span text_strip(struct span s);
struct span text_lstrip(struct span s);
struct span text_rstrip(struct span s);

/* The next line of str.splitlines(), without its end.  False when *rest is used up (n == 0). */
bool text_splitline(struct span *rest, struct span *line);

/* datatrove's PUNCTUATION (129) and TERMINAL_PUNCTUATION (159) sets: reference 2.6. */
bool char_is_punct(uint32_t cp);          /* the 129 */
bool char_is_terminal(uint32_t cp);       /* the 159 */

/* Append NFC / NFD of valid UTF-8, str.lower().  Errors: -ERR_TOO_BIG, -ERR_BUG (ICU). */
int text_nfc(struct span s, struct buf *out) MUST_USE;
int text_nfd(struct span s, struct buf *out) MUST_USE;
int text_lower(struct span s, struct buf *out) MUST_USE;

struct script_count {
    const char *script; /* ISO 15924: "Latn", "Cyrl", "Hani"... */
    uint32_t letters;
};
/* The scripts of the letters, those of most letters first (equal ones in ICU's order); returns how many of at most `max`. */
size_t text_scripts(struct span s, struct script_count *out, size_t max);
/* The first of them; "Zyyy" if there is no letter. */
const char *text_script(struct span s);

/*
 * ICU takes its memory from core/alloc.h from here on: where it runs out the process ends, instead of an answer being another
 * one.  Once, before anything else of ICU is used.
 */
void text_own_memory(void);

#endif
