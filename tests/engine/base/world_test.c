/* Property: the machine's own world gives milliseconds that go forward, one boot id, and bytes that differ.
 * Method: each asked more than once; no absolute time is expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/world.h"

static void boot_time_never_goes_back(void **state)
{
    (void)state;
    const struct world *world = world_system();
    int64_t last = world->boot_ms(world->arg);
    assert_true(last > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = world->boot_ms(world->arg);
        assert_true(now >= last);
        last = now;
    }
}

static void wall_time_is_in_milliseconds(void **state)
{
    (void)state;
    const struct world *world = world_system();
    int64_t now = world->wall_ms(world->arg);
    assert_true(now > INT64_C(1500000000000) && now < INT64_C(10000000000000)); /* 2017 to 2286 */
}

static void the_boot_has_one_id(void **state)
{
    (void)state;
    const struct world *world = world_system();
    const char *first = world->boot_id(world->arg);
    assert_int_equal(strspn(first, "0123456789abcdef-"), strlen(first));
    assert_true(strlen(first) >= 32);
    assert_string_equal(first, world->boot_id(world->arg));
}

static void chance_differs_and_stays_in_bounds(void **state)
{
    (void)state;
    const struct world *world = world_system();
    unsigned char one[1000] = {0}, two[1000] = {0};
    world->random(world->arg, one, 999);
    world->random(world->arg, two, 999);
    assert_memory_not_equal(one, two, 999);
    assert_int_equal(one[999], 0);
    world->random(world->arg, one, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_time_never_goes_back),
        cmocka_unit_test(wall_time_is_in_milliseconds),
        cmocka_unit_test(the_boot_has_one_id),
        cmocka_unit_test(chance_differs_and_stays_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
