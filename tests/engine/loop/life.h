/* Lives of an engine on one disk, led by hand: begun, driven till it rests, ended, begun again. Between two
 * lives a test may write to the disk what another version, or another place to die, would have left there. */
#ifndef TESTS_LOOP_LIFE_H
#define TESTS_LOOP_LIFE_H

#include "tests/engine/run/story.h"

struct life {
    struct story *story; /* its site, policy, packs and world; its rehearsal is not used */
    struct memory_disk *disk;
    struct soar_store *store;
    struct soar_caller *caller;
    struct loop *loop;
    struct world world;
    int64_t wall_off_ms; /* how far somebody has set the wall clock */
    const char *boot_id;
    bool park;
    bool forget;
    bool recheck;
};

static inline int64_t life_wall(void *arg)
{
    struct life *life = arg;

    return fake_world_now(life->story->stage.world) + life->wall_off_ms;
}

static inline int64_t life_boot(void *arg)
{
    return fake_world_now(((struct life *)arg)->story->stage.world);
}

static inline const char *life_boot_id(void *arg)
{
    return ((struct life *)arg)->boot_id;
}

static inline void life_random(void *arg, void *ret_bytes, size_t len)
{
    const struct world *world = fake_world_clock(((struct life *)arg)->story->stage.world);

    world->random(world->arg, ret_bytes, len);
}

static inline void life_init(struct life *life, struct story *story)
{
    *life = (struct life){.story = story, .disk = memory_disk_new(), .boot_id = "first"};
    life->world = (struct world){life_wall, life_boot, life_boot_id, life_random, life};
}

static inline void life_rest(struct life *life)
{
    struct fake_world *world = life->story->stage.world;

    for (int steps = 0; steps < 20000; steps++) {
        bool moved = loop_turn(life->loop);

        assert_false(loop_failed(life->loop, NULL));
        if (moved || loop_waits_for_store(life->loop))
            continue;
        if (loop_settled(life->loop))
            return;
        int64_t due =
            loop_due(life->loop) < fake_world_due(world) ? loop_due(life->loop) : fake_world_due(world);

        assert_true(due != INT64_MAX);
        fake_world_advance(world, due > fake_world_now(world) ? due : fake_world_now(world));
    }
    fail_msg("it never came to rest");
}

/* A while in which nothing is asked of it; it goes on with what is due. */
static inline void life_pass(struct life *life, int64_t ms)
{
    struct fake_world *world = life->story->stage.world;
    int64_t until_ms = fake_world_now(world) + ms;

    for (int steps = 0; steps < 100000; steps++) {
        bool moved = loop_turn(life->loop);

        assert_false(loop_failed(life->loop, NULL));
        if (moved || loop_waits_for_store(life->loop))
            continue;
        int64_t due =
            loop_due(life->loop) < fake_world_due(world) ? loop_due(life->loop) : fake_world_due(world);

        if (due > until_ms) {
            fake_world_advance(world, until_ms);
            return;
        }
        fake_world_advance(world, due > fake_world_now(world) ? due : fake_world_now(world));
    }
    fail_msg("it never came to rest");
}

static inline void life_begin(struct life *life)
{
    const struct stage *stage = &life->story->stage;

    life->store = memory_store_open(life->disk);
    life->caller = fake_world_caller(stage->world);
    life->loop = loop_new(&(struct loop_config){.store = life->store,
                                                .caller = life->caller,
                                                .world = &life->world,
                                                .site = &stage->site,
                                                .policy = stage->policy,
                                                .shelf = stage->shelf,
                                                .state = "/rehearsal",
                                                .forget = life->forget,
                                                .recheck = life->recheck,
                                                .park = life->park});
    if (loop_start(life->loop, &life->story->err))
        fail_msg("%s", life->story->err.text);
}

/* As a process ends: whatever is in memory is gone. */
static inline void life_end(struct life *life)
{
    fake_world_kill(life->story->stage.world);
    life->caller->ops->free(life->caller);
    life->store->ops->close(life->store);
    loop_free(life->loop);
    life->loop = NULL;
}

static inline void life_done(struct life *life)
{
    if (life->loop)
        life_end(life);
    memory_disk_free(life->disk);
}

static inline struct run *life_request(struct life *life, const char *playbook, const char *alert_json)
{
    struct stage *stage = &life->story->stage;
    struct value *alert = arena_alloc(stage->arena, sizeof *alert);
    struct run *run = NULL;

    *alert = stage_alert(stage, alert_json);
    if (loop_request(
            life->loop,
            &(struct loop_request){.playbook = stage_playbook(stage, playbook), .alert = alert, .by = "ana"},
            &run, &life->story->err))
        fail_msg("%s", life->story->err.text);
    return run;
}

/* How many events of a kind are on the disk, of a run (NULL: any), with this in the body. */
static inline int life_events(const struct life *life, const char *run, const char *kind, const char *with)
{
    int count = 0;

    for (size_t i = 0; i < memory_disk_event_count(life->disk); i++) {
        const struct soar_event *event = memory_disk_event(life->disk, i);

        count += (!run || strcmp(event->run, run) == 0) && strcmp(event->kind, kind) == 0 &&
                 strstr(event->body, with) != NULL;
    }
    return count;
}

static inline int64_t life_last(const struct life *life, const char *run)
{
    int64_t n = 0;

    for (size_t i = 0; i < memory_disk_event_count(life->disk); i++)
        if (strcmp(memory_disk_event(life->disk, i)->run, run) == 0)
            n = memory_disk_event(life->disk, i)->n;
    return n;
}

static inline void life_durable(void *arg, const struct soar_err *err)
{
    *(enum soar_class *)arg = err->class;
}

/* Between two lives: an event and a row, as somebody else wrote them. */
static inline void life_write(struct life *life, const struct soar_event *event, const struct soar_row *row)
{
    struct soar_store *store = memory_store_open(life->disk);
    enum soar_class class = SOAR_CLASS_COUNT;
    struct soar_batch batch = {.events = event,
                               .event_count = 1,
                               .rows = row,
                               .row_count = row != NULL,
                               .done = life_durable,
                               .arg = &class};

    assert_int_equal(store->ops->submit(store, &batch, NULL), 0);
    store->ops->deliver(store);
    assert_int_equal(class, SOAR_DONE);
    store->ops->close(store);
}

#endif
