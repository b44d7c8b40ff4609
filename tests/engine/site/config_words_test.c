/* Property: a rate is digits, a slash and a time of a second or more; nothing else is. Method: texts on both
 * sides of each border. */
#include "tests/engine/site/loading.h"

static void rates(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "20",    "/1h",      "20/",        "20/h",   "-1/1h",
                                      "2.5/1h", "20/0s", "20/999ms", "1234567/1h", "20 /1h", "20/1h/2"};
    int64_t at_most = 7;
    int64_t window_ms = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(site_rate(bad[i], &at_most, &window_ms));
        assert_int_equal(at_most, 7);
        assert_int_equal(window_ms, 7);
    }
    assert_true(site_rate("20/1h", &at_most, &window_ms));
    assert_int_equal(at_most, 20);
    assert_int_equal(window_ms, 3600000);
    assert_true(site_rate("0/1s", &at_most, &window_ms));
    assert_int_equal(at_most, 0);
    assert_int_equal(window_ms, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
