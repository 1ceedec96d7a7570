/*
 * floor.c - the least that any pipeline on these libraries pays: libdeflate a gzip member, libxml2's SAX push
 * parser with empty callbacks on its HTTP body.  Nothing is kept, nothing is decided.
 *
 * usage: floor [--tree] WARC.gz    prints {"pages":N,"bytes":N,"cpu_ms":X,"ms_a_page":X}: CPU of the loop alone
 *   --tree   what most programs on these libraries do: zlib a member, htmlReadMemory() on its body, the tree freed
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

static void on_start(void *ctx, const xmlChar *name, const xmlChar **atts) {}
static void on_end(void *ctx, const xmlChar *name) {}
static void on_text(void *ctx, const xmlChar *p, int n) {}

static htmlSAXHandler handler = { .startElement = on_start, .endElement = on_end, .characters = on_text,
                                  .cdataBlock = on_text, .ignorableWhitespace = on_text };

static void parse(const char *html, size_t n)
{
    htmlParserCtxtPtr c = htmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
    htmlCtxtUseOptions(c, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    htmlParseChunk(c, html, (int)n, 0);
    htmlParseChunk(c, html, 0, 1);
    htmlFreeParserCtxt(c);
}

static void parse_tree(const char *html, size_t n)
{
    xmlFreeDoc(htmlReadMemory(html, (int)n, NULL, "UTF-8",
                              HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC));
}

static bool inflate_zlib(const char *in, size_t size, char *out, size_t cap, size_t *used, size_t *n)
{
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)in, .avail_in = (unsigned)size };
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)cap;
    bool ok = inflateInit2(&z, 31) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END;
    *used = z.total_in;
    *n = z.total_out;
    inflateEnd(&z);
    return ok;
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The body of a response record's HTTP message; NULL for any other record. */
static const char *body_of(const char *record, size_t n, size_t *body_n)
{
    const char *head = memmem(record, n, "\r\n\r\n", 4), *body;
    if (!head || !memmem(record, (size_t)(head - record), "WARC-Type: response", 19))
        return NULL;
    head += 4;
    body = memmem(head, n - (size_t)(head - record), "\r\n\r\n", 4);
    if (!body)
        return NULL;
    body += 4;
    *body_n = n - (size_t)(body - record);
    return body;
}

int main(int argc, char **argv)
{
    struct stat st;
    bool tree = argc == 3 && strcmp(argv[1], "--tree") == 0;
    int fd = argc == 2 + tree ? open(argv[1 + tree], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &st)) {
        fprintf(stderr, "usage: floor [--tree] WARC.gz\n");
        return 2;
    }
    size_t size = (size_t)st.st_size, cap = 64u << 20, pages = 0, bytes = 0;
    char *in = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0), *out = malloc(cap);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (in == MAP_FAILED || !out || !d)
        return 1;
    xmlInitParser();
    double from = cpu_ms();
    for (size_t at = 0; at < size;) {
        size_t used, n, body_n;
        bool ok = tree ? inflate_zlib(in + at, size - at, out, cap, &used, &n)
                       : libdeflate_gzip_decompress_ex(d, in + at, size - at, out, cap, &used, &n) == LIBDEFLATE_SUCCESS;
        if (!ok) {
            fprintf(stderr, "floor: no gzip member at %zu\n", at);
            return 1;
        }
        const char *body = body_of(out, n, &body_n);
        if (body) {
            (tree ? parse_tree : parse)(body, body_n);
            pages++;
            bytes += body_n;
        }
        at += used;
    }
    double ms = cpu_ms() - from;
    printf("{\"pages\":%zu,\"bytes\":%zu,\"cpu_ms\":%.1f,\"ms_a_page\":%.4f}\n", pages, bytes, ms, pages ? ms / (double)pages : 0.0);
    return 0;
}
