/* The runs in hand: found by id, woken, timed, written, forgotten. No turn walks over all of them: who was
 * woken stands in a queue, who waits for a time in a heap, whose rows changed in a list of its own. */
#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/loop/loop_parts.h"

static void *grown(void *items, size_t count, size_t *size)
{
    if (count < *size)
        return items;
    *size = *size ? *size * 2 : 64;
    items = realloc(items, *size * sizeof(struct live *));
    if (!items)
        abort();
    return items;
}

/* Those that were taken make room for those that come: a list that is never empty doesn't grow for ever. */
static void list_add(struct live_list *list, struct live *live)
{
    if (list->count == list->size && list->head > list->size / 2) {
        list->count -= list->head;
        memmove(list->items, list->items + list->head, list->count * sizeof(struct live *));
        list->head = 0;
    }
    list->items = grown(list->items, list->count, &list->size);
    list->items[list->count++] = live;
}

/* From the front, past those that were dropped meanwhile; NULL: it is empty. */
static struct live *list_first(struct live_list *list)
{
    while (list->head < list->count && !list->items[list->head])
        list->head++;
    if (list->head < list->count)
        return list->items[list->head];
    list->head = list->count = 0;
    return NULL;
}

static struct live *list_take(struct live_list *list)
{
    struct live *live = list_first(list);

    if (live)
        list->head++;
    return live;
}

static void list_ended(struct loop *loop, struct live *live)
{
    if (!live->leaving)
        list_add(&loop->ended, live);
    live->leaving = true;
}

static void list_drop(struct live_list *list, const struct live *live)
{
    for (size_t i = list->head; i < list->count; i++)
        if (list->items[i] == live)
            list->items[i] = NULL;
}

/* ---- by time
 * ----------------------------------------------------------------------------------------------- */

static bool is_sooner(const struct live *a, const struct live *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->serial < b->serial;
}

static void heap_put(struct live_list *heap, size_t at, struct live *live)
{
    heap->items[at] = live;
    live->heap_at = at + 1;
}

static void heap_rise(struct live_list *heap, size_t at)
{
    struct live *live = heap->items[at];

    for (; at > 0 && is_sooner(live, heap->items[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(heap, at, heap->items[(at - 1) / 2]);
    heap_put(heap, at, live);
}

static void heap_sink(struct live_list *heap, size_t at)
{
    struct live *live = heap->items[at];

    for (size_t child; (child = 2 * at + 1) < heap->count; at = child) {
        if (child + 1 < heap->count && is_sooner(heap->items[child + 1], heap->items[child]))
            child++;
        if (!is_sooner(heap->items[child], live))
            break;
        heap_put(heap, at, heap->items[child]);
    }
    heap_put(heap, at, live);
}

static void heap_remove(struct live_list *heap, struct live *live)
{
    size_t at = live->heap_at - 1;
    struct live *last = heap->items[--heap->count];

    live->heap_at = 0;
    if (last == live)
        return;
    heap_put(heap, at, last);
    heap_rise(heap, at);
    heap_sink(heap, last->heap_at - 1);
}

static void set_due(struct loop *loop, struct live *live, int64_t due_ms)
{
    if (live->heap_at)
        heap_remove(&loop->timed, live);
    live->due_ms = due_ms;
    if (due_ms == INT64_MAX)
        return;
    list_add(&loop->timed, live);
    heap_rise(&loop->timed, loop->timed.count - 1);
}

int64_t lives_due(const struct loop *loop)
{
    return loop->timed.count ? loop->timed.items[0]->due_ms : INT64_MAX;
}

/* ---- by id
 * ------------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct live *)a)->run->id, ((const struct live *)b)->run->id);
}

struct live *lives_find(const struct loop *loop, const char *id)
{
    struct run run = {.id = id};
    struct live wanted = {.run = &run};
    void *node = tfind(&wanted, &loop->lives_by_id, compare_ids);

    return node ? *(struct live **)node : NULL;
}

struct live *loop_live_of(const struct loop *loop, const struct run *run)
{
    struct live *live = lives_find(loop, run->id);

    return live && live->run == run ? live : NULL;
}

/* ---- what moves
 * -------------------------------------------------------------------------------------------- */

static void count_restless(struct loop *loop, struct live *live)
{
    bool restless =
        live->run->state != RUN_ENDED && !live->parked && (live->dirty || !run_waits_for_person(live->run));

    loop->restless += (size_t)restless - (size_t)live->restless;
    live->restless = restless;
}

void live_wake(struct loop *loop, struct live *live)
{
    live->dirty = true;
    if (live->parked || live->run->state == RUN_ENDED)
        return;
    if (!live->queued)
        list_add(&loop->woken, live);
    live->queued = true;
    if (!live->restless)
        count_restless(loop, live);
}

void live_unpark(struct loop *loop, struct live *live)
{
    if (live->parked)
        evidence_salvage(loop, live);
    live->parked = false;
    live_wake(loop, live);
}

struct live *lives_next(struct loop *loop)
{
    int64_t now_ms = loop_now(loop);
    struct live *live;

    while (loop->timed.count && loop->timed.items[0]->due_ms <= now_ms) {
        live = loop->timed.items[0];
        heap_remove(&loop->timed, live);
        if (live->run->state == RUN_ENDED)
            list_ended(loop, live); /* a lost call of it may act no more */
        else
            live_wake(loop, live);
    }
    while ((live = list_take(&loop->woken))) {
        live->queued = false;
        if (live->dirty && live->run->state != RUN_ENDED)
            return live;
    }
    return NULL;
}

void live_rests(struct loop *loop, struct live *live)
{
    bool ended = live->run->state == RUN_ENDED || (live->looks && look_is_over(live));

    set_due(loop, live, ended || live->parked ? INT64_MAX : run_due(live->run));
    count_restless(loop, live);
    if (ended && live->looks)
        rechecks_looked(loop, live);
    if (ended) {
        live->end_seq = batch_so_far(loop);
        list_ended(loop, live);
    }
}

void live_changed(struct loop *loop, struct live *live)
{
    if (!live->changed)
        list_add(&loop->changed, live);
    live->changed = true;
}

struct live *lives_next_changed(struct loop *loop)
{
    struct live *live = list_take(&loop->changed);

    if (live)
        live->changed = false;
    return live;
}

/* ---- coming and going
 * -------------------------------------------------------------------------------------- */

static struct live *make(struct loop *loop, struct run *run)
{
    struct live *live = calloc(1, sizeof *live);

    if (!live)
        abort();
    *live = (struct live){.run = run, .serial = ++loop->next_serial, .dirty = true, .due_ms = INT64_MAX};
    if (!tsearch(live, &loop->lives_by_id, compare_ids))
        abort();
    return live;
}

struct live *lives_adopt_look(struct loop *loop, struct run *run)
{
    struct live *live = make(loop, run);

    live->looks = true;
    loop->looks.items = grown(loop->looks.items, loop->looks.count, &loop->looks.size);
    loop->looks.items[loop->looks.count++] = live;
    live_wake(loop, live);
    return live;
}

struct live *loop_adopt(struct loop *loop, struct run *run, bool parked)
{
    struct live *live = make(loop, run);

    live->parked = parked;
    loop->lives = grown(loop->lives, loop->live_count, &loop->live_size);
    loop->lives[loop->live_count++] = live;
    if (run->state == RUN_ENDED) /* brought back to be looked at */
        list_ended(loop, live);
    else
        live_wake(loop, live);
    return live;
}

static size_t place_of(const struct loop *loop, const struct live *live)
{
    size_t from = 0;

    for (size_t to = loop->live_count; from + 1 < to;) {
        size_t middle = from + (to - from) / 2;

        if (loop->lives[middle]->serial <= live->serial)
            from = middle;
        else
            to = middle;
    }
    assert(loop->lives[from] == live);
    return from;
}

static void leave_runs(struct loop *loop, const struct live *live)
{
    size_t at = place_of(loop, live);

    memmove(loop->lives + at, loop->lives + at + 1, (loop->live_count - at - 1) * sizeof *loop->lives);
    loop->live_count--;
}

static void leave_looks(struct loop *loop, const struct live *live)
{
    struct live_list *looks = &loop->looks;
    size_t at = 0;

    while (looks->items[at] != live)
        at++;
    looks->items[at] = looks->items[--looks->count];
}

void live_drop(struct loop *loop, struct live *live)
{
    assert(live->holds == 0 && "a run is dropped that somebody holds");
    if (live->heap_at)
        heap_remove(&loop->timed, live);
    if (live->queued)
        list_drop(&loop->woken, live);
    if (live->changed)
        list_drop(&loop->changed, live);
    if (live->leaving)
        list_drop(&loop->ended, live);
    loop->restless -= live->restless;
    tdelete(live, &loop->lives_by_id, compare_ids);
    if (live->looks)
        leave_looks(loop, live);
    else
        leave_runs(loop, live);
    for (size_t i = 0; i < live->run->task_count; i++)
        calls_close(loop, live->run->tasks[i]);
    run_free(live->run);
    free(live);
}

/* A lost call of it may still act on a target: until then the target's lock is kept in its task's name. */
static int64_t lost_until(const struct run *run)
{
    int64_t until_ms = 0;

    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->lost_until_ms > until_ms)
            until_ms = run->tasks[i]->lost_until_ms;
    return until_ms;
}

void lives_forget(struct loop *loop)
{
    struct live *live;

    while ((live = list_first(&loop->ended)) && live->end_seq <= loop->durable_seq) {
        int64_t lost_ms = lost_until(live->run);

        list_take(&loop->ended)->leaving = false;
        if (live->holds || !(loop->config.forget || live->looks))
            continue; /* comes back when it is let go */
        if (lost_ms > loop_now(loop))
            set_due(loop, live, lost_ms);
        else
            live_drop(loop, live);
    }
}

void live_hold(struct live *live)
{
    live->holds++;
}

void live_let_go(struct loop *loop, struct live *live)
{
    assert(live->holds > 0);
    if (--live->holds == 0 && (live->run->state == RUN_ENDED || live->looked))
        list_ended(loop, live);
}

void loop_run_hold(struct loop *loop, const struct run *run)
{
    struct live *live = loop_live_of(loop, run);

    if (live)
        live_hold(live);
}

void loop_run_let_go(struct loop *loop, const struct run *run)
{
    struct live *live = loop_live_of(loop, run);

    if (live)
        live_let_go(loop, live);
}

static void keep(void *node)
{
    (void)node; /* freed with the list */
}

void lives_free(struct loop *loop)
{
    tdestroy(loop->lives_by_id, keep);
    for (size_t i = 0; i < loop->live_count; i++) {
        run_free(loop->lives[i]->run);
        free(loop->lives[i]);
    }
    free(loop->lives);
    for (size_t i = 0; i < loop->looks.count; i++) {
        run_free(loop->looks.items[i]->run);
        free(loop->looks.items[i]);
    }
    free(loop->looks.items);
    free(loop->woken.items);
    free(loop->timed.items);
    free(loop->changed.items);
    free(loop->ended.items);
}
