/* Property: arithmetic gives the exact result or an error, never another number. Method: numbers at the edges
 * of int and uint, every pair and every operator, against long arithmetic in doubles of 64 bits of mantissa
 * or by the inverse operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "tests/engine/cel/evaluating.h"

static const int64_t edges[] = {
    INT64_MIN,  INT64_MIN + 1, -4294967296, -3037000500, -3037000499,   -10,      -3, -2, -1, 0, 1, 2, 3, 10,
    3037000499, 3037000500,    4294967295,  4294967296,  INT64_MAX - 1, INT64_MAX};

/* 1 and the result, or 0 for an error. */
static int result_of(int64_t a, const char *sign, int64_t b, int64_t *ret_result)
{
    ARENA_SCOPED arena = arena_new();
    struct value value = cel_eval(
        compiled(arena, arena_printf(arena, "(%" PRId64 ") %s (%" PRId64 ")", a, sign, b)), NULL, arena);
    assert_true(value.kind == VALUE_INT || value.kind == VALUE_ERROR);
    *ret_result = value.integer;
    return value.kind == VALUE_INT;
}

static void check_pair(int64_t a, int64_t b)
{
    static const char *const signs[] = {"+", "-", "*"};
    for (size_t i = 0; i < 3; i++) {
        long double exact = i == 0 ? (long double)a + b : i == 1 ? (long double)a - b : (long double)a * b;
        bool fits = exact >= (long double)INT64_MIN &&
                    exact <= (long double)INT64_MAX; /* 64 bits of mantissa: exact here */
        int64_t result = 0;
        assert_int_equal(result_of(a, signs[i], b, &result), fits);
        if (fits) {
            assert_true((long double)result == exact);
        }
    }
    int64_t quotient = 0, rest = 0;
    bool divides = b != 0 && !(a == INT64_MIN && b == -1);
    assert_int_equal(result_of(a, "/", b, &quotient), divides);
    assert_int_equal(result_of(a, "%", b, &rest), divides);
    if (divides) {
        assert_int_equal(quotient, a / b);
        assert_int_equal(rest, a % b);
    }
}

static void ints_are_exact_or_errors(void **state)
{
    (void)state;
    size_t count = sizeof edges / sizeof edges[0];
    for (size_t i = 0; i < count * count; i++) {
        check_pair(edges[i / count], edges[i % count]);
    }
}

static void kinds_never_mix(void **state)
{
    static const char *const values[] = {"1",      "1u",   "1.0",  "'a'",          "b'a'", "[1]",
                                         "{1: 1}", "true", "null", "timestamp(0)", "int"};
    static const char *const signs[] = {"+", "-", "*", "/", "%"};
    (void)state;
    for (size_t i = 0; i < 11 * 11 * 5; i++) {
        const char *left = values[i / 55], *right = values[i / 5 % 11], *sign = signs[i % 5];
        ARENA_SCOPED arena = arena_new();
        const char *got = evaluated(arena, arena_printf(arena, "%s %s %s", left, sign, right), NULL);
        bool number = i / 55 < 2 || (i / 55 == 2 && *sign != '%');
        bool joined = i / 55 >= 3 && i / 55 <= 5 && *sign == '+';
        bool times = i / 55 == 9 && *sign == '-';
        assert_int_equal(strncmp(got, "error no such overload", 22) != 0,
                         left == right && (number || joined || times));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ints_are_exact_or_errors),
        cmocka_unit_test(kinds_never_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
