/* Property: what waits for what. Without `needs` it is order, not a condition; `needs` is a condition; steps
 * over the same hosts run in lanes; what comes next never waits for a host that is gone; what a step and a
 * run have come to. Method: stories in which one host fails or is off, read from the order of events on the
 * disk. */
#include "tests/engine/run/story.h"

#define ISOLATE "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define MARK    "  - {step: mark, action: Mark_Host, target_os: [Linux]}\n"

static void off_for_a_while(struct story *story, const char *host, int calls)
{
    story_fault(story, &(struct fake_fault){.target = host, .fate = FATE_REFUSE, .times = calls});
}

static void denied_for_good(struct story *story, const char *host, const char *function)
{
    story_fault(story,
                &(struct fake_fault){
                    .target = host, .function = function, .fate = FATE_FAIL, .why = "no", .times = 1000});
}

static void each_host_runs_in_its_own_lane(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    off_for_a_while(&story, "web-02", 2);
    story_play(&story, STEPS ISOLATE MARK, BOTH);
    assert_true(story_place(&story, "call.intended", "mark", "web-01") <
                story_place(&story, "task.ended", "isolate", "web-02"));
    assert_true(story_place(&story, "task.ended", "isolate", "web-01") <
                story_place(&story, "call.intended", "mark", "web-01"));
    assert_true(story_place(&story, "task.ended", "isolate", "web-02") <
                story_place(&story, "call.intended", "mark", "web-02"));
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_close(&story);
}

static void who_speaks_of_steps_waits_for_all(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    off_for_a_while(&story, "web-02", 2);
    story_play(&story,
               STEPS ISOLATE "  - {step: mark, action: Mark_Host, target_os: [Linux], when: "
                             "\"steps.isolate.changed.size() == 2\"}\n",
               BOTH);
    assert_true(story_place(&story, "task.ended", "isolate", "web-02") <
                story_place(&story, "step.opened", "mark", ""));
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_close(&story);
}

static void what_comes_next_does_not_wait_for_a_host_that_is_off(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "offline: {keep_trying: 2h}\n");
    off_for_a_while(&story, "web-02", 1000);
    story_play(&story, STEPS ISOLATE "  - {step: mark, action: Mark_Host, targets: [web-01]}\n", BOTH);
    assert_true(story_place(&story, "step.passed", "isolate", "") >= 0);
    assert_true(story_place(&story, "task.ended", "mark", "web-01") <
                story_place(&story, "task.ended", "isolate", "web-02"));
    story_ends(story_task(&story, 0, "isolate", "web-02"), OUTCOME_FAILED, "given up");
    story_step(&story, 0, "isolate", STEP_PARTIAL);
    assert_int_equal(story_run(&story, 0)->result, RESULT_PARTIAL);
    story_close(&story);
}

/* A ticket comes after two steps that run side by side, though one failed and the other was skipped. */
static void after_waits_for_all_whatever_became_of_them(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    denied_for_good(&story, "web-01", "ssh.run");
    story_play(&story,
               STEPS ISOLATE "  - {step: never, action: Mark_Host, needs: [], when: 'false'}\n"
                             "  - {step: beside, action: Mark_Host, needs: [], targets: [web-02]}\n"
                             "  - {step: last, action: Mark_Host, after: [isolate, never, beside], targets: "
                             "[web-02], when: \"steps.isolate.failed.size() == 1\"}\n",
               "{\"hosts\": [\"web-01\"]}");
    story_step(&story, 0, "isolate", STEP_FAILED);
    story_step(&story, 0, "never", STEP_SKIPPED);
    assert_true(story_place(&story, "task.ended", "isolate", "web-01") <
                story_place(&story, "step.opened", "last", ""));
    assert_true(story_place(&story, "task.ended", "beside", "web-02") <
                story_place(&story, "step.opened", "last", ""));
    story_ends(story_task(&story, 0, "last", "web-02"), OUTCOME_ALREADY, NULL); /* it was `beside` */
    story_close(&story);
}

static void order_is_no_condition_and_needs_is_one(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    denied_for_good(&story, "web-01", "ssh.run");
    story_play(&story,
               STEPS ISOLATE "  - {step: after, action: Mark_Host, targets: [web-02]}\n"
                             "  - {step: needing, action: Mark_Host, targets: [web-02], needs: [isolate]}\n"
                             "  - {step: beside, action: Mark_Host, targets: [web-02], needs: []}\n",
               WEB);
    story_step(&story, 0, "isolate", STEP_FAILED);
    story_step(&story, 0, "after", STEP_SUCCEEDED);
    story_step(&story, 0, "needing", STEP_SKIPPED);
    story_step(&story, 0, "beside", STEP_SUCCEEDED);
    assert_int_equal(story_events(&story, "step.ended", "", "it needs step isolate"), 1);
    assert_int_equal(story_run(&story, 0)->result, RESULT_PARTIAL);
    story_close(&story);
}

static void continue_lets_in_who_needs_it(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    denied_for_good(&story, "web-01", "ssh.run");
    story_play(&story,
               STEPS "  - {step: isolate, action: Isolate_Endpoint, on_failure: continue}\n"
                     "  - {step: needing, action: Mark_Host, targets: [web-02], needs: [isolate]}\n",
               WEB);
    story_step(&story, 0, "needing", STEP_SUCCEEDED);
    story_close(&story);
}

static void stop_begins_nothing_more(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    denied_for_good(&story, "web-01", "ssh.run");
    story_play(&story,
               STEPS "  - {step: isolate, action: Isolate_Endpoint, on_failure: stop}\n"
                     "  - {step: after, action: Mark_Host, targets: [web-02]}\n"
                     "  - {step: last, action: Mark_Host, targets: [web-02], needs: []}\n",
               WEB);
    story_step(&story, 0, "after", STEP_SKIPPED);
    assert_int_equal(story_events(&story, "step.ended", "", "it says to stop"), 1);
    assert_int_equal(story_run(&story, 0)->result, RESULT_PARTIAL); /* `last` ran beside it, from the start */
    story_close(&story);
}

/* How many of two hosts must be done, and whether one is enough. */
static void enough_is_what_the_step_says(void **state)
{
    static const struct {
        const char *enough;
        bool goes_on;
    } cases[] = {{"any", true},     {"all", false},     {"1", true}, {"2", false},
                 {"\"50%\"", true}, {"\"51%\"", false}, {NULL, true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story story;

        story_open(&story, NULL);
        denied_for_good(&story, "web-02", "ssh.run");
        story_play(&story,
                   arena_printf(
                       story.stage.arena,
                       STEPS "  - {step: isolate, action: Isolate_Endpoint%s%s}\n"
                             "  - {step: needing, action: Mark_Host, targets: [web-01], needs: [isolate]}\n",
                       cases[i].enough ? ", enough: " : "", cases[i].enough ? cases[i].enough : ""),
                   BOTH);
        story_step(&story, 0, "isolate", STEP_PARTIAL);
        story_step(&story, 0, "needing", cases[i].goes_on ? STEP_SUCCEEDED : STEP_SKIPPED);
        story_close(&story);
    }
}

static void a_run_ends_as_its_steps_did(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS ISOLATE "  - {step: never, action: Mark_Host, when: \"1 == 2\"}\n",
               ALERT("\"web-01\",\"ws-07\""));
    story_step(&story, 0, "never", STEP_SKIPPED);
    story_ends(story_task(&story, 0, "isolate", "ws-07"), OUTCOME_SKIPPED, "not in target_os");
    story_step(&story, 0, "isolate", STEP_SUCCEEDED);
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_play(&story, STEPS "  - {step: gone, action: No_Such_Action}\n", WEB);
    story_step(&story, 1, "gone", STEP_UNSUPPORTED);
    story_ends(story_run(&story, 1)->tasks[0], OUTCOME_UNSUPPORTED, "no action pack named No_Such_Action");
    assert_int_equal(story_run(&story, 1)->result, RESULT_FAILED);
    story_close(&story);
}

static void no_more_at_once_than_parallel_says(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS "  - {step: mark, action: Mark_Host, parallel: 1}\n", BOTH);
    assert_true(story_place(&story, "task.ended", "mark", "web-01") <
                story_place(&story, "task.checked", "mark", "web-02"));
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_host_runs_in_its_own_lane),
        cmocka_unit_test(who_speaks_of_steps_waits_for_all),
        cmocka_unit_test(what_comes_next_does_not_wait_for_a_host_that_is_off),
        cmocka_unit_test(order_is_no_condition_and_needs_is_one),
        cmocka_unit_test(after_waits_for_all_whatever_became_of_them),
        cmocka_unit_test(continue_lets_in_who_needs_it),
        cmocka_unit_test(stop_begins_nothing_more),
        cmocka_unit_test(enough_is_what_the_step_says),
        cmocka_unit_test(a_run_ends_as_its_steps_did),
        cmocka_unit_test(no_more_at_once_than_parallel_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
