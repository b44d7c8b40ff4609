/* Property: keys tell apart whatever is in their parts; an empty ledger answers everything with nothing.
 * Method: tables of cases. */
#include "engine/ledger/ledger_parts.h"
#include "tests/engine/ledger/folding.h"

static void keys_tell_their_parts_apart(void **state)
{
    ARENA_SCOPED arena = arena_new();

    (void)state;
    assert_string_equal(ledger_key(arena, "host:web-01", "Isolate", "nft", ""), "host:web-01/Isolate/nft/");
    assert_string_equal(ledger_key(arena, "a/b", "c%", "", "d\n"), "a%2Fb/c%25//d%0A");
}

static void an_empty_ledger_has_nothing(void **state)
{
    struct ledger *ledger = ledger_new();
    const struct ledger_holder *holder = NULL;
    ARENA_SCOPED arena = arena_new();
    struct soar_row *rows = NULL;
    size_t count = 1;
    bool ours;

    (void)state;
    ledger_prune(ledger, 1000, 0);
    assert_null(ledger_ended(ledger, INT64_MAX, &holder));
    assert_null(ledger_granted(ledger, 0));
    assert_int_equal(ledger_pause_count(ledger), 0);
    assert_int_equal(ledger_ask_count(ledger), 0);
    assert_int_equal(ledger_spent(ledger, "isolate", 0, "R-1", "t", &ours), 0);
    ledger_rows(ledger, arena, &rows, &count);
    assert_int_equal(count, 0);
    ledger_free(ledger);
    ledger_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_tell_their_parts_apart),
        cmocka_unit_test(an_empty_ledger_has_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
