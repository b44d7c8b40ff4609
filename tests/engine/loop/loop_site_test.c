/* Property: a reload is journaled with what changed and drops no run; what a run reads of the site it reads
 * from the new one; a configuration that could not be used is in the journal and changes nothing. A daemon
 * marks its clock, so that the next life knows how long nobody was there. Method: two sites, runs that live
 * through the change, lives with time between them. */
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

static void a_run_lives_through_a_reload(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 3});
    struct run *run = life_request(&life, ISOLATE, WEB);

    for (int i = 0; i < 20; i++)
        loop_turn(life.loop);
    struct site *other = arena_alloc(story.stage.arena, sizeof *other);
    struct site_host *hosts = arena_array(story.stage.arena, 3, sizeof *hosts);

    *other = story.stage.site;
    memcpy(hosts, story.stage.hosts, 3 * sizeof *hosts);
    other->hosts = hosts;
    strcpy(other->inventory_digest, "ff");
    memset(&story.stage.hosts, 0, sizeof story.stage.hosts); /* nobody may look there any more */
    loop_reload(life.loop, &(struct loop_site){.site = other,
                                               .policy = story.stage.policy,
                                               .shelf = story.stage.shelf,
                                               .by = "SIGHUP",
                                               .playbook_count = 7});
    assert_ptr_equal(run->input.site, other);
    assert_true(loop_uses(life.loop, run->input.playbook));
    loop_run_hold(life.loop, run);
    life_rest(&life);
    assert_int_equal(run->result, RESULT_COMPLETED);
    assert_int_equal(life_events(&life, "-", "site.loaded", "\"changed\":[\"inventory\"],\"playbooks\":7"),
                     1);
    assert_int_equal(life_events(&life, "-", "site.loaded", "\"by\":\"SIGHUP\""), 1);
    end(&life, &story);
}

static void what_could_not_be_used_is_noted(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story);
    loop_reload_failed(life.loop, "SIGHUP", "soard.yaml:3:1: unknown key 'webhoks'");
    loop_turn(life.loop);
    loop_turn(life.loop);
    assert_int_equal(life_events(&life, "-", "site.loaded", "\"error\":\"soard.yaml:3:1"), 1);
    end(&life, &story);
}

static void the_next_life_knows_how_long_nobody_was_there(void **state)
{
    struct story story;
    struct life life;
    struct loop_counts counts;

    (void)state;
    begin(&life, &story);
    assert_int_equal(life_events(&life, "-", "engine.started", ""), 0);
    for (int i = 0; i < 100; i++) { /* ten minutes in which nothing happens */
        loop_turn(life.loop);
        fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 6000);
    }
    loop_turn(life.loop);
    life_end(&life);
    fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 3600000);
    life.boot_id = "second"; /* also across a boot */
    life_begin(&life);
    loop_counts(life.loop, &counts);
    assert_in_range(counts.away_ms, 3600000, 3600000 + 60000);
    assert_int_equal(counts.started_ms, loop_now(life.loop));
    loop_turn(life.loop);
    assert_int_equal(life_events(&life, "-", "engine.started", "\"away_ms\":36"), 1);
    end(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_lives_through_a_reload),
        cmocka_unit_test(what_could_not_be_used_is_noted),
        cmocka_unit_test(the_next_life_knows_how_long_nobody_was_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
