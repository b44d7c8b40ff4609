/* What should happen next: the run's level. Steps in order, then its end.
 *
 * An event that was asked for must be applied before anything else is decided, so each level stops at the
 * first one that changes what the next would see. */
#include <stdint.h>

#include "engine/run/run_parts.h"

static bool every_step_ended(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].state != STEP_ENDED)
            return false;
    return true;
}

static bool every_task_ended(const struct run *run)
{
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->state != TASK_ENDED || run->tasks[i]->trial)
            return false;
    return true;
}

static struct value counts_of(const struct run *run, struct arena *arena)
{
    struct value_builder counts;
    int64_t numbers[OUTCOME_COUNT] = {0};

    for (size_t i = 0; i < run->task_count; i++)
        numbers[run->tasks[i]->outcome]++;
    value_build(&counts, arena);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (numbers[i])
            value_put_text(&counts, task_outcome_name((enum task_outcome)i), value_int(numbers[i]));
    return value_end_map(&counts);
}

static void end_run(struct run *run, struct effect_list *effects)
{
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "result", value_static(run_result_name(run_judge(run))));
    value_put_text(&body, "counts", counts_of(run, effects->arena));
    effect_run_event(effects, EVENT_RUN_ENDED, &body);
}

static bool wants_rollback(const struct run *run)
{
    for (size_t i = 0; i < run->step_count && run->state == RUN_RUNNING; i++) {
        const struct run_step *step = &run->steps[i];

        if (step->plan && step->plan->on_failure == FAILURE_ROLLBACK && step->state == STEP_ENDED &&
            !step->enough && step->result != STEP_SUCCEEDED && step->result != STEP_SKIPPED &&
            step->result != STEP_UNSUPPORTED)
            return true;
    }
    return false;
}

static void open_undo(struct run_task *task, struct effect_list *effects)
{
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "way", value_static("undo"));
    value_put_text(&body, "action", value_static(task->step->action));
    value_put_text(&body, "name", value_static(task->name));
    value_put_text(&body, "provider", value_static(run_task_provider(task)->name));
    value_put_text(&body, "place", value_static(run_task_place(task)));
    value_put_text(&body, "args", task->args);
    value_put_text(&body, "target", task->target);
    struct effect *effect = effect_add(effects, EFFECT_EVENT, task);

    effect->event = EVENT_TASK_OPENED;
    effect->step = task->step->name;
    effect->item = task->item;
    effect->target = task->key;
    effect->body = value_end_map(&body);
}

/* What it did, or came to hold without doing anything; not what it found done by others. */
static bool is_held(const struct run_step *step, const struct run_task *task)
{
    return step->pack && step->pack->containment && run_task_provider(task) &&
           (task->intended || value_get_bool(&task->holder, "ours", false));
}

/* Undo tasks for what this run holds: the last step first, a step's targets side by side. */
static void roll_back(struct run *run, int64_t now_ms, struct effect_list *effects)
{
    for (size_t s = run->step_count; s-- > 0;) {
        struct run_step *step = &run->steps[s];
        bool open = false;

        for (size_t i = 0; i < step->task_count; i++) {
            struct run_task *task = step->tasks[i];

            if (task->undo) {
                task_next(task, now_ms, effects);
                open = open || task->state != TASK_ENDED || task->trial;
            } else if (is_held(step, task) && !step_task(step, task->item, task->key, true)) {
                open_undo(task, effects);
                open = true;
            }
        }
        if (open)
            return;
    }
    if (!effect_has_event(effects))
        end_run(run, effects);
}

/* A rollback that a person stopped: what was not begun ends, what is out is let finish and looked at. */
static void end_undo(struct run_step *step, int64_t now_ms, struct effect_list *effects)
{
    for (size_t i = 0; step->plan && i < step->task_count; i++)
        if (step->tasks[i]->undo)
            task_next(step->tasks[i], now_ms, effects);
}

static void go_on(struct run *run, int64_t now_ms, struct effect_list *effects)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].state != STEP_ENDED)
            step_next(&run->steps[i], now_ms, effects);
        else
            end_undo(&run->steps[i], now_ms, effects);
    if (effect_has_event(effects) || !every_step_ended(run) || !every_task_ended(run))
        return;
    if (wants_rollback(run)) {
        struct value_builder body;

        value_build(&body, effects->arena);
        effect_run_event(effects, EVENT_RUN_ROLLBACK, &body);
    } else {
        end_run(run, effects);
    }
}

void run_next(struct run *run, int64_t now_ms, struct effect_list *effects)
{
    switch (run->state) {
    case RUN_RUNNING:
    case RUN_CANCELLING:
        go_on(run, now_ms, effects);
        break;
    case RUN_ROLLING_BACK:
        roll_back(run, now_ms, effects);
        break;
    case RUN_NEW:
    case RUN_ENDED:
        break;
    }
}

void run_next_of(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    task_next(task, now_ms, effects);
}

int64_t run_due(const struct run *run)
{
    int64_t due = INT64_MAX;

    for (size_t i = 0; run->state != RUN_ENDED && i < run->task_count; i++) {
        int64_t one = task_due(run->tasks[i]);

        if (one < due)
            due = one;
    }
    return due;
}

bool run_waits_for_person(const struct run *run)
{
    bool held = false;

    if (run->state == RUN_ENDED || run->state == RUN_NEW)
        return false;
    for (size_t i = 0; i < run->task_count; i++) {
        const struct run_task *task = run->tasks[i];

        if (task->trial || task->state == TASK_RESTING || task->state == TASK_PENDING ||
            run_task_collecting(task))
            return false;
        held = held || task->state == TASK_HELD;
    }
    return held;
}
