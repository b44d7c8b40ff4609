/* Property: each matcher takes what it says, of its type, and tells the rest with the value's place; what is
 * no matcher is told with its own. Method: pairs of a matcher and a value, each with what is told of it. */
#include "tests/engine/rehearse/contracting.h"

#include "engine/base/json.h"
#include "engine/rehearse/contract_match.h"

static const char *told_of(struct arena *arena, const char *matcher, const char *value, struct match_how how)
{
    struct diag_list diags;
    struct value parsed;
    struct soar_err err = {0};
    BUF_SCOPED why = {0};

    diag_init(&diags, arena, "m");
    const struct yaml_node *node = yaml_parse(arena, matcher, strlen(matcher), &diags);
    const struct match *match = match_read(arena, node, how, &diags);

    if (!match) {
        diag_print(&diags, &why);
        return arena_string(arena, buf_string(&why));
    }
    assert_int_equal(json_parse(arena, value, strlen(value), &parsed, &err), 0);
    return match_fits(match, &parsed, "json", &why) ? "" : arena_string(arena, buf_string(&why));
}

static void test_values(void **state)
{
    static const struct {
        const char *matcher, *value, *told;
    } cases[] = {
        {"{a: Full}", "{\"a\": \"Full\"}", ""},
        {"{a: Full}", "{\"a\": \"full\"}", "json.a: expected \"Full\", found \"full\""},
        {"{a: 1}", "{\"a\": 1}", ""},
        {"{a: 1}", "{\"a\": \"1\"}", "json.a: expected 1, found \"1\""},
        {"{a: 1}", "{\"a\": 1.0}", "json.a: expected 1, found 1.0"},
        {"{a: true}", "{\"a\": 1}", "json.a: expected true, found 1"},
        {"{a: null}", "{\"a\": null}", ""},
        {"{a: null}", "{}", "json.a: expected null, found nothing"},
        {"{a: 1}", "{\"a\": 1, \"b\": 2}", "json.b: it is not in the contract, found 2"},
        {"{a: {b: 1}}", "{\"a\": [1]}", "json.a: expected a map, found [1]"},
        {"[1, 2]", "[1, 2]", ""},
        {"[1, 2]", "[1]", "json: expected a list of 2, found [1]"},
        {"[1, 2]", "[1, 3]", "json[1]: expected 2, found 3"},
        {"{$string: [1, 3]}", "\"abc\"", ""},
        {"{$string: [1, 3]}", "\"abcd\"", "json: expected a text of 1 to 3 characters, found \"abcd\""},
        {"{$string: [1, 3]}", "12", "json: expected a text of 1 to 3 characters, found 12"},
        {"{$match: \"a|b\"}", "\"b\"", ""},
        {"{$match: \"a|b\"}", "\"ab\"", "json: expected a text that matches a|b, found \"ab\""},
        {"{$int: [0, 5]}", "5", ""},
        {"{$int: [0, 5]}", "6", "json: expected a whole number from 0 to 5, found 6"},
        {"{$int: [0, 5]}", "\"5\"", "json: expected a whole number from 0 to 5, found \"5\""},
        {"{$bool: ~}", "false", ""},
        {"{$bool: ~}", "\"false\"", "json: expected true or false, found \"false\""},
        {"{$one_of: [Full, 1]}", "1", ""},
        {"{$one_of: [Full, Soft]}", "\"full\"", "json: expected one of \"Full\", \"Soft\", found \"full\""},
        {"{a: {$optional: 1}}", "{}", ""},
        {"{a: {$optional: 1}}", "{\"a\": 2}", "json.a: expected 1, found 2"},
        {"{a: {$each: {$int: [0, 9]}}}", "{\"a\": [1, 2]}", ""},
        {"{a: {$each: {$int: [0, 9]}}}", "{\"a\": [1, \"x\"]}",
         "json.a[1]: expected a whole number from 0 to 9, found \"x\""},
        {"{a: {$any: ~}}", "{\"a\": {}}", ""},
        {"{a: {$any: ~}}", "{}", "json.a: expected anything, found nothing"},
        {"{\"$ref\": 1}", "{\"$ref\": 1}", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();

        assert_string_equal(told_of(arena, cases[i].matcher, cases[i].value, (struct match_how){0}),
                            cases[i].told);
    }
}

static void test_texts(void **state)
{
    ARENA_SCOPED arena = arena_new();
    const struct match_how texts = {.texts = true, .names = true};

    (void)state;
    assert_string_equal(told_of(arena, "{$filter: 007}", "{\"$filter\": \"007\"}", texts), "");
    assert_string_equal(told_of(arena, "{n: {$int: [1, 9]}}", "{\"n\": \"5\"}", texts), "");
    assert_string_equal(told_of(arena, "{n: {$int: [1, 9]}}", "{\"n\": \"5x\"}", texts),
                        "json.n: expected a whole number from 1 to 9, found \"5x\"");
    assert_string_equal(told_of(arena, "{b: {$bool: ~}}", "{\"b\": \"true\"}", texts), "");
}

static void test_open(void **state)
{
    ARENA_SCOPED arena = arena_new();
    const struct match_how open = {.open = true};

    (void)state;
    assert_string_equal(told_of(arena, "{a: {b: 1}}", "{\"a\": {\"b\": 1, \"c\": 2}, \"d\": 3}", open), "");
    assert_string_equal(told_of(arena, "{a: {b: 1}}", "{\"a\": {\"c\": 2}}", open),
                        "json.a.b: expected 1, found nothing");
}

static void test_mistakes(void **state)
{
    static const char *const cases[][2] = {
        {"{a: {$strng: [1, 2]}}", "m:1:6: error: no matcher '$strng' (did you mean '$string'?); a member of "
                                  "this name is written in quotes\n"},
        {"{$string: [1, 2], b: 1}", "m:1:2: error: a matcher stands alone in its map: '$string'; a member of "
                                    "this name is written in quotes\n"},
        {"{$string: 5}", "m:1:11: error: '$string': expected [min, max], found a text\n"},
        {"{$int: [5, 1]}", "m:1:8: error: '$int': no number is at least 5 and at most 1\n"},
        {"{$any: 1}", "m:1:8: error: '$any' takes nothing: {$any: ~}\n"},
        {"{$one_of: []}", "m:1:11: error: '$one_of': expected a list, found a list\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();

        assert_string_equal(told_of(arena, cases[i][0], "1", (struct match_how){0}), cases[i][1]);
    }
    ARENA_SCOPED arena = arena_new();
    assert_non_null(strstr(told_of(arena, "{$match: \"a)(b\"}", "1", (struct match_how){0}),
                           "m:1:10: error: '$match': "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
