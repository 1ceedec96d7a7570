/* chain.c - see chain.h. */
#include "pipeline/run/chain.h"

static bool ends(const struct run *r, size_t index, uint64_t *begin, uint64_t *end, struct error *e)
{
    struct arena a;
    const struct json *facts;
    arena_init(&a, 0);
    bool ok = done_facts(r, &prepare_parts_step, index, &a, &facts, e) == 0;
    if (ok) {
        *begin = json_u64(facts, "begin", 0);
        *end = json_u64(facts, "end", 0);
    }
    arena_release(&a);
    return ok;
}

static bool same_input(const struct run *r, size_t index)
{
    return index > 0 && r->plan.parts[index - 1].input == r->plan.parts[index].input;
}

bool chain_begin(const struct run *r, size_t index, uint64_t *begin)
{
    uint64_t before;
    return same_input(r, index) && ends(r, index - 1, &before, begin, NULL);
}

bool chain_gap(const struct run *r, size_t index)
{
    uint64_t begin, end, expected;
    return index < r->plan.n_parts && same_input(r, index) && ends(r, index - 1, &begin, &expected, NULL) &&
           ends(r, index, &begin, &end, NULL) && begin != expected;
}

int chain_broken(const struct run *r, size_t from, size_t *index, struct error *e)
{
    uint64_t begin, end, expected = 0;
    for (size_t i = from ? from - 1 : 0; i < r->plan.n_parts; i++) {
        if (!ends(r, i, &begin, &end, e))
            return -ERR_MISSING;
        if (i >= from && same_input(r, i) && begin != expected) {
            *index = i;
            return 0;
        }
        expected = end;
    }
    *index = r->plan.n_parts;
    return 0;
}
