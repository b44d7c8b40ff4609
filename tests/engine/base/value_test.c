/* Property: a value reads back as it was made; reading what isn't there, or is of another kind, gives NULL or
 * the caller's own default; a copy shares nothing with its original. Method: one value of each kind; the
 * original's arena is freed before its copy is looked at (the address sanitizer sees what was shared). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/value.h"

/* A list with one value of each kind; the address is on the arena, too. */
static struct value one_of_each(struct arena *arena)
{
    struct value_builder map, list;
    value_build(&map, arena);
    value_put_text(&map, "name", value_text(arena, "web-01"));
    value_put(&map, value_int(7), value_bool(true));
    struct value_ip *ip = arena_alloc(arena, sizeof *ip);
    *ip = (struct value_ip){.bytes = {10, 0, 0, 1}, .family = 4, .prefix = 8};
    value_build(&list, arena);
    value_push(&list, value_null());
    value_push(&list, value_bool(true));
    value_push(&list, value_int(INT64_MIN));
    value_push(&list, value_uint(UINT64_MAX));
    value_push(&list, value_double(0.1));
    value_push(&list, value_string(arena, "a\0b", 3));
    value_push(&list, value_bytes(arena, "\xFF\0", 2));
    value_push(&list, value_list(arena, (struct value[]){value_static("x")}, 1));
    value_push(&list, value_end_map(&map));
    value_push(&list, value_time(5, 999999999));
    value_push(&list, value_span(-5, -1));
    value_push(&list, value_type("int"));
    value_push(&list, value_some(arena, value_text(arena, "inner")));
    value_push(&list, (struct value){.kind = VALUE_IP, .ip = ip});
    value_push(&list, (struct value){.kind = VALUE_CIDR, .ip = ip});
    value_push(&list, value_unknown(arena, "step %s", "look"));
    value_push(&list, value_error(arena, "no such key: %s", "x"));
    return value_end_list(&list);
}

static void values_read_back(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value list = one_of_each(arena);
    assert_int_equal(value_count(&list), VALUE_KIND_COUNT);
    for (size_t kind = 0; kind < VALUE_KIND_COUNT; kind++) {
        assert_int_equal(value_at(&list, kind)->kind, kind);
    }
    assert_int_equal(value_at(&list, VALUE_STRING)->len, 3);
    assert_memory_equal(value_at(&list, VALUE_STRING)->text, "a\0b", 4);
    assert_memory_equal(value_at(&list, VALUE_BYTES)->text, "\xFF\0", 3);
    assert_string_equal(value_at(&list, VALUE_UNKNOWN)->text, "step look");
    assert_string_equal(value_at(&list, VALUE_ERROR)->text, "no such key: x");
    assert_string_equal(value_at(&list, VALUE_TYPE)->text, "int");
    assert_string_equal(value_at(&list, VALUE_OPTIONAL)->inner->text, "inner");
    assert_null(value_none().inner);
    assert_int_equal(value_at(&list, VALUE_TIME)->instant.nanos, 999999999);
}

static void a_copy_stands_alone(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct arena *source = arena_new();
    struct value original = one_of_each(source);
    struct value copy = value_copy(arena, &original);
    assert_true(value_equal(&original, &copy));
    arena_free(source);
    ARENA_SCOPED fresh = arena_new();
    struct value same = one_of_each(fresh);
    assert_true(value_equal(&copy, &same));
    struct value none = value_none();
    assert_null(value_copy(arena, &none).inner);
}

static void a_copied_large_map_finds_its_keys(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct arena *source = arena_new();
    struct value_builder builder;
    value_build(&builder, source);
    for (int i = 0; i < 100; i++) {
        value_put(&builder, value_int(i * 37 % 100), value_int(i));
    }
    struct value original = value_end_map(&builder);
    struct value copy = value_copy(arena, &original);
    arena_free(source);
    for (int i = 0; i < 100; i++) {
        struct value key = value_int(i * 37 % 100);
        assert_int_equal(value_find(&copy, &key)->integer, i);
    }
}

static void absence_needs_no_checks(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value list = one_of_each(arena);
    const struct value *map = value_at(&list, VALUE_MAP), *number = value_at(&list, VALUE_INT);
    assert_null(value_get(map, "nam"));
    assert_null(value_get(value_get(map, "no"), "deeper"));
    assert_null(value_get(number, "name"));
    assert_null(value_get(NULL, "name"));
    assert_null(value_at(&list, VALUE_KIND_COUNT));
    assert_null(value_at(map, 0));
    assert_null(value_at(NULL, 0));
    assert_int_equal(value_count(NULL), 0);
    assert_int_equal(value_count(number), 0);
    assert_int_equal(value_count(map), 2);
    struct value empty = value_list(arena, NULL, 0);
    assert_int_equal(value_count(&empty), 0);
    assert_null(value_at(&empty, 0));
}

static void typed_getters_fall_back(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "s", value_static("text"));
    value_put_text(&builder, "i", value_int(-5));
    value_put_text(&builder, "u", value_uint(5));
    value_put_text(&builder, "huge", value_uint(UINT64_MAX));
    value_put_text(&builder, "b", value_bool(true));
    struct value map = value_end_map(&builder);
    assert_string_equal(value_get_string(&map, "s", "else"), "text");
    assert_string_equal(value_get_string(&map, "i", "else"), "else");
    assert_null(value_get_string(&map, "none", NULL));
    assert_int_equal(value_get_int(&map, "i", 9), -5);
    assert_int_equal(value_get_int(&map, "u", 9), 5);
    assert_int_equal(value_get_int(&map, "huge", 9), 9);
    assert_int_equal(value_get_int(&map, "s", 9), 9);
    assert_true(value_get_bool(&map, "b", false));
    assert_true(value_get_bool(&map, "s", true));
    assert_false(value_get_bool(&map, "none", false));
}

static void strings_are_compared_whole(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value with_nul = value_string(arena, "ab\0c", 4), bytes = value_bytes(arena, "ab", 2);
    struct value plain = value_static("ab");
    assert_true(value_is_string(&plain, "ab"));
    assert_false(value_is_string(&plain, "a"));
    assert_false(value_is_string(&plain, "abc"));
    assert_false(value_is_string(&with_nul, "ab"));
    assert_false(value_is_string(&bytes, "ab"));
    assert_false(value_is_string(NULL, "ab"));
}

static void every_kind_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < VALUE_KIND_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(value_kind_name((enum value_kind)a), value_kind_name((enum value_kind)b));
        }
    }
    assert_string_equal(value_kind_name(VALUE_NULL), "null_type");
    assert_string_equal(value_kind_name(VALUE_TIME), "google.protobuf.Timestamp");
    assert_string_equal(value_kind_name(VALUE_KIND_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read_back),
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(a_copied_large_map_finds_its_keys),
        cmocka_unit_test(absence_needs_no_checks),
        cmocka_unit_test(typed_getters_fall_back),
        cmocka_unit_test(strings_are_compared_whole),
        cmocka_unit_test(every_kind_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
