/* The rate as a ring of the last calls' times: the next may go when the oldest of them is a span ago.
 *
 * A bucket of tokens would let twice as many through in its first span, and services count in theirs. A place
 * is taken before its time comes, so who came first goes first. */
#include "connectors/http/http_rate.h"

#include <inttypes.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"

void http_rate_init(struct http_rate *rate, struct arena *arena, size_t calls, int64_t per_ms)
{
    *rate = (struct http_rate){.per_ms = per_ms, .calls = calls};
    if (calls == 0)
        return;
    rate->at = arena_array(arena, calls, sizeof *rate->at);
    for (size_t i = 0; i < calls; i++)
        rate->at[i] = INT64_MIN / 2;
}

int64_t http_rate_when(const struct http_rate *rate, int64_t now_ms)
{
    if (rate->calls == 0)
        return now_ms;
    int64_t free_ms = rate->at[rate->next] + rate->per_ms;
    return free_ms > now_ms ? free_ms : now_ms;
}

void http_rate_take(struct http_rate *rate, int64_t at_ms)
{
    if (rate->calls == 0)
        return;
    rate->at[rate->next] = at_ms;
    rate->next = (rate->next + 1) % rate->calls;
}

const char *http_rate_text(const struct http_rate *rate, struct arena *arena)
{
    static const struct {
        int64_t ms;
        const char *word;
    } spans[] = {{1000, "second"}, {60000, "minute"}, {3600000, "hour"}, {86400000, "day"}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (spans[i].ms == rate->per_ms)
            return arena_printf(arena, "%zu %s %s", rate->calls, spans[i].ms == 3600000 ? "an" : "a",
                                spans[i].word);
    BUF_SCOPED span;
    buf_init(&span, 0);
    text_duration(&span, rate->per_ms);
    return arena_printf(arena, "%zu in %s", rate->calls, buf_string(&span));
}
