/*
 * test_dedup.c - groups, links and choices against clustering by brute force: for every kind and list of
 * keys, however the documents are cut into parts, in whatever order, in however little memory.
 */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "pipeline/dedup/group.h"
#include "pipeline/dedup/link.h"

#define MAX_DOCS 60
#define BANDS 3

static char folder[] = "/tmp/sluice-dedup-XXXXXX";

static int set_up(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    return rc;
}

static uint64_t seed = 7;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

/* ---- a small world ---- */

struct made {
    char id[16];
    int text, url, band[BANDS]; /* small numbers: equal means equal; url, band[0] < 0: none */
    int date;                   /* < 0: none */
    int length;
    int serial;                 /* its key: place in the first order */
};

struct decision {
    enum dedup_kind rule;
    int keeper; /* serial */
    unsigned size;
};

static void make_docs(struct made *d, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        snprintf(d[i].id, sizeof d[i].id, "d%u", draw(n)); /* ids may meet */
        d[i].text = (int)draw(n);
        d[i].length = d[i].text % 5 * 10;
        d[i].url = (int)draw(n + n / 2) - (int)(n / 4);
        d[i].date = (int)draw(6) - 1;
        for (unsigned b = 0; b < BANDS; b++)
            d[i].band[b] = (int)draw(2 * n);
        if (draw(5) == 0)
            d[i].band[0] = -1;
        d[i].serial = (int)i;
    }
}

static void digest_of(int what, int v, uint8_t out[SHA256_BYTES])
{
    int in[2] = { what, v };
    sha256_of(span_of((const char *)in, sizeof in), out);
}

static void record_of(const struct made *d, struct sig_record *r, uint8_t *bands, uint8_t key[4])
{
    uint8_t digest[SHA256_BYTES];
    *r = (struct sig_record){ .length = (uint64_t)d->length, .id = span_cstr(d->id), .bands = bands };
    digest_of(100, d->text, r->text);
    if (d->url >= 0) {
        digest_of(101, d->url, digest);
        memcpy(r->url, digest, KEY_BYTES);
        r->flags |= SIG_URL;
    }
    if (d->date >= 0) {
        r->flags |= SIG_DATE;
        r->date = d->date / 2;
        r->date_ns = (uint32_t)(d->date % 2);
    }
    if (d->band[0] >= 0) {
        r->flags |= SIG_BANDS;
        for (int b = 0; b < BANDS; b++) {
            digest_of(b, d->band[b], digest);
            memcpy(bands + b * KEY_BYTES, digest, KEY_BYTES);
        }
    }
    key[0] = 0;
    key[1] = 0;
    key[2] = (uint8_t)(d->serial >> 8);
    key[3] = (uint8_t)d->serial;
    r->key = span_of((const char *)key, 4);
}

/* ---- brute force ---- */

static bool linked(const struct made *a, const struct made *b, enum dedup_kind k)
{
    if (k == DEDUP_TEXT)
        return a->text == b->text;
    if (k == DEDUP_URL)
        return a->url >= 0 && a->url == b->url;
    if (a->band[0] < 0 || b->band[0] < 0)
        return false;
    for (int i = 0; i < BANDS; i++)
        if (a->band[i] == b->band[i])
            return true;
    return false;
}

static bool stays(const struct made *a, const struct made *b, const char *keys)
{
    struct span rest = span_cstr(keys), key;
    while (span_cut(&rest, ',', &key)) {
        long c = 0;
        if (span_is(key, "longest"))
            c = b->length - a->length;
        else if (span_is(key, "shortest"))
            c = a->length - b->length;
        else if (span_is(key, "id"))
            c = strcmp(a->id, b->id);
        else if ((a->date < 0) != (b->date < 0))
            c = a->date < 0 ? 1 : -1;
        else
            c = span_is(key, "newest") ? b->date - a->date : a->date - b->date;
        if (c)
            return c < 0;
    }
    uint8_t x[SHA256_BYTES], y[SHA256_BYTES];
    digest_of(100, a->text, x);
    digest_of(100, b->text, y);
    int c = memcmp(x, y, sizeof x);
    return c ? c < 0 : a->serial < b->serial;
}

static void brute_kind(const struct made *d, unsigned n, enum dedup_kind k, const char *keys, bool sized, struct decision *out)
{
    int cluster[MAX_DOCS];
    bool gone[MAX_DOCS], changed = true;
    for (unsigned i = 0; i < n; i++) {
        cluster[i] = (int)i;
        gone[i] = out[i].rule != DEDUP_NONE;
    }
    while (changed) {
        changed = false;
        for (unsigned i = 0; i < n; i++)
            for (unsigned j = 0; j < n; j++)
                if (!gone[i] && !gone[j] && linked(&d[i], &d[j], k) && cluster[i] > cluster[j]) {
                    cluster[i] = cluster[j];
                    changed = true;
                }
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned best = i, size = 0;
        if (gone[i])
            continue;
        for (unsigned j = 0; j < n; j++) {
            if (gone[j] || cluster[j] != cluster[i])
                continue;
            size++;
            if (stays(&d[j], &d[best], keys))
                best = j;
        }
        if (best != i)
            out[i] = (struct decision){ k, (int)best, 0 };
        else if (sized)
            out[i].size = size;
    }
}

/* keeper: index in d, of the last who stays. */
static void brute(const struct made *d, unsigned n, const struct dedup_settings *s, const char *const *keys, struct decision *out)
{
    bool minhash = false;
    for (unsigned i = 0; i < n; i++)
        out[i] = (struct decision){ DEDUP_NONE, (int)i, 1 };
    for (unsigned k = 0; k < s->n_kinds; k++)
        minhash |= s->kinds[k] == DEDUP_MINHASH;
    for (unsigned k = 0; k < s->n_kinds; k++)
        brute_kind(d, n, s->kinds[k], keys[s->kinds[k]], s->kinds[k] == DEDUP_MINHASH || (s->n_kinds == 1 && !minhash), out);
    for (unsigned i = 0; i < n; i++)
        while (out[out[i].keeper].rule != DEDUP_NONE)
            out[i].keeper = out[out[i].keeper].keeper;
}

/* ---- ours ---- */

static void must(int rc, const struct error *e)
{
    if (rc < 0)
        fail_msg("%s: %s", e->where, e->msg);
}

static char **write_parts(const struct dedup_settings *s, const struct made *d, unsigned n, unsigned parts)
{
    char **paths = xcalloc(parts, sizeof *paths);
    struct error e;
    unsigned at = 0;
    for (unsigned p = 0; p < parts; p++) {
        struct sigfile_writer *w;
        unsigned to = p + 1 == parts ? n : at + draw(n - at + 1);
        paths[p] = xasprintf("%s/%u.sigs", folder, p);
        must(sigfile_begin(&w, s, paths[p], folder, &e), &e);
        for (; at < to; at++) {
            struct sig_record r;
            uint8_t bands[BANDS * KEY_BYTES], key[4];
            record_of(&d[at], &r, bands, key);
            must(sigfile_put(w, &r, &e), &e);
        }
        must(sigfile_commit(w, NULL, &e), &e);
    }
    return paths;
}

static void ours(const struct dedup_settings *s, const struct made *d, unsigned n, unsigned parts, struct decision *out,
                 char (*ids)[16])
{
    struct sigset set;
    struct error e;
    size_t jobs = group_n_jobs(s);
    char *groups[64], *links_path = xasprintf("%s/links", folder);
    must(sigset_open(&set, s, write_parts(s, d, n, parts), parts, &e), &e);
    for (size_t i = 0; i < jobs; i++) {
        struct group_job job = group_job_at(s, i);
        struct group_counts counts;
        groups[i] = xasprintf("%s/%zu.groups", folder, i);
        must(group_make(&set, &job, groups[i], folder, NULL, &counts, &e), &e);
    }
    struct link_counts counts;
    struct links l;
    must(link_make(&set, groups, links_path, folder, NULL, &counts, &e), &e);
    must(links_open(&l, links_path, n, &e), &e);
    unsigned at = 0;
    for (unsigned p = 0; p < parts; p++) {
        uint64_t removed[DEDUP_KINDS] = { 0 };
        char *path = xasprintf("%s/%u.choice", folder, p);
        struct choice_reader *r;
        struct choice c;
        int rc;
        must(links_choose_part(&l, &set, p, path, folder, NULL, removed, &e), &e);
        must(choice_open(&r, path, &e), &e);
        while ((rc = choice_next(r, &c, &e)) > 0) {
            out[at] = (struct decision){ DEDUP_NONE, 0, (unsigned)c.cluster_size };
            for (unsigned k = DEDUP_TEXT; c.rule && k < DEDUP_KINDS; k++)
                if (strcmp(dedup_kind_name(k), c.rule) == 0)
                    out[at].rule = k;
            assert_true(c.kept == (out[at].rule == DEDUP_NONE));
            snprintf(ids[at], 16, "%.*s", SPAN_ARG(c.duplicate_of));
            at++;
        }
        must(rc, &e);
        choice_close(r);
        free(path);
    }
    assert_int_equal(at, n);
    links_close(&l);
    sigset_close(&set);
    for (size_t i = 0; i < jobs; i++)
        free(groups[i]);
    free(links_path);
}

static void expect_same(const struct dedup_settings *s, const struct made *d, unsigned n, unsigned parts, const char *const *keys)
{
    struct decision want[MAX_DOCS], got[MAX_DOCS];
    char ids[MAX_DOCS][16];
    brute(d, n, s, keys, want);
    ours(s, d, n, parts, got, ids);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(got[i].rule, want[i].rule);
        if (want[i].rule == DEDUP_NONE)
            assert_int_equal(got[i].size, want[i].size);
        else
            assert_string_equal(ids[i], d[want[i].keeper].id);
    }
}

/* ---- claims ---- */

static void settings_for(struct dedup_settings *s, const char *kinds, const char *const *keys)
{
    struct error e;
    struct span rest = span_cstr(kinds), kind;
    *s = (struct dedup_settings){ .memory = 64 << 10, .slices = 1 };
    while (*kinds && span_cut(&rest, ',', &kind))
        for (unsigned k = DEDUP_TEXT; k < DEDUP_KINDS; k++)
            if (span_is(kind, dedup_kind_name(k)))
                s->kinds[s->n_kinds++] = k;
    for (unsigned k = DEDUP_TEXT; k < DEDUP_KINDS; k++)
        must(keep_list_parse(&s->keep[k], keys[k], &e), &e);
    for (unsigned k = 0; k < s->n_kinds; k++)
        if (s->kinds[k] == DEDUP_MINHASH)
            must(minhash_init(&s->minhash, BANDS, 1, 5, MINHASH_SHA1, WORDS_UAX29, &e), &e);
}

static const char *const all_kinds[] = { "", "text", "url", "minhash", "text,url", "url,text", "text,minhash", "minhash,text",
                                         "text,url,minhash", "minhash,url,text", "url,minhash", "url,text,minhash" };

static void answers_are_those_of_brute_force(void **state)
{
    static const char *const lists[] = { "longest,earliest,id", "earliest,id", "newest,longest,id", "shortest,newest", "id",
                                         "newest", "longest", "shortest,id,earliest", "id,longest,newest" };
    for (size_t k = 0; k < COUNT(all_kinds); k++) {
        for (size_t i = 0; i < COUNT(lists); i++) {
            const char *const keys[DEDUP_KINDS] = { NULL, lists[i], lists[(i + 1) % COUNT(lists)], lists[(i + 2) % COUNT(lists)] };
            struct made d[MAX_DOCS];
            struct dedup_settings s;
            unsigned n = draw(MAX_DOCS + 1);
            settings_for(&s, all_kinds[k], keys);
            s.slices = 1 + draw(3);
            make_docs(d, n);
            expect_same(&s, d, n, 1 + draw(5), keys);
            dedup_settings_release(&s);
        }
    }
}

static void order_and_parts_change_nothing(void **state)
{
    static const char *const keys[DEDUP_KINDS] = { NULL, "earliest,id", "newest,longest,id", "longest,earliest,id" };
    for (int round = 0; round < 30; round++) {
        struct made d[MAX_DOCS];
        struct decision first[MAX_DOCS], then[MAX_DOCS];
        char ids[MAX_DOCS][16], ids2[MAX_DOCS][16];
        struct dedup_settings s;
        settings_for(&s, "text,url,minhash", keys);
        make_docs(d, MAX_DOCS);
        ours(&s, d, MAX_DOCS, 1, first, ids);
        for (unsigned i = MAX_DOCS - 1; i > 0; i--) {
            unsigned j = draw(i + 1);
            struct made swap = d[i];
            d[i] = d[j];
            d[j] = swap;
        }
        ours(&s, d, MAX_DOCS, 1 + draw(7), then, ids2);
        for (unsigned i = 0; i < MAX_DOCS; i++) {
            assert_int_equal(then[i].rule, first[d[i].serial].rule);
            assert_int_equal(then[i].size, first[d[i].serial].size);
            assert_string_equal(ids2[i], ids[d[i].serial]);
        }
        dedup_settings_release(&s);
    }
}

static void nothing_and_no_parts_work(void **state)
{
    static const char *const keys[DEDUP_KINDS] = { NULL, "id", "id", "id" };
    for (size_t k = 0; k < COUNT(all_kinds); k++) {
        struct dedup_settings s;
        struct decision none[1];
        char ids[1][16];
        settings_for(&s, all_kinds[k], keys);
        ours(&s, NULL, 0, 0, none, ids);
        ours(&s, NULL, 0, 3, none, ids);
        dedup_settings_release(&s);
    }
}

/* Thousands of equal texts, in one group, in 64 KiB of sorting: the group goes through runs on disk. */
static void a_group_larger_than_memory_is_one_group(void **state)
{
    static const char *const keys[DEDUP_KINDS] = { NULL, "id", "id", "id" };
    struct dedup_settings s;
    struct sigfile_writer *w;
    struct sigset set;
    struct group_counts counts;
    struct error e;
    char **paths = xcalloc(1, sizeof *paths), *path = xasprintf("%s/0.groups", folder);
    const uint64_t n = 150000;
    settings_for(&s, "text", keys);
    paths[0] = xasprintf("%s/big.sigs", folder);
    must(sigfile_begin(&w, &s, paths[0], folder, &e), &e);
    for (uint64_t i = 0; i < n; i++) {
        struct sig_record r = { .id = SPAN("x") };
        digest_of(100, i % 3 == 0 ? (int)i : 5, r.text);
        must(sigfile_put(w, &r, &e), &e);
    }
    assert_int_equal(sigfile_count(w), n);
    must(sigfile_commit(w, NULL, &e), &e);
    must(sigset_open(&set, &s, paths, 1, &e), &e);
    struct group_job job = group_job_at(&s, 0);
    must(group_make(&set, &job, path, folder, NULL, &counts, &e), &e);
    assert_int_equal(counts.groups, 1);
    assert_int_equal(counts.members, n - n / 3);
    assert_true(counts.spilled > n * 24); /* once, and again where levels were merged */
    struct group_reader *r;
    uint64_t doc, seen = 0;
    bool begins;
    must(group_open(&r, path, &e), &e);
    while (group_next(r, &doc, &begins, &e) > 0) {
        assert_int_equal(begins, seen == 0);
        assert_int_equal(doc, seen / 2 * 3 + seen % 2 + 1);
        seen++;
    }
    assert_int_equal(seen, counts.members);
    group_close(r);
    sigset_close(&set);
    dedup_settings_release(&s);
    free(path);
}

/* Two documents can be compared, however many other parts were looked at: what was asked for before the last is mapped yet. */
static void more_parts_than_are_mapped(void **state)
{
    static const char *const keys[DEDUP_KINDS] = { NULL, "id", "id", "id" };
    const unsigned parts = SIGSET_OPEN_MAX + 8;
    struct dedup_settings s;
    struct sigset set;
    struct error e;
    char **paths = xcalloc(parts, sizeof *paths);
    settings_for(&s, "text", keys);
    for (unsigned p = 0; p < parts; p++) {
        struct sigfile_writer *w;
        char id[16];
        snprintf(id, sizeof id, "%u", p);
        struct sig_record r = { .id = span_cstr(id), .key = span_cstr(id) };
        paths[p] = xasprintf("%s/many%u.sigs", folder, p);
        must(sigfile_begin(&w, &s, paths[p], folder, &e), &e);
        must(sigfile_put(w, &r, &e), &e);
        must(sigfile_commit(w, NULL, &e), &e);
    }
    must(sigset_open(&set, &s, paths, parts, &e), &e);
    struct sig_record a, b;
    for (unsigned p = 0; p < SIGSET_OPEN_MAX; p++)
        must(sigset_record(&set, p, &a, &e), &e);
    for (unsigned i = 0; i < 5000; i++) {
        unsigned x = i ? draw(parts) : 0, y = i ? draw(parts) : SIGSET_OPEN_MAX;
        uint64_t n;
        must(sigset_record(&set, x, &a, &e), &e);
        must(sigset_record(&set, y, &b, &e), &e);
        assert_true(span_u64(a.id, &n) && n == x);
        assert_true(span_u64(b.key, &n) && n == y);
        assert_true(set.n_open <= SIGSET_OPEN_MAX);
    }
    sigset_close(&set);
    dedup_settings_release(&s);
}

static void lists_of_keys_are_checked(void **state)
{
    static const char *const bad[] = { "", "longest,", "longest,longest", "biggest", "id,,earliest", "Longest" };
    struct keep_list l;
    struct error e;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(keep_list_parse(&l, bad[i], &e), -ERR_USAGE);
    assert_int_equal(keep_list_parse(&l, "longest, shortest,earliest,newest,id", &e), 0);
    assert_int_equal(l.n, 5);
}

static void settings_are_checked(void **state)
{
    static const struct conf_key *const tables[] = { dedup_keys, NULL };
    static const struct {
        const char *set;
        int want;
    } cases[] = {
        { "dedup.kinds=text,url", 0 }, { "dedup.kinds=", 0 }, { "dedup.kinds=texts", -ERR_USAGE }, { "dedup.kinds=text,text", -ERR_USAGE },
        { "dedup.keep_url=oldest", -ERR_USAGE }, { "dedup.bands=4096", -ERR_USAGE }, { "dedup.memory=1M", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config *c = config_new(tables);
        struct error e;
        must(config_set(c, cases[i].set, &e), &e);
        assert_int_equal(dedup_settings_check(c, &e), cases[i].want);
        config_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_brute_force), cmocka_unit_test(order_and_parts_change_nothing),
        cmocka_unit_test(nothing_and_no_parts_work),        cmocka_unit_test(a_group_larger_than_memory_is_one_group),
        cmocka_unit_test(more_parts_than_are_mapped),
        cmocka_unit_test(lists_of_keys_are_checked),        cmocka_unit_test(settings_are_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
