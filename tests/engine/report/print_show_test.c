/* Property: `show` gives state, reasons, waits and what can't be undone; `plan` says for each target what is
 * and what would be, and that nothing was changed. Method: runs made by hand, the lines that matter looked
 * for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/report/print_run.h"
#include "engine/report/report_run.h"
#include "tests/engine/report/telling.h"

static const char *const no_way_back[] = {"the old password"};

static void show_has_each_target_and_what_it_waits_for(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.cannot_undo_count = 1;
    telling.provider.cannot_undo = no_way_back;
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    struct run_task *offline = telling_add(&telling, "ws-07", TASK_PENDING);
    offline->pending = PENDING_OFFLINE;
    offline->due_ms = TELLING_NOW + 60000;
    offline->pending_until_ms = TELLING_NOW + INT64_C(86400000);
    struct value run = report_run(&telling.run, true, arena);
    print_show(&run, &telling.style, &out);
    const char *text = buf_string(&out);
    assert_non_null(strstr(text, "R-204  Contain, 4f1c9a2b4f1c   trying   05:03 UTC+01:00, 1 min"));
    assert_non_null(strstr(text, "isolate  web-01  isolated      05:04  linux-nftables\n"));
    assert_non_null(strstr(text, "isolate  ws-07   NOT ISOLATED"));
    assert_non_null(strstr(text, "waits for   ws-07: next try 05:05:10, until Mon 05:04\n"));
    assert_non_null(strstr(text, "no way back web-01, ws-07: the old password\n"));
    assert_non_null(strstr(text, "next        soarctl resume R-204\n"));
}

static struct run_task *account(struct telling *telling, const char *place, enum task_outcome outcome)
{
    struct run_task *task = telling_end(telling, "jdoe", outcome);
    struct value_builder target;

    value_build(&target, telling->arena);
    value_put_text(&target, "place", value_static(place));
    value_put_text(&target, "at", value_static("directory"));
    task->target = value_end_map(&target);
    task->key = arena_printf(telling->arena, "user:%s/jdoe", place);
    return task;
}

/* Which of a person's accounts is what; and nothing is lost for good where nothing was done. */
static void a_persons_accounts_are_told_apart(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.cannot_undo_count = 1;
    telling.provider.cannot_undo = no_way_back;
    account(&telling, "corp-ad", OUTCOME_CHANGED);
    account(&telling, "corp-ldap", OUTCOME_SKIPPED)->why = "corp-ldap does not know jdoe";
    struct value run = report_run(&telling.run, true, arena);
    print_show(&run, &telling.style, &out);
    const char *text = buf_string(&out);
    assert_non_null(strstr(text, "isolate  jdoe@corp-ad    isolated"));
    assert_non_null(strstr(text, "isolate  jdoe@corp-ldap  skipped"));
    assert_non_null(strstr(text, "no way back jdoe@corp-ad: the old password\n"));
    assert_null(strstr(text, "jdoe@corp-ldap: the old password"));
}

/* Beside each use, on what it was proved; one that wasn't says so in capitals. What is passed over is no use.
 */
static void a_plan_says_on_what_it_was_proved(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.run.mode = MODE_PLAN;
    telling.provider.proved = "no; against its documentation by a stand-in";
    telling_add(&telling, "web-01", TASK_WEIGHED);
    telling_add(&telling, "web-02", TASK_WEIGHED);
    telling_end(&telling, "mac-01", OUTCOME_SKIPPED)->tries = 0;
    struct value run = report_run(&telling.run, true, arena);

    print_plan(&run, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out),
                           "NOT PROVED  web-01, web-02: linux-nftables, on the real product; "
                           "against its documentation"));
    assert_null(strstr(buf_string(&out), "\nproved "));
    buf_clear(&out);
    telling.provider.proved = "nftables 1.0.6 on Linux 6.18";
    run = report_run(&telling.run, true, arena);
    print_plan(&run, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out),
                           "proved      web-01, web-02: linux-nftables, on nftables 1.0.6 on Linux 6.18\n"));
    assert_null(strstr(buf_string(&out), "NOT PROVED"));
    telling.provider.proved = "not only on Linux";
    run = report_run(&telling.run, true, arena);
    buf_clear(&out);
    print_plan(&run, &telling.style, &out);
    assert_null(strstr(buf_string(&out), "NOT PROVED"));
}

/* Nor does any of a dozen accounts bring its old password back: one line for all of them, in a plan and on
 * the screen. */
static void what_none_gives_back_is_said_once(void **state)
{
    static const char *const hosts[] = {"web-01", "web-02", "web-03", "web-04", "web-05"};
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.cannot_undo_count = 1;
    telling.provider.cannot_undo = no_way_back;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        telling_end(&telling, hosts[i], OUTCOME_CHANGED)->wrote = true;
    struct value run = report_run(&telling.run, true, arena);
    print_show(&run, &telling.style, &out);
    assert_non_null(
        strstr(buf_string(&out), "no way back web-01, web-02, web-03 and 2 more: the old password\n"));
    buf_clear(&out);
    print_plan(&run, &telling.style, &out);
    assert_non_null(
        strstr(buf_string(&out), "no way back web-01, web-02, web-03 and 2 more: the old password\n"));
}

/* Each host of a pack leaves the same open: that is one line, not one a host. The screen names no way to
 * itself. */
static void what_all_leave_open_is_said_once(void **state)
{
    static const char *const hosts[] = {"web-01", "web-02", "web-03", "web-04", "web-05"};
    static const struct pack_remain remains[] = {{.what = "raw frames"}};
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.remain_count = 1;
    telling.provider.remains = remains;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        telling_end(&telling, hosts[i], OUTCOME_CHANGED)->wrote = true;
    struct value run = report_run(&telling.run, true, arena);
    print_show(&run, &telling.style, &out);
    const char *text = buf_string(&out);
    assert_non_null(strstr(text, "still open  web-01, web-02, web-03 and 2 more: raw frames\n"));
    assert_null(strstr(strstr(text, "raw frames") + 1, "raw frames"));
    assert_null(strstr(text, "soarctl show"));
}

/* What an image lacks opens nothing. */
static void what_an_image_lacks_stands_apart(void **state)
{
    static const struct pack_remain remains[] = {{.what = "the machine stood still while it was taken"}};
    ARENA_SCOPED arena = arena_new();
    struct run_evidence evidence = {.id = "E-1", .whole = true, .why = "", .sha256 = "9c1e"};
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.provider.remain_count = 1;
    telling.provider.remains = remains;
    struct run_task *task = telling_end(&telling, "vm-01", OUTCOME_CHANGED);
    task->evidence = &evidence;
    task->wrote = true;
    struct value run = report_run(&telling.run, true, arena);
    print_show(&run, &telling.style, &out);
    const char *text = buf_string(&out);
    assert_non_null(strstr(text, "its limits  vm-01: the machine stood still while it was taken\n"));
    assert_null(strstr(text, "still open"));
}

static void a_plan_says_now_and_then(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.run.mode = MODE_DRY;
    telling.provider.cannot_undo_count = 1;
    telling.provider.cannot_undo = no_way_back;
    telling_end(&telling, "web-01", OUTCOME_SKIPPED)->verdict = VERDICT_CLEAR;
    telling_end(&telling, "db-02", OUTCOME_ALREADY)->verdict = VERDICT_SO;
    telling_end(&telling, "mac-1", OUTCOME_SKIPPED)->tries = 0;
    telling_end(&telling, "jdoe", OUTCOME_SKIPPED)->why = "corp-ad does not know jdoe";
    struct run_task *refused = telling_end(&telling, "soar-01", OUTCOME_REFUSED);
    refused->why = "by never: soar itself runs there";
    telling_end(&telling, "dc-01", OUTCOME_SKIPPED)->why =
        RUN_WOULD_BE_HELD "two_people: a domain controller";
    struct value run = report_run(&telling.run, true, arena);
    print_plan(&run, &telling.style, &out);
    const char *text = buf_string(&out);
    assert_non_null(strstr(text, "HELD by two_people: a domain controller\n"));
    assert_non_null(strstr(text, "isolate  web-01   linux-nftables  not isolated  isolated\n"));
    assert_non_null(strstr(text, "isolate  db-02    linux-nftables  isolated      already\n"));
    assert_non_null(strstr(text, "isolate  mac-1    linux-nftables  not asked     skipped\n"));
    assert_non_null(
        strstr(text, "isolate  jdoe     linux-nftables  not known     skipped: corp-ad does not know"));
    assert_non_null(strstr(text, "REFUSED: by never: soar itself runs there\n"));
    assert_non_null(strstr(text, "no way back web-01, db-02, dc-01: the old password\n"));
    assert_non_null(strstr(text, "1 would change or wait, 1 already, 1 held, 1 refused or failed, 2 skipped. "
                                 "Nothing was changed."));
}

static void without_questions_a_plan_says_that_nobody_was_asked(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    BUF_SCOPED out = {0};

    (void)state;
    telling_init(&telling, arena);
    telling.run.mode = MODE_PLAN;
    telling_end(&telling, "web-01", OUTCOME_SKIPPED);
    struct value run = report_run(&telling.run, true, arena);
    print_plan(&run, &telling.style, &out);
    assert_non_null(strstr(buf_string(&out), "targets not asked"));
    assert_non_null(strstr(buf_string(&out), "not asked  isolated\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show_has_each_target_and_what_it_waits_for),
        cmocka_unit_test(a_persons_accounts_are_told_apart),
        cmocka_unit_test(a_plan_says_on_what_it_was_proved),
        cmocka_unit_test(what_none_gives_back_is_said_once),
        cmocka_unit_test(what_all_leave_open_is_said_once),
        cmocka_unit_test(what_an_image_lacks_stands_apart),
        cmocka_unit_test(a_plan_says_now_and_then),
        cmocka_unit_test(without_questions_a_plan_says_that_nobody_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
