/* Property: the simulator can fail. Method: the engine is broken on purpose, one way at a time, and each way
 * must be caught by the very plays that pass when it is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/sim/stage.h"

enum { PLAYS = 300 };

/* Among `many` scenarios from this one on. */
static void caught_in(size_t from, size_t many, const char *breakage)
{
    struct soar_err err = {0};

    for (uint64_t seed = 1; seed <= PLAYS; seed++) {
        struct stage_options options = {.seed = seed,
                                        .breakage = breakage,
                                        .die_at = 1 + (long)(seed / 4 % 12),
                                        .die_when = seed / 2 % 2 ? DEATH_BEFORE : DEATH_AFTER};

        if (scenarios[from + seed % many].play(&options, NULL, &err)) {
            print_message("%s: caught at play %llu: %s\n", breakage, (unsigned long long)seed, err.text);
            return;
        }
    }
    fail_msg("%s was not caught in %d plays", breakage, PLAYS);
}

static void caught(const char *breakage)
{
    caught_in(0, 2, breakage);
}

static size_t place_of(const char *name)
{
    size_t at = 0;

    while (scenarios[at].name && strcmp(scenarios[at].name, name) != 0)
        at++;
    assert_non_null(scenarios[at].name);
    return at;
}

static void test_done_before_durable(void **state)
{
    (void)state;
    caught_in(place_of("alerts"), 1, "done-before-durable");
}

static void test_no_intent(void **state)
{
    (void)state;
    caught("no-intent");
}

static void test_call_before_sync(void **state)
{
    (void)state;
    caught("call-before-sync");
}

static void test_no_look(void **state)
{
    (void)state;
    caught("no-look");
}

static void test_no_disarm(void **state)
{
    (void)state;
    caught("no-disarm");
}

/* Two spellings of one account, each under a lock of its own. */
static void test_lock_by_name(void **state)
{
    (void)state;
    caught_in(place_of("spellings"), 1, "lock-by-name");
}

static void test_part_is_whole(void **state)
{
    (void)state;
    caught_in(place_of("collect"), 1, "part-is-whole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_intent),
                                       cmocka_unit_test(test_lock_by_name),
                                       cmocka_unit_test(test_part_is_whole),
                                       cmocka_unit_test(test_call_before_sync),
                                       cmocka_unit_test(test_no_look),
                                       cmocka_unit_test(test_no_disarm),
                                       cmocka_unit_test(test_done_before_durable)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
