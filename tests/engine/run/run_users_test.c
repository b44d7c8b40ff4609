/* Property: a user is a target at each place where a provider works at his account, and nowhere else; who
 * isn't known at one place is skipped there, who is known nowhere is refused; a place that is down holds up
 * nobody elsewhere. Method: packs over hosts and over directories, places as models, the ends of the tasks.
 */
#include "tests/engine/run/story.h"

#define LOCK "  - {step: lock, action: Lock_User, target_user: \"{{alert.user_id}}\"}\n"

static const char lock_pack[] =
    "action: Lock_User\n"
    "summary: Locks an account of a host.\n"
    "per: user\n"
    "lock: account\n"
    "done: locked\n"
    "undone: unlocked\n"
    "providers:\n"
    "  local:\n"
    "    over: hosts\n"
    "    when: host.os == \"linux\"\n"
    "    via: ssh\n"
    "    proved: \"no\"\n"
    "    find:\n"
    "      - ssh.read: {script: \"who\", args: [\"{{target.name}}\", \"{{host.name}}\"]}\n"
    "        outcomes: [{when: result.exit == 4, is: absent, why: \"no such account\"}]\n"
    "    check:\n"
    "      - ssh.read: {script: \"look\"}\n"
    "        as: seen\n"
    "      - so: seen.out == \"locked\"\n"
    "    apply:\n"
    "      - ssh.run: {script: \"lock\"}\n"
    "    revert:\n"
    "      - ssh.run: {script: \"unlock\"}\n";

static const char lock_model[] = "action: Lock_User\n"
                                 "providers:\n"
                                 "  local:\n"
                                 "    start: {known: true, locked: false}\n"
                                 "    answers:\n"
                                 "      - {in: find, when: \"!state.known\", answer: {exit: 4}}\n"
                                 "      - {in: check, when: state.locked, answer: {out: locked}}\n"
                                 "    effects:\n"
                                 "      - {in: apply, set: {locked: true}, counts: \"!state.locked\"}\n"
                                 "      - {in: revert, set: {locked: false}, counts: \"false\"}\n"
                                 "    contained: state.locked\n";

static void open_story(struct story *story)
{
    story_open(story, NULL);
    stage_pack(&story->stage, lock_pack, lock_model);
}

static const struct run_task *task_at(struct story *story, const char *place)
{
    const char *key = arena_printf(story->stage.arena, "user:%s/jdoe", place);
    const struct run_task *task = run_task_find(story_run(story, 0), "lock", "", key, false);

    assert_non_null(task);
    return task;
}

static void unknown_at(struct story *story, const char *place)
{
    struct value_builder state;

    value_build(&state, story->stage.arena);
    value_put_text(&state, "known", value_bool(false));
    fake_world_start(story->stage.world, arena_printf(story->stage.arena, "jdoe@%s", place),
                     value_end_map(&state));
}

static void he_is_a_target_at_each_host_that_a_provider_fits(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS LOCK, ALERT("\"web-01\",\"ws-07\",{\"ip\":[\"127.0.9.2\"]}"));
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "web-02"), OUTCOME_CHANGED, NULL);
    assert_string_equal(task_at(&story, "web-02")->name, "jdoe");
    assert_string_equal(run_task_place(task_at(&story, "web-02")), "web-02");
    assert_true(fake_world_contained(story.stage.world, "user:web-01/jdoe", "Lock_User"));
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    story_promises(&story);
    story_release(&story);
    assert_false(fake_world_contained(story.stage.world, "user:web-01/jdoe", "Lock_User"));
    assert_false(fake_world_contained(story.stage.world, "user:web-02/jdoe", "Lock_User"));
    story_close(&story);
}

static void who_is_not_known_at_one_place_is_skipped_there(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    unknown_at(&story, "web-02");
    story_play(&story, STEPS LOCK, BOTH);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "web-02"), OUTCOME_SKIPPED, "web-02 does not know jdoe");
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_close(&story);
}

static void who_is_known_nowhere_is_refused_by_the_last(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    unknown_at(&story, "web-01");
    unknown_at(&story, "web-02");
    story_play(&story, STEPS LOCK, BOTH);
    const struct run *run = story_run(&story, 0);
    int refused = 0;

    for (size_t i = 0; i < run->task_count; i++)
        refused += run->tasks[i]->outcome == OUTCOME_REFUSED && strstr(run->tasks[i]->why, "knows jdoe");
    assert_int_equal(refused, 1);
    story_step(&story, 0, "lock", STEP_REFUSED);
    assert_int_equal(run->result, RESULT_FAILED);
    story_close(&story);
}

static void a_place_that_is_down_is_a_standing_order_and_holds_up_nobody(void **state)
{
    struct fake_fault down = {
        .target = "user:web-02/jdoe", .fate = FATE_REFUSE, .until_ms = INT64_C(1767225600000) + 1800000};
    struct story story;

    (void)state;
    open_story(&story);
    story_fault(&story, &down);
    story_begin(&story, STEPS LOCK, BOTH);
    story_pass(&story, 600000);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(task_at(&story, "web-02")->state, TASK_PENDING);
    story_go_on(&story);
    story_ends(task_at(&story, "web-02"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void a_host_that_nobody_knows_is_told_if_a_provider_would_have_gone_there(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(
        &story, STEPS LOCK,
        ALERT("\"web-01\",{\"name\":\"db-99\",\"os\":\"linux\"},{\"name\":\"x-1\",\"os\":\"windows\"}"));
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "db-99"), OUTCOME_FAILED, "not in the inventory");
    story_close(&story);
}

static void without_any_place_it_is_unsupported(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS LOCK, ALERT("\"ws-07\""));
    assert_int_equal(story_run(&story, 0)->task_count, 1);
    story_ends(story_run(&story, 0)->tasks[0], OUTCOME_UNSUPPORTED, "nor at a host of the alert");
    story_step(&story, 0, "lock", STEP_UNSUPPORTED);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(he_is_a_target_at_each_host_that_a_provider_fits),
        cmocka_unit_test(who_is_not_known_at_one_place_is_skipped_there),
        cmocka_unit_test(who_is_known_nowhere_is_refused_by_the_last),
        cmocka_unit_test(a_place_that_is_down_is_a_standing_order_and_holds_up_nobody),
        cmocka_unit_test(a_host_that_nobody_knows_is_told_if_a_provider_would_have_gone_there),
        cmocka_unit_test(without_any_place_it_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
