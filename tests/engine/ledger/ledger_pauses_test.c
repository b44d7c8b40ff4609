/* Property: a pause stops those it names until its time or until a person ends it; the latest word about one
 * stands. Method: guard events folded by hand, asked before and after. */
#include "tests/engine/ledger/folding.h"

static void pause_it(struct folding *folding, const char *what, const char *name, int until, const char *by)
{
    fold(folding, EVENT_GUARD_PAUSED, "-",
         arena_printf(folding->arena,
                      "{\"what\":\"%s\",\"name\":\"%s\",\"until\":%d,\"by\":\"%s\",\"reason\":\"noise\"}",
                      what, name, until, by));
}

static void a_pause_stops_those_it_names(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_null(ledger_paused(folding.ledger, "P", "siem", 0));
    pause_it(&folding, "source", "siem", 5000, "ana");
    assert_string_equal(ledger_paused(folding.ledger, "P", "siem", 4999), "siem");
    assert_null(ledger_paused(folding.ledger, "P", "siem", 5000));
    assert_null(ledger_paused(folding.ledger, "siem", "edr", 0)); /* a playbook of that name is another */
    assert_null(ledger_paused(folding.ledger, "P", NULL, 0));     /* a person's run */
    pause_it(&folding, "playbook", "P", 5000, "ana");
    assert_string_equal(ledger_paused(folding.ledger, "P", NULL, 0), "P");
    assert_null(ledger_paused(folding.ledger, NULL, NULL, 0)); /* a release */
    pause_it(&folding, "all", "", 3000, "bo");
    assert_string_equal(ledger_paused(folding.ledger, NULL, NULL, 2999), "all");
    assert_null(ledger_paused(folding.ledger, NULL, NULL, 3000));
    folding_done(&folding);
}

static void the_latest_word_stands(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    pause_it(&folding, "source", "siem", 5000, "ana");
    pause_it(&folding, "source", "siem", 3000, "bo");
    assert_int_equal(ledger_pause_count(folding.ledger), 1);
    assert_int_equal(ledger_pause_at(folding.ledger, 0)->until_ms, 3000);
    assert_string_equal(ledger_pause_at(folding.ledger, 0)->by, "bo");
    assert_string_equal(ledger_pause_at(folding.ledger, 0)->reason, "noise");
    assert_int_equal(look(&folding, &rows), 1);
    assert_string_equal(rows[0].key, "pause/source/siem");
    assert_int_equal(rows[0].at_ms, 3000);
    fold(&folding, EVENT_GUARD_RESET, "-", "{\"rule\":\"breaker\",\"what\":\"source\",\"name\":\"siem\"}");
    fold(&folding, EVENT_GUARD_RESET, "-", "{\"rule\":\"pause\",\"what\":\"source\",\"name\":\"edr\"}");
    assert_string_equal(ledger_paused(folding.ledger, "P", "siem", 0), "siem");
    fold(&folding, EVENT_GUARD_RESET, "-", "{\"rule\":\"pause\",\"what\":\"source\",\"name\":\"siem\"}");
    assert_null(ledger_paused(folding.ledger, "P", "siem", 0));
    assert_int_equal(look(&folding, &rows), 1);
    assert_true(rows[0].gone);
    folding_done(&folding);
}

static void what_came_and_went_in_one_batch_leaves_nothing(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    pause_it(&folding, "all", "", 5000, "ana");
    pause_it(&folding, "source", "siem", 4000, "ana");
    fold(&folding, EVENT_GUARD_RESET, "-", "{\"rule\":\"pause\",\"what\":\"all\"}");
    assert_int_equal(look(&folding, &rows), 2);
    assert_true(rows[0].gone);
    assert_string_equal(rows[1].key, "pause/source/siem");
    ledger_prune(folding.ledger, 3999, 0);
    assert_int_equal(ledger_pause_count(folding.ledger), 1);
    ledger_prune(folding.ledger, 4000, 0);
    assert_int_equal(ledger_pause_count(folding.ledger), 0);
    assert_int_equal(look(&folding, &rows), 1);
    assert_true(rows[0].gone);
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_stops_those_it_names),
        cmocka_unit_test(the_latest_word_stands),
        cmocka_unit_test(what_came_and_went_in_one_batch_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
