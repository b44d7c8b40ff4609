/* Property: a JSON document becomes the value it says, to the bit, or an error with line and column; never a
 * value that is nearly right. Method: documents and what they print back as; broken ones and the place that
 * is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"

static void assert_reads(const char *text, const char *expected)
{
    ARENA_SCOPED arena = arena_new();
    struct value value;
    struct soar_err err = {0};
    if (json_parse(arena, text, strlen(text), &value, &err) != 0) {
        fail_msg("%s: %s", text, err.text);
    }
    assert_string_equal(json_text(arena, &value), expected);
}

static void assert_refused(const char *text, size_t len, const char *message)
{
    ARENA_SCOPED arena = arena_new();
    struct value value = value_int(42);
    struct soar_err err = {0};
    assert_int_equal(json_parse(arena, text, len, &value, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_string_equal(err.text, message);
    assert_int_equal(value.integer, 42);
}

static void every_kind_is_read(void **state)
{
    (void)state;
    assert_reads("null", "null");
    assert_reads(" [true, false, null, {}, []] ", "[true,false,null,{},[]]");
    assert_reads("{\"z\": 1, \"a\": {\"b\": \"\\u20ac\\ud83d\\ude00\"}}", "{\"z\":1,\"a\":{\"b\":\"€😀\"}}");
    assert_reads("\"a\\u0000b\"", "\"a\\u0000b\"");
}

static void integers_stay_exact(void **state)
{
    (void)state;
    assert_reads("9223372036854775807", "9223372036854775807");
    assert_reads("-9223372036854775808", "-9223372036854775808");
    assert_reads("[9007199254740993, 0, -0]", "[9007199254740993,0,0]");
}

static void wider_numbers_become_doubles(void **state)
{
    (void)state;
    assert_reads("9223372036854775808", "9.223372036854776e+18");
    assert_reads("[-9223372036854775809]", "[-9.223372036854776e+18]");
    assert_reads("{\"a\":18446744073709551615,\"b\":[1,123456789012345678901234567890]}",
                 "{\"a\":1.8446744073709552e+19,\"b\":[1,1.2345678901234568e+29]}");
    assert_reads("[\"99999999999999999999\", \"\\\"99999999999999999999\"]",
                 "[\"99999999999999999999\",\"\\\"99999999999999999999\"]"); /* in a string it is text */
    assert_reads("[1.0, 1e2, 99999999999999999999.5, 0.1, -0.0]", "[1.0,100.0,1e+20,0.1,-0.0]");
}

static void the_widened_double_is_the_nearest(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value value;
    const char *text = "18446744073709551615";
    assert_int_equal(json_parse(arena, text, strlen(text), &value, NULL), 0);
    assert_int_equal(value.kind, VALUE_DOUBLE);
    assert_true(value.real == 0x1p64);
}

static void errors_name_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1, column 1: unexpected token near end of file"},
        {"{\"a\": 1,\n \"a\": 2}", "line 2, column 4: duplicate object key near '\"a\"'"},
        {"[1,\n 2,\n  }", "line 3, column 3: unexpected token near '}'"},
        {"[\"é\", }", "line 1, column 7: unexpected token near '}'"},
        {"1 2", "line 1, column 3: end of file expected near '2'"},
        {"[1e999]", "line 1, column 6: a number beyond what a double holds"},
        {"[99999999999999999999, }", "line 1, column 24: unexpected token near '}'"},
        {"[99999999999999999999,\n -99999999999999999999, }", "line 2, column 25: unexpected token near '}'"},
        {"[}, 99999999999999999999]", "line 1, column 2: unexpected token near '}'"},
        {"[\"a\xFFz\"]", "line 1, column 4: a byte that is no UTF-8"},
        {"[1, 99999999999999999999 x]", "line 1, column 26: ']' expected near 'x'"},
        {"\"\\ud800\"", "line 1, column 8: invalid Unicode '\\uD800' near '\"\\ud800\"'"},
        {"{\"a\\u0000\": 1}", "line 1, column 10: NUL byte in object key not supported near '\"a\\u0000\"'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
    }
}

static void what_is_nearly_json_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"01",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "0x10",
                                        "NaN",
                                        "Infinity",
                                        "'a'",
                                        "[1,]",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "tru",
                                        "\"a",
                                        "\"\n\"",
                                        "//",
                                        "\xEF\xBB\xBF[1]",
                                        "\"\xFF\"",
                                        "\xFF",
                                        "-",
                                        "[",
                                        "\"\\",
                                        "{\"a\"",
                                        "\"\xC0\x80\"",
                                        "0099999999999999999999",
                                        "\"\\udc00\\ud800\""};
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value value;
        struct soar_err err = {0};
        if (json_parse(arena, cases[i], strlen(cases[i]), &value, &err) == 0) {
            fail_msg("accepted: %s", cases[i]);
        }
        assert_int_equal(err.class, SOAR_INVALID);
        assert_memory_equal(err.text, "line ", 5);
    }
    assert_refused("1\0", 2, "line 1, column 2: a NUL byte");
    assert_refused("[1\0,\n2]", 7, "line 1, column 3: a NUL byte");
    assert_refused("[\n\"a\0\"]", 7, "line 2, column 3: a NUL byte");
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char text[2 * LIMIT_DEPTH + 3] = "";
    for (size_t i = 0; i < LIMIT_DEPTH; i++) {
        text[i] = '[';
        text[2 * LIMIT_DEPTH - 1 - i] = ']';
    }
    assert_reads(text, text);
    memmove(text + 1, text, strlen(text));
    strcat(text, "]");
    assert_refused(text, strlen(text), "line 1, column 65: nested deeper than 64 levels");
    char brackets_in_text[2 * LIMIT_DEPTH] = "";
    memset(brackets_in_text, '[', sizeof brackets_in_text - 1);
    brackets_in_text[0] = brackets_in_text[sizeof brackets_in_text - 2] = '"';
    assert_reads(brackets_in_text, brackets_in_text);
}

static void the_length_counts_not_the_nul(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value value;
    assert_int_equal(json_parse(arena, "123456", 3, &value, NULL), 0);
    assert_int_equal(value.integer, 123);
    assert_int_equal(json_parse(arena, "99999999999999999999", 19, &value, NULL), 0);
    assert_int_equal(value.kind, VALUE_DOUBLE);
    assert_int_equal(json_parse(arena, NULL, 0, &value, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(integers_stay_exact),
        cmocka_unit_test(wider_numbers_become_doubles),
        cmocka_unit_test(the_widened_double_is_the_nearest),
        cmocka_unit_test(errors_name_line_and_column),
        cmocka_unit_test(what_is_nearly_json_is_refused),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(the_length_counts_not_the_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
