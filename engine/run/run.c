/* A run's life: made from a playbook or from containments to release or recheck, found by key, freed.
 * The names of its states stand here once; journal, JSON and people's words are made from them. */
#include "engine/run/run.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/run/run_parts.h"

static const char *const run_kinds[] = {"playbook", "release", "recheck"};
static const char *const run_states[] = {"new", "running", "cancelling", "rolling back", "ended"};
static const char *const run_results[] = {"", "completed", "partial", "failed", "cancelled"};
static const char *const step_results[] = {"",        "succeeded",   "partial", "failed",
                                           "refused", "unsupported", "skipped"};
static const char *const task_states[] = {"waiting", "weighed", "held",    "acting",
                                          "proving", "resting", "pending", "ended"};
static const char *const pendings[] = {"", "underway", "doubt", "offline"};

const char *run_kind_name(enum run_kind kind)
{
    return run_kinds[kind];
}

enum run_kind run_kind_of(const struct value *started)
{
    for (int i = 0; i < RUN_KIND_COUNT; i++)
        if (value_is_string(value_get(started, "kind"), run_kinds[i]))
            return (enum run_kind)i;
    return RUN_PLAYBOOK;
}

const char *run_state_name(enum run_state state)
{
    return run_states[state];
}

const char *run_result_name(enum run_result result)
{
    return run_results[result];
}

const char *step_result_name(enum step_result result)
{
    return step_results[result];
}

const char *task_state_name(enum task_state state)
{
    return task_states[state];
}

const char *task_pending_name(enum task_pending pending)
{
    return pendings[pending];
}

static void steps_of_playbook(struct run *run)
{
    const struct playbook *playbook = run->input.playbook;

    run->step_count = playbook->step_count;
    run->steps = arena_array(run->arena, run->step_count, sizeof *run->steps);
    for (size_t i = 0; i < run->step_count; i++) {
        const struct playbook_step *plan = &playbook->steps[i];

        run->steps[i] = (struct run_step){.run = run,
                                          .index = i,
                                          .name = plan->name,
                                          .action = plan->action,
                                          .pack = plan->pack,
                                          .plan = plan};
    }
}

/* A release or recheck is one step; its targets are the containments, each with a pack of its own. */
static void step_about(struct run *run, const char *name)
{
    run->step_count = 1;
    run->steps = arena_array(run->arena, 1, sizeof *run->steps);
    run->steps[0] = (struct run_step){.run = run, .name = name, .action = name};
}

/* They outlive whoever asked for the run. */
static const struct run_about *copy_abouts(struct arena *arena, const struct run_input *input)
{
    struct run_about *copies = arena_array(arena, input->about_count + 1, sizeof *copies);

    for (size_t i = 0; i < input->about_count; i++) {
        const struct run_about *about = &input->about[i];
        const char **runs = arena_array(arena, about->free_count + 1, sizeof *runs);

        for (size_t r = 0; r < about->free_count; r++)
            runs[r] = arena_string(arena, about->free_runs[r]);
        copies[i] = (struct run_about){.target = arena_string(arena, about->target),
                                       .name = arena_string(arena, about->name),
                                       .action = arena_string(arena, about->action),
                                       .provider = arena_string(arena, about->provider),
                                       .place = arena_string(arena, about->place),
                                       .pack = about->pack,
                                       .args = value_copy(arena, &about->args),
                                       .host = value_copy(arena, &about->host),
                                       .free_count = about->free_count,
                                       .free_runs = runs};
    }
    return copies;
}

struct run *run_new(const struct run_input *input)
{
    struct arena *arena = arena_new();
    struct run *run = arena_alloc(arena, sizeof *run);

    run->arena = arena;
    run->input = *input;
    run->input.about = copy_abouts(arena, input);
    run->id = run->input.id = arena_string(arena, input->id);
    if (input->playbook)
        steps_of_playbook(run);
    else
        step_about(run, run_kind_name(input->kind));
    return run;
}

static void keep(void *node)
{
    (void)node; /* the arena has it */
}

void run_free(struct run *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->trial)
            trial_free(run->tasks[i]);
    tdestroy(run->tasks_by_key, keep);
    arena_free(run->arena);
}

static int compare_tasks(const void *a, const void *b)
{
    const struct run_task *left = a;
    const struct run_task *right = b;
    int order = strcmp(left->key, right->key);

    if (!order && left->step != right->step)
        order = left->step->index < right->step->index ? -1 : 1;
    if (!order)
        order = strcmp(left->item, right->item);
    return order ? order : (int)left->undo - (int)right->undo;
}

struct run_task *task_add(struct run_step *step, const char *key, const char *item, bool undo)
{
    struct run *run = step->run;
    struct run_task *task = arena_alloc(run->arena, sizeof *task);

    *task = (struct run_task){.run = run,
                              .step = step,
                              .index = run->task_count,
                              .key = arena_string(run->arena, key),
                              .item = arena_string(run->arena, item),
                              .undo = undo,
                              .place = "",
                              .why = "",
                              .pack = step->pack};
    run->tasks =
        arena_grow(run->arena, run->tasks, run->task_count, &run->task_size, sizeof(struct run_task *));
    run->tasks[run->task_count++] = task;
    step->tasks =
        arena_grow(run->arena, step->tasks, step->task_count, &step->task_size, sizeof(struct run_task *));
    step->tasks[step->task_count++] = task;
    if (!tsearch(task, &run->tasks_by_key, compare_tasks))
        abort();
    return task;
}

struct run_step *run_step_find(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].name, name) == 0)
            return &run->steps[i];
    return NULL;
}

struct run_task *step_task(const struct run_step *step, const char *item, const char *key, bool undo)
{
    struct run_task wanted = {.step = &step->run->steps[step->index], .key = key, .item = item, .undo = undo};
    void *node = tfind(&wanted, &step->run->tasks_by_key, compare_tasks);

    if (node)
        return *(struct run_task **)node;
    for (size_t i = 0; !step->run->tasks_by_key && i < step->task_count; i++) /* a run made by hand */
        if (compare_tasks(step->tasks[i], &wanted) == 0)
            return step->tasks[i];
    return NULL;
}

struct run_task *run_task_find(const struct run *run, const char *step, const char *item, const char *target,
                               bool undo)
{
    const struct run_step *in = run_step_find(run, step);

    return in ? step_task(in, item, target, undo) : NULL;
}

const char *run_task_path(const struct run_task *task, struct arena *arena)
{
    BUF_SCOPED out = {0};

    text_key_part(&out, task->step->name);
    buf_char(&out, '/');
    text_key_part(&out, task->item);
    buf_char(&out, '/');
    text_key_part(&out, task->key);
    buf_text(&out, task->undo ? "/undo" : "/do");
    return arena_string(arena, buf_string(&out));
}

const struct pack_provider *run_task_provider(const struct run_task *task)
{
    return task->pack && task->provider_set ? &task->pack->providers[task->provider] : NULL;
}

const struct pack_provider *run_task_provider_now(const struct run_task *task)
{
    return task->pack && task->trial ? &task->pack->providers[task->trial->provider]
                                     : run_task_provider(task);
}

struct value value_merge(struct arena *arena, const struct value *under, const struct value *over)
{
    struct value_builder builder;

    value_build(&builder, arena);
    for (int layer = 0; layer < 2; layer++) {
        const struct value *from = layer ? over : under;

        for (size_t i = 0; from && from->kind == VALUE_MAP && i < from->map->count; i++)
            value_put(&builder, from->map->keys[i], from->map->values[i]);
    }
    return value_end_map(&builder);
}
