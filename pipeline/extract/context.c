/* context.c - features of the second pass: what the first pass says of the blocks around (features.h). */
#include "pipeline/extract/features.h"

#define REACH 4 /* neighbours on each side */

void context_begin(struct feature_page *p, const uint8_t *verdict)
{
    const struct tree *t = p->t;
    uint64_t content = 0;
    memset(p->node_content, 0, t->n * sizeof *p->node_content);
    memset(p->group_content, 0, p->b->n * sizeof *p->group_content);
    memset(p->group_chars, 0, p->b->n * sizeof *p->group_chars);
    for (size_t k = 0; k < p->b->n; k++) {
        const struct block *x = &p->b->v[k];
        uint64_t c = (uint64_t)x->chars * verdict[k];
        p->node_content[x->box] += c;
        p->group_content[p->r[k].group] += c;
        p->group_chars[p->r[k].group] += x->chars;
        p->prefix[k].content = content;
        content += c;
    }
    p->prefix[p->b->n].content = content;
    for (size_t i = t->n; i-- > 1;)
        p->node_content[t->v[i].parent] += p->node_content[i];
}

struct column {
    feature *v; /* of this block */
    size_t f;
};

static void put(struct column *c, feature value)
{
    c->v[c->f++ * FEATURES_CHUNK] = value;
}

static feature mean(uint64_t content, uint64_t chars)
{
    return feature_share(content, chars * 255);
}

/* A whole, the block's part in the page's content there, and the whole without the block. */
static void put_whole(struct column *c, uint64_t content, uint64_t chars, uint64_t own, uint64_t own_chars, uint64_t total)
{
    put(c, mean(content, chars));
    put(c, feature_share(content, total));
    put(c, mean(content - own, chars - own_chars));
}

static void put_window(struct column *c, const struct feature_page *p, size_t k, size_t reach)
{
    size_t from = k > reach ? k - reach : 0, to = k + reach + 1 < p->b->n ? k + reach + 1 : p->b->n;
    put(c, mean(p->prefix[to].content - p->prefix[from].content, p->prefix[to].chars - p->prefix[from].chars));
}

static void put_block(const struct feature_page *p, const uint8_t *verdict, size_t k, feature *v)
{
    struct column c = { v, 0 };
    const struct block *x = &p->b->v[k];
    uint64_t total = p->prefix[p->b->n].content, own = (uint64_t)x->chars * verdict[k];
    put(&c, verdict[k]);
    for (size_t d = 1; d <= REACH; d++) {
        put(&c, k >= d ? verdict[k - d] : -1);
        put(&c, k + d < p->b->n ? verdict[k + d] : -1);
    }
    put_window(&c, p, k, 3);
    put_window(&c, p, k, 8);
    put_window(&c, p, k, 20);
    put(&c, feature_share(p->prefix[k].content, total));
    put(&c, feature_share(own, total));
    put(&c, mean(total, p->prefix[p->b->n].chars));
    put(&c, feature_count(total / 255));
    uint32_t i = x->box;
    for (int level = 0; level < 5; level++) {
        put_whole(&c, p->node_content[i], p->sums[i].chars, own, x->chars, total);
        i = i ? p->b->box[p->t->v[i].parent] : 0;
    }
    uint32_t g = p->r[k].group;
    put_whole(&c, p->group_content[g], p->group_chars[g], own, x->chars, total);
}

void context_fill(const struct feature_page *p, const uint8_t *verdict, size_t from, size_t n, feature *v)
{
    for (size_t k = 0; k < n; k++)
        put_block(p, verdict, from + k, v + k);
}
