/* Batches: what one turn decided becomes durable together, events and rows of the views in one transaction.
 *
 * The fold is ahead of the disk: an event is applied when it is decided. So nothing is ever folded back; a
 * batch that can't be written waits in the store, and if the store gives up, the process ends and starts from
 * what is on disk. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/loop/loop_parts.h"
#include "engine/loop/views.h"

struct open_batch *batch_open(struct loop *loop)
{
    if (loop->open)
        return loop->open;
    struct open_batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        abort();
    batch->loop = loop;
    batch->seq = loop->next_seq;
    batch->arena = arena_new();
    loop->open = batch;
    return batch;
}

struct arena *batch_arena(struct loop *loop)
{
    return batch_open(loop)->arena;
}

void batch_event(struct loop *loop, const struct event *event)
{
    struct open_batch *batch = batch_open(loop);

    batch->events = arena_grow(batch->arena, batch->events, batch->event_count, &batch->event_size,
                               sizeof *batch->events);
    event_write(batch->arena, event, &batch->events[batch->event_count++]);
}

static int compare_digests(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void keep(void *node)
{
    (void)node; /* the loop's arena has it */
}

void batch_texts_free(struct loop *loop)
{
    tdestroy(loop->texts, keep);
}

/* What a batch of this life has brought is in the store before any later batch is. */
void batch_text(struct loop *loop, const char *digest, const char *kind, const char *name, const char *origin,
                const char *body)
{
    struct open_batch *batch = batch_open(loop);

    if (tfind(digest, &loop->texts, compare_digests))
        return;
    if (!tsearch(arena_string(loop->arena, digest), &loop->texts, compare_digests))
        abort();
    batch->texts =
        arena_grow(batch->arena, batch->texts, batch->text_count, &batch->text_size, sizeof *batch->texts);
    batch->texts[batch->text_count++] =
        (struct soar_text){.digest = digest, .kind = kind, .name = name, .origin = origin, .body = body};
}

void batch_alert(struct loop *loop, const struct soar_alert *alert)
{
    struct open_batch *batch = batch_open(loop);

    batch->alerts = arena_grow(batch->arena, batch->alerts, batch->alert_count, &batch->alert_size,
                               sizeof *batch->alerts);
    batch->alerts[batch->alert_count++] = *alert;
}

/* A turn may decide more than one batch may hold: what is full is sent off, and the next one follows it. */
void batch_reserve(struct loop *loop, size_t events)
{
    if (batch_open(loop)->event_count + events > LIMIT_BATCH_EVENTS)
        batch_close(loop);
}

/* Who must know of an event that was applied. */
static void tell(struct loop *loop, const struct run *run, struct event *event)
{
    ledger_apply(loop->ledger, event);
    counts_event(loop, event);
    ends_heard(loop, event);
    if (loop_breaks(loop, "no-intent") && event->kind == EVENT_CALL_INTENDED)
        event->kind = EVENT_NOTE;
    batch_event(loop, event);
    if (loop->config.watch && loop->config.watch->event)
        loop->config.watch->event(loop->config.watch->arg, run, event);
}

void loop_emit(struct loop *loop, struct live *live, const struct effect *effect)
{
    struct run *run = live ? live->run : NULL;

    batch_reserve(loop, 1);
    struct event event = {
        .n = run ? run->n + 1 : loop->engine_n + 1,
        .at_ms = loop_now(loop),
        .kind = effect->event,
        .run = run ? run->id : "-",
        .step = arena_string(batch_arena(loop), effect->step ? effect->step : ""),
        .item = arena_string(batch_arena(loop), effect->item ? effect->item : ""),
        .target = arena_string(batch_arena(loop), effect->target ? effect->target : ""),
        .body = effect->body,
    };

    if (run) {
        run_apply(run, &event);
        live_wake(loop, live);
        if (live->looks)
            return; /* nobody hears of a look: what it finds is told, if it is news */
        live_changed(loop, live);
    } else {
        loop->engine_n = event.n;
        loop->engine_changed = true;
    }
    tell(loop, run, &event);
}

/* On the engine's thread, in the order of submission. */
static void batch_done(void *arg, const struct soar_err *err)
{
    struct open_batch *batch = arg;
    struct loop *loop = batch->loop;

    if (err->class == SOAR_DONE) {
        loop->durable_seq = batch->seq;
    } else if (!loop->failed) {
        loop->failed = true;
        loop->failure = *err;
    }
    for (struct open_batch **at = &loop->submitted; *at; at = &(*at)->next)
        if (*at == batch) {
            *at = batch->next;
            break;
        }
    arena_free(batch->arena);
    free(batch);
}

static void queue_submitted(struct loop *loop, struct open_batch *batch)
{
    struct open_batch **end = &loop->submitted;

    while (*end)
        end = &(*end)->next;
    *end = batch;
}

static bool is_empty(const struct open_batch *batch)
{
    return !batch->loop->engine_changed && batch->event_count == 0 && batch->text_count == 0 &&
           batch->alert_count == 0;
}

void batch_mark(struct loop *loop)
{
    batch_open(loop);
    loop->engine_changed = true;
}

int64_t batch_so_far(const struct loop *loop)
{
    return loop->open && !is_empty(loop->open) ? loop->open->seq : loop->next_seq - 1;
}

static void add_rows(struct loop *loop, struct view_rows *rows)
{
    struct live *live;

    while ((live = lives_next_changed(loop)))
        views_run(rows, live->run);
    views_ledger(rows, loop->ledger);
    if (loop->engine_changed)
        views_engine(rows, loop->engine_n, &loop->clock);
    loop->engine_changed = false;
}

void batch_close(struct loop *loop)
{
    struct open_batch *batch = loop->open;
    struct view_rows rows;
    struct soar_err err = {0};

    if (!batch)
        return;
    loop->open = NULL;
    if (is_empty(batch)) {
        arena_free(batch->arena);
        free(batch);
        return;
    }
    loop->next_seq++;
    loop->counts.batches++;
    views_begin(&rows, batch->arena);
    add_rows(loop, &rows);
    batch->batch = (struct soar_batch){.events = batch->events,
                                       .event_count = batch->event_count,
                                       .rows = rows.rows,
                                       .row_count = rows.count,
                                       .alerts = batch->alerts,
                                       .alert_count = batch->alert_count,
                                       .texts = batch->texts,
                                       .text_count = batch->text_count,
                                       .done = batch_done,
                                       .arg = batch};
    queue_submitted(loop, batch);
    if (loop->config.store->ops->submit(loop->config.store, &batch->batch, &err)) {
        loop->failed = true;
        loop->failure = err;
    }
}
