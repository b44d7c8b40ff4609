/* Property: over all pairs of a set of values, a < b is b > a, a <= b is !(b < a), == is symmetric and
 * excludes <; what has no order is an error and never false. Method: every pair, evaluated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/engine/cel/evaluating.h"

static const char *const numbers[] = {"0",
                                      "-1",
                                      "1",
                                      "1u",
                                      "0u",
                                      "1.0",
                                      "-0.0",
                                      "0.5",
                                      "9223372036854775807",
                                      "9223372036854775808u",
                                      "18446744073709551615u",
                                      "-9223372036854775808",
                                      "1e19",
                                      "-1e19",
                                      "1e300"};
static const char *const others[][3] = {{"'a'", "'b'", "'ab'"},
                                        {"b'a'", "b'\\xff'", "b''"},
                                        {"false", "true", "true"},
                                        {"timestamp(0)", "timestamp(1)", "timestamp(-1)"},
                                        {"duration('1s')", "duration('-1s')", "duration('1ns')"}};

static bool holds(struct arena *arena, const char *left, const char *sign, const char *right)
{
    bool result = false;
    struct soar_err err;
    const char *text = arena_printf(arena, "%s %s %s", left, sign, right);
    if (cel_bool(compiled(arena, text), NULL, arena, &result, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
    return result;
}

static void check_pair(const char *a, const char *b)
{
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(holds(arena, a, "<", b), holds(arena, b, ">", a));
    assert_int_equal(holds(arena, a, "<=", b), !holds(arena, b, "<", a));
    assert_int_equal(holds(arena, a, ">=", b), !holds(arena, a, "<", b));
    assert_int_equal(holds(arena, a, "==", b), holds(arena, b, "==", a));
    assert_int_equal(holds(arena, a, "!=", b), !holds(arena, a, "==", b));
    assert_int_equal(holds(arena, a, "==", b), !holds(arena, a, "<", b) && !holds(arena, a, ">", b));
}

static void order_and_equality_agree(void **state)
{
    (void)state;
    size_t count = sizeof numbers / sizeof numbers[0];
    for (size_t i = 0; i < count * count; i++) {
        check_pair(numbers[i / count], numbers[i % count]);
    }
    for (size_t kind = 0; kind < 5; kind++) {
        for (size_t i = 0; i < 9; i++) {
            check_pair(others[kind][i / 3], others[kind][i % 3]);
        }
    }
}

static void what_has_no_order_is_an_error(void **state)
{
    static const char *const values[] = {"null",      "[1]", "{1: 1}", "int", "optional.of(1)",
                                         "ip('::1')", "'a'", "1",      "true"};
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        for (size_t j = 0; j < 9; j++) {
            ARENA_SCOPED arena = arena_new();
            const char *got = evaluated(arena, arena_printf(arena, "%s < %s", values[i], values[j]), NULL);
            bool ordered = i == j && i >= 6;
            assert_int_equal(strncmp(got, "error no such overload", 22) == 0, !ordered);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_equality_agree),
        cmocka_unit_test(what_has_no_order_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
