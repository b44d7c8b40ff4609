/* Property: no expression takes more than its budget of steps and memory, nothing absorbs the end of it, and
 * the bound does not hang on the machine: the same expression ends at the same place each time. Method:
 * expressions that grow by nesting, doubling, repeating and sharing; memory is read off the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/limits.h"
#include "tests/engine/cel/evaluating.h"

#define SPENT "error the expression takes too much work or memory"
#define TEN   "[0,1,2,3,4,5,6,7,8,9]"

/* `before` so often, then `middle`, then `after` as often. */
static const char *wrapped(struct arena *arena, size_t times, const char *before, const char *middle,
                           const char *after)
{
    const char *text = middle;
    for (size_t i = 0; i < times; i++) {
        text = arena_printf(arena, "%s%s%s", before, text, after);
    }
    return text;
}

static void loops_in_loops_end(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *loops = wrapped(arena, 7, TEN ".all(x, ", "true", ")");
    assert_string_equal(evaluated(arena, loops, NULL), SPENT);
    assert_string_equal(evaluated(arena, wrapped(arena, 4, TEN ".all(x, ", "true", ")"), NULL), "bool true");
    assert_string_equal(evaluated(arena, arena_printf(arena, "%s || true", loops), NULL), SPENT);
    assert_string_equal(evaluated(arena, arena_printf(arena, "[1].exists(x, %s || true)", loops), NULL),
                        SPENT);
    assert_string_equal(evaluated(arena, arena_printf(arena, "cel.bind(x, %s, 1)", loops), NULL), SPENT);
    assert_string_equal(evaluated(arena, wrapped(arena, 7, TEN ".map(x, ", "1/0", ")"), NULL), SPENT);
}

static void what_doubles_ends(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(
        evaluated(arena, wrapped(arena, 40, "cel.bind(x, ", "'0123456789abcdef'", ", x + x)"), NULL),
        "error a string of more than 4194304 bytes");
    assert_string_equal(evaluated(arena, wrapped(arena, 40, "cel.bind(x, ", "[1]", ", x + x)"), NULL),
                        "error a list of more than 4194304 bytes or 64 levels");
    assert_string_equal(evaluated(arena, wrapped(arena, 40, "cel.bind(x, ", "[1]", ", [x, x])"), NULL),
                        "error a list of more than 4194304 bytes or 64 levels");
    const char *deepest = evaluated(arena, wrapped(arena, 64, "cel.bind(x, ", "1", ", {1: x})"), NULL);
    assert_memory_equal(deepest, "map {\"1\":", strlen("map {\"1\":"));
    assert_string_equal(evaluated(arena, wrapped(arena, 65, "cel.bind(x, ", "1", ", {1: x})"), NULL),
                        "error a map of more than 4194304 bytes or 64 levels");
}

static void memory_is_bounded(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *text = arena_printf(arena, "%s.all(x, '0123456789abcdef'.replace('', s) != '')",
                                    wrapped(arena, 3, TEN ".map(x, ", "0", ").map(x, 0)"));
    BUF_SCOPED names;
    buf_init(&names, 0);
    buf_text(&names, "{\"s\": \"");
    for (size_t i = 0; i < 100000; i++) {
        buf_char(&names, 'x');
    }
    buf_text(&names, "\"}");
    size_t before = arena_used(arena);
    const char *result = evaluated(
        arena, arena_printf(arena, "[%s, %s, %s, %s].all(x, x)", text, text, text, text), buf_string(&names));
    assert_string_equal(result, SPENT);
    assert_true(arena_used(arena) - before < LIMIT_CEL_MEMORY_BYTES + 3 * LIMIT_CEL_VALUE_BYTES);
}

static void comparing_costs_what_it_compares(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *big = wrapped(arena, 4, TEN ".map(x, ", "0", ")");
    assert_string_equal(
        evaluated(arena, arena_printf(arena, "cel.bind(b, %s, %s.all(i, %s.all(j, b == b)))", big, TEN, TEN),
                  NULL),
        "bool true");
    assert_string_equal(evaluated(arena,
                                  arena_printf(arena, "cel.bind(b, %s, %s)", big,
                                               wrapped(arena, 4, TEN ".all(i, ", "b == b", ")")),
                                  NULL),
                        SPENT);
}

static void the_end_is_always_the_same(void **state)
{
    (void)state;
    size_t used[2];
    for (size_t i = 0; i < 2; i++) {
        ARENA_SCOPED arena = arena_new();
        evaluated(arena, wrapped(arena, 7, TEN ".map(x, ", "'a' + string(x)", ")"), NULL);
        used[i] = arena_used(arena);
    }
    assert_int_equal(used[0], used[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_in_loops_end),         cmocka_unit_test(what_doubles_ends),
        cmocka_unit_test(memory_is_bounded),          cmocka_unit_test(comparing_costs_what_it_compares),
        cmocka_unit_test(the_end_is_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
