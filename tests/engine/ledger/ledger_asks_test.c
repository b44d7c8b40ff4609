/* Property: a closed question stays for a day and then goes from memory and view, but for the last of its
 * letter, which the next one is numbered by; an open one stays; a hold of thousands
 * is written in parts. Method: thousands of questions folded by
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

static void gather(struct folding *folding, int number)
{
    fold(folding, number ? EVENT_ASK_JOINED : EVENT_ASK_OPENED, "-",
         arena_printf(folding->arena,
                      "{\"ask\":\"H-1\",\"kind\":\"hold\",\"rule\":\"ask\",\"run\":\"R-%d\",\"task\":\"t\","
                      "\"name\":\"web-%d\"}",
                      number, number));
}

/* One more of thousands writes a part of them. */
static void thousands_in_a_hold_are_written_in_parts(void **state)
{
    struct folding folding, loaded;
    struct soar_row *rows = NULL;
    struct soar_row *all = NULL;
    size_t count = 0;

    (void)state;
    folding_init(&folding);
    folding_init(&loaded);
    for (int i = 0; i < MANY; i++) {
        gather(&folding, i);
        if (i % 5 == 0)
            assert_int_equal(look(&folding, &rows), i >= 256 && i % 256 < 4 ? 2 : 1);
    }
    look(&folding, &rows);
    gather(&folding, MANY);
    assert_int_equal(look(&folding, &rows), 1);
    assert_true(strlen(rows[0].body) < 16000);
    ledger_all_rows(folding.ledger, folding.arena, &all, &count);
    assert_int_equal(count, MANY / 256 + 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ledger_load(loaded.ledger, &all[i], NULL), 0);
    const struct ledger_ask *ask = ledger_hold_open(loaded.ledger, "ask");

    assert_int_equal(ledger_ask_count(loaded.ledger), 1);
    assert_int_equal(ask->member_count, MANY + 1);
    assert_string_equal(ask->runs[MANY], arena_printf(folding.arena, "R-%d", MANY));
    assert_string_equal(ask->names[1000], "web-1000");
    gather(&loaded, MANY + 1);
    assert_int_equal(look(&loaded, &rows), 1);
    fold(&loaded, EVENT_ASK_OPENED, "-", "{\"ask\":\"H-2\",\"kind\":\"hold\",\"rule\":\"other\"}");
    fold(&loaded, EVENT_ASK_CLOSED, "-", "{\"ask\":\"H-1\",\"result\":\"yes\"}");
    assert_int_equal(look(&loaded, &rows), count + 1);
    ledger_prune(loaded.ledger, loaded.at_ms + DAY_MS, 0);
    assert_int_equal(look(&loaded, &rows), count); /* each of its rows goes */
    assert_int_equal(ledger_ask_count(loaded.ledger), 1);
    folding_done(&folding);
    folding_done(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_questions_go_after_a_day),
        cmocka_unit_test(a_row_may_go_when_its_question_may),
        cmocka_unit_test(thousands_in_a_hold_are_written_in_parts),
        cmocka_unit_test(ids_of_other_forms_are_names_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
