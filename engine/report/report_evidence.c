/* What a task collected, as a value and as words; and how fast it comes. No clock here: the time of a step
 * forward comes with it. */
#include "engine/report/report_evidence.h"

#include <string.h>

#include "engine/base/text.h"

enum { BAR_COLUMNS = 8, SHOWN_DIGEST = 12, PACE_MS = 1000 };

static void put_some(struct value_builder *map, const char *key, const char *text)
{
    if (text && *text)
        value_put_text(map, key, value_text(map->arena, text));
}

struct value report_evidence(const struct run_task *task, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (const struct run_evidence *one = task->evidence; one; one = one->next) {
        struct value_builder map;

        value_build(&map, arena);
        put_some(&map, "id", one->id);
        put_some(&map, "name", value_get_string(&one->begun, "name", ""));
        put_some(&map, "form", value_get_string(&one->begun, "form", ""));
        put_some(&map, "state", !one->kept ? "begun" : one->whole ? "whole" : "partial");
        if (one->kept) {
            value_put_text(&map, "bytes", value_int(one->bytes));
            put_some(&map, "sha256", one->sha256);
            put_some(&map, "why", one->why);
            value_put_text(&map, "kept", value_int(one->kept_ms));
        }
        value_put_text(&map, "begun", value_int(one->begun_ms));
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

void report_evidence_text(struct buf *out, const struct value *task)
{
    const struct value *list = value_get(task, "evidence");

    for (size_t i = value_count(list); i-- > 0;) {
        const struct value *one = value_at(list, i);
        const char *state = value_get_string(one, "state", "begun");
        const char *id = value_get_string(one, "id", "");
        int64_t bytes = value_get_int(one, "bytes", 0);

        if (strcmp(state, "begun") == 0)
            continue;
        buf_text(out, out->len ? "; " : "");
        if (strcmp(state, "whole") == 0) {
            text_size(out, bytes);
            buf_printf(out, ", sha256 %.*s, %s", SHOWN_DIGEST, value_get_string(one, "sha256", ""), id);
        } else if (bytes) {
            buf_printf(out, "partial %s kept as %s, ", value_get_string(one, "name", "evidence"), id);
            text_size(out, bytes);
        } else {
            buf_printf(out, "nothing of %s came, %s", value_get_string(one, "name", "evidence"), id);
        }
    }
}

/* Measured over a second at least, and the last ones count most: a stall shows soon, a jolt not at once. */
void report_pace(struct report_pace *pace, int64_t bytes, int64_t of, int64_t ms)
{
    int64_t span = ms - pace->rate_ms;

    if (bytes < pace->bytes || ms < pace->ms) /* it was begun anew */
        *pace = (struct report_pace){0};
    pace->bytes = bytes;
    pace->of = of;
    pace->ms = ms;
    if (span < PACE_MS)
        return;
    double now = (double)(bytes - pace->rate_bytes) * 1000 / (double)span;

    pace->rate = pace->rate_ms ? pace->rate * 0.7 + now * 0.3 : now;
    pace->rate_bytes = bytes;
    pace->rate_ms = ms;
}

static void add_bar(struct buf *out, int64_t percent)
{
    buf_char(out, '[');
    for (int i = 0; i < BAR_COLUMNS; i++)
        buf_char(out, i < percent * BAR_COLUMNS / 100 ? '#' : '.');
    buf_printf(out, "] %lld%% of ", (long long)percent);
}

void report_pace_text(struct buf *out, const struct report_pace *pace)
{
    if (pace->of > 0) {
        bool over = pace->bytes >= pace->of;
        /* hundredths of it, without an overflow of what a hostile host may say */
        int64_t percent = over ? 100 : (int64_t)((double)pace->bytes * 100 / (double)pace->of);

        add_bar(out, percent);
        text_size(out, pace->of);
        if (!over && pace->rate >= 1 && (double)(pace->of - pace->bytes) / pace->rate < 1e6) {
            int64_t left_s = (int64_t)((double)(pace->of - pace->bytes) / pace->rate) + 1;

            buf_text(out, ", ");
            text_duration(out, left_s * 1000);
            buf_text(out, " left");
        }
    } else {
        text_size(out, pace->bytes);
    }
    if (pace->rate >= 1) {
        buf_text(out, ", ");
        text_size(out, (int64_t)pace->rate);
        buf_text(out, "/s");
    }
}
