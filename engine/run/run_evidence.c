/* The fold of evidence in its task: what a call collects, and what became of it.
 *
 * The loop journals both events. While one is open the task stands still: its next try would collect beside
 * what may yet turn out to be whole. */
#include <string.h>

#include "engine/run/run_parts.h"

static struct run_evidence *last_of(const struct run_task *task)
{
    struct run_evidence *last = task->evidence;

    while (last && last->next)
        last = last->next;
    return last;
}

const struct run_evidence *run_task_collecting(const struct run_task *task)
{
    const struct run_evidence *last = last_of(task);

    return last && !last->kept ? last : NULL;
}

bool task_call_collects(const struct run_task *task, int position)
{
    const struct pack_provider *provider = run_task_provider(task);
    const struct pack_steps *steps =
        provider ? &provider->phases[task->undo ? PHASE_REVERT : PHASE_APPLY] : NULL;

    for (size_t i = 0; steps && i < steps->count; i++)
        if (steps->items[i].position == position && steps->items[i].function)
            return steps->items[i].function->collects;
    return false;
}

bool task_only_lacks_evidence(const struct run_task *task)
{
    return task->evidence && !task->pack->containment && !task->in_doubt;
}

void evidence_begun(struct run_task *task, const struct event *event)
{
    struct arena *arena = task->run->arena;
    struct run_evidence *last = last_of(task);
    struct run_evidence *next = arena_alloc(arena, sizeof *next);

    *next = (struct run_evidence){
        .id = arena_string(arena, value_get_string(&event->body, "evidence", "")),
        .begun = value_copy(arena, &event->body),
        .begun_ms = event->at_ms,
        .why = "",
        .sha256 = "",
    };
    if (last)
        last->next = next;
    else
        task->evidence = next;
}

/* A pack sees the latest under kept.evidence. */
void evidence_kept(struct run_task *task, const struct event *event)
{
    struct arena *arena = task->run->arena;
    struct run_evidence *last = last_of(task);
    struct value_builder evidence, kept;

    last->kept = true;
    last->whole = value_get_bool(&event->body, "whole", false);
    last->why = arena_string(arena, value_get_string(&event->body, "why", ""));
    last->bytes = value_get_int(&event->body, "bytes", 0);
    last->sha256 = arena_string(arena, value_get_string(&event->body, "sha256", ""));
    last->kept_ms = event->at_ms;
    value_build(&evidence, arena);
    value_put_text(&evidence, "id", value_static(last->id));
    value_put_text(&evidence, "whole", value_bool(last->whole));
    value_put_text(&evidence, "bytes", value_int(last->bytes));
    value_put_text(&evidence, "sha256", value_static(last->sha256));
    value_build(&kept, arena);
    value_put_text(&kept, "evidence", value_end_map(&evidence));
    struct value map = value_end_map(&kept);

    task->kept = value_merge(arena, &task->kept, &map);
}

static int wrong(const struct event *event, const char *what, struct soar_err *err)
{
    return soar_err_set(err, SOAR_PERMANENT, "%s: %s", event_kind_name(event->kind), what);
}

int evidence_check(const struct run_task *task, const struct event *event, struct soar_err *err)
{
    const struct run_evidence *open = run_task_collecting(task);
    const char *id = value_get_string(&event->body, "evidence", "");

    if (event->kind == EVENT_EVIDENCE_BEGUN)
        return open || !*id ? wrong(event, "it has no id, or another one is not kept yet", err) : 0;
    if (event->kind == EVENT_EVIDENCE_KEPT) {
        if (!open || strcmp(open->id, id) != 0)
            return wrong(event, "no such evidence was begun", err);
        return value_get_int(&event->body, "bytes", 0) < 0 ? wrong(event, "no such size", err) : 0;
    }
    return open && event->kind != EVENT_CALL_ENDED ? wrong(event, "what it collects is not kept yet", err)
                                                   : 0;
}
