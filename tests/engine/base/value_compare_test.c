/* Property: numbers compare as the numbers they are, whatever their kinds; other kinds as their headers say;
 * order is antisymmetric and transitive. Method: the borders of the kinds in a table sorted by hand,
 * pairwise; trios of every kind for transitivity. */
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

#define I(number)                                                                                            \
    {                                                                                                        \
        .kind = VALUE_INT, .integer = number                                                                 \
    }
#define U(number)                                                                                            \
    {                                                                                                        \
        .kind = VALUE_UINT, .natural = number                                                                \
    }
#define D(number)                                                                                            \
    {                                                                                                        \
        .kind = VALUE_DOUBLE, .real = number                                                                 \
    }

/* Ascending; what has one rank is one number. */
static const struct {
    int rank;
    struct value value;
} numbers[] = {
    {0, D(-INFINITY)},
    {1, D(-DBL_MAX)},
    {2, D(-0x1p64)},
    {3, D(-0x1.0000000000001p63)},
    {4, D(-0x1p63)},
    {4, I(INT64_MIN)},
    {5, I(INT64_MIN + 1)},
    {6, I(-9007199254740993)},
    {7, I(-9007199254740992)},
    {7, D(-9007199254740992.0)},
    {8, I(-2)},
    {9, D(-1.5)},
    {10, I(-1)},
    {10, D(-1)},
    {11, D(-0.5)},
    {12, D(-DBL_MIN)},
    {13, I(0)},
    {13, U(0)},
    {13, D(0)},
    {13, D(-0.0)},
    {14, D(DBL_MIN)},
    {15, D(0.5)},
    {16, I(1)},
    {16, U(1)},
    {16, D(1)},
    {17, D(1.5)},
    {18, I(2)},
    {18, U(2)},
    {18, D(2)},
    {19, I(9007199254740991)},
    {20, I(9007199254740992)},
    {20, U(9007199254740992)},
    {20, D(9007199254740992.0)},
    {21, I(9007199254740993)},
    {21, U(9007199254740993)},
    {22, D(9007199254740994.0)},
    {23, D(0x1.fffffffffffffp62)},
    {23, I(INT64_MAX - 1023)},
    {23, U(INT64_MAX - 1023)},
    {24, I(INT64_MAX - 512)},
    {25, I(INT64_MAX - 1)},
    {26, I(INT64_MAX)},
    {26, U(INT64_MAX)},
    {27, U((uint64_t)INT64_MAX + 1)},
    {27, D(0x1p63)},
    {28, U(UINT64_MAX - 2047)},
    {28, D(0x1.fffffffffffffp63)},
    {29, U(UINT64_MAX - 1024)},
    {30, U(UINT64_MAX - 1)},
    {31, U(UINT64_MAX)},
    {32, D(0x1p64)},
    {33, D(DBL_MAX)},
    {34, D(INFINITY)},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static void numbers_compare_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUMBERS; i++) {
        for (size_t j = 0; j < NUMBERS; j++) {
            int expected = (numbers[i].rank > numbers[j].rank) - (numbers[i].rank < numbers[j].rank);
            int order = value_compare(&numbers[i].value, &numbers[j].value);
            bool equal = value_equal(&numbers[i].value, &numbers[j].value);
            if (order != expected || equal != (expected == 0)) {
                fail_msg("ranks %d and %d: %d", numbers[i].rank, numbers[j].rank, order);
            }
        }
    }
}

static void nan_equals_nothing_and_sorts_first(void **state)
{
    (void)state;
    struct value nan = value_double(NAN);
    for (size_t i = 0; i < NUMBERS; i++) {
        assert_false(value_equal(&nan, &numbers[i].value));
        assert_int_equal(value_compare(&nan, &numbers[i].value), -1);
        assert_int_equal(value_compare(&numbers[i].value, &nan), 1);
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
