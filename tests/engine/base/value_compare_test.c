/* Property: numbers compare as the numbers they are, whatever their kinds; other kinds as their headers say;
 * order is antisymmetric and transitive. Method: the borders of the kinds, pairwise, against long double,
 * which holds each of them exactly (64 bits of mantissa are demanded below); trios of everything for
 * transitivity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/value.h"

_Static_assert(LDBL_MANT_DIG >= 64, "long double must hold every int64, uint64 and double");

static const int64_t integers[] = {INT64_MIN,
                                   INT64_MIN + 1,
                                   -9007199254740993,
                                   -9007199254740992,
                                   -2,
                                   -1,
                                   0,
                                   1,
                                   2,
                                   9007199254740991,
                                   9007199254740992,
                                   9007199254740993,
                                   INT64_MAX - 512,
                                   INT64_MAX - 1,
                                   INT64_MAX};
static const uint64_t naturals[] = {0,
                                    1,
                                    2,
                                    9007199254740992,
                                    9007199254740993,
                                    INT64_MAX,
                                    (uint64_t)INT64_MAX + 1,
                                    UINT64_MAX - 1024,
                                    UINT64_MAX - 1,
                                    UINT64_MAX};
static const double reals[] = {-INFINITY,
                               -DBL_MAX,
                               -0x1p64,
                               -0x1.0000000000001p63,
                               -0x1p63,
                               -9007199254740992.0,
                               -1.5,
                               -1,
                               -0.5,
                               -DBL_MIN,
                               -0.0,
                               0,
                               DBL_MIN,
                               0.5,
                               1,
                               1.5,
                               2,
                               9007199254740992.0,
                               9007199254740994.0,
                               0x1.fffffffffffffp62,
                               0x1p63,
                               0x1.fffffffffffffp63,
                               0x1p64,
                               DBL_MAX,
                               INFINITY};

enum {
    INTEGERS = sizeof integers / sizeof integers[0],
    NATURALS = sizeof naturals / sizeof naturals[0],
    REALS = sizeof reals / sizeof reals[0],
    NUMBERS = INTEGERS + NATURALS + REALS
};

static size_t all_numbers(struct value *ret_values, long double *ret_exact)
{
    size_t count = 0;
    for (size_t i = 0; i < INTEGERS; i++, count++) {
        ret_values[count] = value_int(integers[i]);
        ret_exact[count] = (long double)integers[i];
    }
    for (size_t i = 0; i < NATURALS; i++, count++) {
        ret_values[count] = value_uint(naturals[i]);
        ret_exact[count] = (long double)naturals[i];
    }
    for (size_t i = 0; i < REALS; i++, count++) {
        ret_values[count] = value_double(reals[i]);
        ret_exact[count] = (long double)reals[i];
    }
    return count;
}

static void numbers_compare_exactly(void **state)
{
    (void)state;
    struct value values[NUMBERS];
    long double exact[NUMBERS];
    size_t count = all_numbers(values, exact);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int expected = (exact[i] > exact[j]) - (exact[i] < exact[j]);
            if (value_compare(&values[i], &values[j]) != expected ||
                value_equal(&values[i], &values[j]) != (expected == 0)) {
                fail_msg("%Lg and %Lg: %d", exact[i], exact[j], value_compare(&values[i], &values[j]));
            }
        }
    }
}

static void nan_equals_nothing_and_sorts_first(void **state)
{
    (void)state;
    struct value values[NUMBERS], nan = value_double(NAN);
    long double exact[NUMBERS];
    size_t count = all_numbers(values, exact);
    for (size_t i = 0; i < count; i++) {
        assert_false(value_equal(&nan, &values[i]));
        assert_int_equal(value_compare(&nan, &values[i]), -1);
        assert_int_equal(value_compare(&values[i], &nan), 1);
    }
    assert_false(value_equal(&nan, &nan));
    assert_int_equal(value_compare(&nan, &nan), 0);
    struct value list = {.kind = VALUE_LIST, .list = &(struct value_list){.count = 1, .items = &nan}};
    assert_false(value_equal(&list, &list));
}

static struct value ip_of(const struct value_ip *ip, enum value_kind kind)
{
    return (struct value){.kind = kind, .ip = ip};
}

static void order_is_an_order(void **state)
{
    (void)state;
    static const struct value_ip ips[] = {
        {{10, 0, 0, 1}, 4, 8}, {{10, 0, 0, 1}, 4, 9}, {{9}, 4, 9}, {{9}, 6, 9}, {{9, [15] = 1}, 6, 9}};
    ARENA_SCOPED arena = arena_new();
    struct value values[] = {
        value_null(),
        value_bool(false),
        value_bool(true),
        value_int(-1),
        value_uint(3),
        value_double(2.5),
        value_double(NAN),
        value_static(""),
        value_static("a"),
        value_static("ab"),
        value_static("b"),
        value_static("é"),
        value_string(arena, "a\0", 2),
        value_bytes(arena, "a", 1),
        value_bytes(arena, "\xFF", 1),
        value_time(0, 5),
        value_time(1, 0),
        value_time(-1, 5),
        value_span(-1, -5),
        value_span(-1, 0),
        value_span(0, 5),
        value_type("int"),
        value_type("bool"),
        ip_of(&ips[0], VALUE_IP),
        ip_of(&ips[2], VALUE_IP),
        ip_of(&ips[3], VALUE_IP),
        ip_of(&ips[4], VALUE_IP),
        ip_of(&ips[0], VALUE_CIDR),
        ip_of(&ips[1], VALUE_CIDR),
    };
    size_t count = sizeof values / sizeof values[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = value_order(&values[i], &values[j]);
            assert_int_equal(order, -value_order(&values[j], &values[i]));
            assert_int_equal(order == 0, i == j);
            for (size_t k = 0; k < count; k++) {
                if (order < 0 && value_order(&values[j], &values[k]) < 0) {
                    assert_int_equal(value_order(&values[i], &values[k]), -1);
                }
            }
        }
    }
}

static void kinds_compare_as_they_should(void **state)
{
    (void)state;
    static const struct value_ip one = {{10, 0, 0, 1}, 4, 8}, other = {{10, 0, 0, 1}, 4, 9},
                                 noise = {{10, 0, 0, 1, 77}, 4, 0};
    struct value a = value_static("a"), b = value_static("B"), zero = value_int(0), no = value_bool(false),
                 null = value_null();
    assert_int_equal(value_compare(&a, &b), 1); /* by code point, as UTF-8 sorts */
    assert_int_equal(value_compare(&a, &zero), -2);
    assert_int_equal(value_compare(&zero, &no), -2);
    assert_int_equal(value_compare(&null, &null), 0);
    assert_false(value_equal(&zero, &no));
    assert_false(value_equal(&null, &no));
    struct value ips[] = {ip_of(&one, VALUE_IP), ip_of(&other, VALUE_IP), ip_of(&noise, VALUE_IP)};
    assert_true(
        value_equal(&ips[0], &ips[1])); /* the prefix of a lone address, and bytes behind it, mean nothing */
    assert_true(value_equal(&ips[0], &ips[2]));
    struct value cidrs[] = {ip_of(&one, VALUE_CIDR), ip_of(&other, VALUE_CIDR)};
    assert_false(value_equal(&cidrs[0], &cidrs[1]));
    assert_false(value_equal(&ips[0], &cidrs[0]));
    struct value list = {.kind = VALUE_LIST, .list = &(struct value_list){.count = 1, .items = &a}};
    assert_int_equal(value_compare(&list, &list), -2);
}

static struct value map_of(struct arena *arena, const char *const *keys, size_t count)
{
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < count; i++) {
        value_put_text(&builder, keys[i], value_int(keys[i][0]));
    }
    return value_end_map(&builder);
}

static void containers_are_equal_in_depth(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value there = map_of(arena, (const char *const[]){"a", "b"}, 2);
    struct value back = map_of(arena, (const char *const[]){"b", "a"}, 2);
    struct value other = map_of(arena, (const char *const[]){"a", "c"}, 2);
    struct value fewer = map_of(arena, (const char *const[]){"a"}, 1);
    assert_true(value_equal(&there, &back)); /* the order of keys doesn't count */
    assert_false(value_equal(&there, &other));
    assert_false(value_equal(&there, &fewer));
    assert_false(value_equal(&fewer, &there));
    struct value lists[] = {value_list(arena, (struct value[]){value_int(1), there}, 2),
                            value_list(arena, (struct value[]){value_double(1), back}, 2),
                            value_list(arena, (struct value[]){there, value_int(1)}, 2),
                            value_list(arena, (struct value[]){value_int(1)}, 1)};
    assert_true(value_equal(&lists[0], &lists[1]));
    assert_false(value_equal(&lists[0], &lists[2]));
    assert_false(value_equal(&lists[0], &lists[3]));
    struct value none = value_none(), some = value_some(arena, value_int(1)),
                 same = value_some(arena, value_uint(1));
    assert_true(value_equal(&none, &none));
    assert_false(value_equal(&none, &some));
    assert_true(value_equal(&some, &same));
    struct value unknown = value_unknown(arena, "x"), error = value_error(arena, "x"),
                 twin = value_unknown(arena, "x");
    assert_true(value_equal(&unknown, &twin));
    assert_false(value_equal(&unknown, &error));
}

static void a_key_is_found_by_its_number(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    value_put(&builder, value_int(9007199254740993), value_static("odd"));
    value_put(&builder, value_uint(1), value_static("one"));
    struct value map = value_end_map(&builder);
    struct value keys[] = {value_int(1),
                           value_uint(1),
                           value_double(1),
                           value_uint(9007199254740993),
                           value_double(9007199254740992.0),
                           value_bool(true),
                           value_static("1")};
    static const char *const expected[] = {"one", "one", "one", "odd", NULL, NULL, NULL};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct value *found = value_find(&map, &keys[i]);
        assert_true(expected[i] == NULL ? found == NULL : value_is_string(found, expected[i]));
    }
    assert_null(value_find(&map, &map)); /* a map is no key */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(nan_equals_nothing_and_sorts_first),
        cmocka_unit_test(order_is_an_order),
        cmocka_unit_test(kinds_compare_as_they_should),
        cmocka_unit_test(containers_are_equal_in_depth),
        cmocka_unit_test(a_key_is_found_by_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
