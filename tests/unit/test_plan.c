/* test_plan.c - inputs get unique names in byte order, and the same cut whatever their order was. */
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/infile.h"
#include "core/outfile.h"
#include "pipeline/run/plan.h"
#include "pipeline/run/tasks.h"

static char folder[] = "/tmp/sluice-plan-XXXXXX";

static char *in_folder(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static void put(const char *name, size_t bytes)
{
    char *path = in_folder(name), *content = xcalloc(1, bytes);
    struct error e;
    assert_int_equal(file_write(path, NULL, span_of(content, bytes), NULL, &e), 0);
    free(path);
    free(content);
}

static int make_inputs(void **state)
{
    struct error e;
    if (!mkdtemp(folder))
        return -1;
    char *sub = in_folder("in/sub"), *list = in_folder("list");
    if (dir_make(sub, &e))
        return -1;
    put("in/b.warc.gz", 3000000);
    put("in/a.warc", 10);
    put("in/notes.txt", 10);
    put("in/sub/a.warc", 0);
    put("other.warc", 20);
    struct buf b = { 0 };
    buf_printf(&b, "# a comment\n%s/other.warc\n\n%s/missing.warc\n", folder, folder);
    int rc = file_write(list, NULL, buf_view(&b), NULL, &e);
    buf_release(&b);
    free(sub);
    free(list);
    return rc;
}

static int remove_inputs(void **state)
{
    char *cmd = xasprintf("rm -rf %s", folder);
    int rc = system(cmd);
    free(cmd);
    return rc;
}

static int make(struct plan *p, const char *const *names, size_t n, struct error *e)
{
    char *argv[8];
    for (size_t i = 0; i < n; i++)
        argv[i] = names[i][0] == '@' ? xasprintf("@%s/%s", folder, names[i] + 1) : in_folder(names[i]);
    struct config *c = config_new(conf_tables());
    assert_int_equal(config_set(c, "run.part_bytes=1M", e), 0);
    int rc = plan_make(p, c, argv, n, NULL, e);
    for (size_t i = 0; i < n; i++)
        free(argv[i]);
    return rc;
}

static void test_a_folder_gives_relative_names_in_byte_order(void **state)
{
    struct plan p;
    struct error e;
    assert_int_equal(make(&p, (const char *[]){ "in" }, 1, &e), 0);
    assert_int_equal(p.n_inputs, 3);
    assert_string_equal(p.inputs[0].name, "a.warc");
    assert_string_equal(p.inputs[1].name, "b.warc.gz");
    assert_string_equal(p.inputs[2].name, "sub/a.warc");
    plan_release(&p);
}

static void test_parts_cover_each_input_without_gap(void **state)
{
    struct plan p;
    struct error e;
    assert_int_equal(make(&p, (const char *[]){ "in" }, 1, &e), 0);
    assert_int_equal(p.n_parts, 5); /* 10 bytes, 3,000,000 bytes, none */
    uint64_t expected = 0;
    for (size_t i = 0; i < p.n_parts; i++) {
        assert_int_equal(p.parts[i].begin, expected);
        expected = p.parts[i].end == UINT64_MAX ? 0 : p.parts[i].end;
    }
    assert_int_equal(expected, 0);
    size_t covered = 0;
    for (size_t i = 0; i < p.n_groups; i++) {
        assert_int_equal(p.groups[i].first, covered);
        covered += p.groups[i].n;
    }
    assert_int_equal(covered, p.n_parts);
    plan_release(&p);
}

static void test_order_of_arguments_does_not_matter(void **state)
{
    struct plan p, q;
    struct error e;
    assert_int_equal(make(&p, (const char *[]){ "in/b.warc.gz", "other.warc" }, 2, &e), 0);
    assert_int_equal(make(&q, (const char *[]){ "other.warc", "in/b.warc.gz" }, 2, &e), 0);
    assert_string_equal(p.sha256, q.sha256);
    plan_release(&p);
    plan_release(&q);
}

static void test_two_inputs_of_one_name_are_refused(void **state)
{
    struct plan p;
    struct error e;
    assert_int_equal(make(&p, (const char *[]){ "in/a.warc", "in/sub/a.warc" }, 2, &e), -ERR_USAGE);
    assert_non_null(strstr(e.msg, "same name"));
    plan_release(&p);
    assert_int_equal(make(&p, NULL, 0, &e), -ERR_USAGE);
    plan_release(&p);
}

static void test_absolute_paths_of_a_list_are_named_below_their_common_folder_and_a_missing_file_stays_in_the_plan(void **state)
{
    struct plan p;
    struct error e;
    char *want = in_folder("missing.warc");
    assert_int_equal(make(&p, (const char *[]){ "@list" }, 1, &e), 0);
    assert_int_equal(p.n_inputs, 2);
    size_t missing = p.inputs[0].unreadable ? 0 : 1;
    assert_string_equal(p.inputs[missing].name, "missing.warc");
    assert_string_equal(p.inputs[missing].path, want);
    assert_true(p.inputs[missing].unreadable);
    assert_false(p.inputs[1 - missing].unreadable);
    assert_true(p.inputs[1 - missing].name[0] != '/');
    plan_release(&p);
    free(want);
}

static void test_a_written_plan_reads_back_and_an_edited_one_is_refused(void **state)
{
    struct plan p;
    struct run r;
    struct error e;
    char *out = in_folder("out"), *tmp = in_folder("out/tmp"), *path = in_folder("out/plan.json");
    assert_int_equal(make(&p, (const char *[]){ "in" }, 1, &e), 0);
    assert_int_equal(dir_make(tmp, &e), 0);
    assert_int_equal(plan_write(&p, out, &e), 0);
    assert_int_equal(run_open(&r, out, &e), 0);
    assert_string_equal(r.plan.sha256, p.sha256);
    assert_int_equal(r.plan.n_parts, p.n_parts);
    run_release(&r);
    struct buf b = { 0 };
    assert_int_equal(file_read(path, 1 << 20, &b, &e), 0);
    char *bytes = memmem(b.p, b.n, "\"bytes\":3000000", 15);
    assert_non_null(bytes);
    bytes[8] = '4';
    assert_int_equal(file_write(path, tmp, buf_view(&b), NULL, &e), 0);
    assert_int_equal(run_open(&r, out, &e), -ERR_USAGE);
    buf_release(&b);
    plan_release(&p);
    free(out);
    free(tmp);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_gives_relative_names_in_byte_order),
        cmocka_unit_test(test_parts_cover_each_input_without_gap),
        cmocka_unit_test(test_order_of_arguments_does_not_matter),
        cmocka_unit_test(test_two_inputs_of_one_name_are_refused),
        cmocka_unit_test(test_absolute_paths_of_a_list_are_named_below_their_common_folder_and_a_missing_file_stays_in_the_plan),
        cmocka_unit_test(test_a_written_plan_reads_back_and_an_edited_one_is_refused),
    };
    return cmocka_run_group_tests_name("plan", tests, make_inputs, remove_inputs);
}
