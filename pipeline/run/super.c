/* super.c - see super.h. */
#include "pipeline/run/super.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/log.h"
#include "pipeline/run/bad.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/tasks.h"
#include "pipeline/run/taskstate.h"
#include "pipeline/run/worker.h"

#define MAX_WORKERS 512
/* How often the supervisor looks up to tell how far it is. */
#define PROGRESS_MS 500

/* A task whose records die only in company cannot name the record at fault: give up on it. */
#define MAX_SURVIVED 2

struct worker {
    pid_t pid; /* 0: none */
    int fd;
    bool busy;
    struct job job;
    struct worker_slot *slot;
};

struct super {
    const struct run *r;
    const struct step *s;
    void *state;
    struct worker *w;
    unsigned n_workers;
    struct job *queue; /* a stack: what is left, last first */
    size_t n_queue, cap_queue, total, finished;
    struct super_report *report;
    struct step_time *time;
    struct worker_slot *slots;
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
    stop_signal = sig;
}

static int start(struct super *q, struct worker *w, struct error *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_errno(e, ERR_IO, NULL, "cannot make a channel to a worker");
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return error_errno(e, ERR_IO, NULL, "cannot start a worker; use fewer (-j)");
    }
    if (pid == 0) {
        for (unsigned i = 0; i < q->n_workers; i++)
            if (q->w[i].pid)
                close(q->w[i].fd);
        close(pair[0]);
        worker_main(q->r, q->s, q->state, w->slot, pair[1], parent);
    }
    close(pair[1]);
    w->pid = pid;
    w->fd = pair[0];
    w->busy = false;
    return 0;
}

static void reap(struct super *q, struct worker *w, int *status)
{
    struct rusage u;
    while (wait4(w->pid, status, 0, &u) < 0 && errno == EINTR)
        ;
    close(w->fd);
    w->pid = 0;
    w->busy = false;
    if ((uint64_t)u.ru_maxrss > q->report->max_rss_kib)
        q->report->max_rss_kib = (uint64_t)u.ru_maxrss;
    q->report->cpu_seconds += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                              (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void push(struct super *q, struct job j)
{
    GROW(q->queue, q->n_queue, q->cap_queue);
    q->queue[q->n_queue++] = j;
}

/* A worker that was ended while it had nothing to do is missed by nobody: another takes the job. */
static int hand_over(struct super *q, struct worker *w, struct error *e)
{
    for (unsigned tries = 0; tries < 2; tries++) {
        int status, rc = w->pid ? 0 : start(q, w, e);
        if (rc)
            return rc;
        if (send(w->fd, &w->job, sizeof w->job, MSG_NOSIGNAL) == (ssize_t)sizeof w->job)
            return 0;
        reap(q, w, &status);
    }
    return error_set(e, ERR_IO, NULL, "workers of %s %s are ended from outside; run again to resume", q->s->phase, q->s->name);
}

static int give_work(struct super *q, struct worker *w, struct error *e)
{
    if (!q->n_queue || w->busy)
        return 0;
    if (q->queue[q->n_queue - 1].only && w->pid) {
        int status;
        shutdown(w->fd, SHUT_WR);
        reap(q, w, &status);
    }
    w->job = q->queue[--q->n_queue];
    w->slot->in_record = false;
    int rc = hand_over(q, w, e);
    if (rc)
        return rc;
    w->busy = true;
    task_running(q->r, q->s, w->job.task);
    return 0;
}

/* Deaths that are the record's doing; SIGKILL, SIGTERM and SIGBUS are the machine's (DESIGN, "Sameness, locks, memory, tables"). */
static bool is_fault(int sig)
{
    return sig == SIGSEGV || sig == SIGABRT || sig == SIGFPE || sig == SIGILL;
}

static int died_outside(const struct super *q, const struct job *j, int status, bool memory, struct error *e)
{
    const char *phase = q->s->phase, *name = q->s->name;
    const struct plan *p = &q->r->plan;
    const char *input = q->s == &prepare_parts_step ? p->inputs[p->parts[j->task].input].name : NULL;
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!is_fault(sig))
        return error_set(e, ERR_IO, NULL, "a worker of %s %s was ended from outside (%s %d%s); run again to resume", phase, name,
                         sig ? "signal" : "status", sig ? sig : WEXITSTATUS(status),
                         sig == SIGKILL ? ": is the machine out of memory? fewer workers (-j) need less" : "");
    if (memory)
        return error_set(e, ERR_IO, input, "a worker had no memory left outside any record, in task %" PRIu64 " of %s %s; "
                         "raise run.worker_memory in a new folder", j->task, phase, name);
    return error_set(e, ERR_BUG, input, "a worker died of signal %d outside any record, in task %" PRIu64 " of %s %s; please report", sig,
                     j->task, phase, name);
}

static int died(struct super *q, struct worker *w, struct error *e)
{
    int status;
    struct job j = w->job;
    struct worker_slot at = *w->slot;
    reap(q, w, &status);
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!is_fault(sig) || !at.in_record)
        return died_outside(q, &j, status, at.out_of_memory, e);
    const struct plan *p = &q->r->plan;
    const char *input = p->inputs[p->parts[at.key.part].input].name;
    if (!j.only && j.survived >= MAX_SURVIVED)
        return error_at(e, ERR_BUG, input, at.key.offset, "kills its worker (signal %d), but not when alone; please report", sig);
    if (!j.only) {
        log_warn("%s:%" PRIu64 ": the record %s; trying it alone", input, at.key.offset,
                 at.out_of_memory ? "used up its worker's memory" : "killed its worker");
        push(q, (struct job){ .task = j.task, .survived = j.survived });
        push(q, (struct job){ .task = j.task, .only = true, .key = at.key, .memory = at.out_of_memory });
        return 0;
    }
    struct bad_record bad = { at.key, sig, at.out_of_memory };
    char why[160];
    bad_record_reason(&bad, why, sizeof why);
    log_warn("%s:%" PRIu64 ": the record %s; it becomes a failed row", input, at.key.offset, why);
    q->report->crashes++;
    return bad_records_add(q->r, q->s, j.task, &bad, e);
}

static int answered(struct super *q, struct worker *w, struct error *e)
{
    struct reply reply;
    ssize_t n = recv(w->fd, &reply, sizeof reply, 0);
    if (n < 0 && errno == EINTR)
        return 0;
    if (n != (ssize_t)sizeof reply) {
        int rc = died(q, w, e);
        task_ended(q->r, q->s, w->job.task, rc ? e : NULL);
        return rc;
    }
    w->busy = false;
    task_ended(q->r, q->s, w->job.task, reply.rc ? &reply.error : NULL);
    q->time->cpu += reply.cpu;
    if (reply.cpu > q->time->longest)
        q->time->longest = reply.cpu;
    if (reply.rc) {
        *e = reply.error;
        return reply.rc;
    }
    if (w->job.only) { /* it lives when alone; its task, next in the queue, is done again */
        for (size_t i = q->n_queue; i-- > 0;)
            if (q->queue[i].task == w->job.task) {
                q->queue[i].survived++;
                break;
            }
        if (w->job.memory)
            return bad_records_add(q->r, q->s, w->job.task, &(struct bad_record){ w->job.key, 0, true }, e);
    } else {
        q->finished++;
        q->time->tasks++;
    }
    return 0;
}

/* With an isolated trial pending, its part must not be taken by another worker before the answer: trials go first. */
static bool may_take(const struct super *q)
{
    for (unsigned i = 0; i < q->n_workers; i++)
        if (q->w[i].busy && q->w[i].job.only && q->n_queue && q->queue[q->n_queue - 1].task == q->w[i].job.task)
            return false;
    return true;
}

static bool busy(const struct super *q)
{
    for (unsigned i = 0; i < q->n_workers; i++)
        if (q->w[i].busy)
            return true;
    return false;
}

static int wait_for_answers(struct super *q, struct error *e)
{
    struct pollfd fds[MAX_WORKERS];
    struct worker *who[MAX_WORKERS];
    nfds_t n = 0;
    for (unsigned i = 0; i < q->n_workers; i++) {
        if (!q->w[i].busy)
            continue;
        who[n] = &q->w[i];
        fds[n++] = (struct pollfd){ .fd = q->w[i].fd, .events = POLLIN };
    }
    int ready = poll(fds, n, PROGRESS_MS);
    if (ready < 0 && errno != EINTR)
        return error_errno(e, ERR_IO, NULL, "cannot wait for workers");
    int rc = 0;
    for (nfds_t i = 0; ready > 0 && rc == 0 && i < n; i++)
        if (fds[i].revents)
            rc = answered(q, who[i], e);
    return rc;
}

static void show_progress(const struct super *q)
{
    uint64_t records = 0, bytes = 0;
    for (unsigned i = 0; i < q->n_workers; i++) {
        records += q->w[i].slot->records;
        bytes += q->w[i].slot->bytes;
    }
    progress_show(q->s->phase, q->s->name, q->finished, q->total, records, bytes);
}

static int loop(struct super *q, struct error *e)
{
    int rc = 0;
    while (rc == 0 && (q->n_queue || busy(q))) {
        for (unsigned i = 0; rc == 0 && i < q->n_workers && may_take(q); i++)
            rc = give_work(q, &q->w[i], e);
        if (rc == 0)
            rc = wait_for_answers(q, e);
        if (rc == 0 && stop_signal)
            rc = error_set(e, ERR_IO, NULL, "stopped by signal %d; run the same command to resume", (int)stop_signal);
        show_progress(q);
    }
    return rc;
}

static void end_workers(struct super *q, bool kill_them)
{
    for (unsigned i = 0; i < q->n_workers; i++) {
        int status;
        if (!q->w[i].pid)
            continue;
        if (kill_them)
            kill(q->w[i].pid, SIGKILL);
        else
            shutdown(q->w[i].fd, SHUT_WR);
        if (q->w[i].busy)
            task_ended(q->r, q->s, q->w[i].job.task, NULL);
        reap(q, &q->w[i], &status);
    }
}

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };
#define N_STOP (sizeof stop_signals / sizeof *stop_signals)

/* What is ignored (nohup, a job in the background) stays so. */
static void catch_stop(struct sigaction old[N_STOP])
{
    const struct sigaction catch = { .sa_handler = on_stop };
    stop_signal = 0;
    for (size_t i = 0; i < N_STOP; i++) {
        sigaction(stop_signals[i], NULL, &old[i]);
        if (old[i].sa_handler != SIG_IGN)
            sigaction(stop_signals[i], &catch, NULL);
    }
}

static int super_loop(struct super *q, struct error *e)
{
    struct sigaction old[N_STOP];
    size_t slots_bytes = q->n_workers * sizeof *q->slots;
    q->slots = mmap(NULL, slots_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (q->slots == MAP_FAILED)
        return error_errno(e, ERR_IO, NULL, "cannot share memory with workers");
    q->w = xcalloc(q->n_workers, sizeof *q->w);
    for (unsigned i = 0; i < q->n_workers; i++)
        q->w[i].slot = &q->slots[i];
    catch_stop(old);
    int rc = loop(q, e);
    end_workers(q, rc != 0);
    if (rc)
        run_sweep(q->r->out); /* what they had not finished */
    for (size_t i = 0; i < N_STOP; i++)
        sigaction(stop_signals[i], &old[i], NULL);
    log_progress_end();
    munmap(q->slots, slots_bytes);
    free(q->w);
    if (stop_signal) { /* end as the signal would have: 128 + n for the caller */
        log_error(e);
        signal(stop_signal, SIG_DFL);
        raise(stop_signal);
    }
    return rc;
}

/* The report's line of the step. */
static struct step_time *time_of(struct super_report *report, const struct step *s)
{
    size_t i = 0;
    while (i < report->n_steps && report->steps[i].step != s)
        i++;
    if (i == MAX_STEPS)
        return &report->steps[MAX_STEPS - 1];
    if (i == report->n_steps)
        report->steps[report->n_steps++] = (struct step_time){ .step = s };
    return &report->steps[i];
}

int super_run(const struct run *r, const struct step *s, const size_t *tasks, size_t n, unsigned workers,
              struct super_report *report, struct error *e)
{
    struct super q = { .r = r, .s = s, .report = report, .n_workers = workers };
    int rc = 0;
    for (size_t i = n; i-- > 0;)
        if (!done_is(r, s, tasks[i]))
            push(&q, (struct job){ .task = tasks[i] });
    q.total = n;
    q.finished = n - q.n_queue;
    if (q.n_workers > q.n_queue)
        q.n_workers = (unsigned)q.n_queue;
    if (q.n_workers > MAX_WORKERS)
        q.n_workers = MAX_WORKERS;
    if (q.n_queue) {
        q.time = time_of(report, s);
        q.time->wall -= seconds(CLOCK_MONOTONIC);
        rc = s->open ? s->open(r, &q.state, e) : 0;
        if (rc == 0) {
            rc = super_loop(&q, e);
            if (s->close)
                s->close(q.state);
        } else {
            task_ended(r, s, q.queue[q.n_queue - 1].task, e);
        }
        q.time->wall += seconds(CLOCK_MONOTONIC);
    }
    free(q.queue);
    return rc;
}
