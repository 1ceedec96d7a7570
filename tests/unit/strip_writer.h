/*
 * strip_writer.h - what pipeline/extract/strip.c finds in a page, written as HTML again: the form in which libxml2 can be given it.
 */
#ifndef SLUICE_STRIP_WRITER_H
#define SLUICE_STRIP_WRITER_H

#include "pipeline/extract/charref.h"
#include "pipeline/extract/strip.h"

static void put_escaped(struct span s, bool value, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '&')
            buf_puts(out, "&amp;");
        else if (c == '<')
            buf_puts(out, "&lt;");
        else if (c == '"' && value)
            buf_puts(out, "&quot;");
        else
            buf_putc(out, c);
    }
}

static void write_name(struct buf *out, const char *before, struct span name)
{
    buf_puts(out, before);
    for (size_t i = 0; i < name.n; i++)
        buf_putc(out, ascii_lower(name.p[i]));
}

static void write_text(void *to, struct span text)
{
    put_escaped(text, false, to);
}

static void write_start(void *to, const struct strip_tag *tag)
{
    struct buf value = { 0 };
    write_name(to, "<", tag->whole);
    for (size_t i = 0; i < tag->n; i++) {
        buf_reset(&value);
        charref_put(tag->attributes[i].value, true, &value);
        buf_printf(to, " %s=\"", attribute_names[tag->attributes[i].name]);
        put_escaped(buf_view(&value), true, to);
        buf_putc(to, '"');
    }
    buf_putc(to, '>');
    buf_release(&value);
}

static void write_end(void *to, const struct strip_tag *tag)
{
    write_name(to, "</", tag->whole);
    buf_putc(to, '>');
}

/* Append the stripped page to out, NUL-terminated behind n. */
static void strip_html(struct span html, struct buf *out)
{
    strip_page(html, &(struct strip_sink){ write_text, write_start, write_end, out, NULL });
    buf_putc(out, 0);
    out->n--;
}

#endif
