/*
 * curl_library.h - libcurl, loaded when the first remote file is asked for.  It brings some twenty-five other libraries, which cost
 * every process 4 ms of start-up; nearly all never read a remote file.
 */
#ifndef SLUICE_CURL_LIBRARY_H
#define SLUICE_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "core/error.h"

#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_global_init) X(curl_version_info) X(curl_getdate) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_pause)          \
    X(curl_easy_cleanup) X(curl_easy_strerror) X(curl_multi_init) X(curl_multi_add_handle) X(curl_multi_remove_handle)         \
    X(curl_multi_perform) X(curl_multi_info_read) X(curl_multi_poll) X(curl_multi_cleanup) X(curl_slist_append)                \
    X(curl_slist_free_all)

struct curl_library {
#define X(f) __typeof__(&f) f;
    CURL_FUNCTIONS(X)
#undef X
};

/* Loaded once a process, and its global state with it.  NULL, with *e: it is not installed (-ERR_MISSING). */
const struct curl_library *curl_library(struct error *e);

#endif
