/* Property: a recheck looks at what is held; it puts back what was found open, as it was pinned, holds
 * nothing itself, counts against no budget, and frees nobody; found so, it touches nothing. Method: an
 * isolation that somebody undoes on the target, and a run of kind recheck about it. */
#include "tests/engine/run/packs.h"
#include "tests/engine/run/story.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"

static void recheck(struct story *story)
{
    if (stage_recheck_all(&story->stage, &story->err))
        fail_msg("%s", story->err.text);
    story_go_on(story);
}

static const struct run_task *rechecked(struct story *story, size_t run)
{
    const struct run *in = story_run(story, run);

    assert_int_equal(in->input.kind, RUN_RECHECK);
    assert_int_equal(in->task_count, 1);
    assert_false(in->tasks[0]->undo);
    return in->tasks[0];
}

static const struct ledger_row *row_of(struct story *story, const char *action, const char *provider)
{
    const struct ledger_row *row =
        ledger_find(loop_ledger(story_loop(story)), "host:web-01", action, provider, "");

    assert_non_null(row);
    return row;
}

static void what_is_in_force_is_left_alone(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    recheck(&story);
    story_ends(rechecked(&story, 1), OUTCOME_ALREADY, NULL);
    assert_int_equal(story_run(&story, 1)->result, RESULT_COMPLETED);
    assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Isolate_Endpoint"), 1);
    assert_int_equal(row_of(&story, "Isolate_Endpoint", "linux-nftables")->holder_count, 1);
    story_promises(&story);
    story_close(&story);
}

static void what_was_undone_is_put_back(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    story_play(&story, ISOLATE, WEB);
    fake_world_break(story.stage.world, "web-01", "Isolate_Endpoint");
    assert_false(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
    recheck(&story);
    story_ends(rechecked(&story, 1), OUTCOME_CHANGED, NULL);
    assert_true(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
    assert_true(story_events(&story, "call.intended", "web-01", "\"put_back\":true") > 0);
    assert_int_equal(story_events(&story, "task.ended", "web-01", "\"in_force\":{"), 1);
    assert_int_equal(story_events(&story, "task.ended", "web-01", "\"holder\":{"), 1); /* the first run's */
    assert_int_equal(story_events(&story, "holder.ended", "", ""), 0);
    assert_int_equal(story_events(&story, "call.intended", "web-01", "\"spend\""),
                     story_events(&story, "call.intended", "web-01", "\"try\"") -
                         story_events(&story, "call.intended", "web-01", "\"put_back\""));
    story_promises(&story);
    story_close(&story);
}

/* Its provider is the row's: one that comes before it in the pack is not asked, one behind it not tried. */
static void the_provider_is_the_one_that_did_it(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, guard_pack, guard_model);
    story_play(&story, STEPS "  - {step: guard, action: Guard_Host}\n", WEB);
    fake_world_break(story.stage.world, "web-01", "Guard_Host");
    recheck(&story);
    const struct run_task *task = rechecked(&story, 1);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_string_equal(run_task_provider(task)->name, "second");
    assert_string_equal(value_get_string(&row_of(&story, "Guard_Host", "second")->prior, "was", ""), "open");
    story_promises(&story);
    story_close(&story);
}

/* Asked for while it is held, made when nobody holds it any more: nothing is put back. */
static void what_nobody_holds_is_not_put_back(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    if (stage_release_all(&story.stage, &story.err) || stage_recheck_all(&story.stage, &story.err))
        fail_msg("%s", story.err.text);
    story_go_on(&story);
    story_ends(story_undo(&story, 1, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(rechecked(&story, 2), OUTCOME_SKIPPED, "nobody holds it any more");
    assert_false(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
    assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 0);
    story_promises(&story);
    story_close(&story);
}

static void a_release_bars_a_recheck(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    fake_world_break(story.stage.world, "web-01", "Isolate_Endpoint");
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 1});
    if (stage_recheck_all(&story.stage, &story.err))
        fail_msg("%s", story.err.text);
    story_pass(&story, 500);
    assert_int_equal(rechecked(&story, 1)->state, TASK_RESTING);
    story_release(&story);
    story_ends(rechecked(&story, 1), OUTCOME_REFUSED, "released meanwhile");
    assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Isolate_Endpoint"), 1);
    story_promises(&story);
    story_close(&story);
}

/* Wherever it dies, it is put back, and by nobody twice. */
static void it_outlives_a_crash(void **state)
{
    static const char *const points[] = {"alert", "open",    "check", "intent",
                                         "apply", "outcome", "arm",   "end"};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        struct rehearsal_crash crash = {.point = points[i], .step = "recheck", .away_ms = 1000};
        struct story story;

        story_open_with(&story, &(struct stage_options){.seed = i, .crashes = &crash, .crash_count = 1},
                        NULL);
        story_play(&story, ISOLATE, WEB);
        fake_world_break(story.stage.world, "web-01", "Isolate_Endpoint");
        recheck(&story);
        if (i > 0)
            assert_true(crash.used);
        assert_true(rechecked(&story, 1)->outcome == OUTCOME_CHANGED);
        assert_true(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
        assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Isolate_Endpoint"), 2);
        story_promises(&story);
        story_close(&story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_in_force_is_left_alone),
                                       cmocka_unit_test(what_was_undone_is_put_back),
                                       cmocka_unit_test(the_provider_is_the_one_that_did_it),
                                       cmocka_unit_test(what_nobody_holds_is_not_put_back),
                                       cmocka_unit_test(a_release_bars_a_recheck),
                                       cmocka_unit_test(it_outlives_a_crash)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
