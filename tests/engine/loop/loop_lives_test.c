/* Property: a daemon forgets a run when its end is durable and nobody holds it, and finds it again in the
 * store; who waits for a lock or a time costs nothing and is not lost; no two ids are the same. Method: a
 * loop that forgets, led by hand, with few runs and with thousands. */
#include <stdlib.h>

#include "engine/loop/loop_parts.h"
#include "tests/engine/loop/life.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"

static void begin(struct life *life, struct story *story)
{
    story_open(story, NULL);
    life_init(life, story);
    life->forget = true;
    life_begin(life);
}

static void end(struct life *life, struct story *story)
{
    life_done(life);
    story_close(story);
}

static void what_has_ended_is_forgotten_once_that_is_durable(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    const char *id = arena_string(story.stage.arena, life_request(&life, ISOLATE, BOTH)->id);
    bool kept = true;

    for (int i = 0; i < 5000 && loop_run_find(life.loop, id); i++) {
        const struct run *run = loop_run_find(life.loop, id);

        if (run->state != RUN_ENDED && life_events(&life, id, "run.ended", ""))
            kept = false;
        if (!loop_turn(life.loop))
            fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 100);
    }
    assert_true(kept);
    assert_null(loop_run_find(life.loop, id));
    assert_int_equal(life_events(&life, id, "run.ended", ""), 1);
    assert_int_equal(loop_run_count(life.loop), 0);
    const struct run *again = loop_run_any(life.loop, id); /* out of the store, to be looked at */

    assert_non_null(again);
    assert_int_equal(again->result, RESULT_COMPLETED);
    assert_int_equal(again->task_count, 2);
    assert_ptr_equal(loop_run_any(life.loop, id), again);
    loop_turn(life.loop);
    assert_int_equal(loop_run_count(life.loop), 0); /* and no longer */
    assert_null(loop_run_any(life.loop, "R-none"));
    end(&life, &story);
}

static void what_is_held_is_kept(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    struct run *run = life_request(&life, ISOLATE, WEB);

    loop_run_hold(life.loop, run);
    life_rest(&life);
    for (int i = 0; i < 5; i++)
        loop_turn(life.loop);
    assert_int_equal(run->result, RESULT_COMPLETED);
    loop_run_let_go(life.loop, run);
    loop_turn(life.loop);
    assert_int_equal(loop_run_count(life.loop), 0);
    end(&life, &story);
}

/* A lost call may still act: until its deadline the target's lock is kept in its task's name, so the task is,
 * too. */
static void a_run_with_a_lost_call_is_kept_until_it_may_act_no_more(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_HANG, .times = 1});
    struct run *run = life_request(&life, ISOLATE, WEB);
    int64_t lost_ms = 0;
    int64_t ended_ms = 0;

    for (int i = 0; i < 20000 && loop_run_count(life.loop); i++) {
        if (run->task_count)
            lost_ms = run->tasks[0]->lost_until_ms;
        if (run->state == RUN_ENDED && !ended_ms)
            ended_ms = loop_now(life.loop);
        if (!loop_turn(life.loop))
            fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 100);
    }
    assert_int_equal(loop_run_count(life.loop), 0);
    assert_true(lost_ms > 0);
    assert_true(loop_now(life.loop) >= lost_ms);
    end(&life, &story);
}

/* Thousands that wait for one host: each gets its turn. */
static void thousands_wait_for_one_lock(void **state)
{
    enum { RUNS = 3000 };
    struct story story;
    struct life life;
    struct loop_counts counts;

    (void)state;
    begin(&life, &story);
    const struct playbook *playbook = stage_playbook(&story.stage, ISOLATE);
    struct value alert = stage_alert(&story.stage, WEB);

    for (int i = 0; i < RUNS; i++) {
        struct run *run;

        assert_int_equal(
            loop_request(life.loop,
                         &(struct loop_request){.playbook = playbook, .alert = &alert, .by = "ana"}, &run,
                         &story.err),
            0);
    }
    for (int steps = 0; steps < 200000 && !(loop_settled(life.loop) && !loop_waits_for_store(life.loop));
         steps++)
        if (!loop_turn(life.loop) && !loop_waits_for_store(life.loop)) {
            int64_t due = fake_world_due(story.stage.world);

            if (loop_due(life.loop) < due)
                due = loop_due(life.loop);
            fake_world_advance(story.stage.world, due);
        }
    loop_turn(life.loop);
    loop_counts(life.loop, &counts);
    assert_int_equal(counts.runs_started, RUNS);
    assert_int_equal(counts.runs_ended[RESULT_COMPLETED], RUNS);
    assert_int_equal(counts.runs_live, 0);
    assert_int_equal(loop_run_count(life.loop), 0);
    assert_int_equal(ledger_row_count(loop_ledger(life.loop)), 1);
    assert_int_equal(ledger_row_at(loop_ledger(life.loop), 0)->holder_count, RUNS);
    end(&life, &story);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In one second of the clock, across a restart within it. */
static void no_two_ids_are_the_same(void **state)
{
    enum { IDS = 20000 };
    struct story story;
    struct life life;
    const char **ids = calloc(2 * IDS, sizeof *ids);

    (void)state;
    begin(&life, &story);
    for (int i = 0; i < 3; i++)
        ids[i] = arena_string(story.stage.arena, life_request(&life, ISOLATE, WEB)->id);
    loop_turn(life.loop);
    loop_turn(life.loop);
    life_end(&life);
    life_begin(&life);
    for (int i = 3; i < IDS; i++)
        ids[i] = loop_new_id(life.loop, 'R', story.stage.arena);
    for (int i = 1; i < 3; i++) /* where an earlier life left off */
        assert_int_equal(strncmp(ids[i], ids[IDS - 1], strlen("R-261122-030411")), 0);
    life.loop->ids.start = 0;
    life.loop->ids.count = 0;
    for (int i = 0; i < IDS; i++) { /* every number is tried, also those that are stored */
        const char *id = loop_new_id(life.loop, 'R', story.stage.arena);

        for (int k = 0; k < 3; k++)
            assert_string_not_equal(id, ids[k]);
    }
    qsort(ids, IDS, sizeof *ids, compare_texts);
    for (int i = 1; i < IDS; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    free(ids);
    end(&life, &story);
}

/* On a disk that is always some batches behind there is always one whose end isn't durable yet. */
static void those_who_leave_take_no_room_for_ever(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    memory_store_slow(life.store, 1);
    for (int i = 0; i < 4; i++) {
        life_request(&life, ISOLATE, ALERT("\"nobody\""));
        batch_close(life.loop);
    }
    for (int i = 0; i < 1500; i++) {
        life_request(&life, ISOLATE, ALERT("\"nobody\""));
        loop_turn(life.loop);
        fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 1);
    }
    assert_in_range(life.loop->ended.count - life.loop->ended.head, 1, 64);
    assert_in_range(life.loop->ended.size, 1, 256);
    end(&life, &story);
}

/* Before the fix a turn never ended: web-01's pause is over, and the only place is web-02's. */
static void whoever_waits_for_a_place_lets_the_turn_end(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 2});
    const char *id = arena_string(
        story.stage.arena,
        life_request(&life,
                     STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux], parallel: 1, "
                           "retry: {attempts: 5, initial: 1ms, max: 1ms}}\n",
                     BOTH)
            ->id);

    life_rest(&life);
    const struct run *again = loop_run_any(life.loop, id);

    assert_non_null(again);
    assert_int_equal(again->result, RESULT_COMPLETED);
    end(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_ended_is_forgotten_once_that_is_durable),
        cmocka_unit_test(what_is_held_is_kept),
        cmocka_unit_test(a_run_with_a_lost_call_is_kept_until_it_may_act_no_more),
        cmocka_unit_test(thousands_wait_for_one_lock),
        cmocka_unit_test(those_who_leave_take_no_room_for_ever),
        cmocka_unit_test(no_two_ids_are_the_same),
        cmocka_unit_test(whoever_waits_for_a_place_lets_the_turn_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
