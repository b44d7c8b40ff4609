/* Property: variables are evaluated in the order of the file, over the alert and those above; what the caller
 * gives stands instead, unless a containment's end was worked out from it. Method: a playbook with chained
 * variables, with and without an alert, with what may and may not be given. */
#include "tests/engine/playbook/shelf.h"

#include "engine/base/json.h"

static const char text[] =
    "playbook_name: P\n"
    "vars: {a: 2, b: \"{{vars.a + 1}}\", c: [\"{{vars.b}}\", x], d: \"{{alert.id}}\", t: 2h}\n"
    "actions: [{step: 1, action: Isolate_Endpoint, expires: \"{{vars.t}}\"}]\n";

static struct value parse(struct arena *arena, const char *json)
{
    struct value value;
    assert_int_equal(json_parse(arena, json, strlen(json), &value, NULL), 0);
    return value;
}

static const char *evaluate(struct arena *arena, const char *alert_json, const char *given_json)
{
    struct value alert = alert_json == NULL ? value_null() : parse(arena, alert_json);
    struct value given = given_json == NULL ? value_null() : parse(arena, given_json);
    struct value vars;
    struct soar_err err;
    const struct playbook *playbook = load_well(arena, text);
    if (playbook_vars(playbook, alert_json == NULL ? NULL : &alert, given_json == NULL ? NULL : &given, arena,
                      &vars, &err) != 0) {
        assert_int_equal(err.class, SOAR_INVALID);
        return arena_string(arena, err.text);
    }
    return json_text(arena, &vars);
}

static void each_speaks_of_those_above(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_string_equal(evaluate(arena, "{\"id\": \"A-1\"}", NULL),
                        "{\"a\":2,\"b\":3,\"c\":[3,\"x\"],\"d\":\"A-1\",\"t\":\"2h\"}");
    assert_string_equal(evaluate(arena, "{\"id\": \"A-1\"}", "{\"a\": 40}"),
                        "{\"a\":40,\"b\":41,\"c\":[41,\"x\"],\"d\":\"A-1\",\"t\":\"2h\"}");
    assert_string_equal(evaluate(arena, NULL, "{\"d\": 1, \"c\": null}"),
                        "{\"a\":2,\"b\":3,\"c\":null,\"d\":1,\"t\":\"2h\"}");
}

/* A retry gives a run's variables again, whole. */
static void the_same_may_be_given_again(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char vars[] = "{\"a\":40,\"b\":7,\"c\":[41,\"x\"],\"d\":\"A-1\",\"t\":\"2h\"}";
    assert_string_equal(evaluate(arena, NULL, vars), vars);
}

static void what_can_not_be_is_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_true(strncmp(evaluate(arena, "{}", NULL), "vars.d: ", 8) == 0);
    assert_true(strncmp(evaluate(arena, NULL, NULL), "vars.d: ", 8) == 0);
    assert_string_equal(evaluate(arena, NULL, "{\"e\": 1}"), "playbook P has no variable 'e'");
    assert_string_equal(
        evaluate(arena, "{\"id\": 1}", "{\"t\": \"3h\"}"),
        "vars.t says when a containment ends ('expires'): it can be changed in the playbook only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_speaks_of_those_above),
        cmocka_unit_test(the_same_may_be_given_again),
        cmocka_unit_test(what_can_not_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
