/* A task between its tries: may it begin, must it end, when is it due.
 * What happens inside a try is trial.c's; how it ends is task_end.c's. */
#include <stdint.h>
#include <string.h>

#include "engine/run/run_parts.h"

static bool has_room(const struct run_task *task)
{
    size_t parallel = task->step->plan ? (size_t)task->step->plan->parallel : 10;

    return task->step->trial_count < parallel;
}

/* task.opened said how it ends: no pack, no such machine, another system. */
static bool end_known(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (!task->end_known)
        return false;
    task_end(task, task->outcome, task->why, now_ms, effects);
    return true;
}

static bool end_stopped(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (task->run->state != RUN_CANCELLING || task->in_doubt || (task->intended && task->state != TASK_HELD))
        return false;
    task_end(task, OUTCOME_SKIPPED, "stopped before it began", now_ms, effects);
    return true;
}

static bool end_said(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (!task->said_done)
        return false;
    task_end(task, OUTCOME_CHANGED, "a person said that it is done", now_ms, effects);
    return true;
}

static bool end_denied(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (!task->denied)
        return false;
    task_end(task, task->wrote || task->intended ? OUTCOME_PARTIAL : OUTCOME_REFUSED,
             *task->why ? task->why : "a person said no", now_ms, effects);
    return true;
}

/* A call in doubt whose pack says `ask`: nothing more is done before a person has said what became of it. */
static bool must_ask(const struct run_task *task)
{
    const struct pack_provider *provider = run_task_provider(task);
    const struct pack_steps *steps;

    if (!task->doubt_position || task->again || !provider)
        return false;
    steps = &provider->phases[task->undo ? PHASE_REVERT : PHASE_APPLY];
    for (size_t i = 0; i < steps->count; i++)
        if (steps->items[i].position == task->doubt_position)
            return (provider->phases[PHASE_CHECK].given ? steps->items[i].in_doubt : provider->in_doubt) ==
                       DOUBT_ASK &&
                   !(task->once_skip >> (task->doubt_position & 63) & 1);
    return false;
}

static void ask_doubt(struct run_task *task, struct effect_list *effects)
{
    struct effect *effect = effect_add(effects, EFFECT_ASK, task);
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "kind", value_static("doubt"));
    value_put_text(&body, "text",
                   value_text(effects->arena,
                              arena_printf(effects->arena, "%s %s: call %d was sent, its answer is unknown",
                                           task->step->action, task->name, task->doubt_position)));
    effect->body = value_end_map(&body);
}

static bool is_due(const struct run_task *task, int64_t now_ms)
{
    return (task->state != TASK_RESTING && task->state != TASK_PENDING) || now_ms >= task->due_ms ||
           task->run->state == RUN_CANCELLING;
}

/* It was found; whether it is the right person's, other directories have yet to say. */
static bool waits_for_others(const struct run_task *task)
{
    ARENA_SCOPED arena = arena_new();
    const char *why;

    return task->state == TASK_WEIGHED && person_judge(task, arena, &why) == PERSON_WAIT;
}

/* Held since nobody could tell whether he is the one; meanwhile a directory has. */
static void free_known(struct run_task *task, struct effect_list *effects)
{
    const char *why;
    struct value_builder body;

    if (strcmp(task->held_by, person_rule) != 0 || person_judge(task, effects->arena, &why) != PERSON_SURE)
        return;
    value_build(&body, effects->arena);
    value_put_text(&body, "ask", value_static(task->ask));
    value_put_text(&body, "result", value_static("void"));
    value_put_text(&body, "why", value_static("another directory has said who it is"));
    effect_task_event(effects, task, EVENT_TASK_FREED, &body);
}

void task_next(struct run_task *task, int64_t now_ms, struct effect_list *effects)
{
    if (task->trial) {
        if (task->trial->stage != TRIAL_LOCK || !end_stopped(task, now_ms, effects))
            trial_next(task, now_ms, effects);
        return;
    }
    if (task->state == TASK_ENDED || task->open_position)
        return; /* an open call without a try: the loop answers it with unknown */
    if (run_task_collecting(task))
        return; /* the loop has it salvaged */
    if (task->state == TASK_HELD && !task->barred) {
        if (!end_stopped(task, now_ms, effects))
            free_known(task, effects);
        return;
    }
    if (task->barred) {
        task_end(task, task->intended ? OUTCOME_PARTIAL : OUTCOME_REFUSED, "it was released meanwhile",
                 now_ms, effects);
        return;
    }
    if (end_known(task, now_ms, effects) || end_said(task, now_ms, effects) ||
        end_denied(task, now_ms, effects) || end_stopped(task, now_ms, effects))
        return;
    if (must_ask(task)) {
        ask_doubt(task, effects);
        return;
    }
    if (is_due(task, now_ms) && task_lane_free(task) && has_room(task) && !waits_for_others(task))
        trial_begin(task, effects, now_ms);
}

int64_t task_due(const struct run_task *task)
{
    const struct trial *trial = task->trial;

    if (trial)
        return trial->wake_ms && !trial->call_number ? trial->wake_ms : INT64_MAX;
    if (task->state != TASK_RESTING && task->state != TASK_PENDING)
        return INT64_MAX;
    return task_lane_free(task) && has_room(task) ? task->due_ms
                                                  : INT64_MAX; /* else an answer moves it, no time */
}
