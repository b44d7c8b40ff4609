/* Property: a hold's digest is of its rule and of who is in it, whatever the order and however often one was
 * named; a question of another kind has the digest it was asked with. Method: holds folded by hand in several
 * orders, and once more with one member, one rule, one task changed. */
#include "tests/engine/ledger/folding.h"

struct named_task {
    const char *run, *task, *name;
};

static const struct named_task web = {"R-1", "isolate//host:web-01/do", "web-01"};
static const struct named_task db = {"R-1", "isolate//host:db-02/do", "db-02"};
static const struct named_task other_run = {"R-2", "isolate//host:db-02/do", "db-02"};
static const struct named_task other_task = {"R-1", "wipe//host:db-02/do", "db-02"};

/* Ends with a run that is NULL. */
static const char *digest_of(struct arena *arena, const char *rule, const struct named_task *tasks)
{
    struct folding folding;

    folding_init(&folding);
    for (int i = 0; tasks[i].run; i++)
        fold(&folding, i ? EVENT_ASK_JOINED : EVENT_ASK_OPENED, "-",
             arena_printf(arena,
                          "{\"ask\":\"H-1\",\"kind\":\"hold\",\"rule\":\"%s\",\"run\":\"%s\",\"task\":\"%s\","
                          "\"name\":\"%s\"}",
                          rule, tasks[i].run, tasks[i].task, tasks[i].name));
    const char *digest = ledger_ask_digest(ledger_ask_find(folding.ledger, "H-1"), arena);

    folding_done(&folding);
    return digest;
}

static void it_is_of_who_is_in_it(void **state)
{
    ARENA_SCOPED arena = arena_new();
    const struct named_task end = {0};
    const char *both = digest_of(arena, "ask", (struct named_task[]){web, db, end});

    (void)state;
    assert_int_equal(strlen(both), 9);
    assert_int_equal(both[4], '-');
    assert_string_equal(digest_of(arena, "ask", (struct named_task[]){db, web, end}), both);
    assert_string_equal(digest_of(arena, "ask", (struct named_task[]){db, web, db, end}), both);
    const char *others[] = {
        digest_of(arena, "ask", (struct named_task[]){web, end}),
        digest_of(arena, "ask", (struct named_task[]){web, other_run, end}),
        digest_of(arena, "ask", (struct named_task[]){web, other_task, end}),
        digest_of(arena, "ask", (struct named_task[]){web, db, other_run, end}),
        digest_of(arena, "two_people", (struct named_task[]){web, db, end}),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_string_not_equal(others[i], both);
}

static void what_was_asked_with_one_has_that(void **state)
{
    struct folding folding;

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_ASK_OPENED, "-", "{\"ask\":\"H-1\",\"kind\":\"ends\",\"digest\":\"7f3a-91c0\"}");
    fold(&folding, EVENT_ASK_OPENED, "-", "{\"ask\":\"D-1\",\"kind\":\"doubt\"}");
    assert_string_equal(ledger_ask_digest(ledger_ask_find(folding.ledger, "H-1"), folding.arena),
                        "7f3a-91c0");
    assert_string_equal(ledger_ask_digest(ledger_ask_find(folding.ledger, "D-1"), folding.arena), "");
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_of_who_is_in_it),
        cmocka_unit_test(what_was_asked_with_one_has_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
