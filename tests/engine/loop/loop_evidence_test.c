/* Property: a call that collects leaves evidence whatever becomes of its two workers and of the engine: each
 * that is begun is kept, once, before its task goes on; whole only where both say so; the run hears one
 * answer. Method: the real loop over a fake world whose writer keeps its store through the engine's deaths.
 */
#include "engine/base/limits.h"
#include "tests/engine/loop/collecting.h"

static const struct run_task *play(struct life *life)
{
    struct run *run = life_request(life, COLLECT, WEB);

    life_rest(life);
    return collecting_task(run);
}

static void fails(struct story *story, const char *function, enum fake_fate fate, const char *why)
{
    story_fault(story, &(struct fake_fault){.function = function, .fate = fate, .why = why, .times = 1});
}

static void whole(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    life_begin(&life);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_int_equal(life_events(&life, NULL, "evidence.begun",
                                 "\"evidence\":\"E-1\",\"try\":1,\"position\":1,"
                                 "\"name\":\"state.tar\",\"form\":\"tar\""),
                     1);
    assert_int_equal(life_events(&life, NULL, "evidence.begun", "\"argv\":[\"a b\"]"), 1);
    assert_int_equal(
        life_events(&life, NULL, "evidence.begun", "\"by\":\"ana\",\"host\":{\"name\":\"web-01\""), 1);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"whole\":true,\"bytes\":1048576,"), 1);
    assert_true(value_get_bool(value_get(&task->kept, "evidence"), "whole", false));
    assert_true(task->evidence->kept && task->evidence->whole && !task->evidence->next);
    assert_int_equal(task->evidence->bytes, 1048576);
    life_done(&life);
    story_close(&story);
}

/* In the journal's order: the intent with what it begins, what was kept before the answer. */
static void in_order(void **state)
{
    static const char *const kinds[] = {"call.intended", "evidence.begun", "evidence.kept", "call.ended"};
    struct story story;
    struct life life;
    size_t next = 0;

    (void)state;
    collecting_open(&story, &life);
    life_begin(&life);
    play(&life);
    for (size_t i = 0; i < memory_disk_event_count(life.disk); i++)
        for (size_t k = 0; k < 4; k++)
            if (strcmp(memory_disk_event(life.disk, i)->kind, kinds[k]) == 0)
                assert_int_equal(k, next++);
    assert_int_equal(next, 4);
    life_done(&life);
    story_close(&story);
}

static void cut_is_kept_and_made_anew(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_CUT, "the host is gone");
    life_begin(&life);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"whole\":false,\"why\":"), 1);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"bytes\":524288,"), 1);
    assert_int_equal(life_events(&life, NULL, "call.ended", "\"class\":\"transient\""), 1);
    assert_string_equal(task->evidence->id, "E-1");
    assert_false(task->evidence->whole);
    assert_string_equal(task->evidence->next->id, "E-2");
    assert_true(task->evidence->next->whole);
    assert_string_equal(value_get_string(value_get(&task->kept, "evidence"), "id", ""), "E-2");
    life_done(&life);
    story_close(&story);
}

/* A collector that hangs is killed at its deadline; it is in no doubt, for it changed nothing. */
static void deadline(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_int_equal(life_events(&life, NULL, "call.ended", "\"class\":\"unknown\""), 0);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"whole\":false"), 1);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"whole\":true"), 1);
    life_done(&life);
    story_close(&story);
}

static void no_room_is_final(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    story_fault(&story,
                &(struct fake_fault){
                    .function = "evidence.keep", .fate = FATE_FAIL, .why = "the disk is full", .times = 9});
    fails(&story, "ssh.collect", FATE_HANG, NULL); /* it would collect for hours: it is killed */
    life_begin(&life);
    int64_t from_ms = fake_world_now(story.stage.world);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_FAILED, "evidence: the disk is full");
    assert_true(fake_world_now(story.stage.world) - from_ms < 60000);
    assert_int_equal(life_events(&life, NULL, "evidence.begun", ""), 1);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "\"whole\":false"), 1);
    life_done(&life);
    story_close(&story);
}

/* The writer dies with the stream in its hands: what it wrote is salvaged, and all is collected anew. */
static void writer_dies(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "evidence.keep", FATE_REFUSE, "the writer was killed");
    life_begin(&life);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_int_equal(life_events(&life, NULL, "call.ended", "evidence: the writer was killed"), 1);
    assert_false(task->evidence->whole);
    assert_true(task->evidence->next->whole);
    life_done(&life);
    story_close(&story);
}

/* Its last words are lost, but the deed is done: who salvages finds it sealed. */
static void seal_is_lost(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "evidence.seal", FATE_LOSE, NULL);
    life_begin(&life);
    const struct run_task *task = play(&life);

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_true(task->evidence->whole && !task->evidence->next);
    life_done(&life);
    story_close(&story);
}

/* Each evidence of the disk is begun once and kept once, whole ones are as many as said. */
static void check_ids(const struct life *life, int begun, int whole_ones)
{
    for (int i = 1; i <= begun; i++) {
        char id[32];

        snprintf(id, sizeof id, "{\"evidence\":\"E-%d\",", i);
        assert_int_equal(life_events(life, NULL, "evidence.begun", id), 1);
        assert_int_equal(life_events(life, NULL, "evidence.kept", id), 1);
    }
    assert_int_equal(life_events(life, NULL, "evidence.begun", ""), begun);
    assert_int_equal(life_events(life, NULL, "evidence.kept", ""), begun);
    assert_int_equal(life_events(life, NULL, "evidence.kept", "\"whole\":true"), whole_ones);
}

static void turns(struct life *life, int64_t ms)
{
    struct fake_world *world = life->story->stage.world;
    int64_t until_ms = fake_world_now(world) + ms;

    while (fake_world_now(world) < until_ms) {
        loop_turn(life->loop);
        fake_world_advance(world, fake_world_now(world) + 1);
    }
}

/* Dies at each millisecond of the way, and again at the same of its next life. */
static void the_engine_dies(void **state)
{
    (void)state;
    for (int ms = 1; ms < 75; ms++) {
        struct story story;
        struct life life;

        collecting_open(&story, &life);
        life_begin(&life);
        life_request(&life, COLLECT, WEB);
        turns(&life, ms);
        life_end(&life);
        life_begin(&life);
        turns(&life, ms / 2 + 1);
        life_end(&life);
        life_begin(&life);
        life_rest(&life);
        assert_int_equal(loop_run_count(life.loop) <= 1, true);
        int begun = life_events(&life, NULL, "evidence.begun", "");

        check_ids(&life, begun, begun > 0);
        assert_true(begun <= 3);
        assert_int_equal(life_events(&life, NULL, "task.ended", "\"outcome\":\"changed\""), begun > 0);
        assert_int_equal(life_events(&life, NULL, "call.ended", "\"class\":\"unknown\""), 0);
        life_done(&life);
        story_close(&story);
    }
}

/* The lock of a collection that was cut off by our death is free at once: nothing acts there any more. */
static void no_wait_after_a_death(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    struct run *run = life_request(&life, COLLECT, WEB);
    char id[64];

    snprintf(id, sizeof id, "%s", run->id);
    turns(&life, 40);
    assert_int_equal(life_events(&life, NULL, "evidence.begun", ""), 1);
    life_end(&life);
    life_begin(&life);
    int64_t from_ms = fake_world_now(story.stage.world);

    life_rest(&life);
    assert_true(fake_world_now(story.stage.world) - from_ms < 60000);
    check_ids(&life, 2, 1);
    assert_int_equal(loop_run_find(life.loop, id)->result, RESULT_COMPLETED);
    life_done(&life);
    story_close(&story);
}

/* Whoever wrote it has it still, in a sync that takes a minute: it is waited for. */
static void salvaged_when_it_can_be(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    life_request(&life, COLLECT, WEB);
    turns(&life, 40);
    life_end(&life);
    story_fault(&story, &(struct fake_fault){.function = "evidence.salvage",
                                             .fate = FATE_REFUSE,
                                             .why = "another writer has it still",
                                             .times = 6});
    life_begin(&life);
    life_rest(&life);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "it could not be salvaged"), 0);
    check_ids(&life, 2, 1);
    life_done(&life);
    story_close(&story);
}

/* The store can't be had: after five minutes it is said, and the task goes on. */
static void nothing_can_be_salvaged(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    life_request(&life, COLLECT, WEB);
    turns(&life, 40);
    life_end(&life);
    story_fault(&story,
                &(struct fake_fault){
                    .function = "evidence.salvage", .fate = FATE_REFUSE, .why = "no such disk", .times = 10});
    life_begin(&life);
    life_rest(&life);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "it could not be salvaged: no such disk"), 1);
    check_ids(&life, 2, 1);
    life_done(&life);
    story_close(&story);
}

/* A local command moves only what it was told to: what is parked is not salvaged before it is asked for. */
static void parked(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    struct run *run = life_request(&life, COLLECT, WEB);
    char id[64];

    snprintf(id, sizeof id, "%s", run->id);
    turns(&life, 40);
    life_end(&life);
    life.park = true;
    life_begin(&life);
    life_rest(&life);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", ""), 0);
    assert_int_equal(loop_cancel(life.loop, id, "ana", "", &story.err), 0);
    life_rest(&life);
    check_ids(&life, 1, 0);
    assert_int_equal(life_events(&life, NULL, "run.ended", ""), 1);
    life_done(&life);
    story_close(&story);
}

/* Who stops a run waits for what is under way, or says now: what has come until then is kept. */
static void stopped_now(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    fails(&story, "ssh.collect", FATE_HANG, NULL);
    life_begin(&life);
    struct run *run = life_request(&life, COLLECT, WEB);

    turns(&life, 40);
    assert_int_equal(loop_cancel(life.loop, run->id, "ana", "", &story.err), 0);
    turns(&life, 40);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", ""), 0);
    assert_int_equal(life_events(&life, NULL, "run.ended", ""), 0);
    loop_cut_short(life.loop, run->id);
    turns(&life, 40);
    check_ids(&life, 1, 0);
    assert_int_equal(life_events(&life, NULL, "run.ended", "cancelled"), 1);
    loop_cut_short(life.loop, "R-none");
    life_end(&life);
    life_done(&life);
    story_close(&story);
}

static struct run *collect_from(struct story *story, struct life *life, int hosts)
{
    char alert[2048] = "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[\"h-0\"";

    for (int i = 0; i < hosts; i++) {
        char *name = arena_printf(story->stage.arena, "h-%d", i);

        stage_host(&story->stage, name, "linux");
        if (i)
            snprintf(alert + strlen(alert), sizeof alert - strlen(alert), ",\"%s\"", name);
    }
    snprintf(alert + strlen(alert), sizeof alert - strlen(alert), "]}");
    life_begin(life);
    return life_request(life, STEPS "  - {step: collect, action: Collect_State, parallel: 40}\n", alert);
}

/* More hosts than are collected from at once: all have their turn. */
static void many(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    struct run *run = collect_from(&story, &life, 40);

    life_rest(&life);
    assert_int_equal(run->result, RESULT_COMPLETED);
    check_ids(&life, 40, 40);
    life_done(&life);
    story_close(&story);
}

/* Those in front take all of their time: who waits has his own, from when his turn comes. */
static void who_waits_spends_no_time(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    story_fault(&story, &(struct fake_fault){
                            .function = "ssh.collect", .fate = FATE_HANG, .times = LIMIT_COLLECTIONS});
    struct run *run = collect_from(&story, &life, LIMIT_COLLECTIONS + 4);

    life_rest(&life);
    assert_int_equal(run->result, RESULT_COMPLETED);
    check_ids(&life, 2 * LIMIT_COLLECTIONS + 4, LIMIT_COLLECTIONS + 4);
    life_done(&life);
    story_close(&story);
}

/* Who stands in line when the run is stopped never begins, whoever makes room. */
static void who_waits_is_stopped(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    collecting_open(&story, &life);
    story_fault(&story, &(struct fake_fault){.function = "ssh.collect", .fate = FATE_HANG, .times = 1000});
    struct run *run = collect_from(&story, &life, LIMIT_COLLECTIONS + 4);

    turns(&life, 40);
    assert_int_equal(life_events(&life, NULL, "evidence.begun", ""), LIMIT_COLLECTIONS + 4);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", ""), 0);
    assert_int_equal(loop_cancel(life.loop, run->id, "ana", "", &story.err), 0);
    turns(&life, 40);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", "stopped before its turn came"), 4);
    assert_int_equal(life_events(&life, NULL, "evidence.kept", ""), 4);
    loop_cut_short(life.loop, run->id);
    turns(&life, 40);
    check_ids(&life, LIMIT_COLLECTIONS + 4, 0);
    assert_int_equal(life_events(&life, NULL, "run.ended", "cancelled"), 1);
    life_end(&life);
    life_done(&life);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(in_order),
        cmocka_unit_test(cut_is_kept_and_made_anew),
        cmocka_unit_test(deadline),
        cmocka_unit_test(no_room_is_final),
        cmocka_unit_test(writer_dies),
        cmocka_unit_test(seal_is_lost),
        cmocka_unit_test(the_engine_dies),
        cmocka_unit_test(no_wait_after_a_death),
        cmocka_unit_test(salvaged_when_it_can_be),
        cmocka_unit_test(nothing_can_be_salvaged),
        cmocka_unit_test(parked),
        cmocka_unit_test(stopped_now),
        cmocka_unit_test(many),
        cmocka_unit_test(who_waits_spends_no_time),
        cmocka_unit_test(who_waits_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
