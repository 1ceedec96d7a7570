/*
 * fuzz_plan.c - OUT/plan.json: bytes that begin with '{' as they are, others spliced into a good plan (a place of two bytes, how
 * many bytes go, what comes).  Refused, or a plan that is written and read again is itself, whose parts cover each input
 * without a gap and whose groups cover the parts.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/stat.h>

#include "core/hash.h"
#include "core/infile.h"
#include "pipeline/run/plan.h"

static char folder[] = "/tmp/sluice-fuzz-plan-XXXXXX";

static void remove_folder(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/plan.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/tmp", folder);
    rmdir(path);
    rmdir(folder);
}

static void put(struct span bytes)
{
    char path[64];
    snprintf(path, sizeof path, "%s/plan.json", folder);
    fuzz_put(path, bytes);
}

static void check_cut(const struct plan *p)
{
    size_t part = 0, covered = 0;
    for (size_t i = 0; i < p->n_inputs; i++) {
        uint64_t at = 0;
        do {
            expect(part < p->n_parts && p->parts[part].input == i && p->parts[part].begin == at && p->parts[part].end > at);
            at = p->parts[part++].end;
        } while (at != UINT64_MAX);
    }
    for (size_t g = 0; g < p->n_groups; g++) {
        expect(p->groups[g].first == covered && p->groups[g].n > 0);
        covered += p->groups[g].n;
    }
    expect(part == p->n_parts && covered == p->n_parts);
}

static bool accepted(struct plan *p)
{
    struct plan again;
    struct error e;
    if (plan_read(p, folder, &e))
        return false;
    check_cut(p);
    expect(plan_write(p, folder, &e) == 0);
    expect(plan_read(&again, folder, &e) == 0);
    expect(strcmp(p->sha256, again.sha256) == 0 && p->n_parts == again.n_parts && p->n_groups == again.n_groups);
    plan_release(&again);
    return true;
}

/* A plan of the default configuration over this program's file. */
static void make_good(struct buf *good)
{
    char path[64], *input = (char *)"/proc/self/exe";
    struct plan p = { 0 };
    struct error e;
    expect(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    snprintf(path, sizeof path, "%s/tmp", folder);
    expect(mkdir(path, 0700) == 0);
    expect(plan_make(&p, config_new(conf_tables()), &input, 1, NULL, &e) == 0 && plan_write(&p, folder, &e) == 0);
    plan_release(&p);
    expect(accepted(&p));
    plan_release(&p);
    snprintf(path, sizeof path, "%s/plan.json", folder);
    expect(file_read(path, 1 << 20, good, &e) == 0);
}

static void splice(struct span good, struct span change, struct buf *out)
{
    size_t at = change.n < 2 ? 0 : get_le16((const uint8_t *)change.p) % (good.n + 1);
    size_t gone = change.n < 3 ? 0 : (uint8_t)change.p[2];
    buf_span(out, span_head(good, at));
    buf_span(out, span_from(change, 3));
    buf_span(out, span_from(good, at + gone));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf good;
    struct buf text = { 0 };
    struct plan p = { 0 };
    if (!good.n)
        make_good(&good);
    if (size && data[0] == '{')
        buf_put(&text, data, size);
    else
        splice(buf_view(&good), span_of((const char *)data, size), &text);
    put(buf_view(&text));
    (void)accepted(&p);
    plan_release(&p);
    buf_release(&text);
    return 0;
}
