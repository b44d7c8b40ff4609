/* The store contract in memory. A batch becomes durable in deliver(), never in submit(): what waits for
 * durability truly waits. Not for speed: lists are searched. */
#include "engine/rehearse/memory_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/rehearse/memory_disk.h"

struct memory_store {
    struct soar_store store; /* first */
    struct memory_disk *disk;
    bool owns_disk;
    struct soar_batch *queue;
    struct soar_batch **queue_end;
    long writes;
    long die_at; /* 0: never */
    enum memory_death die_when;
    bool (*fatal)(void *arg, const struct soar_event *event);
    void *fatal_arg;
    bool dead;
    size_t slow;
};

static struct memory_store *of(struct soar_store *store)
{
    return (struct memory_store *)(void *)store;
}

static int submit(struct soar_store *store, struct soar_batch *batch, struct soar_err *err)
{
    struct memory_store *memory = of(store);

    (void)err;
    batch->next = NULL;
    *memory->queue_end = batch;
    memory->queue_end = &batch->next;
    return 0;
}

static int descriptor(struct soar_store *store)
{
    (void)store;
    return -1;
}

static bool is_fatal(struct memory_store *memory, const struct soar_batch *batch)
{
    for (size_t i = 0; memory->fatal && i < batch->event_count; i++)
        if (memory->fatal(memory->fatal_arg, &batch->events[i]))
            return true;
    return false;
}

/* One batch becomes durable, or the process dies at it. */
static void commit(struct memory_store *memory, struct soar_batch *batch)
{
    struct soar_err err = {.class = SOAR_DONE};
    bool planned = memory->die_at && ++memory->writes == memory->die_at;

    if (planned && memory->die_when == DEATH_BEFORE) {
        memory->dead = true;
        return;
    }
    if (memory_disk_write(memory->disk, batch, &err) == 0 && (planned || is_fatal(memory, batch))) {
        memory->dead = true;
        return;
    }
    batch->done(batch->arg, &err);
}

static void deliver(struct soar_store *store)
{
    struct memory_store *memory = of(store);

    for (size_t i = 0; memory->queue && !memory->dead && (!memory->slow || i < memory->slow); i++) {
        struct soar_batch *batch = memory->queue;

        memory->queue = batch->next;
        if (!memory->queue)
            memory->queue_end = &memory->queue;
        commit(memory, batch);
    }
}

static bool stalled(struct soar_store *store, struct soar_err *ret_why, int64_t *ret_for_ms)
{
    (void)store;
    (void)ret_why;
    (void)ret_for_ms;
    return false;
}

static int events(struct soar_store *store, const char *run, int64_t from_n, soar_event_fn fn, void *arg,
                  struct soar_err *err)
{
    (void)err;
    memory_disk_events(of(store)->disk, run, from_n, fn, arg);
    return 0;
}

static int rows(struct soar_store *store, const struct soar_query *query, soar_row_fn fn, void *arg,
                struct soar_err *err)
{
    (void)err;
    memory_disk_rows(of(store)->disk, query, fn, arg);
    return 0;
}

static int text(struct soar_store *store, const char *digest, soar_text_fn fn, void *arg,
                struct soar_err *err)
{
    return memory_disk_text(of(store)->disk, digest, fn, arg)
               ? 0
               : soar_err_set(err, SOAR_ABSENT, "there is no text %.12s", digest ? digest : "");
}

static int alert(struct soar_store *store, const char *id, int (*fn)(void *, const struct soar_alert *),
                 void *arg, struct soar_err *err)
{
    return memory_disk_alert(of(store)->disk, id, fn, arg)
               ? 0
               : soar_err_set(err, SOAR_ABSENT, "there is no alert %s", id ? id : "");
}

static int head(struct soar_store *store, struct soar_head *ret_head, struct soar_err *err)
{
    const struct memory_disk *disk = of(store)->disk;
    size_t count = memory_disk_event_count(disk);

    (void)err;
    *ret_head = (struct soar_head){.seq = (int64_t)count};
    if (count)
        ret_head->at_ms = memory_disk_event(disk, count - 1)->at_ms;
    return 0;
}

static void close_store(struct soar_store *store)
{
    struct memory_store *memory = of(store);
    struct soar_err gone = {.class = SOAR_PERMANENT, .text = "the store was closed"};

    if (!memory->dead) {
        memory->slow = 0;
        deliver(store);
    }
    while (memory->queue) {
        struct soar_batch *batch = memory->queue;

        memory->queue = batch->next;
        batch->done(batch->arg, &gone);
    }
    if (memory->owns_disk)
        memory_disk_free(memory->disk);
    free(memory);
}

static const struct soar_store_ops operations = {
    .name = "memory",
    .submit = submit,
    .descriptor = descriptor,
    .deliver = deliver,
    .stalled = stalled,
    .events = events,
    .rows = rows,
    .text = text,
    .alert = alert,
    .head = head,
    .close = close_store,
};

struct soar_store *memory_store_open(struct memory_disk *disk)
{
    struct memory_store *memory = calloc(1, sizeof *memory);

    if (!memory)
        abort();
    memory->store.ops = &operations;
    memory->disk = disk;
    memory->queue_end = &memory->queue;
    return &memory->store;
}

struct soar_store *memory_store_new(void)
{
    struct soar_store *store = memory_store_open(memory_disk_new());

    of(store)->owns_disk = true;
    return store;
}

void memory_store_die_at(struct soar_store *store, long at, enum memory_death when)
{
    of(store)->die_at = at;
    of(store)->die_when = when;
}

void memory_store_die_when(struct soar_store *store, bool (*fatal)(void *arg, const struct soar_event *event),
                           void *arg)
{
    of(store)->fatal = fatal;
    of(store)->fatal_arg = arg;
}

bool memory_store_dead(const struct soar_store *store)
{
    return ((const struct memory_store *)(const void *)store)->dead;
}

void memory_store_kill(struct soar_store *store)
{
    of(store)->dead = true;
}

void memory_store_slow(struct soar_store *store, size_t batches)
{
    of(store)->slow = batches;
}
