/* Property: a target that is not contained is never said to be: whatever is not changed or already has no
 * lower-case verb alone, raises an alarm, and counts as open; and CAPITALS stand nowhere else. Method: every
 * state, outcome, kind of pending and way of a task, by the table and by the rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>

#include "engine/report/report_words.h"
#include "tests/engine/report/telling.h"

static bool has_capitals(const char *text)
{
    for (; *text; text++)
        if (isupper((unsigned char)*text))
            return true;
    return false;
}

static void outcomes_have_the_words_of_the_design(void **state)
{
    static const struct {
        enum task_outcome outcome;
        bool undo;
        const char *says;
        enum report_count count;
    } cases[] = {
        {OUTCOME_CHANGED, false, "isolated", COUNT_DONE},
        {OUTCOME_ALREADY, false, "already isolated", COUNT_ALREADY},
        {OUTCOME_PARTIAL, false, "isolated IN PART", COUNT_PART},
        {OUTCOME_FAILED, false, "NOT ISOLATED", COUNT_FAILED},
        {OUTCOME_REFUSED, false, "REFUSED", COUNT_REFUSED},
        {OUTCOME_UNSUPPORTED, false, "UNSUPPORTED", COUNT_FAILED},
        {OUTCOME_SKIPPED, false, "skipped", COUNT_SKIPPED},
        {OUTCOME_CHANGED, true, "released", COUNT_DONE},
        {OUTCOME_FAILED, true, "NOT RELEASED", COUNT_FAILED},
        {OUTCOME_SKIPPED, true, "STAYS ISOLATED", COUNT_SKIPPED},
    };
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct report_words words;
        telling_init(&telling, arena);
        struct run_task *task = telling_end(&telling, "web-01", cases[i].outcome);
        task->undo = cases[i].undo;
        report_task_words(task, arena, &words);
        assert_string_equal(words.says, cases[i].says);
        assert_int_equal(words.count, cases[i].count);
    }
}

/* It did something else than the action's word says: its own word stands only where it did it. */
static void a_provider_may_have_a_word_of_its_own(void **state)
{
    static const struct {
        enum task_outcome outcome;
        bool undo;
        const char *says;
    } cases[] = {
        {OUTCOME_CHANGED, false, "dropped at the door"},
        {OUTCOME_ALREADY, false, "already dropped at the door"},
        {OUTCOME_PARTIAL, false, "isolated IN PART"},
        {OUTCOME_FAILED, false, "NOT ISOLATED"},
        {OUTCOME_CHANGED, true, "released"},
    };
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct report_words words;
        telling_init(&telling, arena);
        telling.provider.verb = "dropped at the door";
        struct run_task *task = telling_end(&telling, "web-01", cases[i].outcome);
        task->undo = cases[i].undo;
        report_task_words(task, arena, &words);
        assert_string_equal(words.says, cases[i].says);
    }
}

static void only_what_is_so_or_moves_goes_without_capitals(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    for (int task_state = 0; task_state < TASK_STATE_COUNT; task_state++)
        for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
            for (int pending = 0; pending < PENDING_COUNT; pending++)
                for (int undo = 0; undo < 2; undo++) {
                    struct report_words words;
                    telling_init(&telling, arena);
                    struct run_task *task = telling_end(&telling, "web-01", (enum task_outcome)outcome);
                    task->state = (enum task_state)task_state;
                    task->pending = (enum task_pending)pending;
                    task->undo = undo;
                    report_task_words(task, arena, &words);
                    assert_int_equal(words.alarm, has_capitals(words.says));
                    bool so = task_state == TASK_ENDED &&
                              (outcome == OUTCOME_CHANGED || outcome == OUTCOME_ALREADY);
                    if (so)
                        assert_false(words.open);
                    if (words.alarm)
                        assert_true(words.open);
                }
}

/* Where a parameter of the task asked for more, the word says more; where it did not, it doesn't. */
static void a_providers_word_tells_what_was_asked_for(void **state)
{
    static const char *const more[] = {"reset"};
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct report_words words;
    struct value_builder args;

    (void)state;
    telling_init(&telling, arena);
    telling.provider.verb = "disabled";
    telling.provider.verb_param_count = 1;
    telling.provider.verb_params = more;
    struct run_task *task = telling_end(&telling, "jdoe", OUTCOME_CHANGED);
    report_task_words(task, arena, &words);
    assert_string_equal(words.says, "disabled");
    value_build(&args, arena);
    value_put_text(&args, "reset", value_bool(true));
    task->args = value_end_map(&args);
    report_task_words(task, arena, &words);
    assert_string_equal(words.says, "disabled, reset");
    task->outcome = OUTCOME_FAILED;
    report_task_words(task, arena, &words);
    assert_string_equal(words.says, "NOT ISOLATED");
}

static void a_doubt_is_said_whether_it_is_tried_or_asked_about(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;
    struct report_words words;

    (void)state;
    telling_init(&telling, arena);
    struct run_task *pending = telling_add(&telling, "ws-07", TASK_PENDING);
    pending->pending = PENDING_DOUBT;
    report_task_words(pending, arena, &words);
    assert_string_equal(words.says, "IN DOUBT");
    struct run_task *held = telling_add(&telling, "ws-08", TASK_HELD);
    report_task_words(held, arena, &words);
    assert_string_equal(words.says, "HELD");
    held->doubt_position = 2;
    report_task_words(held, arena, &words);
    assert_string_equal(words.says, "IN DOUBT");
    assert_int_equal(words.count, COUNT_DOUBT);
}

static void a_pack_without_a_verb_is_done_and_undone(void **state)
{
    struct pack pack = {.verb = "", .undone = NULL};

    (void)state;
    assert_string_equal(report_verb(&pack, false), "done");
    assert_string_equal(report_verb(&pack, true), "undone");
    assert_string_equal(report_verb(NULL, false), "done");
}

static void a_step_that_is_only_a_number_says_its_action(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(report_step_label("1", "Isolate_Endpoint", arena), "1 Isolate_Endpoint");
    assert_string_equal(report_step_label("isolate", "Isolate_Endpoint", arena), "isolate");
    assert_string_equal(report_step_label("2b", "Isolate_Endpoint", arena), "2b");
}

static void a_run_that_nobody_drives_is_paused(void **state)
{
    ARENA_SCOPED arena = arena_new();
    struct telling telling;

    (void)state;
    telling_init(&telling, arena);
    telling_add(&telling, "ws-07", TASK_PENDING)->pending = PENDING_OFFLINE;
    assert_string_equal(report_run_words(&telling.run, true), "trying");
    assert_string_equal(report_run_words(&telling.run, false), "paused");
    telling_add(&telling, "dc-01", TASK_HELD);
    assert_string_equal(report_run_words(&telling.run, false), "waiting for a person");
    telling.run.state = RUN_ENDED;
    telling.run.result = RESULT_PARTIAL;
    assert_string_equal(report_run_words(&telling.run, false), "in part");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_have_the_words_of_the_design),
        cmocka_unit_test(a_provider_may_have_a_word_of_its_own),
        cmocka_unit_test(only_what_is_so_or_moves_goes_without_capitals),
        cmocka_unit_test(a_doubt_is_said_whether_it_is_tried_or_asked_about),
        cmocka_unit_test(a_providers_word_tells_what_was_asked_for),
        cmocka_unit_test(a_pack_without_a_verb_is_done_and_undone),
        cmocka_unit_test(a_step_that_is_only_a_number_says_its_action),
        cmocka_unit_test(a_run_that_nobody_drives_is_paused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
