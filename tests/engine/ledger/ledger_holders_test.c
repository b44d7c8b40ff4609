/* Property: holders come to their end in the order of time, each once: not while somebody is asked about it,
 * not while a release is at it, again when that failed or the answer was no. Method: events folded by hand;
 * thousands of holders of one row, asked and freed one by one. */
#include "tests/engine/ledger/folding.h"

static void hold(struct folding *folding, const char *run, int64_t until_ms)
{
    fold(folding, EVENT_TASK_ENDED, run,
         arena_printf(folding->arena, "{\"outcome\":\"already\",\"holder\":{" ROW ",\"until\":%lld}}",
                      (long long)until_ms));
}

static void ask(struct folding *folding, const char *id, const char *run)
{
    fold_to(folding, EVENT_ASK_OPENED, "-", "",
            arena_printf(folding->arena,
                         "{\"ask\":\"%s\",\"kind\":\"ends\",\"digest\":\"7f\",\"containment\":{\"target\":"
                         "\"host:web-01\"," ROW "},\"holder\":\"%s\"}",
                         id, run));
}

static void say(struct folding *folding, const char *id, const char *result)
{
    fold(folding, EVENT_ASK_CLOSED, "-",
         arena_printf(folding->arena, "{\"ask\":\"%s\",\"result\":\"%s\"}", id, result));
}

static void release(struct folding *folding, const char *release, const char *mode, const char *run)
{
    fold_to(folding, EVENT_RUN_STARTED, release, "",
            arena_printf(folding->arena,
                         "{\"kind\":\"release\",\"mode\":\"%s\",\"about\":[{\"target\":\"host:web-01\"," ROW
                         ",\"free\":[\"%s\"]}]}",
                         mode, run));
}

static const struct ledger_holder *ended(const struct folding *folding, int64_t now_ms)
{
    const struct ledger_holder *holder = NULL;
    const struct ledger_row *row = ledger_ended(folding->ledger, now_ms, &holder);

    if (row)
        assert_ptr_equal(row, row_now(folding));
    return row ? holder : NULL;
}

static void they_end_in_the_order_of_time(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_int_equal(ledger_ends_due(folding.ledger), INT64_MAX);
    hold(&folding, "R-1", 7000);
    hold(&folding, "R-2", 5000);
    hold(&folding, "R-3", 0);
    assert_int_equal(ledger_ends_due(folding.ledger), 5000);
    assert_null(ended(&folding, 4999));
    assert_string_equal(ended(&folding, 5000)->run, "R-2");
    hold(&folding, "R-2", 8000); /* said anew */
    assert_int_equal(ledger_ends_due(folding.ledger), 7000);
    fold(&folding, EVENT_HOLDER_EXTENDED, "-", "{" ROW ",\"run\":\"R-1\",\"until\":9000,\"by\":\"ana\"}");
    assert_int_equal(ledger_ends_due(folding.ledger), 8000);
    fold(&folding, EVENT_HOLDER_EXTENDED, "-", "{" ROW ",\"run\":\"R-2\",\"until\":0,\"by\":\"ana\"}");
    assert_int_equal(ledger_ends_due(folding.ledger), 9000);
    assert_int_equal(row_now(&folding)->holders[0].until_ms, 9000);
    fold(&folding, EVENT_HOLDER_ENDED, "R-9", "{" ROW ",\"run\":\"R-1\"}");
    assert_int_equal(ledger_ends_due(folding.ledger), INT64_MAX);
    folding_done(&folding);
}

static void nobody_is_asked_twice(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    hold(&folding, "R-1", 5000);
    hold(&folding, "R-2", 6000);
    ask(&folding, "H-1", "R-1");
    assert_string_equal(ledger_ask_find(folding.ledger, "H-1")->row, row_now(&folding)->key);
    assert_string_equal(ledger_ask_find(folding.ledger, "H-1")->holder, "R-1");
    assert_string_equal(ledger_ask_find(folding.ledger, "H-1")->digest, "7f");
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    hold(&folding, "R-1", 5500); /* it holds on; the question is open still */
    fold(&folding, EVENT_HOLDER_ENDED, "R-9", "{" ROW ",\"run\":\"R-1\"}");
    hold(&folding, "R-1", 5500); /* and even if it comes back */
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    say(&folding, "H-1", "no");
    fold(&folding, EVENT_HOLDER_EXTENDED, "-", "{" ROW ",\"run\":\"R-1\",\"until\":9500}");
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    ask(&folding, "H-2", "R-2");
    assert_null(ended(&folding, 9000));
    assert_string_equal(ended(&folding, 9500)->run, "R-1");
    folding_done(&folding);
}

static void what_is_being_freed_has_no_end(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    hold(&folding, "R-1", 5000);
    hold(&folding, "R-2", 6000);
    release(&folding, "R-7", "dry", "R-1");
    assert_string_equal(ended(&folding, 9000)->run, "R-1");
    release(&folding, "R-8", "real", "R-1");
    assert_string_equal(row_now(&folding)->holders[0].release, "R-8");
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    fold(&folding, EVENT_RUN_ENDED, "R-7", "{\"result\":\"completed\"}");
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    look(&folding, &rows);
    fold(&folding, EVENT_RUN_ENDED, "R-8", "{\"result\":\"failed\"}");
    assert_string_equal(ended(&folding, 9000)->run, "R-1");
    assert_string_equal(ended(&folding, 9000)->failed, "R-8");
    assert_null(row_now(&folding)->holders[0].release);
    assert_int_equal(look(&folding, &rows), 1);
    release(&folding, "R-9", "real", "R-1");
    release(&folding, "R-10", "real", "R-1"); /* both: the later one counts */
    fold(&folding, EVENT_RUN_ENDED, "R-9", "{}");
    assert_string_equal(ended(&folding, 9000)->run, "R-2");
    fold_to(&folding, EVENT_HOLDER_ENDED, "R-10", "host:web-01", "{" ROW ",\"run\":\"R-1\"}");
    fold(&folding, EVENT_RUN_ENDED, "R-10", "{}");
    assert_int_equal(row_now(&folding)->holder_count, 1);
    folding_done(&folding);
}

enum { MANY = 10000 };

static void many_hold_one_row(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    for (int i = 0; i < MANY; i++)
        hold(&folding, arena_printf(folding.arena, "R-%d", i), 20000 + i * 7919 % MANY);
    assert_int_equal(row_now(&folding)->holder_count, MANY);
    assert_int_equal(look(&folding, &rows), MANY + 1);
    hold(&folding, "R-77", 90000);
    assert_int_equal(look(&folding, &rows), 2); /* what did not change is not written */
    for (int i = 0, at = 20000; i < MANY - 1; i++, at++) {
        const struct ledger_holder *holder = ended(&folding, 50000);

        at += at - 20000 == 77 * 7919 % MANY;
        assert_int_equal(holder->until_ms, at);
        if (i % 2) {
            ask(&folding, arena_printf(folding.arena, "H-%d", i), holder->run);
        } else {
            release(&folding, "R-x", "real", holder->run);
            fold(&folding, EVENT_HOLDER_ENDED, "R-x",
                 arena_printf(folding.arena, "{" ROW ",\"run\":\"%s\"}", holder->run));
        }
    }
    assert_null(ended(&folding, 50000));
    assert_int_equal(row_now(&folding)->holder_count, MANY / 2);
    fold(&folding, EVENT_TASK_ENDED, "R-y", FREED);
    assert_int_equal(ledger_ends_due(folding.ledger), INT64_MAX);
    look(&folding, &rows);
    assert_int_equal(ledger_row_count(folding.ledger), 0);
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_end_in_the_order_of_time),
        cmocka_unit_test(nobody_is_asked_twice),
        cmocka_unit_test(what_is_being_freed_has_no_end),
        cmocka_unit_test(many_hold_one_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
