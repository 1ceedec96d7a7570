/* curl_library.c - see curl_library.h. */
#include "pipeline/ingest/curl_library.h"

#include <dlfcn.h>
#include <pthread.h>

#define LIBRARY "libcurl.so.4"

static struct curl_library library;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return;
#define X(f) (*(void **)&library.f = dlsym(handle, #f)) &&
    loaded = CURL_FUNCTIONS(X) library.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
#undef X
}

const struct curl_library *curl_library(struct error *e)
{
    pthread_once(&once, load);
    if (loaded)
        return &library;
    error_set(e, ERR_MISSING, LIBRARY, "cannot be loaded, and remote files are read by it; install libcurl (Debian: libcurl4)");
    return NULL;
}
