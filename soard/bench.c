/* A plan's loop: opened for one question, turned beside the real one, and thrown away with all it has
 * written. Its workers only read: a plan's run is never of the mode that writes. */
#include "soard/bench.h"

#include <event2/event.h>

#include "engine/loop/pool.h"
#include "engine/rehearse/memory_store.h"
#include "soard/daemon.h"
#include "soarctl/plan_store.h"

struct bench {
    struct soar_store *store;
    struct soar_caller *caller;
    struct loop *loop;
    struct event *timer; /* wakes the base; what then happens is in bench_turn() */
};

static void wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

int bench_open(struct daemon *daemon, const struct wiring *wiring, struct arena *arena,
               struct bench **ret_bench, struct soar_err *err)
{
    struct pool_options options = {.base = daemon->base, .plugins = wiring->site->plugins};
    struct bench *bench = arena_alloc(arena, sizeof *bench);

    *bench = (struct bench){.store = memory_store_new(), .timer = evtimer_new(daemon->base, wake, NULL)};
    bench->caller = pool_new(&options, err);
    if (!bench->caller || plan_store_copy(arena, daemon->store, bench->store, err)) {
        bench_close(bench);
        return -1;
    }
    bench->loop = loop_new(&(struct loop_config){.store = bench->store,
                                                 .caller = bench->caller,
                                                 .world = world_system(),
                                                 .site = wiring->site,
                                                 .policy = wiring->policy,
                                                 .shelf = wiring->shelf});
    if (loop_start(bench->loop, err)) {
        bench_close(bench);
        return -1;
    }
    *ret_bench = bench;
    return 0;
}

struct loop *bench_loop(const struct bench *bench)
{
    return bench->loop;
}

struct soar_store *bench_store(const struct bench *bench)
{
    return bench->store;
}

bool bench_turn(struct bench *bench)
{
    if (loop_turn(bench->loop))
        return true;
    int64_t due = loop_due(bench->loop);
    int64_t left = due == INT64_MAX ? -1 : due - loop_now(bench->loop);

    if (left >= 0 && bench->timer) {
        struct timeval span = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        evtimer_add(bench->timer, &span);
    }
    return false;
}

void bench_close(struct bench *bench)
{
    if (!bench)
        return;
    if (bench->timer)
        event_free(bench->timer);
    if (bench->caller)
        bench->caller->ops->free(bench->caller);
    bench->store->ops->close(bench->store);
    loop_free(bench->loop);
}
