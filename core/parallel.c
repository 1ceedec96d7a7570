/* parallel.c - see parallel.h. */
#include "core/parallel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

#define MAX_JOBS 256

enum slot_state { SLOT_FREE, SLOT_READY, SLOT_TAKEN, SLOT_DONE };

struct pool {
    const struct parallel *p;
    size_t n_slots;
    char *items;
    enum slot_state *state;
    size_t *weight, in_flight; /* by slot, and their sum */
    uint64_t head, next, tail; /* filled up to head, taken up to next, given out up to tail */
    int closing;
    pthread_mutex_t lock;
    pthread_cond_t ready, finished;
};

static void *item_at(struct pool *q, uint64_t i)
{
    return q->items + (i % q->n_slots) * q->p->item_size;
}

static void *worker(void *arg)
{
    struct pool *q = arg;
    void *scratch = q->p->scratch_new ? q->p->scratch_new(q->p->ctx) : NULL;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->next == q->head && !q->closing)
            pthread_cond_wait(&q->ready, &q->lock);
        if (q->next == q->head)
            break;
        uint64_t mine = q->next++;
        q->state[mine % q->n_slots] = SLOT_TAKEN;
        pthread_mutex_unlock(&q->lock);
        q->p->work(q->p->ctx, scratch, item_at(q, mine));
        pthread_mutex_lock(&q->lock);
        q->state[mine % q->n_slots] = SLOT_DONE;
        pthread_cond_signal(&q->finished);
    }
    pthread_mutex_unlock(&q->lock);
    if (q->p->scratch_free)
        q->p->scratch_free(scratch);
    return NULL;
}

/* Give out the oldest item, waiting for it; called with items in flight. */
static int give(struct pool *q, struct error *e)
{
    pthread_mutex_lock(&q->lock);
    while (q->state[q->tail % q->n_slots] != SLOT_DONE)
        pthread_cond_wait(&q->finished, &q->lock);
    pthread_mutex_unlock(&q->lock);
    int rc = q->p->done(q->p->ctx, item_at(q, q->tail), e);
    q->in_flight -= q->weight[q->tail % q->n_slots];
    q->state[q->tail % q->n_slots] = SLOT_FREE;
    q->tail++;
    return rc;
}

static int feed(struct pool *q, struct error *e)
{
    int rc = 1;
    while (rc > 0) {
        while (q->head - q->tail == q->n_slots || (q->head > q->tail && q->p->weight && q->in_flight >= q->p->budget))
            if ((rc = give(q, e)) < 0)
                return rc;
        rc = q->p->next(q->p->ctx, item_at(q, q->head), e);
        if (rc > 0) {
            pthread_mutex_lock(&q->lock);
            q->state[q->head % q->n_slots] = SLOT_READY;
            q->weight[q->head % q->n_slots] = q->p->weight ? q->p->weight(item_at(q, q->head)) : 0;
            q->in_flight += q->weight[q->head % q->n_slots];
            q->head++;
            pthread_cond_signal(&q->ready);
            pthread_mutex_unlock(&q->lock);
        }
    }
    /* What was read before a bad end still counts. */
    while (q->tail < q->head) {
        struct error late;
        int more = give(q, rc < 0 ? &late : e);
        if (more < 0)
            return rc < 0 ? rc : more;
    }
    return rc;
}

static int run_here(const struct parallel *p, void *item, struct error *e)
{
    void *scratch = p->scratch_new ? p->scratch_new(p->ctx) : NULL;
    int rc;
    while ((rc = p->next(p->ctx, item, e)) > 0) {
        p->work(p->ctx, scratch, item);
        if ((rc = p->done(p->ctx, item, e)) < 0)
            break;
    }
    if (p->scratch_free)
        p->scratch_free(scratch);
    return rc;
}

int parallel_run(const struct parallel *p, uint64_t jobs, struct error *e)
{
    if (jobs < 1)
        jobs = 1;
    if (jobs > MAX_JOBS)
        jobs = MAX_JOBS;
    struct pool q = { .p = p, .n_slots = jobs == 1 ? 1 : 3 * jobs };
    q.items = xcalloc(q.n_slots, p->item_size);
    q.state = xcalloc(q.n_slots, sizeof *q.state);
    q.weight = xcalloc(q.n_slots, sizeof *q.weight);
    int rc;
    if (jobs == 1) {
        rc = run_here(p, q.items, e);
    } else {
        pthread_t threads[MAX_JOBS];
        uint64_t started = 0;
        pthread_mutex_init(&q.lock, NULL);
        pthread_cond_init(&q.ready, NULL);
        pthread_cond_init(&q.finished, NULL);
        while (started < jobs && pthread_create(&threads[started], NULL, worker, &q) == 0)
            started++;
        rc = started ? feed(&q, e) : error_set(e, ERR_IO, NULL, "cannot start a thread; use -j 1");
        pthread_mutex_lock(&q.lock);
        q.closing = 1;
        pthread_cond_broadcast(&q.ready);
        pthread_mutex_unlock(&q.lock);
        for (uint64_t i = 0; i < started; i++)
            pthread_join(threads[i], NULL);
        pthread_mutex_destroy(&q.lock);
        pthread_cond_destroy(&q.ready);
        pthread_cond_destroy(&q.finished);
    }
    for (size_t i = 0; p->drop && i < q.n_slots; i++)
        p->drop(p->ctx, q.items + i * p->item_size);
    free(q.items);
    free(q.state);
    free(q.weight);
    return rc;
}
