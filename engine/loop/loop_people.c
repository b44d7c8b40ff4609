/* What people say: answers to questions, stop, try again now. Each is an event before it has an effect. */
#include <string.h>

#include "engine/loop/loop_parts.h"

static const char *answers_of(const struct ledger_ask *ask)
{
    return strcmp(ask->kind, "doubt") == 0  ? "decide (done, again, not)"
           : strcmp(ask->kind, "ends") == 0 ? "approve or deny"
                                            : "override or drop";
}

static bool fits(const struct ledger_ask *ask, const char *answer)
{
    static const char *const of_hold[] = {"yes", "no", NULL};
    static const char *const of_doubt[] = {"done", "again", "not", NULL};
    const char *const *words = strcmp(ask->kind, "doubt") == 0 ? of_doubt : of_hold;

    for (; *words; words++)
        if (strcmp(*words, answer) == 0)
            return true;
    return false;
}

static struct value answer_body(const char *ask, const char *answer, const char *by, const char *note,
                                struct arena *arena)
{
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_text(arena, ask));
    value_put_text(&body, "answer", value_text(arena, answer));
    value_put_text(&body, "result", value_text(arena, answer));
    value_put_text(&body, "by", value_text(arena, by ? by : ""));
    value_put_text(&body, "note", value_text(arena, note ? note : ""));
    return value_end_map(&body);
}

void loop_free_task(struct loop *loop, struct live *live, struct run_task *task, const char *result,
                    const char *by, const char *note)
{
    struct arena *arena = batch_arena(loop);
    struct effect freed = {.kind = EFFECT_EVENT,
                           .event = EVENT_TASK_FREED,
                           .step = task->step->name,
                           .item = task->item,
                           .target = task->key};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_text(arena, task->ask));
    value_put_text(&body, "result", value_text(arena, result));
    value_put_text(&body, "by", value_text(arena, by));
    if (*note)
        value_put_text(&body, "why", value_text(arena, note));
    if (task->undo)
        value_put_text(&body, "way", value_static("undo"));
    freed.body = value_end_map(&body);
    loop_emit(loop, live, &freed);
}

static bool waits_for(const struct run_task *task, const char *ask)
{
    return task->state == TASK_HELD && task->ask && strcmp(task->ask, ask) == 0;
}

/* A member that is in line twice (an engine that died between asking and holding asks again) is freed once.
 */
static void free_members(struct loop *loop, const struct ledger_ask *ask, const struct value *said)
{
    for (size_t r = 0; r < loop->live_count; r++)
        for (size_t i = 0; i < loop->lives[r]->run->task_count; i++) {
            struct live *live = loop->lives[r];

            if (!waits_for(live->run->tasks[i], ask->id))
                continue;
            live_unpark(loop, live);
            loop_free_task(loop, live, live->run->tasks[i], value_get_string(said, "result", ""),
                           value_get_string(said, "by", ""), value_get_string(said, "note", ""));
        }
}

void people_close(struct loop *loop, const struct ledger_ask *ask, const char *result, const char *why)
{
    struct effect closed = {.kind = EFFECT_EVENT, .event = EVENT_ASK_CLOSED};

    closed.body = answer_body(ask->id, result, "", why, batch_arena(loop));
    loop_emit(loop, NULL, &closed);
    free_members(loop, ask, &closed.body);
}

void loop_void_ask(struct loop *loop, const char *id)
{
    const struct ledger_ask *ask = ledger_ask_find(loop->ledger, id);

    if (!ask || !ask->open)
        return;
    for (size_t i = 0; i < ask->member_count; i++)
        if (!loop_run_find(loop, ask->runs[i]))
            return; /* of a run that was left out: who knows */
    for (size_t r = 0; r < loop->live_count; r++)
        for (size_t i = 0; i < loop->lives[r]->run->task_count; i++)
            if (waits_for(loop->lives[r]->run->tasks[i], id))
                return;
    people_close(loop, ask, "void", "nobody waits for it any more");
}

int loop_answer(struct loop *loop, const char *id, const char *answer, const char *by, const char *note,
                struct soar_err *err)
{
    const struct ledger_ask *ask = ledger_ask_find(loop->ledger, id);
    struct effect event = {.kind = EFFECT_EVENT, .event = EVENT_ASK_ANSWERED};

    if (!ask)
        return soar_err_set(err, SOAR_INVALID, "there is no question %s; `soarctl waiting` lists them", id);
    if (!ask->open)
        return soar_err_set(err, SOAR_INVALID, "%s was answered: %s%s%s", id,
                            ask->result ? ask->result : "closed", *ask->by ? ", by " : "", ask->by);
    if (!fits(ask, answer))
        return soar_err_set(err, SOAR_INVALID, "%s is a %s: it is answered by %s", id, ask->kind,
                            answers_of(ask));
    if (strcmp(ask->kind, "ends") == 0 && ends_answer(loop, ask, answer, by, note, err))
        return -1;
    event.body = answer_body(id, answer, by, note, batch_arena(loop));
    loop_emit(loop, NULL, &event);
    event.event = EVENT_ASK_CLOSED;
    loop_emit(loop, NULL, &event);
    free_members(loop, ask, &event.body);
    return 0;
}

static struct live *live_by_id(struct loop *loop, const char *id, struct soar_err *err)
{
    struct live *live = lives_find(loop, id);

    if (live && live->run->state != RUN_ENDED) {
        live_unpark(loop, live);
        return live;
    }
    soar_err_set(err, SOAR_INVALID, "%s has ended, or there is no such run", id);
    return NULL;
}

int loop_cancel(struct loop *loop, const char *run, const char *by, const char *note, struct soar_err *err)
{
    struct live *live = live_by_id(loop, run, err);
    struct effect event = {.kind = EFFECT_EVENT, .event = EVENT_RUN_CANCELLED};
    struct value_builder body;

    if (!live)
        return -1;
    if (live->run->state != RUN_RUNNING && live->run->state != RUN_ROLLING_BACK)
        return soar_err_set(err, SOAR_INVALID, "%s is %s already", run, run_state_name(live->run->state));
    value_build(&body, batch_arena(loop));
    value_put_text(&body, "by", value_text(batch_arena(loop), by ? by : ""));
    value_put_text(&body, "note", value_text(batch_arena(loop), note ? note : ""));
    event.body = value_end_map(&body);
    loop_emit(loop, live, &event);
    return 0;
}

void loop_cut_short(struct loop *loop, const char *run)
{
    const struct live *live = live_by_id(loop, run, NULL);

    if (live)
        calls_cut_short(loop, live);
}

int loop_retry_now(struct loop *loop, const char *run, const char *target, struct soar_err *err)
{
    struct live *live = live_by_id(loop, run, err);
    size_t moved = 0;

    if (!live)
        return -1;
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];
        bool waits = task->state == TASK_RESTING || task->state == TASK_PENDING;

        if (waits && !task->trial &&
            (!target || strcmp(target, task->name) == 0 || strcmp(target, task->key) == 0 ||
             strcmp(target, run_task_called(task, batch_arena(loop))) == 0)) {
            task->due_ms = 0;
            moved++;
        }
    }
    live_wake(loop, live);
    if (!moved)
        return soar_err_set(err, SOAR_INVALID, "%s: nothing of it waits to be tried again%s%s", run,
                            target ? " on " : "", target ? target : "");
    return 0;
}

static void extend(struct loop *loop, const struct ledger_row *row, const char *run, int64_t until_ms,
                   const char *by)
{
    struct arena *arena = batch_arena(loop);
    struct effect extended = {
        .kind = EFFECT_EVENT, .event = EVENT_HOLDER_EXTENDED, .target = arena_string(arena, row->target)};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "action", value_text(arena, row->action));
    value_put_text(&body, "provider", value_text(arena, row->provider));
    value_put_text(&body, "place", value_text(arena, row->place));
    value_put_text(&body, "run", value_text(arena, run));
    value_put_text(&body, "until", value_int(until_ms));
    value_put_text(&body, "by", value_text(arena, by));
    extended.body = value_end_map(&body);
    loop_emit(loop, NULL, &extended);
}

static bool is_held_by(const struct ledger_row *row, const char *run)
{
    for (size_t i = 0; i < row->holder_count; i++)
        if (strcmp(row->holders[i].run, run) == 0)
            return true;
    return false;
}

int loop_extend(struct loop *loop, const char *run, const char *target, int64_t until_ms, const char *by,
                struct soar_err *err)
{
    size_t extended = 0;
    const char *why = "";

    if (until_ms && until_ms <= loop_now(loop))
        return soar_err_set(err, SOAR_INVALID, "%s: its new end has passed; `soarctl release` ends it now",
                            run);
    if (until_ms &&
        !policy_expires_fits(loop->config.policy, until_ms - loop_now(loop), batch_arena(loop), &why))
        return soar_err_set(err, SOAR_INVALID, "%s: %s", run, why);
    for (size_t i = 0; i < ledger_row_count(loop->ledger); i++) {
        const struct ledger_row *row = ledger_row_at(loop->ledger, i);

        if (!is_held_by(row, run) ||
            (target && strcmp(target, row->target) != 0 && strcmp(target, row->name) != 0))
            continue;
        extend(loop, row, run, until_ms, by);
        extended++;
    }
    if (!extended)
        return soar_err_set(err, SOAR_INVALID,
                            "%s holds nothing%s%s; `soarctl contained` lists who holds what", run,
                            target ? " on " : "", target ? target : "");
    return 0;
}
