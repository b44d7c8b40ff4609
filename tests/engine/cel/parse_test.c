/* Property: a text outside of the grammar is refused at the byte where it leaves it, with what was expected;
 * nesting and size end at their limits and not on the stack. Method: a table of mistakes with offset and
 * text; texts grown up to the limits and one beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/cel/cel.h"

static int compile(struct arena *arena, const char *text, size_t *ret_offset, struct soar_err *err)
{
    struct cel_program *program;
    return cel_compile(arena, text, strlen(text), NULL, &program, ret_offset, err);
}

static void mistakes_have_place_and_text(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *says;
    } table[] = {
        {"", 0, "there is no expression"},
        {"1 +", 3, "expected a value, but the expression ends"},
        {"f(1", 3, "expected ')' after the arguments, but the expression ends"},
        {"f(1 2)", 4, "expected ')' after the arguments before '2'"},
        {"f(1,)", 4, "expected an argument after ','"},
        {"[1 2]", 3, "expected ',' or ']' in the list before '2'"},
        {"{1 2}", 3, "expected ':' after the key before '2'"},
        {"{1: 2 3}", 6, "expected ',' or '}' in the map before '3'"},
        {"a[1", 3, "expected ']' after the index, but the expression ends"},
        {"(1", 2, "expected ')', but the expression ends"},
        {"a ? b", 5, "expected ':' of '?:', but the expression ends"},
        {"a b", 2, "expected the end of the expression before 'b'"},
        {"a.", 2, "expected the name of a field or function, but the expression ends"},
        {"a.1", 1, "expected the end of the expression before '.1'"},
        {"let + 1", 0, "'let' is a reserved word"},
        {"1 = 1", 2, "'=' is no operator: equality is '=='"},
        {"T{}", 1, "there are no message types here: a map is written {\"key\": value}"},
        {"x + 99999999999999999999", 4, "99999999999999999999 is beyond int"},
        {"x + '\\q'", 4, "'\\' begins no escape here (a backslash itself is '\\\\')"},
        {"has(a)", 4, "has() takes one field: has(a.b)"},
        {"a.map(b.c, 1)", 8, "what map() binds must be a plain name"},
        {"a.all(x, x, 1)", 9, "all() binds two different names"},
        {"!-x", 1, "'!' and '-' do not stand side by side: use parentheses"},
    };
    (void)state;
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t offset = 999;
        struct soar_err err = {0};
        assert_int_equal(compile(arena, table[i].text, &offset, &err), -1);
        assert_string_equal(err.text, table[i].says);
        assert_int_equal(err.class, SOAR_INVALID);
        assert_int_equal(offset, table[i].offset);
    }
}

/* `before` and `after` repeated around "1". */
static int nested(size_t times, const char *before, const char *after)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED text;
    buf_init(&text, 0);
    for (size_t i = 0; i < times; i++) {
        buf_text(&text, before);
    }
    buf_text(&text, "1");
    for (size_t i = 0; i < times; i++) {
        buf_text(&text, after);
    }
    return compile(arena, buf_string(&text), NULL, NULL);
}

static void depth_is_bounded(void **state)
{
    static const char *const pairs[][2] = {{"(", ")"},  {"[", "]"},   {"{1:", "}"},     {"f(", ")"},
                                           {"a[", "]"}, {"", ".f()"}, {"", "+1"},       {"!", ""},
                                           {"- ", ""},  {"", "[0]"},  {"x ? 1 : ", ""}, {"1 ? (", ") : 2"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_int_equal(nested(LIMIT_CEL_DEPTH / 3, pairs[i][0], pairs[i][1]), 0);
        assert_int_equal(nested(LIMIT_CEL_DEPTH + 1, pairs[i][0], pairs[i][1]), -1);
        assert_int_equal(nested(10000, pairs[i][0], pairs[i][1]), -1);
    }
}

static void long_chains_are_not_deep(void **state)
{
    (void)state;
    assert_int_equal(nested(3000, "", "||1"), 0);
    assert_int_equal(nested(3000, "", "&&1"), 0);
    assert_int_equal(nested(LIMIT_CEL_NODES, "", "||1"), -1);
}

static void length_is_bounded(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct soar_err err;
    char *text = arena_alloc(arena, LIMIT_CEL_BYTES + 2);
    memset(text, ' ', LIMIT_CEL_BYTES);
    text[0] = '1';
    assert_int_equal(compile(arena, text, NULL, &err), 0);
    text[LIMIT_CEL_BYTES] = ' ';
    assert_int_equal(compile(arena, text, NULL, &err), -1);
    assert_string_equal(err.text, "the expression is longer than 65536 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_have_place_and_text),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(long_chains_are_not_deep),
        cmocka_unit_test(length_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
