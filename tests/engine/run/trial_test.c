/* Property: one try: a look before each intent, an intent before each effect, guard-rails before the first
 * call and again at the intent, one lock per target and kind, a call whose answer was lost keeps its lock.
 * Method: stories with one thing that goes wrong, read from the events on the disk. */
#include "tests/engine/run/story.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define MARK    STEPS "  - {step: mark, action: Mark_Host}\n"

static void a_try_looks_then_intends_then_proves(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, MARK, WEB);
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_CHANGED, NULL);
    assert_true(story_place(&story, "task.checked", "mark", "web-01") <
                story_place(&story, "call.intended", "mark", "web-01"));
    assert_int_equal(story_events(&story, "call.intended", "web-01", ""), 2);
    assert_int_equal(story_events(&story, "call.ended", "web-01", "\"class\":\"done\""), 2);
    assert_int_equal(fake_world_calls(story.stage.world, "web-01", "ssh.read"), 2); /* before and after */
    story_promises(&story);
    story_close(&story);
}

/* What may never be touched is refused before anybody speaks to it. */
static void a_protected_host_is_never_spoken_to(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "never: [{hosts: [web-01], why: the last way in}]\n");
    story_play(&story, ISOLATE, BOTH);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_REFUSED, "the last way in");
    story_ends(story_task(&story, 0, "isolate", "web-02"), OUTCOME_CHANGED, NULL);
    assert_int_equal(fake_world_calls(story.stage.world, "web-01", NULL), 0);
    assert_int_equal(story_events(&story, "call.intended", "web-01", ""), 0);
    story_close(&story);
}

/* Look, guard-rail and intent are one turn: of two side by side one gets the last place of a budget. */
static void one_of_two_gets_the_last_place(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: refuse}}\n");
    story_play(&story, ISOLATE, BOTH);
    const struct run_task *one = story_task(&story, 0, "isolate", "web-01");
    const struct run_task *two = story_task(&story, 0, "isolate", "web-02");

    assert_int_not_equal(one->outcome, two->outcome);
    story_ends(one->outcome == OUTCOME_CHANGED ? two : one, OUTCOME_REFUSED, "blast_radius");
    story_close(&story);
}

static void a_second_try_spends_nothing(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: refuse}}\n");
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_LOSE, .times = 1});
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void held_freed_and_looked_at_again(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    story_play(&story, ISOLATE, BOTH);
    assert_int_equal(story_events(&story, "task.held", "", ""), 1);
    assert_true(run_waits_for_person(story_run(&story, 0)));
    story_answer(&story, "H-1", "yes");
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    assert_int_equal(story_events(&story, "task.checked", "", ""), 3); /* the held one twice */
    story_close(&story);
}

static void a_no_ends_it_refused(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    story_play(&story, ISOLATE, BOTH);
    story_answer(&story, "H-1", "no");
    assert_int_equal(story_events(&story, "task.ended", "", "\"outcome\":\"refused\""), 1);
    assert_int_equal(story_run(&story, 0)->result, RESULT_PARTIAL);
    story_close(&story);
}

static void two_runs_on_one_host_wait_for_each_other(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_begin(&story, ISOLATE, WEB);
    story_begin(&story, ISOLATE, WEB);
    story_go_on(&story);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(story_task(&story, 1, "isolate", "web-01"), OUTCOME_ALREADY, story_run(&story, 0)->id);
    assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Isolate_Endpoint"), 1);
    assert_int_equal(ledger_row_at(loop_ledger(story_loop(&story)), 0)->holder_count, 2);
    story_close(&story);
}

static int64_t first_at(const struct story *story, const char *kind, const char *run)
{
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);

    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *event = memory_disk_event(disk, i);

        if (strcmp(event->kind, kind) == 0 && strcmp(event->run, run) == 0)
            return event->at_ms;
    }
    fail_msg("%s has no %s", run, kind);
    return 0;
}

/* A lost call may still act: nobody else gets in before it is over, at its deadline. */
static void a_lost_call_keeps_others_out(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_LATE, .times = 1});
    story_begin(&story, STEPS "  - {step: mark, action: Mark_Host, retry: {attempts: 1}}\n", WEB);
    story_begin(&story, MARK, WEB);
    story_go_on(&story);
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_CHANGED, NULL);
    assert_true(first_at(&story, "task.checked", story_run(&story, 1)->id) -
                    first_at(&story, "call.intended", story_run(&story, 0)->id) >=
                30000);
    assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Mark_Host"), 1);
    story_promises(&story);
    story_close(&story);
}

static void an_answer_twice_counts_once(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_TWICE, .times = 100});
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "call.intended", "web-01", ""),
                     story_events(&story, "call.ended", "web-01", ""));
    story_close(&story);
}

/* The dead man is told only when all is well: cut off between arming and disarming, and away for longer than
 * he waits, the host freed itself; the next look sees that and does it again. */
static void the_dead_man_was_quicker(void **state)
{
    struct rehearsal_crash crash = {.point = "arm", .away_ms = 120000};
    struct story story;

    (void)state;
    story_open_with(&story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = 1}, NULL);
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(fake_world_lapses(story.stage.world, "host:web-01", "Isolate_Endpoint"), 1);
    story_pass(&story, 300000);
    assert_true(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
    story_promises(&story);
    story_close(&story);
}

static void a_dry_run_writes_nothing(void **state)
{
    static const enum run_mode modes[] = {MODE_DRY, MODE_PLAN};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct story story;
        struct value *alert;

        story_open(&story, NULL);
        alert = arena_alloc(story.stage.arena, sizeof *alert);
        *alert = stage_alert(&story.stage, WEB);
        assert_int_equal(
            rehearsal_request(story.stage.rehearsal,
                              &(struct loop_request){.playbook = stage_playbook(&story.stage, ISOLATE),
                                                     .mode = modes[i],
                                                     .alert = alert},
                              NULL),
            0);
        story_go_on(&story);
        story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_SKIPPED,
                   i ? "not asked" : "would be isolated");
        assert_int_equal(fake_world_calls(story.stage.world, "web-01", "ssh.run"), 0);
        assert_int_equal(fake_world_calls(story.stage.world, "web-01", NULL) > 0, i == 0);
        assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 0);
        story_close(&story);
    }
}

/* What comes after a step is planned as if that one went well; what its targets would have said isn't known.
 */
static void a_plan_shows_what_comes_after(void **state)
{
    static const char playbook[] = ISOLATE
        "  - {step: mark, action: Mark_Host, needs: [isolate]}\n"
        "  - {step: same, action: Mark_Host, needs: [isolate], targets: \"{{steps.isolate.changed}}\"}\n"
        "  - {step: worse, action: Mark_Host, targets: \"{{steps.isolate.failed}}\"}\n"
        "  - {step: kept, action: Mark_Host, when: \"steps.isolate.kept['web-01'].listing == 'x'\"}\n";
    static const enum run_mode modes[] = {MODE_DRY, MODE_PLAN};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct story story;
        struct value *alert;

        story_open(&story, NULL);
        alert = arena_alloc(story.stage.arena, sizeof *alert);
        *alert = stage_alert(&story.stage, WEB);
        assert_int_equal(
            rehearsal_request(story.stage.rehearsal,
                              &(struct loop_request){.playbook = stage_playbook(&story.stage, playbook),
                                                     .mode = modes[i],
                                                     .alert = alert},
                              NULL),
            0);
        story_go_on(&story);
        assert_true(story_task(&story, 0, "mark", "web-01")->would);
        assert_true(story_task(&story, 0, "same", "web-01")->would);
        story_step(&story, 0, "worse", STEP_REFUSED);
        const struct run *run = story_run(&story, 0);

        assert_non_null(strstr(run->steps[4].why, "it depends on what isolate keeps of web-01"));
        assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 0);
        story_close(&story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_try_looks_then_intends_then_proves),
        cmocka_unit_test(a_protected_host_is_never_spoken_to),
        cmocka_unit_test(one_of_two_gets_the_last_place),
        cmocka_unit_test(a_second_try_spends_nothing),
        cmocka_unit_test(held_freed_and_looked_at_again),
        cmocka_unit_test(a_no_ends_it_refused),
        cmocka_unit_test(two_runs_on_one_host_wait_for_each_other),
        cmocka_unit_test(a_lost_call_keeps_others_out),
        cmocka_unit_test(an_answer_twice_counts_once),
        cmocka_unit_test(the_dead_man_was_quicker),
        cmocka_unit_test(a_dry_run_writes_nothing),
        cmocka_unit_test(a_plan_shows_what_comes_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
