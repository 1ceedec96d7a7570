/* opt.c - see opt.h. */
#include "core/opt.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/span.h"

#define OPT_MAX 64

bool opt_size(const char *text, uint64_t *out)
{
    size_t n = strlen(text);
    unsigned shift = 0;
    if (n) {
        switch (toupper((unsigned char)text[n - 1])) {
        case 'K': shift = 10; break;
        case 'M': shift = 20; break;
        case 'G': shift = 30; break;
        case 'T': shift = 40; break;
        }
    }
    uint64_t v;
    if (!span_u64(span_of(text, n - (shift != 0)), &v) || v > UINT64_MAX >> shift)
        return false;
    *out = v << shift;
    return true;
}

uint64_t opt_default_jobs(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (uint64_t)CPU_COUNT(&set);
    return 1;
}

static bool is_choice(const char *choices, const char *value)
{
    struct span rest = span_cstr(choices), one;
    while (span_cut(&rest, '|', &one))
        if (span_is(one, value))
            return true;
    return false;
}

static int assign(const struct opt *o, const char *value, struct error *e)
{
    bool ok = true;
    switch (o->type) {
    case OPT_FLAG: *(bool *)o->dst = true; break;
    case OPT_STR: *(const char **)o->dst = value; break;
    case OPT_U64: ok = span_u64(span_cstr(value), o->dst); break;
    case OPT_SIZE: ok = opt_size(value, o->dst); break;
    case OPT_NUM: {
        char *end;
        errno = 0;
        double v = strtod(value, &end);
        ok = *value && !*end && errno == 0;
        if (ok)
            *(double *)o->dst = v;
        break;
    }
    case OPT_CHOICE:
        if (!is_choice(o->choices, value))
            return error_set(e, ERR_USAGE, NULL, "--%s takes %s, not '%s'", o->name, o->choices, value);
        *(const char **)o->dst = value;
        break;
    case OPT_LIST: {
        struct opt_list *l = o->dst;
        GROW(l->v, l->n, l->cap);
        l->v[l->n++] = value;
        break;
    }
    }
    if (!ok)
        return error_set(e, ERR_USAGE, NULL, "--%s takes a %s, not '%s'", o->name,
                         o->type == OPT_SIZE ? "size such as 64M" : "number", value);
    return 0;
}

int opt_parse(const struct opt *table, int argc, char **argv, int *rest, struct error *e)
{
    struct option longs[2 * OPT_MAX + 2];
    char shorts[3 * OPT_MAX + 4] = ":h", *s = shorts + 2;
    char *negatives[OPT_MAX] = { 0 };
    size_t n = 0, n_opts = 0;
    for (const struct opt *o = table; o->name && n_opts < OPT_MAX; o++, n_opts++) {
        bool arg = o->type != OPT_FLAG;
        longs[n++] = (struct option){ o->name, arg, NULL, 256 + (int)n_opts };
        if (!arg) {
            negatives[n_opts] = xasprintf("no-%s", o->name);
            longs[n++] = (struct option){ negatives[n_opts], 0, NULL, 512 + (int)n_opts };
        }
        if (o->key) {
            *s++ = o->key;
            if (arg)
                *s++ = ':';
        }
    }
    longs[n++] = (struct option){ "help", 0, NULL, 'h' };
    longs[n] = (struct option){ 0 };
    *s = 0;

    int rc = 0, c;
    optind = 0;
    opterr = 0;
    while (rc == 0 && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct opt *o = NULL;
        if (c == 'h') {
            rc = 1;
        } else if (c == '?' || c == ':') {
            const char *word = argv[optind - 1];
            rc = error_set(e, ERR_USAGE, NULL, c == '?' ? "no such option '%s'; see --help" : "option '%s' needs a value", word);
        } else if (c >= 512) {
            *(bool *)table[c - 512].dst = false;
        } else if (c >= 256) {
            o = &table[c - 256];
        } else {
            for (o = table; o->name && o->key != c; o++)
                ;
        }
        if (o)
            rc = assign(o, optarg, e);
    }
    for (size_t i = 0; i < n_opts; i++)
        free(negatives[i]);
    *rest = optind;
    return rc;
}

void opt_help(const struct opt *table)
{
    for (const struct opt *o = table; o->name; o++) {
        char left[80];
        const char *arg = o->type == OPT_CHOICE ? o->choices : o->arg;
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->key ? '-' : ' ', o->key ? o->key : ' ', o->key ? ", " : "  ",
                 o->name, o->type == OPT_FLAG ? "" : " ", o->type == OPT_FLAG ? "" : arg);
        if (strlen(left) > 28)
            printf("  %s\n  %-28s  %s\n", left, "", o->help);
        else
            printf("  %-28s  %s\n", left, o->help);
    }
    printf("  %-28s  %s\n", "-h, --help", "this text");
}
