/* Property: starting is recovering. What a crash left is gone on with: calls that were out are unknown and
 * looked at, answers reach those who wait for them, a release bars whom it barred; a run that can't be read
 * harms nobody else; the clock that was set and a clean end are noted. Method: the rows of the table of
 * crashes as stories that die there; then lives led by hand, with something written to the disk between them.
 */
#include "tests/engine/loop/life.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"

/* A look and the intent that follows it are one batch: who dies with the first has the second on the disk. */
struct row {
    const char *point;
    int64_t away_ms;
    int intents; /* of the first call, to web-01 */
    int lapses;
};

static void each_place_to_die_is_gone_on_from(void **state)
{
    static const struct row rows[] = {
        {"alert", 5000, 1, 0}, {"open", 5000, 1, 0},    {"check", 5000, 2, 0}, {"intent", 5000, 2, 0},
        {"apply", 5000, 2, 0}, {"apply", 120000, 2, 1}, {"call", 5000, 2, 0},  {"arm", 5000, 2, 0},
        {"arm", 120000, 2, 1}, {"end", 5000, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rehearsal_crash crash = {.point = rows[i].point, .away_ms = rows[i].away_ms};
        struct story story;

        story_open_with(&story, &(struct stage_options){.seed = 3, .crashes = &crash, .crash_count = 1},
                        NULL);
        story_play(&story, ISOLATE, WEB);
        if (!crash.used || rehearsal_lives(story.stage.rehearsal) != 2)
            fail_msg("%s: no crash", rows[i].point);
        story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
        if (story_events(&story, "call.intended", "web-01", "\"position\":1,") != rows[i].intents)
            fail_msg("%s: %d intents", rows[i].point,
                     story_events(&story, "call.intended", "web-01", "\"position\":1,"));
        assert_int_equal(fake_world_lapses(story.stage.world, "host:web-01", "Isolate_Endpoint"),
                         rows[i].lapses);
        assert_int_equal(fake_world_changes(story.stage.world, "host:web-01", "Isolate_Endpoint"),
                         1 + rows[i].lapses);
        story_promises(&story);
        story_close(&story);
    }
}

/* web-01 has ended, web-02 rests: a crash uses up no retry, and what has ended is not looked at again. */
static void a_crash_uses_up_no_retry(void **state)
{
    struct rehearsal_crash crash = {.point = "retry", .away_ms = 100};
    struct story story;

    (void)state;
    story_open_with(&story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = 1}, NULL);
    story_fault(&story, &(struct fake_fault){.target = "web-02", .fate = FATE_REFUSE, .times = 2});
    story_play(&story, ISOLATE, BOTH);
    assert_int_equal(rehearsal_lives(story.stage.rehearsal), 2);
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    assert_int_equal(story_events(&story, "task.retry", "web-02", ""), 2);
    assert_int_equal(story_events(&story, "task.pending", "", ""), 0);
    story_promises(&story);
    story_close(&story);
}

static void a_clean_end_and_each_start_are_noted(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    story_open(&story, NULL);
    life_init(&life, &story);
    life_begin(&life);
    life_rest(&life);
    loop_stop(life.loop);
    loop_stop(life.loop); /* once */
    life_end(&life);
    assert_int_equal(life_events(&life, "-", "engine.started", "\"boot\":\"first\""), 1);
    assert_int_equal(life_events(&life, "-", "engine.stopped", "\"boot\":\"first\""), 1);
    life_begin(&life);
    life_end(&life); /* cut off */
    assert_int_equal(life_events(&life, "-", "engine.started", ""), 2);
    assert_int_equal(life_events(&life, "-", "engine.stopped", ""), 1);
    assert_int_equal(life_last(&life, "-"), 3);
    life_done(&life);
    story_close(&story);
}

static void a_wall_clock_that_was_set_is_noted_once(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    story_open(&story, NULL);
    life_init(&life, &story);
    life_begin(&life);
    int64_t first_ms = loop_now(life.loop);

    life_end(&life);
    assert_int_equal(life_events(&life, "-", "clock.set", ""), 0);
    life.wall_off_ms = -900; /* less than a second is nobody's hand */
    life_begin(&life);
    life_end(&life);
    assert_int_equal(life_events(&life, "-", "clock.set", ""), 0);
    life.wall_off_ms = -3600000;
    life_begin(&life);
    assert_in_range(loop_now(life.loop), first_ms, first_ms + 60000); /* it follows nobody */
    life_end(&life);
    assert_int_equal(life_events(&life, "-", "clock.set", "\"ahead_ms\":3600000"), 1);
    life_begin(&life);
    life_end(&life);
    assert_int_equal(life_events(&life, "-", "clock.set", ""), 1);
    life.wall_off_ms = 0;
    life_begin(&life);
    life_end(&life);
    assert_int_equal(life_events(&life, "-", "clock.set", "\"ahead_ms\":0"), 1);
    life_done(&life);
    story_close(&story);
}

/* Its playbook's text is nowhere: it is left out and named, and the others go on. */
static void a_run_that_cannot_be_read_stops_nobody(void **state)
{
    static const char *const bodies[] = {
        "{\"kind\":\"playbook\",\"mode\":\"real\",\"playbook\":\"00ff\",\"packs\":{}}",
        "{\"kind\":\"playbook\",\"playbook\":7,\"packs\":[\"x\"]}",
        "{\"kind\":\"playbook\",\"playbook\":{},\"packs\":{\"Isolate\":7}}",
        "{\"kind\":\"release\",\"about\":[{\"target\":7,\"free\":[1]}]}",
        "{}",
    };
    struct story story;
    struct life life;
    struct run *run;

    (void)state;
    story_open(&story, NULL);
    life_init(&life, &story);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char *id = arena_printf(story.stage.arena, "R-bad-%zu", i);

        life_write(
            &life,
            &(struct soar_event){.run = id,
                                 .n = 1,
                                 .at_ms = 1,
                                 .kind = "run.started",
                                 .step = "",
                                 .item = "",
                                 .target = "",
                                 .body = bodies[i]},
            &(struct soar_row){
                .view = SOAR_VIEW_RUN, .key = id, .run = id, .state = "running", .at_ms = 1, .body = "{}"});
    }
    life_begin(&life);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char *id = arena_printf(story.stage.arena, "R-bad-%zu", i);

        assert_non_null(loop_broken(life.loop, id));
        assert_null(loop_run_find(life.loop, id));
        assert_null(loop_run_any(life.loop, id));
        assert_int_equal(loop_fold(life.loop, id, &run, &story.err), -1);
    }
    assert_null(loop_broken(life.loop, "R-good"));
    run = life_request(&life, ISOLATE, WEB);
    life_rest(&life);
    assert_int_equal(run->result, RESULT_COMPLETED);
    life_done(&life);
    story_close(&story);
}

/* The batch that held the answer is on the disk, the one that freed its tasks is not. */
static void an_answer_reaches_who_waits_for_it(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    life_init(&life, &story);
    life_begin(&life);
    life_request(&life, ISOLATE, BOTH);
    life_rest(&life);
    const struct ledger_ask *ask = ledger_ask_at(loop_ledger(life.loop), 0);

    assert_string_equal(ask->id, "H-1");
    int64_t now_ms = loop_now(life.loop);

    life_end(&life);
    life_write(
        &life,
        &(struct soar_event){.run = "-",
                             .n = life_last(&life, "-") + 1,
                             .at_ms = now_ms,
                             .kind = "ask.closed",
                             .step = "",
                             .item = "",
                             .target = "",
                             .body = "{\"ask\":\"H-1\",\"result\":\"yes\",\"by\":\"ben\"}"},
        &(struct soar_row){.view = SOAR_VIEW_ASK,
                           .key = "H-1",
                           .run = "",
                           .state = "closed",
                           .at_ms = now_ms,
                           .body = "{\"kind\":\"hold\",\"rule\":\"x\",\"result\":\"yes\",\"by\":\"ben\"}"});
    life_write(&life,
               &(struct soar_event){.run = "-",
                                    .n = life_last(&life, "-") + 1,
                                    .at_ms = now_ms,
                                    .kind = "note",
                                    .step = "",
                                    .item = "",
                                    .target = "",
                                    .body = "{}"},
               &(struct soar_row){.view = SOAR_VIEW_RUN,
                                  .key = "-",
                                  .run = "-",
                                  .state = "engine",
                                  .at_ms = now_ms,
                                  .body = arena_printf(story.stage.arena, "{\"n\":%lld,\"boot\":\"first\"}",
                                                       (long long)life_last(&life, "-") + 1)});
    life_begin(&life);
    life_rest(&life);
    assert_int_equal(life_events(&life, NULL, "task.freed", "\"by\":\"ben\""), 1);
    assert_int_equal(loop_run_at(life.loop, 0)->result, RESULT_COMPLETED);
    life_done(&life);
    story_close(&story);
}

/* Released while a try rests, cut off, started again: it is not put back. */
static void a_release_bars_what_rests(void **state)
{
    static const char *const points[] = {NULL, "release", "freed", "alert"};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        struct rehearsal_crash crash = {.point = points[i], .used = points[i] == NULL, .away_ms = 1000};
        struct story story;

        story_open_with(&story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = i > 0},
                        NULL);
        crash.used = true;
        story_play(&story, ISOLATE, WEB);
        story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 5});
        story_begin(&story, ISOLATE, WEB);
        story_pass(&story, 2000);
        assert_int_equal(story_task(&story, 1, "isolate", "web-01")->state, TASK_RESTING);
        crash.used = points[i] == NULL;
        story_release(&story);
        story_ends(story_task(&story, 1, "isolate", "web-01"), OUTCOME_REFUSED, "released");
        story_ends(story_undo(&story, 2, "web-01"), OUTCOME_CHANGED, NULL);
        story_pass(&story, 3600000);
        assert_false(fake_world_contained(story.stage.world, "host:web-01", "Isolate_Endpoint"));
        assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 0);
        story_promises(&story);
        story_close(&story);
    }
}

/* A local command moves only what it was told to. */
static void a_parked_run_waits_until_it_is_asked_for(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    story_open(&story, NULL);
    life_init(&life, &story);
    life_begin(&life);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 3});
    life_request(&life, ISOLATE, WEB);
    while (life_events(&life, NULL, "task.retry", "") == 0) {
        loop_turn(life.loop);
        fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 10);
    }
    life_end(&life);
    life.park = true;
    life_begin(&life);
    const struct run *run = loop_run_at(life.loop, 0);
    int64_t n = run->n;

    fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 3600000);
    life_rest(&life);
    assert_true(loop_run_parked(life.loop, run));
    assert_int_equal(run->n, n);
    assert_int_equal(loop_retry_now(life.loop, run->id, NULL, &story.err), 0);
    life_rest(&life);
    assert_int_equal(run->result, RESULT_COMPLETED);
    life_done(&life);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_to_die_is_gone_on_from),
        cmocka_unit_test(a_crash_uses_up_no_retry),
        cmocka_unit_test(a_clean_end_and_each_start_are_noted),
        cmocka_unit_test(a_wall_clock_that_was_set_is_noted_once),
        cmocka_unit_test(a_run_that_cannot_be_read_stops_nobody),
        cmocka_unit_test(an_answer_reaches_who_waits_for_it),
        cmocka_unit_test(a_release_bars_what_rests),
        cmocka_unit_test(a_parked_run_waits_until_it_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
