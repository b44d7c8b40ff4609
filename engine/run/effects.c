/* The list that run_next() fills: events with their keys, locks, calls.
 * An event of an undo task says so in its body, since do and undo share step, item and target. */
#include <string.h>

#include "engine/run/run_parts.h"

struct effect *effect_add(struct effect_list *list, enum effect_kind kind, struct run_task *task)
{
    list->items = arena_grow(list->arena, list->items, list->count, &list->size, sizeof *list->items);
    struct effect *effect = &list->items[list->count++];

    *effect = (struct effect){.kind = kind, .task = task, .step = "", .item = "", .target = ""};
    return effect;
}

void effect_run_event(struct effect_list *list, enum event_kind kind, struct value_builder *body)
{
    struct effect *effect = effect_add(list, EFFECT_EVENT, NULL);

    effect->event = kind;
    effect->body = value_end_map(body);
}

void effect_step_event(struct effect_list *list, const struct run_step *step, enum event_kind kind,
                       struct value_builder *body)
{
    struct effect *effect = effect_add(list, EFFECT_EVENT, NULL);

    effect->event = kind;
    effect->step = step->name;
    effect->body = value_end_map(body);
}

void effect_task_event(struct effect_list *list, struct run_task *task, enum event_kind kind,
                       struct value_builder *body)
{
    struct effect *effect = effect_add(list, EFFECT_EVENT, task);

    if (task->undo)
        value_put_text(body, "way", value_static("undo"));
    effect->event = kind;
    effect->step = task->step->name;
    effect->item = task->item;
    effect->target = task->key;
    effect->body = value_end_map(body);
}

const struct value *effect_end_of(const struct effect_list *list, const struct run_task *task)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == EFFECT_EVENT && list->items[i].event == EVENT_TASK_ENDED &&
            list->items[i].task == task)
            return &list->items[i].body;
    return NULL;
}

bool effect_has_event(const struct effect_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == EFFECT_EVENT)
            return true;
    return false;
}
