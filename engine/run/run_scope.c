/* Names in a playbook's expressions: alert, vars, steps, run and, for one target, target.
 * All of it comes from the fold, so an expression gives the same after a restart. */
#include <string.h>

#include "engine/run/run_parts.h"

static struct value task_brief(const struct run_task *task, struct arena *arena)
{
    struct value_builder builder;
    const char *os = value_get_string(&task->target, "os", "");

    value_build(&builder, arena);
    value_put_text(&builder, "key", value_static(task->key));
    value_put_text(&builder, "name", value_static(task->name));
    value_put_text(&builder, "os", value_static(os));
    value_put_text(&builder, "place", value_static(value_get_string(&task->target, "place", "")));
    return value_end_map(&builder);
}

/* In a plan what would be done counts as if it had gone well; what the targets would have said isn't known.
 */
static enum task_outcome seen_outcome(const struct run_task *task)
{
    return task->would ? OUTCOME_CHANGED : task->outcome;
}

static struct value kept_value(const struct run_step *step, struct arena *arena)
{
    struct value_builder kept;

    value_build(&kept, arena);
    for (size_t i = 0; i < step->task_count; i++) {
        const struct run_task *task = step->tasks[i];

        if (task->would)
            value_put_text(&kept, run_task_called(task, arena),
                           value_unknown(arena, "it depends on what %s keeps of %s", step->name, task->name));
        else if (task->kept.kind == VALUE_MAP)
            value_put_text(&kept, run_task_called(task, arena), task->kept);
    }
    return value_end_map(&kept);
}

static struct value step_value(const struct run_step *step, struct arena *arena)
{
    struct value_builder builder;

    value_build(&builder, arena);
    value_put_text(&builder, "result", value_static(step_result_name(step->result)));
    value_put_text(&builder, "why", value_static(step->why ? step->why : ""));
    value_put_text(&builder, "told", value_static(step_told(step, arena)));
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        struct value_builder list;

        value_build(&list, arena);
        for (size_t i = 0; i < step->task_count; i++)
            if (step->tasks[i]->state == TASK_ENDED && (int)seen_outcome(step->tasks[i]) == outcome)
                value_push(&list, task_brief(step->tasks[i], arena));
        value_put_text(&builder, task_outcome_name((enum task_outcome)outcome), value_end_list(&list));
    }
    value_put_text(&builder, "kept", kept_value(step, arena));
    return value_end_map(&builder);
}

struct value run_steps_value(const struct run *run, struct arena *arena)
{
    struct value_builder builder;

    value_build(&builder, arena);
    for (size_t i = 0; i < run->step_count; i++)
        value_put_text(&builder, run->steps[i].name, step_value(&run->steps[i], arena));
    return value_end_map(&builder);
}

static struct value run_value(const struct run *run, struct arena *arena)
{
    struct value_builder builder;

    value_build(&builder, arena);
    value_put_text(&builder, "id", value_static(run->id));
    value_put_text(&builder, "playbook", value_static(run->input.playbook ? run->input.playbook->name : ""));
    value_put_text(&builder, "started",
                   value_time(run->started_ms / 1000, (int32_t)(run->started_ms % 1000) * 1000000));
    return value_end_map(&builder);
}

static bool named(const char *name, size_t len, const char *wanted)
{
    return strlen(wanted) == len && memcmp(name, wanted, len) == 0;
}

static bool get(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    const struct run_scope *scope = arg;
    const struct run *run = scope->run;

    if (named(name, len, "alert"))
        *ret_value = run->alert.kind == VALUE_NULL ? value_error(arena, "this run has no alert") : run->alert;
    else if (named(name, len, "vars"))
        *ret_value = run->vars;
    else if (named(name, len, "steps"))
        *ret_value = run_steps_value(run, arena);
    else if (named(name, len, "run"))
        *ret_value = run_value(run, arena);
    else if (named(name, len, "target") && scope->target)
        *ret_value = *scope->target;
    else
        return false;
    return true;
}

void run_scope_init(struct run_scope *scope, const struct run *run, const struct value *target)
{
    scope->run = run;
    scope->target = target;
    scope->scope = (struct cel_scope){.get = get, .arg = scope, .outer = NULL};
}
