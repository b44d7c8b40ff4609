/* Property: what is in force is looked at again at its time and nothing of that is journaled; what is found
 * open is told, and put back if the policy says so; a host that doesn't answer has said nothing. Method: an
 * isolation, a life as a daemon's, and time that passes, while somebody undoes things on the target. */
#include <stdlib.h>

#include "engine/base/limits.h"
#include "tests/engine/loop/life.h"

#define ISOLATE  STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define EVERY_MS INT64_C(300000)

static void begin(struct life *life, struct story *story, const char *policy, const char *alert)
{
    story_open(story, policy);
    life_init(life, story);
    life->recheck = true;
    life_begin(life);
    life_request(life, ISOLATE, alert);
    life_rest(life);
}

static void done(struct life *life, struct story *story)
{
    life_done(life);
    story_close(story);
}

static const struct ledger_row *row_of(const struct life *life, const char *key)
{
    const struct ledger_row *row =
        ledger_find(loop_ledger(life->loop), key, "Isolate_Endpoint", "linux-nftables", "");

    assert_non_null(row);
    return row;
}

static bool is_contained(const struct story *story, const char *key)
{
    return fake_world_contained(story->stage.world, key, "Isolate_Endpoint");
}

static void undo_there(const struct story *story, const char *host)
{
    fake_world_break(story->stage.world, host, "Isolate_Endpoint");
}

static int rechecks_told(const struct life *life)
{
    return life_events(life, NULL, "run.started", "\"kind\":\"recheck\"");
}

static int64_t seen_ago(const struct life *life, const char *key)
{
    return loop_now(life->loop) - row_of(life, key)->seen_ms;
}

static void found_so_moves_only_last_seen(void **state)
{
    struct loop_counts counts;
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL, BOTH);
    size_t events = memory_disk_event_count(life.disk);
    size_t runs = loop_run_count(life.loop);
    size_t calls = fake_world_calls(story.stage.world, "web-01", NULL);

    life_pass(&life, 4 * EVERY_MS);
    assert_int_equal(memory_disk_event_count(life.disk), events);
    assert_int_equal(loop_run_count(life.loop), runs); /* a look is nobody's run */
    assert_true(fake_world_calls(story.stage.world, "web-01", NULL) > calls);
    assert_in_range(seen_ago(&life, "host:web-01"), 0, EVERY_MS);
    assert_in_range(seen_ago(&life, "host:web-02"), 0, EVERY_MS);
    loop_counts(life.loop, &counts);
    assert_in_range(counts.rechecks, 8, 10);
    assert_int_equal(counts.broken, 0);
    assert_int_equal(counts.calls_out, 0);
    done(&life, &story);
}

static void found_open_is_told_and_put_back(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL, BOTH);
    for (int times = 1; times <= 2; times++) {
        undo_there(&story, "web-01");
        assert_false(is_contained(&story, "host:web-01"));
        life_pass(&life, EVERY_MS + 30000);
        const struct ledger_row *row = row_of(&life, "host:web-01");

        assert_true(is_contained(&story, "host:web-01"));
        assert_int_equal(rechecks_told(&life), times);
        assert_int_equal(row->broken_count, times);
        assert_int_equal(row->broken_ms, 0);
        assert_true(row->put_back_ms > 0);
        assert_int_equal(row->holder_count, 1);
        assert_int_equal(life_events(&life, row->broken_run, "run.ended", "\"completed\""), 1);
    }
    assert_int_equal(row_of(&life, "host:web-02")->broken_count, 0);
    done(&life, &story);
}

static void the_policy_may_say_that_it_is_only_told(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, "recheck: {broken: tell}\n", WEB);
    undo_there(&story, "web-01");
    life_pass(&life, 5 * EVERY_MS);
    const struct ledger_row *row = row_of(&life, "host:web-01");

    assert_false(is_contained(&story, "host:web-01"));
    assert_int_equal(rechecks_told(&life), 1); /* once, not each time */
    assert_true(row->broken_ms > 0);
    assert_int_equal(row->put_back_ms, 0);
    assert_true(row->held);
    assert_int_equal(life_events(&life, row->broken_run, "task.ended", "BROKEN"), 1);
    assert_int_equal(life_events(&life, row->broken_run, "run.ended", "\"failed\""), 1);
    done(&life, &story);
}

static void who_does_not_answer_has_said_nothing(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL, BOTH);
    size_t events = memory_disk_event_count(life.disk);

    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 3});
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_HANG, .times = 2, .after = 3});
    undo_there(&story, "web-01");
    life_pass(&life, 3 * EVERY_MS);
    assert_int_equal(memory_disk_event_count(life.disk), events);
    assert_true(row_of(&life, "host:web-01")->held);
    assert_true(seen_ago(&life, "host:web-01") > 2 * EVERY_MS); /* stale */
    assert_in_range(seen_ago(&life, "host:web-02"), 0, EVERY_MS);
    life_pass(&life, 4 * EVERY_MS); /* it answers again */
    assert_int_equal(rechecks_told(&life), 1);
    assert_true(is_contained(&story, "host:web-01"));
    done(&life, &story);
}

static void a_person_need_not_wait_for_the_time(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, "recheck: {every: 0s}\n", BOTH);
    undo_there(&story, "web-01");
    life_pass(&life, 20 * EVERY_MS);
    assert_int_equal(rechecks_told(&life), 0); /* never by itself */
    loop_recheck_now(life.loop, row_of(&life, "host:web-02")->key);
    life_pass(&life, 10000);
    assert_int_equal(rechecks_told(&life), 0);
    assert_in_range(seen_ago(&life, "host:web-02"), 0, 10000);
    loop_recheck_now(life.loop, NULL);
    life_pass(&life, 60000);
    assert_int_equal(rechecks_told(&life), 1);
    assert_true(is_contained(&story, "host:web-01"));
    done(&life, &story);
}

/* What is being released, or worked at, is not looked at beside. */
static void a_release_goes_before(void **state)
{
    struct story story;
    struct life life;
    struct run *run = NULL;
    struct run_about about;

    (void)state;
    begin(&life, &story, NULL, WEB);
    const struct ledger_row *row = row_of(&life, "host:web-01");
    const char *holder = arena_string(story.stage.arena, row->holders[0].run);

    about = (struct run_about){.target = row->target,
                               .name = row->name,
                               .action = row->action,
                               .provider = row->provider,
                               .place = row->place,
                               .pack = pack_shelf_find(story.stage.shelf, row->action),
                               .args = row->args,
                               .host = row->host,
                               .free_count = 1,
                               .free_runs = &holder};
    undo_there(&story, "web-01");
    for (int steps = 0; steps < 3000 && rechecks_told(&life) == 0; steps++)
        life_pass(&life, 200);
    assert_int_equal(rechecks_told(&life), 1);
    assert_int_equal(loop_request(life.loop,
                                  &(struct loop_request){.about = &about, .about_count = 1, .by = "ana"},
                                  &run, &story.err),
                     0);
    loop_recheck_now(life.loop, NULL);
    life_pass(&life, 3 * EVERY_MS);
    assert_int_equal(ledger_row_count(loop_ledger(life.loop)), 0);
    assert_false(is_contained(&story, "host:web-01"));
    assert_int_equal(rechecks_told(&life), 1);
    done(&life, &story);
}

static const char *alert_of_many(struct story *story, size_t count)
{
    BUF_SCOPED hosts = {0};

    for (size_t i = 0; i < count; i++) {
        const char *name = arena_printf(story->stage.arena, "n-%zu", i);

        stage_host(&story->stage, name, "linux");
        buf_printf(&hosts, "%s\"%s\"", i ? "," : "", name);
    }
    return arena_printf(story->stage.arena,
                        "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[%s]}",
                        buf_string(&hosts));
}

static void many_are_not_looked_at_at_once(void **state)
{
    enum { MANY = 50 };
    struct loop_counts counts;
    struct story story;
    struct life life;
    int64_t most = 0;

    (void)state;
    story_open(&story, "blast_radius: {isolate: {at_most: 100/1h}}\n");
    const char *alert = alert_of_many(&story, MANY);

    life_init(&life, &story);
    life.recheck = true;
    life_begin(&life);
    life_request(&life, ISOLATE, alert);
    life_rest(&life);
    assert_int_equal(ledger_row_count(loop_ledger(life.loop)), MANY);
    loop_recheck_now(life.loop, NULL);
    for (int i = 0; i < 3000; i++) {
        life_pass(&life, 10);
        loop_counts(life.loop, &counts);
        most = counts.calls_out > most ? counts.calls_out : most;
    }
    assert_in_range(most, 1, LIMIT_RECHECKS);
    assert_int_equal(counts.rechecks, MANY); /* and none is left out */
    done(&life, &story);
}

/* Looks are in memory alone; what the journal knows of goes on. */
static void a_life_that_ends_meanwhile_is_no_harm(void **state)
{
    (void)state;
    for (int64_t at_ms = EVERY_MS * 8 / 10; at_ms < EVERY_MS + 10000; at_ms += 1777) {
        struct story story;
        struct life life;

        begin(&life, &story, NULL, WEB);
        undo_there(&story, "web-01");
        life_pass(&life, at_ms);
        life_end(&life);
        life_begin(&life);
        life_pass(&life, EVERY_MS + 30000);
        assert_true(is_contained(&story, "host:web-01"));
        assert_int_equal(rechecks_told(&life), 1);
        assert_int_equal(row_of(&life, "host:web-01")->broken_ms, 0);
        done(&life, &story);
    }
}

/* What was loaded before is freed when the next is in force. */
static void a_reload_reaches_a_look_that_is_out(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL, WEB);
    const struct stage *stage = &story.stage;
    struct site *old = malloc(sizeof *old);

    assert_non_null(old);
    *old = stage->site;
    loop_reload(life.loop, &(struct loop_site){old, stage->policy, stage->shelf, "ana", 1});
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_LATE, .times = 1});
    undo_there(&story, "web-01");
    loop_recheck_now(life.loop, NULL);
    life_pass(&life, 50);
    loop_reload(life.loop, &(struct loop_site){&stage->site, stage->policy, stage->shelf, "ana", 1});
    memset(old, 0xff, sizeof *old);
    free(old);
    life_pass(&life, 3 * EVERY_MS);
    assert_true(is_contained(&story, "host:web-01"));
    done(&life, &story);
}

static void the_others_are_left_alone(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL, WEB);
    size_t calls;

    life.recheck = false; /* a local command */
    life_end(&life);
    life_begin(&life);
    calls = fake_world_calls(story.stage.world, NULL, NULL);
    life_pass(&life, 3 * EVERY_MS);
    assert_int_equal(fake_world_calls(story.stage.world, NULL, NULL), calls);
    done(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_so_moves_only_last_seen),
        cmocka_unit_test(found_open_is_told_and_put_back),
        cmocka_unit_test(the_policy_may_say_that_it_is_only_told),
        cmocka_unit_test(who_does_not_answer_has_said_nothing),
        cmocka_unit_test(a_person_need_not_wait_for_the_time),
        cmocka_unit_test(a_release_goes_before),
        cmocka_unit_test(many_are_not_looked_at_at_once),
        cmocka_unit_test(a_life_that_ends_meanwhile_is_no_harm),
        cmocka_unit_test(a_reload_reaches_a_look_that_is_out),
        cmocka_unit_test(the_others_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
