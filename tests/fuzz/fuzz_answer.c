/*
 * fuzz_answer.c - any bytes as the head of a server's answer, as a line of an index, as a URL to name, as a body to sniff and as a
 * document of another pipeline.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "core/utf8.h"
#include "pipeline/ingest/download.h"
#include "pipeline/ingest/mime.h"
#include "pipeline/ingest/remote_answer.h"
#include "pipeline/ingest/remote_url.h"
#include "pipeline/run/record_document.h"

static void check_answer(struct span s)
{
    struct remote_answer a;
    struct span rest = s, line;
    answer_reset(&a);
    while (span_cut(&rest, '\n', &line))
        answer_header(&a, line);
    expect(a.status >= 0 && a.status <= 999 && a.retry_after >= -1 && a.retry_after <= 2147483647);
    char *version = answer_version(&a);
    for (const char *p = version; *p; p++)
        expect(*p > ' ' && (unsigned char)*p < 0x7F);
    free(version);
}

static void check_index(struct span s, struct arena *a)
{
    struct index_line x;
    struct error e;
    arena_reset(a);
    if (index_line_parse(s, a, &x, &e) == 0)
        expect(x.filename.n && x.length);
}

static void check_name(struct span s)
{
    char *url = strndup(s.n ? s.p : "", s.n), *name = remote_public_name(url);
    expect(strlen(name) <= strlen(url));
    const char *host = strstr(name, "://");
    if (host) {
        host += 3;
        expect(!memchr(host, '@', strcspn(host, "/?#")));
    }
    free(name);
    free(url);
}

static void check_document(struct span s, struct arena *a)
{
    arena_reset(a);
    struct document d = { .arena = a };
    record_document(s, &d);
    expect(d.verdict == DOC_FAILED || (d.text.p && utf8_valid(d.text) && !memchr(d.text.p, 0, d.text.n)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s = span_of((const char *)data, size);
    size_t eol = span_chr(s, '\n', 0);
    struct arena a;
    arena_init(&a, 0);
    check_answer(s);
    check_index(span_head(s, eol), &a);
    check_name(span_head(s, eol));
    check_document(span_head(s, eol), &a);
    enum mime_kind kind = mime_sniff(span_head(s, eol), size & 1, span_from(s, eol + 1));
    expect(kind >= MIME_HTML && kind <= MIME_OTHER);
    arena_release(&a);
    return 0;
}
