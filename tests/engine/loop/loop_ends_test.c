/* Property: a hold whose time is over is asked about, or freed if the policy says so and somebody was there
 * when it passed; where another run holds the same, nobody is asked and nothing undone; a question that
 * somebody has made pointless is closed. Method: isolations for an hour, and a life as a daemon's. */
#include "tests/engine/loop/life.h"

#define ISOLATE STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux]}\n"
#define AN_HOUR STEPS "  - {step: isolate, action: Isolate_Endpoint, target_os: [Linux], expires: 1h}\n"
#define FREES   "expires: {then: free}\nrecheck: {every: 0s}\n"
#define HOUR_MS INT64_C(3600000)

static void begin(struct life *life, struct story *story, const char *policy)
{
    story_open(story, policy);
    life_init(life, story);
    life->recheck = true;
    life_begin(life);
}

static void play(struct life *life, const char *playbook)
{
    life_request(life, playbook, WEB);
    life_rest(life);
}

static void done(struct life *life, struct story *story)
{
    life_done(life);
    story_close(story);
}

static bool is_contained(const struct story *story)
{
    return fake_world_contained(story->stage.world, "host:web-01", "Isolate_Endpoint");
}

static int asked(const struct life *life)
{
    return life_events(life, "-", "ask.opened", "\"kind\":\"ends\"");
}

static void answer(struct life *life, const char *id, const char *said)
{
    if (loop_answer(life->loop, id, said, "ana", "because", &life->story->err))
        fail_msg("%s", life->story->err.text);
}

static size_t rows(const struct life *life)
{
    return ledger_row_count(loop_ledger(life->loop));
}

static void at_its_end_a_person_is_asked(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS - 60000);
    assert_int_equal(asked(&life), 0);
    life_pass(&life, 120000);
    assert_int_equal(asked(&life), 1);
    assert_true(is_contained(&story));
    const struct ledger_ask *ask = ledger_ask_find(loop_ledger(life.loop), "A-1");

    assert_non_null(ask);
    assert_string_equal(ask->kind, "ends");
    assert_int_equal(strlen(ask->digest), 9);
    assert_int_equal(loop_answer(life.loop, "A-1", "done", "ana", "", &story.err), -1);
    assert_non_null(strstr(story.err.text, "approve or deny"));
    life_pass(&life, 10 * HOUR_MS);
    assert_int_equal(asked(&life), 1); /* once */
    answer(&life, "A-1", "yes");
    life_pass(&life, 60000);
    assert_false(is_contained(&story));
    assert_int_equal(rows(&life), 0);
    assert_int_equal(life_events(&life, NULL, "run.started", "\"kind\":\"release\""), 1);
    assert_int_equal(life_events(&life, "-", "ask.closed", "\"result\":\"yes\""), 1);
    assert_int_equal(loop_answer(life.loop, "A-1", "no", "ben", "", &story.err), -1);
    done(&life, &story);
}

static void a_no_leaves_it_without_an_end(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS + 60000);
    answer(&life, "A-1", "no");
    life_pass(&life, 48 * HOUR_MS);
    assert_true(is_contained(&story));
    assert_int_equal(asked(&life), 1);
    assert_int_equal(life_events(&life, "-", "holder.extended", "\"until\":0"), 1);
    assert_int_equal(ledger_row_at(loop_ledger(life.loop), 0)->holders[0].until_ms, 0);
    done(&life, &story);
}

static void the_policy_may_free_it(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, FREES);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS + 60000);
    assert_false(is_contained(&story));
    assert_int_equal(rows(&life), 0);
    assert_int_equal(asked(&life), 0);
    assert_int_equal(life_events(&life, NULL, "run.started", "soar, at its end"), 1);
    done(&life, &story);
}

/* Somebody may have counted on it while soard was away. */
static void what_passed_unseen_is_asked_about(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, FREES);
    play(&life, AN_HOUR);
    life_end(&life);
    fake_world_advance(story.stage.world, fake_world_now(story.stage.world) + 2 * HOUR_MS);
    life_begin(&life);
    life_pass(&life, 60000);
    assert_true(is_contained(&story));
    assert_int_equal(asked(&life), 1);
    life_end(&life); /* nor is it asked again in the next life */
    life_begin(&life);
    life_pass(&life, 60000);
    assert_int_equal(asked(&life), 1);
    answer(&life, "A-1", "yes");
    life_pass(&life, 60000);
    assert_false(is_contained(&story));
    done(&life, &story);
}

static void what_another_holds_stays(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL);
    play(&life, AN_HOUR);
    play(&life, ISOLATE);
    assert_int_equal(ledger_row_at(loop_ledger(life.loop), 0)->holder_count, 2);
    life_pass(&life, HOUR_MS + 60000);
    assert_int_equal(asked(&life), 0);
    assert_true(is_contained(&story));
    assert_int_equal(ledger_row_at(loop_ledger(life.loop), 0)->holder_count, 1);
    assert_int_equal(ledger_row_at(loop_ledger(life.loop), 0)->holders[0].until_ms, 0);
    done(&life, &story);
}

static void a_release_makes_the_question_void(void **state)
{
    struct story story;
    struct life life;
    struct run *run = NULL;

    (void)state;
    begin(&life, &story, NULL);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS + 60000);
    const struct ledger_row *row = ledger_row_at(loop_ledger(life.loop), 0);
    const char *holder = arena_string(story.stage.arena, row->holders[0].run);
    struct run_about about = {.target = row->target,
                              .name = row->name,
                              .action = row->action,
                              .provider = row->provider,
                              .place = row->place,
                              .pack = pack_shelf_find(story.stage.shelf, row->action),
                              .args = row->args,
                              .host = row->host,
                              .free_count = 1,
                              .free_runs = &holder};

    assert_int_equal(loop_request(life.loop,
                                  &(struct loop_request){.about = &about, .about_count = 1, .by = "ana"},
                                  &run, &story.err),
                     0);
    life_pass(&life, 60000);
    assert_false(ledger_ask_find(loop_ledger(life.loop), "A-1")->open);
    assert_int_equal(life_events(&life, "-", "ask.closed", "\"result\":\"void\""), 1);
    assert_int_equal(loop_answer(life.loop, "A-1", "yes", "ana", "", &story.err), -1);
    assert_int_equal(rows(&life), 0);
    done(&life, &story);
}

static void another_end_makes_the_question_void(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, NULL);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS + 60000);
    const char *run = ledger_row_at(loop_ledger(life.loop), 0)->holders[0].run;

    assert_int_equal(loop_extend(life.loop, run, NULL, loop_now(life.loop) + HOUR_MS, "ana", &story.err), 0);
    life_pass(&life, 60000);
    assert_false(ledger_ask_find(loop_ledger(life.loop), "A-1")->open);
    life_pass(&life, HOUR_MS);
    assert_int_equal(asked(&life), 2); /* that end comes, too */
    assert_true(ledger_ask_find(loop_ledger(life.loop), "A-2")->open);
    done(&life, &story);
}

/* It could not be freed: a person must know, and it is not tried for ever. */
static void a_release_that_fails_ends_in_a_question(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, FREES "offline: {keep_trying: 2h}\n");
    play(&life, AN_HOUR);
    story_fault(&story, &(struct fake_fault){.target = "web-01", .fate = FATE_REFUSE, .times = 100000});
    life_pass(&life, 2 * HOUR_MS);
    assert_int_equal(asked(&life), 0);
    life_pass(&life, 3 * HOUR_MS);
    assert_int_equal(asked(&life), 1);
    assert_int_equal(life_events(&life, NULL, "run.started", "\"kind\":\"release\""), 1);
    assert_non_null(strstr(ledger_ask_find(loop_ledger(life.loop), "A-1")->text, "did not"));
    assert_true(is_contained(&story));
    done(&life, &story);
}

/* Who knows what a task on the same host will have left there: that comes first. */
static void what_is_in_doubt_comes_first(void **state)
{
    struct story story;
    struct life life;

    (void)state;
    begin(&life, &story, FREES);
    play(&life, AN_HOUR);
    life_pass(&life, HOUR_MS - 20000);
    story_fault(&story, &(struct fake_fault){
                            .target = "web-01", .function = "ssh.run", .fate = FATE_HANG, .times = 1});
    life_request(&life, STEPS "  - {step: mark, action: Mark_Host}\n", WEB);
    life_pass(&life, 5000);
    assert_int_equal(life_events(&life, NULL, "call.intended", "Mark_Host"), 1);
    life_pass(&life, 20000);
    assert_true(life_events(&life, NULL, "call.ended", "unknown") == 0);
    assert_int_equal(life_events(&life, NULL, "run.started", "\"kind\":\"release\""), 0);
    life_pass(&life, HOUR_MS);
    assert_int_equal(life_events(&life, NULL, "run.started", "\"kind\":\"release\""), 1);
    assert_false(is_contained(&story));
    done(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_its_end_a_person_is_asked),
        cmocka_unit_test(a_no_leaves_it_without_an_end),
        cmocka_unit_test(the_policy_may_free_it),
        cmocka_unit_test(what_passed_unseen_is_asked_about),
        cmocka_unit_test(what_another_holds_stays),
        cmocka_unit_test(a_release_makes_the_question_void),
        cmocka_unit_test(another_end_makes_the_question_void),
        cmocka_unit_test(a_release_that_fails_ends_in_a_question),
        cmocka_unit_test(what_is_in_doubt_comes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
