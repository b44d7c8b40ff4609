/* What a run asked for, done: events journaled and applied, locks, questions, calls; guard-rails are
 * loop_judge.c's. */
#include <assert.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

static const char *others_of(const struct ledger_row *row, const struct run_task *task, struct arena *arena)
{
    const struct run_about *about = task->about;
    const char *text = NULL;

    for (size_t i = 0; i < row->holder_count; i++) {
        const char *run = row->holders[i].run;
        bool freed = strcmp(run, task->run->id) == 0;

        for (size_t f = 0; about && f < about->free_count; f++)
            freed = freed || strcmp(about->free_runs[f], run) == 0;
        if (!freed)
            text = text ? arena_printf(arena, "%s, %s", text, run) : run;
    }
    return text;
}

static const struct ledger_row *row_of(const struct loop *loop, const struct run_task *task)
{
    assert(task && "a lock is a task's");
    const struct pack_provider *provider = run_task_provider_now(task);

    if (!task->pack || !task->pack->containment || !provider)
        return NULL;
    return ledger_find(loop->ledger, run_task_row(task), task->pack->name, provider->name,
                       run_task_place(task));
}

void effects_grant(struct loop *loop, struct run_task *task)
{
    const struct ledger_row *row = row_of(loop, task);
    struct arena *arena = batch_arena(loop);
    struct run_grant grant = {
        .row = row != NULL, .prior = value_null(), .kept = value_null(), .barred = task->barred};

    if (row) {
        grant.prior = row->prior;
        grant.kept = row->kept;
        grant.others = task->undo ? others_of(row, task, arena) : NULL;
        grant.holder = row->holder_count ? row->holders[0].run : NULL;
    }
    run_locked(task, &grant, loop_now(loop));
    live_wake(loop, loop_live_of(loop, task->run));
}

static void lock(struct loop *loop, struct live *live, const struct effect *effect)
{
    struct run_task *task = effect->task;

    assert(task && "only a task takes a lock");
    const char *target = loop_breaks(loop, "lock-by-name") ? task->key : run_task_row(task);

    /* a dry run reads only: it waits for nobody, and nobody for it */
    if (live->run->mode != MODE_REAL ||
        ledger_lock(loop->ledger, target, task->pack ? task->pack->lock : "whole", task, loop_now(loop)))
        effects_grant(loop, task);
}

static void emit_ask(struct loop *loop, struct live *stream, enum event_kind kind, const char *id,
                     const struct effect *effect)
{
    struct arena *arena = batch_arena(loop);
    struct effect event = {.kind = EFFECT_EVENT, .event = kind};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_static(id));
    for (size_t i = 0; i < effect->body.map->count; i++)
        value_put(&body, effect->body.map->keys[i], effect->body.map->values[i]);
    value_put_text(&body, "run", value_static(effect->task->run->id));
    value_put_text(&body, "task", value_static(run_task_path(effect->task, arena)));
    value_put_text(&body, "name", value_text(arena, run_task_called(effect->task, arena)));
    event.body = value_end_map(&body);
    loop_emit(loop, stream, &event);
}

static void hold_task(struct loop *loop, struct live *live, const char *id, const struct effect *effect)
{
    struct arena *arena = batch_arena(loop);
    struct effect held = {.kind = EFFECT_EVENT,
                          .event = EVENT_TASK_HELD,
                          .step = effect->task->step->name,
                          .item = effect->task->item,
                          .target = effect->task->key};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_static(id));
    value_put_text(&body, "why", value_text(arena, value_get_string(&effect->body, "text", "")));
    if (*value_get_string(&effect->body, "rule", ""))
        value_put_text(&body, "rule", value_text(arena, value_get_string(&effect->body, "rule", "")));
    if (effect->task->undo)
        value_put_text(&body, "way", value_static("undo"));
    held.body = value_end_map(&body);
    loop_emit(loop, live, &held);
}

/* A hold gathers what one rule stopped, over all runs; a doubt is one call's. */
static void ask(struct loop *loop, struct live *live, const struct effect *effect)
{
    struct arena *arena = batch_arena(loop);
    bool doubt = strcmp(value_get_string(&effect->body, "kind", ""), "doubt") == 0;
    const struct ledger_ask *open =
        doubt ? NULL : ledger_hold_open(loop->ledger, value_get_string(&effect->body, "rule", ""));
    const char *id =
        open ? arena_string(arena, open->id) : ledger_ask_next_id(loop->ledger, doubt ? 'D' : 'H', arena);

    emit_ask(loop, doubt ? live : NULL, open ? EVENT_ASK_JOINED : EVENT_ASK_OPENED, id, effect);
    hold_task(loop, live, id, effect);
}

static void perform(struct loop *loop, struct live *live, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_EVENT:
        loop_emit(loop, live, effect);
        if (effect->event == EVENT_TASK_ENDED && effect->task->ask)
            loop_void_ask(loop, effect->task->ask);
        if (effect->event == EVENT_TASK_FREED) /* by itself: nobody needs to answer that any more */
            loop_void_ask(loop, value_get_string(&effect->body, "ask", ""));
        break;
    case EFFECT_LOCK:
        lock(loop, live, effect);
        break;
    case EFFECT_UNLOCK:
        ledger_unlock(loop->ledger, effect->task, effect->at_ms > loop_now(loop) ? effect->at_ms : 0);
        break;
    case EFFECT_GRANT:
        effects_grant(loop, effect->task);
        break;
    case EFFECT_JUDGE:
        effects_judge(loop, live, effect->task);
        break;
    case EFFECT_CALL:
        calls_request(loop, live, effect);
        break;
    case EFFECT_CLOSE:
        calls_close(loop, effect->task);
        break;
    case EFFECT_ASK:
        ask(loop, live, effect);
        break;
    case EFFECT_COUNT:
        assert(!"no such effect");
    }
}

/* What would begin something that this life can't see through. */
static bool begins(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_LOCK:
    case EFFECT_GRANT:
    case EFFECT_JUDGE:
    case EFFECT_CALL:
        return true;
    case EFFECT_EVENT:
        return effect->event == EVENT_CALL_INTENDED;
    case EFFECT_UNLOCK:
    case EFFECT_CLOSE:
    case EFFECT_ASK:
    case EFFECT_COUNT:
        break;
    }
    return false;
}

bool effects_perform(struct loop *loop, struct live *live, const struct effect_list *list)
{
    const struct run_task *stands = NULL; /* in a loop that ends: this task goes no further */
    bool done = false;

    for (size_t i = 0; i < list->count; i++) {
        const struct effect *effect = &list->items[i];

        if (loop->ending && begins(effect))
            stands = effect->task;
        if (stands && effect->task == stands)
            continue;
        perform(loop, live, effect);
        done = true;
    }
    return done;
}
