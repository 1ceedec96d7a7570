/* fields.c - see fields.h. */
#include "pipeline/ingest/fields.h"

static bool next_line(struct span *rest, struct span *line)
{
    if (!rest->n)
        return false;
    size_t i = span_chr(*rest, '\n', 0);
    *line = span_head(*rest, i);
    *rest = span_from(*rest, i + 1);
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

static void fold(struct field *f, struct span more, struct arena *a)
{
    if (more.n)
        f->value = f->value.n ? arena_printf(a, "%.*s %.*s", SPAN_ARG(f->value), SPAN_ARG(more)) : more;
}

/* A folded value may grow by many lines: past this it is left as it is, so folding stays linear. */
#define MAX_FOLDED 8192

size_t fields_parse(struct span s, size_t max_fields, struct arena *a, struct field **out)
{
    struct span rest = s, line;
    struct field **tail = out, *last = NULL;
    size_t n = 0;
    *out = NULL;
    while (next_line(&rest, &line) && line.n) {
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            if (last && last->value.n < MAX_FOLDED)
                fold(last, span_trim(line), a);
            continue;
        }
        size_t colon = span_chr(line, ':', 0);
        if (colon == line.n)
            continue;
        if (n++ == max_fields)
            return SIZE_MAX;
        last = arena_zalloc(a, sizeof *last);
        last->name = span_trim(span_head(line, colon));
        last->value = span_trim(span_from(line, colon + 1));
        *tail = last;
        tail = &last->next;
    }
    return s.n - rest.n;
}
