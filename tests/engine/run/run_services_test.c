/* Property: a person is a target at each service of the kind that a provider works over, beside his
 * directories, and one name there is one person only when an attribute joins the accounts; an address is a
 * target at each service that shuts addresses out, in its one spelling, and what is no single address ends
 * refused. Method: packs over services and over directories, services as models, the ends of the tasks. */
#include "engine/base/text.h"
#include "tests/engine/run/story.h"
#include "tests/sim/services.h"

#define SUSPEND    "  - {step: lock, action: Suspend_User, target_user: \"{{alert.user_id}}\"}\n"
#define SHUT(list) "  - {step: shut, action: Shut_Out, targets: [" list "]}\n"
#define OF(user)                                                                                             \
    "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[],\"user_id\":\"" user "\"}"

static void open_story(struct story *story, const char *policy)
{
    struct diag_list diags;
    struct site *read = NULL;

    story_open(story, policy);
    stage_pack(&story->stage, suspend_pack, suspend_model);
    stage_pack(&story->stage, shut_pack, shut_model);
    diag_init(&diags, story->stage.arena, "inventory.yaml");
    const struct yaml_node *root =
        yaml_parse(story->stage.arena, service_inventory, strlen(service_inventory), &diags);

    assert_int_equal(site_read_inventory(story->stage.arena, root, "inventory.yaml", &read, &diags), 0);
    story->stage.site.directories = read->directories;
    story->stage.site.directory_count = read->directory_count;
    story->stage.site.services = read->services;
    story->stage.site.service_count = read->service_count;
}

static void stands(struct story *story, const char *target, const char *key, struct value value)
{
    struct value_builder state;

    value_build(&state, story->stage.arena);
    value_put_text(&state, key, value);
    fake_world_start(story->stage.world, target, value_end_map(&state));
}

static const struct run_task *task_of(struct story *story, const char *step, const char *key)
{
    const struct run_task *task = run_task_find(story_run(story, 0), step, "", key, false);

    if (!task)
        fail_msg("no task %s", key);
    return task;
}

static const struct run_task *person_at(struct story *story, const char *place)
{
    return task_of(story, "lock", arena_printf(story->stage.arena, "user:%s/jdoe", place));
}

static const struct ledger_row *row_of(struct story *story, const char *target)
{
    const struct ledger *ledger = loop_ledger(story_loop(story));

    for (size_t i = 0; i < ledger_row_count(ledger); i++)
        if (strcmp(ledger_row_at(ledger, i)->target, target) == 0)
            return ledger_row_at(ledger, i);
    return NULL;
}

/* Where `when` lets him through: a spare tenant is none of them. */
static void he_is_a_target_at_each_service_and_directory(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    story_play(&story, STEPS SUSPEND, OF("jdoe"));
    assert_int_equal(story_run(&story, 0)->task_count, 3);
    story_ends(person_at(&story, "okta-a"), OUTCOME_CHANGED, NULL);
    story_ends(person_at(&story, "okta-b"), OUTCOME_CHANGED, NULL);
    story_ends(person_at(&story, "corp-ad"), OUTCOME_CHANGED, NULL);
    assert_string_equal(run_task_called(person_at(&story, "okta-a"), story.stage.arena), "jdoe@okta-a");
    assert_string_equal(run_task_place(person_at(&story, "okta-a")), "okta-a");
    assert_string_equal(run_task_provider(person_at(&story, "okta-a"))->name, "cloud");
    assert_string_equal(row_of(&story, "user:okta-a/id-jdoe")->place, "okta-a");
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    story_promises(&story);
    story_release(&story);
    assert_null(row_of(&story, "user:okta-a/id-jdoe"));
    assert_false(fake_world_contained(story.stage.world, "user:okta-b/jdoe", "Suspend_User"));
    story_promises(&story);
    story_close(&story);
}

static void where_he_is_not_known_it_is_skipped(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    stands(&story, "jdoe@okta-a", "known", value_bool(false));
    stands(&story, "jdoe@corp-ad", "known", value_bool(false));
    story_play(&story, STEPS SUSPEND, OF("jdoe"));
    story_ends(person_at(&story, "okta-a"), OUTCOME_SKIPPED, "okta-a does not know jdoe");
    story_ends(person_at(&story, "okta-b"), OUTCOME_CHANGED, NULL);
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    story_close(&story);
}

static void who_is_known_nowhere_is_refused(void **state)
{
    static const char *const places[] = {"okta-a", "okta-b", "corp-ad"};
    struct story story;

    (void)state;
    open_story(&story, NULL);
    for (size_t i = 0; i < 3; i++)
        stands(&story, arena_printf(story.stage.arena, "jdoe@%s", places[i]), "known", value_bool(false));
    story_play(&story, STEPS SUSPEND, OF("jdoe"));
    story_step(&story, 0, "lock", STEP_REFUSED);
    story_close(&story);
}

/* A tenant where people register themselves: the same name, another mail. */
static void the_same_name_in_a_cloud_is_not_the_same_person(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    stands(&story, "jdoe@okta-b", "mail", value_static("somebody@else.example"));
    story_play(&story, STEPS SUSPEND, OF("CORP\\\\jdoe"));
    story_ends(person_at(&story, "corp-ad"), OUTCOME_CHANGED, NULL);
    story_ends(person_at(&story, "okta-a"), OUTCOME_CHANGED, NULL);
    assert_int_equal(person_at(&story, "okta-b")->state, TASK_HELD);
    assert_string_equal(person_at(&story, "okta-b")->why,
                        "same name as in okta-a, other mail: is it one person?");
    story_answer(&story, "H-1", "no");
    story_ends(person_at(&story, "okta-b"), OUTCOME_REFUSED, NULL);
    assert_false(fake_world_contained(story.stage.world, "user:okta-b/jdoe", "Suspend_User"));
    story_promises(&story);
    story_close(&story);
}

/* The domain of a service counts as a directory's does. */
static void the_domain_may_be_a_services(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    stands(&story, "jdoe@okta-a", "mail", value_static("one@corp.example"));
    story_play(&story, STEPS SUSPEND, OF("jdoe@corp.example"));
    story_ends(person_at(&story, "okta-a"), OUTCOME_CHANGED, NULL);
    assert_string_equal(value_get_string(&person_at(&story, "okta-a")->target, "named", ""),
                        "jdoe@corp.example");
    story_close(&story);
}

/* A tenant of many domains: jdoe of another one is not he, unless his mail says so. */
static void the_same_name_in_another_domain_of_a_service_is_held(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    stands(&story, "jdoe@corp-ad", "known", value_bool(false));
    stands(&story, "jdoe@okta-b", "known", value_bool(false));
    struct value_builder other;
    value_build(&other, story.stage.arena);
    value_put_text(&other, "upn", value_static("jdoe@sub.example"));
    value_put_text(&other, "mail", value_static("joan.doe@sub.example"));
    fake_world_start(story.stage.world, "jdoe@okta-a", value_end_map(&other));
    story_play(&story, STEPS SUSPEND, OF("jdoe@corp.example"));
    assert_int_equal(person_at(&story, "okta-a")->state, TASK_HELD);
    assert_string_equal(
        person_at(&story, "okta-a")->why,
        "it was said to be jdoe@corp.example, and there is only jdoe@sub.example: is it one person?");
    story_answer(&story, "H-1", "no");
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "http.send"), 0);
    story_close(&story);
}

/* Nobody goes free by a name that nobody could have. */
static void what_can_be_nobodys_name_ends_refused(void **state)
{
    struct story story;
    char name[301] = "";

    (void)state;
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\303\251", 3);
    open_story(&story, NULL);
    story_play(&story,
               arena_printf(story.stage.arena,
                            STEPS "  - {step: lock, action: Suspend_User, targets: '{{alert.names}}'}\n"
                                  "  - {step: shut, action: Shut_Out, targets: ['%s']}\n",
                            name),
               arena_printf(story.stage.arena,
                            "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[],"
                            "\"names\":[\"a\\u0000b\",\"x%s\"]}",
                            name));
    const struct run *run = story_run(&story, 0);
    assert_int_equal(run->task_count, 3);
    story_ends(task_of(&story, "lock", "user:a"), OUTCOME_REFUSED, "holds a NUL");
    story_ends(run->tasks[1], OUTCOME_REFUSED, "too long");
    for (size_t i = 0; i < run->task_count; i++)
        assert_true(text_is_utf8(run->tasks[i]->name, strlen(run->tasks[i]->name)));
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "http.send"), 0);
    story_close(&story);
}

static void an_account_of_our_own_is_never_touched(void **state)
{
    struct story story;
    const struct run *run;

    (void)state;
    open_story(&story, NULL);
    story_play(&story, STEPS SUSPEND, OF("root"));
    run = story_run(&story, 0);
    for (size_t i = 0; i < run->task_count; i++)
        story_ends(run->tasks[i], OUTCOME_REFUSED, "by never");
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "http.send"), 0);
    story_close(&story);
}

static void an_address_is_a_target_at_each_firewall(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    story_play(&story, STEPS SHUT("'::ffff:203.0.113.7', '2001:DB8:0::1', 203.0.113.7"), WEB);
    assert_int_equal(story_run(&story, 0)->task_count, 4);
    story_ends(task_of(&story, "shut", "address:fw-1/203.0.113.7"), OUTCOME_CHANGED, NULL);
    story_ends(task_of(&story, "shut", "address:fw-2/203.0.113.7"), OUTCOME_CHANGED, NULL);
    story_ends(task_of(&story, "shut", "address:fw-1/2001:db8::1"), OUTCOME_CHANGED, NULL);
    assert_string_equal(row_of(&story, "address:fw-2/2001:db8::1")->place, "fw-2");
    assert_string_equal(
        run_task_called(task_of(&story, "shut", "address:fw-1/203.0.113.7"), story.stage.arena),
        "203.0.113.7@fw-1");
    story_promises(&story);
    story_release(&story);
    assert_false(fake_world_contained(story.stage.world, "address:fw-1/203.0.113.7", "Shut_Out"));
    story_promises(&story);
    story_close(&story);
}

static void what_is_no_single_address_ends_refused(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    story_play(&story, STEPS SHUT("203.0.113.0/24, web-01, 0.0.0.0, 010.0.0.1"), WEB);
    assert_int_equal(story_run(&story, 0)->task_count, 4);
    story_ends(task_of(&story, "shut", "address:203.0.113.0/24"), OUTCOME_REFUSED, "a range");
    story_ends(task_of(&story, "shut", "address:web-01"), OUTCOME_REFUSED, "expected an IP address");
    story_ends(task_of(&story, "shut", "address:0.0.0.0"), OUTCOME_REFUSED, "of one machine");
    story_ends(task_of(&story, "shut", "address:010.0.0.1"), OUTCOME_REFUSED, "expected an IP address");
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "http.send"), 0);
    story_step(&story, 0, "shut", STEP_REFUSED);
    story_close(&story);
}

/* web-01 is 127.0.9.1; soar reaches fw-2 at 192.0.2.30; 10.9.9.9 may be anybody's. */
static void what_we_need_ourselves_is_not_shut_out(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    story_play(&story, STEPS SHUT("127.0.9.1, 192.0.2.30, 10.9.9.9"), WEB);
    story_ends(task_of(&story, "shut", "address:fw-1/127.0.9.1"), OUTCOME_REFUSED, "web-01 in the inventory");
    story_ends(task_of(&story, "shut", "address:fw-1/192.0.2.30"), OUTCOME_REFUSED,
               "where soar reaches fw-2");
    assert_int_equal(task_of(&story, "shut", "address:fw-1/10.9.9.9")->state, TASK_HELD);
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "http.send"), 0);
    story_close(&story);
}

#define BEGINS INT64_C(1767225600000)
#define MINUTE INT64_C(60000)

/* A minute; and one that would have us wait for ever is asked again after an hour. */
static void whoever_asks_us_to_wait_is_not_asked_before(void **state)
{
    struct story story;
    struct value_builder free;

    (void)state;
    open_story(&story, NULL);
    stands(&story, "203.0.113.7@fw-1", "busy", value_int(MINUTE));
    stands(&story, "203.0.113.7@fw-2", "busy", value_int(1000 * MINUTE));
    story_begin(&story, STEPS SHUT("203.0.113.7"), WEB);
    story_pass(&story, 1000);
    const struct run_task *task = task_of(&story, "shut", "address:fw-1/203.0.113.7");
    const struct run_task *other = task_of(&story, "shut", "address:fw-2/203.0.113.7");

    assert_int_equal(task->state, TASK_RESTING);
    assert_true(task->due_ms >= BEGINS + MINUTE && task->due_ms < BEGINS + MINUTE + 5000);
    assert_string_equal(task->why, "fw-1: status 429; asked us to wait 1 min");
    assert_true(other->due_ms >= BEGINS + 60 * MINUTE && other->due_ms < BEGINS + 61 * MINUTE);
    value_build(&free, story.stage.arena);
    value_put_text(&free, "busy", value_int(0));
    struct value map = value_end_map(&free);

    fake_world_set(story.stage.world, "203.0.113.7@fw-1", map);
    fake_world_set(story.stage.world, "203.0.113.7@fw-2", map);
    story_pass(&story, MINUTE - 5000);
    assert_int_equal(task->tries, 1);
    story_go_on(&story);
    story_ends(task, OUTCOME_CHANGED, NULL);
    story_ends(other, OUTCOME_CHANGED, NULL);
    assert_true(other->ended_ms >= BEGINS + 60 * MINUTE);
    story_promises(&story);
    story_close(&story);
}

static void without_a_service_it_is_unsupported(void **state)
{
    struct story story;

    (void)state;
    open_story(&story, NULL);
    story.stage.site.service_count = 0;
    story_play(&story, STEPS SHUT("203.0.113.7"), WEB);
    story_ends(task_of(&story, "shut", "address:203.0.113.7"), OUTCOME_UNSUPPORTED,
               "Shut_Out works at none of the inventory's services");
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(he_is_a_target_at_each_service_and_directory),
        cmocka_unit_test(where_he_is_not_known_it_is_skipped),
        cmocka_unit_test(who_is_known_nowhere_is_refused),
        cmocka_unit_test(the_same_name_in_a_cloud_is_not_the_same_person),
        cmocka_unit_test(the_domain_may_be_a_services),
        cmocka_unit_test(the_same_name_in_another_domain_of_a_service_is_held),
        cmocka_unit_test(what_can_be_nobodys_name_ends_refused),
        cmocka_unit_test(an_account_of_our_own_is_never_touched),
        cmocka_unit_test(an_address_is_a_target_at_each_firewall),
        cmocka_unit_test(what_is_no_single_address_ends_refused),
        cmocka_unit_test(what_we_need_ourselves_is_not_shut_out),
        cmocka_unit_test(whoever_asks_us_to_wait_is_not_asked_before),
        cmocka_unit_test(without_a_service_it_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
