/* Property: a hold gathers what one rule stopped; a question is found by its id and numbered in order; an
 * answer closes it. Method: ask events folded by hand. */
#include "tests/engine/ledger/folding.h"

static void ask(struct folding *folding, enum event_kind kind, const char *id, const char *rule,
                const char *run)
{
    fold(folding, kind, "-",
         arena_printf(
             folding->arena,
             "{\"ask\":\"%s\",\"kind\":\"%s\",\"rule\":\"%s\",\"text\":\"why\",\"run\":\"%s\",\"task\":"
             "\"s//host:web-01/do\",\"name\":\"web-01\"}",
             id, *rule ? "hold" : "doubt", rule, run));
}

static void a_hold_gathers_over_runs(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_null(ledger_hold_open(folding.ledger, "ask"));
    ask(&folding, EVENT_ASK_OPENED, "H-1", "ask", "R-1");
    ask(&folding, EVENT_ASK_JOINED, "H-1", "ask", "R-2");
    ask(&folding, EVENT_ASK_JOINED, "H-7", "ask", "R-3"); /* nobody opened it */
    const struct ledger_ask *open = ledger_hold_open(folding.ledger, "ask");

    assert_int_equal(open->member_count, 2);
    assert_string_equal(open->runs[1], "R-2");
    assert_string_equal(open->names[0], "web-01");
    assert_null(ledger_hold_open(folding.ledger, "two_people"));
    assert_ptr_equal(ledger_ask_find(folding.ledger, "H-1"), open);
    assert_null(ledger_ask_find(folding.ledger, "H-2"));
    folding_done(&folding);
}

static void an_answer_closes_it(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    ask(&folding, EVENT_ASK_OPENED, "H-1", "ask", "R-1");
    fold(&folding, EVENT_ASK_CLOSED, "-",
         "{\"ask\":\"H-1\",\"result\":\"yes\",\"by\":\"ana\",\"note\":\"ok\"}");
    assert_null(ledger_hold_open(folding.ledger, "ask"));
    const struct ledger_ask *closed = ledger_ask_find(folding.ledger, "H-1");

    assert_false(closed->open);
    assert_string_equal(closed->result, "yes");
    assert_string_equal(closed->by, "ana");
    assert_string_equal(closed->note, "ok");
    folding_done(&folding);
}

static void a_doubt_is_no_hold(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    ask(&folding, EVENT_ASK_OPENED, "D-1", "", "R-1");
    assert_null(ledger_hold_open(folding.ledger, ""));
    assert_true(ledger_ask_find(folding.ledger, "D-1")->open);
    folding_done(&folding);
}

static void ids_count_on_letter_by_letter(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_string_equal(ledger_ask_next_id(folding.ledger, 'H', folding.arena), "H-1");
    ask(&folding, EVENT_ASK_OPENED, "H-9", "a", "R-1");
    ask(&folding, EVENT_ASK_OPENED, "H-2", "b", "R-1");
    ask(&folding, EVENT_ASK_OPENED, "D-4", "", "R-1");
    assert_string_equal(ledger_ask_next_id(folding.ledger, 'H', folding.arena), "H-10");
    assert_string_equal(ledger_ask_next_id(folding.ledger, 'D', folding.arena), "D-5");
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_gathers_over_runs),
        cmocka_unit_test(an_answer_closes_it),
        cmocka_unit_test(a_doubt_is_no_hold),
        cmocka_unit_test(ids_count_on_letter_by_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
