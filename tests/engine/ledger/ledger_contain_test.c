/* Property: the rules of who holds what. A row is "perhaps" from the first intent, "held" from the outcome,
 * free when a check said clear; its prior state is taken once; what was ours stays ours; one holder's end
 * leaves the others; what a recheck found open is told until it is in force again, and putting it back makes
 * nobody a holder; memory follows what a row says now. Method: events as runs write them, folded by hand. */
#include "engine/ledger/ledger_parts.h"
#include "tests/engine/ledger/folding.h"

static void a_row_begins_with_the_first_intent(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    assert_null(row_now(&folding));
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT ",\"prior\":{\"was\":\"open\"}}");
    const struct ledger_row *row = row_now(&folding);

    assert_false(row->held);
    assert_int_equal(row->holder_count, 1);
    assert_string_equal(row->holders[0].run, "R-1");
    assert_string_equal(value_get_string(&row->prior, "was", ""), "open");
    assert_string_equal(row->pack, "d1");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD ",\"kept\":{\"listing\":\"5f\"}}");
    row = row_now(&folding);
    assert_true(row->held);
    assert_true(row->ours);
    assert_string_equal(value_get_string(&row->kept, "listing", ""), "5f");
    folding_done(&folding);
}

static void what_ends_badly_stays_perhaps(void **state)
{
    static const char *const ends[] = {"partial", "failed"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct folding folding;

        folding_init(&folding);
        fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
        fold(&folding, EVENT_TASK_ENDED, "R-1", arena_printf(folding.arena, "{\"outcome\":\"%s\"}", ends[i]));
        assert_non_null(row_now(&folding));
        assert_false(row_now(&folding)->held);
        folding_done(&folding);
    }
}

static void what_a_call_kept_is_kept_however_it_ends(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_CALL_ENDED, "R-1", "{\"containment\":{" ROW "},\"kept\":{\"id\":\"7\"}}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", "{\"outcome\":\"partial\"}");
    assert_false(row_now(&folding)->held);
    assert_string_equal(value_get_string(&row_now(&folding)->kept, "id", ""), "7");
    folding_done(&folding);
}

static void the_prior_state_is_taken_once(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT ",\"prior\":{\"was\":\"open\"}}");
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT ",\"prior\":{\"was\":\"ours\"}}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    fold(&folding, EVENT_CALL_INTENDED, "R-2",
         "{\"containment\":{" ROW
         ",\"pack\":\"d2\",\"args\":{\"allow\":[1]}},\"prior\":{\"was\":\"R-1's\"}}");
    const struct ledger_row *row = row_now(&folding);

    assert_string_equal(value_get_string(&row->prior, "was", ""), "open");
    assert_string_equal(row->pack, "d2"); /* the latest apply stands */
    assert_int_equal(value_count(value_get(&row->args, "allow")), 1);
    assert_int_equal(row->holder_count, 2);
    folding_done(&folding);
}

static void who_finds_it_so_and_ours_is_one_more_holder(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    fold(&folding, EVENT_TASK_ENDED, "R-2",
         "{\"outcome\":\"already\",\"holder\":{" ROW ",\"ours\":false,\"until\":77}}");
    const struct ledger_row *row = row_now(&folding);

    assert_int_equal(row->holder_count, 2);
    assert_int_equal(row->holders[1].until_ms, 77);
    assert_true(row->ours); /* R-2 did nothing, but we did */
    folding_done(&folding);
}

static void what_others_did_is_noted_as_theirs(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_TASK_ENDED, "R-1", "{\"outcome\":\"already\",\"holder\":{" ROW ",\"ours\":false}}");
    assert_true(row_now(&folding)->held);
    assert_false(row_now(&folding)->ours);
    fold(&folding, EVENT_CALL_INTENDED, "R-2", INTENT "}");
    assert_true(row_now(&folding)->ours);
    folding_done(&folding);
}

static void one_holders_end_leaves_the_others(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    fold(&folding, EVENT_TASK_ENDED, "R-2", HELD "}");
    fold(&folding, EVENT_HOLDER_ENDED, "R-3",
         "{" ROW ",\"run\":\"R-1\",\"why\":\"released\",\"way\":\"undo\"}");
    assert_int_equal(row_now(&folding)->holder_count, 1);
    assert_string_equal(row_now(&folding)->holders[0].run, "R-2");
    fold(&folding, EVENT_HOLDER_ENDED, "R-3",
         "{" ROW ",\"run\":\"R-9\"}"); /* held nothing: nothing happens */
    assert_int_equal(row_now(&folding)->holder_count, 1);
    assert_true(row_now(&folding)->held);
    folding_done(&folding);
}

static void a_second_try_keeps_the_holders_end(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_TASK_ENDED, "R-1", "{\"outcome\":\"already\",\"holder\":{" ROW ",\"until\":500}}");
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    assert_int_equal(row_now(&folding)->holder_count, 1);
    assert_int_equal(row_now(&folding)->holders[0].until_ms, 500);
    folding_done(&folding);
}

static void what_was_freed_begins_anew(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    for (int seen = 0; seen < 2; seen++) { /* also when it is taken again before the views have looked */
        folding_init(&folding);
        fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT ",\"prior\":{\"was\":\"open\"}}");
        fold(&folding, EVENT_TASK_ENDED, "R-1", HELD ",\"kept\":{\"listing\":\"5f\"}}");
        look(&folding, &rows);
        fold(&folding, EVENT_TASK_ENDED, "R-2", FREED);
        assert_null(row_now(&folding));
        if (seen)
            look(&folding, &rows);
        fold(&folding, EVENT_CALL_INTENDED, "R-3", INTENT ",\"prior\":{\"was\":\"changed\"}}");
        const struct ledger_row *row = row_now(&folding);

        assert_string_equal(value_get_string(&row->prior, "was", ""), "changed");
        assert_int_equal(value_count(&row->kept), 0);
        assert_int_equal(row->holder_count, 1);
        assert_string_equal(row->holders[0].run, "R-3");
        assert_false(row->held);
        folding_done(&folding);
    }
}

static void rows_are_told_apart_by_all_four_names(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_CALL_INTENDED, "R-1",
         "{\"containment\":{\"action\":\"Isolate\",\"provider\":\"edr\",\"place\":\"\"}}");
    fold(&folding, EVENT_CALL_INTENDED, "R-1",
         "{\"containment\":{\"action\":\"Isolate\",\"provider\":\"nft\",\"place\":\"x\"}}");
    fold_to(&folding, EVENT_CALL_INTENDED, "R-1", "host:web-02", INTENT "}");
    assert_int_equal(ledger_row_count(folding.ledger), 4);
    fold_to(&folding, EVENT_CALL_INTENDED, "R-1", "host:web-01/Isolate", /* no name is two */
            "{\"containment\":{\"action\":\"nft\",\"provider\":\"\",\"place\":\"\"}}");
    assert_int_equal(ledger_row_count(folding.ledger), 5);
    folding_done(&folding);
}

#define ABOUT "\"about\":[{\"target\":\"host:web-01\"," ROW "},{\"target\":\"host:free\"," ROW "}]"

static void what_was_found_open_is_broken_until_it_is_in_force(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    fold(&folding, EVENT_RUN_STARTED, "R-2", "{\"kind\":\"recheck\",\"mode\":\"dry\"," ABOUT "}");
    assert_int_equal(row_now(&folding)->broken_count, 0); /* it only looked */
    assert_null(row_now(&folding)->broken_run);
    for (int i = 1; i <= 3; i++) {
        int64_t at_ms = folding.at_ms;

        fold(&folding, EVENT_RUN_STARTED, arena_printf(folding.arena, "R-1%d", i),
             "{\"kind\":\"recheck\",\"mode\":\"real\"," ABOUT "}");
        assert_int_equal(row_now(&folding)->broken_ms, at_ms);
        assert_int_equal(row_now(&folding)->broken_count, i);
        if (i < 3)
            fold(&folding, EVENT_TASK_ENDED, "R-11", "{\"outcome\":\"changed\",\"in_force\":{" ROW "}}");
        else
            fold(&folding, EVENT_TASK_ENDED, "R-3", HELD "}"); /* another run made it so */
        assert_int_equal(row_now(&folding)->broken_ms, 0);
        assert_int_equal(row_now(&folding)->seen_ms, at_ms + 1);
        assert_int_equal(row_now(&folding)->put_back_ms, i < 3 ? at_ms + 1 : at_ms - 1);
    }
    assert_string_equal(row_now(&folding)->broken_run, "R-13");
    assert_int_equal(ledger_row_count(folding.ledger), 1); /* host:free is nobody's */
    folding_done(&folding);
}

static void putting_back_makes_nobody_a_holder(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    fold(&folding, EVENT_CALL_INTENDED, "R-2",
         "{\"containment\":{" ROW ",\"put_back\":true,\"pack\":\"d9\"},\"prior\":{\"was\":\"open\"}}");
    const struct ledger_row *row = row_now(&folding);

    assert_true(row->held);
    assert_int_equal(row->holder_count, 1);
    assert_string_equal(row->holders[0].run, "R-1");
    assert_int_equal(row->prior.kind, VALUE_NULL);
    folding_done(&folding);
}

static void being_seen_moves_only_when_it_was_seen(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD "}");
    look(&folding, &rows);
    ledger_seen(folding.ledger, "no such row", 7000);
    assert_int_equal(look(&folding, &rows), 0);
    ledger_seen(folding.ledger, row_now(&folding)->key, 7000);
    assert_int_equal(row_now(&folding)->seen_ms, 7000);
    assert_int_equal(look(&folding, &rows), 1); /* the row alone, not who holds it */
    assert_non_null(strstr(rows[0].body, "\"seen\":7000"));
    folding_done(&folding);
}

static void memory_follows_what_a_row_says(void **state)
{
    struct folding folding;
    struct soar_row *rows = NULL;
    char long_text[1001] = {0};

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    folding_init(&folding);
    for (int i = 0; i < 500; i++) {
        fold(&folding, EVENT_CALL_INTENDED, "R-1",
             arena_printf(folding.arena,
                          "{\"containment\":{" ROW
                          ",\"args\":{\"n\":%d,\"text\":\"%s\"}},\"prior\":{\"n\":%d}}",
                          i, long_text, i));
        fold(&folding, EVENT_TASK_ENDED, "R-1", HELD ",\"kept\":{\"listing\":\"5f\"}}");
        look(&folding, &rows);
    }
    const struct ledger_row *row = row_now(&folding);

    assert_int_equal(value_get_int(&row->args, "n", 0), 499);
    assert_string_equal(value_get_string(&row->args, "text", ""), long_text);
    assert_int_equal(value_get_int(&row->prior, "n", -1), 0);
    assert_string_equal(value_get_string(&row->kept, "listing", ""), "5f");
    assert_string_equal(row->name, "web-01");
    assert_true(arena_used(ledger_entry_find(folding.ledger, row->key)->arena) < 20000);
    folding_done(&folding);
}

static void bodies_of_other_kinds_do_nothing(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", HELD ",\"kept\":[1,2]}");
    fold(&folding, EVENT_TASK_ENDED, "R-1", "{\"outcome\":7,\"freed\":[]}");
    fold(&folding, EVENT_HOLDER_ENDED, "R-1", "{\"run\":[\"R-1\"]}");
    fold(&folding, EVENT_ASK_CLOSED, "R-1", "{\"ask\":{}}");
    fold(&folding, EVENT_HOLDER_EXTENDED, "-", "{" ROW ",\"run\":\"R-9\",\"until\":9}");
    fold(&folding, EVENT_RUN_STARTED, "R-2", "{\"kind\":\"release\",\"about\":[7,{\"free\":[7]}]}");
    fold(&folding, EVENT_RUN_ENDED, "R-2", "[]");
    assert_int_equal(row_now(&folding)->holder_count, 1);
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_begins_with_the_first_intent),
        cmocka_unit_test(what_ends_badly_stays_perhaps),
        cmocka_unit_test(what_a_call_kept_is_kept_however_it_ends),
        cmocka_unit_test(the_prior_state_is_taken_once),
        cmocka_unit_test(who_finds_it_so_and_ours_is_one_more_holder),
        cmocka_unit_test(what_others_did_is_noted_as_theirs),
        cmocka_unit_test(one_holders_end_leaves_the_others),
        cmocka_unit_test(a_second_try_keeps_the_holders_end),
        cmocka_unit_test(what_was_freed_begins_anew),
        cmocka_unit_test(rows_are_told_apart_by_all_four_names),
        cmocka_unit_test(what_was_found_open_is_broken_until_it_is_in_force),
        cmocka_unit_test(putting_back_makes_nobody_a_holder),
        cmocka_unit_test(being_seen_moves_only_when_it_was_seen),
        cmocka_unit_test(memory_follows_what_a_row_says),
        cmocka_unit_test(bodies_of_other_kinds_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
