/* Property: a map keeps the order of its keys, finds each of them, and of a key put twice the first place and
 * the last value stand, whether the map is small and searched or large and sorted. Method: maps of
 * pseudo-random keys of every size around the border, against a list that is searched naively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/value.h"

enum { PUTS_MAX = 60 };

static uint32_t chance(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* The same number comes as int, uint or double; or it is a text. */
static struct value some_key(struct arena *arena, uint32_t *seed, uint32_t range)
{
    uint32_t number = chance(seed) % range;
    switch (chance(seed) % 5) {
    case 0:
        return value_int((int64_t)number);
    case 1:
        return value_uint(number);
    case 2:
        return value_double((double)number);
    case 3:
        return value_bool(number % 2 == 0);
    default:
        return value_text(arena, arena_printf(arena, "k%u", number));
    }
}

static void check_one_map(uint32_t seed, size_t puts, uint32_t range)
{
    ARENA_SCOPED arena = arena_new();
    struct value keys[PUTS_MAX];
    int64_t expected[PUTS_MAX];
    size_t count = 0;
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < puts; i++) {
        struct value key = some_key(arena, &seed, range);
        size_t at = 0;
        while (at < count && !value_equal(&keys[at], &key)) {
            at++;
        }
        keys[at] = at == count ? key : keys[at];
        expected[at] = (int64_t)i;
        count += at == count;
        value_put(&builder, key, value_int((int64_t)i));
    }
    struct value map = value_end_map(&builder);
    assert_int_equal(value_count(&map), count);
    for (size_t i = 0; i < count; i++) {
        assert_true(value_equal(&map.map->keys[i], &keys[i]));
        assert_int_equal(map.map->values[i].integer, expected[i]);
        const struct value *found = value_find(&map, &keys[i]);
        assert_non_null(found);
        assert_int_equal(found->integer, expected[i]);
    }
    for (uint32_t i = 0; i < 20; i++) {
        struct value absent = value_text(arena, arena_printf(arena, "absent%u", i));
        assert_null(value_find(&map, &absent));
    }
}

static void maps_are_as_a_naive_list(void **state)
{
    (void)state;
    for (size_t puts = 0; puts <= PUTS_MAX; puts++) {
        for (uint32_t seed = 1; seed <= 20; seed++) {
            check_one_map(seed * 7919, puts, 5);      /* nearly all keys twice */
            check_one_map(seed * 104729, puts, 1000); /* nearly none */
        }
    }
}

static void a_large_map_is_built_in_time(void **state)
{
    (void)state;
    enum { KEYS = 200000 }; /* a naive search at each put would take minutes */
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    for (uint32_t i = 0; i < KEYS; i++) {
        value_put(&builder, value_text(arena, arena_printf(arena, "%u", i * 2654435761u)), value_int(i));
    }
    struct value map = value_end_map(&builder);
    assert_int_equal(value_count(&map), KEYS);
    for (uint32_t i = 0; i < KEYS; i += 997) {
        char key[16];
        snprintf(key, sizeof key, "%u", i * 2654435761u);
        assert_int_equal(value_get_int(&map, key, -1), i);
    }
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    for (int i = 0; i < 1000; i++) {
        value_push(&builder, value_int(i));
    }
    struct value list = value_end_list(&builder);
    assert_int_equal(value_count(&list), 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(value_at(&list, i)->integer, i);
    }
}

static void a_builder_may_be_used_again(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    struct value none = value_end_list(&builder), empty = value_end_map(&builder);
    assert_int_equal(value_count(&none), 0);
    assert_int_equal(empty.kind, VALUE_MAP);
    assert_null(value_get(&empty, "x"));
    value_push(&builder, value_int(1));
    struct value first = value_end_list(&builder);
    value_put_text(&builder, "a", value_int(2));
    struct value second = value_end_map(&builder);
    assert_int_equal(value_at(&first, 0)->integer, 1);
    assert_int_equal(value_get_int(&second, "a", 0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_as_a_naive_list),
        cmocka_unit_test(a_large_map_is_built_in_time),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(a_builder_may_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
