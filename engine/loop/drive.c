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

struct waits {
    struct event *timer;
    struct event *durable; /* the store has something to say */
};

static void waits_begin(struct waits *waits, struct loop *loop, struct event_base *base)
{
    struct soar_store *store = loop->config.store;
    int fd = store->ops->descriptor(store);

    waits->timer = evtimer_new(base, wake, base);
    waits->durable = fd >= 0 ? event_new(base, fd, EV_READ | EV_PERSIST, wake, base) : NULL;
    if (waits->durable)
        event_add(waits->durable, NULL);
}

static void waits_end(struct waits *waits)
{
    event_free(waits->timer);
    if (waits->durable)
        event_free(waits->durable);
}

int loop_drive(struct loop *loop, struct event_base *base, bool (*done)(void *arg), void *arg,
               const volatile int *stop)
{
    struct waits waits;

    waits_begin(&waits, loop, base);
    while (!loop_failed(loop, NULL) && !(stop && *stop)) {
        bool moved = loop_turn(loop);

        if (!moved && !loop_waits_for_store(loop) && (loop_settled(loop) || (done && done(arg))))
            break;
        if (!moved)
            sleep_until(loop, base, waits.timer);
    }
    waits_end(&waits);
    return loop_failed(loop, NULL) ? -1 : 0;
}

int loop_drive_on(struct loop *loop, struct event_base *base, bool (*turned)(void *arg), void *arg,
                  const volatile int *stop)
{
    struct waits waits;

    waits_begin(&waits, loop, base);
    while (!loop_failed(loop, NULL) && !*stop) {
        bool moved = loop_turn(loop);

        moved = turned(arg) || moved;
        if (moved) /* a busy engine still hears who knocks */
            event_base_loop(base, EVLOOP_NONBLOCK);
        else
            sleep_until(loop, base, waits.timer);
    }
    waits_end(&waits);
    return loop_failed(loop, NULL) ? -1 : 0;
}
