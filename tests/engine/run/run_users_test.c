/* Property: a user is a target at each place where a provider works at his account, and nowhere else; who
 * isn't known at one place is skipped there, who is known nowhere is refused; a place that is down holds up
 * nobody elsewhere. Method: packs over hosts and over directories, places as models, the ends of the tasks.
 */
#include "tests/engine/run/story.h"
#include "tests/sim/accounts.h"

#define LOCK "  - {step: lock, action: Lock_User, target_user: \"{{alert.user_id}}\"}\n"

#define DISABLE "  - {step: lock, action: Disable_User, target_user: \"{{alert.user_id}}\"}\n"
#define OF(user)                                                                                             \
    "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[],\"user_id\":\"" user "\"}"

static void open_story(struct story *story)
{
    story_open(story, NULL);
    stage_pack(&story->stage, lock_pack, lock_model);
    stage_pack(&story->stage, disable_pack, disable_model);
    story->stage.site.directories = account_directories;
    story->stage.site.directory_count = sizeof account_directories / sizeof *account_directories;
}

static void stands(struct story *story, const char *target, const char *key, struct value value)
{
    struct value_builder state;

    value_build(&state, story->stage.arena);
    value_put_text(&state, key, value);
    fake_world_start(story->stage.world, target, value_end_map(&state));
}

static const struct ledger_row *row_of(struct story *story, const char *target)
{
    const struct ledger *ledger = loop_ledger(story_loop(story));

    for (size_t i = 0; i < ledger_row_count(ledger); i++)
        if (strcmp(ledger_row_at(ledger, i)->target, target) == 0)
            return ledger_row_at(ledger, i);
    return NULL;
}

static const struct run_task *task_at(struct story *story, const char *place)
{
    const char *key = arena_printf(story->stage.arena, "user:%s/jdoe", place);
    const struct run_task *task = run_task_find(story_run(story, 0), "lock", "", key, false);

    assert_non_null(task);
    return task;
}

static void unknown_at(struct story *story, const char *place)
{
    stands(story, arena_printf(story->stage.arena, "jdoe@%s", place), "known", value_bool(false));
}

static void he_is_a_target_at_each_host_that_a_provider_fits(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS LOCK, ALERT("\"web-01\",\"ws-07\",{\"ip\":[\"127.0.9.2\"]}"));
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "web-02"), OUTCOME_CHANGED, NULL);
    assert_string_equal(task_at(&story, "web-02")->name, "jdoe");
    assert_string_equal(run_task_place(task_at(&story, "web-02")), "web-02");
    assert_true(fake_world_contained(story.stage.world, "user:web-01/jdoe", "Lock_User"));
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    story_promises(&story);
    story_release(&story);
    assert_false(fake_world_contained(story.stage.world, "user:web-01/jdoe", "Lock_User"));
    assert_false(fake_world_contained(story.stage.world, "user:web-02/jdoe", "Lock_User"));
    story_close(&story);
}

static void who_is_not_known_at_one_place_is_skipped_there(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    unknown_at(&story, "web-02");
    story_play(&story, STEPS LOCK, BOTH);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "web-02"), OUTCOME_SKIPPED, "web-02 does not know jdoe");
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    assert_int_equal(story_run(&story, 0)->result, RESULT_COMPLETED);
    story_close(&story);
}

static void who_is_known_nowhere_is_refused_by_the_last(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    unknown_at(&story, "web-01");
    unknown_at(&story, "web-02");
    story_play(&story, STEPS LOCK, BOTH);
    const struct run *run = story_run(&story, 0);
    int refused = 0;

    for (size_t i = 0; i < run->task_count; i++)
        refused += run->tasks[i]->outcome == OUTCOME_REFUSED && strstr(run->tasks[i]->why, "knows jdoe");
    assert_int_equal(refused, 1);
    story_step(&story, 0, "lock", STEP_REFUSED);
    assert_int_equal(run->result, RESULT_FAILED);
    story_close(&story);
}

static void a_place_that_is_down_is_a_standing_order_and_holds_up_nobody(void **state)
{
    struct fake_fault down = {
        .target = "user:web-02/jdoe", .fate = FATE_REFUSE, .until_ms = INT64_C(1767225600000) + 1800000};
    struct story story;

    (void)state;
    open_story(&story);
    story_fault(&story, &down);
    story_begin(&story, STEPS LOCK, BOTH);
    story_pass(&story, 600000);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    assert_int_equal(task_at(&story, "web-02")->state, TASK_PENDING);
    story_go_on(&story);
    story_ends(task_at(&story, "web-02"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void a_host_that_nobody_knows_is_told_if_a_provider_would_have_gone_there(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(
        &story, STEPS LOCK,
        ALERT("\"web-01\",{\"name\":\"db-99\",\"os\":\"linux\"},{\"name\":\"x-1\",\"os\":\"windows\"}"));
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    story_ends(task_at(&story, "web-01"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "db-99"), OUTCOME_FAILED, "not in the inventory");
    story_close(&story);
}

static void without_any_place_it_is_unsupported(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS LOCK, ALERT("\"ws-07\""));
    assert_int_equal(story_run(&story, 0)->task_count, 1);
    story_ends(story_run(&story, 0)->tasks[0], OUTCOME_UNSUPPORTED, "nor at a host of the alert");
    story_step(&story, 0, "lock", STEP_UNSUPPORTED);
    story_close(&story);
}

static void rows_go_by_what_find_has_said(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS DISABLE, OF("CORP\\\\JDoe"));
    assert_int_equal(story_run(&story, 0)->task_count, 2);
    const struct run_task *task = task_at(&story, "corp-a");

    story_ends(task, OUTCOME_CHANGED, NULL);
    assert_string_equal(task->name, "JDoe");
    assert_string_equal(value_get_string(&task->target, "named", ""), "CORP\\JDoe");
    assert_string_equal(value_get_string(&task->target, "domain", ""), "CORP");
    assert_string_equal(run_task_row(task), "user:corp-a/id-jdoe");
    assert_non_null(row_of(&story, "user:corp-a/id-jdoe"));
    assert_null(row_of(&story, "user:corp-a/jdoe"));
    assert_string_equal(row_of(&story, "user:corp-b/id-jdoe")->place, "corp-b");
    story_promises(&story);
    story_release(&story);
    assert_null(row_of(&story, "user:corp-a/id-jdoe"));
    assert_false(fake_world_contained(story.stage.world, "user:corp-a/jdoe", "Disable_User"));
    story_promises(&story);
    story_close(&story);
}

/* Two runs, two spellings, one account: the second looks under the account's own lock, and holds it, too. */
static void two_spellings_of_one_account_meet_in_one_row(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    stands(&story, "jdoe", "id", value_static("ID-1"));
    stands(&story, "john.doe", "id", value_static("ID-1"));
    fake_world_same(story.stage.world, "user:corp-a/john.doe", "user:corp-a/jdoe");
    fake_world_same(story.stage.world, "user:corp-b/john.doe", "user:corp-b/jdoe");
    story_begin(&story, STEPS DISABLE, OF("jdoe"));
    story_play(&story, STEPS DISABLE, OF("john.doe@corp.example"));
    const struct ledger_row *row = row_of(&story, "user:corp-a/id-1");

    assert_non_null(row);
    assert_int_equal(row->holder_count, 2);
    assert_int_equal(fake_world_changes(story.stage.world, "user:corp-a/jdoe", "Disable_User"), 1);
    const struct run_task *second =
        run_task_find(story_run(&story, 1), "lock", "", "user:corp-a/john.doe", false);
    const struct run_task *first = task_at(&story, "corp-a");

    assert_true((first->outcome == OUTCOME_ALREADY) != (second->outcome == OUTCOME_ALREADY));
    story_promises(&story);
    story_close(&story);
}

/* jdoe was deleted, and somebody else is called so now. */
static void who_bears_the_name_now_is_not_released_for_him(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS DISABLE, OF("jdoe"));
    struct value_builder now;

    value_build(&now, story.stage.arena);
    value_put_text(&now, "id", value_static("ID-2"));
    fake_world_set(story.stage.world, "jdoe@corp-a", value_end_map(&now));
    story_release(&story);
    const struct run *release = story_run(&story, 1);

    for (size_t i = 0; i < release->task_count; i++)
        if (strcmp(run_task_place(release->tasks[i]), "corp-a") == 0)
            story_ends(release->tasks[i], OUTCOME_REFUSED, "jdoe in corp-a is another account now");
        else
            story_ends(release->tasks[i], OUTCOME_CHANGED, NULL);
    assert_non_null(row_of(&story, "user:corp-a/id-jdoe"));
    assert_int_equal(release->result, RESULT_PARTIAL);
    story_close(&story);
}

static void has_mail(struct story *story, const char *target, const char *mail)
{
    stands(story, target, "mail", value_static(mail));
}

static const struct ledger_ask *first_hold(struct story *story)
{
    const struct ledger *ledger = loop_ledger(story_loop(story));

    assert_true(ledger_ask_count(ledger) > 0);
    return ledger_ask_at(ledger, 0);
}

/* A mail joins without regard to case. */
static void accounts_that_a_mail_joins_are_one_person(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    has_mail(&story, "jdoe@corp-a", "J.Doe@Corp.example");
    has_mail(&story, "jdoe@corp-b", "j.doe@corp.example");
    story_play(&story, STEPS DISABLE, OF("jdoe"));
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    assert_int_equal(story_events(&story, "task.held", "", ""), 0);
    story_promises(&story);
    story_close(&story);
}

static void two_people_of_one_name_are_both_held_where_none_is_meant(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    has_mail(&story, "jdoe@corp-b", "somebody@else.example");
    story_play(&story, STEPS DISABLE, OF("jdoe"));
    assert_int_equal(task_at(&story, "corp-a")->state, TASK_HELD);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "ldap.modify"), 0);
    assert_string_equal(first_hold(&story)->rule, "one_person");
    assert_string_equal(task_at(&story, "corp-b")->why,
                        "same name as in corp-a, other mail: is it one person?");
    story_answer(&story, "H-1", "yes");
    story_step(&story, 0, "lock", STEP_SUCCEEDED);
    story_promises(&story);
    story_close(&story);
}

static void the_domain_of_the_alert_says_who_is_meant(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    has_mail(&story, "jdoe@corp-b", "somebody@else.example");
    story_play(&story, STEPS DISABLE, OF("CORP\\\\jdoe"));
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    story_answer(&story, "H-1", "no");
    story_ends(task_at(&story, "corp-b"), OUTCOME_REFUSED, NULL);
    assert_int_equal(fake_world_changes(story.stage.world, "user:corp-b/jdoe", "Disable_User"), 0);
    story_promises(&story);
    story_close(&story);
}

/* corp.example and corp.test: CORP may be short for either. */
static void a_short_name_of_two_domains_means_neither(void **state)
{
    static const struct value keys[] = {{.kind = VALUE_STRING, .text = "base", .len = 4}};
    static const struct value bases[] = {{.kind = VALUE_STRING, .text = "dc=corp,dc=test", .len = 15}};
    static const struct value_map entry = {.count = 1, .keys = keys, .values = bases};
    struct site_place both[] = {account_directories[0], account_directories[1]};
    struct story story;

    (void)state;
    both[1].entry = (struct value){.kind = VALUE_MAP, .map = &entry};
    open_story(&story);
    story.stage.site.directories = both;
    story.stage.site.directory_count = 2;
    has_mail(&story, "jdoe@corp-b", "somebody@else.example");
    story_play(&story, STEPS DISABLE, OF("CORP\\\\jdoe"));
    assert_int_equal(task_at(&story, "corp-a")->state, TASK_HELD);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_non_null(strstr(task_at(&story, "corp-a")->why, "could be corp.example or corp.test"));
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "ldap.modify"), 0);
    story_close(&story);
    open_story(&story);
    story.stage.site.directories = both;
    story.stage.site.directory_count = 2;
    story_play(&story, STEPS DISABLE, OF("CORP\\\\jdoe")); /* one mail address: one person */
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "corp-b"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void what_is_joined_to_the_one_that_is_meant_follows_it(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS DISABLE, OF("jdoe@corp.example"));
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "corp-b"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

static void a_domain_that_no_directory_has_holds_all(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS DISABLE, OF("PARTNER\\\\jdoe"));
    assert_int_equal(task_at(&story, "corp-a")->state, TASK_HELD);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_non_null(strstr(task_at(&story, "corp-a")->why, "said to be PARTNER's, and no directory"));
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "ldap.modify"), 0);
    story_close(&story);
}

/* Unknown where he is meant to be: whoever else has the name isn't he. */
static void who_is_unknown_in_the_domain_that_is_meant_is_held_elsewhere(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    unknown_at(&story, "corp-a");
    story_play(&story, STEPS DISABLE, OF("CORP\\\\jdoe"));
    story_ends(task_at(&story, "corp-a"), OUTCOME_SKIPPED, "does not know");
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_non_null(strstr(task_at(&story, "corp-b")->why, "corp-a does not know it"));
    story_close(&story);
}

/* The one that is meant can't be asked: the others are held, and go on by themselves when it has spoken. */
static void a_directory_that_comes_back_frees_what_it_joins(void **state)
{
    struct fake_fault down = {
        .target = "corp-a", .fate = FATE_REFUSE, .until_ms = INT64_C(1767225600000) + 1800000};
    struct story story;

    (void)state;
    open_story(&story);
    story_fault(&story, &down);
    story_begin(&story, STEPS DISABLE, OF("CORP\\\\jdoe"));
    story_pass(&story, 600000);
    assert_int_equal(task_at(&story, "corp-a")->state, TASK_PENDING);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_non_null(strstr(task_at(&story, "corp-b")->why, "corp-a has not answered yet"));
    story_pass(&story, 3600000);
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    story_ends(task_at(&story, "corp-b"), OUTCOME_CHANGED, NULL);
    assert_false(first_hold(&story)->open);
    story_promises(&story);
    story_close(&story);
}

/* A run over one of his places alone, as a retry is: the others aren't looked at, so they join nothing. */
static void play_only(struct story *story, const char *only_name, const char *alert_text)
{
    struct value *alert = arena_alloc(story->stage.arena, sizeof *alert);
    struct value name = value_static(only_name);
    struct value only = value_list(story->stage.arena, &name, 1);

    *alert = stage_alert(&story->stage, alert_text);
    assert_int_equal(
        rehearsal_request(story->stage.rehearsal,
                          &(struct loop_request){.playbook = stage_playbook(&story->stage, STEPS DISABLE),
                                                 .alert = alert,
                                                 .only = &only},
                          NULL),
        0);
    story_go_on(story);
}

static void a_place_that_is_left_out_joins_nobody(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    has_mail(&story, "jdoe@corp-b", "somebody@else.example");
    play_only(&story, "jdoe@corp-b", OF("jdoe"));
    assert_int_equal(story_run(&story, 0)->task_count, 1);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_string_equal(task_at(&story, "corp-b")->why,
                        "this run leaves out corp-a, where the name may be another's: is it the one?");
    assert_int_equal(fake_world_calls(story.stage.world, NULL, "ldap.modify"), 0);
    story_answer(&story, "H-1", "yes");
    story_ends(task_at(&story, "corp-b"), OUTCOME_CHANGED, NULL);
    story_close(&story);
}

/* Said to be CORP's, and corp-a is CORP: the place that is meant needs no other. */
static void the_place_that_is_meant_needs_none_that_is_left_out(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    play_only(&story, "jdoe@corp-a", OF("CORP\\\\jdoe"));
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    story_close(&story);
    open_story(&story);
    play_only(&story, "jdoe@corp-b", OF("CORP\\\\jdoe"));
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    assert_string_equal(task_at(&story, "corp-b")->why,
                        "it is said to be CORP's, and this run leaves out corp-a: is it the one?");
    story_close(&story);
}

/* Where no domain is named, one that is down holds up nobody; what it says later is weighed then. */
static void a_directory_that_is_down_blocks_no_other(void **state)
{
    struct fake_fault down = {
        .target = "corp-b", .fate = FATE_REFUSE, .until_ms = INT64_C(1767225600000) + 1800000};
    struct story story;

    (void)state;
    open_story(&story);
    has_mail(&story, "jdoe@corp-b", "somebody@else.example");
    story_fault(&story, &down);
    story_begin(&story, STEPS DISABLE, OF("jdoe"));
    story_pass(&story, 600000);
    story_ends(task_at(&story, "corp-a"), OUTCOME_CHANGED, NULL);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_PENDING);
    story_pass(&story, 3600000);
    assert_int_equal(task_at(&story, "corp-b")->state, TASK_HELD);
    story_close(&story);
}

/* Somebody enables the account again: a recheck finds it by its name, knows it by its id, and puts it back.
 */
static void an_account_that_was_opened_is_put_back(void **state)
{
    struct story story;

    (void)state;
    open_story(&story);
    story_play(&story, STEPS DISABLE, OF("jdoe"));
    fake_world_break(story.stage.world, "jdoe@corp-a", "Disable_User");
    assert_false(fake_world_contained(story.stage.world, "user:corp-a/jdoe", "Disable_User"));
    assert_int_equal(stage_recheck_all(&story.stage, &story.err), 0);
    story_go_on(&story);
    assert_true(fake_world_contained(story.stage.world, "user:corp-a/jdoe", "Disable_User"));
    const struct ledger_row *row = row_of(&story, "user:corp-a/id-jdoe");

    assert_int_equal(row->holder_count, 1);
    assert_true(row->put_back_ms > 0 && row->broken_ms == 0);
    assert_int_equal(ledger_row_count(loop_ledger(story_loop(&story))), 2);
    story_promises(&story);
    story_close(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(he_is_a_target_at_each_host_that_a_provider_fits),
        cmocka_unit_test(who_is_not_known_at_one_place_is_skipped_there),
        cmocka_unit_test(who_is_known_nowhere_is_refused_by_the_last),
        cmocka_unit_test(a_place_that_is_down_is_a_standing_order_and_holds_up_nobody),
        cmocka_unit_test(a_host_that_nobody_knows_is_told_if_a_provider_would_have_gone_there),
        cmocka_unit_test(without_any_place_it_is_unsupported),
        cmocka_unit_test(rows_go_by_what_find_has_said),
        cmocka_unit_test(two_spellings_of_one_account_meet_in_one_row),
        cmocka_unit_test(who_bears_the_name_now_is_not_released_for_him),
        cmocka_unit_test(an_account_that_was_opened_is_put_back),
        cmocka_unit_test(accounts_that_a_mail_joins_are_one_person),
        cmocka_unit_test(two_people_of_one_name_are_both_held_where_none_is_meant),
        cmocka_unit_test(the_domain_of_the_alert_says_who_is_meant),
        cmocka_unit_test(a_short_name_of_two_domains_means_neither),
        cmocka_unit_test(what_is_joined_to_the_one_that_is_meant_follows_it),
        cmocka_unit_test(a_domain_that_no_directory_has_holds_all),
        cmocka_unit_test(who_is_unknown_in_the_domain_that_is_meant_is_held_elsewhere),
        cmocka_unit_test(a_directory_that_comes_back_frees_what_it_joins),
        cmocka_unit_test(a_directory_that_is_down_blocks_no_other),
        cmocka_unit_test(a_place_that_is_left_out_joins_nobody),
        cmocka_unit_test(the_place_that_is_meant_needs_none_that_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
