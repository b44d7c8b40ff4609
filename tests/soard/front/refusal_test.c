/* Property: every refusal has a name of its own, a status that refuses and words; a problem document is RFC
 * 9457 in JSON whatever its words are. Method: the whole table; the engine's own reader of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/json.h"
#include "soard/front/refusal.h"

static void every_refusal_is_told(void **state)
{
    (void)state;
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        enum refusal refusal = (enum refusal)i;
        assert_in_range(refusal_status(refusal), 400, 599);
        assert_string_not_equal(status_reason(refusal_status(refusal)), "Status");
        assert_true(strlen(refusal_detail(refusal)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(refusal_name(refusal), refusal_name((enum refusal)j));
    }
}

static void a_problem_is_one_document(void **state)
{
    (void)state;
    BUF_SCOPED text;
    ARENA_SCOPED arena = arena_new();
    struct value problem;
    struct soar_err err;
    buf_init(&text, 0);
    problem_write(&text, 503, "a \"disk\"\n is full");
    assert_int_equal(json_parse(arena, text.data, text.len, &problem, &err), 0);
    assert_string_equal(value_get_string(&problem, "type", ""), "about:blank");
    assert_string_equal(value_get_string(&problem, "title", ""), "Service Unavailable");
    assert_int_equal(value_get_int(&problem, "status", 0), 503);
    assert_string_equal(value_get_string(&problem, "detail", ""), "a \"disk\"\n is full");
}

static void a_status_that_nobody_has_still_has_a_reason(void **state)
{
    (void)state;
    assert_string_equal(status_reason(418), "Status");
    assert_string_equal(status_reason(431), "Request Header Fields Too Large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_is_told),
        cmocka_unit_test(a_problem_is_one_document),
        cmocka_unit_test(a_status_that_nobody_has_still_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
