/* Property: the journal's clock never goes back and follows nobody who sets the wall clock; on one boot it
 * runs on from where the last writer stood, on another it starts at the later of the wall clock and the last
 * event. Method: a world whose three clocks are variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/loop/clock.h"

struct times {
    int64_t wall_ms;
    int64_t boot_ms;
    const char *boot_id;
};

static int64_t wall(void *arg)
{
    return ((struct times *)arg)->wall_ms;
}

static int64_t boot(void *arg)
{
    return ((struct times *)arg)->boot_ms;
}

static const char *boot_id(void *arg)
{
    return ((struct times *)arg)->boot_id;
}

static struct clock begun(struct times *times, struct world *world, const struct clock_mark *mark)
{
    struct clock clock;

    *world = (struct world){wall, boot, boot_id, NULL, times};
    clock_begin(&clock, world, mark);
    return clock;
}

static void the_first_start_takes_the_wall_clock(void **state)
{
    struct times times = {1000000, 50, "a"};
    struct world world;
    struct clock clock = begun(&times, &world, &(struct clock_mark){.boot_id = ""});

    (void)state;
    assert_int_equal(clock_now_ms(&clock), 1000000);
    times.boot_ms += 70;
    assert_int_equal(clock_now_ms(&clock), 1000070);
}

static void nobody_sets_it(void **state)
{
    struct times times = {1000000, 50, "a"};
    struct world world;
    struct clock clock = begun(&times, &world, &(struct clock_mark){.boot_id = ""});

    (void)state;
    assert_int_equal(clock_ahead_ms(&clock), 0);
    times.wall_ms += 3600000;
    assert_int_equal(clock_now_ms(&clock), 1000000);
    assert_int_equal(clock_ahead_ms(&clock), -3600000);
    times.wall_ms = 5;
    assert_int_equal(clock_now_ms(&clock), 1000000);
    assert_int_equal(clock_ahead_ms(&clock), 999995);
}

static void the_same_boot_goes_on_by_the_boot_clock(void **state)
{
    static const int64_t walls[] = {1, 1000500, 999999999};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct times times = {walls[i], 550, "a"};
        struct world world;
        struct clock clock = begun(
            &times, &world,
            &(struct clock_mark){.at_ms = 1000000, .boot_id = "a", .boot_ms = 50, .last_event_ms = 1000100});

        assert_int_equal(clock_now_ms(&clock), 1000500);
    }
}

static void another_boot_takes_the_later_of_wall_and_last_event(void **state)
{
    struct clock_mark mark = {.at_ms = 1000000, .boot_id = "a", .boot_ms = 50, .last_event_ms = 1000100};
    struct times set_back = {400, 900, "b"};
    struct times later = {2000000, 900, "b"};
    struct world world;
    struct clock clock = begun(&set_back, &world, &mark);

    (void)state;
    assert_int_equal(clock_now_ms(&clock), 1000100);
    set_back.boot_ms += 10;
    assert_int_equal(clock_now_ms(&clock), 1000110);
    clock = begun(&later, &world, &mark);
    assert_int_equal(clock_now_ms(&clock), 2000000);
}

/* A boot clock behind its own mark (a restored snapshot of a machine) is no boot clock to go by. */
static void it_never_goes_back(void **state)
{
    struct clock_mark mark = {.at_ms = 1000000, .boot_id = "a", .boot_ms = 500, .last_event_ms = 1000700};
    struct times restored = {10, 100, "a"};
    struct times quick = {10, 600, "a"}; /* the last event is later than the boot clock says */
    struct world world;
    struct clock clock = begun(&restored, &world, &mark);

    (void)state;
    assert_int_equal(clock_now_ms(&clock), 1000700);
    clock = begun(&quick, &world, &mark);
    assert_int_equal(clock_now_ms(&clock), 1000700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_start_takes_the_wall_clock),
        cmocka_unit_test(nobody_sets_it),
        cmocka_unit_test(the_same_boot_goes_on_by_the_boot_clock),
        cmocka_unit_test(another_boot_takes_the_later_of_wall_and_last_event),
        cmocka_unit_test(it_never_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
