/* Property: the tests shipped beside the playbooks pass, again and again with the same report; one case may
 * be played alone; lint reads and plays nothing. Method: the files of playbooks/, and a test of our own. */
#include "tests/engine/rehearse/rehearsing.h"

#include <dirent.h>

#include "engine/base/file.h"

static const char *play_file(struct rehearsing *stage, const char *path)
{
    struct rehearse_options options = {.shelf = stage->shelf};
    struct diag_list diags;
    BUF_SCOPED told = {0};

    diag_init(&diags, stage->arena, path);
    if (rehearse_file(stage->arena, path, &options, &stage->report, &diags))
        diag_print(&diags, &told);
    else if (!value_get_bool(&stage->report, "passed", false))
        rehearse_print(&stage->report, &told);
    return arena_string(stage->arena, buf_string(&told));
}

static void test_shipped_tests_pass(void **state)
{
    struct rehearsing stage;
    DIR *dir = opendir(SOAR_SOURCE_DIR "/playbooks");
    int played = 0;

    (void)state;
    assert_non_null(dir);
    rehearsing_open(&stage);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *end = strstr(entry->d_name, "_test.yaml");

        if (!end)
            continue;
        assert_string_equal(
            play_file(&stage, arena_printf(stage.arena, SOAR_SOURCE_DIR "/playbooks/%s", entry->d_name)), "");
        assert_true(value_get_int(&stage.report, "count", 0) > 0);
        played++;
    }
    assert_true(played >= 1);
    closedir(dir);
    rehearsing_close(&stage);
}

/* The example of the documentation, with its playbook where it is. */
static void test_documented_example(void **state)
{
    static const char head[] = "```yaml\nplaybook: ";
    struct rehearsing stage;
    char *text = NULL;
    size_t len = 0;

    (void)state;
    rehearsing_open(&stage);
    assert_int_equal(
        file_read(stage.arena, SOAR_SOURCE_DIR "/docs/testing-playbooks.md", 1 << 20, &text, &len, NULL), 0);
    char *begin = strstr(text, head);

    assert_non_null(begin);
    begin += strlen(head);
    *strstr(begin, "```") = '\0';
    assert_string_equal(rehearsing_play(&stage, arena_printf(stage.arena, "playbook: %s/playbooks/%s",
                                                             SOAR_SOURCE_DIR, begin)),
                        "");
    assert_int_equal(value_get_int(&stage.report, "count", 0), 1);
    rehearsing_close(&stage);
}

/* All of a report but what this machine took for it. */
static const char *told(struct rehearsing *stage)
{
    const struct value *cases = value_get(&stage->report, "cases");
    BUF_SCOPED out = {0};

    for (size_t i = 0; i < value_count(cases); i++) {
        const struct value *one = value_at(cases, i);

        buf_printf(&out, "%s %lld ms in its world, %lld lives\n", value_get_string(one, "name", ""),
                   (long long)value_get_int(one, "world_ms", 0), (long long)value_get_int(one, "lives", 0));
    }
    return arena_string(stage->arena, buf_string(&out));
}

static void test_same_again(void **state)
{
    static const char path[] = SOAR_SOURCE_DIR "/playbooks/contain_lateral_movement_test.yaml";
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(play_file(&stage, path), "");
    const char *first = told(&stage);

    for (int i = 0; i < 3; i++) {
        assert_string_equal(play_file(&stage, path), "");
        assert_string_equal(told(&stage), first);
    }
    rehearsing_close(&stage);
}

static void test_one_case_alone(void **state)
{
    static const char test[] = CASE_1 DONE "  - name: Two\n" ALERT DONE;
    struct rehearsing stage;

    (void)state;
    rehearsing_open(&stage);
    assert_string_equal(rehearsing_play(&stage, test), "");
    assert_int_equal(value_get_int(&stage.report, "count", 0), 2);
    stage.only = "two";
    assert_string_equal(rehearsing_play(&stage, test), "");
    assert_int_equal(value_get_int(&stage.report, "count", 0), 1);
    assert_string_equal(value_get_string(value_at(value_get(&stage.report, "cases"), 0), "name", ""), "Two");
    stage.only = "three";
    assert_string_equal(rehearsing_play(&stage, test), "");
    assert_int_equal(value_get_int(&stage.report, "count", -1), 0);
    rehearsing_close(&stage);
}

static void test_lint_reads_only(void **state)
{
    struct rehearsing stage;
    struct diag_list diags;

    (void)state;
    rehearsing_open(&stage);
    rehearsing_file(&stage, "p_test.yaml", CASE_1 "    expect: {status: failed}\n");
    struct rehearse_options options = {.shelf = stage.shelf};
    const char *path = arena_printf(stage.arena, "%s/p_test.yaml", stage.dir);

    diag_init(&diags, stage.arena, path);
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), 0);
    rehearsing_file(&stage, "p_test.yaml", CASE_1 "    expect: {statu: failed}\n");
    assert_int_equal(rehearse_lint(stage.arena, path, &options, &diags), -1);
    assert_int_equal(diags.errors, 1);
    rehearsing_close(&stage);
}

static void test_no_such_file(void **state)
{
    struct rehearse_options options = {0};
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    struct value report;

    (void)state;
    diag_init(&diags, arena, "x");
    assert_int_equal(rehearse_file(arena, "/nowhere/x_test.yaml", &options, &report, &diags), -1);
    assert_string_equal(diags.first->file, "/nowhere/x_test.yaml");
    assert_string_equal(diags.file, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_tests_pass), cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_one_case_alone),     cmocka_unit_test(test_lint_reads_only),
        cmocka_unit_test(test_documented_example), cmocka_unit_test(test_no_such_file)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
