/* Property: a program keeps what it was made of and gives the same value each time, in any arena and from any
 * thread; what is no value reaches the caller as an error of class invalid. Method: one program, its text
 * overwritten, evaluated again and again, by several threads at once, with scopes inside of scopes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "tests/engine/cel/evaluating.h"

static void the_text_is_copied(void **state)
{
    char text[] = "'web-' + n";
    struct cel_program *program = NULL;
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(cel_compile(arena, text, strlen(text), NULL, &program, NULL, NULL), 0);
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(cel_text(program), "'web-' + n");
}

static bool one_name(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    (void)arena;
    bool mine = len == 1 && name[0] == *(const char *)arg;
    if (mine) {
        *ret_value = value_static(arg);
    }
    return mine;
}

static void inner_scopes_go_before_outer(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct cel_scope last = {.get = one_name, .arg = (void *)"a outer"};
    struct cel_scope outer = {.get = one_name, .arg = (void *)"b", .outer = &last};
    struct cel_scope inner = {.get = one_name, .arg = (void *)"a inner", .outer = &outer};
    struct value value = cel_eval(compiled(arena, "a + b"), &inner, arena);
    assert_true(value_is_string(&value, "a innerb"));
    value = cel_eval(compiled(arena, "a"), &outer, arena);
    assert_true(value_is_string(&value, "a outer"));
}

static void what_is_no_value_is_an_error(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value value, unknown;
    struct soar_err err;
    bool truth = false;
    struct value_builder builder;
    value_build(&builder, arena);
    value_put_text(&builder, "u", value_unknown(arena, "steps.image"));
    unknown = value_end_map(&builder);
    struct cel_scope scope = cel_scope_map(&unknown, NULL);
    assert_int_equal(cel_value(compiled(arena, "alert.id"), NULL, arena, &value, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_string_equal(err.text, "unknown variable 'alert'");
    assert_int_equal(cel_value(compiled(arena, "u + 1"), &scope, arena, &value, &err), -1);
    assert_string_equal(err.text, "not known yet: it depends on steps.image");
    assert_int_equal(cel_bool(compiled(arena, "1"), NULL, arena, &truth, &err), -1);
    assert_string_equal(err.text, "the result is int, not bool");
    assert_int_equal(cel_bool(compiled(arena, "1 < 2"), NULL, arena, &truth, &err), 0);
    assert_true(truth);
}

struct run {
    const struct cel_program *program;
    size_t wrong;
};

static void *evaluate_often(void *arg)
{
    struct run *run = arg;
    for (int i = 0; i < 200; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value value = cel_eval(run->program, NULL, arena);
        run->wrong += !value_is_string(&value, "3 true 14");
    }
    return NULL;
}

static void threads_share_a_program(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *text =
        "cel.bind(l, [1, 2, 3], '%d %s %d'.format([l.filter(x, 'a1'.matches('[a-c]' + string(x)) || x > 0)"
        ".size(), 'host-7'.matches('^(host|web)-[0-9]+$'), "
        "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin')]))";
    struct run runs[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        runs[i] = (struct run){.program = compiled(arena, text)};
        runs[i].program = i > 0 ? runs[0].program : runs[i].program;
        assert_int_equal(pthread_create(&threads[i], NULL, evaluate_often, &runs[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(runs[i].wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_copied),
        cmocka_unit_test(inner_scopes_go_before_outer),
        cmocka_unit_test(what_is_no_value_is_an_error),
        cmocka_unit_test(threads_share_a_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
