/* Property: the value of a run counts each task once, lists every target that is open, and its exit code
 * follows the table of the manual. Method: runs made by hand in each state that has a code of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/report/report_run.h"
#include "tests/engine/report/telling.h"

static void end_run(struct telling *telling, enum run_result result)
{
    telling->run.state = RUN_ENDED;
    telling->run.result = result;
    telling->run.ended_ms = TELLING_NOW;
}

static void exit_codes_follow_the_manual(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    end_run(&telling, RESULT_COMPLETED);
    assert_int_equal(report_run_exit(&telling.run), 0);

    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_REFUSED);
    end_run(&telling, RESULT_FAILED);
    assert_int_equal(report_run_exit(&telling.run), 1);

    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    telling_add(&telling, "dc-01", TASK_HELD);
    assert_int_equal(report_run_exit(&telling.run), 3);

    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    telling_add(&telling, "ws-07", TASK_PENDING)->pending = PENDING_OFFLINE;
    assert_int_equal(report_run_exit(&telling.run), 4);

    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    telling_end(&telling, "web-02", OUTCOME_FAILED);
    end_run(&telling, RESULT_PARTIAL);
    assert_int_equal(report_run_exit(&telling.run), 4);
}

static void a_plan_is_well_when_nothing_in_it_would_fail(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    telling.run.mode = MODE_PLAN;
    telling_end(&telling, "web-01", OUTCOME_SKIPPED);
    end_run(&telling, RESULT_FAILED); /* nothing was done, of course */
    assert_int_equal(report_run_exit(&telling.run), 0);
    telling_end(&telling, "web-02", OUTCOME_REFUSED);
    assert_int_equal(report_run_exit(&telling.run), 4);
    telling_add(&telling, "dc-01", TASK_HELD);
    assert_int_equal(report_run_exit(&telling.run), 3);
}

static void every_task_counts_once_and_every_open_target_is_named(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    int64_t sum = 0;

    (void)state;
    telling_init(&telling, arena);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        telling_end(&telling, arena_printf(arena, "h-%d", i), (enum task_outcome)i);
    telling_add(&telling, "ws-07", TASK_PENDING)->pending = PENDING_OFFLINE;
    struct value run = report_run(&telling.run, true, arena);
    const struct value *counts = value_get(&run, "counts");
    static const char *const names[] = {"done",    "already",  "partial", "pending", "held",   "failed",
                                        "refused", "in_doubt", "skipped", "moving",  "waiting"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        sum += value_get_int(counts, names[i], 0);
    assert_int_equal(sum, telling.run.task_count);
    assert_int_equal(value_count(value_get(&run, "open")),
                     5); /* partial, failed, refused, unsupported, offline */
    assert_string_equal(value_get_string(value_at(value_get(&run, "open"), 4), "target", ""), "ws-07");
    assert_string_equal(value_get_string(value_at(value_get(&run, "open"), 4), "says", ""),
                        "is open to the network");
}

static void a_target_in_doubt_is_not_called_open(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    struct run_task *task = telling_add(&telling, "ws-07", TASK_PENDING);
    task->pending = PENDING_DOUBT;
    task->in_doubt = true;
    struct value run = report_run(&telling.run, true, arena);
    assert_string_equal(value_get_string(value_at(value_get(&run, "open"), 0), "says", ""),
                        "may or may not be isolated");
}

static bool suggests(const struct value *run, const char *verb)
{
    const struct value *next = value_get(run, "next");

    for (size_t i = 0; i < value_count(next); i++)
        if (value_is_string(value_at(value_at(next, i), 0), verb))
            return true;
    return false;
}

/* What collects can't be released, and a name that nobody has in a directory is nothing that a plan would do.
 */
static void what_is_not_there_is_not_offered(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    telling.run.state = RUN_ENDED;
    telling.run.result = RESULT_COMPLETED;
    struct value run = report_run(&telling.run, false, arena);
    assert_true(suggests(&run, "release"));
    telling.pack.containment = false;
    run = report_run(&telling.run, false, arena);
    assert_false(suggests(&run, "release"));

    telling_init(&telling, arena);
    telling.run.mode = MODE_DRY;
    telling_end(&telling, "jdoe", OUTCOME_SKIPPED)->why = "corp-ldap does not know jdoe";
    telling_end(&telling, "jdoe", OUTCOME_REFUSED);
    assert_int_equal(report_run_exit(&telling.run), 1);
}

static void the_next_command_fits_what_is_left(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    telling_add(&telling, "ws-07", TASK_PENDING)->pending = PENDING_OFFLINE;
    struct value live = report_run(&telling.run, true, arena);
    assert_true(suggests(&live, "resume"));
    assert_false(suggests(&live, "release")); /* nothing was done */

    telling_init(&telling, arena);
    telling_end(&telling, "web-01", OUTCOME_CHANGED);
    telling_end(&telling, "web-02", OUTCOME_FAILED);
    end_run(&telling, RESULT_PARTIAL);
    struct value ended = report_run(&telling.run, true, arena);
    assert_true(suggests(&ended, "retry"));
    assert_true(suggests(&ended, "release"));
    assert_false(suggests(&ended, "resume"));

    telling_init(&telling, arena);
    telling_add(&telling, "dc-01", TASK_HELD)->ask = "H-7";
    struct value held = report_run(&telling.run, true, arena);
    assert_true(suggests(&held, "waiting"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_follow_the_manual),
        cmocka_unit_test(a_plan_is_well_when_nothing_in_it_would_fail),
        cmocka_unit_test(every_task_counts_once_and_every_open_target_is_named),
        cmocka_unit_test(a_target_in_doubt_is_not_called_open),
        cmocka_unit_test(what_is_not_there_is_not_offered),
        cmocka_unit_test(the_next_command_fits_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
