/* Property: a plain scalar means what YAML 1.2's core schema says, a quoted one is always a text; and a byte
 * of a scalar's text is found again in the file. Method: spellings against the JSON they must become; offsets
 * against lines and columns. */
#include "tests/engine/yaml/reading.h"

struct meaning {
    const char *text;
    const char *json;
};

static const struct meaning meanings[] = {
    {"[null, ~, Null, NULL, ]", "[null,null,null,null]"},
    {"{a: , b: ''}", "{\"a\":null,\"b\":\"\"}"},
    {"[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]"},
    {"[yes, no, on, off, y, n, tRUE]", "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"tRUE\"]"},
    {"[0, -1, +12, 0777, 0o17, 0x1F]", "[0,-1,12,777,15,31]"},
    {"[9223372036854775807, -9223372036854775808]", "[9223372036854775807,-9223372036854775808]"},
    {"[1.5, -.5, 2., 1e3, 1E-2]", "[1.5,-0.5,2.0,1000.0,0.01]"},
    {"['1', \"true\", 'null']", "[\"1\",\"true\",\"null\"]"},
    {"[1:30, 10.0.0.5, 10.0.0.5:22, 1.2.3, 1e, ., -, +, 0x, 0o8, 1_000]",
     "[\"1:30\",\"10.0.0.5\",\"10.0.0.5:22\",\"1.2.3\",\"1e\",\".\",\"-\",\"+\",\"0x\",\"0o8\",\"1_000\"]"},
    {"{1: a, true: b}", "{\"1\":\"a\",\"true\":\"b\"}"},
    {"a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}"},
};

static void plain_scalars_have_the_core_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value value = yaml_value(arena, read_well(arena, meanings[i].text));
        assert_string_equal(json_text(arena, &value), meanings[i].json);
    }
}

static void beyond_int64_is_a_real(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value value = yaml_value(arena, read_well(arena, "[9223372036854775808, .inf, -.INF, .nan]"));
    assert_int_equal(value_at(&value, 0)->kind, VALUE_DOUBLE);
    assert_true(value_at(&value, 0)->real == 9223372036854775808.0);
    assert_true(value_at(&value, 1)->real > 1e308);
    assert_true(value_at(&value, 2)->real < -1e308);
    assert_true(value_at(&value, 3)->real != value_at(&value, 3)->real);
}

struct spot {
    const char *text; /* a map whose key k has the scalar */
    size_t offset;
    int line;
    int col;
};

static const struct spot spots[] = {
    {"k: a + b\n", 4, 1, 8},           {"k: 'a + b'\n", 4, 1, 9},
    {"k: \"ä + b\"\n", 5, 1, 9},       {"k: \"a + b\"\n", 99, 1, 10},
    {"k: \"\\x41 + b\"\n", 4, 1, 4},                                 /* an escape: the node's place */
    {"k: 'it''s'\n", 3, 1, 4},         {"k: one\n  two\n", 5, 1, 4}, /* folded over lines */
    {"k: |\n  one\n  two\n", 5, 3, 4}, {"k: |\n\n     one\n     two\n", 1, 3, 6},
    {"k: >\n  one\n  two\n", 5, 1, 4},
};

static void a_byte_is_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spots / sizeof spots[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        int line = 0;
        int col = 0;
        yaml_place(yaml_get(read_well(arena, spots[i].text), "k"), spots[i].offset, &line, &col);
        if (line != spots[i].line || col != spots[i].col) {
            fail_msg("%s: %d:%d, expected %d:%d", spots[i].text, line, col, spots[i].line, spots[i].col);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_have_the_core_schema),
        cmocka_unit_test(beyond_int64_is_a_real),
        cmocka_unit_test(a_byte_is_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
