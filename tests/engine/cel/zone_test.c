/* Property: a zone gives the offset that the C library gives, at any time that both know; a name never leaves
 * the directory of zones. Method: localtime_r() in this test's own process, asked for thousands of times
 * around and between changes, in zones with and without summer time, on both halves of the globe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/cel/zone.h"

static const char *const zones[] = {"Europe/Berlin",    "America/New_York",  "Australia/Lord_Howe",
                                    "Asia/Kathmandu",   "Africa/Casablanca", "America/St_Johns",
                                    "Pacific/Apia",     "Asia/Tokyo",        "Europe/Dublin",
                                    "Antarctica/Troll", "America/Godthab",   "UTC"};

static void offsets_are_those_of_the_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct zone *zone = zone_new(arena, zones[i], strlen(zones[i]), NULL);
        assert_non_null(zone);
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        for (int64_t seconds = INT64_C(-3000000000); seconds < INT64_C(5000000000); seconds += 777777) {
            struct tm local;
            time_t time = (time_t)seconds;
            assert_non_null(localtime_r(&time, &local));
            if (zone_offset(zone, seconds) != local.tm_gmtoff) {
                fail_msg("%s at %lld: %d, not %ld", zones[i], (long long)seconds, zone_offset(zone, seconds),
                         local.tm_gmtoff);
            }
        }
    }
}

static void changes_are_at_their_second(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct zone *zone = zone_new(arena, "Europe/Berlin", 13, NULL);
    assert_int_equal(zone_offset(zone, 1774745999), 3600); /* 2026-03-29T00:59:59Z */
    assert_int_equal(zone_offset(zone, 1774746000), 7200);
    assert_int_equal(zone_offset(zone, 1792889999), 7200); /* 2026-10-25T00:59:59Z */
    assert_int_equal(zone_offset(zone, 1792890000), 3600);
}

static void fixed_offsets_are_read(void **state)
{
    static const struct {
        const char *name;
        int32_t offset;
    } table[] = {{"+00:00", 0},      {"-00:00", 0},   {"+05:30", 19800},
                 {"-11:15", -40500}, {"02:00", 7200}, {"+23:59", 86340}};
    (void)state;
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct zone *zone = zone_new(arena, table[i].name, strlen(table[i].name), NULL);
        assert_non_null(zone);
        assert_int_equal(zone_offset(zone, 0), table[i].offset);
    }
}

static void other_names_are_refused(void **state)
{
    static const char *const names[] = {"",
                                        "../../../etc/passwd",
                                        "/etc/localtime",
                                        "Europe",
                                        "Nowhere",
                                        "+24:00",
                                        "+1:00",
                                        "+01:60",
                                        "+0100",
                                        "zone.tab",
                                        "Europe/Berlin/..",
                                        "a b",
                                        "+01:00:00",
                                        "tzdata.zi"};
    (void)state;
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct soar_err err = {0};
        assert_null(zone_new(arena, names[i], strlen(names[i]), &err));
        assert_int_equal(err.class, SOAR_INVALID);
    }
    assert_null(zone_new(arena, "UTC\0x", 5, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_library),
        cmocka_unit_test(changes_are_at_their_second),
        cmocka_unit_test(fixed_offsets_are_read),
        cmocka_unit_test(other_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
