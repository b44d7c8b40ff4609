/* A step: waits for its gate, opens with its targets, opens a task for each, passes, ends.
 * Targets and arguments are evaluated once, here, and journaled; nothing looks them up again. */
#include <string.h>

#include "engine/run/run_parts.h"

static void end_step(struct run_step *step, enum step_result result, bool enough, bool by_when,
                     const char *why, struct effect_list *effects)
{
    struct value_builder body;

    value_build(&body, effects->arena);
    value_put_text(&body, "result", value_static(step_result_name(result)));
    value_put_text(&body, "enough", value_bool(enough));
    if (by_when)
        value_put_text(&body, "by_when", value_bool(true));
    if (why && *why)
        value_put_text(&body, "why", value_text(effects->arena, why));
    effect_step_event(effects, step, EVENT_STEP_ENDED, &body);
}

static int when_holds(const struct run_step *step, struct arena *arena, bool *ret_holds, struct soar_err *err)
{
    struct run_scope scope;

    *ret_holds = true;
    if (!step->plan || !step->plan->when)
        return 0;
    run_scope_init(&scope, step->run, NULL);
    return cel_bool(step->plan->when, &scope.scope, arena, ret_holds, err);
}

/* A task's item: the action; where two rows of one target have the same, also by what and where it was done.
 */
static const char *about_item(const struct run *run, const struct run_about *about, struct arena *arena)
{
    for (size_t i = 0; i < run->input.about_count; i++) {
        const struct run_about *other = &run->input.about[i];

        if (other == about || strcmp(about_key(other), about_key(about)) != 0 ||
            strcmp(other->action, about->action) != 0)
            continue;
        if (strcmp(other->target, about->target) != 0)
            return arena_printf(arena, "%s %s %s %s", about->action, about->provider, about->place,
                                about->target);
        return arena_printf(arena, "%s %s %s", about->action, about->provider, about->place);
    }
    return about->action;
}

static struct value about_target(const struct run *run, const struct run_about *about, struct arena *arena)
{
    struct value_builder target;

    value_build(&target, arena);
    for (size_t i = 0; about->host.kind == VALUE_MAP && i < about->host.map->count; i++)
        value_put(&target, about->host.map->keys[i], about->host.map->values[i]);
    value_put_text(&target, "key", value_static(about_key(about)));
    if (strcmp(about_key(about), about->target) != 0)
        value_put_text(&target, "row", value_static(about->target));
    value_put_text(&target, "name", value_static(about->name));
    value_put_text(&target, "item", value_static(about_item(run, about, arena)));
    value_put_text(&target, "action", value_static(about->action));
    value_put_text(&target, "provider", value_static(about->provider));
    value_put_text(&target, "place", value_static(about->place));
    return value_end_map(&target);
}

static int targets_of(const struct run_step *step, struct arena *arena, struct value *ret_targets,
                      struct soar_err *err)
{
    struct value_builder list;

    if (step->plan)
        return step_targets(step, arena, ret_targets, err);
    value_build(&list, arena);
    for (size_t i = 0; i < step->run->input.about_count; i++)
        value_push(&list, about_target(step->run, &step->run->input.about[i], arena));
    *ret_targets = value_end_list(&list);
    return 0;
}

static void open_step(struct run_step *step, struct effect_list *effects)
{
    struct soar_err err = {0};
    struct value targets;
    struct value_builder body;
    bool holds;

    if (when_holds(step, effects->arena, &holds, &err)) {
        soar_err_wrap(&err, "when");
        end_step(step, STEP_FAILED, false, false, err.text, effects);
        return;
    }
    if (!holds) {
        end_step(step, STEP_SKIPPED, false, true, "its `when` does not hold", effects);
        return;
    }
    if (targets_of(step, effects->arena, &targets, &err)) {
        end_step(step, STEP_REFUSED, false, false, err.text, effects);
        return;
    }
    value_build(&body, effects->arena);
    value_put_text(&body, "action", value_static(step->action));
    value_put_text(&body, "targets", targets);
    effect_step_event(effects, step, EVENT_STEP_OPENED, &body);
}

/* How a task will end before it began: as its target says, or for want of a pack. */
static void known_end(const struct run_step *step, const struct value *target, struct value_builder *body,
                      struct arena *arena)
{
    const struct value *ends = value_get(target, "ends");
    struct value_builder end;

    if (ends) {
        value_put_text(body, "ends", *ends);
    } else if (step->plan && !step->pack) {
        value_build(&end, arena);
        value_put_text(&end, "outcome", value_static(task_outcome_name(OUTCOME_UNSUPPORTED)));
        value_put_text(
            &end, "why",
            value_text(arena, arena_printf(arena, "no action pack named %s is installed", step->action)));
        value_put_text(body, "ends", value_end_map(&end));
    }
}

static int arguments_of(const struct run_step *step, const struct value *target, struct arena *arena,
                        struct value *ret_args, struct soar_err *err)
{
    struct value_builder given;
    struct run_scope scope;
    struct value map;

    value_build(&given, arena);
    run_scope_init(&scope, step->run, target);
    for (size_t i = 0; i < step->plan->argument_count; i++) {
        const struct step_argument *argument = &step->plan->arguments[i];
        struct value value = tree_eval(argument->tree, &scope.scope, arena);

        if (value.kind == VALUE_ERROR || value.kind == VALUE_UNKNOWN)
            return soar_err_set(err, SOAR_INVALID, "with.%s: %s", argument->name, value.text);
        value_put_text(&given, argument->name, value);
    }
    map = value_end_map(&given);
    return pack_arguments(step->pack, &map, arena, ret_args, err);
}

/* The pack's provider for this target, and its arguments; what fails here is how the task ends. */
static void prepare(const struct run_step *step, const struct value *target, struct value_builder *body,
                    struct arena *arena)
{
    struct value_builder end;
    struct soar_err err = {0};
    struct value args = value_null();
    size_t provider = 0;
    enum task_outcome outcome = OUTCOME_FAILED;

    if (!step->pack || value_get(target, "ends"))
        return;
    if (arguments_of(step, target, arena, &args, &err) == 0) {
        if (place_choose(step->pack, 0, target, arena, &provider, &err) == 0) {
            const struct pack_provider *chosen = &step->pack->providers[provider];

            value_put_text(body, "provider", value_static(chosen->name));
            value_put_text(body, "place", value_static(place_of(target, chosen)));
            value_put_text(body, "args", args);
            return;
        }
        outcome = err.class == SOAR_DENIED ? OUTCOME_REFUSED : OUTCOME_UNSUPPORTED;
    }
    value_build(&end, arena);
    value_put_text(&end, "outcome", value_static(task_outcome_name(outcome)));
    value_put_text(&end, "why", value_text(arena, err.text));
    value_put_text(body, "ends", value_end_map(&end));
}

static void about_task(const struct run *run, const struct value *target, struct value_builder *body)
{
    for (size_t i = 0; i < run->input.about_count; i++) {
        const struct run_about *about = &run->input.about[i];

        if (!value_is_string(value_get(target, "key"), about_key(about)) ||
            strcmp(value_get_string(target, "row", about->target), about->target) != 0 ||
            !value_is_string(value_get(target, "action"), about->action) ||
            !value_is_string(value_get(target, "provider"), about->provider) ||
            !value_is_string(value_get(target, "place"), about->place))
            continue;
        if (run->input.kind == RUN_RELEASE)
            value_put_text(body, "way", value_static("undo"));
        value_put_text(body, "action", value_static(about->action));
        value_put_text(body, "pack", value_static(about->pack->digest));
        value_put_text(body, "provider", value_static(about->provider));
        value_put_text(body, "place", value_static(about->place));
        value_put_text(body, "args", about->args);
    }
}

static void open_task(struct run_step *step, const struct value *target, struct effect_list *effects)
{
    struct arena *arena = effects->arena;
    struct value_builder body;
    struct effect *effect;

    value_build(&body, arena);
    value_put_text(&body, "name", *value_get(target, "name"));
    value_put_text(&body, "target", *target);
    if (step->plan) {
        value_put_text(&body, "action", value_static(step->action));
        value_put_text(&body, "place", value_static(place_of(target, NULL)));
        if (step->pack)
            value_put_text(&body, "pack", value_static(step->pack->digest));
        known_end(step, target, &body, arena);
        prepare(step, target, &body, arena);
    } else {
        about_task(step->run, target, &body);
    }
    effect = effect_add(effects, EFFECT_EVENT, NULL);
    effect->event = EVENT_TASK_OPENED;
    effect->step = step->name;
    effect->item = value_get_string(target, "item", "");
    effect->target = value_get_string(target, "key", "");
    effect->body = value_end_map(&body);
}

static void open_tasks(struct run_step *step, struct effect_list *effects)
{
    for (size_t i = 0; i < value_count(&step->targets); i++) {
        const struct value *target = value_at(&step->targets, i);
        const char *key = value_get_string(target, "key", "");
        const char *item = value_get_string(target, "item", "");

        if (!step_task(step, item, key, step_undoes(step)))
            open_task(step, target, effects);
    }
}

static void close_step(struct run_step *step, struct effect_list *effects)
{
    struct value_builder body;
    bool enough = false;

    if (step_all_ended(step)) {
        enum step_result result = step_judge(step, &enough);

        end_step(step, result, enough, false, "", effects);
    } else if (step->state == STEP_OPEN && step_all_passed(step)) {
        value_build(&body, effects->arena);
        effect_step_event(effects, step, EVENT_STEP_PASSED, &body);
    }
}

void step_next(struct run_step *step, int64_t now_ms, struct effect_list *effects)
{
    const char *why = "";

    if (step->state == STEP_WAITING) {
        enum step_gate gate = step_gate(step, &why);

        if (step->run->stop_why)
            end_step(step, STEP_SKIPPED, false, false, step->run->stop_why, effects);
        else if (gate == GATE_SKIP)
            end_step(step, STEP_SKIPPED, false, false, why, effects);
        else if (gate == GATE_OPEN)
            open_step(step, effects);
        return;
    }
    size_t before = effects->count;

    if (step->task_count < value_count(&step->targets)) {
        open_tasks(step, effects);
        return;
    }
    for (size_t i = 0; i < step->task_count; i++)
        task_next(step->tasks[i], now_ms, effects);
    if (effects->count == before)
        close_step(step, effects);
}
