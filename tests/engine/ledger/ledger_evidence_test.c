/* Property: an id is given once, whatever became of it and however many lives the engine had; a row says what
 * became of it. Method: events folded by hand, the rows loaded into a fresh ledger. */
#include "tests/engine/ledger/folding.h"

static const char *next_id(struct folding *folding)
{
    return ledger_evidence_next_id(folding->ledger, folding->arena);
}

static void ids_are_given_once(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    assert_string_equal(next_id(&folding), "E-1");
    assert_string_equal(next_id(&folding), "E-1"); /* not before it is begun */
    fold(&folding, EVENT_EVIDENCE_BEGUN, "R-1",
         "{\"evidence\":\"E-1\",\"name\":\"memory\",\"form\":\"lime\"}");
    fold(&folding, EVENT_EVIDENCE_BEGUN, "R-2", "{\"evidence\":\"E-11\"}");
    assert_string_equal(next_id(&folding), "E-12");
    assert_int_equal(look(&folding, &rows), 2);
    assert_int_equal(rows[0].view, SOAR_VIEW_EVIDENCE);
    assert_string_equal(rows[0].key, "E-1");
    assert_string_equal(rows[0].run, "R-1");
    assert_string_equal(rows[0].state, "begun");
    assert_string_equal(rows[0].body, "{\"step\":\"isolate\",\"target\":\"host:web-01\",\"name\":\"memory\","
                                      "\"form\":\"lime\"}");
    folding_done(&folding);
}

static void rows_say_what_became_of_it(void **state)
{
    struct folding folding, next;
    struct soar_row *rows = NULL;
    struct soar_err err;

    (void)state;
    folding_init(&folding);
    folding_init(&next);
    fold(&folding, EVENT_EVIDENCE_BEGUN, "R-1", "{\"evidence\":\"E-3\",\"name\":\"memory\"}");
    fold(&folding, EVENT_EVIDENCE_KEPT, "R-1",
         "{\"evidence\":\"E-3\",\"whole\":true,\"bytes\":7,\"sha256\":\"ab\",\"file\":\"f\"}");
    fold(&folding, EVENT_EVIDENCE_BEGUN, "R-1", "{\"evidence\":\"E-4\"}");
    fold(&folding, EVENT_EVIDENCE_KEPT, "R-1", "{\"evidence\":\"E-4\",\"whole\":false,\"why\":\"cut\"}");
    assert_int_equal(look(&folding, &rows), 2); /* one row each, in one batch */
    assert_string_equal(rows[0].state, "whole");
    assert_int_equal(rows[0].at_ms, 1000);
    assert_non_null(strstr(rows[0].body, "\"name\":\"memory\",\"kept\":1001,\"bytes\":7,\"sha256\":\"ab\""));
    assert_string_equal(rows[1].state, "partial");
    for (int i = 0; i < 2; i++)
        assert_int_equal(ledger_load(next.ledger, &rows[i], &err), 0);
    assert_string_equal(next_id(&next), "E-5");
    struct soar_row *again = NULL;
    size_t count = 0;

    assert_int_equal(look(&next, &again), 0); /* what was read is no news */
    ledger_all_rows(next.ledger, next.arena, &again, &count);
    assert_int_equal(count, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(again[i].key, rows[i].key);
        assert_string_equal(again[i].state, rows[i].state);
        assert_string_equal(again[i].body, rows[i].body);
        assert_int_equal(again[i].at_ms, rows[i].at_ms);
    }
    folding_done(&folding);
    folding_done(&next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_given_once),
        cmocka_unit_test(rows_say_what_became_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
