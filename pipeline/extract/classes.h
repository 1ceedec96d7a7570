/*
 * classes.h - what the names of an element say about its content.
 *
 * General words only: none names a site.  Method and many of the words: the XPath lists of
 * trafilatura (Barbaresi 2021) and the regular expressions of Readability (Arc90).
 */
#ifndef SLUICE_CLASSES_H
#define SLUICE_CLASSES_H

#include <stdint.h>

#include "core/span.h"

/* Bits of enum hint for one attribute: "class", "id", "role" or "itemprop". */
uint8_t class_hints(const char *attribute, struct span value);

#endif
