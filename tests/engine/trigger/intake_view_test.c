/* Property: expressions see a document without what is null or empty; with unfold, a key with dots is the
 * same as nested ones, and two spellings that disagree are a list of both; unpacked texts are what they hold,
 * and texts that hold nothing stay. Nothing grows with the square of the keys. Method: documents and what
 * they become. */
#include "tests/engine/trigger/intake_testing.h"

#include "engine/trigger/intake_parts.h"

struct view {
    const char *json;
    const char *seen;
};

static void hold_views(const struct view *views, size_t count, bool unfold)
{
    for (size_t i = 0; i < count; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value raw = parse_json(arena, views[i].json);
        struct value seen = intake_view(arena, &raw, unfold);
        struct value expected = parse_json(arena, views[i].seen);
        if (!value_equal(&seen, &expected)) {
            fail_msg("%s: found %s", views[i].json, json_text(arena, &seen));
        }
    }
}

static void nothing_is_null_or_an_empty_text(void **state)
{
    static const struct view views[] = {
        {"{\"a\": null, \"b\": \"\", \"c\": [null, \"\", 1], \"d\": {\"e\": null}}",
         "{\"c\": [1], \"d\": {}}"},
        {"{\"a.b\": 1, \"f\": false, \"z\": 0, \"l\": []}",
         "{\"a.b\": 1, \"f\": false, \"z\": 0, \"l\": []}"},
        {"[\"\", {\"a\": \"\"}]", "[{}]"},
        {"9007199254740993", "9007199254740993"},
    };
    (void)state;
    hold_views(views, sizeof views / sizeof views[0], false);
}

static void dots_are_nesting(void **state)
{
    static const struct view views[] = {
        {"{\"a.b.c\": 1, \"a\": {\"d\": 2, \"b.e\": 3}, \"a.b\": {\"f\": 4}}",
         "{\"a\": {\"b\": {\"c\": 1, \"e\": 3, \"f\": 4}, \"d\": 2}}"},
        {"{\"l\": [{\"a.b\": 1}, 2]}", "{\"l\": [{\"a\": {\"b\": 1}}, 2]}"},
        {"{\"h\": {\"n\": \"x\"}, \"h.n\": \"x\"}", "{\"h\": {\"n\": \"x\"}}"},
        {"{\"h\": {\"n\": \"x\"}, \"h.n\": \"y\"}", "{\"h\": {\"n\": [\"x\", \"y\"]}}"},
        {"{\"h\": \"x\", \"h.n\": \"y\"}", "{\"h\": [\"x\", {\"n\": \"y\"}]}"},
        {"{\".a\": 1, \"b.\": 2, \".\": 3, \"\": 4, \"c..d\": 5}",
         "{\".a\": 1, \"b.\": 2, \".\": 3, \"\": 4, \"c\": {\".d\": 5}}"},
        {"{\"a\": {}, \"a.b\": null}", "{\"a\": {}}"},
    };
    (void)state;
    hold_views(views, sizeof views / sizeof views[0], true);
}

/* 40,000 names in one key, and 20,000 keys with one beginning: both end, soon and on the stack there is. */
static void hostile_keys_end(void **state)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED json = {0};
    (void)state;
    buf_text(&json, "{\"a");
    for (int i = 0; i < 40000; i++) {
        buf_text(&json, ".a");
    }
    buf_text(&json, "\": 1");
    for (int i = 0; i < 20000; i++) {
        buf_printf(&json, ", \"a.k%d\": %d", i, i);
    }
    buf_text(&json, "}");
    struct value raw = parse_json(arena, buf_string(&json));
    struct value seen = intake_view(arena, &raw, true);
    assert_int_equal(value_count(&seen), 1);
    assert_int_equal(value_count(value_get(&seen, "a")), 20001);
    assert_int_equal(value_get_int(value_get(&seen, "a"), "k19999", 0), 19999);
}

static void texts_are_what_they_hold(void **state)
{
    static const char *const paths[] = {"a", "b.c", "l.t", "gone.x"};
    const struct bind_texts unpack = {.count = 4, .items = paths};
    ARENA_SCOPED arena = arena_new();
    (void)state;
    struct value raw =
        parse_json(arena, "{\"a\": \"{\\\"n\\\": 9007199254740993}\", \"b\": {\"c\": \"[1]\", \"d\": "
                          "\"[2]\"}, \"l\": [{\"t\": \"3\"}, {\"t\": \"no json\"}, 4], \"gone\": 5}");
    struct value seen = intake_unpack(arena, &raw, &unpack);
    assert_string_equal(
        json_text(arena, &seen),
        "{\"a\":{\"n\":9007199254740993},\"b\":{\"c\":[1],\"d\":\"[2]\"},\"l\":[{\"t\":3},{\"t\":"
        "\"no json\"},4],\"gone\":5}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_null_or_an_empty_text),
        cmocka_unit_test(dots_are_nesting),
        cmocka_unit_test(hostile_keys_end),
        cmocka_unit_test(texts_are_what_they_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
