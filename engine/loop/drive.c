/* The loop in real time, on libevent: sleeps until the store, a worker or the clock has something to say. */
#include "engine/loop/drive.h"

#include <event2/event.h>
#include <stdint.h>

#include "engine/loop/loop.h"
#include "engine/loop/loop_parts.h"

enum { SLEEP_MAX_MS = 1000 }; /* a stop flag set between two looks is seen this late at most */

static void wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static void sleep_until(struct loop *loop, struct event_base *base, struct event *timer)
{
    int64_t due_ms = loop_due(loop);
    int64_t left_ms = due_ms == INT64_MAX ? SLEEP_MAX_MS : due_ms - loop_now(loop);

    if (left_ms < 0)
        left_ms = 0;
    if (left_ms > SLEEP_MAX_MS)
        left_ms = SLEEP_MAX_MS;
    struct timeval wait = {.tv_sec = left_ms / 1000, .tv_usec = left_ms % 1000 * 1000};

    evtimer_add(timer, &wait);
    event_base_loop(base, EVLOOP_ONCE);
    evtimer_del(timer);
}

int loop_drive(struct loop *loop, struct event_base *base, bool (*done)(void *arg), void *arg,
               const volatile int *stop)
{
    struct soar_store *store = loop->config.store;
    int fd = store->ops->descriptor(store);
    struct event *timer = evtimer_new(base, wake, base);
    struct event *durable = fd >= 0 ? event_new(base, fd, EV_READ | EV_PERSIST, wake, base) : NULL;

    if (durable)
        event_add(durable, NULL);
    while (!loop_failed(loop, NULL) && !(stop && *stop)) {
        bool moved = loop_turn(loop);

        if (!moved && !loop_waits_for_store(loop) && (loop_settled(loop) || (done && done(arg))))
            break;
        if (!moved)
            sleep_until(loop, base, timer);
    }
    event_free(timer);
    if (durable)
        event_free(durable);
    return loop_failed(loop, NULL) ? -1 : 0;
}
