/* Property: in no span of the rate's length more calls go than it says, and who waits goes as early as that
 * allows. Method: calls at chance times against the definition, counted over every span. */
#include "connectors/http/http_rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static void never_more(void **state)
{
    (void)state;
    srand(17);
    for (size_t calls = 1; calls <= 7; calls++) {
        ARENA_SCOPED arena = arena_new();
        struct http_rate rate;
        int64_t went[500], now = 1000;
        http_rate_init(&rate, arena, calls, 100);
        for (size_t i = 0; i < 500; i++) {
            now += rand() % 40;
            went[i] = http_rate_when(&rate, now);
            assert_true(went[i] >= now);
            http_rate_take(&rate, went[i]);
            if (i >= calls) {
                assert_true(went[i] - went[i - calls] >= 100);
                assert_true(went[i] == now || went[i] - went[i - calls] == 100);
            } else {
                assert_true(went[i] == now);
            }
        }
    }
}

static void no_rate_never_waits(void **state)
{
    (void)state;
    struct http_rate rate = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(http_rate_when(&rate, 5), 5);
        http_rate_take(&rate, 5);
    }
}

static void in_words(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct http_rate rate;
    http_rate_init(&rate, arena, 90, 60000);
    assert_string_equal(http_rate_text(&rate, arena), "90 a minute");
    http_rate_init(&rate, arena, 1, 3600000);
    assert_string_equal(http_rate_text(&rate, arena), "1 an hour");
    http_rate_init(&rate, arena, 5, 10000);
    assert_string_equal(http_rate_text(&rate, arena), "5 in 10 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_more),
        cmocka_unit_test(no_rate_never_waits),
        cmocka_unit_test(in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
