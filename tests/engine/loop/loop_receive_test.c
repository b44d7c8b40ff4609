/* Property: an alert whose sender was told that it is taken is on the disk, with its verdict and the runs it
 * starts; who sends the same request again gets the same verdicts, before and after it is durable, before and
 * after a restart; what a key has taken starts nothing more. Method: requests to an engine that is led by
 * hand, and what its disk holds when the sender is told. */
#include "tests/engine/loop/sender.h"

#define ONCE                                                                                                 \
    "playbook_name: Once\n"                                                                                  \
    "trigger: {when: alert.confidence >= 80, dedup: {key: [alert.host], window: 1h}}\n"                      \
    "actions:\n"                                                                                             \
    "  - {step: isolate, action: Isolate_Endpoint}\n"
#define WITH_VARS                                                                                            \
    "playbook_name: Vars\n"                                                                                  \
    "trigger: {when: alert.confidence >= 80}\n"                                                              \
    "vars: {who: \"{{alert.nobody}}\"}\n"                                                                    \
    "actions:\n"                                                                                             \
    "  - {step: isolate, action: Isolate_Endpoint}\n"
#define STARTED(id)                                                                                          \
    "playbook_name: " id "\ntrigger: {when: alert.confidence >= 80}\nactions:\n"                             \
    "  - {step: isolate, action: Isolate_Endpoint}\n"

static void begin(struct life *life, struct story *story)
{
    story_open(story, NULL);
    life_init(life, story);
    life_begin(life);
}

static void end(struct life *life, struct story *story)
{
    life_done(life);
    story_close(story);
}

static void who_is_told_finds_it_on_the_disk(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0};

    (void)state;
    begin(&life, &story);
    struct asked asked = {
        .request = "01", .count = 1, .alerts = {WEB}, 1, {stage_playbook(&story.stage, STARTED("Any"))}};

    assert_int_equal(sender_ask(&life, &asked, &sender), 0);
    assert_int_equal(sender.told, 0); /* always later */
    assert_int_equal(life_events(&life, NULL, "alert.received", ""), 0);
    sender_waits(&life, &sender);
    assert_int_equal(sender.class, SOAR_DONE);
    assert_false(sender.repeated);
    assert_int_equal(life_events(&life, "-", "alert.received", "\"source\":\"siem\",\"from\":\"192.0.2.7\""),
                     1);
    const char *run = sender_run(&sender, 0);

    assert_int_equal(life_events(&life, run, "run.started", "\"by\":\"webhook siem\",\"source\":\"siem\""),
                     1);
    life_rest(&life);
    assert_int_equal(loop_run_find(life.loop, run)->result, RESULT_COMPLETED);
    end(&life, &story);
}

static void the_same_request_gets_the_same_answer(void **state)
{
    struct story story;
    struct life life;
    struct sender first = {0}, second = {0}, third = {0}, fourth = {0};

    (void)state;
    begin(&life, &story);
    struct asked asked = {.request = "02",
                          .count = 2,
                          .alerts = {WEB, ALERT("\"web-02\"")},
                          1,
                          {stage_playbook(&story.stage, STARTED("Any"))}};

    assert_int_equal(sender_ask(&life, &asked, &first), 0);
    assert_int_equal(sender_ask(&life, &asked, &second), 0); /* while the first is under way */
    assert_int_equal(second.told, 0);
    sender_waits(&life, &first);
    sender_waits(&life, &second);
    assert_true(second.repeated);
    assert_true(value_equal(&first.verdicts, &second.verdicts));
    life_end(&life);
    life_begin(&life); /* and after a restart */
    assert_int_equal(sender_ask(&life, &asked, &third), 0);
    sender_waits(&life, &third);
    assert_true(third.repeated);
    assert_true(value_equal(&first.verdicts, &third.verdicts));
    assert_int_equal(life_events(&life, NULL, "alert.received", ""), 2);
    assert_int_equal(life_events(&life, NULL, "run.started", ""), 2);
    asked.request = "03"; /* the same alerts in another request are no repetition */
    assert_int_equal(sender_ask(&life, &asked, &fourth), 0);
    sender_waits(&life, &fourth);
    assert_false(fourth.repeated);
    assert_int_equal(life_events(&life, NULL, "run.started", ""), 4);
    end(&life, &story);
}

static void what_a_key_has_taken_starts_nothing_more(void **state)
{
    struct story story;
    struct life life;
    struct sender first = {0}, second = {0};

    (void)state;
    begin(&life, &story);
    struct asked asked = {
        .request = "04", .count = 2, .alerts = {WEB, WEB}, 1, {stage_playbook(&story.stage, ONCE)}};

    assert_int_equal(sender_ask(&life, &asked, &first), 0); /* within one request */
    sender_waits(&life, &first);
    const char *run = sender_run(&first, 0);

    assert_int_equal(strncmp(run, "R-", 2), 0);
    assert_string_equal(sender_run(&first, 1), "");
    assert_string_equal(value_get_string(value_at(sender_heard(&first, 1, "not"), 0), "duplicate_of", ""),
                        run);
    life_end(&life);
    life_begin(&life);
    asked.request = "05";
    asked.count = 1;
    assert_int_equal(sender_ask(&life, &asked, &second), 0); /* in another, and in another life */
    sender_waits(&life, &second);
    assert_string_equal(value_get_string(value_at(sender_heard(&second, 0, "not"), 0), "duplicate_of", ""),
                        run);
    assert_int_equal(life_events(&life, NULL, "alert.received", ""), 3);
    assert_int_equal(life_events(&life, NULL, "run.started", ""), 1);
    end(&life, &story);
}

/* The alert is taken, and says why: a variable that can't be told, an alert too big for a run's first event.
 */
static void a_run_that_can_not_be_made_is_no_start(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0}, big = {0};

    (void)state;
    begin(&life, &story);
    struct asked asked = {
        .request = "06",
        .count = 1,
        .alerts = {WEB},
        2,
        {stage_playbook(&story.stage, WITH_VARS), stage_playbook(&story.stage, STARTED("Any"))}};

    assert_int_equal(sender_ask(&life, &asked, &sender), 0);
    sender_waits(&life, &sender);
    assert_int_equal(value_count(sender_heard(&sender, 0, "starts")), 1);
    assert_string_equal(value_get_string(value_at(sender_heard(&sender, 0, "not"), 0), "playbook", ""),
                        "Vars");

    size_t len = 1200 * 1024; /* and once more as `raw` */
    char *text = arena_alloc(story.stage.arena, len + 200);
    int head = sprintf(
        text, "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[\"web-01\"],\"t\":\"");

    memset(text + head, 'x', len);
    strcpy(text + head + len, "\"}");
    asked = (struct asked){"07", 1, {text}, 1, {asked.playbooks[1]}};
    assert_int_equal(sender_ask(&life, &asked, &big), 0);
    sender_waits(&life, &big);
    assert_int_equal(big.class, SOAR_DONE);
    assert_int_equal(value_count(sender_heard(&big, 0, "starts")), 0);
    assert_non_null(
        strstr(value_get_string(value_at(sender_heard(&big, 0, "not"), 0), "why", ""), "first event"));
    end(&life, &story);
}

static void what_is_refused_is_in_the_journal_too(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0};
    struct loop_counts counts;

    (void)state;
    begin(&life, &story);
    struct asked asked = {
        .request = "", .count = 2, .alerts = {NULL, WEB}, 1, {stage_playbook(&story.stage, STARTED("Any"))}};

    assert_int_equal(sender_ask(&life, &asked, &sender), 0);
    sender_waits(&life, &sender);
    assert_true(value_is_string(sender_heard(&sender, 0, "refused"), "rule: expected an object"));
    assert_int_equal(value_count(sender_heard(&sender, 0, "starts")), 0);
    assert_int_equal(value_count(sender_heard(&sender, 1, "starts")), 1);
    assert_int_equal(life_events(&life, "-", "alert.received", "\"refused\":\"rule: expected an object\""),
                     1);
    loop_counts(life.loop, &counts);
    assert_int_equal(counts.alerts, 2);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.runs_started, 1);
    assert_true(loop_source_seen_ms(life.loop, "siem") > 0);
    assert_int_equal(loop_source_seen_ms(life.loop, "edr"), 0);
    end(&life, &story);
}

static void a_request_fits_one_batch_or_is_refused(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0};

    (void)state;
    begin(&life, &story);
    const struct playbook *playbook = stage_playbook(&story.stage, STARTED("Any"));
    const struct playbook *five[5] = {playbook, playbook, playbook, playbook, playbook};
    struct value alert = stage_alert(&story.stage, WEB);
    struct loop_item *items = arena_array(story.stage.arena, 1000, sizeof *items);

    for (int i = 0; i < 1000; i++)
        items[i] = (struct loop_item){.alert = &alert, .body = "{}", .len = 2};
    struct loop_intake intake = {.source = "siem",
                                 .request = "08",
                                 .repeat_ms = 1000,
                                 .webhook = &sender_webhook,
                                 .item_count = 1000,
                                 .items = items,
                                 .playbook_count = 5,
                                 .playbooks = five,
                                 .done = sender_told,
                                 .arg = &sender};

    assert_int_equal(loop_receive(life.loop, &intake, &story.err), -1);
    assert_int_equal(story.err.class, SOAR_INVALID);
    assert_non_null(strstr(story.err.text, "1000 alerts"));
    loop_turn(life.loop);
    assert_int_equal(life_events(&life, NULL, "alert.received", ""), 0);
    intake.playbook_count = 3; /* 4000 events */
    sender.arena = story.stage.arena;
    memory_store_slow(life.store, 1);
    assert_int_equal(loop_receive(life.loop, &intake, &story.err), 0);
    sender_waits(&life, &sender);
    assert_int_equal(life_events(&life, NULL, "alert.received", ""), 1000);
    assert_int_equal(life_events(&life, NULL, "run.started", ""), 3000);
    assert_int_equal(value_count(&sender.verdicts), 1000);
    end(&life, &story);
}

static void an_engine_that_ends_takes_nothing(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0};
    struct asked asked = {.request = "09", .count = 1, .alerts = {WEB}};

    (void)state;
    begin(&life, &story);
    loop_wind_down(life.loop);
    assert_int_equal(sender_ask(&life, &asked, &sender), -1);
    assert_int_equal(story.err.class, SOAR_TRANSIENT);
    end(&life, &story);
    assert_int_equal(sender.told, 0);
}

/* Who still waits when the engine is gone is told that it failed. */
static void who_waits_at_the_end_is_told(void **state)
{
    struct story story;
    struct life life;
    struct sender sender = {0};
    struct asked asked = {.request = "10", .count = 1, .alerts = {WEB}};

    (void)state;
    begin(&life, &story);
    assert_int_equal(sender_ask(&life, &asked, &sender), 0);
    life_end(&life);
    assert_int_equal(sender.told, 1);
    assert_int_equal(sender.class, SOAR_PERMANENT);
    life_begin(&life);
    end(&life, &story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_told_finds_it_on_the_disk),
        cmocka_unit_test(the_same_request_gets_the_same_answer),
        cmocka_unit_test(what_a_key_has_taken_starts_nothing_more),
        cmocka_unit_test(a_run_that_can_not_be_made_is_no_start),
        cmocka_unit_test(what_is_refused_is_in_the_journal_too),
        cmocka_unit_test(a_request_fits_one_batch_or_is_refused),
        cmocka_unit_test(an_engine_that_ends_takes_nothing),
        cmocka_unit_test(who_waits_at_the_end_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
