/* Events between their stored form and the fold's, and the names of their kinds.
 * The tables here are the only place where a kind or an outcome is spelled out. */
#include "engine/base/event.h"

#include <string.h>

#include "engine/base/json.h"

static const char *const kind_names[EVENT_KIND_COUNT] = {
    [EVENT_ENGINE_STARTED] = "engine.started",
    [EVENT_ENGINE_STOPPED] = "engine.stopped",
    [EVENT_CLOCK_SET] = "clock.set",
    [EVENT_SITE_LOADED] = "site.loaded",
    [EVENT_ALERT_RECEIVED] = "alert.received",
    [EVENT_GUARD_PAUSED] = "guard.paused",
    [EVENT_GUARD_RESET] = "guard.reset",
    [EVENT_HOLDER_EXTENDED] = "holder.extended",
    [EVENT_RUN_STARTED] = "run.started",
    [EVENT_RUN_CANCELLED] = "run.cancelled",
    [EVENT_RUN_ROLLBACK] = "run.rollback",
    [EVENT_RUN_ENDED] = "run.ended",
    [EVENT_STEP_OPENED] = "step.opened",
    [EVENT_STEP_PASSED] = "step.passed",
    [EVENT_STEP_ENDED] = "step.ended",
    [EVENT_TASK_OPENED] = "task.opened",
    [EVENT_TASK_CHECKED] = "task.checked",
    [EVENT_TASK_HELD] = "task.held",
    [EVENT_TASK_FREED] = "task.freed",
    [EVENT_TASK_RETRY] = "task.retry",
    [EVENT_TASK_PENDING] = "task.pending",
    [EVENT_TASK_ENDED] = "task.ended",
    [EVENT_CALL_INTENDED] = "call.intended",
    [EVENT_CALL_ENDED] = "call.ended",
    [EVENT_ASK_OPENED] = "ask.opened",
    [EVENT_ASK_JOINED] = "ask.joined",
    [EVENT_ASK_ANSWERED] = "ask.answered",
    [EVENT_ASK_MOVED] = "ask.moved",
    [EVENT_ASK_CLOSED] = "ask.closed",
    [EVENT_HOLDER_ENDED] = "holder.ended",
    [EVENT_EVIDENCE_BEGUN] = "evidence.begun",
    [EVENT_EVIDENCE_KEPT] = "evidence.kept",
    [EVENT_NOTE] = "note",
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_CHANGED] = "changed", [OUTCOME_ALREADY] = "already", [OUTCOME_PARTIAL] = "partial",
    [OUTCOME_FAILED] = "failed",   [OUTCOME_REFUSED] = "refused", [OUTCOME_UNSUPPORTED] = "unsupported",
    [OUTCOME_SKIPPED] = "skipped",
};

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (name && strcmp(names[i], name) == 0)
            return i;
    return count;
}

const char *event_kind_name(enum event_kind kind)
{
    return kind_names[kind];
}

enum event_kind event_kind_parse(const char *name)
{
    return (enum event_kind)find_name(kind_names, EVENT_KIND_COUNT, name);
}

const char *task_outcome_name(enum task_outcome outcome)
{
    return outcome_names[outcome];
}

enum task_outcome task_outcome_parse(const char *name)
{
    return (enum task_outcome)find_name(outcome_names, OUTCOME_COUNT, name);
}

int event_read(struct arena *arena, const struct soar_event *stored, struct event *ret_event,
               struct soar_err *err)
{
    struct event event = {.n = stored->n, .at_ms = stored->at_ms, .kind = event_kind_parse(stored->kind)};

    if (event.kind == EVENT_KIND_COUNT)
        return soar_err_set(err, SOAR_PERMANENT,
                            "event %lld of %s: unknown kind '%s' (written by a newer version?)",
                            (long long)stored->n, stored->run, stored->kind);
    if (json_parse(arena, stored->body, strlen(stored->body), &event.body, err))
        return soar_err_wrap(err, "event %lld of %s", (long long)stored->n, stored->run);
    if (event.body.kind != VALUE_MAP)
        return soar_err_set(err, SOAR_PERMANENT, "event %lld of %s: its body is no object",
                            (long long)stored->n, stored->run);
    event.run = arena_string(arena, stored->run);
    event.step = arena_string(arena, stored->step);
    event.item = arena_string(arena, stored->item);
    event.target = arena_string(arena, stored->target);
    *ret_event = event;
    return 0;
}

void event_write(struct arena *arena, const struct event *event, struct soar_event *ret_stored)
{
    *ret_stored = (struct soar_event){
        .run = event->run,
        .n = event->n,
        .at_ms = event->at_ms,
        .kind = event_kind_name(event->kind),
        .step = event->step,
        .item = event->item,
        .target = event->target,
        .body = json_text(arena, &event->body),
    };
}
