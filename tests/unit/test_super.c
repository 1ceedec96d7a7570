/*
 * test_super.c - workers die, the run goes on: a record that kills its worker twice becomes a bad
 * record, every other death fails the task.
 */
#include "tests/unit/test.h"

#include <signal.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/log.h"
#include "core/outfile.h"
#include "pipeline/run/super.h"
#include "pipeline/run/tasks.h"

static char folder[] = "/tmp/sluice-super-XXXXXX";
static struct run run;
/* What the tasks of this test do; set before super_run() forks. */
static enum { FINE, DIE_AT_RECORD_5, DIE_IN_COMPANY, DIE_OUTSIDE, KILLED, FAIL } mode;

#define RECORDS 10

static bool is_bad(const struct bad_record *list, size_t n, uint64_t offset)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].key.offset == offset)
            return true;
    return false;
}

static void misbehave(const struct task *t, uint64_t record)
{
    if (t->index != 1 || record != 5)
        return;
    if (mode == DIE_AT_RECORD_5 || (mode == DIE_IN_COMPANY && !t->slot->only))
        raise(SIGSEGV);
    if (mode == KILLED)
        raise(SIGKILL);
}

static const struct step some_step;

static int some_task(struct task *t, struct error *e)
{
    struct bad_record *bad;
    size_t n_bad;
    int rc = bad_records_read(t->run, &some_step, t->index, &bad, &n_bad, e);
    if (rc)
        return rc;
    if (mode == FAIL && t->index == 1)
        rc = error_set(e, ERR_IO, "some file", "no space");
    if (mode == DIE_OUTSIDE && t->index == 1)
        raise(SIGABRT);
    for (uint64_t i = 0; rc == 0 && i < RECORDS; i++) {
        const struct record_key key = { t->index, i, 0 };
        if (!slot_enter(t->slot, &key, NULL))
            continue;
        if (!is_bad(bad, n_bad, i))
            misbehave(t, i);
        slot_leave(t->slot);
    }
    buf_printf(&t->facts, "\"bad\":%zu", n_bad);
    free(bad);
    return rc;
}

static size_t three(const struct run *r)
{
    return 3;
}

static const struct step some_step = { .phase = "some", .name = "step", .n_tasks = three, .task = some_task };
static const size_t tasks[] = { 0, 1, 2 };

static int set_up(void **state)
{
    struct error e;
    struct plan p;
    if (!mkdtemp(folder))
        return -1;
    log_setup("test", LOG_QUIET);
    char *input = xasprintf("%s/x.warc", folder), *out = xasprintf("%s/out", folder), *tmp = xasprintf("%s/out/tmp", folder);
    char zeros[100] = { 0 };
    char *argv[] = { input };
    struct config *c = config_new(conf_tables());
    int rc = file_write(input, NULL, span_of(zeros, sizeof zeros), NULL, &e) || config_set(c, "run.part_bytes=40", &e) ||
             plan_make(&p, c, argv, 1, NULL, &e) || dir_make(tmp, &e) || plan_write(&p, out, &e) || run_open(&run, out, &e) ||
             run_make_folders(&run, &e);
    plan_release(&p);
    free(input);
    free(out);
    free(tmp);
    return rc;
}

static int clear(void **state)
{
    char *cmd = xasprintf("rm -rf %s/done/some.*", run.tmp);
    int rc = system(cmd);
    free(cmd);
    return rc;
}

static int tear_down(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    run_release(&run);
    return rc;
}

static int supervise(unsigned workers, struct super_report *report, struct error *e)
{
    *report = (struct super_report){ 0 };
    return super_run(&run, &some_step, tasks, 3, workers, report, e);
}

static uint64_t bad_of(size_t task)
{
    struct arena a;
    const struct json *facts;
    struct error e;
    arena_init(&a, 0);
    assert_int_equal(done_facts(&run, &some_step, task, &a, &facts, &e), 0);
    uint64_t n = json_u64(facts, "bad", 99);
    arena_release(&a);
    return n;
}

static void test_tasks_are_done_once(void **state)
{
    struct super_report report;
    struct error e;
    mode = FINE;
    for (unsigned workers = 1; workers <= 7; workers += 3) {
        clear(NULL);
        assert_int_equal(supervise(workers, &report, &e), 0);
        assert_int_equal(done_all(&run, &some_step, &e), 0);
    }
    mode = FAIL; /* nobody runs: all are done */
    assert_int_equal(supervise(2, &report, &e), 0);
}

static void test_a_record_that_kills_twice_is_set_aside(void **state)
{
    struct super_report report;
    struct error e;
    mode = DIE_AT_RECORD_5;
    for (unsigned workers = 1; workers <= 2; workers++) {
        clear(NULL);
        assert_int_equal(supervise(workers, &report, &e), 0);
        assert_int_equal(report.crashes, 1);
        assert_int_equal(bad_of(0), 0);
        assert_int_equal(bad_of(1), 1);
        struct bad_record *list;
        size_t n;
        assert_int_equal(bad_records_read(&run, &some_step, 1, &list, &n, &e), 0);
        assert_int_equal(n, 1);
        assert_int_equal(list[0].key.offset, 5);
        assert_int_equal(list[0].signal, SIGSEGV);
        free(list);
    }
}

static void test_other_deaths_fail_the_task(void **state)
{
    static const struct { int mode, want; } rows[] = {
        { DIE_IN_COMPANY, -ERR_BUG }, { DIE_OUTSIDE, -ERR_BUG }, { KILLED, -ERR_IO }, { FAIL, -ERR_IO },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct super_report report;
        struct error e;
        clear(NULL);
        mode = rows[i].mode;
        assert_int_equal(supervise(2, &report, &e), rows[i].want);
        assert_false(done_is(&run, &some_step, 1));
        assert_int_equal(report.crashes, 0);
        mode = FINE; /* what is left is done by the next run */
        assert_int_equal(supervise(2, &report, &e), 0);
        assert_int_equal(bad_of(1), 0);
    }
}

static void test_a_done_file_of_another_plan_or_without_its_output_does_not_count(void **state)
{
    struct super_report report;
    struct error e;
    mode = FINE;
    clear(NULL);
    assert_int_equal(supervise(1, &report, &e), 0);
    assert_true(done_is(&run, &some_step, 2));
    char kept = run.plan.sha256[0];
    run.plan.sha256[0] = kept == 'a' ? 'b' : 'a';
    assert_false(done_is(&run, &some_step, 2));
    run.plan.sha256[0] = kept;
    struct task t = { .run = &run, .index = 2 };
    task_output(&t, "tmp/prepare/never", &(struct outfile_done){ .bytes = 5, .sha256 = "00" });
    assert_int_equal(task_finish(&t, &some_step, &e), 0);
    task_release(&t);
    assert_false(done_is(&run, &some_step, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_tasks_are_done_once, clear),
        cmocka_unit_test_setup(test_a_record_that_kills_twice_is_set_aside, clear),
        cmocka_unit_test_setup(test_other_deaths_fail_the_task, clear),
        cmocka_unit_test_setup(test_a_done_file_of_another_plan_or_without_its_output_does_not_count, clear),
    };
    return cmocka_run_group_tests_name("super", tests, set_up, tear_down);
}
