/*
 * step_shards.c - pack, steps 2 and 3.
 *
 * assign  once: where shards begin and end, from the indexes of the groups     OUT/tmp/pack/shards
 *         facts: "shards", "documents", "tokens"
 * write   a task a group: the shards that begin in it                 OUT/shards/NNNNN.zst, NNNNN.idx
 *         facts: "shards", "documents", "tokens"
 *
 * Documents keep the order of the corpus; a shard ends with the first document that reaches shards.tokens.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "pipeline/run/pack.h"
#include "pipeline/run/super.h"
#include "shards/shard.h"

static size_t once(const struct run *r)
{
    return 1;
}

static size_t n_groups(const struct run *r)
{
    return r->plan.n_groups;
}

static int open_index(const struct run *r, size_t group, struct shard_index *x, struct error *e)
{
    char *path = run_tmp_path(r, "pack/%05zu.idx", group);
    int rc = index_open(x, path, e);
    free(path);
    return rc;
}

static void put_facts(struct task *t, uint64_t shards, uint64_t documents, uint64_t tokens)
{
    struct json_writer w = { &t->facts, t->facts.n > 0 };
    jw_member_u64(&w, "documents", documents);
    jw_member_u64(&w, "shards", shards);
    jw_member_u64(&w, "tokens", tokens);
}

/* ---- assign ---- */

struct assignment {
    uint64_t most; /* tokens that end a shard */
    uint64_t shards, documents, tokens;
    struct shard_span open; /* documents > 0 while one is open */
    uint64_t open_tokens;
    struct outfile *out;
};

static int end_shard(struct assignment *a, struct error *e)
{
    uint8_t b[SHARD_SPAN_BYTES];
    put_le64(b, a->open.group);
    put_le64(b + 8, a->open.first);
    put_le64(b + 16, a->open.documents);
    a->shards++;
    a->open.documents = a->open_tokens = 0;
    return outfile_write(a->out, b, sizeof b, e);
}

static int assign_group(struct assignment *a, const struct shard_index *x, size_t group, struct error *e)
{
    struct shard_doc d;
    int rc = 0;
    for (uint64_t i = 0; rc == 0 && i < x->n; i++) {
        index_doc(x, i, &d);
        if (a->open.documents == 0)
            a->open = (struct shard_span){ group, i, 0 };
        a->open.documents++;
        a->open_tokens += d.tokens;
        a->documents++;
        a->tokens += d.tokens;
        if (a->open_tokens >= a->most)
            rc = end_shard(a, e);
    }
    return rc;
}

static int assign_task(struct task *t, struct error *e)
{
    const struct run *r = t->run;
    struct assignment a = { .most = (uint64_t)config_int(r->plan.config, "shards.tokens") };
    struct outfile_done done;
    char *path = run_tmp_path(r, "pack/shards");
    int rc = outfile_open(&a.out, path, r->tmp, 0, e);
    for (size_t g = 0; rc == 0 && g < r->plan.n_groups; g++) {
        struct shard_index x;
        rc = open_index(r, g, &x, e);
        if (rc == 0) {
            rc = assign_group(&a, &x, g, e);
            index_close(&x);
        }
    }
    if (rc == 0 && a.open.documents)
        rc = end_shard(&a, e);
    if (rc == 0) {
        rc = outfile_commit(a.out, &done, e);
        a.out = NULL;
    }
    outfile_abandon(a.out);
    free(path);
    if (rc)
        return rc;
    task_output(t, "tmp/pack/shards", &done);
    put_facts(t, a.shards, a.documents, a.tokens);
    return 0;
}

/* ---- write ---- */

/* The documents of groups, one after the other, from any place on. */
struct walk {
    const struct run *r;
    uint64_t group, next;
    struct shard_index x;
    int fd; /* the group's tokens */
    bool open;
};

static void walk_close(struct walk *w)
{
    if (!w->open)
        return;
    index_close(&w->x);
    close(w->fd);
    w->open = false;
}

static int walk_open(struct walk *w, uint64_t group, struct error *e)
{
    walk_close(w);
    char *path = run_tmp_path(w->r, "pack/%05" PRIu64 ".tokens", group);
    int rc = open_index(w->r, (size_t)group, &w->x, e);
    if (rc == 0 && (w->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
        rc = error_errno(e, ERR_MISSING, path, "cannot open; run pack tokenize of group %" PRIu64 " again", group);
        index_close(&w->x);
    }
    w->open = rc == 0;
    w->group = group;
    w->next = 0;
    free(path);
    return rc;
}

static int walk_next(struct walk *w, struct shard_doc *d, struct error *e)
{
    int rc = 0;
    while (rc == 0 && w->next == w->x.n)
        rc = w->group + 1 < w->r->plan.n_groups ? walk_open(w, w->group + 1, e)
                                                : error_set(e, ERR_FORMAT, NULL, "tmp/pack/shards asks for more documents than there are");
    if (rc == 0)
        index_doc(&w->x, w->next++, d);
    return rc;
}

static int copy_tokens(const struct walk *w, const struct shard_doc *d, struct shard_writer *s, struct error *e)
{
    char piece[1 << 16];
    uint64_t at = d->first_token * w->x.token_bytes, left = d->tokens * w->x.token_bytes;
    int rc = 0;
    while (rc == 0 && left) {
        ssize_t n = pread(w->fd, piece, left < sizeof piece ? (size_t)left : sizeof piece, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(e, ERR_FORMAT, NULL, "tmp/pack/%05" PRIu64 ".tokens is cut short; run pack tokenize again", w->group);
        rc = shard_put(s, piece, (size_t)n, e);
        at += (uint64_t)n;
        left -= (uint64_t)n;
    }
    return rc;
}

static int fill(struct task *t, struct walk *w, const struct shard_span *span, struct shard_writer *s, uint64_t *tokens,
                struct error *e)
{
    struct shard_doc d;
    int rc = 0;
    for (uint64_t i = 0; rc == 0 && i < span->documents; i++) {
        rc = walk_next(w, &d, e);
        if (rc == 0)
            rc = shard_begin(s, &d, e);
        if (rc == 0)
            rc = copy_tokens(w, &d, s, e);
        *tokens += rc ? 0 : d.tokens;
        t->slot->records++;
    }
    return rc;
}

static int write_shard(struct task *t, size_t number, size_t n_shards, const struct shard_span *span, uint64_t *tokens, struct error *e)
{
    const struct run *r = t->run;
    struct walk w = { .r = r };
    struct shard_writer *s = NULL;
    struct outfile_done zst, idx;
    char *data = shard_name(number, n_shards, ".zst"), *index = shard_name(number, n_shards, ".idx");
    char *data_path = run_path(r, "%s", data), *index_path = run_path(r, "%s", index);
    int rc = walk_open(&w, span->group, e);
    struct shard_options o = {
        .token_bytes = w.x.token_bytes,
        .frame_bytes = (uint32_t)config_size(r->plan.config, "shards.frame_bytes"),
        .level = (int)config_int(r->plan.config, "shards.level"),
    };
    w.next = span->first;
    if (rc == 0)
        rc = shard_create(&s, data_path, index_path, r->tmp, &o, e);
    if (rc == 0)
        rc = fill(t, &w, span, s, tokens, e);
    if (rc == 0) {
        rc = shard_commit(s, &zst, &idx, e);
        s = NULL;
    }
    shard_abandon(s);
    walk_close(&w);
    if (rc == 0) {
        task_output(t, index, &idx);
        task_output(t, data, &zst);
    }
    free(data);
    free(index);
    free(data_path);
    free(index_path);
    return rc;
}

static int write_task(struct task *t, struct error *e)
{
    struct shard_span *v;
    size_t n;
    uint64_t shards = 0, documents = 0, tokens = 0;
    int rc = shard_spans_read(t->run, &v, &n, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (v[i].group != t->index)
            continue;
        rc = write_shard(t, i, n, &v[i], &tokens, e);
        shards++;
        documents += v[i].documents;
    }
    free(v);
    if (rc == 0)
        put_facts(t, shards, documents, tokens);
    return rc;
}

const struct step pack_assign_step = { .phase = "pack", .name = "assign", .n_tasks = once, .task = assign_task };
const struct step pack_write_step = { .phase = "pack", .name = "write", .n_tasks = n_groups, .task = write_task };
