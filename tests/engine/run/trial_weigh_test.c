/* Property: what a look says decides. So and never touched: already; so after an intent: changed; underway:
 * asked again until its time is up, then pending; unsupported before the first intent: the next provider,
 * with what the ledger knows of that one; what can't be had any more never unsays what was done. Method:
 * packs and models of their own, in which a target is in one of these states. */
#include "tests/engine/run/packs.h"
#include "tests/engine/run/story.h"

#define GUARD STEPS "  - {step: guard, action: Guard_Host}\n"
#define SLOW  STEPS "  - {step: slow, action: Slow_Host}\n"

static void the_next_provider_is_tried(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, guard_pack, guard_model);
    story_play(&story, GUARD, WEB);
    const struct run_task *task = story_task(&story, 0, "guard", "web-01");

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_string_equal(run_task_provider(task)->name, "second");
    const struct ledger_row *row =
        ledger_find(loop_ledger(story_loop(&story)), "host:web-01", "Guard_Host", "second", "");

    assert_non_null(row);
    assert_string_equal(value_get_string(&row->prior, "was", ""), "open");
    assert_string_equal(value_get_string(&row->kept, "mark", ""), "m");
    story_close(&story);
}

/* The ledger is asked again for the provider whose turn it is: else its `kept` would be missing, and it would
 * be done a second time. */
static void a_second_run_finds_what_the_next_provider_did(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, guard_pack, guard_model);
    story_play(&story, GUARD, WEB);
    story_play(&story, GUARD, WEB);
    story_ends(story_task(&story, 1, "guard", "web-01"), OUTCOME_ALREADY, "by R-");
    assert_int_equal(story_events(&story, "call.intended", "web-01", ""), 1);
    const struct ledger_row *row =
        ledger_find(loop_ledger(story_loop(&story)), "host:web-01", "Guard_Host", "second", "");

    assert_int_equal(row->holder_count, 2);
    assert_true(row->ours);
    story_release(&story);
    story_ends(story_undo(&story, 2, "web-01"), OUTCOME_CHANGED, NULL);
    assert_false(fake_world_contained(story.stage.world, "host:web-01", "Guard_Host"));
    assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 0);
    story_promises(&story);
    story_close(&story);
}

static void no_provider_left_is_unsupported(void **state)
{
    static const char lonely[] =
        "action: Lonely_Host\n"
        "summary: Has one way, which is not here.\n"
        "per: host\n"
        "done: met\n"
        "providers:\n"
        "  only:\n"
        "    via: ssh\n"
        "    proved: \"no\"\n"
        "    check:\n"
        "      - ssh.read: {script: \"look\"}\n"
        "        outcomes: [{when: result.exit == 20, is: unsupported, why: \"not here\"}]\n"
        "      - so: \"false\"\n"
        "    apply:\n"
        "      - ssh.run: {script: \"do\"}\n";
    static const char model[] = "action: Lonely_Host\n"
                                "providers:\n"
                                "  only:\n"
                                "    start: {x: 0}\n"
                                "    answers: [{in: check, answer: {exit: 20}}]\n"
                                "    contained: \"false\"\n";
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, lonely, model);
    story_play(&story, STEPS "  - {step: meet, action: Lonely_Host}\n", WEB);
    story_ends(story_task(&story, 0, "meet", "web-01"), OUTCOME_UNSUPPORTED, "not here");
    story_step(&story, 0, "meet", STEP_UNSUPPORTED);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 0);
    story_close(&story);
}

static void what_others_did_is_already_and_not_ours(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, SLOW_PACK("1m"), SLOW_MODEL("done", ""));
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_ALREADY, NULL);
    const struct ledger_row *row = ledger_row_at(loop_ledger(story_loop(&story)), 0);

    assert_true(row->held);
    assert_false(row->ours);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 0);
    story_close(&story);
}

static void accepted_is_asked_again_until_it_is_so(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, SLOW_PACK("10m"), SLOW_MODEL("open", DONE_AFTER("5m")));
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 1);
    assert_int_equal(story_events(&story, "task.pending", "", ""), 0);
    assert_true(fake_world_calls(story.stage.world, "web-01", "ssh.read") >= 30); /* every 10 s */
    story_promises(&story);
    story_close(&story);
}

static void accepted_for_too_long_is_pending_and_then_so(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, SLOW_PACK("1m"), SLOW_MODEL("open", DONE_AFTER("20m")));
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 1);
    assert_true(story_events(&story, "task.pending", "", "\"pending\":\"underway\"") > 1);
    story_close(&story);
}

static void accepted_and_never_done_is_partial(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "offline: {keep_trying: 3h}\n");
    stage_pack(&story.stage, SLOW_PACK("1m"), SLOW_MODEL("open", ""));
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_PARTIAL, "given up");
    assert_false(ledger_row_at(loop_ledger(story_loop(&story)), 0)->held); /* perhaps: `release` tries it */
    story_close(&story);
}

/* Somebody else's is underway when we first look: that is no reason to ask for ever. */
static void what_others_began_has_its_time_too(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "offline: {keep_trying: 2h}\n");
    stage_pack(&story.stage, SLOW_PACK("1m"), SLOW_MODEL("asked", ""));
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_FAILED, "given up");
    assert_true(story_events(&story, "task.pending", "", "") > 1);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 0);
    story_close(&story);
}

/* Half of it is there: done again from the top, and what `once` has done is not. */
static void partly_is_done_from_the_top(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story,
                &(struct fake_fault){
                    .target = "web-01", .function = "ssh.run", .fate = FATE_REFUSE, .times = 1, .after = 1});
    story_play(&story, STEPS "  - {step: mark, action: Mark_Host}\n", WEB);
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "task.checked", "web-01", "\"verdict\":\"partly\""), 1);
    assert_int_equal(story_events(&story, "call.intended", "web-01", "\"position\":1,"), 2);
    assert_int_equal(story_events(&story, "call.ended", "web-01", "\"class\":\"done\""), 3);
    story_close(&story);
}

/* The answer was lost, and what was done is shown only later: a `once` is not done a second time before. */
static void once_in_doubt_waits_until_it_would_be_shown(void **state)
{
    static const char late[] = "action: Slow_Host\n"
                               "summary: Shows late what was done.\n"
                               "per: host\n"
                               "done: slowed\n"
                               "undone: unslowed\n"
                               "providers:\n"
                               "  slow:\n"
                               "    via: ssh\n"
                               "    proved: \"no\"\n"
                               "    check:\n"
                               "      - ssh.read: {script: \"look\"}\n"
                               "        as: seen\n"
                               "      - so: seen.out == \"done\"\n"
                               "    apply:\n"
                               "      - ssh.run: {script: \"ask\"}\n"
                               "        once: true\n"
                               "        in_doubt: retry\n"
                               "    verify: {every: 10s, within: 2m, lag: 1m}\n"
                               "    revert:\n"
                               "      - ssh.run: {script: \"open\"}\n";
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, late, SLOW_MODEL("open", DONE_AFTER("50s")));
    story_fault(&story,
                &(struct fake_fault){
                    .target = "web-01", .function = "ssh.run", .fate = FATE_LOSE, .why = "cut", .times = 1});
    story_play(&story, SLOW, WEB);
    story_ends(story_task(&story, 0, "slow", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "call.intended", "", ""), 1);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_provider_is_tried),
        cmocka_unit_test(a_second_run_finds_what_the_next_provider_did),
        cmocka_unit_test(no_provider_left_is_unsupported),
        cmocka_unit_test(what_others_did_is_already_and_not_ours),
        cmocka_unit_test(accepted_is_asked_again_until_it_is_so),
        cmocka_unit_test(accepted_for_too_long_is_pending_and_then_so),
        cmocka_unit_test(accepted_and_never_done_is_partial),
        cmocka_unit_test(what_others_began_has_its_time_too),
        cmocka_unit_test(partly_is_done_from_the_top),
        cmocka_unit_test(once_in_doubt_waits_until_it_would_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
