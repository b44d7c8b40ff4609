/* Property: every piece is zeroed, aligned, and its own; what was written stays until the arena ends.
 * Method: many pieces of many sizes, each filled with its own byte, all looked at again at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    ARENA_SCOPED arena = arena_new();
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES], asked = 0;
    for (size_t i = 0; i < PIECES; i++) {
        sizes[i] = i * 7919 % (i % 100 == 0 ? 100000 : 300);
        pieces[i] = arena_alloc(arena, sizes[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], 0);
        }
        memset(pieces[i], (int)(i % 255) + 1, sizes[i]);
        asked += sizes[i];
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], i % 255 + 1);
        }
    }
    assert_in_range(arena_used(arena), asked, asked + PIECES * 15);
}

static void nothing_is_still_a_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_non_null(arena_alloc(arena, 0));
    assert_non_null(arena_array(arena, 0, 24));
    assert_non_null(arena_array(arena, 24, 0));
    assert_string_equal(arena_copy(arena, NULL, 0), "");
}

static void copies_keep_every_byte(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char bytes[] = {'a', '\0', 'b'};
    char *copy = arena_copy(arena, bytes, sizeof bytes);
    assert_memory_equal(copy, "a\0b", sizeof "a\0b");
    assert_string_equal(arena_string(arena, "isolate"), "isolate");
}

static void printf_finds_its_own_length(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    for (int width = 250; width <= 260; width++) { /* around the first try's size */
        char *text = arena_printf(arena, "%0*d", width, 7);
        assert_int_equal(strlen(text), width);
        assert_int_equal(text[width - 1], '7');
    }
    assert_int_equal(strlen(arena_printf(arena, "%0100000d", 1)), 100000);
}

static void freeing_takes_null_and_clears_the_name(void **state)
{
    (void)state;
    arena_free(NULL);
    struct arena *arena = arena_new();
    arena_freep(&arena);
    assert_null(arena);
    arena_freep(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(nothing_is_still_a_place),
        cmocka_unit_test(copies_keep_every_byte),
        cmocka_unit_test(printf_finds_its_own_length),
        cmocka_unit_test(freeing_takes_null_and_clears_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
