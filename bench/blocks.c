/*
 * blocks.c - the blocks of every page of a WARC: what scripts/train-extraction learns from.
 *
 * usage: blocks WARC FEATURES             N_FEATURES int16_t a block; standard output: a JSON line a page, {"url","blocks":[text...]}
 *        blocks WARC CONTEXT VERDICTS     N_CONTEXT int16_t a block of the second pass, by the first's verdicts (a byte a block)
 *        blocks WARC --texts VERDICTS     standard output: a JSON line a page, {"url","text"}, by the second's verdicts
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/json.h"
#include "pipeline/extract/features.h"
#include "pipeline/extract/render.h"
#include "pipeline/extract/scorer.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/record.h"

static void put_page(const struct document *d, const struct tree *t, const struct blocks *b)
{
    struct buf line = { 0 };
    buf_puts(&line, "{\"url\":");
    json_put_string(&line, d->url);
    buf_puts(&line, ",\"blocks\":[");
    for (size_t k = 0; k < b->n; k++) {
        const struct node *from = &t->v[b->v[k].first], *to = &t->v[b->v[k].last - 1];
        buf_puts(&line, k ? "," : "");
        json_put_string(&line, span_of(t->text.p + from->text, to->text_end - from->text));
    }
    buf_puts(&line, "]}\n");
    fwrite(line.p, 1, line.n, stdout);
    buf_release(&line);
}

static void put_text(const struct document *d, struct scorer *judge, struct tree *t, struct selection *s, const uint8_t *verdict)
{
    struct extract_options o = { .mode = EXTRACT_BALANCED };
    struct buf line = { 0 }, text = { 0 };
    scorer_select_believing(judge, t, &o, s, verdict);
    render(t, s, &o, &text);
    buf_puts(&line, "{\"url\":");
    json_put_string(&line, d->url);
    buf_puts(&line, ",\"text\":");
    json_put_string(&line, buf_view(&text));
    buf_puts(&line, "}\n");
    fwrite(line.p, 1, line.n, stdout);
    buf_release(&line);
    buf_release(&text);
}

int main(int argc, char **argv)
{
    struct error e;
    struct warc_reader *r;
    struct warc_options o = { 0 };
    struct warc_record record;
    struct record_context x;
    struct arena a;
    struct tree t = { 0 };
    struct selection s = { 0 };
    struct blocks b = { 0 };
    struct feature_page p = { 0 };
    bool texts = argc > 3 && strcmp(argv[2], "--texts") == 0;
    FILE *out = argc > 2 ? fopen(texts ? "/dev/null" : argv[2], "wb") : NULL, *in = argc > 3 ? fopen(argv[3], "rb") : NULL;
    if (!out || (argc > 3 && !in) || warc_open(&r, argv[1], &o, &e)) {
        fprintf(stderr, "usage: blocks WARC FEATURES | CONTEXT VERDICTS | --texts VERDICTS\n");
        return 2;
    }
    record_context_init(&x, config_new(conf_tables()));
    arena_init(&a, 0);
    struct scorer *judge = scorer_new();
    size_t columns = in ? N_CONTEXT : N_FEATURES;
    feature *v = xcalloc(columns * FEATURES_CHUNK, sizeof *v);
    while (warc_next(r, &record, &e) > 0) {
        struct document d;
        arena_reset(&a);
        record_to_document(&x, &record, SPAN("web"), &a, &d);
        if (d.verdict != DOC_KEPT || tree_build(&t, d.payload))
            continue;
        select_rules(&t, EXTRACT_BALANCED, &s);
        blocks_read(&b, &t);
        features_begin(&p, &t, &b, &s);
        uint8_t *verdict = xcalloc(b.n + 1, 1);
        if (in && fread(verdict, 1, b.n, in) != b.n)
            return 1;
        if (texts) {
            put_text(&d, judge, &t, &s, verdict);
            free(verdict);
            continue;
        }
        if (in)
            context_begin(&p, verdict);
        else
            put_page(&d, &t, &b);
        for (size_t from = 0; from < b.n; from += FEATURES_CHUNK) {
            size_t n = b.n - from < FEATURES_CHUNK ? b.n - from : FEATURES_CHUNK;
            if (in)
                context_fill(&p, verdict, from, n, v);
            else
                features_fill(&p, from, n, v);
            for (size_t k = 0; k < n; k++)
                for (size_t f = 0; f < columns; f++)
                    fwrite(&v[f * FEATURES_CHUNK + k], sizeof *v, 1, out);
        }
        free(verdict);
    }
    for (size_t f = 0; !in && f < N_FEATURES; f++)
        fprintf(stderr, "%s\n", feature_names[f]);
    return fclose(out) != 0;
}
