/* Property: an attempt asks for exactly the calls that a pack's lines say, in their order, and ends each
 * phase with what the answers mean; it goes wrong with the place and the name. Method: small packs, answers
 * from a list, and the whole course of a phase compared as text. */
#include "tests/engine/action/packing.h"

static const char checked[] = "    check:\n"
                              "      - ssh.read: {script: look}\n"
                              "        as: seen\n"
                              "      - so: seen.out == \"so\"\n"
                              "        underway: seen.out == \"on its way\"\n"
                              "        clear: seen.out == \"clear\"\n";

static void a_check_gives_the_first_verdict_that_holds(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, checked);
    const struct attempt_input input = input_for(arena, pack);
    static const struct {
        const char *out;
        const char *verdict;
    } cases[] = {{"so", "so"}, {"on its way", "underway"}, {"clear", "clear"}, {"half", "partly"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct reply replies[] = {
            DONE(arena_printf(arena, "{\"exit\": 0, \"out\": \"%s\", \"err\": \"\"}", cases[i].out)), END};
        struct attempt *attempt = attempt_new(arena, &input);
        assert_string_equal(
            walked(arena, attempt, PHASE_CHECK, replies, 0),
            arena_printf(arena, "ssh.read {\"script\":\"look\"}\ndone %s\n", cases[i].verdict));
        assert_string_equal(
            walked(arena, attempt, PHASE_VERIFY, replies, 0),
            arena_printf(arena, "ssh.read {\"script\":\"look\"}\ndone %s\n", cases[i].verdict));
    }
}

static void without_clear_all_that_is_neither_is_clear(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, "    check:\n"
                                                 "      - ssh.read: {script: look}\n"
                                                 "        as: seen\n"
                                                 "      - so: seen.out == \"so\"\n");
    const struct attempt_input input = input_for(arena, pack);
    const struct reply replies[] = {OUT("what"), END};
    assert_string_equal(walked(arena, attempt_new(arena, &input), PHASE_CHECK, replies, 0),
                        "ssh.read {\"script\":\"look\"}\ndone clear\n");
}

static void when_steps_over_and_leaves_an_empty_name(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack =
        with_phases(arena, "    check:\n"
                           "      - ssh.read: {script: first}\n"
                           "        when: target.os == \"windows\"\n"
                           "        as: first\n"
                           "      - ssh.read: {script: second, args: ['{{first.?out.orValue(\"none\")}}']}\n"
                           "        as: second\n"
                           "      - so: second.out == \"so\"\n");
    const struct attempt_input input = input_for(arena, pack);
    const struct reply replies[] = {OUT("so"), END};
    assert_string_equal(walked(arena, attempt_new(arena, &input), PHASE_CHECK, replies, 0),
                        "ssh.read {\"script\":\"second\",\"args\":[\"none\"]}\ndone so\n");
}

static void a_poll_waits_is_made_again_and_has_an_end(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, "    apply:\n"
                                                 "      - ssh.read: {script: look}\n"
                                                 "        until: result.out == \"ready\"\n"
                                                 "        every: 10s\n"
                                                 "        within: 20s\n"
                                                 "        keep: {how: result.out}\n");
    const struct attempt_input input = input_for(arena, pack);
    const struct reply good[] = {OUT("no"), OUT("no"), OUT("ready"), END};
    struct attempt *attempt = attempt_new(arena, &input);
    assert_string_equal(
        walked(arena, attempt, PHASE_APPLY, good, 1000),
        "ssh.read {\"script\":\"look\"}\nwait 10000\nssh.read {\"script\":\"look\"}\nwait 10000\n"
        "ssh.read {\"script\":\"look\"}\ndone none\n");
    assert_string_equal(value_get_string(&attempt_result(attempt)->kept, "how", ""), "ready");
    const struct reply bad[] = {OUT("no"), OUT("no"), OUT("no"), END};
    assert_string_equal(
        walked(arena, attempt_new(arena, &input), PHASE_APPLY, bad, 1000),
        "ssh.read {\"script\":\"look\"}\nwait 10000\nssh.read {\"script\":\"look\"}\nwait 10000\n"
        "ssh.read {\"script\":\"look\"}\n"
        "transient none: it didn't come true in time: result.out == \"ready\"\n");
}

static const char thrice[] = "    check: [{so: kept.?first.orValue(\"\") != \"\"}]\n"
                             "    apply:\n"
                             "      - ssh.run: {script: one}\n"
                             "        once: true\n"
                             "        keep: {first: result.out}\n"
                             "      - ssh.run: {script: two, args: ['{{kept.?first.orValue(\"?\")}}']}\n"
                             "      - ssh.run: {script: three}\n"
                             "        once: true\n"
                             "        in_doubt: skip\n";

static void a_once_that_is_done_is_stepped_over(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, thrice);
    struct attempt_input input = input_for(arena, pack);
    const struct reply replies[] = {OUT("A"), OUT(""), OUT(""), END};
    assert_string_equal(walked(arena, attempt_new(arena, &input), PHASE_APPLY, replies, 0),
                        "ssh.run {\"script\":\"one\"}\nssh.run {\"script\":\"two\",\"args\":[\"A\"]}\n"
                        "ssh.run {\"script\":\"three\"}\ndone none\n");
    input.once_done = 1U << 1;
    input.once_skip = 1U << 3;
    input.kept = json(arena, "{\"first\": \"A\"}");
    assert_string_equal(walked(arena, attempt_new(arena, &input), PHASE_APPLY, &replies[1], 0),
                        "ssh.run {\"script\":\"two\",\"args\":[\"A\"]}\ndone none\n");
    input.once_done = 1U << 2; /* of a call that is no `once`: made again */
    assert_string_equal(
        walked(arena, attempt_new(arena, &input), PHASE_APPLY, replies, 0),
        "ssh.run {\"script\":\"one\"}\nssh.run {\"script\":\"two\",\"args\":[\"A\"]}\ndone none\n");
    assert_int_equal(pack->providers[0].phases[PHASE_APPLY].items[2].in_doubt, DOUBT_SKIP);
}

static void without_a_check_every_write_is_once(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, "    in_doubt: retry\n"
                                                 "    apply:\n"
                                                 "      - ssh.run: {script: one}\n"
                                                 "      - ssh.read: {script: two}\n"
                                                 "      - ssh.run: {script: three}\n"
                                                 "        in_doubt: skip\n");
    const struct pack_statement *items = pack->providers[0].phases[PHASE_APPLY].items;
    assert_true(items[0].once && !items[1].once && items[2].once);
    assert_int_equal(items[0].in_doubt, DOUBT_RETRY);
    assert_int_equal(items[2].in_doubt, DOUBT_SKIP);
}

static void already_goes_on_and_underway_ends(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack =
        with_phases(arena, "    check: [{so: \"false\"}]\n"
                           "    apply:\n"
                           "      - ssh.run: {script: one}\n"
                           "        outcomes: [{when: result.exit == 7, is: already}]\n"
                           "      - ssh.run: {script: two}\n"
                           "        outcomes:\n"
                           "          - {when: result.exit == 7, is: already}\n"
                           "          - {when: result.exit == 8, is: underway, why: it takes a while}\n"
                           "      - ssh.read: {script: three}\n");
    const struct attempt_input input = input_for(arena, pack);
    const struct reply all[] = {DONE("{\"exit\": 7}"), DONE("{\"exit\": 7}"), OUT(""), END};
    assert_non_null(
        strstr(walked(arena, attempt_new(arena, &input), PHASE_APPLY, all, 0), "three\"}\nalready none\n"));
    const struct reply half[] = {DONE("{\"exit\": 7}"), OUT(""), OUT(""), END};
    assert_non_null(
        strstr(walked(arena, attempt_new(arena, &input), PHASE_APPLY, half, 0), "three\"}\ndone none\n"));
    const struct reply later[] = {OUT(""), DONE("{\"exit\": 8}"), END};
    assert_non_null(strstr(walked(arena, attempt_new(arena, &input), PHASE_APPLY, later, 0),
                           "two\"}\nunderway none: it takes a while\n"));
}

static void a_try_has_so_many_calls_and_so_much_time(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const char *calls = "    timeout: 1m\n    apply:\n";
    for (size_t i = 0; i < LIMIT_STATEMENTS; i++) {
        calls = arena_printf(arena, "%s      - ssh.read: {script: s}\n", calls);
    }
    const struct pack *pack = with_phases(arena, calls);
    struct attempt_input input = input_for(arena, pack);
    struct reply replies[LIMIT_STATEMENTS + 1] = {0};
    for (size_t i = 0; i < LIMIT_STATEMENTS; i++) {
        replies[i] = (struct reply)OUT("");
    }
    struct attempt *attempt = attempt_new(arena, &input);
    for (size_t i = 0; i < LIMIT_CALLS / LIMIT_STATEMENTS; i++) {
        assert_non_null(strstr(walked(arena, attempt, PHASE_APPLY, replies, 0), "done none\n"));
    }
    assert_string_equal(walked(arena, attempt, PHASE_APPLY, replies, 0),
                        "permanent none: more than 64 calls in one try\n");

    struct attempt_call call;
    int64_t at_ms = 0;
    attempt = attempt_new(arena, &input);
    attempt_begin(attempt, PHASE_APPLY, 5000);
    assert_int_equal(attempt_next(attempt, 5000, &call, &at_ms), ATTEMPT_CALL);
    assert_int_equal(call.deadline_ms, 30000);
    assert_int_equal(call.position, 1);
    const struct soar_answer answer = {.class = SOAR_DONE, .result = "{\"exit\": 0}", .why = ""};
    const char *why = NULL;
    attempt_answer(attempt, &answer, 45000, NULL, &why);
    assert_int_equal(attempt_next(attempt, 45000, &call, &at_ms), ATTEMPT_CALL);
    assert_int_equal(call.deadline_ms, 20000); /* what is left of the try */
    attempt_answer(attempt, &answer, 65000, NULL, &why);
    assert_int_equal(attempt_next(attempt, 65000, &call, &at_ms), ATTEMPT_ENDED);
    assert_int_equal(attempt_result(attempt)->judgement, JUDGED_TRANSIENT);

    input.timeout_ms = 10000; /* the playbook's own */
    attempt = attempt_new(arena, &input);
    attempt_begin(attempt, PHASE_APPLY, 0);
    assert_int_equal(attempt_next(attempt, 0, &call, &at_ms), ATTEMPT_CALL);
    assert_int_equal(call.deadline_ms, 10000);
}

static void a_mistake_names_its_place(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, "    check:\n"
                                                 "      - ssh.read: {script: look}\n"
                                                 "        as: seen\n"
                                                 "      - let: {number: int(seen.out)}\n"
                                                 "      - so: number == 1\n");
    const struct attempt_input input = input_for(arena, pack);
    const struct reply replies[] = {OUT("x"), END};
    const char *course = walked(arena, attempt_new(arena, &input), PHASE_CHECK, replies, 0);
    assert_non_null(strstr(course, "permanent none: pack.yaml:11:15: number: "));
    const struct reply missing[] = {DONE("{\"exit\": 0}"), END};
    course = walked(arena, attempt_new(arena, &input), PHASE_CHECK, missing, 0);
    assert_non_null(strstr(course, "permanent none: pack.yaml:11:15: number: "));
}

static void verify_keeps_before_its_verdict_and_only_what_is_so(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(
        arena, "    check:\n"
               "      - ssh.read: {script: look}\n"
               "        as: seen\n"
               "      - so: seen.out.startsWith(\"so\") && seen.out == kept.?listing.orValue(\"\")\n"
               "        clear: seen.out == \"clear\"\n"
               "    apply: [{ssh.run: {script: do}}]\n"
               "    verify: {keep: {listing: seen.out}}\n"
               "    revert: [{ssh.run: {script: undo}}]\n");
    const struct attempt_input input = input_for(arena, pack);
    struct attempt *attempt = attempt_new(arena, &input);
    const struct reply half[] = {OUT("half"), END};
    const struct reply there[] = {OUT("so 1"), END};
    const struct reply other[] = {OUT("so 2"), END};
    assert_non_null(
        strstr(walked(arena, attempt, PHASE_CHECK, there, 0), "done partly")); /* its word alone is none */
    assert_non_null(strstr(walked(arena, attempt, PHASE_VERIFY, half, 0), "done partly"));
    assert_int_equal(value_count(&attempt_result(attempt)->kept), 0);
    assert_non_null(strstr(walked(arena, attempt, PHASE_VERIFY, there, 0), "done so"));
    assert_string_equal(value_get_string(&attempt_result(attempt)->kept, "listing", ""), "so 1");
    assert_non_null(strstr(walked(arena, attempt, PHASE_CHECK, there, 0), "done so"));
    assert_non_null(strstr(walked(arena, attempt, PHASE_CHECK, other, 0), "done partly"));
}

static void wrote_is_said_of_each_phase(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(arena, "    check: [{so: \"false\"}]\n"
                                                 "    apply:\n"
                                                 "      - ssh.run: {script: do}\n"
                                                 "        when: target.os == \"windows\"\n"
                                                 "    revert: [{ssh.run: {script: undo}}]\n");
    const struct attempt_input input = input_for(arena, pack);
    struct attempt *attempt = attempt_new(arena, &input);
    const struct reply replies[] = {OUT(""), END};
    walked(arena, attempt, PHASE_APPLY, NULL, 0);
    assert_false(attempt_result(attempt)->wrote);
    walked(arena, attempt, PHASE_REVERT, replies, 0);
    assert_true(attempt_result(attempt)->wrote);
}

/* One event tells what both looks found: what find kept stands in it beside what check kept. */
static void what_find_keeps_is_told_with_the_check(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct pack *pack = with_phases(
        arena, "    find: [{ssh.read: {script: f}, as: found}, {keep: {first: found.out}}]\n"
               "    check: [{ssh.read: {script: c}, as: seen}, {keep: {second: seen.out}}, {so: 'false'}]\n"
               "    apply: [{ssh.run: {script: a}}]\n");
    const struct attempt_input input = input_for(arena, pack);
    struct attempt *attempt = attempt_new(arena, &input);
    const struct reply found[] = {OUT("one"), END};
    const struct reply seen[] = {OUT("two"), END};
    const struct reply done[] = {OUT(""), END};
    walked(arena, attempt, PHASE_FIND, found, 0);
    walked(arena, attempt, PHASE_CHECK, seen, 0);
    const struct value *kept = &attempt_result(attempt)->kept;
    assert_string_equal(value_get_string(kept, "first", ""), "one");
    assert_string_equal(value_get_string(kept, "second", ""), "two");
    walked(arena, attempt, PHASE_APPLY, done, 0);
    assert_int_equal(value_count(&attempt_result(attempt)->kept), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_gives_the_first_verdict_that_holds),
        cmocka_unit_test(without_clear_all_that_is_neither_is_clear),
        cmocka_unit_test(when_steps_over_and_leaves_an_empty_name),
        cmocka_unit_test(a_poll_waits_is_made_again_and_has_an_end),
        cmocka_unit_test(a_once_that_is_done_is_stepped_over),
        cmocka_unit_test(without_a_check_every_write_is_once),
        cmocka_unit_test(already_goes_on_and_underway_ends),
        cmocka_unit_test(a_try_has_so_many_calls_and_so_much_time),
        cmocka_unit_test(a_mistake_names_its_place),
        cmocka_unit_test(verify_keeps_before_its_verdict_and_only_what_is_so),
        cmocka_unit_test(wrote_is_said_of_each_phase),
        cmocka_unit_test(what_find_keeps_is_told_with_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
