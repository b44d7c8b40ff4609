/* Property: what a step says is in its structure, and what it doesn't say is the language's default. Method:
 * a step with nothing, steps with each key in each of its forms. */
#include "tests/engine/playbook/shelf.h"

static const struct playbook_step *first(struct arena *arena, const char *rest)
{
    return &load_well(arena, arena_printf(arena,
                                          "playbook_name: P\nvars: {t: 2h}\nactions:\n"
                                          "  - {step: 1, action: isolate_ENDPOINT%s}\n",
                                          rest))
                ->steps[0];
}

static void a_bare_step_has_the_defaults(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook_step *step = first(arena, "");
    assert_string_equal(step->pack->name, "Isolate_Endpoint");
    assert_int_equal(step->on_failure, FAILURE_UNSET);
    assert_int_equal(step->enough, ENOUGH_ANY);
    assert_int_equal(step->timeout_ms, 0);
    assert_int_equal(step->retry.attempts, 3);
    assert_int_equal(step->retry.backoff, BACKOFF_EXPONENTIAL);
    assert_int_equal(step->retry.initial_ms, 2000);
    assert_int_equal(step->retry.max_ms, 60000);
    assert_false(step->retry_given);
    assert_int_equal(step->parallel, 10);
    assert_int_equal(step->expires_ms, 0);
    assert_int_equal(step->os_count, 0);
    assert_null(step->when);
    assert_null(step->targets);
    assert_false(step->order_given);
    assert_int_equal(step->line, 4);
}

static void each_key_is_kept(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct playbook_step *step =
        first(arena, ", on_failure: Rollback, timeout: 90s, parallel: 3, target_os: MACOS, expires: 90m, "
                     "targets: [web-01], details: \"x\", when: \"true\", retry: {attempts: 5, backoff: "
                     "linear, initial: 3s}");
    assert_int_equal(step->on_failure, FAILURE_ROLLBACK);
    assert_int_equal(step->timeout_ms, 90000);
    assert_int_equal(step->parallel, 3);
    assert_string_equal(step->os[0], "macos");
    assert_int_equal(step->expires_ms, 90 * 60 * 1000);
    assert_true(tree_is_constant(step->targets));
    assert_string_equal(step->details, "x");
    assert_non_null(step->when);
    assert_true(step->retry_given);
    assert_int_equal(step->retry.attempts, 5);
    assert_int_equal(step->retry.backoff, BACKOFF_LINEAR);
    assert_int_equal(step->retry.max_ms, 60000);
    assert_int_equal(first(arena, ", retry: {initial: 5m}")->retry.max_ms, 300000);
    assert_int_equal(first(arena, ", on_failure: stop")->on_failure, FAILURE_STOP);
    assert_int_equal(first(arena, ", on_failure: continue")->on_failure, FAILURE_CONTINUE);
}

struct share {
    const char *text;
    enum step_enough enough;
    int number;
};

static const struct share shares[] = {
    {"any", ENOUGH_ANY, 0},          {"ALL", ENOUGH_ALL, 0},        {"3", ENOUGH_NUMBER, 3},
    {"\"80%\"", ENOUGH_PERCENT, 80}, {"100%", ENOUGH_PERCENT, 100}, {"1", ENOUGH_NUMBER, 1},
};

static void enough_has_four_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct playbook_step *step = first(arena, arena_printf(arena, ", enough: %s", shares[i].text));
        assert_int_equal(step->enough, shares[i].enough);
        assert_int_equal(step->enough_number, shares[i].number);
    }
}

static void expires_may_speak_of_vars(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    assert_int_equal(first(arena, ", expires: \"{{vars.t}}\"")->expires_ms, 2 * 60 * 60 * 1000);
    assert_int_equal(first(arena, ", expires: \"{{duration('90s')}}\"")->expires_ms, 90000);
}

static void details_are_never_evaluated(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char text[] = STEP(", details: \"of {{alert.id\"");
    const char *lines = NULL;
    const struct playbook *playbook = load_playbook(arena, text, strlen(text), NULL, &lines);
    assert_string_equal(lines, "f:3:50: warning: 'details' is for people: {{ }} in it is not evaluated\n");
    assert_string_equal(playbook->steps[0].details, "of {{alert.id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_step_has_the_defaults), cmocka_unit_test(each_key_is_kept),
        cmocka_unit_test(enough_has_four_forms),        cmocka_unit_test(expires_may_speak_of_vars),
        cmocka_unit_test(details_are_never_evaluated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
