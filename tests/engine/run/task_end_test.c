/* Property: how a try and a task end. Transient: tried again after a pause that doubles; off for longer: a
 * standing order until its time is up; denied and permanent: at once; in doubt: a look decides, and where no
 * look can, a person. What a stopped or undone task says is what is true, and the ledger never loses a host
 * that is still contained. Method: stories with one fault each. */
#include "tests/engine/run/packs.h"
#include "tests/engine/run/story.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define BELL    STEPS "  - {step: ring, action: Ring_Bell}\n"
#define DAY_MS  INT64_C(86400000)

static void meet(struct story *story, const char *function, enum fake_fate fate, int times)
{
    story_fault(story,
                &(struct fake_fault){
                    .target = "web-01", .function = function, .fate = fate, .why = "no", .times = times});
}

static bool is_contained(struct story *story)
{
    return fake_world_contained(story->stage.world, "host:web-01", "Isolate_Endpoint");
}

static size_t rows(const struct story *story)
{
    return ledger_row_count(loop_ledger(story_loop(story)));
}

static int64_t at_of(const struct story *story, const char *kind, int nth)
{
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);

    for (size_t i = 0; i < memory_disk_event_count(disk); i++)
        if (strcmp(memory_disk_event(disk, i)->kind, kind) == 0 && nth-- == 0)
            return memory_disk_event(disk, i)->at_ms;
    fail_msg("no %s", kind);
    return 0;
}

static void transient_is_tried_again_with_a_doubling_pause(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    meet(&story, NULL, FATE_REFUSE, 2);
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "task.retry", "web-01", "\"class\":\"transient\""), 2);
    int64_t first = at_of(&story, "task.retry", 1) - at_of(&story, "task.retry", 0);
    int64_t second = at_of(&story, "task.checked", 0) - at_of(&story, "task.retry", 1);

    assert_in_range(first, 2000, 2500); /* and a fifth at most, by hash */
    assert_in_range(second, 4000, 5000);
    story_close(&story);
}

static void the_playbook_says_how_often(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "offline: {keep_trying: 2h}\n");
    meet(&story, NULL, FATE_REFUSE, 1000);
    story_play(&story,
               STEPS
               "  - {step: isolate, action: Isolate_Endpoint, retry: {attempts: 5, backoff: linear, initial: "
               "1s, max: 2s}}\n",
               WEB);
    assert_int_equal(story_events(&story, "task.retry", "web-01", ""), 4);
    assert_in_range(at_of(&story, "task.retry", 3) - at_of(&story, "task.retry", 2), 2000, 2500);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_FAILED, "given up");
    story_close(&story);
}

static void denied_and_permanent_end_at_once(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    meet(&story, "ssh.run", FATE_FAIL, 1);
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_FAILED, "no");
    assert_int_equal(story_events(&story, "task.retry", "", ""), 0);
    assert_int_equal(rows(&story), 1); /* behind an intent: perhaps */
    assert_false(ledger_row_at(loop_ledger(story_loop(&story)), 0)->held);
    story_close(&story);
}

static void a_host_that_is_off_is_a_standing_order(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    meet(&story, NULL, FATE_REFUSE, 8);
    story_play(&story, ISOLATE, WEB);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(story_events(&story, "task.pending", "web-01", "\"pending\":\"offline\""), 6);
    assert_in_range(at_of(&story, "task.pending", 1) - at_of(&story, "task.pending", 0), 60000, 60000 + 100);
    assert_in_range(at_of(&story, "task.pending", 2) - at_of(&story, "task.pending", 1), 120000,
                    120000 + 100);
    assert_in_range(at_of(&story, "task.pending", 5) - at_of(&story, "task.pending", 4), 600000,
                    600000 + 100); /* at most */
    story_close(&story);
}

static void off_for_its_whole_time_is_failed(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    meet(&story, NULL, FATE_REFUSE, 100000);
    story_play(&story, ISOLATE, WEB);
    const struct run_task *task = story_task(&story, 0, "isolate", "web-01");

    story_ends(task, OUTCOME_FAILED, "given up");
    assert_in_range(task->ended_ms - task->opened_ms, DAY_MS, DAY_MS + 60000);
    assert_int_equal(rows(&story), 0);
    story_close(&story);
}

static void a_lost_answer_is_decided_by_a_look(void **state)
{
    static const enum fake_fate fates[] = {FATE_LOSE, FATE_HANG, FATE_LATE};

    (void)state;
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        struct story story;

        story_open(&story, NULL);
        meet(&story, "ssh.run", fates[i], 1);
        story_play(&story, ISOLATE, WEB);
        story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
        assert_int_equal(story_events(&story, "call.ended", "web-01", "\"class\":\"unknown\""), 1);
        story_pass(&story, 300000);
        story_promises(&story);
        story_close(&story);
    }
}

static void what_no_look_can_tell_is_asked(void **state)
{
    static const struct {
        const char *answer;
        enum task_outcome outcome;
        int rings;
    } cases[] = {{"done", OUTCOME_CHANGED, 1}, {"again", OUTCOME_CHANGED, 2}, {"not", OUTCOME_PARTIAL, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story story;

        story_open(&story, NULL);
        meet(&story, "ssh.run", FATE_LOSE, 1);
        story_play(&story, BELL, WEB);
        assert_int_equal(story_task(&story, 0, "ring", "web-01")->state, TASK_HELD);
        story_answer(&story, "D-1", cases[i].answer);
        story_ends(story_task(&story, 0, "ring", "web-01"), cases[i].outcome, NULL);
        assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Ring_Bell"), cases[i].rings);
        story_close(&story);
    }
}

/* Cut off behind an intent and never reachable again: nobody could look, so a person is asked at the end. */
static void a_doubt_nobody_could_look_at_is_asked(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, "offline: {keep_trying: 1h}\n");
    meet(&story, "ssh.run", FATE_LOSE, 1);
    story_fault(&story,
                &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 1000, .after = 3});
    story_play(&story, ISOLATE, WEB);
    const struct run_task *task = story_task(&story, 0, "isolate", "web-01");

    assert_int_equal(task->state, TASK_HELD);
    assert_true(story_events(&story, "task.pending", "web-01", "\"pending\":\"doubt\"") > 1);
    assert_false(ledger_row_at(loop_ledger(story_loop(&story)), 0)->held);
    story_answer(&story, "D-1", "not");
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_PARTIAL, NULL);
    assert_int_equal(rows(&story), 1); /* still perhaps */
    story_close(&story);
}

static void a_rollback_frees_what_the_run_holds(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB); /* another run holds web-01, too */
    story_fault(&story,
                &(struct fake_fault){
                    .target = "web-02", .function = "ssh.run", .fate = FATE_FAIL, .times = 1, .after = 2});
    story_play(&story,
               STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
                     "  - {step: mark, action: Mark_Host, enough: all, on_failure: rollback}\n",
               BOTH);
    const struct run *run = story_run(&story, 1);
    const struct ledger_row *row =
        ledger_find(loop_ledger(story_loop(&story)), "host:web-01", "Isolate_Endpoint", "linux-nftables", "");

    assert_int_equal(story_events(&story, "run.rollback", "", ""), 1);
    assert_true(is_contained(&story));
    assert_int_equal(row->holder_count, 1); /* found so by us: that hold ended, the other run's did not */
    assert_string_equal(row->holders[0].run, story_run(&story, 0)->id);
    assert_false(fake_world_contained(story.stage.world, "host:web-02", "Isolate_Endpoint"));
    story_ends(run_task_find(run, "isolate", "", "host:web-01", true), OUTCOME_SKIPPED, "holds it, too");
    story_ends(run_task_find(run, "isolate", "", "host:web-02", true), OUTCOME_CHANGED, NULL);
    assert_int_equal(run->result, RESULT_PARTIAL);
    story_close(&story);
}

/* One of two runs lets go: nothing is reverted. The last one frees. */
static void the_last_holder_frees(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    story_play(&story, ISOLATE, WEB);
    const struct ledger_row *row = ledger_row_at(loop_ledger(story_loop(&story)), 0);
    const char *first[] = {story_run(&story, 0)->id};
    struct run_about about = {.target = "host:web-01",
                              .name = "web-01",
                              .action = "Isolate_Endpoint",
                              .provider = "linux-nftables",
                              .place = "",
                              .pack = pack_shelf_find(story.stage.shelf, "Isolate_Endpoint"),
                              .args = value_copy(story.stage.arena, &row->args),
                              .host = value_copy(story.stage.arena, &row->host),
                              .free_count = 1,
                              .free_runs = first};

    assert_int_equal(rehearsal_request(story.stage.rehearsal,
                                       &(struct loop_request){.about = &about, .about_count = 1}, NULL),
                     0);
    story_go_on(&story);
    story_ends(story_undo(&story, 2, "web-01"), OUTCOME_SKIPPED, "holds it, too");
    assert_true(is_contained(&story));
    story_release(&story);
    story_ends(story_undo(&story, 3, "web-01"), OUTCOME_CHANGED, NULL);
    assert_false(is_contained(&story));
    assert_int_equal(rows(&story), 0);
    story_promises(&story);
    story_close(&story);
}

/* Two rows of one target and action, done in two ways: each is a task of its own, and the run comes to its
 * end. */
static void two_rows_of_one_target_are_released_apart(void **state)
{
    static const char *const providers[] = {"first", "second"};
    struct run_about about[2];
    struct story story;

    (void)state;
    story_open(&story, NULL);
    stage_pack(&story.stage, guard_pack, guard_model);
    story_play(&story, STEPS "  - {step: guard, action: Guard_Host}\n", WEB);
    const struct ledger_row *row = ledger_row_at(loop_ledger(story_loop(&story)), 0);
    const char *runs[] = {story_run(&story, 0)->id};

    for (int i = 0; i < 2; i++)
        about[i] = (struct run_about){.target = "host:web-01",
                                      .name = "web-01",
                                      .action = "Guard_Host",
                                      .provider = providers[i],
                                      .place = "",
                                      .pack = pack_shelf_find(story.stage.shelf, "Guard_Host"),
                                      .args = value_copy(story.stage.arena, &row->args),
                                      .host = value_copy(story.stage.arena, &row->host),
                                      .free_count = 1,
                                      .free_runs = runs};
    assert_int_equal(rehearsal_request(story.stage.rehearsal,
                                       &(struct loop_request){.about = about, .about_count = 2}, NULL),
                     0);
    story_go_on(&story);
    const struct run *run = story_run(&story, 1);

    assert_int_equal(run->state, RUN_ENDED);
    assert_int_equal(run->task_count, 2);
    for (int i = 0; i < 2; i++)
        story_ends(run->tasks[i],
                   strcmp(run_task_provider(run->tasks[i])->name, "first") == 0 ? OUTCOME_UNSUPPORTED
                                                                                : OUTCOME_CHANGED,
                   NULL);
    assert_int_equal(rows(&story), 0);
    story_close(&story);
}

/* A release that was stopped before it did anything leaves the ledger as it was: the host is still contained.
 */
static void a_stopped_release_loses_nothing(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    meet(&story, NULL, FATE_REFUSE, 3);
    if (stage_release_all(&story.stage, &story.err))
        fail_msg("%s", story.err.text);
    story_pass(&story, 1000);
    assert_int_equal(loop_cancel(story_loop(&story), story_run(&story, 1)->id, "ana", "", NULL), 0);
    story_go_on(&story);
    story_ends(story_undo(&story, 1, "web-01"), OUTCOME_SKIPPED, "stopped");
    assert_int_equal(story_run(&story, 1)->result, RESULT_CANCELLED);
    assert_int_equal(ledger_row_at(loop_ledger(story_loop(&story)), 0)->holder_count, 1);
    assert_true(is_contained(&story));
    story_promises(&story);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transient_is_tried_again_with_a_doubling_pause),
        cmocka_unit_test(the_playbook_says_how_often),
        cmocka_unit_test(denied_and_permanent_end_at_once),
        cmocka_unit_test(a_host_that_is_off_is_a_standing_order),
        cmocka_unit_test(off_for_its_whole_time_is_failed),
        cmocka_unit_test(a_lost_answer_is_decided_by_a_look),
        cmocka_unit_test(what_no_look_can_tell_is_asked),
        cmocka_unit_test(a_doubt_nobody_could_look_at_is_asked),
        cmocka_unit_test(a_rollback_frees_what_the_run_holds),
        cmocka_unit_test(the_last_holder_frees),
        cmocka_unit_test(two_rows_of_one_target_are_released_apart),
        cmocka_unit_test(a_stopped_release_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
