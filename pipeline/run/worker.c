/* worker.c - see worker.h. */
#include "pipeline/run/worker.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "pipeline/run/tasks.h"

/* Pieces from this size on go back to the kernel when they are freed: what a record may take does not depend on those before it. */
#define MMAP_FROM (1 << 20)
/* Kept in reserve for records that had enough when they were alone: what those before them may leave behind. */
#define RESERVE ((uint64_t)32 << 20)

int worker_job(const struct run *r, const struct step *s, void *state, struct worker_slot *slot, const struct job *j,
               struct error *e)
{
    struct task t = { .run = r, .index = j->task, .state = state, .slot = slot };
    slot->in_record = false;
    slot->only = j->only;
    slot->only_key = j->key;
    int rc = s->task(&t, e);
    if (rc == 0 && !j->only)
        rc = task_finish(&t, s, e);
    task_release(&t);
    return rc;
}

int super_run_here(const struct run *r, const struct step *s, size_t task, struct error *e)
{
    struct worker_slot slot = { 0 };
    struct job j = { .task = task };
    void *state = NULL;
    int rc = s->open ? s->open(r, &state, e) : 0;
    if (rc)
        return rc;
    rc = worker_job(r, s, state, &slot, &j, e);
    if (s->close)
        s->close(state);
    return rc;
}

/* A worker's own memory: counted by the kernel as data (anonymous, private, writable). */
static void limit_memory(const struct run *r, struct worker_slot *slot)
{
    slot->out_of_memory = 0;
    alloc_tell(&slot->out_of_memory);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    uint64_t bytes = config_size(r->plan.config, "run.worker_memory");
    struct rlimit lim = { bytes - RESERVE, bytes };
    setrlimit(RLIMIT_DATA, &lim);
#else
    (void)r; /* shadow memory counts, too */
#endif
    struct rlimit core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &core);
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
    mallopt(M_TRIM_THRESHOLD, MMAP_FROM);
}

static void move_limit(bool up)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_DATA, &lim) || lim.rlim_max == RLIM_INFINITY)
        return;
    lim.rlim_cur = up ? lim.rlim_max : lim.rlim_max - RESERVE;
    setrlimit(RLIMIT_DATA, &lim);
}

bool slot_enter(struct worker_slot *s, const struct record_key *key, const struct bad_record *bad)
{
    if (s->only && !record_key_eq(key, &s->only_key))
        return false;
    s->key = *key;
    s->in_record = true;
    s->raised = bad && !bad_record_fails(bad);
    if (s->raised)
        move_limit(true);
    return true;
}

void slot_leave(struct worker_slot *s)
{
    s->in_record = false;
    if (s->raised)
        move_limit(false);
    s->raised = false;
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn void worker_main(const struct run *r, const struct step *s, void *state, struct worker_slot *slot, int fd, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    static const int defaults[] = { SIGTERM, SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS };
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        signal(defaults[i], SIG_DFL); /* our death must tell its cause */
    signal(SIGINT, SIG_IGN); /* ^C and a closed terminal are for the supervisor, which ends us */
    signal(SIGHUP, SIG_IGN);
    limit_memory(r, slot);
    struct job j;
    while (recv(fd, &j, sizeof j, 0) == (ssize_t)sizeof j) {
        struct reply reply = { .cpu = -cpu_seconds() };
        reply.rc = worker_job(r, s, state, slot, &j, &reply.error);
        reply.cpu += cpu_seconds();
        if (send(fd, &reply, sizeof reply, MSG_NOSIGNAL) != (ssize_t)sizeof reply)
            break;
    }
    _exit(0);
}
