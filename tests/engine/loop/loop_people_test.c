/* Property: what people say is an event before it has an effect; what can't be said now is refused with what
 * there is instead; `stop` ends what waits, whatever it waits for, and a question nobody waits for is closed.
 * Method: runs that wait for a person, for a time, for a lock, or roll back, and a word to each. */
#include "tests/engine/loop/life.h"

#define ISOLATE     STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define ONE_AN_HOUR "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n"

static void stop(struct story *story, size_t run)
{
    if (loop_cancel(story_loop(story), story_run(story, run)->id, "ana", "enough", &story->err))
        fail_msg("%s", story->err.text);
    story_go_on(story);
    assert_int_equal(story_run(story, run)->state, RUN_ENDED);
    assert_int_equal(story_run(story, run)->result, RESULT_CANCELLED);
}

static void an_answer_is_given_once_and_fits(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, ONE_AN_HOUR);
    story_play(&story, ISOLATE, BOTH);
    struct loop *loop = story_loop(&story);

    assert_int_equal(loop_answer(loop, "H-9", "yes", "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "there is no question H-9"));
    assert_int_equal(loop_answer(loop, "H-1", "done", "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "override or drop"));
    assert_int_equal(story.err.class, SOAR_INVALID);
    story_answer(&story, "H-1", "yes");
    assert_int_equal(story_events(&story, "ask.answered", "", "\"by\":\"ana\""), 1);
    assert_int_equal(loop_answer(loop, "H-1", "no", "ben", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "was answered: yes, by ana"));
    story_close(&story);
}

static void one_answer_frees_all_that_a_hold_gathered(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, ONE_AN_HOUR);
    story_play(&story, ISOLATE, ALERT("\"web-02\""));
    story_begin(&story, ISOLATE, WEB);
    story_begin(&story, ISOLATE, WEB);
    story_go_on(&story);
    assert_int_equal(ledger_ask_count(loop_ledger(story_loop(&story))), 1);
    assert_int_equal(ledger_ask_at(loop_ledger(story_loop(&story)), 0)->member_count, 2);
    story_answer(&story, "H-1", "yes");
    story_ends(story_task(&story, 1, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(story_task(&story, 2, "isolate", "web-01"), OUTCOME_ALREADY, NULL);
    story_close(&story);
}

/* An answer while the engine was away between asking and holding, and after it: nobody is asked twice. */
static void a_question_outlives_a_crash(void **state)
{
    static const char *const points[] = {"ask", "hold", "answer"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rehearsal_crash crash = {.point = points[i], .away_ms = 60000};
        struct story story;

        story_open_with(&story, &(struct stage_options){.seed = 1, .crashes = &crash, .crash_count = 1},
                        ONE_AN_HOUR);
        story_play(&story, ISOLATE, BOTH);
        assert_int_equal(ledger_ask_count(loop_ledger(story_loop(&story))), 1);
        story_answer(&story, "H-1", "yes");
        assert_true(crash.used);
        assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
        assert_int_equal(story_events(&story, "ask.opened", "", ""), 1);
        story_promises(&story);
        story_close(&story);
    }
}

static void stop_ends_a_run_that_waits_for_a_person(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, ONE_AN_HOUR);
    story_play(&story, ISOLATE, BOTH);
    stop(&story, 0);
    assert_int_equal(story_events(&story, "task.ended", "", "\"outcome\":\"skipped\""), 1);
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(story_loop(&story)), "H-1");

    assert_false(ask->open); /* nobody waits for it any more */
    assert_string_equal(ask->result, "void");
    assert_int_equal(loop_answer(story_loop(&story), "H-1", "yes", "ana", "", NULL), -1);
    story_close(&story);
}

/* As a local command finds it: cut off, parked, waiting for a person or a time; it is stopped all the same.
 */
static void stop_ends_a_parked_run(void **state)
{
    static const char *const policies[] = {ONE_AN_HOUR, "offline: {keep_trying: 24h}\n"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct story story;
        struct life life;

        story_open(&story, policies[i]);
        if (i)
            story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 1000});
        life_init(&life, &story);
        life_begin(&life);
        const char *id = arena_string(story.stage.arena, life_request(&life, ISOLATE, BOTH)->id);

        for (int turn = 0; turn < 5000 && !life_events(&life, id, i ? "task.pending" : "task.held", "");
             turn++) {
            loop_turn(life.loop);
            fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 10);
        }
        life_end(&life);
        life.park = true;
        life_begin(&life);
        assert_int_equal(loop_cancel(life.loop, id, "ana", "", &story.err), 0);
        life_rest(&life);
        assert_int_equal(life_events(&life, id, "run.ended", "\"result\":\"cancelled\""), 1);
        assert_int_equal(life_events(&life, NULL, "ask.closed", "\"result\":\"void\""), 1 - i);
        life_done(&life);
        story_close(&story);
    }
}

/* Of two runs that one hold gathered one is stopped: the question stays for the other. */
static void stop_leaves_the_question_of_others(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, ONE_AN_HOUR);
    story_play(&story, ISOLATE, ALERT("\"web-02\""));
    story_begin(&story, ISOLATE, WEB);
    story_begin(&story, ISOLATE, WEB);
    story_go_on(&story);
    stop(&story, 1);
    assert_true(ledger_ask_find(loop_ledger(story_loop(&story)), "H-1")->open);
    story_answer(&story, "H-1", "yes");
    story_ends(story_task(&story, 2, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void stop_ends_a_run_that_waits_for_a_time(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 1000});
    story_begin(&story, ISOLATE, BOTH);
    story_pass(&story, 600000);
    assert_int_equal(story_task(&story, 0, "isolate", "web-01")->state, TASK_PENDING);
    size_t calls = fake_world_calls(story.stage.world, "web-01", NULL);

    stop(&story, 0);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_SKIPPED, "stopped");
    story_ends(story_task(&story, 0, "isolate", "web-02"), OUTCOME_CHANGED, NULL); /* nothing is undone */
    assert_int_equal(fake_world_calls(story.stage.world, "web-01", NULL), calls);
    assert_true(fake_world_contained(story.stage.world, "host:web-02", "Isolate_Endpoint"));
    story_promises(&story);
    story_close(&story);
}

static void stop_ends_a_run_that_waits_for_a_lock(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_HANG, .times = 1});
    story_begin(&story, ISOLATE, WEB);
    story_pass(&story, 100);
    story_begin(&story, ISOLATE, WEB);
    story_pass(&story, 100);
    int64_t from_ms = fake_world_now(story.stage.world);

    assert_int_equal(loop_cancel(story_loop(&story), story_run(&story, 1)->id, "ana", "", &story.err), 0);
    story_pass(&story, 100);
    assert_int_equal(story_run(&story, 1)->state, RUN_ENDED);
    assert_true(fake_world_now(story.stage.world) - from_ms < 1000); /* not when the other lets go */
    story_go_on(&story);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

/* What is in doubt is still looked at, since that is reading; nothing is undone. */
static void stop_still_looks_at_what_is_in_doubt(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_LOSE, .times = 1});
    story_begin(&story, STEPS "  - {step: mark, action: Mark_Host}\n", WEB);
    story_pass(&story, 50);
    stop(&story, 0);
    story_ends(story_task(&story, 0, "mark", "web-01"), OUTCOME_PARTIAL, "stopped");
    assert_int_equal(story_events(&story, "call.intended", "web-01", ""), 1);
    assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 1); /* perhaps */
    story_promises(&story);
    story_close(&story);
}

static void stop_ends_a_rollback(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story,
                &(struct fake_fault){
                    .target = "web-02", .function = "ssh.run", .fate = FATE_FAIL, .times = 1, .after = 3});
    story_begin(&story,
                STEPS "  - {step: isolate, action: Isolate_Endpoint}\n"
                      "  - {step: mark, action: Mark_Host, enough: all, on_failure: rollback}\n",
                BOTH);
    for (int i = 0; i < 300 && story_run(&story, 0)->state == RUN_RUNNING; i++)
        story_pass(&story, 10);
    assert_int_equal(story_run(&story, 0)->state, RUN_ROLLING_BACK);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 1000});
    story_pass(&story, 3000);
    assert_int_equal(story_run(&story, 0)->state, RUN_ROLLING_BACK);
    stop(&story, 0);
    const struct ledger *ledger = loop_ledger(story_loop(&story));

    assert_true(ledger_row_count(ledger) > 0); /* what is left is known */
    for (size_t i = 0; i < ledger_row_count(ledger); i++)
        assert_int_equal(ledger_row_at(ledger, i)->holder_count, 1);
    story_close(&story);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_play(&story, ISOLATE, WEB);
    struct loop *loop = story_loop(&story);
    const char *id = story_run(&story, 0)->id;

    assert_int_equal(loop_cancel(loop, id, "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "has ended"));
    assert_int_equal(loop_cancel(loop, "R-none", "ana", "", &story.err), -1);
    assert_int_equal(loop_retry_now(loop, id, NULL, &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    story_close(&story);
}

/* Asked for now, a standing order doesn't wait for its time. */
static void retry_now_looks_at_once(void **state)
{
    struct story story;

    (void)state;
    story_open(&story, NULL);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 6});
    story_begin(&story, ISOLATE, WEB);
    story_pass(&story, 600000);
    assert_int_equal(story_task(&story, 0, "isolate", "web-01")->state, TASK_PENDING);
    const char *id = story_run(&story, 0)->id;

    assert_int_equal(loop_retry_now(story_loop(&story), id, "web-02", &story.err), -1);
    assert_non_null(strstr(story.err.text, "nothing of it waits to be tried again on web-02"));
    assert_int_equal(loop_retry_now(story_loop(&story), id, "web-01", &story.err), 0);
    story_pass(&story, 1000);
    story_ends(story_task(&story, 0, "isolate", "web-01"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

/* By name, by key, or all that the run holds; the ledger keeps it over a restart. */
static void a_holder_is_extended(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    story_open(&story, NULL);
    life_init(&life, &story);
    life_begin(&life);
    const char *id = arena_string(story.stage.arena, life_request(&life, ISOLATE, BOTH)->id);

    life_rest(&life);
    int64_t until_ms = loop_now(life.loop) + 3600000;

    assert_int_equal(loop_extend(life.loop, id, "web-01", until_ms, "ana", &story.err), 0);
    assert_int_equal(life_events(&life, "-", "holder.extended", ""), 0);
    life_rest(&life);
    assert_int_equal(life_events(&life, "-", "holder.extended", "\"by\":\"ana\""), 1);
    life_end(&life);
    life_begin(&life);
    for (size_t i = 0; i < 2; i++) {
        const struct ledger_row *row = ledger_row_at(loop_ledger(life.loop), i);

        assert_int_equal(row->holders[0].until_ms, strcmp(row->name, "web-01") == 0 ? until_ms : 0);
    }
    assert_int_equal(loop_extend(life.loop, id, NULL, 0, "ana", &story.err), 0); /* no end */
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ledger_row_at(loop_ledger(life.loop), i)->holders[0].until_ms, 0);
    assert_int_equal(loop_extend(life.loop, id, "web-03", until_ms, "ana", &story.err), -1);
    assert_int_equal(loop_extend(life.loop, "R-none", NULL, until_ms, "ana", &story.err), -1);
    assert_non_null(strstr(story.err.text, "R-none holds nothing"));
    assert_int_equal(loop_extend(life.loop, id, NULL, 1, "ana", &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    until_ms = INT64_C(100) * 365 * 24 * 3600 * 1000; /* a century is no end */
    assert_int_equal(loop_extend(life.loop, id, NULL, loop_now(life.loop) + until_ms, "ana", &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    life_done(&life);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_given_once_and_fits),
        cmocka_unit_test(one_answer_frees_all_that_a_hold_gathered),
        cmocka_unit_test(a_question_outlives_a_crash),
        cmocka_unit_test(stop_ends_a_run_that_waits_for_a_person),
        cmocka_unit_test(stop_ends_a_parked_run),
        cmocka_unit_test(stop_leaves_the_question_of_others),
        cmocka_unit_test(stop_ends_a_run_that_waits_for_a_time),
        cmocka_unit_test(stop_ends_a_run_that_waits_for_a_lock),
        cmocka_unit_test(stop_still_looks_at_what_is_in_doubt),
        cmocka_unit_test(stop_ends_a_rollback),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(retry_now_looks_at_once),
        cmocka_unit_test(a_holder_is_extended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
