/* The views' names are tables on disk: none may change, none is missing, no two are the same.
 * Method: the list once more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "soar/store.h"

static void test_names(void **state)
{
    static const char *const names[] = {"run",    "task",  "timer", "ask",      "containment",
                                        "holder", "spend", "dedup", "evidence", "lease"};
    (void)state;
    assert_int_equal(sizeof(names) / sizeof(names[0]), SOAR_VIEW_COUNT);
    for (int view = 0; view < SOAR_VIEW_COUNT; view++)
        assert_string_equal(soar_view_name((enum soar_view)view), names[view]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
