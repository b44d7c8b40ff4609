/* The loop's life and its turn: events in, decide, effects out.
 * Nothing here waits: loop_drive() (drive.c) and the simulator do that, each in its own time. */
#include "engine/loop/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

enum { ROUNDS_MAX = 10000 }; /* of one turn: a run that never comes to rest is a bug of ours */

struct loop *loop_new(const struct loop_config *config)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        abort();
    loop->config = *config;
    loop->arena = arena_new();
    loop->ledger = ledger_new();
    loop->next_seq = 1;
    loop->next_call = 1;
    loop->ends_moved = true; /* who knows where the last life stopped */
    TAILQ_INIT(&loop->waiting);
    TAILQ_INIT(&loop->out);
    TAILQ_INIT(&loop->collectings);
    TAILQ_INIT(&loop->vault.reads);
    calls_listen(loop);
    return loop;
}

static void free_batches(struct open_batch *batch)
{
    while (batch) {
        struct open_batch *next = batch->next;

        arena_free(batch->arena);
        free(batch);
        batch = next;
    }
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    waiters_tell(loop, &(struct soar_err){.class = SOAR_PERMANENT, .text = "the engine has ended"});
    calls_forget(loop);
    free_batches(loop->open);
    free_batches(loop->submitted);
    lives_free(loop);
    batch_texts_free(loop);
    rechecks_free(loop);
    ledger_free(loop->ledger);
    arena_free(loop->arena);
    free(loop);
}

bool loop_breaks(const struct loop *loop, const char *how)
{
    return loop->config.breakage && strcmp(loop->config.breakage, how) == 0;
}

int64_t loop_now(const struct loop *loop)
{
    return clock_now_ms(&loop->clock);
}

/* Asks one run until it has nothing more to say. */
static bool settle_run(struct loop *loop, struct live *live)
{
    bool moved = false;

    for (int round = 0; live->run->state != RUN_ENDED; round++) {
        struct effect_list effects = {.arena = batch_arena(loop)};

        assert(round < ROUNDS_MAX && "a run does not come to rest");
        live->dirty = false;
        run_next(live->run, loop_now(loop), &effects);
        if (effects.count == 0 && !live->dirty)
            break;
        if (!effects_perform(loop, live, &effects) && loop->ending)
            break;
        moved = true;
    }
    live_rests(loop, live);
    return moved;
}

static bool hand_out_locks(struct loop *loop)
{
    struct run_task *task;
    bool moved = false;

    while ((task = ledger_granted(loop->ledger, loop_now(loop)))) {
        effects_grant(loop, task);
        moved = true;
    }
    return moved;
}

bool loop_stalled(const struct loop *loop)
{
    struct soar_err why;
    int64_t for_ms;

    return loop->config.store->ops->stalled &&
           loop->config.store->ops->stalled(loop->config.store, &why, &for_ms);
}

static bool move_runs(struct loop *loop)
{
    bool moved = false;

    for (bool again = true; again; moved = moved || again) {
        struct live *live;

        again = !loop->ending && hand_out_locks(loop);
        while ((live = lives_next(loop)))
            again = settle_run(loop, live) || again;
    }
    return moved;
}

bool loop_turn(struct loop *loop)
{
    bool moved = false;

    if (!loop->failed)
        loop->config.store->ops->deliver(loop->config.store);
    waiters_tell(loop, loop->failed ? &loop->failure : NULL);
    if (loop->failed || loop->config.idle)
        return false;
    lives_forget(loop);
    if (!loop_stalled(loop)) { /* no new effect while the journal can't be written */
        pauses_end(loop);
        moved = ends_turn(loop);
        moved = evidence_turn(loop) || moved;
        moved = rechecks_turn(loop) || moved;
        moved = move_runs(loop) || moved;
        tend(loop);
    }
    batch_close(loop);
    return calls_release(loop) || moved; /* a refusal is an answer: its run goes on in the next turn */
}

void loop_wind_down(struct loop *loop)
{
    loop->ending = true;
}

bool loop_quiet(const struct loop *loop)
{
    return TAILQ_EMPTY(&loop->out) && !loop->submitted && evidence_quiet(loop);
}

int64_t loop_due(const struct loop *loop)
{
    const int64_t times[] = {ledger_lock_due(loop->ledger),
                             lives_due(loop),
                             tend_due(loop),
                             ends_due(loop),
                             rechecks_due(loop),
                             evidence_due(loop),
                             loop->pause_ends_ms};
    int64_t due_ms = waiters_ready(loop) ? loop_now(loop) : INT64_MAX;

    if (loop_stalled(loop))
        return due_ms; /* nothing is done before the store speaks */
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < due_ms)
            due_ms = times[i];
    return due_ms;
}

bool loop_waits_for_store(const struct loop *loop)
{
    return loop->submitted != NULL;
}

bool loop_settled(const struct loop *loop)
{
    return !loop->submitted && calls_idle(loop) && evidence_idle(loop) && !loop->waiters &&
           loop->restless == 0;
}

bool loop_failed(const struct loop *loop, struct soar_err *ret_err)
{
    if (loop->failed && ret_err)
        *ret_err = loop->failure;
    return loop->failed;
}

size_t loop_run_count(const struct loop *loop)
{
    return loop->live_count;
}

struct run *loop_run_at(const struct loop *loop, size_t index)
{
    return index < loop->live_count ? loop->lives[index]->run : NULL;
}

struct run *loop_run_find(const struct loop *loop, const char *id)
{
    struct live *live = lives_find(loop, id);

    return live ? live->run : NULL;
}

struct ledger *loop_ledger(const struct loop *loop)
{
    return loop->ledger;
}

bool loop_run_parked(const struct loop *loop, const struct run *run)
{
    const struct live *live = loop_live_of(loop, run);

    return live && live->parked;
}
