/* version.c - see version.h. */
#include "core/version.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unicode/uversion.h>
#include <xxhash.h>
#include <yaml.h>
#include <zlib.h>
#include <zstd.h>

#include "commit.h"

extern const char *xmlParserVersion;

const char *version_commit(void)
{
    return SLUICE_COMMIT;
}

const char *version_compiler(void)
{
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

const struct version_library *version_libraries(size_t *n)
{
    static struct version_library libs[10];
    size_t i = 0;
#define LIBRARY(lib, ...)                                                                          \
    do {                                                                                           \
        libs[i].name = lib;                                                                        \
        snprintf(libs[i].version, sizeof libs[i].version, __VA_ARGS__);                            \
        i++;                                                                                       \
    } while (0)
    UVersionInfo icu;
    uint32_t brotli = BrotliDecoderVersion();
    char text[64];
    u_getVersion(icu);
    u_versionToString(icu, text);
    LIBRARY("brotli", "%u.%u.%u", brotli >> 24, brotli >> 12 & 0xFFF, brotli & 0xFFF);
    LIBRARY("icu", "%.31s", text);
    LIBRARY("libcrypto", "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
    LIBRARY("libdeflate", "%s", LIBDEFLATE_VERSION_STRING);
    LIBRARY("libyaml", "%s", yaml_get_version_string());
    pcre2_config(PCRE2_CONFIG_VERSION, text);
    LIBRARY("pcre2", "%.31s", text);
    LIBRARY("sqlite", "%s", sqlite3_libversion());
    LIBRARY("xxhash", "%u", XXH_versionNumber());
    LIBRARY("zlib", "%s", zlibVersion());
    LIBRARY("zstd", "%s", ZSTD_versionString());
    *n = i;
    return libs;
}
