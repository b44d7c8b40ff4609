/* SIGTERM and SIGINT ask for a clean stop, a second one ends it at once: the record is whole at any moment.
 * SIGHUP asks for a reload. A beat tells the service manager that the loop still turns. */
#include "soard/signals.h"

#include <event2/event.h>
#include <signal.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/verbs/verb.h"
#include "soard/daemon.h"
#include "soard/notify.h"

enum { BEAT_MS = 10 * 1000 }; /* at least so often, however patient the manager is */

static void on_stop(evutil_socket_t number, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)number;
    (void)what;
    if (daemon->stopping) {
        log_warning("stopped at once: calls that are out will be found as unknown at the next start");
        _exit(EXIT_PARTLY);
    }
    daemon_ask_stop(daemon);
}

static void on_hangup(evutil_socket_t number, short what, void *arg)
{
    (void)number;
    (void)what;
    daemon_ask_reload(arg, "SIGHUP");
}

/* Comes from the loop itself: a loop that hangs is not alive. */
static void on_beat(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    notify_say(daemon->notify, "WATCHDOG=1");
}

static int add_signal(struct daemon *daemon, size_t index, int number, event_callback_fn fn,
                      struct soar_err *err)
{
    daemon->signals[index] = evsignal_new(daemon->base, number, fn, daemon);
    if (!daemon->signals[index] || event_add(daemon->signals[index], NULL))
        return soar_err_set(err, SOAR_PERMANENT, "signal %d can't be caught", number);
    return 0;
}

int signals_open(struct daemon *daemon, struct soar_err *err)
{
    int64_t watchdog_ms = notify_watchdog_ms(daemon->notify);

    if (add_signal(daemon, 0, SIGTERM, on_stop, err) || add_signal(daemon, 1, SIGINT, on_stop, err) ||
        add_signal(daemon, 2, SIGHUP, on_hangup, err))
        return -1;
    if (watchdog_ms > 0) {
        int64_t beat_ms = watchdog_ms < BEAT_MS ? watchdog_ms : BEAT_MS;
        struct timeval span = {.tv_sec = beat_ms / 1000, .tv_usec = beat_ms % 1000 * 1000};
        daemon->beat = event_new(daemon->base, -1, EV_PERSIST, on_beat, daemon);
        if (daemon->beat)
            event_add(daemon->beat, &span);
    }
    return 0;
}

void signals_close(struct daemon *daemon)
{
    for (size_t i = 0; i < sizeof daemon->signals / sizeof daemon->signals[0]; i++)
        if (daemon->signals[i])
            event_free(daemon->signals[i]);
    if (daemon->beat)
        event_free(daemon->beat);
}
