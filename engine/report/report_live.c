/* Live lines. What is said is the fold's own state after each event; nothing is guessed from the calls.
 * The lines of movement are redrawn in place, and only on a terminal: piped output is the same lines without
 * them. */
#include "engine/report/report_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/report/print_run.h"
#include "engine/report/report_evidence.h"
#include "engine/report/report_run.h"
#include "engine/report/report_words.h"

enum {
    LIVE_MOVING_MAX = 12,
    LIVE_LABEL_COLUMNS = 8,
    LIVE_LABEL_MAX = 24, /* of a name that makes its column wider */
    LIVE_TARGET_COLUMNS = 10,
    STAGE_BYTES = 80,
    LIVE_LINE_COLUMNS = 78
};

struct mover {
    const struct run_task *task;
    char stage[STAGE_BYTES];
    struct report_pace pace; /* of what it collects */
    char
        *said; /* the last reason it was said to wait for: a host that is off is told once, not each minute */
};

struct report_live {
    struct report_live_config config;
    const struct run *run; /* whose lines of movement stand there */
    struct mover *movers;
    size_t count;
    size_t size;
    size_t drawn; /* lines of movement on the screen */
};

struct report_live *report_live_new(const struct report_live_config *config)
{
    struct report_live *live = calloc(1, sizeof *live);
    if (!live)
        abort();
    live->config = *config;
    return live;
}

void report_live_free(struct report_live *live)
{
    if (!live)
        return;
    for (size_t i = 0; i < live->count; i++)
        free(live->movers[i].said);
    free(live->movers);
    free(live);
}

static struct mover *mover_of(struct report_live *live, const struct run_task *task)
{
    for (size_t i = 0; i < live->count; i++)
        if (live->movers[i].task == task)
            return &live->movers[i];
    if (live->count == live->size) {
        live->size = live->size ? live->size * 2 : 16;
        live->movers = realloc(live->movers, live->size * sizeof *live->movers);
        if (!live->movers)
            abort();
    }
    struct mover *mover = &live->movers[live->count++];
    *mover = (struct mover){.task = task};
    return mover;
}

static void emit(struct report_live *live, const struct buf *out)
{
    if (out->len > 0)
        live->config.write(live->config.arg, buf_string(out), out->len);
}

static void erase(struct report_live *live, struct buf *out)
{
    if (live->drawn > 0)
        buf_printf(out, "\x1b[%zuA\x1b[J", live->drawn);
    live->drawn = 0;
}

static bool moves(const struct run_task *task)
{
    return task->state != TASK_ENDED && task->state != TASK_HELD && task->state != TASK_PENDING &&
           (task->trial != NULL || task->state != TASK_WAITING);
}

/* A line that is wider than the screen would take two, and the cursor would not find back. */
static void cut(char *line)
{
    size_t len = strlen(line);
    size_t offset = 0;

    for (int columns = 0; columns < LIVE_LINE_COLUMNS && offset < len; columns++)
        text_next(line, len, &offset);
    line[offset] = '\0';
}

static void draw_task(struct report_live *live, const struct run_task *task, struct arena *arena,
                      struct buf *out)
{
    struct report_words words;
    const char *stage = mover_of(live, task)->stage;
    const char *name = report_outside(arena, task->name ? run_task_called(task, arena) : task->key);
    const char *label = report_step_label(task->step->name, task->step->action, arena);

    report_task_words(task, arena, &words);
    const char *does = *stage ? stage : words.says;
    char *line = arena_printf(
        arena, task->tries > 1 ? "          %-*s  %-*s  %s, try %d" : "          %-*s  %-*s  %s",
        LIVE_LABEL_COLUMNS, report_outside(arena, label), LIVE_TARGET_COLUMNS, name, does, task->tries);
    cut(line);
    buf_printf(out, "%s\n", line);
    live->drawn++;
}

static void draw(struct report_live *live, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    size_t more = 0;

    if (!live->config.terminal || !live->run || live->run->state == RUN_ENDED)
        return;
    for (size_t i = 0; i < live->run->task_count; i++) {
        if (!moves(live->run->tasks[i]))
            continue;
        if (live->drawn < LIVE_MOVING_MAX)
            draw_task(live, live->run->tasks[i], arena, out);
        else
            more++;
    }
    if (more > 0) {
        buf_printf(out, "          and %zu more\n", more);
        live->drawn++;
    }
}

/* True the first time, and when the reason is another one than last time. */
static bool is_news(struct mover *mover, const struct event *event, const struct run_task *task)
{
    bool repeats = event->kind == EVENT_TASK_PENDING;
    bool news = !mover->said || strcmp(mover->said, task->why) != 0;

    if (!repeats)
        return true;
    if (news) {
        free(mover->said);
        mover->said = strdup(task->why);
    }
    return news;
}

static bool is_told(enum event_kind kind)
{
    return kind == EVENT_TASK_ENDED || kind == EVENT_TASK_HELD || kind == EVENT_TASK_PENDING ||
           kind == EVENT_TASK_RETRY;
}

/* One width for all labels of a run, known when it begins: the columns behind them stay where they are. */
static const char *label_of(const struct run *run, const struct run_step *step, struct arena *arena)
{
    size_t width = 0;

    for (size_t i = 0; i < run->step_count; i++) {
        size_t len = strlen(report_step_label(run->steps[i].name, run->steps[i].action, arena));
        width = len > width ? len : width;
    }
    return arena_printf(arena, "%-*s", width < LIVE_LABEL_MAX ? (int)width : LIVE_LABEL_MAX,
                        report_step_label(step->name, step->action, arena));
}

static void tell_task(struct report_live *live, const struct run *run, const struct event *event,
                      struct buf *out)
{
    bool undo = strcmp(value_get_string(&event->body, "way", "do"), "undo") == 0;
    const struct run_task *task = run_task_find(run, event->step, event->item, event->target, undo);
    ARENA_SCOPED arena = arena_new();

    if (!task || !is_news(mover_of(live, task), event, task))
        return;
    struct value value = report_task(task, arena);
    const char *label = label_of(run, task->step, arena);
    struct report_style style = live->config.style;
    for (size_t i = 0; i < run->task_count; i++) {
        size_t columns = strlen(run->tasks[i]->name ? run_task_called(run->tasks[i], arena) : "");
        if (columns <= LIVE_LABEL_MAX && columns > style.target_columns)
            style.target_columns = columns;
    }
    print_task_line(&value, label, event->at_ms, &style, out);
}

static void tell_step(struct report_live *live, const struct run *run, const struct event *event,
                      struct buf *out)
{
    ARENA_SCOPED arena = arena_new();

    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];
        struct value_builder map;
        if (strcmp(step->name, event->step) != 0 || step->task_count > 0)
            continue;
        value_build(&map, arena);
        value_put_text(&map, "label", value_text(arena, label_of(run, step, arena)));
        value_put_text(&map, "result", value_text(arena, step_result_name(step->result)));
        value_put_text(&map, "why", value_text(arena, step->why ? step->why : ""));
        struct value value = value_end_map(&map);
        print_step_line(&value, event->at_ms, &live->config.style, out);
    }
}

void report_live_event(void *arg, const struct run *run, const struct event *event)
{
    struct report_live *live = arg;
    BUF_SCOPED out = {0};

    if (!run)
        return;
    erase(live, &out);
    live->run = event->kind == EVENT_RUN_ENDED ? NULL : run;
    if (is_told(event->kind))
        tell_task(live, run, event, &out);
    else if (event->kind == EVENT_STEP_ENDED)
        tell_step(live, run, event, &out);
    draw(live, &out);
    emit(live, &out);
}

void report_live_progress(void *arg, const struct run_task *task, const char *stage, const char *json)
{
    struct report_live *live = arg;
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED out = {0};
    struct value value = value_null();

    if (json && json_parse(arena, json, strlen(json), &value, NULL))
        value = value_null(); /* a worker's nonsense: the stage alone is shown */
    int64_t bytes = value_get_int(&value, "bytes", 0);
    struct mover *mover = mover_of(live, task);
    BUF_SCOPED text = {0};

    if (bytes > 0 && value_get(&value, "ms")) {
        report_pace(&mover->pace, bytes, value_get_int(&value, "of", 0), value_get_int(&value, "ms", 0));
        report_pace_text(&text, &mover->pace);
    } else {
        buf_text(&text, stage ? stage : "");
        if (bytes > 0)
            buf_printf(&text, " %lld KiB", (long long)bytes / 1024);
    }
    snprintf(mover->stage, STAGE_BYTES, "%s", report_outside(arena, buf_string(&text)));
    erase(live, &out);
    live->run = task->run;
    draw(live, &out);
    emit(live, &out);
}

void report_live_clear(struct report_live *live)
{
    BUF_SCOPED out = {0};

    if (!live)
        return;
    erase(live, &out);
    live->run = NULL;
    emit(live, &out);
}
