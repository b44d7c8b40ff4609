/* Property: what is printed is valid JSON that reads back as the same value, bit for bit in its numbers; the
 * kinds JSON lacks are printed as the header says. Method: a table of values and texts; doubles of
 * pseudo-random bits there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

static void assert_prints(struct value value, const char *expected)
{
    ARENA_SCOPED arena = arena_new();
    char *text = json_text(arena, &value);
    assert_string_equal(text, expected);
    struct value back;
    struct soar_err err = {0};
    if (json_parse(arena, text, strlen(text), &back, &err) != 0) {
        fail_msg("%s: %s", text, err.text);
    }
}

static void every_kind_has_a_form(void **state)
{
    (void)state;
    static const struct value_ip four = {{10, 1, 2, 3}, 4, 8},
                                 six = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 6, 64};
    ARENA_SCOPED arena = arena_new();
    assert_prints(value_null(), "null");
    assert_prints(value_bool(false), "false");
    assert_prints(value_int(INT64_MIN), "-9223372036854775808");
    assert_prints(value_uint(UINT64_MAX), "18446744073709551615");
    assert_prints(value_static("a"), "\"a\"");
    assert_prints(value_type("google.protobuf.Duration"), "\"google.protobuf.Duration\"");
    assert_prints(value_list(arena, (struct value[]){value_int(1), value_none()}, 2), "[1,null]");
    assert_prints(value_some(arena, value_int(1)), "1");
    assert_prints((struct value){.kind = VALUE_IP, .ip = &four}, "\"10.1.2.3\"");
    assert_prints((struct value){.kind = VALUE_CIDR, .ip = &four}, "\"10.1.2.3/8\"");
    assert_prints((struct value){.kind = VALUE_IP, .ip = &six}, "\"2001:db8::1\"");
    assert_prints((struct value){.kind = VALUE_CIDR, .ip = &six}, "\"2001:db8::1/64\"");
    assert_prints(value_unknown(arena, "step \"look\""), "{\"unknown\":\"step \\\"look\\\"\"}");
    assert_prints(value_error(arena, "no such key"), "{\"error\":\"no such key\"}");
}

static void doubles_stay_doubles(void **state)
{
    (void)state;
    assert_prints(value_double(1), "1.0");
    assert_prints(value_double(-0.0), "-0.0");
    assert_prints(value_double(0.1), "0.1");
    assert_prints(value_double(0.1 + 0.2), "0.30000000000000004");
    assert_prints(value_double(1e15), "1e+15");
    assert_prints(value_double(9007199254740993.0), "9007199254740992.0");
    assert_prints(value_double(1e300), "1e+300");
    assert_prints(value_double(DBL_MIN / 2), "1.1125369292536007e-308");
    assert_prints(value_double(NAN), "\"NaN\"");
    assert_prints(value_double(-NAN), "\"NaN\"");
    assert_prints(value_double(INFINITY), "\"Infinity\"");
    assert_prints(value_double(-INFINITY), "\"-Infinity\"");
}

static void doubles_come_back_bit_for_bit(void **state)
{
    (void)state;
    uint64_t bits = 1;
    ARENA_SCOPED arena = arena_new();
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        struct value value = value_double(0), back;
        memcpy(&value.real, &bits, sizeof bits);
        if (!isfinite(value.real)) {
            continue;
        }
        char *text = json_text(arena, &value);
        assert_int_equal(json_parse(arena, text, strlen(text), &back, NULL), 0);
        if (back.kind != VALUE_DOUBLE || memcmp(&back.real, &value.real, sizeof bits) != 0) {
            fail_msg("%a came back from %s", value.real, text);
        }
    }
}

static void strings_are_escaped_and_whole_utf8(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_prints(value_static("\"\\/\b\f\n\r\t\x01\x1f\x7f é€😀"),
                  "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é€😀\"");
    assert_prints(value_string(arena, "a\0b", 3), "\"a\\u0000b\"");
    assert_prints(value_static("a\xFFz\xE2\x82"), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_prints(value_static(""), "\"\"");
}

static void bytes_are_base64(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char *const cases[][2] = {{"", "\"\""},
                                           {"f", "\"Zg==\""},
                                           {"fo", "\"Zm8=\""},
                                           {"foo", "\"Zm9v\""},
                                           {"foob", "\"Zm9vYg==\""},
                                           {"fooba", "\"Zm9vYmE=\""},
                                           {"foobar", "\"Zm9vYmFy\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_prints(value_bytes(arena, cases[i][0], strlen(cases[i][0])), cases[i][1]);
    }
    char zeros[49] = {0}; /* one more than is encoded at a time */
    char expected[71];
    memset(expected, 'A', sizeof expected);
    memcpy(expected, "\"", 1);
    memcpy(expected + 65, "AA==\"", 6);
    assert_prints(value_bytes(arena, zeros, sizeof zeros), expected);
}

static void times_and_spans_are_short(void **state)
{
    (void)state;
    assert_prints(value_time(0, 0), "\"1970-01-01T00:00:00Z\"");
    assert_prints(value_time(1709210096, 789000000), "\"2024-02-29T12:34:56.789Z\"");
    assert_prints(value_time(-1, 999999999), "\"1969-12-31T23:59:59.999999999Z\"");
    assert_prints(value_time(-62135596800, 0), "\"0001-01-01T00:00:00Z\"");
    assert_prints(value_span(1, 500000000), "\"1.5s\"");
    assert_prints(value_span(0, 0), "\"0s\"");
    assert_prints(value_span(0, -1), "\"-0.000000001s\"");
    assert_prints(value_span(-90, -10000000), "\"-90.01s\"");
    assert_prints(value_span(INT64_MIN, 0), "\"-9223372036854775808s\"");
}

static struct value small_tree(struct arena *arena)
{
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "b",
                   value_list(arena, (struct value[]){value_int(1), value_list(arena, NULL, 0)}, 2));
    value_put(&map, value_int(7), value_end_map(&(struct value_builder){.arena = arena}));
    value_put(&map, value_bool(true), value_double(0.5));
    value_put(&map, value_double(2), value_unknown(arena, "x"));
    return value_end_map(&map);
}

static void keys_keep_their_order_and_become_text(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_prints(small_tree(arena), "{\"b\":[1,[]],\"7\":{},\"true\":0.5,\"2.0\":{\"unknown\":\"x\"}}");
}

static void pretty_is_indented(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value tree = small_tree(arena);
    BUF_SCOPED out;
    buf_init(&out, 0);
    json_pretty(&out, &tree);
    assert_string_equal(buf_string(&out),
                        "{\n  \"b\": [\n    1,\n    []\n  ],\n  \"7\": {},\n  \"true\": 0.5,\n"
                        "  \"2.0\": {\n    \"unknown\": \"x\"\n  }\n}");
}

static void a_full_buffer_fails_as_a_whole(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value tree = small_tree(arena);
    size_t len = strlen(json_text(arena, &tree));
    for (size_t max = 1; max <= len; max++) {
        BUF_SCOPED out;
        buf_init(&out, max);
        json_print(&out, &tree);
        assert_int_equal(out.failed, max < len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_form),
        cmocka_unit_test(doubles_stay_doubles),
        cmocka_unit_test(doubles_come_back_bit_for_bit),
        cmocka_unit_test(strings_are_escaped_and_whole_utf8),
        cmocka_unit_test(bytes_are_base64),
        cmocka_unit_test(times_and_spans_are_short),
        cmocka_unit_test(keys_keep_their_order_and_become_text),
        cmocka_unit_test(pretty_is_indented),
        cmocka_unit_test(a_full_buffer_fails_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
