/* Property: a budget counts each target once within its window, a task's second try spends nothing, one's own
 * place is told apart. Method: intents folded by hand at known times, questions with several windows. */
#include "tests/engine/ledger/folding.h"

static void spend(struct folding *folding, const char *run, const char *target, int64_t at_ms)
{
    folding->at_ms = at_ms;
    fold_to(folding, EVENT_CALL_INTENDED, run, target, "{\"spend\":\"isolate\",\"position\":1}");
}

static int64_t spent(const struct folding *folding, int64_t since_ms, const char *run, bool *ret_ours)
{
    return ledger_spent(folding->ledger, "isolate", since_ms, run, "isolate//host:web-01/do", ret_ours);
}

static void each_target_counts_once_in_its_window(void **state)
{
    struct folding folding;
    bool ours;

    (void)state;
    folding_init(&folding);
    spend(&folding, "R-1", "host:web-01", 1000);
    spend(&folding, "R-1", "host:web-02", 2000);
    spend(&folding, "R-2", "host:web-02", 3000); /* a second run, the same target */
    spend(&folding, "R-1", "host:web-01", 4000); /* a second try spends nothing */
    assert_int_equal(spent(&folding, 0, "R-9", &ours), 2);
    assert_false(ours);
    assert_int_equal(spent(&folding, 1001, "R-9", &ours), 1);
    assert_int_equal(spent(&folding, 2001, "R-9", &ours), 1);
    assert_int_equal(spent(&folding, 3001, "R-9", &ours), 0);
    folding_done(&folding);
}

static void ones_own_place_is_not_counted(void **state)
{
    struct folding folding;
    bool ours;

    (void)state;
    folding_init(&folding);
    spend(&folding, "R-1", "host:web-01", 1000);
    spend(&folding, "R-1", "host:web-02", 2000);
    assert_int_equal(spent(&folding, 0, "R-1", &ours), 1);
    assert_true(ours);
    assert_int_equal(spent(&folding, 1500, "R-1", &ours), 1);
    assert_false(ours); /* it fell out of the window */
    folding_done(&folding);
}

static void undoing_and_other_budgets_spend_nothing(void **state)
{
    struct folding folding;
    bool ours;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", "{\"spend\":\"isolate\",\"way\":\"undo\"}");
    fold(&folding, EVENT_CALL_INTENDED, "R-2", "{\"spend\":\"revoke\"}");
    fold(&folding, EVENT_CALL_INTENDED, "R-3", "{\"position\":1}");
    assert_int_equal(spent(&folding, 0, "R-9", &ours), 0);
    folding_done(&folding);
}

/* Rows come back in the order of their keys, not of time. */
/* Its own budget and its source's, by one intent: each is counted, each once. */
static void an_intent_spends_all_its_budgets(void **state)
{
    struct folding folding;
    bool ours;

    (void)state;
    folding_init(&folding);
    folding.at_ms = 1000;
    for (int try = 0; try < 2; try++)
        fold_to(&folding, EVENT_CALL_INTENDED, "R-1", "host:web-01",
                "{\"spend\":[\"isolate\",\"siem/isolate\"],\"position\":1}");
    assert_int_equal(spent(&folding, 0, "R-9", &ours), 1);
    assert_int_equal(ledger_spent(folding.ledger, "siem/isolate", 0, "R-9", "", &ours), 1);
    assert_int_equal(ledger_spent(folding.ledger, "edr/isolate", 0, "R-9", "", &ours), 0);
    folding_done(&folding);
}

static void what_was_loaded_counts_by_its_time(void **state)
{
    struct folding folding;
    bool ours;

    (void)state;
    folding_init(&folding);
    for (int i = 0; i < 50; i++) {
        char *body =
            arena_printf(folding.arena, "{\"budget\":\"isolate\",\"target\":\"host:%d\",\"task\":\"t\"}", i);
        struct soar_row row = {.view = SOAR_VIEW_SPEND,
                               .key = "k",
                               .run = arena_printf(folding.arena, "R-%d", i),
                               .state = "",
                               .at_ms = 1000 + i * 37 % 50,
                               .body = body};

        assert_int_equal(ledger_load(folding.ledger, &row, NULL), 0);
    }
    spend(&folding, "R-x", "host:new", 1010); /* in the middle of what was loaded */
    assert_int_equal(spent(&folding, 0, "R-9", &ours), 51);
    assert_int_equal(spent(&folding, 1025, "R-9", &ours), 25);
    assert_int_equal(spent(&folding, 1010, "R-9", &ours), 41);
    folding_done(&folding);
}

static void what_no_window_reaches_goes(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;
    bool ours;

    (void)state;
    folding_init(&folding);
    for (int i = 0; i < 100; i++)
        spend(&folding, arena_printf(folding.arena, "R-%d", i), arena_printf(folding.arena, "host:%d", i),
              1000 + i);
    ledger_prune(folding.ledger, 2000, 940);
    assert_int_equal(look(&folding, &rows), 100); /* what the views have not seen stays */
    ledger_prune(folding.ledger, 2000, 990);
    assert_int_equal(look(&folding, &rows), 0); /* a tenth is not worth it */
    ledger_prune(folding.ledger, 2000, 940);
    assert_int_equal(look(&folding, &rows), 60);
    assert_true(rows[59].gone);
    assert_string_equal(rows[59].run, "R-59");
    assert_int_equal(spent(&folding, 0, "R-9", &ours), 40);
    assert_int_equal(spent(&folding, 1061, "R-9", &ours), 39);
    spend(&folding, "R-70", "host:70", 2000); /* a second try of one that stays */
    assert_int_equal(look(&folding, &rows), 0);
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_target_counts_once_in_its_window),
        cmocka_unit_test(ones_own_place_is_not_counted),
        cmocka_unit_test(undoing_and_other_budgets_spend_nothing),
        cmocka_unit_test(an_intent_spends_all_its_budgets),
        cmocka_unit_test(what_was_loaded_counts_by_its_time),
        cmocka_unit_test(what_no_window_reaches_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
