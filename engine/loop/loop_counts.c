/* What operators and their screens count: each event is counted once, when it is decided. */
#include <string.h>

#include "engine/loop/loop_parts.h"

static void count_end(struct loop_counts *counts, const struct event *event)
{
    const char *said = value_get_string(&event->body, "result", "");

    for (int i = 0; i < RESULT_COUNT; i++)
        if (strcmp(run_result_name((enum run_result)i), said) == 0)
            counts->runs_ended[i]++;
}

void counts_event(struct loop *loop, const struct event *event)
{
    struct loop_counts *counts = &loop->counts;

    counts->events++;
    if (event->kind == EVENT_RUN_STARTED)
        counts->runs_started++;
    else if (event->kind == EVENT_RUN_ENDED)
        count_end(counts, event);
    else if (event->kind == EVENT_CALL_INTENDED)
        counts->calls++;
    else if (event->kind == EVENT_CALL_ENDED && value_is_string(value_get(&event->body, "class"), "unknown"))
        counts->calls_unknown++;
}

void loop_counts(const struct loop *loop, struct loop_counts *ret_counts)
{
    *ret_counts = loop->counts;
    ret_counts->runs_live = 0;
    ret_counts->calls_out = 0;
    for (size_t i = 0; i < loop->live_count; i++)
        ret_counts->runs_live += loop->lives[i]->run->state != RUN_ENDED;
    for (const struct out_call *call = TAILQ_FIRST(&loop->out); call; call = TAILQ_NEXT(call, place))
        ret_counts->calls_out++;
}
