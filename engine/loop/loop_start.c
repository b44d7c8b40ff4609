/* Starting is recovering: the ledger from its rows, each run that hasn't ended from its events.
 *
 * A call that was intended and never answered is answered `unknown`, as if its worker had been killed; what
 * it collected is salvaged. That is all: what comes next is decided by run_next(), as on any other day. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/loop/loop_parts.h"

struct loading {
    struct loop *loop;
    struct soar_err err;
    bool failed;
    struct clock_mark mark;
    struct arena *arena;
    size_t id_count, id_size;
    const char **ids;
};

static int load_row(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;

    loading->failed = ledger_load(loading->loop->ledger, row, &loading->err) != 0;
    return loading->failed;
}

static int load_mark(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;
    struct value body;

    if (json_parse(loading->arena, row->body, strlen(row->body), &body, &loading->err))
        return loading->failed = true;
    loading->loop->engine_n = value_get_int(&body, "n", 0);
    loading->mark.at_ms = row->at_ms;
    loading->mark.boot_id = value_get_string(&body, "boot", "");
    loading->mark.boot_ms = value_get_int(&body, "boot_ms", 0);
    loading->mark.ahead_ms = value_get_int(&body, "ahead_ms", 0);
    return 0;
}

static int note_id(void *arg, const struct soar_row *row)
{
    struct loading *loading = arg;

    loading->ids =
        arena_grow(loading->arena, loading->ids, loading->id_count, &loading->id_size, sizeof *loading->ids);
    loading->ids[loading->id_count++] = arena_string(loading->arena, row->key);
    return 0;
}

static int read_rows(struct loading *loading, const struct soar_query *query, soar_row_fn fn,
                     struct soar_err *err)
{
    struct soar_store *store = loading->loop->config.store;

    if (store->ops->rows(store, query, fn, loading, err))
        return -1;
    if (loading->failed && err)
        *err = loading->err;
    return loading->failed ? -1 : 0;
}

static int load_ledger(struct loading *loading, struct soar_err *err)
{
    static const enum soar_view views[] = {SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER, SOAR_VIEW_ASK,
                                           SOAR_VIEW_SPEND,       SOAR_VIEW_DEDUP,  SOAR_VIEW_TIMER,
                                           SOAR_VIEW_EVIDENCE};
    struct soar_head head = {0};

    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (read_rows(loading, &(struct soar_query){.view = views[i]}, load_row, err))
            return -1;
    loading->mark.boot_id = "";
    if (read_rows(loading, &(struct soar_query){.view = SOAR_VIEW_RUN, .key = "-"}, load_mark, err) ||
        loading->loop->config.store->ops->head(loading->loop->config.store, &head, err))
        return -1;
    loading->mark.last_event_ms = head.at_ms;
    return 0;
}

/* A run that can't be folded is left out and told: the others must not wait for somebody to mend it. */
static int load_run(struct loop *loop, const char *id, struct soar_err *err)
{
    struct soar_err why = {0};
    struct run *run = NULL;
    bool is_broken = false;

    if (loop_load_run(loop, id, &run, &is_broken, &why) == 0) {
        loop_adopt(loop, run, loop->config.park);
        return 0;
    }
    if (!is_broken) {
        if (err)
            *err = why;
        return -1;
    }
    struct broken_run *broken = arena_alloc(loop->arena, sizeof *broken);

    *broken = (struct broken_run){.id = id, .why = arena_string(loop->arena, why.text), .next = loop->broken};
    loop->broken = broken;
    if (!loop->config.idle)
        log_error("left out: %s", why.text);
    return 0;
}

static int load_runs(struct loading *loading, struct soar_err *err)
{
    static const enum run_state live_states[] = {RUN_RUNNING, RUN_CANCELLING, RUN_ROLLING_BACK};

    for (size_t i = 0; i < sizeof live_states / sizeof *live_states; i++)
        if (read_rows(loading,
                      &(struct soar_query){.view = SOAR_VIEW_RUN, .state = run_state_name(live_states[i])},
                      note_id, err))
            return -1;
    for (size_t i = 0; i < loading->id_count; i++)
        if (load_run(loading->loop, arena_string(loading->loop->arena, loading->ids[i]), err))
            return -1;
    return 0;
}

/* Away since the last mark, or since the last event. */
static void note_life(struct loop *loop, const struct clock_mark *mark)
{
    int64_t last_ms = mark->at_ms > mark->last_event_ms ? mark->at_ms : mark->last_event_ms;

    loop->counts.started_ms = loop_now(loop);
    loop->counts.away_ms = last_ms ? loop_now(loop) - last_ms : 0;
}

static void note_start(struct loop *loop)
{
    struct arena *arena = batch_arena(loop);
    const struct world *world = loop->config.world;
    struct effect started = {.kind = EFFECT_EVENT, .event = EVENT_ENGINE_STARTED};
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "version", value_static(SOAR_VERSION));
    value_put_text(&body, "boot", value_text(arena, world->boot_id(world->arg)));
    value_put_text(&body, "boot_ms", value_int(world->boot_ms(world->arg)));
    value_put_text(&body, "wall", value_int(world->wall_ms(world->arg)));
    value_put_text(&body, "away_ms", value_int(loop->counts.away_ms));
    site_digests(loop, arena, &body);
    started.body = value_end_map(&body);
    loop_emit(loop, NULL, &started);
}

enum { CLOCK_SET_MS = 1000 }; /* further apart than when it was last noted: somebody set the wall clock */

/* The wall clock is what people read: how far it is from the journal's own is noted when that changes. */
static void note_clock(struct loop *loop)
{
    int64_t ahead_ms = clock_ahead_ms(&loop->clock);
    int64_t moved_ms = ahead_ms - loop->clock.ahead_ms;
    struct effect set = {.kind = EFFECT_EVENT, .event = EVENT_CLOCK_SET};
    struct value_builder body;

    if (moved_ms <= CLOCK_SET_MS && moved_ms >= -CLOCK_SET_MS)
        return;
    value_build(&body, batch_arena(loop));
    value_put_text(&body, "before", value_int(loop_now(loop) - loop->clock.ahead_ms));
    value_put_text(&body, "after", value_int(loop_now(loop) - ahead_ms));
    value_put_text(&body, "ahead_ms", value_int(ahead_ms));
    set.body = value_end_map(&body);
    loop_emit(loop, NULL, &set);
    loop->clock.ahead_ms = ahead_ms;
}

/* A batch of many may end between an answer and those it frees. */
static void free_answered(struct loop *loop, struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];
        const struct ledger_ask *ask = task->ask ? ledger_ask_find(loop->ledger, task->ask) : NULL;

        if (task->state == TASK_HELD && !(ask && ask->open))
            loop_free_task(loop, live, task, ask && ask->result ? ask->result : "void", ask ? ask->by : "",
                           ask ? ask->note : "");
    }
}

static void answer_open_calls(struct loop *loop, struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];
        struct effect unknown;

        if (!task->open_position)
            continue;
        run_event_unknown(task, "soar ended before the answer came", &unknown, batch_arena(loop));
        loop_emit(loop, live, &unknown);
    }
}

/* What may still act on a target keeps it for its own task, as its lock did before. */
static void keep_locks(struct loop *loop, const struct live *live)
{
    for (size_t i = 0; i < live->run->task_count; i++) {
        struct run_task *task = live->run->tasks[i];

        if (task->lost_until_ms <= loop_now(loop) || !task->pack)
            continue;
        ledger_lock(loop->ledger, run_task_row(task), task->pack->lock, task, loop_now(loop));
        ledger_unlock(loop->ledger, task, task->lost_until_ms);
    }
}

int loop_start(struct loop *loop, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct loading loading = {.loop = loop, .arena = arena};

    if (load_ledger(&loading, err))
        return -1;
    clock_begin(&loop->clock, loop->config.world, &loading.mark);
    note_life(loop, &loading.mark);
    if (load_runs(&loading, err))
        return -1;
    if (loop->config.idle)
        return 0;
    note_start(loop);
    note_clock(loop);
    for (size_t i = 0; i < loop->live_count; i++) {
        struct live *live = loop->lives[i];

        loop->counts.resumed += !live->parked;
        answer_open_calls(loop, live);
        if (!live->parked)
            evidence_salvage(loop, live);
        free_answered(loop, live);
        keep_locks(loop, live);
        loop_bar(loop, live->run);
    }
    batch_close(loop);
    loop->started = true;
    return 0;
}

void loop_stop(struct loop *loop)
{
    struct effect stopped = {.kind = EFFECT_EVENT, .event = EVENT_ENGINE_STOPPED};
    const struct world *world = loop->config.world;
    struct value_builder body;

    if (!loop->started || loop->failed)
        return;
    value_build(&body, batch_arena(loop));
    value_put_text(&body, "version", value_static(SOAR_VERSION));
    value_put_text(&body, "boot", value_text(batch_arena(loop), world->boot_id(world->arg)));
    value_put_text(&body, "boot_ms", value_int(world->boot_ms(world->arg)));
    value_put_text(&body, "wall", value_int(world->wall_ms(world->arg)));
    stopped.body = value_end_map(&body);
    loop_emit(loop, NULL, &stopped);
    batch_close(loop);
    loop->started = false;
}

const char *loop_broken(const struct loop *loop, const char *id)
{
    for (const struct broken_run *broken = loop->broken; broken; broken = broken->next)
        if (strcmp(broken->id, id) == 0)
            return broken->why;
    return NULL;
}
