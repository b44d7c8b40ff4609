/* Property: the calendar is that of the C library for every day of ten thousand years; a time or duration
 * written and read again is the same; nothing else is read. Method: gmtime_r() for each day, a sweep of odd
 * values, a table of bad texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "engine/cel/instant.h"

#define FIRST INT64_C(-62135596800)
#define LAST  INT64_C(253402300799)

static void the_calendar_is_right(void **state)
{
    (void)state;
    for (int64_t seconds = FIRST; seconds < LAST; seconds += 86400 + 61) {
        struct tm tm;
        time_t time = (time_t)seconds;
        assert_non_null(gmtime_r(&time, &tm));
        struct instant_date date = instant_date(seconds);
        assert_int_equal(date.year, tm.tm_year + 1900);
        assert_int_equal(date.month, tm.tm_mon + 1);
        assert_int_equal(date.day, tm.tm_mday);
        assert_int_equal(date.day_of_year, tm.tm_yday);
        assert_int_equal(date.day_of_week, tm.tm_wday);
        assert_int_equal(date.hour * 3600 + date.minute * 60 + date.second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
    }
}

static void times_survive_their_text(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 20000; i++) {
        struct value_instant time = {.seconds = FIRST + (LAST - FIRST) / 20000 * i,
                                     .nanos = (int32_t)(i * 7919 % 1000000000)};
        struct value_instant again;
        BUF_SCOPED text;
        buf_init(&text, 0);
        instant_time_text(&text, &time);
        assert_true(instant_time_parse(buf_string(&text), text.len, &again));
        assert_int_equal(again.seconds, time.seconds);
        assert_int_equal(again.nanos, time.nanos);
    }
}

static void spans_survive_their_text(void **state)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, 999999999, -1000000001, 60000000000};
    (void)state;
    for (int64_t i = 0; i < 20008; i++) {
        uint64_t mixed = (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15);
        int64_t nanos = i < 8 ? edges[i] : (int64_t)(mixed >> 1) * (i % 2 == 0 ? 1 : -1);
        struct value_instant span = {.seconds = nanos / 1000000000, .nanos = (int32_t)(nanos % 1000000000)};
        int64_t again = 5;
        BUF_SCOPED text;
        buf_init(&text, 0);
        instant_span_text(&text, &span);
        assert_true(instant_span_parse(buf_string(&text), text.len, &again));
        assert_int_equal(again, nanos);
    }
}

static void other_times_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00z",
        "2026-01-01t00:00:00Z",
        "2026-1-01T00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+25:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00Zx",
        "2026-02-30T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "-026-01-01T00:00:00Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00Z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct value_instant time;
        if (instant_time_parse(texts[i], strlen(texts[i]), &time)) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

static void spans_are_read_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t nanos;
    } table[] = {
        {"1ns", 1},
        {"1us", 1000},
        {"1\u00b5s", 1000},
        {"1\u03bcs", 1000},
        {"1ms", 1000000},
        {"1s", 1000000000},
        {"1m", 60000000000},
        {"1h", 3600000000000},
        {"1h2m3s4ms", 3723004000000},
        {"0.5h", 1800000000000},
        {"1.s", 1000000000},
        {".1s", 100000000},
        {"-0", 0},
        {"+0", 0},
        {"0s", 0},
        {"1.0000000019s", 1000000001},
        {"0.1us", 100},
        {"0.001ns", 0},
        {"9223372036854775807ns", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"1s1s", 2000000000},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "s",
                                      ".s",
                                      "1",
                                      "1d",
                                      "1.5",
                                      "1 s",
                                      "1s ",
                                      " 1s",
                                      "1S",
                                      "--1s",
                                      "1s-1s",
                                      "9223372036854775808ns",
                                      "9223372037s",
                                      "1e3s",
                                      "0x1s",
                                      "2562048h",
                                      "99999999999999999999h"};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t nanos = -7;
        assert_true(instant_span_parse(table[i].text, strlen(table[i].text), &nanos));
        assert_int_equal(nanos, table[i].nanos);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t nanos;
        if (instant_span_parse(bad[i], strlen(bad[i]), &nanos)) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calendar_is_right),        cmocka_unit_test(times_survive_their_text),
        cmocka_unit_test(spans_survive_their_text),     cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(spans_are_read_in_every_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
