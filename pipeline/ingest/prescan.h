/*
 * prescan.h - the encoding that a page's first bytes declare (WHATWG HTML 13.2.3.2, "prescan a byte
 * stream to determine its encoding", with "get an XML encoding").
 */
#ifndef SLUICE_PRESCAN_H
#define SLUICE_PRESCAN_H

#include "pipeline/ingest/encodings.h"

/*
 * Looks at the first 1,024 bytes; a tag that runs over their end declares nothing.  Without a <meta> an XML
 * declaration counts.  NULL: nothing declared, or nothing known.
 */
const struct encoding *prescan_meta(struct span body);

#endif
