/* Property: every mistake is counted and printed once, in the order of its place, as a person may safely see
 * it. Method: a list filled out of order, with a text from outside, and beyond its limit. */
#include "tests/engine/yaml/reading.h"

#include "engine/base/limits.h"

static void places_are_in_order(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list list;
    diag_init(&list, arena, "p.yaml");
    diag_error(&list, 9, 1, "late");
    diag_warning(&list, 2, 7, "second of the line");
    diag_error(&list, 2, 3, "first of the line");
    diag_error(&list, 2, 7, "as late, told after");
    diag_error(&list, 0, 0, "of the whole file");
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&list, &out);
    assert_string_equal(buf_string(&out), "p.yaml: error: of the whole file\n"
                                          "p.yaml:2:3: error: first of the line\n"
                                          "p.yaml:2:7: warning: second of the line\n"
                                          "p.yaml:2:7: error: as late, told after\n"
                                          "p.yaml:9:1: error: late\n");
    assert_int_equal(list.errors, 4);
    assert_int_equal(list.warnings, 1);
}

static void a_hostile_text_is_made_visible(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list list;
    diag_init(&list, arena, "p.yaml");
    diag_error(&list, 1, 1, "unknown key '%s'", "\x1b[2J\n");
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&list, &out);
    assert_string_equal(buf_string(&out), "p.yaml:1:1: error: unknown key '\\u{1b}[2J\\u{a}'\n");
}

static void beyond_the_limit_they_are_counted(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct diag_list list;
    diag_init(&list, arena, "p.yaml");
    for (int i = 0; i < LIMIT_DIAGS + 3; i++) {
        diag_error(&list, i + 1, 1, "mistake");
    }
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&list, &out);
    assert_int_equal(list.errors, LIMIT_DIAGS + 3);
    assert_non_null(strstr(buf_string(&out), "p.yaml:200:1: error: mistake\np.yaml: and 3 more\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_in_order),
        cmocka_unit_test(a_hostile_text_is_made_visible),
        cmocka_unit_test(beyond_the_limit_they_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
