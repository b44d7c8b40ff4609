/* Property: a text that is no YAML gives one line that says where and what to do. Method: the slips people
 * make, each with its line word for word; and bytes that no file may hold. */
#include "tests/engine/yaml/reading.h"

struct slip {
    const char *text;
    const char *line;
};

static const struct slip slips[] = {
    {"a:\n\tb: 1\n", "f:2:1: error: a tab used as indentation: use blanks\n"},
    {"a: b: c\n",
     "f:1:5: error: a ': ' is not expected here: is the indentation right? Quote a text that holds one\n"},
    {"a: [1, 2\nb: 3\n", "f:2:2: error: expected ',' or ']' (in the list that begins on line 1)\n"},
    {"a: {x: 1\nb: 3\n", "f:2:2: error: expected ',' or '}' (in the map that begins on line 1)\n"},
    {"a: 1\n b: 2\n",
     "f:2:3: error: a ': ' is not expected here: is the indentation right? Quote a text that holds one\n"},
    {"a:\n  - 1\n - 2\n", "f:3:2: error: expected a key at the same indentation as the ones above, or the "
                          "end of this map (in the map that begins on line 1)\n"},
    {"a: 'open\nb: 2\n", "f:1:4: error: the quotation that begins here is never closed\n"},
    {"a: \"open\nb: 2\n", "f:1:4: error: the quotation that begins here is never closed\n"},
    {"a: \"\\q\"\n",
     "f:1:5: error: unknown escape after '\\' in a text in double quotes; single quotes take it as it is\n"},
    {"a: @x\n", "f:1:4: error: a text that begins with '@' must be quoted\n"},
    {"a: `x`\n", "f:1:4: error: a text that begins with '`' must be quoted\n"},
    {"a: %x\n", "f:1:4: error: a text that begins with '%' must be quoted\n"},
    {"a: 1\nfoo\nb: 2\n", "f:2:1: error: expected ': ' after this key\n"},
    {"a: - 1\n", "f:1:4: error: a '- ' is not expected here: put the list on a line of its own\n"},
    {"a: *\n", "f:1:5: error: a text that begins with '*' or '&' must be quoted\n"},
    {"a: 1\n\xff\n", "f:2:1: error: this byte is no UTF-8 (0xFF): save the file as UTF-8\n"},
    {"a: \x01\n", "f:1:4: error: the character U+0001 is not allowed in a file\n"},
    {"\xff\xfe", "f:1:1: error: this byte is no UTF-8 (0xFF): save the file as UTF-8\n"},
};

static void each_slip_says_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        assert_string_equal(read_badly(arena, slips[i].text, strlen(slips[i].text)), slips[i].line);
    }
}

static void nul_is_told_where_it_stands(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char text[] = "a: 1\nb: \0\n";
    assert_string_equal(read_badly(arena, text, sizeof text - 1),
                        "f:2:4: error: the character U+0000 is not allowed in a file\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slip_says_what_to_do),
        cmocka_unit_test(nul_is_told_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
