/* Property: in no span of time does a bucket give more than its number and what flowed off meanwhile; what it
 * says to wait is exactly enough. Method: a clock made of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "soard/front/bucket.h"

static void the_first_ones_at_once_and_the_rest_as_time_frees_them(void **state)
{
    (void)state;
    struct bucket bucket = {.count = 3, .period_ms = 3000};
    int64_t wait_ms;
    for (int i = 0; i < 3; i++)
        assert_true(bucket_take(&bucket, 5000, &wait_ms));
    assert_false(bucket_take(&bucket, 5000, &wait_ms));
    assert_int_equal(wait_ms, 1000);
    assert_false(bucket_take(&bucket, 5999, &wait_ms));
    assert_int_equal(wait_ms, 1);
    assert_true(bucket_take(&bucket, 6000, &wait_ms));
    assert_false(bucket_take(&bucket, 6000, &wait_ms));
}

static void rest_gives_no_more_than_the_number(void **state)
{
    (void)state;
    struct bucket bucket = {.count = 3, .period_ms = 3000};
    int64_t wait_ms;
    int given = 0;
    assert_true(bucket_take(&bucket, 0, &wait_ms));
    for (int i = 0; i < 100; i++)
        given += bucket_take(&bucket, 1000000, &wait_ms);
    assert_int_equal(given, 3);
}

static void whoever_hammers_gets_his_rate(void **state)
{
    (void)state;
    struct bucket bucket = {.count = 10, .period_ms = 1000};
    int64_t wait_ms;
    int given = 0;
    for (int64_t now_ms = 0; now_ms < 10000; now_ms++)
        given += bucket_take(&bucket, now_ms, &wait_ms);
    assert_in_range(given, 100, 110);
}

static void fast_rates_keep_their_fractions(void **state)
{
    (void)state;
    struct bucket bucket = {.count = 100000, .period_ms = 1000};
    int64_t wait_ms;
    int given = 0;
    for (int i = 0; i < 200000; i++)
        given += bucket_take(&bucket, 7, &wait_ms);
    assert_int_equal(given, 100000);
}

static void no_number_is_no_limit(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    int64_t wait_ms;
    for (int i = 0; i < 1000; i++)
        assert_true(bucket_take(&bucket, 0, &wait_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_ones_at_once_and_the_rest_as_time_frees_them),
        cmocka_unit_test(rest_gives_no_more_than_the_number),
        cmocka_unit_test(whoever_hammers_gets_his_rate),
        cmocka_unit_test(fast_rates_keep_their_fractions),
        cmocka_unit_test(no_number_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
