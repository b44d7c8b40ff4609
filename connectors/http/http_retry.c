/* Retry-After (RFC 9110, 10.2.3: seconds, or a date), and the two headers that Okta and CrowdStrike send
 * instead: the second since 1970 from which on it is free.
 *
 * A date is counted from the service's own Date where there is one: clocks differ. What is beyond an hour is
 * cut to one: a service may be slow, but must not switch us off. */
#include "connectors/http/http_retry.h"

#include <curl/curl.h>
#include <string.h>

enum { RETRY_MS_MIN = 1000, RETRY_MS_MAX = 3600 * 1000 };

/* Up to 12 digits, or -1. */
static int64_t digits(const char *text)
{
    int64_t number = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 12 || strspn(text, "0123456789") != len)
        return -1;
    for (; *text; text++)
        number = number * 10 + (*text - '0');
    return number;
}

static int64_t bounded(int64_t ms)
{
    return ms < RETRY_MS_MIN ? RETRY_MS_MIN : ms > RETRY_MS_MAX ? RETRY_MS_MAX : ms;
}

/* A date's second, or -1: only what begins as "Sun, 06 Nov 1994" does. */
static int64_t date(const char *text)
{
    if (strlen(text) > 40 || strlen(text) < 20)
        return -1;
    return (int64_t)curl_getdate(text, NULL);
}

int64_t http_retry_after(const struct value *headers, int64_t wall_ms)
{
    static const char *const epochs[] = {"x-rate-limit-reset", "x-ratelimit-retryafter"};
    const char *text = value_get_string(headers, "retry-after", "");
    int64_t now_s = date(value_get_string(headers, "date", ""));
    if (now_s < 0)
        now_s = wall_ms / 1000;
    int64_t seconds = digits(text);
    if (seconds >= 0)
        return bounded(seconds * 1000);
    int64_t at_s = date(text);
    for (size_t i = 0; at_s < 0 && i < sizeof epochs / sizeof *epochs; i++)
        at_s = digits(value_get_string(headers, epochs[i], ""));
    return at_s < 0 ? -1 : bounded((at_s - now_s) * 1000);
}
