/* Property: a policy's settings are what its text says, else the defaults; a step holds no shorter and no
 * longer than the policy wants. Method: texts, the numbers they give, and times on both sides of the bounds.
 */
#include "tests/engine/policy/rails.h"

#define MINUTE (INT64_C(60) * 1000)
#define DAY    (24 * 60 * MINUTE)

static void defaults_and_what_is_said(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *usual = rails_well(arena, "");
    assert_int_equal(policy_recheck_every_ms(usual), 5 * MINUTE);
    assert_true(policy_puts_back(usual));
    assert_int_equal(policy_expires_least_ms(usual), 30 * MINUTE);
    assert_int_equal(policy_expires_most_ms(usual), 30 * DAY);
    assert_false(policy_expires_frees(usual));
    const struct policy *said = rails_well(arena, "recheck: {every: 0s, broken: tell}\n"
                                                  "expires: {at_least: 1s, at_most: 2d, then: free}\n");
    assert_int_equal(policy_recheck_every_ms(said), 0);
    assert_false(policy_puts_back(said));
    assert_int_equal(policy_expires_least_ms(said), 1000);
    assert_int_equal(policy_expires_most_ms(said), 2 * DAY);
    assert_true(policy_expires_frees(said));
    const struct policy *half = rails_well(arena, "recheck: {broken: put_back}\nexpires: {then: ask}\n");
    assert_int_equal(policy_recheck_every_ms(half), 5 * MINUTE);
    assert_int_equal(policy_expires_least_ms(half), 30 * MINUTE);
}

static void ends_have_bounds(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct policy *policy = rails_well(arena, "");
    const char *why = NULL;
    assert_true(policy_expires_fits(policy, 0, arena, &why));
    assert_true(policy_expires_fits(policy, 30 * MINUTE, arena, &why));
    assert_true(policy_expires_fits(policy, 30 * DAY, arena, &why));
    assert_null(why);
    assert_false(policy_expires_fits(policy, 30 * MINUTE - 1, arena, &why));
    assert_string_equal(why, "the policy wants at least 30 min (`expires: {at_least}`)");
    assert_false(policy_expires_fits(policy, 30 * DAY + 1, arena, &why));
    assert_string_equal(why, "the policy wants at most 30 d (`expires: {at_most}`)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_what_is_said),
        cmocka_unit_test(ends_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
