/* Property: a closed question stays for a day and then goes from memory and view, but for the last of its
 * letter, which the next one is numbered by; an open one stays. Method: thousands of questions folded by
 * hand, pruned at the edge of the day. */
#include "tests/engine/ledger/folding.h"

enum { MANY = 2000, DAY_MS = 24 * 60 * 60 * 1000 };

static const char *id_of(const struct folding *folding, int number)
{
    return arena_printf(folding->arena, "D-%d", number);
}

static void closed_questions_go_after_a_day(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    for (int i = 1; i <= MANY; i++)
        fold(&folding, EVENT_ASK_OPENED, "R-1",
             arena_printf(folding.arena, "{\"ask\":\"%s\",\"kind\":\"doubt\",\"run\":\"R-1\"}",
                          id_of(&folding, i)));
    int64_t closed_ms = folding.at_ms;

    for (int i = 1; i <= MANY; i += i == 5 ? 2 : 1) /* D-6 stays open */
        fold(&folding, EVENT_ASK_CLOSED, "-",
             arena_printf(folding.arena, "{\"ask\":\"%s\",\"result\":\"done\"}", id_of(&folding, i)));
    look(&folding, &rows);
    ledger_prune(folding.ledger, closed_ms + DAY_MS - 1, 0);
    assert_int_equal(ledger_ask_count(folding.ledger), MANY);
    ledger_prune(folding.ledger, closed_ms + DAY_MS, 0);
    assert_null(ledger_ask_find(folding.ledger, "D-1"));
    assert_int_equal(ledger_ask_count(folding.ledger), MANY - 1);
    assert_int_equal(look(&folding, &rows), 1);
    assert_true(rows[0].gone);
    assert_string_equal(rows[0].key, "D-1");
    ledger_prune(folding.ledger, closed_ms + DAY_MS + MANY, 0);
    assert_int_equal(ledger_ask_count(folding.ledger), 2);
    assert_true(ledger_ask_find(folding.ledger, "D-6")->open);
    assert_non_null(ledger_ask_find(folding.ledger, id_of(&folding, MANY)));
    assert_string_equal(ledger_ask_next_id(folding.ledger, 'D', folding.arena), id_of(&folding, MANY + 1));
    folding_done(&folding);
}

/* `journal verify` asks this of a row that the events make and the view has not. */
static void a_row_may_go_when_its_question_may(void **state)
{
    struct soar_row row = {
        .view = SOAR_VIEW_ASK, .state = "closed", .at_ms = 500, .body = "{\"closed\":1000}"};

    (void)state;
    assert_false(ledger_row_may_go(&row, DAY_MS + 999));
    assert_true(ledger_row_may_go(&row, DAY_MS + 1000));
    row.state = "open";
    assert_false(ledger_row_may_go(&row, INT64_MAX / 2));
    row.view = SOAR_VIEW_HOLDER;
    assert_false(ledger_row_may_go(&row, INT64_MAX / 2));
}

static void ids_of_other_forms_are_names_all_the_same(void **state)
{
    static const char *const ids[] = {"", "x", "7", "[-9", "H9", "H-"};
    struct folding folding;

    (void)state;
    folding_init(&folding);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        fold(&folding, EVENT_ASK_OPENED, "-",
             arena_printf(folding.arena, "{\"ask\":\"%s\",\"kind\":\"hold\",\"rule\":\"r\"}", ids[i]));
        assert_non_null(ledger_ask_find(folding.ledger, ids[i]));
    }
    assert_string_equal(ledger_ask_next_id(folding.ledger, 'H', folding.arena), "H-1");
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_questions_go_after_a_day),
        cmocka_unit_test(a_row_may_go_when_its_question_may),
        cmocka_unit_test(ids_of_other_forms_are_names_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
