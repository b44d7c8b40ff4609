/* Property: a service's word on when to come again is understood in each of its forms, by the service's own
 * clock where it tells it, and never means less than a second or more than an hour. Method: headers and
 * what they mean, at one fixed time. */
#include "connectors/http/http_retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/json.h"

#define NOW_MS INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

static void forms(void **state)
{
    static const struct {
        const char *headers;
        int64_t ms;
    } cases[] = {
        {"{}", -1},
        {"{\"retry-after\":\"120\"}", 120000},
        {"{\"retry-after\":\"0\"}", 1000},
        {"{\"retry-after\":\"3601\"}", 3600000},
        {"{\"retry-after\":\"999999999999\"}", 3600000},
        {"{\"retry-after\":\"9999999999999\"}", -1},
        {"{\"retry-after\":\"\"}", -1},
        {"{\"retry-after\":\"-1\"}", -1},
        {"{\"retry-after\":\"1.5\"}", -1},
        {"{\"retry-after\":\"soon\"}", -1},
        {"{\"retry-after\":\"Sun, 06 Nov 1994 08:50:37 GMT\"}", 60000},
        {"{\"retry-after\":\"Sun, 06 Nov 1994 08:00:00 GMT\"}", 1000},
        {"{\"retry-after\":\"Sunday, 06-Nov-94 08:50:37 GMT\"}", 60000},
        {"{\"retry-after\":\"Fri, 31 Dec 9999 23:59:59 GMT\"}", 3600000},
        {"{\"retry-after\":\"Sun, 06 Nov 1994 09:50:37 GMT\",\"date\":\"Sun, 06 Nov 1994 09:50:07 GMT\"}",
         30000},
        {"{\"retry-after\":\"7\",\"date\":\"Sun, 06 Nov 1994 09:50:07 GMT\"}", 7000},
        {"{\"retry-after\":\"Sun, 06 Nov 1994 08:50:37 GMT\",\"date\":\"now\"}", 60000},
        {"{\"x-rate-limit-reset\":\"784111787\"}", 10000},
        {"{\"x-ratelimit-retryafter\":\"784111797\"}", 20000},
        {"{\"x-rate-limit-reset\":\"784111787\",\"retry-after\":\"3\"}", 3000},
        {"{\"x-rate-limit-reset\":\"x\"}", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new();
        struct value headers;
        assert_int_equal(json_parse(arena, cases[i].headers, strlen(cases[i].headers), &headers, NULL), 0);
        int64_t ms = http_retry_after(&headers, NOW_MS);
        if (ms != cases[i].ms)
            fail_msg("%s: %lld", cases[i].headers, (long long)ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
