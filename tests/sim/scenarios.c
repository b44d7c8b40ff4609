/* The scenarios, each a small story with an end that must be reached whatever dies on the way.
 *
 * Method: play it, let five minutes pass (longer than any dead man), hold the promises; then release all and
 * hold them again. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/accounts.h"
#include "tests/sim/scenario_parts.h"

#define ONE "{\"id\":\"A-2\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[\"web-01\"]}"

static const char isolate_text[] = "playbook_name: Isolate\n"
                                   "trigger: SIEM_Alert_High_Confidence\n"
                                   "actions:\n"
                                   "  - step: 1\n"
                                   "    action: Isolate_Endpoint\n"
                                   "    target_os: [Linux]\n";

static const char lanes_text[] =
    "playbook_name: Lanes\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "actions:\n"
    "  - {step: isolate, action: Isolate_Endpoint}\n"
    "  - {step: mark, action: Mark_Host}\n"
    "  - {step: revoke, action: Revoke_Credentials, target_user: \"{{alert.user_id}}\"}\n"
    "  - {step: last, action: Mark_Host, needs: [mark], when: steps.mark.changed.size() > 0}\n";

static const char bell_text[] = "playbook_name: Bell\n"
                                "trigger: SIEM_Alert_High_Confidence\n"
                                "actions:\n"
                                "  - {step: ring, action: Ring_Bell}\n";

static const char rollback_text[] =
    "playbook_name: Rollback\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "actions:\n"
    "  - {step: isolate, action: Isolate_Endpoint}\n"
    "  - {step: mark, action: Mark_Host, enough: all, on_failure: rollback}\n";

static const char once_text[] =
    "playbook_name: Once\n"
    "trigger: {when: alert.confidence >= 80, dedup: {key: [alert.id], window: 30d}}\n"
    "actions:\n"
    "  - {step: isolate, action: Isolate_Endpoint}\n";

static const char mark_text[] = "playbook_name: Mark\n"
                                "trigger: {when: alert.confidence >= 80}\n"
                                "actions:\n"
                                "  - {step: mark, action: Mark_Host}\n";

void three_hosts(struct stage *stage)
{
    stage_host(stage, "web-01", "linux");
    stage_host(stage, "web-02", "linux");
    stage_host(stage, "db-01", "linux");
}

/* A run that was stopped while a call's fate was unknown may ask; the person says that it was not done. */
static int answer_all(struct stage *stage, const char *of_hold, const char *of_doubt, struct soar_err *err)
{
    struct loop *loop = rehearsal_loop(stage->rehearsal);

    for (size_t i = 0; i < ledger_ask_count(loop_ledger(loop)); i++) {
        const struct ledger_ask *ask = ledger_ask_at(loop_ledger(loop), i);
        bool doubt = strcmp(ask->kind, "doubt") == 0;

        if (ask->open && loop_answer(loop, ask->id, doubt ? of_doubt : of_hold, "a person", "", err))
            return -1;
    }
    return 0;
}

static bool any_open(struct stage *stage)
{
    const struct ledger *ledger = loop_ledger(rehearsal_loop(stage->rehearsal));

    for (size_t i = 0; i < ledger_ask_count(ledger); i++)
        if (ledger_ask_at(ledger, i)->open)
            return true;
    return false;
}

int to_the_end(struct stage *stage, const char *of_hold, const char *of_doubt, struct soar_err *err)
{
    if (rehearsal_run(stage->rehearsal, err))
        return -1;
    for (int round = 0; any_open(stage) && round < 20; round++)
        if (answer_all(stage, of_hold, of_doubt, err) || rehearsal_run(stage->rehearsal, err))
            return -1;
    return any_open(stage) ? soar_err_set(err, SOAR_PERMANENT, "questions without an end") : 0;
}

static int all_ended(struct stage *stage, struct soar_err *err)
{
    struct loop *loop = rehearsal_loop(stage->rehearsal);

    for (size_t i = 0; i < loop_run_count(loop); i++)
        if (loop_run_at(loop, i)->state != RUN_ENDED)
            return soar_err_set(err, SOAR_PERMANENT, "%s has not ended", loop_run_at(loop, i)->id);
    return 0;
}

/* The second half of each story: time passes, the promises hold, all is released, they hold again and nothing
 * is left. */
int aftermath(struct stage *stage, long *ret_writes, struct soar_err *err)
{
    if (all_ended(stage, err) || rehearsal_pass(stage->rehearsal, 300000, err) ||
        rehearsal_check(stage->rehearsal, err))
        return -1;
    if (stage_release_all(stage, err) || to_the_end(stage, "yes", "not", err) || all_ended(stage, err) ||
        rehearsal_check(stage->rehearsal, err))
        return soar_err_wrap(err, "after the release");
    if (ret_writes)
        *ret_writes = memory_disk_writes(rehearsal_disk(stage->rehearsal));
    return 0;
}

int every_task_is(struct stage *stage, size_t run_index, enum task_outcome outcome, struct soar_err *err)
{
    const struct run *run = rehearsal_run_at(stage->rehearsal, run_index);

    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->outcome != outcome && run->tasks[i]->outcome != OUTCOME_ALREADY)
            return soar_err_set(err, SOAR_PERMANENT, "%s on %s ended %s: %s", run->tasks[i]->step->name,
                                run->tasks[i]->key, task_outcome_name(run->tasks[i]->outcome),
                                run->tasks[i]->why);
    return 0;
}

static int isolate(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    failed = stage_run(&stage, stage_playbook(&stage, isolate_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err) || every_task_is(&stage, 0, OUTCOME_CHANGED, err) ||
             aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

static int lanes(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    failed = stage_run(&stage, stage_playbook(&stage, lanes_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

static int two_runs(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    struct playbook *playbook;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    playbook = stage_playbook(&stage, isolate_text);
    failed = stage_run(&stage, playbook, THREE, err) || stage_run(&stage, playbook, ONE, err) ||
             to_the_end(&stage, "yes", "again", err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* A limit of one an hour over three hosts: one is isolated, two are held, none is lost; a person frees them.
 */
static int limit(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, "blast_radius: {isolate: {at_most: 1/1h, over: hold}}\n");
    three_hosts(&stage);
    failed = stage_run(&stage, stage_playbook(&stage, isolate_text), THREE, err) ||
             rehearsal_run(stage.rehearsal, err);
    if (!failed && rehearsal_lives(stage.rehearsal) == 1 && !options->chaos_percent) {
        const struct ledger *ledger = loop_ledger(rehearsal_loop(stage.rehearsal));

        if (ledger_ask_count(ledger) != 1 || ledger_ask_at(ledger, 0)->member_count != 2)
            failed = soar_err_set(err, SOAR_PERMANENT, "not one hold of two");
    }
    failed = failed || to_the_end(&stage, "yes", "again", err) ||
             every_task_is(&stage, 0, OUTCOME_CHANGED, err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* A host that is down for a quarter of an hour is isolated when it comes back. */
static int offline(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    fake_world_fault(stage.world, &(struct fake_fault){.target = "web-02", .fate = FATE_REFUSE, .times = 9});
    failed = stage_run(&stage, stage_playbook(&stage, isolate_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err) || every_task_is(&stage, 0, OUTCOME_CHANGED, err) ||
             aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* What no look can tell: the bell. Its answer is lost, so a person is asked, and it never rings twice by
 * itself. */
static int bell(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    fake_world_fault(
        stage.world,
        &(struct fake_fault){.target = "web-01", .function = "ssh.run", .fate = FATE_LOSE, .times = 1});
    failed = stage_run(&stage, stage_playbook(&stage, bell_text), THREE, err) ||
             to_the_end(&stage, "yes", "done", err) || aftermath(&stage, ret_writes, err);
    for (size_t i = 0; !failed && i < 3; i++)
        if (fake_world_changes(stage.world, stage.hosts[i].key, "Ring_Bell") > 1)
            failed = soar_err_set(err, SOAR_PERMANENT, "%s: the bell rang twice", stage.hosts[i].key);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* The second step fails on one host for good: what the run did is undone. */
static int rollback(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    fake_world_fault(
        stage.world,
        &(struct fake_fault){
            .target = "db-01", .function = "ssh.run", .fate = FATE_FAIL, .times = 1, .after = 2});
    failed = stage_run(&stage, stage_playbook(&stage, rollback_text), THREE, err) ||
             to_the_end(&stage, "yes", "not", err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* Stopped in the middle: nothing more begins, what is done stays and is known. */
static int stopped(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    struct soar_err ignored;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    failed = stage_run(&stage, stage_playbook(&stage, lanes_text), THREE, err) ||
             rehearsal_pass(stage.rehearsal, 65, err);
    if (!failed) {
        const struct run *run = rehearsal_run_at(stage.rehearsal, 0);

        if (run && run->state == RUN_RUNNING)
            failed = loop_cancel(rehearsal_loop(stage.rehearsal), run->id, "a person", "", &ignored) != 0;
    }
    failed = failed || to_the_end(&stage, "no", "not", err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* Alerts come in by a webhook, some twice in one request, some requests twice: to a daemon, which forgets. */
static int alerts(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage_options daemon = *options;
    struct stage stage;
    int failed;

    daemon.forget = true;
    stage_open(&stage, &daemon, NULL);
    three_hosts(&stage);
    struct playbook *once = stage_playbook(&stage, once_text);
    struct playbook *mark = stage_playbook(&stage, mark_text);
    struct stage_request first = {"aa01", 3, {THREE, ONE, THREE}, 2, {once, mark}};
    struct stage_request second = {"aa02", 1, {ONE}, 1, {once}};

    failed = stage_send(&stage, &first, err) || stage_send(&stage, &second, err) ||
             stage_send(&stage, &first, err) || to_the_end(&stage, "yes", "again", err) ||
             aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

static bool all_contained(const struct stage *stage, bool wanted)
{
    for (size_t i = 0; i < stage->site.host_count; i++)
        if (fake_world_contained(stage->world, stage->hosts[i].key, "Isolate_Endpoint") != wanted)
            return false;
    return true;
}

/* Of the rechecks of one target each ends before the next begins. */
static int one_at_a_time(const struct stage *stage, struct soar_err *err)
{
    const struct memory_disk *disk = rehearsal_disk(stage->rehearsal);

    for (size_t h = 0; h < stage->site.host_count; h++) {
        const char *key = arena_printf(stage->arena, "\"target\":\"%s\"", stage->hosts[h].key);
        const char *open = NULL;

        for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
            const struct soar_event *event = memory_disk_event(disk, i);
            bool begins = strcmp(event->kind, "run.started") == 0 && strstr(event->body, key) &&
                          strstr(event->body, "\"kind\":\"recheck\"");

            if (begins && open)
                return soar_err_set(err, SOAR_PERMANENT, "%s is rechecked by %s and %s at once",
                                    stage->hosts[h].key, open, event->run);
            if (begins)
                open = event->run;
            else if (open && strcmp(event->kind, "run.ended") == 0 && strcmp(event->run, open) == 0)
                open = NULL;
        }
    }
    return 0;
}

enum { HOUR_MS = 3600000, PATIENCE = 60 }; /* rounds until what is owed must have come */

/* Somebody with the right to do so opens a host now and then; it never stays open. */
static int rechecks(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage_options daemon = *options;
    struct stage stage;
    int failed;

    daemon.recheck = true;
    stage_open(&stage, &daemon, "recheck: {every: 1m}\n");
    three_hosts(&stage);
    failed = stage_run(&stage, stage_playbook(&stage, isolate_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err);
    for (int times = 0; !failed && times < 3; times++) {
        const char *host = stage.hosts[fake_world_random(stage.world, 3)].name;

        failed = rehearsal_pass(stage.rehearsal, (int64_t)fake_world_random(stage.world, 90000), err) != 0;
        fake_world_break(stage.world, host, "Isolate_Endpoint");
        for (int round = 0; !failed && round < PATIENCE && (round == 0 || !all_contained(&stage, true));
             round++)
            failed = rehearsal_pass(stage.rehearsal, 75000, err) || to_the_end(&stage, "yes", "again", err);
        if (!failed && !all_contained(&stage, true))
            failed = soar_err_set(err, SOAR_PERMANENT, "%s was opened, and stays so", host);
    }
    failed = failed || to_the_end(&stage, "yes", "again", err) || one_at_a_time(&stage, err) ||
             aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

static const char hour_text[] = "playbook_name: Hour\n"
                                "trigger: SIEM_Alert_High_Confidence\n"
                                "actions:\n"
                                "  - {step: isolate, action: Isolate_Endpoint, expires: 1h}\n";

/* An hour later it is over, by itself or when a person says so; never before, and nothing is left. */
static int ends_by(const char *policy, const struct stage_options *options, long *ret_writes,
                   struct soar_err *err)
{
    struct stage_options daemon = *options;
    struct stage stage;
    int failed;

    daemon.recheck = true;
    stage_open(&stage, &daemon, policy);
    three_hosts(&stage);
    int64_t over_ms = fake_world_now(stage.world) + HOUR_MS;

    failed = stage_run(&stage, stage_playbook(&stage, hour_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err) || rehearsal_pass(stage.rehearsal, HOUR_MS / 2, err);
    if (!failed && fake_world_now(stage.world) < over_ms && !all_contained(&stage, true))
        failed = soar_err_set(err, SOAR_PERMANENT, "it was over before its time");
    for (int round = 0; !failed && round < PATIENCE && !all_contained(&stage, false); round++)
        failed = rehearsal_pass(stage.rehearsal, 600000, err) || to_the_end(&stage, "yes", "not", err);
    if (!failed && !all_contained(&stage, false))
        failed = soar_err_set(err, SOAR_PERMANENT, "its time is over, and it goes on");
    failed = failed || to_the_end(&stage, "yes", "not", err) || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

static int ends_ask(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    return ends_by("recheck: {every: 10m}\n", options, ret_writes, err);
}

static int ends_free(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    return ends_by("recheck: {every: 10m}\nexpires: {then: free}\n", options, ret_writes, err);
}

#define JDOE                                                                                                 \
    "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[\"web-01\",\"web-02\"],"         \
    "\"user_id\":\"jdoe\"}"
#define JOHN "{\"id\":\"A-2\",\"severity\":\"critical\",\"confidence\":95,\"user_id\":\"CORP\\\\john.doe\"}"

static const char users_text[] =
    "playbook_name: Users\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "actions:\n"
    "  - {step: disable, action: Disable_User, target_user: \"{{alert.user_id}}\"}\n"
    "  - {step: lock, action: Lock_User, target_user: \"{{alert.user_id}}\"}\n";

static const char disable_text[] =
    "playbook_name: Disable\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "actions:\n"
    "  - {step: disable, action: Disable_User, target_user: \"{{alert.user_id}}\"}\n";

static void people(struct stage *stage)
{
    stage_pack(stage, lock_pack, lock_model);
    stage_pack(stage, disable_pack, disable_model);
    stage->site.directories = account_directories;
    stage->site.directory_count = sizeof account_directories / sizeof *account_directories;
    three_hosts(stage);
}

/* A person in two directories and on two hosts: each of his accounts once, the one nobody knows not at all.
 */
static int users(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    struct value_builder unknown;
    int failed;

    stage_open(&stage, options, NULL);
    people(&stage);
    value_build(&unknown, stage.arena);
    value_put_text(&unknown, "known", value_bool(false));
    fake_world_start(stage.world, "jdoe@web-02", value_end_map(&unknown));
    fake_world_fault(stage.world, &(struct fake_fault){.target = "corp-b", .fate = FATE_REFUSE, .times = 9});
    failed = stage_run(&stage, stage_playbook(&stage, users_text), JDOE, err) ||
             to_the_end(&stage, "yes", "again", err);
    if (!failed && fake_world_calls(stage.world, "user:web-02/jdoe", "ssh.run"))
        failed = soar_err_set(err, SOAR_PERMANENT, "somebody wrote where he isn't known");
    failed = failed || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* Two people of one name, and the alert says of which domain: the other is held, people say no, and nothing
 * is done to him. */
static int namesakes(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    struct value_builder other;
    int failed;

    stage_open(&stage, options, NULL);
    people(&stage);
    value_build(&other, stage.arena);
    value_put_text(&other, "mail", value_static("somebody@else.example"));
    fake_world_start(stage.world, "john.doe@corp-b", value_end_map(&other));
    failed = stage_run(&stage, stage_playbook(&stage, disable_text), JOHN, err) ||
             to_the_end(&stage, "no", "again", err);
    if (!failed && fake_world_calls(stage.world, "john.doe@corp-b", "ldap.modify"))
        failed = soar_err_set(err, SOAR_PERMANENT, "the wrong person's account was disabled");
    if (!failed && !fake_world_contained(stage.world, "user:corp-a/john.doe", "Disable_User"))
        failed = soar_err_set(err, SOAR_PERMANENT, "the right person's account is open");
    failed = failed || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

/* Two alerts call one person by two names: his accounts are disabled once, and each is one row of the
 * ledger. */
static int spellings(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    struct value_builder same;
    int failed;

    stage_open(&stage, options, NULL);
    people(&stage);
    value_build(&same, stage.arena);
    value_put_text(&same, "id", value_static("ID-1"));
    struct value id = value_end_map(&same);

    fake_world_start(stage.world, "jdoe", id);
    fake_world_same(stage.world, "user:corp-a/john.doe", "user:corp-a/jdoe");
    fake_world_same(stage.world, "user:corp-b/john.doe", "user:corp-b/jdoe");
    const struct playbook *playbook = stage_playbook(&stage, disable_text);

    failed = stage_run(&stage, playbook, JDOE, err) || stage_run(&stage, playbook, JOHN, err) ||
             to_the_end(&stage, "yes", "again", err);
    if (!failed && ledger_row_count(loop_ledger(rehearsal_loop(stage.rehearsal))) > 2)
        failed = soar_err_set(err, SOAR_PERMANENT, "one account has two rows");
    failed = failed || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}

const struct scenario scenarios[] = {
    {"isolate", isolate},   {"lanes", lanes},         {"two runs", two_runs},
    {"limit", limit},       {"offline", offline},     {"bell", bell},
    {"rollback", rollback}, {"stopped", stopped},     {"alerts", alerts},
    {"rechecks", rechecks}, {"ends ask", ends_ask},   {"ends free", ends_free},
    {"users", users},       {"spellings", spellings}, {"namesakes", namesakes},
    {"collect", collect},   {"services", services},   {NULL, NULL}};
