/* Property: a pack sees its parameters, its target, its place and ids, what it kept, and the names it bound;
 * nothing else. Method: each name printed by an argument of a call. */
#include "tests/engine/action/packing.h"

static const char *shown(struct arena *arena, const struct attempt_input *extra, const char *expression)
{
    const char *phases =
        arena_printf(arena,
                     "    over: directories\n"
                     "    let: {greeting: \"'hello ' + who\", who: target.name, never: \"1 / 0\"}\n"
                     "    check: [{prior: {was: \"true\"}}, {so: \"prior.was\"}]\n"
                     "    apply:\n"
                     "      - ssh.run: {script: s, args: ['{{never}}']}\n"
                     "        when: \"false\"\n"
                     "        keep: {thing: result.out}\n"
                     "      - ssh.run: {script: s, args: ['{{%s}}']}\n",
                     expression);
    const struct pack *pack = with_phases(arena, phases);
    struct attempt_input input = input_for(arena, pack);
    input.directory = json(arena, "{\"name\": \"corp\", \"kind\": \"openldap\"}");
    input.kept = extra->kept;
    input.prior = json(arena, "{\"was\": false}");
    struct attempt *attempt = attempt_new(arena, &input);
    const struct value id = value_static("G-1");
    const struct value facts = json(arena, "{\"sid\": \"S-1\"}");
    attempt_set_found(attempt, &id, &facts);
    struct attempt_call call;
    int64_t at_ms = 0;
    attempt_begin(attempt, PHASE_APPLY, 0);
    if (attempt_next(attempt, 0, &call, &at_ms) != ATTEMPT_CALL) {
        return attempt_result(attempt)->why;
    }
    return value_at(value_get(&call.args, "args"), 0)->text;
}

static void names_are_what_they_are(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct attempt_input none = {0};
    const struct attempt_input kept = {.kept = json(arena, "{\"thing\": \"K\"}")};
    assert_string_equal(shown(arena, &none, "with.address"), "192.0.2.7");
    assert_string_equal(shown(arena, &none, "target.key"), "host:web-01");
    assert_string_equal(shown(arena, &none, "target.id"), "G-1");
    assert_string_equal(shown(arena, &none, "target.facts.sid"), "S-1");
    assert_string_equal(shown(arena, &none, "target.management[0]"), "192.0.2.1");
    assert_string_equal(shown(arena, &none, "target.management[1].ip"), "2001:db8::1");
    assert_string_equal(shown(arena, &none, "target.management[1].family"), "6");
    assert_string_equal(shown(arena, &none, "directory.kind"), "openldap");
    assert_string_equal(shown(arena, &none, "run.id + \"/\" + task.id"), "R-1/T-1");
    assert_string_equal(shown(arena, &none, "prior.was"), "false");
    assert_string_equal(shown(arena, &none, "kept.?thing.orValue(\"none\")"), "none");
    assert_string_equal(shown(arena, &kept, "kept.?thing.orValue(\"none\")"), "K");
    assert_string_equal(shown(arena, &none, "greeting"), "hello web-01");
}

static void a_let_fails_where_it_is_used(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct attempt_input none = {0};
    assert_non_null(strstr(shown(arena, &none, "never"), "ssh.run: args: item 1: {{never}}: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_what_they_are),
        cmocka_unit_test(a_let_fails_where_it_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
