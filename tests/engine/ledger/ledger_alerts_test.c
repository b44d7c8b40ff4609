/* Property: a key is taken by the run its event names, for its window and its severity, per source and
 * playbook; the same request is answered with the verdicts it had, in their order, once all are there, until
 * its time is up. Method: alert events folded by hand, asked at the edges of their windows. */
#include "tests/engine/ledger/folding.h"

static void start(struct folding *folding, const char *source, const char *playbook, const char *run,
                  const char *dedup, int severity, int until)
{
    fold(
        folding, EVENT_ALERT_RECEIVED, "-",
        arena_printf(folding->arena,
                     "{\"alert\":\"A-1\",\"source\":\"%s\",\"starts\":[{\"playbook\":\"P0\",\"run\":\"R-0\"},"
                     "{\"playbook\":\"%s\",\"run\":\"%s\",\"dedup\":\"%s\",\"severity\":%d,\"until\":%d}],"
                     "\"not\":[]}",
                     source, playbook, run, dedup, severity, until));
}

static void hear(struct folding *folding, const char *request, int part, int of, int until)
{
    fold(folding, EVENT_ALERT_RECEIVED, "-",
         arena_printf(folding->arena,
                      "{\"alert\":\"A-%d\",\"source\":\"siem\",\"request\":\"%s\",\"part\":%d,\"of\":%d,"
                      "\"repeat_until\":%d,\"starts\":[],\"not\":[]}",
                      part, request, part, of, until));
}

static void a_key_is_taken_for_its_window(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_null(ledger_duplicate(folding.ledger, "siem", "P", "aa", 0, 0));
    start(&folding, "siem", "P", "R-1", "aa", 2, 5000);
    assert_string_equal(ledger_duplicate(folding.ledger, "siem", "P", "aa", 2, 4999), "R-1");
    assert_string_equal(ledger_duplicate(folding.ledger, "siem", "P", "aa", 0, 4999), "R-1");
    assert_null(ledger_duplicate(folding.ledger, "siem", "P", "aa", 2, 5000)); /* over */
    assert_null(ledger_duplicate(folding.ledger, "siem", "P", "aa", 3, 4999)); /* more severe */
    assert_null(ledger_duplicate(folding.ledger, "siem", "Q", "aa", 2, 4999));
    assert_null(ledger_duplicate(folding.ledger, "edr", "P", "aa", 2, 4999));
    assert_null(ledger_duplicate(folding.ledger, "siem", "P", "ab", 2, 4999));
    assert_null(ledger_duplicate(folding.ledger, "siem", "P0", "", 0, 0)); /* a start without a key */
    folding_done(&folding);
}

static void a_more_severe_alert_takes_it_over(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    start(&folding, "siem", "P", "R-1", "aa", 2, 5000);
    start(&folding, "siem", "P", "R-2", "aa", 4, 7000);
    assert_string_equal(ledger_duplicate(folding.ledger, "siem", "P", "aa", 4, 6999), "R-2");
    assert_string_equal(ledger_duplicate(folding.ledger, "siem", "P", "aa", 1, 6999), "R-2");
    assert_null(ledger_duplicate(folding.ledger, "siem", "P", "aa", 4, 7000));
    folding_done(&folding);
}

/* What an alert says is no name of ours: no three of them are another three. */
static void names_never_run_into_each_other(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    start(&folding, "a/b", "c", "R-1", "d", 0, 5000);
    assert_null(ledger_duplicate(folding.ledger, "a", "b/c", "d", 0, 0));
    assert_null(ledger_duplicate(folding.ledger, "a", "b", "c/d", 0, 0));
    assert_string_equal(ledger_duplicate(folding.ledger, "a/b", "c", "d", 0, 0), "R-1");
    folding_done(&folding);
}

static void a_request_is_heard_once_it_is_whole(void **state)
{
    struct folding folding;

    (void)state;
    for (int from = 0; from < 2; from++) {
        folding_init(&folding);
        for (int part = 2; part >= 0; part--) {
            assert_null(ledger_heard(folding.ledger, "siem", "c0", 0));
            hear(&folding, "c0", from + part, 3, 5000);
        }
        hear(&folding, "", 1, 1, 5000);
        const struct value *bodies = ledger_heard(folding.ledger, "siem", "c0", 4999);

        assert_int_equal(value_count(bodies), 3);
        for (int part = 0; part < 3; part++)
            assert_string_equal(value_get_string(value_at(bodies, (size_t)part), "alert", ""),
                                arena_printf(folding.arena, "A-%d", from + part));
        assert_null(ledger_heard(folding.ledger, "siem", "c0", 5000));
        assert_null(ledger_heard(folding.ledger, "edr", "c0", 0));
        assert_null(ledger_heard(folding.ledger, "siem", "c1", 0));
        assert_null(ledger_heard(folding.ledger, "siem", "", 0));
        folding_done(&folding);
    }
}

/* After a reload the same bytes may be other alerts: what is left of the first answer is no part of it. */
static void parts_of_two_answers_are_not_mixed(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    for (int part = 0; part < 3; part++)
        hear(&folding, "c0", part, 3, 5000);
    hear(&folding, "c0", 0, 2, 8000);
    assert_null(ledger_heard(folding.ledger, "siem", "c0", 0));
    hear(&folding, "c0", 1, 2, 8000);
    assert_int_equal(value_count(ledger_heard(folding.ledger, "siem", "c0", 7999)), 2);
    folding_done(&folding);
}

static void what_is_over_leaves_the_views(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    start(&folding, "siem", "P", "R-1", "aa", 2, 5000);
    start(&folding, "siem", "P", "R-2", "bb", 2, 6000);
    hear(&folding, "c0", 0, 1, 5500);
    ledger_prune(folding.ledger, 5000, 0);
    assert_int_equal(look(&folding, &rows), 3); /* what the views have not seen waits */
    ledger_prune(folding.ledger, 4999, 0);
    assert_int_equal(look(&folding, &rows), 0);
    ledger_prune(folding.ledger, 5000, 0);
    assert_int_equal(look(&folding, &rows), 1);
    assert_true(rows[0].gone);
    assert_string_equal(rows[0].key, "siem/P/aa");
    assert_true(ledger_row_may_go(&(struct soar_row){.view = SOAR_VIEW_DEDUP, .at_ms = 5000}, 5000));
    assert_false(ledger_row_may_go(&(struct soar_row){.view = SOAR_VIEW_DEDUP, .at_ms = 5001}, 5000));
    assert_string_equal(ledger_duplicate(folding.ledger, "siem", "P", "bb", 0, 0), "R-2");
    ledger_prune(folding.ledger, 6000, 0);
    start(&folding, "siem", "P", "R-3", "bb", 2, 9000); /* again in the same batch: it stands */
    assert_int_equal(look(&folding, &rows), 3);
    assert_true(rows[0].gone && rows[1].gone && !rows[2].gone);
    assert_string_equal(rows[2].run, "R-3");
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_taken_for_its_window),
        cmocka_unit_test(a_more_severe_alert_takes_it_over),
        cmocka_unit_test(names_never_run_into_each_other),
        cmocka_unit_test(a_request_is_heard_once_it_is_whole),
        cmocka_unit_test(parts_of_two_answers_are_not_mixed),
        cmocka_unit_test(what_is_over_leaves_the_views),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
