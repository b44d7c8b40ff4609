/* Property: one owner at a time for a target and kind of lock, `whole` excludes every other, who asked first
 * is first, and a lock whose call was lost stays until that call is over. Method: owners are the addresses of
 * a few integers; a seeded walk over all of them looks for two owners at once and for one that is never
 * served. */
#include <stdio.h>

#include "tests/engine/ledger/folding.h"

static void one_kind_waits_and_another_does_not(void **state)
{
    struct ledger *ledger = ledger_new();
    int a, b, c, d;

    (void)state;
    assert_true(ledger_lock(ledger, "host:1", "network", &a, 0));
    assert_false(ledger_lock(ledger, "host:1", "network", &b, 0));
    assert_true(
        ledger_lock(ledger, "host:1", "memory", &c, 0)); /* an image of an hour doesn't stop isolating */
    assert_true(ledger_lock(ledger, "host:2", "network", &d, 0));
    assert_null(ledger_granted(ledger, 0));
    ledger_unlock(ledger, &a, 0);
    assert_ptr_equal(ledger_granted(ledger, 0), &b);
    assert_null(ledger_granted(ledger, 0)); /* told once */
    ledger_free(ledger);
}

static void whole_excludes_every_other(void **state)
{
    struct ledger *ledger = ledger_new();
    int a, b, c;

    (void)state;
    assert_true(ledger_lock(ledger, "host:1", "network", &a, 0));
    assert_false(ledger_lock(ledger, "host:1", "whole", &b, 0));
    assert_false(ledger_lock(ledger, "host:1", "memory", &c, 0)); /* not past who waits for the whole */
    ledger_unlock(ledger, &a, 0);
    assert_ptr_equal(ledger_granted(ledger, 0), &b);
    assert_null(ledger_granted(ledger, 0));
    ledger_unlock(ledger, &b, 0);
    assert_ptr_equal(ledger_granted(ledger, 0), &c);
    ledger_free(ledger);
}

static void who_asked_first_is_first(void **state)
{
    struct ledger *ledger = ledger_new();
    int owners[5];

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(ledger_lock(ledger, "host:1", "network", &owners[i], 0), i == 0);
    ledger_unlock(ledger, &owners[2], 0); /* left the line */
    for (int i = 1; i < 5; i++) {
        if (i == 2)
            continue;
        ledger_unlock(ledger, &owners[i == 1 ? 0 : i == 3 ? 1 : i - 1], 0);
        assert_ptr_equal(ledger_granted(ledger, 0), &owners[i]);
    }
    ledger_free(ledger);
}

static void a_lost_call_keeps_the_lock(void **state)
{
    struct ledger *ledger = ledger_new();
    int a, b;

    (void)state;
    assert_int_equal(ledger_lock_due(ledger), INT64_MAX);
    assert_true(ledger_lock(ledger, "host:1", "network", &a, 100));
    ledger_unlock(ledger, &a, 5000);
    assert_false(ledger_lock(ledger, "host:1", "network", &b, 200));
    assert_int_equal(ledger_lock_due(ledger), 5000);
    assert_null(ledger_granted(ledger, 4999));
    assert_true(ledger_lock(ledger, "host:1", "memory", &a, 300)); /* another kind is free */
    assert_ptr_equal(ledger_granted(ledger, 5000), &b);
    assert_int_equal(ledger_lock_due(ledger), INT64_MAX);
    ledger_free(ledger);
}

/* Its own task looks again before that: looking is what decides. */
static void a_kept_lock_lets_its_own_task_in(void **state)
{
    struct ledger *ledger = ledger_new();
    int a, b;

    (void)state;
    assert_true(ledger_lock(ledger, "host:1", "network", &a, 0));
    ledger_unlock(ledger, &a, 5000);
    assert_true(ledger_lock(ledger, "host:1", "network", &a, 100));
    assert_false(ledger_lock(ledger, "host:1", "network", &b, 100));
    ledger_unlock(ledger, &a, 0);
    assert_null(ledger_granted(ledger, 200)); /* the lost call still may act */
    assert_ptr_equal(ledger_granted(ledger, 5000), &b);
    ledger_free(ledger);
}

enum { OWNERS = 12, TARGETS = 2, MOVES = 20000 };

struct owner {
    int target;
    int lock;
    bool asked;
    bool has;
    int waited;
};

static bool meet(const struct owner *a, const struct owner *b)
{
    return a->has && b->has && a->target == b->target && (a->lock == b->lock || !a->lock || !b->lock);
}

static void never_two_at_once_and_everybody_is_served(void **state)
{
    static const char *const locks[] = {"whole", "network", "memory"};
    static const char *const targets[] = {"host:1", "host:2"};
    struct ledger *ledger = ledger_new();
    struct owner owners[OWNERS] = {0};
    uint32_t seed = 7;
    struct owner *granted;

    (void)state;
    for (int move = 0; move < MOVES; move++) {
        seed = seed * 1664525 + 1013904223;
        struct owner *one = &owners[seed / 65536 % OWNERS];

        if (!one->asked) {
            one->target = (int)(seed >> 8) & 1;
            one->lock = (int)(seed >> 10) % 3;
            one->asked = true;
            one->waited = 0;
            one->has = ledger_lock(ledger, targets[one->target], locks[one->lock], one, move);
        } else if (one->has) {
            ledger_unlock(ledger, one, seed >> 12 & 1 ? move + 5 : 0);
            one->asked = one->has = false;
        }
        while ((granted = ledger_granted(ledger, move)))
            granted->has = true;
        for (int a = 0; a < OWNERS; a++) {
            owners[a].waited += owners[a].asked && !owners[a].has;
            assert_true(owners[a].waited < 2000);
            for (int b = 0; b < a; b++)
                assert_false(meet(&owners[a], &owners[b]));
        }
    }
    ledger_free(ledger);
}

enum { WAITERS = 10000 };

static void thousands_in_line_are_served_in_turn(void **state)
{
    static int owners[WAITERS];
    struct ledger *ledger = ledger_new();
    int served = 0;

    (void)state;
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(ledger_lock(ledger, "host:1", i % 100 == 99 ? "whole" : "network", &owners[i], 0),
                         i == 0);
    for (int i = 0; i < WAITERS; i += 10) /* these leave the line, or give it back */
        if (i)
            ledger_unlock(ledger, &owners[i], 0);
    for (int i = 0; i < WAITERS; i++) {
        if (i && i % 10 == 0)
            continue;
        ledger_unlock(ledger, &owners[i], i % 7 == 0 ? 10 : 0);
        served++;
        void *next = ledger_granted(ledger, i % 7 == 0 ? 10 : 0);
        int expected = (i + 1) % 10 == 0 ? i + 2 : i + 1;

        if (expected < WAITERS)
            assert_ptr_equal(next, &owners[expected]);
        else
            assert_null(next);
    }
    assert_int_equal(served, WAITERS - WAITERS / 10 + 1);
    assert_int_equal(ledger_lock_due(ledger), INT64_MAX);
    assert_true(ledger_lock(ledger, "host:1", "whole", &owners[0], 0));
    ledger_free(ledger);
}

static void thousands_of_targets_each_have_their_own_line(void **state)
{
    static int owners[WAITERS];
    struct ledger *ledger = ledger_new();
    char target[32];
    int granted = 0;

    (void)state;
    for (int i = 0; i < WAITERS; i++) {
        snprintf(target, sizeof target, "host:%d", i / 2);
        assert_int_equal(ledger_lock(ledger, target, "network", &owners[i], 0), i % 2 == 0);
    }
    assert_null(ledger_granted(ledger, 0));
    for (int i = 0; i < WAITERS; i += 2)
        ledger_unlock(ledger, &owners[i], 0);
    while (ledger_granted(ledger, 0))
        granted++;
    assert_int_equal(granted, WAITERS / 2);
    for (int i = 1; i < WAITERS; i += 2)
        ledger_unlock(ledger, &owners[i], i);
    assert_int_equal(ledger_lock_due(ledger), 1);
    assert_null(ledger_granted(ledger, WAITERS / 2));
    assert_int_equal(ledger_lock_due(ledger), WAITERS / 2 + 1);
    ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_kind_waits_and_another_does_not),
        cmocka_unit_test(whole_excludes_every_other),
        cmocka_unit_test(who_asked_first_is_first),
        cmocka_unit_test(a_lost_call_keeps_the_lock),
        cmocka_unit_test(a_kept_lock_lets_its_own_task_in),
        cmocka_unit_test(never_two_at_once_and_everybody_is_served),
        cmocka_unit_test(thousands_in_line_are_served_in_turn),
        cmocka_unit_test(thousands_of_targets_each_have_their_own_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
