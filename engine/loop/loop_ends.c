/* Holders whose time has come: freed or asked about, as the policy says; a time that passed while nobody was
 * there is always asked about. What people say to it ends the hold, or leaves it without an end.
 *
 * Freeing is a release run like any other. Where another run holds the same, nothing is undone, so nobody is
 * asked. */
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/loop/loop_parts.h"

enum { LATER_MS = 1000 };

static const char ends[] = "ends";

/* What was begun on the target comes first: who knows what it will have left there. */
static bool is_unsure(const struct loop *loop, const char *target)
{
    for (size_t r = 0; r < loop->live_count; r++) {
        const struct run *run = loop->lives[r]->run;

        for (size_t i = 0; run->state != RUN_ENDED && i < run->task_count; i++) {
            const struct run_task *task = run->tasks[i];

            if (task->state != TASK_ENDED && strcmp(run_task_row(task), target) == 0 &&
                (task->in_doubt || task->open_position || task->state == TASK_ACTING ||
                 task->state == TASK_PROVING))
                return true;
        }
    }
    return false;
}

static struct value containment_of(const struct ledger_row *row, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "target", value_text(arena, row->target));
    value_put_text(&map, "action", value_text(arena, row->action));
    value_put_text(&map, "provider", value_text(arena, row->provider));
    value_put_text(&map, "place", value_text(arena, row->place));
    return value_end_map(&map);
}

/* As a person gives it back, like a hold's. */
static struct value digest_of(const char *text, const struct value *containment, struct arena *arena)
{
    const char *all = arena_printf(arena, "%s\n%s", text, json_text(arena, containment));
    char digest[DIGEST_HEX];

    digest_sha256_hex(all, strlen(all), digest);
    return value_text(arena, arena_printf(arena, "%.4s-%.4s", digest, digest + 4));
}

static void open_ask(struct loop *loop, const struct ledger_row *row, const struct ledger_holder *holder)
{
    struct arena *arena = batch_arena(loop);
    struct effect opened = {.kind = EFFECT_EVENT, .event = EVENT_ASK_OPENED};
    struct value containment = containment_of(row, arena);
    const char *before =
        holder->failed ? arena_printf(arena, "; %s was to end it and did not", holder->failed) : "";
    const char *text = arena_printf(arena, "%s of %s: the time for which %s holds it is over%s", row->action,
                                    row->name, holder->run, before);
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_static(ledger_ask_next_id(loop->ledger, 'A', arena)));
    value_put_text(&body, "kind", value_static(ends));
    value_put_text(&body, "text", value_static(text));
    value_put_text(&body, "digest", digest_of(text, &containment, arena));
    value_put_text(&body, "containment", containment);
    value_put_text(&body, "holder", value_text(arena, holder->run));
    value_put_text(&body, "run", value_text(arena, holder->run));
    value_put_text(&body, "task", value_static(""));
    value_put_text(&body, "name", value_text(arena, row->name));
    opened.body = value_end_map(&body);
    loop_emit(loop, NULL, &opened);
}

static int release(struct loop *loop, const struct ledger_row *row, const char *holder, const char *by,
                   const char *reason, struct soar_err *err)
{
    struct loop_request request = {.by = by, .reason = reason, .about_count = 1};
    struct run_about about;
    struct run *run = NULL;

    if (about_of_row(loop, row, holder, batch_arena(loop), &about, err))
        return -1;
    request.about = &about;
    return loop_request(loop, &request, &run, err);
}

static void extend(struct loop *loop, const struct ledger_row *row, const char *holder, const char *by,
                   const char *note)
{
    struct arena *arena = batch_arena(loop);
    struct effect extended = {.kind = EFFECT_EVENT, .event = EVENT_HOLDER_EXTENDED, .target = row->target};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "action", value_text(arena, row->action));
    value_put_text(&body, "provider", value_text(arena, row->provider));
    value_put_text(&body, "place", value_text(arena, row->place));
    value_put_text(&body, "run", value_text(arena, holder));
    value_put_text(&body, "until", value_int(0));
    value_put_text(&body, "by", value_text(arena, by ? by : ""));
    value_put_text(&body, "note", value_text(arena, note ? note : ""));
    extended.body = value_end_map(&body);
    loop_emit(loop, NULL, &extended);
}

static bool may_free(const struct loop *loop, const struct ledger_row *row,
                     const struct ledger_holder *holder)
{
    bool seen = holder->until_ms > loop->counts.started_ms;

    return row->holder_count > 1 || (policy_expires_frees(loop->config.policy) && seen && !holder->failed);
}

/* What others did is not ours to end: such a hold has no end. */
static void end(struct loop *loop, const struct ledger_row *row, const struct ledger_holder *holder)
{
    struct soar_err err = {0};

    if (!row->ours)
        extend(loop, row, holder->run, "soar", "it is not ours to end");
    else if (!may_free(loop, row, holder) ||
             release(loop, row, holder->run, "soar, at its end", "its time is over", &err))
        open_ask(loop, row, holder);
}

static void close_void(struct loop *loop, const char *id, const char *note)
{
    struct arena *arena = batch_arena(loop);
    struct effect closed = {.kind = EFFECT_EVENT, .event = EVENT_ASK_CLOSED};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "ask", value_text(arena, id));
    value_put_text(&body, "answer", value_static("void"));
    value_put_text(&body, "result", value_static("void"));
    value_put_text(&body, "by", value_static(""));
    value_put_text(&body, "note", value_static(note));
    closed.body = value_end_map(&body);
    loop_emit(loop, NULL, &closed);
}

static const struct ledger_holder *holder_of(const struct ledger_row *row, const char *run)
{
    for (size_t i = 0; row && i < row->holder_count; i++)
        if (strcmp(row->holders[i].run, run) == 0)
            return &row->holders[i];
    return NULL;
}

/* Somebody has released or extended it meanwhile: there is nothing left to answer. */
static void void_asks(struct loop *loop)
{
    int64_t now_ms = loop_now(loop);

    loop->ends_moved = false;
    for (size_t i = 0; i < ledger_ask_count(loop->ledger); i++) {
        const struct ledger_ask *ask = ledger_ask_at(loop->ledger, i);
        const struct ledger_holder *holder;

        if (!ask->open || strcmp(ask->kind, ends) != 0 || !ask->row || !ask->holder)
            continue;
        holder = holder_of(ledger_row(loop->ledger, ask->row), ask->holder);
        if (!holder || holder->release)
            close_void(loop, ask->id, "it is released");
        else if (!holder->until_ms || holder->until_ms > now_ms)
            close_void(loop, ask->id, "it has another end now");
    }
}

void ends_heard(struct loop *loop, const struct event *event)
{
    bool release = event->kind == EVENT_RUN_STARTED && run_kind_of(&event->body) == RUN_RELEASE;

    loop->ends_moved = loop->ends_moved || release || event->kind == EVENT_HOLDER_ENDED ||
                       event->kind == EVENT_HOLDER_EXTENDED ||
                       (event->kind == EVENT_TASK_ENDED && value_get(&event->body, "freed"));
}

bool ends_turn(struct loop *loop)
{
    int64_t now_ms = loop_now(loop);
    const struct ledger_holder *holder;
    const struct ledger_row *row;
    bool moved = false;

    if (!loop->config.recheck || loop->ending)
        return false;
    if (loop->ends_moved)
        void_asks(loop);
    while ((row = ledger_ended(loop->ledger, now_ms, &holder))) {
        if (is_unsure(loop, row->target)) {
            ledger_end_later(loop->ledger, row->key, holder->run, now_ms + LATER_MS);
            continue;
        }
        end(loop, row, holder);
        moved = true;
    }
    return moved;
}

int64_t ends_due(const struct loop *loop)
{
    return loop->config.recheck && !loop->ending ? ledger_ends_due(loop->ledger) : INT64_MAX;
}

int ends_answer(struct loop *loop, const struct ledger_ask *ask, const char *answer, const char *by,
                const char *note, struct soar_err *err)
{
    const struct ledger_row *row = ask->row ? ledger_row(loop->ledger, ask->row) : NULL;
    const struct ledger_holder *holder = holder_of(row, ask->holder ? ask->holder : "");

    if (!holder)
        return soar_err_set(err, SOAR_INVALID, "%s: nobody holds it any more", ask->id);
    if (strcmp(answer, "yes") == 0)
        return release(loop, row, holder->run, by, note, err);
    extend(loop, row, holder->run, by, note);
    return 0;
}
