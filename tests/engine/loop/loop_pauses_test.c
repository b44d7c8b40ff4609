/* Property: while something is paused its runs look and are held, and nothing is done; when the pause ends,
 * by a person or by its time, also while nobody was there, what it held looks again and goes on by itself.
 * What a source's alerts start spends the source's budget, too. Method: pauses of each kind, runs of a
 * webhook and of a person, lives with time between them. */
#include "tests/engine/loop/sender.h"

#define ANY                                                                                                  \
    "playbook_name: Any\ntrigger: {when: alert.confidence >= 80}\nactions:\n  - {step: isolate, action: "    \
    "Isolate_Endpoint}\n"
#define MINUTE 60000

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

static void pass(struct life *life, int64_t ms)
{
    struct fake_world *world = life->story->stage.world;

    for (int64_t until_ms = fake_world_now(world) + ms; fake_world_now(world) < until_ms;) {
        for (int i = 0; i < 50 && loop_turn(life->loop); i++)
            ;
        fake_world_advance(world, fake_world_now(world) + 100);
    }
    for (int i = 0; i < 50 && (loop_turn(life->loop) || loop_waits_for_store(life->loop)); i++)
        ;
}

static void pause(struct life *life, const char *what, const char *name, int64_t ms)
{
    if (loop_pause(life->loop, what, name, loop_now(life->loop) + ms, "ana", "drill", &life->story->err))
        fail_msg("%s", life->story->err.text);
}

static const char *send(struct life *life, const char *request, const char *alert)
{
    struct sender sender = {0};
    struct asked asked = {
        .request = request, .count = 1, .alerts = {alert}, 1, {stage_playbook(&life->story->stage, ANY)}};

    assert_int_equal(sender_ask(life, &asked, &sender), 0);
    sender_waits(life, &sender);
    return sender_run(&sender, 0);
}

static bool contained(struct life *life, const char *key)
{
    return fake_world_contained(life->story->stage.world, key, "Isolate_Endpoint");
}

static void a_source_waits_and_others_do_not(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    pause(&life, "source", "siem", 60 * MINUTE);
    const char *run = send(&life, "01", WEB); /* taken, matched, held */

    life_request(&life, ANY, ALERT("\"web-02\""));
    pass(&life, MINUTE);
    assert_false(contained(&life, "host:web-01"));
    assert_true(contained(&life, "host:web-02"));
    assert_int_equal(life_events(&life, "-", "ask.opened", "\"rule\":\"pause.siem\""), 1);
    assert_int_equal(life_events(&life, run, "task.held", "\"rule\":\"pause.siem\""), 1);
    assert_int_equal(loop_unpause(life.loop, "source", "edr", "ana", &story.err), -1);
    assert_int_equal(loop_unpause(life.loop, "source", "siem", "ana", &story.err), 0);
    pass(&life, MINUTE);
    assert_true(contained(&life, "host:web-01"));
    assert_int_equal(life_events(&life, "-", "ask.closed", "\"result\":\"void\""), 1);
    assert_int_equal(life_events(&life, run, "task.freed", "\"result\":\"void\""), 1);
    assert_int_equal(life_events(&life, run, "run.ended", "\"result\":\"completed\""), 1);
    assert_int_equal(loop_unpause(life.loop, "source", "siem", "ana", &story.err), -1);
    assert_non_null(strstr(story.err.text, "not paused"));
    end(&life, &story);
}

static void it_ends_by_its_time(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    pause(&life, "playbook", "Any", 10 * MINUTE);
    const char *run = arena_string(story.stage.arena, life_request(&life, ANY, WEB)->id);

    pass(&life, 9 * MINUTE);
    assert_false(contained(&life, "host:web-01"));
    assert_int_equal(life_events(&life, run, "call.intended", ""), 0);
    pass(&life, 2 * MINUTE);
    assert_true(contained(&life, "host:web-01"));
    end(&life, &story);
}

static void it_ends_while_nobody_is_there(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    pause(&life, "all", "", 10 * MINUTE);
    life_request(&life, ANY, WEB);
    pass(&life, MINUTE);
    assert_false(contained(&life, "host:web-01"));
    life_end(&life);
    life_begin(&life); /* it holds in the next life */
    pass(&life, MINUTE);
    assert_false(contained(&life, "host:web-01"));
    life_end(&life);
    fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 20 * MINUTE);
    life_begin(&life);
    pass(&life, MINUTE);
    assert_true(contained(&life, "host:web-01"));
    end(&life, &story);
}

static void a_person_may_let_one_pass(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    pause(&life, "all", "", 10 * MINUTE);
    life_request(&life, ANY, WEB);
    pass(&life, MINUTE);
    assert_int_equal(loop_answer(life.loop, "H-1", "yes", "ana", "", &story.err), 0);
    pass(&life, MINUTE);
    assert_true(contained(&life, "host:web-01"));
    end(&life, &story);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    int64_t now_ms = loop_now(life.loop);

    assert_int_equal(loop_pause(life.loop, "all", "", now_ms, "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "ends in the future"));
    assert_int_equal(loop_pause(life.loop, "host", "web-01", now_ms + 1, "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "not 'host'"));
    assert_int_equal(loop_pause(life.loop, "source", "", now_ms + 1, "ana", "", &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    end(&life, &story);
}

/* One isolation an hour for this source: the second is held, and a person's run is not counted there. */
static void a_source_spends_its_own_budget(void **state)
{
    static const struct site_budget one = {.name = "isolate", .at_most = 1, .window_ms = 60 * MINUTE};
    static const struct site_webhook tight = {.name = "siem",
                                              .path = "/webhook/siem",
                                              .format = "soar",
                                              .confidence_max = 100,
                                              .budget_count = 1,
                                              .budgets = &one};
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    story.stage.site.webhooks = &tight;
    const char *first = send(&life, "01", WEB);

    pass(&life, MINUTE);
    assert_true(contained(&life, "host:web-01"));
    assert_int_equal(life_events(&life, first, "call.intended", "\"spend\":[\"isolate\",\"siem/isolate\"]"),
                     2);
    const char *second = send(&life, "02", ALERT("\"web-02\""));

    pass(&life, MINUTE);
    assert_false(contained(&life, "host:web-02"));
    assert_int_equal(life_events(&life, second, "task.held", "\"rule\":\"budget.siem.isolate\""), 1);
    end(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_waits_and_others_do_not), cmocka_unit_test(it_ends_by_its_time),
        cmocka_unit_test(it_ends_while_nobody_is_there),    cmocka_unit_test(a_person_may_let_one_pass),
        cmocka_unit_test(what_makes_no_sense_is_refused),   cmocka_unit_test(a_source_spends_its_own_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
