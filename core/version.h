/* version.h - which program this is, and what it is linked with. */
#ifndef SLUICE_VERSION_H
#define SLUICE_VERSION_H

#include <stddef.h>

#define SLUICE_VERSION "0.1.0"

const char *version_commit(void);   /* 12 hex digits, or "unknown" */
const char *version_compiler(void);

struct version_library {
    const char *name;
    char version[32]; /* of the library that is loaded, not of its header */
};
/* In the order of their names; *n is their number. */
const struct version_library *version_libraries(size_t *n);

#endif
