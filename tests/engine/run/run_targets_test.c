/* Property: each target of a step is one machine of the inventory, by name or by address; names that lead to
 * two machines are refused, machines nobody knows end failed, each a target all the same, with the reason;
 * another system is skipped; none is a refusal. Method: one step over what the alert names, the ends of its
 * tasks. */
#include "tests/engine/run/story.h"

#define ANY   "  - {step: mark, action: Mark_Host}\n"
#define LINUX "  - {step: mark, action: Mark_Host, target_os: [Linux]}\n"

static void by_name_alias_case_and_address_it_is_one_target(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(
        &story, STEPS ANY,
        ALERT("\"web-01\",\"WEB-01\",\"web-01.\",{\"ip\":[\"127.0.9.1\"]},{\"name\":\"web-01\",\"ip\":["
              "\"127.0.9.1\"]}"));
    assert_int_equal(story_run(&story, 0)->task_count, 1);
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void two_keys_that_disagree_are_touched_by_neither(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS ANY, ALERT("{\"name\":\"web-01\",\"ip\":[\"127.0.9.2\"]}"));
    const struct run *run = story_run(&story, 0);

    assert_int_equal(run->task_count, 1);
    story_ends(run->tasks[0], OUTCOME_REFUSED, "its name says web-01, its address 127.0.9.2 says web-02");
    assert_int_equal(fake_world_calls(story.stage.world, NULL, NULL), 0);
    story_close(&story);
}

static void who_is_not_in_the_inventory_is_said_to_be_left(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS ANY, ALERT("\"web-01\",\"db-99\""));
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(story_task(&story, 0, "mark", "db-99"), OUTCOME_FAILED, "not in the inventory");
    story_step(&story, 0, "mark", STEP_PARTIAL);
    story_close(&story);
}

static void another_system_is_skipped(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, STEPS LINUX, ALERT("\"ws-07\",{\"name\":\"mac-1\",\"os\":\"macos\"},\"db-99\""));
    story_ends(story_task(&story, 0, "mark", "ws-07"), OUTCOME_SKIPPED, "its system, windows");
    story_ends(story_task(&story, 0, "mark", "mac-1"), OUTCOME_SKIPPED, "its system, macos");
    story_ends(story_task(&story, 0, "mark", "db-99"), OUTCOME_FAILED, "not in the inventory");
    story_close(&story);
}

static void no_target_at_all_is_refused(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story,
               STEPS
               "  - {step: mark, action: Mark_Host, targets: \"{{alert.hosts.filter(h, h.name == 'x')}}\"}\n",
               WEB);
    story_step(&story, 0, "mark", STEP_REFUSED);
    assert_int_equal(story_events(&story, "step.ended", "", "it has no target"), 1);
    assert_int_equal(story_run(&story, 0)->result, RESULT_FAILED);
    story_close(&story);
}

/* The list is journaled when the step opens; what the inventory says later changes nothing of it. */
static void the_list_is_frozen(void **state)
{
    struct rehearsal_crash crash = {.point = "open", .away_ms = 1000};
    struct story story;

    (void)state;
    story_open_with(&story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = 1}, NULL);
    story_begin(&story, STEPS ANY, BOTH);
    stage_host(&story.stage, "web-03", "linux");
    story_go_on(&story);
    assert_int_equal(rehearsal_lives(story.stage.rehearsal), 2);
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_close(&story);
}

static void a_retry_is_for_the_named_ones_alone(void **state)
{
    struct story story;
    struct value *alert;

    (void)state;
    story_open(&story, NULL);
    alert = arena_alloc(story.stage.arena, sizeof *alert);
    *alert = stage_alert(&story.stage, BOTH);
    struct value name = value_static("web-02");
    struct value only = value_list(story.stage.arena, &name, 1);

    assert_int_equal(
        rehearsal_request(story.stage.rehearsal,
                          &(struct loop_request){.playbook = stage_playbook(&story.stage, STEPS ANY),
                                                 .alert = alert,
                                                 .only = &only},
                          NULL),
        0);
    story_go_on(&story);
    assert_int_equal(story_run(&story, 0)->task_count, 1);
    story_ends(story_task(&story, 0, "mark", "web-02"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name_alias_case_and_address_it_is_one_target),
        cmocka_unit_test(two_keys_that_disagree_are_touched_by_neither),
        cmocka_unit_test(who_is_not_in_the_inventory_is_said_to_be_left),
        cmocka_unit_test(another_system_is_skipped),
        cmocka_unit_test(no_target_at_all_is_refused),
        cmocka_unit_test(the_list_is_frozen),
        cmocka_unit_test(a_retry_is_for_the_named_ones_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
